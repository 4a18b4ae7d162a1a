"""Every effect once, although workers crash: the outbox beside the record, in one transaction.

Cells as of a notebook; run it from the root of the repository: python examples/nurturing/outbox.py
Any database with transactions does. This one is SQLite in memory.
"""

# %% A record per lead with its alarm clock, and a row per effect. The effect's id is the row's key.
import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import ikusei

engine = ikusei.Playbook.load("examples/nurturing/playbook.yaml").compile()
db = sqlite3.connect(":memory:", isolation_level=None)
db.row_factory = sqlite3.Row
db.executescript("""
    CREATE TABLE leads (id TEXT PRIMARY KEY, record TEXT NOT NULL, wakeup REAL);
    CREATE TABLE outbox (
        key TEXT PRIMARY KEY, lead TEXT NOT NULL, effect TEXT NOT NULL,
        until REAL,   -- at this instant the gate's leave is over
        claimed REAL, -- until when a worker has it
        answer TEXT   -- delivered, failed, bounced, refused
    );
""")
LEASE = timedelta(minutes=1)


def seconds(instant: datetime | str | None) -> float | None:
    """Instants as numbers, so that the database compares them."""
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    return None if instant is None else instant.timestamp()


# %% An input: record and effects are stored together or not at all. An effect that is there already stays as it is.
def take(lead: str, input: dict[str, Any] | str, at: datetime) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        record = db.execute("SELECT record FROM leads WHERE id = ?", [lead]).fetchone()["record"]
        outcome = engine.process(json.loads(record), input, at)
        db.execute(
            "UPDATE leads SET record = ?, wakeup = ? WHERE id = ?",
            [json.dumps(outcome.lead.to_dict(), ensure_ascii=False), seconds(outcome.next_wakeup), lead],
        )
        for effect in outcome.effects:
            gate = next(iter(effect.do.values())).get("gate", {})
            db.execute(
                "INSERT INTO outbox (key, lead, effect, until) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [effect.id, lead, json.dumps(effect.do, ensure_ascii=False), seconds(gate.get("until"))],
            )
        if isinstance(input, dict) and "ack" in input:
            ack = input["ack"]
            db.execute("UPDATE outbox SET answer = ? WHERE key = ?", [ack["status"], ack["effect"]])
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


# %% A worker claims one row for a while. If it crashes, the claim runs out and another worker takes the row.
def claim(at: datetime) -> sqlite3.Row | None:
    return db.execute(
        """UPDATE outbox SET claimed = :until WHERE key = (
               SELECT key FROM outbox WHERE answer IS NULL AND (claimed IS NULL OR claimed <= :at) LIMIT 1
           ) RETURNING *""",
        {"at": seconds(at), "until": seconds(at + LEASE)},
    ).fetchone()


# %% It carries the effect out with the key, so that the provider tells a second try from a second message, and answers.
def work(at: datetime, carry_out: Callable[[str, dict[str, Any]], str]) -> bool:
    row = claim(at)
    if row is None:
        return False
    if row["until"] is not None and row["until"] <= at.timestamp():
        status = "failed"  # too late: the step's `retry` asks the gate again
    else:
        status = carry_out(row["key"], json.loads(row["effect"]))
    take(row["lead"], {"ack": {"effect": row["key"], "status": status}}, at)
    return True


# %% Whoever is due is woken; nobody polls leads.
def wake(at: datetime) -> None:
    for row in db.execute("SELECT id FROM leads WHERE wakeup <= ?", [seconds(at)]).fetchall():
        take(row["id"], "tick", at)


# %% Times of this May in Tokyo.
TOKYO = timezone(timedelta(hours=9))


def may(day: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-05-{day:02}T{clock}+09:00")


def shown(instant: float) -> str:
    return datetime.fromtimestamp(instant, TOKYO).isoformat()


# %% A provider that knows keys, and a worker that dies right after it has sent.
sent: dict[str, str] = {}


def provider(key: str, effect: dict[str, Any]) -> str:
    (kind,) = effect
    print(f"  {kind}: {'sent' if key not in sent else 'known already, not sent again'}")
    sent.setdefault(key, kind)
    return "delivered"


def dies(key: str, effect: dict[str, Any]) -> str:
    provider(key, effect)
    raise ConnectionError("the worker is gone")


# %% A lead of 400 people looks at product A and downloads its paper: rank B, so inside sales calls.
db.execute(
    "INSERT INTO leads (id, record) VALUES ('lead-1', ?)",
    [json.dumps({"id": "lead-1", "fields": {"phone": "+81312345678", "employees": 400}})],
)
download = {"id": "evt-1", "kind": "download", "at": "2026-05-01T10:00:00+09:00", "properties": {"product": "a"}}
print("a download comes in, and comes again")
take("lead-1", {"activity": download}, may(1, "10:00:00"))
take("lead-1", {"activity": download}, may(1, "10:00:00"))
print("  rows:", db.execute("SELECT count(*) AS n FROM outbox").fetchone()["n"])

print("a worker crashes between sending and answering")
try:
    work(may(1, "10:00:01"), dies)
except ConnectionError as error:
    print(f"  {error}")
print("  claimed, so nobody else takes it:", not work(may(1, "10:00:30"), provider))

print("the claim runs out")
work(may(1, "10:02:00"), provider)
print("  left:", work(may(1, "10:03:00"), provider))

print("nobody answers the phone for a week")
print("  wakes at", shown(db.execute("SELECT wakeup FROM leads").fetchone()["wakeup"]))
wake(may(8, "10:00:00"))
while work(may(8, "10:00:01"), provider):
    pass

# %% A message that lay too long is not sent at night: its answer is `failed`, and the gate is asked anew.
print("a mail is let through at 19:59, and the worker comes at 20:01")
db.execute(
    "INSERT INTO leads (id, record) VALUES ('lead-2', ?)",
    [json.dumps({"id": "lead-2", "fields": {"email": "hanako@birch.example"},
                 "consent": {"email": {"status": "granted", "at": "2026-01-01T00:00:00Z"}}})],
)
take("lead-2", {"enrol": {"scenario": "product-b", "id": "order-1"}}, may(1, "19:59:00"))
print("  until", shown(db.execute("SELECT until FROM outbox WHERE lead = 'lead-2'").fetchone()["until"]))
work(may(1, "20:01:00"), provider)
for row in db.execute("SELECT lead, effect, answer FROM outbox ORDER BY rowid"):
    print(" ", row["lead"], *json.loads(row["effect"]), row["answer"])
