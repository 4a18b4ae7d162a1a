-- What webhooks brought and nobody has decided on yet, in the order of its numbers; `host` tells apart what two hosts
-- took at one instant. Where `trouble` says why, it cannot be decided on: it waits for people.
CREATE TABLE inbox (
    number   BIGINT NOT NULL,
    host     TEXT NOT NULL,
    mapping  TEXT NOT NULL,
    body     TEXT NOT NULL,
    received BIGINT NOT NULL,
    trouble  TEXT NOT NULL,
    PRIMARY KEY (number, host)
);
CREATE INDEX inbox_by_trouble ON inbox (trouble, number);
