/** The thread that holds a connection to SQLite. */

import Database from "libsql";
import { parentPort, workerData } from "node:worker_threads";

import type { Statement, Value } from "./db.js";
import type { Question, Reply } from "./sqlite.js";

class Changed extends Error {}

/** Readers read while somebody writes; a commit is on the disk when it returns; whoever comes second waits. */
const db = new Database(workerData as string);
db.exec("PRAGMA busy_timeout = 10000");
db.exec("PRAGMA journal_mode = WAL");
db.exec("PRAGMA synchronous = FULL");
db.exec("PRAGMA foreign_keys = ON");

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
  db.exec("BEGIN IMMEDIATE");
  try {
    const rows = question.write.map(run);
    db.exec("COMMIT");
    return rows;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
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
