/** The tables, change by change. A change that was released stays as it is; add another one behind it. */

export const migrations: string[][] = [
  [
    // A lead is one document; what is asked for besides stands beside it, written in the same transaction.
    `CREATE TABLE leads (
      id       TEXT PRIMARY KEY,
      revision BIGINT NOT NULL,
      record   TEXT NOT NULL,
      rank     TEXT NOT NULL,
      points   DOUBLE PRECISION NOT NULL,
      owner    TEXT NOT NULL,
      wakeup   BIGINT
    )`,
    `CREATE INDEX leads_by_wakeup ON leads (wakeup)`,
    // Which record a person's key leads to. Two processes that make one person at once meet here: one of them loses.
    `CREATE TABLE lead_keys (
      kind  TEXT NOT NULL,
      value TEXT NOT NULL,
      lead  TEXT NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
      PRIMARY KEY (kind, value)
    )`,
    // One row, changed by compare-and-swap on its revision.
    `CREATE TABLE roster (
      id       BIGINT PRIMARY KEY CHECK (id = 1),
      revision BIGINT NOT NULL,
      body     TEXT NOT NULL
    )`,
    // What came in. The id is the delivery's own: the same again is the same row. Nobody else takes it before it is due.
    `CREATE TABLE inbox (
      id       TEXT PRIMARY KEY,
      work     TEXT NOT NULL,
      urgent   BIGINT NOT NULL,
      received BIGINT NOT NULL,
      due      BIGINT NOT NULL,
      tries    BIGINT NOT NULL,
      state    TEXT NOT NULL,
      outcome  TEXT NOT NULL
    )`,
    `CREATE INDEX inbox_waiting ON inbox (urgent, received) WHERE state = 'waiting'`,
    // What is to go out. The id is the effect's own: the same decision again is the same row.
    `CREATE TABLE outbox (
      effect  TEXT PRIMARY KEY,
      lead    TEXT NOT NULL,
      kind    TEXT NOT NULL,
      body    TEXT NOT NULL,
      due     BIGINT NOT NULL,
      tries   BIGINT NOT NULL,
      state   TEXT NOT NULL,
      trouble TEXT NOT NULL
    )`,
    `CREATE INDEX outbox_waiting ON outbox (due) WHERE state = 'waiting'`,
  ],
];
