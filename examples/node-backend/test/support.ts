/** What tests stand on: both databases, a sink that counts, signatures. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHmac, generateKeyPairSync, sign as ecdsa } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

import { HOME, launch as start, type Program } from "../load/program.js";
import { type Db, open } from "../src/db.js";

const folders: string[] = [];

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "backend-"));
  folders.push(made);
  return made;
}

let server: { process: ChildProcess; url: string; pid: string } | undefined;
let made = 0;

/** A PostgreSQL server of its own, which refuses to be root. None where it is not installed. */
async function postgres(): Promise<string | undefined> {
  if (server !== undefined) return server.url;
  const root = process.getuid?.() === 0;
  const home = folder();
  const as = (name: string, args: string[]): [string, string[]] => (root ? ["runuser", ["-u", "postgres", "--", name, ...args]] : [name, args]);
  if (spawnSync("initdb", ["--version"]).error !== undefined) return undefined;
  if (root && spawnSync("chown", ["postgres", home]).status !== 0) return undefined;
  const data = join(home, "data");
  const init = spawnSync(...as("initdb", ["-D", data, "-A", "trust", "-U", "backend"]), { cwd: "/" });
  if (init.status !== 0) throw new Error(`initdb: ${String(init.stderr)}`);
  const child = spawn(...as("postgres", ["-D", data, "-k", home, "-h", "", "-F"]), { cwd: "/", stdio: "ignore" });
  await until(() => existsSync(join(home, ".s.PGSQL.5432")));
  server = { process: child, url: `postgres://backend@localhost/postgres?host=${encodeURIComponent(home)}`, pid: join(data, "postmaster.pid") };
  return server.url;
}

const programs: Program[] = [];
const sinks: CountingSink[] = [];

/** The playbook without its quiet hours: what is sent at night or on a holiday must not depend on when the tests run. */
function awake(): string {
  const file = join(folder(), "playbook.yaml");
  const lines = readFileSync(join(HOME, "playbook.yaml"), "utf8").split("\n");
  const kept = lines.filter((line) => !line.startsWith("  quiet:"));
  if (kept.length !== lines.length - 1) throw new Error("the playbook's quiet hours are not on one line of contact_policy");
  writeFileSync(file, kept.join("\n"));
  return file;
}

/** Starts the program, to which no hour is quiet; it does not outlive its test file. */
export async function launch(environment: { [name: string]: string }): Promise<Program> {
  const program = await start({ PLAYBOOK: awake(), ...environment });
  programs.push(program);
  return program;
}

after(async () => {
  for (const { process } of programs) process.kill("SIGKILL");
  for (const sink of sinks) sink.close();
  if (server !== undefined) {
    const ended = once(server.process, "exit");
    // The server itself: what started it as somebody else does not hand every signal on.
    process.kill(Number(readFileSync(server.pid, "utf8").split("\n")[0]), "SIGINT");
    await ended;
  }
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

/** An empty database. */
export async function database(kind: "sqlite" | "postgres"): Promise<string | undefined> {
  if (kind === "sqlite") return `sqlite:${join(folder(), "test.db")}`;
  const url = await postgres();
  if (url === undefined) return undefined;
  const name = `test_${++made}`;
  const pool = new pg.Pool({ connectionString: url });
  for (let tries = 0; ; tries++) {
    try {
      await pool.query(`CREATE DATABASE ${name}`);
      break;
    } catch (error) {
      // The socket is there a little before anybody listens at it, and he a little before the database.
      if (tries > 50 || !["ECONNREFUSED", "57P03"].includes((error as { code?: string }).code ?? "")) throw error;
      await sleep(100);
    }
  }
  await pool.end();
  return url.replace("/postgres?", `/${name}?`);
}

/** The same test over each database. */
export function both(name: string, run: (url: string, context: TestContext) => Promise<void>): void {
  for (const kind of ["sqlite", "postgres"] as const) {
    test(`${name}, on ${kind}`, async (context) => {
      const url = await database(kind);
      if (url === undefined) {
        if (process.env["NEEDS_POSTGRES"]) throw new Error("PostgreSQL is needed, and its programs are not on the path");
        return context.skip("PostgreSQL is not installed");
      }
      await run(url, context);
    });
  }
}

/** Runs with the database open beside the program. */
export async function looking<T>(url: string, look: (db: Db) => Promise<T>): Promise<T> {
  const db = await open(url);
  try {
    return await look(db);
  } finally {
    await db.close();
  }
}

export async function until(holds: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`it does not come about within ${seconds} s: ${holds.toString()}`);
    await sleep(50);
  }
}

/** A sink that remembers every delivery, and answers as it is told. */
export class CountingSink {
  readonly deliveries: { key: string; body: string; signature: string }[] = [];
  /** The status for the nth delivery of a key, from 1. */
  status: (nth: number, body: string) => number = () => 204;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts).toString("utf8");
      const key = String(request.headers["idempotency-key"]);
      this.deliveries.push({ key, body, signature: String(request.headers["x-signature"]) });
      response.writeHead(this.status(this.of(key).length, body)).end();
    });
  }

  static async open(): Promise<CountingSink> {
    const sink = new CountingSink();
    sinks.push(sink);
    sink.#server.listen(0, "127.0.0.1");
    await once(sink.#server, "listening");
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  of(key: string) {
    return this.deliveries.filter((delivery) => delivery.key === key);
  }

  keys(): string[] {
    return [...new Set(this.deliveries.map(({ key }) => key))];
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

export const KEY = "a key for tests";
export const API_KEY = "0123456789abcdef0123456789abcdef-api";
const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

/** All keys, and the settings that go with them. */
export const keys = {
  HOOK_KEY: KEY,
  API_KEY,
  TWILIO_TOKEN: "12345",
  SENDGRID_KEY: pair.publicKey.export({ format: "der", type: "spki" }).toString("base64"),
  LEASE: "1",
  LOG: "debug",
};

export const seconds = (): number => Math.floor(Date.now() / 1000);

/** A delivery with the shared key. */
export function signed(mapping: string, body: string, at = seconds(), key = KEY): RequestInit {
  const signature = createHmac("sha256", key).update(`${at}.${mapping}.${body}`).digest("base64url");
  return { method: "POST", body, headers: { "x-signature": `t=${at},v1=${signature}`, "content-type": "application/json" } };
}

/** A delivery of SendGrid. */
export function fromSendgrid(body: string, at = seconds()): RequestInit {
  const signature = ecdsa("sha256", Buffer.from(`${at}${body}`), pair.privateKey).toString("base64");
  const headers = { "x-twilio-email-event-webhook-timestamp": String(at), "x-twilio-email-event-webhook-signature": signature };
  return { method: "POST", body, headers: { ...headers, "content-type": "application/json" } };
}

/** A delivery of Twilio. */
export function fromTwilio(url: string, parameters: { [name: string]: string }, token = "12345"): RequestInit {
  const text = url + Object.keys(parameters).sort().map((name) => name + parameters[name]).join("");
  const signature = createHmac("sha1", token).update(text).digest("base64");
  return { method: "POST", body: new URLSearchParams(parameters), headers: { "x-twilio-signature": signature } };
}

/** What a form posts. */
export const enquiry = (number: number | string, more: { [name: string]: string } = {}): URLSearchParams =>
  new URLSearchParams({ submission: `f-${number}`, mail: `p${number}@kensetsu.example`, name: "青木 花子", agree: "on", ...more });

/** Somebody who is rank A at once, in the area of the eastern team. */
export const HOT = { industry: "建設業", employees: "400", prefecture: "東京都" };
