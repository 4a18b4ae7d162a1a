/** The thread that holds a connection to SQLite. */

import Database from "libsql";
import { parentPort, workerData } from "node:worker_threads";

import type { Statement, Value } from "./db.js";
import type { Opened, Question, Reply } from "./sqlite.js";

class Changed extends Error {}

/** Readers read while somebody writes; a commit is on the disk when it returns; whoever comes second waits. */
const { file, shared } = workerData as Opened;
const db = new Database(file);
db.exec("PRAGMA busy_timeout = 10000");
db.exec("PRAGMA journal_mode = WAL");
db.exec("PRAGMA synchronous = FULL");
db.exec("PRAGMA foreign_keys = ON");

/** SQLite lets a second writer sleep up to a tenth of a second between two looks: threads of one process wake each other. */
const writing = new Int32Array(shared);

function takeTurn(): void {
  while (Atomics.compareExchange(writing, 0, 0, 1) !== 0) Atomics.wait(writing, 0, 1);
}

function giveTurn(): void {
  Atomics.store(writing, 0, 0);
  Atomics.notify(writing, 0, 1);
}

const prepared = new Map<string, Database.Statement>();

function run({ sql, values = [], expect }: Statement): unknown[] {
  let statement = prepared.get(sql);
  if (statement === undefined) {
    // Statements differ by the number of their rows only.
    if (prepared.size >= 500) prepared.clear();
    statement = db.prepare(sql.replace(/\$(\d+)/g, "?$1"));
    prepared.set(sql, statement);
  }
  const rows = statement.reader ? statement.all(values as Value[]) : [];
  const touched = statement.reader ? rows.length : statement.run(values as Value[]).changes;
  if (expect !== undefined && touched !== expect) throw new Changed();
  return rows;
}

function answer(question: Question): unknown[][] {
  if ("read" in question) return [run(question.read)];
  if ("close" in question) {
    db.close();
    return [];
  }
  takeTurn();
  try {
    db.exec("BEGIN IMMEDIATE");
    const rows = question.write.map(run);
    db.exec("COMMIT");
    return rows;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  } finally {
    giveTurn();
  }
}

parentPort!.on("message", (question: Question) => {
  let reply: Reply;
  try {
    reply = { id: question.id, rows: answer(question) };
  } catch (error) {
    reply = error instanceof Changed ? { id: question.id, lost: true } : { id: question.id, error: String(error) };
  }
  parentPort!.postMessage(reply);
});
