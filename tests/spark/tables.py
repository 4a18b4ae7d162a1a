"""A playbook that asks everything a table can hold, tables of leads and activities for it, and answers from here."""

import random
from datetime import date, datetime, timedelta, timezone
from typing import Any

import ikusei
import pyarrow

AT = datetime(2026, 5, 1, tzinfo=timezone.utc)
PLAYBOOK = """
ikusei: 1
name: spark
timezone: Asia/Tokyo
fields:
  industry: { type: text }
  prefecture: { type: text }
  employees: { type: integer }
  revenue: { type: number }
  budget: { type: number }
  listed: { type: boolean }
  founded: { type: date }
  seen: { type: timestamp }
  interests: { type: set }
activities:
  page_view: { properties: { url: text, seconds: integer } }
  seminar: {}
scorecards:
  overall:
    rules:
      - { id: target, when: 'industry in ["IT", "製造業"]', points: 20 }
      - { id: tokyo, when: 'prefecture.startsWith("東京")', points: 0.000001 }
      - { id: size, points: { by: employees, bands: { "50": 10, "300": 25 } } }
      - { id: rich, points: { by: revenue, times: 0.001, max: 5.5 } }
      - { id: budget, points: { by: budget, times: 0.01, max: 3 } }
      - { id: listed, when: listed, points: -3 }
      - { id: old, when: 'founded < date("2000-01-01")', points: 1.25 }
      - { id: fresh, when: 'now - seen < duration("30d")', points: 2 }
      - { id: a, when: '"製品A" in interests', points: 7 }
      - { id: both, when: 'employees > 100 && industry == "IT"', points: 0.1 }
      - { id: campaign, when: 'source.campaign == "展示会"', points: 4 }
      - { id: views, on: page_view, when: 'activity.url.contains("/料金")', points: 5, cap: 8, decay: { half_life: 30d } }
      - { id: long, on: page_view, when: 'activity.seconds >= 60', points: 0.333333, within: 60d }
      - { id: seminar, on: seminar, points: 15, within: 90d }
    ranks: [{ rank: A, at_least: 40 }, { rank: B, at_least: 20 }, { rank: C }]
  second:
    rules: [{ id: it, when: 'industry == "IT"', points: 1 }]
    ranks: [{ rank: 有望, at_least: 1 }]
segments:
  東京: 'prefecture == "東京都"'
  best: 'rank.overall == "A"'
  active: 'count("page_view") >= 3'
routing:
  teams:
    mfg: { cut: account, covers: 'industry == "製造業"' }
    inside: {}
  policies:
    default: { accountable: [{ to: [account] }, { to: "team:inside" }] }
"""
LEADS = pyarrow.schema([
    ("id", pyarrow.string()),
    ("industry", pyarrow.string()),
    ("prefecture", pyarrow.string()),
    ("employees", pyarrow.int32()),
    ("revenue", pyarrow.float64()),
    ("budget", pyarrow.decimal128(12, 2)),
    ("listed", pyarrow.bool_()),
    ("founded", pyarrow.date32()),
    ("seen", pyarrow.timestamp("us", "UTC")),
    ("interests", pyarrow.list_(pyarrow.string())),
    ("source.campaign", pyarrow.string()),
])
ACTIVITIES = pyarrow.schema([
    ("lead_id", pyarrow.string()),
    ("id", pyarrow.string()),
    ("kind", pyarrow.string()),
    ("at", pyarrow.timestamp("us", "UTC")),
    ("trust", pyarrow.string()),
    ("url", pyarrow.string()),
    ("seconds", pyarrow.int64()),
])


def tables(seed: int, number: int, activities: int) -> tuple[pyarrow.Table, pyarrow.Table]:
    """Leads in which every field is empty now and then, and a log with activities of nobody, of the future, and said twice."""
    dice = random.Random(seed)

    def day() -> datetime:
        return AT - timedelta(minutes=dice.randint(-5_000, 200_000))

    leads: list[dict[str, Any]] = [
        {
            "id": f"見込-{row}",
            "industry": dice.choice(["IT", "製造業", "製造 業", "", "小売業", None]),
            "prefecture": dice.choice(["東京都", "東京", "大阪府", "𠮷野", None]),
            "employees": dice.choice([None, 0, -1, 49, 50, 299, 300, 2**31 - 1]),
            "revenue": dice.choice([None, 0.1, -0.0, 5500.0, 1e9, dice.uniform(-1e4, 1e4)]),
            "budget": dice.choice([None, 0, 12, 120]),
            "listed": dice.choice([None, True, False]),
            "founded": dice.choice([None, date(1999, 12, 31), date(2000, 1, 1)]),
            "seen": dice.choice([None, day(), AT]),
            "interests": dice.choice([None, [], ["製品A"], ["製品B", "製品A"]]),
            "source.campaign": dice.choice([None, "展示会", "紹介"]),
        }
        for row in range(number)
    ]
    log: list[dict[str, Any]] = [
        {
            "lead_id": f"見込-{dice.randrange(number + 5)}",
            "id": f"行動-{row}",
            "kind": dice.choice(["page_view", "page_view", "seminar", "unknown"]),
            "at": day(),
            "trust": dice.choice([None, "human", "machine"]),
            "url": dice.choice(["/料金", None, "/製品/料金表", "/"]),
            "seconds": dice.choice([None, 59, 60, 600]),
        }
        for row in range(activities)
    ]
    log += dice.sample(log, activities // 50)
    dice.shuffle(log)
    return pyarrow.Table.from_pylist(leads, LEADS), pyarrow.Table.from_pylist(log, ACTIVITIES)


def in_dictionaries(table: pyarrow.Table) -> pyarrow.Table:
    """The same with its texts as dictionaries."""
    for index, field in enumerate(table.schema):
        if field.type == pyarrow.string():
            table = table.set_column(index, field.name, table[field.name].dictionary_encode())
    return table


def by_id(table: pyarrow.Table) -> list[dict[str, Any]]:
    """The rows in order, floats by their bits."""
    rows = [
        {name: value.hex() if isinstance(value, float) else value for name, value in row.items()} for row in table.to_pylist()
    ]
    return sorted(rows, key=lambda row: str(row["id"]))


def here(engine: ikusei.Engine, *tables: pyarrow.Table, **options: Any) -> list[dict[str, Any]]:
    """What the engine of this process says."""
    return by_id(engine.assess_table(*tables, at=AT, **options).to_pyarrow())
