/** SQLite, in a thread of its own: whoever waits for the disk there keeps nobody waiting here. */

import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";

import { type Db, Lost, type Statement, type Value } from "./db.js";

/** What the thread is given. */
export interface Opened {
  file: string;
  /** 1 while one of the threads of this process writes. */
  shared: SharedArrayBuffer;
}

/** What the thread is asked, and what it says. */
export type Question = { id: number } & ({ read: Statement } | { write: Statement[] } | { close: true });
export type Reply = { id: number } & ({ rows: unknown[][] } | { lost: true } | { error: string });

export class Sqlite implements Db {
  readonly #asked = new Map<number, { done: (rows: unknown[][]) => void; failed: (error: Error) => void }>();
  readonly #thread: Worker;
  #last = 0;
  #over: Error | undefined;

  private constructor(file: string, shared: SharedArrayBuffer) {
    const workerData: Opened = { file, shared };
    this.#thread = new Worker(new URL("sqlite-thread.js", import.meta.url), { workerData });
    this.#thread.on("message", (reply: Reply) => {
      const asked = this.#asked.get(reply.id);
      this.#asked.delete(reply.id);
      if ("rows" in reply) asked?.done(reply.rows);
      else asked?.failed("lost" in reply ? new Lost() : new Error(reply.error));
    });
    const ended = (error: Error) => {
      this.#over ??= error;
      for (const { failed } of this.#asked.values()) failed(error);
      this.#asked.clear();
    };
    this.#thread.on("error", ended);
    this.#thread.on("exit", () => ended(new Error("the database is closed")));
  }

  static async open(file: string, shared: SharedArrayBuffer): Promise<Sqlite> {
    await mkdir(dirname(file), { recursive: true });
    const opened = new Sqlite(file, shared);
    await opened.read("SELECT 1");
    return opened;
  }

  async read<Row>(sql: string, values: Value[] = []): Promise<Row[]> {
    const [rows] = await this.#ask({ read: { sql, values } });
    return rows as Row[];
  }

  write(statements: Statement[]): Promise<unknown[][]> {
    return this.#ask({ write: statements });
  }

  async close(): Promise<void> {
    await this.#ask({ close: true });
    await this.#thread.terminate();
  }

  #ask(question: { read: Statement } | { write: Statement[] } | { close: true }): Promise<unknown[][]> {
    const id = ++this.#last;
    return new Promise((done, failed) => {
      if (this.#over !== undefined) return failed(this.#over);
      this.#asked.set(id, { done, failed });
      this.#thread.postMessage({ id, ...question });
    });
  }
}
