// Serves the built page, and stands in for a backend: captures what is posted by the whole playbook and scores it again.
// It forgets everything when it ends; examples/crm and examples/node-backend do not.

import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Playbook } from "ikusei-wasm";

const here = import.meta.dirname;
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };
const headers = { "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "strict-origin-when-cross-origin" };
const most = 64 * 1024;

/** The files of a folder by the path that they are asked for: nothing else can be asked for. */
function filesOf(folder) {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = paths.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const read = new Map(files.map((file) => [`/${file}`, { body: readFileSync(join(folder, file)), type: types[extname(file)] }]));
  return read.set("/", read.get("/index.html"));
}

/** The leads so far, by mail address; a submission that comes again changes nothing. */
export function backend() {
  const engine = Playbook.load(join(here, "playbook.yaml")).compile();
  const leads = new Map();
  /** Takes a form post; says what became of it. */
  const take = (body) => {
    const at = new Date();
    const person = engine.capture("contact", body, at).people[0];
    const email = person?.fields?.email;
    if (email === undefined) {
      return undefined;
    }
    const { lead, recorded } = engine.apply(leads.get(email) ?? { id: `lead-${leads.size + 1}` }, person);
    leads.set(email, lead);
    return { lead, recorded, assessment: engine.assess(lead, at) };
  };
  return { leads, take };
}

/** Serves a folder and takes posts on `/capture/contact`; `told` hears of each. */
export async function serve({ folder = join(here, "dist"), port = 0, told = () => {} } = {}) {
  const files = filesOf(folder);
  const { leads, take } = backend();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (request.method === "POST" && pathname === "/capture/contact") {
      const chunks = [];
      let length = 0;
      for await (const chunk of request) {
        length += chunk.length;
        if (length > most) {
          response.writeHead(413, { ...headers, connection: "close" }).end();
          return;
        }
        chunks.push(chunk);
      }
      const taken = take(Buffer.concat(chunks).toString());
      if (taken !== undefined) {
        told(taken);
      }
      // No rank, no score: who scores people keeps it to himself.
      response.writeHead(taken === undefined ? 422 : 202, { ...headers, "content-type": "text/plain; charset=utf-8" });
      response.end(taken === undefined ? "メールアドレスをご確認ください。\n" : "受け付けました。\n");
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
  return { address: `http://127.0.0.1:${server.address().port}`, leads, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const told = ({ lead, recorded, assessment: { rank, scores } }) =>
    console.log(recorded.length === 0 ? `${lead.id}: the same again` : `${lead.id}: rank ${rank ?? "none"}, ${scores.overall.total} points; the page said ${scores.form.total}`);
  const { address } = await serve({ port: Number(process.env.PORT ?? 4173), told });
  console.log(`the form is at ${address}; Ctrl-C ends it`);
}
