-- Statements that SQLite and PostgreSQL both take. Instants are microseconds since 1970.

-- A lead is one document; what lists filter and sort by stands beside it, written in the same transaction.
CREATE TABLE leads (
    id       TEXT PRIMARY KEY,
    revision BIGINT NOT NULL,
    record   TEXT NOT NULL,
    name     TEXT NOT NULL,
    company  TEXT NOT NULL,
    search   TEXT NOT NULL,
    rank     TEXT NOT NULL,
    points   BIGINT NOT NULL,
    segments TEXT NOT NULL,
    owner    TEXT NOT NULL,
    seen     BIGINT,
    wakeup   BIGINT,
    created  BIGINT NOT NULL
);
CREATE INDEX leads_by_wakeup ON leads (wakeup);
CREATE INDEX leads_by_points ON leads (points, id);

-- Which record a person's key leads to. Two hosts that make one person at once meet here: one of them loses.
CREATE TABLE lead_keys (
    kind  TEXT NOT NULL,
    value TEXT NOT NULL,
    lead  TEXT NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, value)
);
CREATE INDEX lead_keys_by_lead ON lead_keys (lead);

CREATE TABLE activities (
    lead        TEXT NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    trust       TEXT NOT NULL,
    campaign    TEXT NOT NULL,
    properties  TEXT NOT NULL,
    PRIMARY KEY (lead, id)
);
CREATE INDEX activities_by_kind ON activities (kind, at);

CREATE TABLE campaign_members (
    campaign TEXT NOT NULL,
    lead     TEXT NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    status   TEXT NOT NULL,
    since    BIGINT NOT NULL,
    PRIMARY KEY (campaign, lead)
);

-- One row: state that every host changes by compare-and-swap on its revision.
CREATE TABLE roster (
    id       BIGINT PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL,
    body     TEXT NOT NULL
);

CREATE TABLE assignments (
    id        TEXT PRIMARY KEY,
    lead      TEXT NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
    policy    TEXT NOT NULL,
    about     TEXT NOT NULL,
    owner     TEXT NOT NULL,
    team      TEXT NOT NULL,
    reason    TEXT NOT NULL,
    state     TEXT NOT NULL,
    is_open   BIGINT NOT NULL,
    since     BIGINT NOT NULL,
    accept_by BIGINT,
    touch_by  BIGINT,
    due       BIGINT,
    due_step  TEXT NOT NULL
);
-- What the compare-and-swap promises, the database holds as well: nobody gets two owners for one thing.
CREATE UNIQUE INDEX one_owner ON assignments (lead, policy, about) WHERE is_open = 1;
CREATE INDEX assignments_by_owner ON assignments (owner, is_open);

-- An effect's id is the row's key: an effect that is decided again is the same row.
CREATE TABLE outbox (
    effect    TEXT PRIMARY KEY,
    lead      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject   TEXT NOT NULL,
    plain     TEXT NOT NULL,
    html      TEXT NOT NULL,
    intent    TEXT NOT NULL,
    made      BIGINT NOT NULL,
    until     BIGINT,
    next      BIGINT NOT NULL,
    claimed   BIGINT NOT NULL,
    tries     BIGINT NOT NULL,
    answer    TEXT NOT NULL,
    trouble   TEXT NOT NULL
);
CREATE INDEX outbox_by_next ON outbox (answer, next);
CREATE INDEX outbox_by_lead ON outbox (lead);

-- What is left of people who were forgotten: no fact, only what keeps a late event from making them again.
CREATE TABLE tombstones (
    id   TEXT PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE playbooks (
    version BIGINT PRIMARY KEY,
    body    TEXT NOT NULL,
    author  TEXT NOT NULL,
    made    BIGINT NOT NULL
);

CREATE TABLE audit (
    at     BIGINT NOT NULL,
    actor  TEXT NOT NULL,
    what   TEXT NOT NULL,
    about  TEXT NOT NULL
);
CREATE INDEX audit_by_at ON audit (at);
