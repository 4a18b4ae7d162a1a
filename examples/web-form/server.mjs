// Serves the built page on its own, for a look at it and for the tests.
//
// With BACKEND (and BACKEND_KEY) posts are handed on to examples/crm: the key stays here, the page never has it. Without
// one this stands in for a backend: it reads posts by the whole playbook, scores them again, and forgets them when it ends.

import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Playbook } from "ikusei-wasm";

const here = import.meta.dirname;
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };
const headers = { "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "strict-origin-when-cross-origin" };
const MOST = 64 * 1024;

/** Reads and scores what is posted, as a backend would; `told` hears of each. Gives statuses, and the leads by mail address. */
export function standIn(told = () => {}) {
  const engine = Playbook.load(join(here, "playbook.yaml")).compile();
  const leads = new Map();
  const take = (body) => {
    const at = new Date();
    const person = engine.capture("contact", body, at).people[0];
    const email = person?.fields?.email;
    if (email === undefined) {
      return 422;
    }
    // A submission that comes again changes nothing: its id is in the record.
    const { lead, recorded } = engine.apply(leads.get(email) ?? { id: `lead-${leads.size + 1}` }, person);
    leads.set(email, lead);
    told({ lead, recorded, assessment: engine.assess(lead, at) });
    return 202;
  };
  return { take, leads };
}

/** Hands posts on to a backend that wants a key. Where it cannot be reached, the page tries again later. */
export function relay(url, key) {
  return async (body) => {
    const sent = { "content-type": "application/x-www-form-urlencoded", authorization: `Bearer ${key}` };
    const answer = await fetch(url, { method: "POST", headers: sent, body }).catch(() => undefined);
    return answer?.status ?? 503;
  };
}

/** The files of a folder by the path that they are asked for: nothing else can be asked for. */
function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const files = new Map(paths.map((path) => [`/${path}`, { body: readFileSync(join(folder, path)), type: types[extname(path)] }]));
  return files.set("/", files.get("/index.html"));
}

/** The text of a body; none if it is too large. */
async function textOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= MOST) {
      chunks.push(chunk);
    }
  }
  return length <= MOST ? Buffer.concat(chunks).toString() : undefined;
}

/** Serves a folder, and gives what is posted to `/capture/contact` to `take`. */
export async function serve({ folder = join(here, "dist"), port = 0, take = standIn().take } = {}) {
  const files = filesOf(folder);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (request.method === "POST" && pathname === "/capture/contact") {
      const body = await textOf(request);
      const status = body === undefined ? 413 : await take(body);
      // No rank, no score: whoever scores people keeps it to himself.
      const text = status < 300 ? "受け付けました。\n" : "受け付けられませんでした。\n";
      response.writeHead(status, { ...headers, "content-type": "text/plain; charset=utf-8" }).end(text);
      return;
    }
    const file = request.method === "GET" ? files.get(pathname) : undefined;
    if (file === undefined) {
      response.writeHead(404, headers).end();
      return;
    }
    const cache = pathname.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    response.writeHead(200, { ...headers, "content-type": file.type ?? "application/octet-stream", "cache-control": cache }).end(file.body);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address: `http://127.0.0.1:${server.address().port}`, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const told = ({ lead, recorded, assessment: { rank, scores } }) =>
    console.log(
      recorded.length === 0
        ? `${lead.id}: the same again`
        : `${lead.id}: rank ${rank ?? "none"}, ${scores.overall.total} points here; ${scores.form.total} on the public scorecard`,
    );
  const { BACKEND, BACKEND_KEY = "", PORT = "4173" } = process.env;
  const { address } = await serve({ port: Number(PORT), take: BACKEND === undefined ? standIn(told).take : relay(BACKEND, BACKEND_KEY) });
  console.log(`the form is at ${address}; Ctrl-C ends it`);
}
