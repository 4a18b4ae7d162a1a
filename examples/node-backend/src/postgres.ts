/** PostgreSQL. */

import pg from "pg";

import { type Db, Lost, type Statement, type Value } from "./db.js";

// Instants and revisions fit into the whole numbers of JavaScript.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** A deadlock, or a row that another transaction had first. */
const RACES = new Set(["40001", "40P01"]);

export class Postgres implements Db {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 4, application_name: "ikusei-backend" });
    // A connection that breaks while nobody uses it is replaced by the next that is asked for.
    this.#pool.on("error", () => {});
  }

  async read<Row>(sql: string, values: Value[] = []): Promise<Row[]> {
    return (await this.#pool.query(sql, values)).rows as Row[];
  }

  async write(statements: Statement[]): Promise<unknown[][]> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("BEGIN");
      const found: unknown[][] = [];
      for (const { sql, values, expect } of statements) {
        const { rows, rowCount } = await client.query(sql, values ?? []);
        if (expect !== undefined && rowCount !== expect) throw new Lost();
        found.push(rows);
      }
      await client.query("COMMIT");
      return found;
    } catch (error) {
      await client.query("ROLLBACK").catch((failed: Error) => (broken = failed));
      throw RACES.has(String((error as { code?: string }).code)) ? new Lost() : error;
    } finally {
      client.release(broken);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
