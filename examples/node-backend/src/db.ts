/** One way to two databases. Statements are such as SQLite and PostgreSQL both take. */

import { Postgres } from "./postgres.js";
import { migrations } from "./schema.js";
import { Sqlite } from "./sqlite.js";

/** What a column holds; instants are milliseconds since 1970. */
export type Value = string | number | null;

/** A statement; if it touches another number of rows than expected, its transaction is as if it had never been. */
export interface Statement {
  sql: string;
  values?: Value[];
  expect?: number;
}

/** A database. */
export interface Db {
  /** Rows of one statement. */
  read<Row>(sql: string, values?: Value[]): Promise<Row[]>;
  /** All statements or none, on the disk when this returns; the rows that each returns. */
  write(statements: Statement[]): Promise<unknown[][]>;
  close(): Promise<void>;
}

/** Somebody was quicker: nothing was written. Read again, decide again. */
export class Lost extends Error {}

/** Rows per statement: both databases count parameters. */
const ROWS = 1000;

/** `tuples(2, 2)` is `($1, $2), ($3, $4)`. */
export const tuples = (rows: number, columns: number): string =>
  Array.from({ length: rows }, (_, row) => `(${Array.from({ length: columns }, (_, column) => `$${row * columns + column + 1}`).join(", ")})`).join(", ");

/** A statement for many rows, in as many portions as it takes; `write` is given the tuples. */
export function many(rows: Value[][], write: (tuples: string) => string, exact: boolean): Statement[] {
  const statements: Statement[] = [];
  for (let start = 0; start < rows.length; start += ROWS) {
    const part = rows.slice(start, start + ROWS);
    const statement = { sql: write(tuples(part.length, part[0]!.length)), values: part.flat() };
    statements.push(exact ? { ...statement, expect: part.length } : statement);
  }
  return statements;
}

/** Rows of a statement that names many, in as many portions as it takes. */
export async function readMany<Row>(db: Db, rows: Value[][], write: (tuples: string) => string): Promise<Row[]> {
  const found: Row[] = [];
  for (const { sql, values } of many(rows, write, false)) found.push(...(await db.read<Row>(sql, values)));
  return found;
}

/** Four bytes that threads of one process share, so that those who write to SQLite take turns without asking the file. */
export const turns = (): SharedArrayBuffer => new SharedArrayBuffer(4);

/** Opens a database, and makes its tables where they are not. `shared` is for threads that open the same. */
export async function open(url: string, shared = turns()): Promise<Db> {
  const db = url.startsWith("sqlite:") ? await Sqlite.open(url.slice("sqlite:".length), shared) : new Postgres(url);
  const version = async () => {
    const rows = await db.read<{ version: number }>("SELECT version FROM migrations");
    return Math.max(0, ...rows.map((row) => row.version));
  };
  const tried = async (statements: Statement[], done: () => Promise<boolean>) => {
    try {
      await db.write(statements);
    } catch (error) {
      // Another process may have done the same at the same time.
      if (!(await done())) throw error;
    }
  };
  await tried([{ sql: "CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY)" }], async () => (await version()) >= 0);
  for (let next = (await version()) + 1; next <= migrations.length; next++) {
    const steps = migrations[next - 1]!.map((sql) => ({ sql }));
    const mark = { sql: "INSERT INTO migrations (version) VALUES ($1)", values: [next] };
    await tried([...steps, mark], async () => (await version()) >= next);
  }
  return db;
}
