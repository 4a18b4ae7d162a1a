-- Who may sign in. A password is kept as an Argon2id hash, a session's key as a SHA-256 digest.
CREATE TABLE users (
    name  TEXT PRIMARY KEY,
    role  TEXT NOT NULL,
    member TEXT NOT NULL,
    hash  TEXT NOT NULL
);

CREATE TABLE sessions (
    digest  TEXT PRIMARY KEY,
    name    TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    csrf    TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires);
