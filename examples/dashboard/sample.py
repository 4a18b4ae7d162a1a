"""Half a year of a company's marketing, made up: the same leads, spends and follow-ups every time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

TOKYO = timezone(timedelta(hours=9))
START = datetime(2026, 1, 5, 9, tzinfo=TOKYO)
AT = datetime(2026, 6, 15, 9, tzinfo=TOKYO)
INDUSTRIES = ["製造業", "情報通信業", "卸売・小売業", "建設業", "不動産業"]
CHANNELS = ["展示会", "検索広告", "自然検索", "紹介"]


def leads(count: int = 900) -> list[dict[str, Any]]:
    """Records with where they came from, what they did, and the deals that came of it."""
    dice = random.Random(20260615)
    return [lead(dice, number) for number in range(1, count + 1)]


def lead(dice: random.Random, number: int) -> dict[str, Any]:
    channel = dice.choices(CHANNELS, weights=[4, 4, 5, 1])[0]
    fair = channel == "展示会"
    entered = datetime(2026, 2, 18, 10, tzinfo=TOKYO) + timedelta(hours=dice.randrange(55)) if fair else START
    if not fair:
        entered += timedelta(days=dice.randrange(155), minutes=dice.randrange(540))
    industry, employees = dice.choice(INDUSTRIES), dice.choice([12, 45, 120, 280, 400, 1500])
    eager = dice.random() * (1.5 if industry in INDUSTRIES[:2] else 1) * (1.2 if employees >= 100 else 1)
    activities: list[dict[str, Any]] = []

    def did(kind: str, at: datetime, campaign: str | None = None, **properties: Any) -> None:
        if at <= AT:
            entry = {"id": f"{number}-{len(activities)}", "kind": kind, "at": at.isoformat(), "properties": properties}
            activities.append({**entry, "campaign": campaign} if campaign else entry)

    if fair:
        did("booth_visit", entered, "expo-2026", minutes=dice.randrange(2, 25))
    elif channel == "検索広告":
        did("page_view", entered, "search-ads", url="/lp")
    else:
        did("page_view", entered, url="/")
    for _ in range(dice.randrange(int(2 + eager * 6))):
        at = entered + timedelta(days=dice.expovariate(1 / 20))
        did("page_view", at, url=dice.choice(["/pricing", "/cases", "/features"]))
    for version in dice.sample(["a", "b"], 1):
        if dice.random() < (0.25 if version == "a" else 0.4) * (0.5 + eager):
            did("email_click", entered + timedelta(days=3), template="welcome", version=version)
    if dice.random() < 0.3 * (0.4 + eager):
        did("download", entered + timedelta(days=dice.randrange(1, 30)), content=dice.choice(["guide", "price-list", "case-book"]))
    seminar = datetime(2026, 4, 24, 14, tzinfo=TOKYO) + timedelta(days=dice.choice([0, 21]))
    attended = entered < seminar and dice.random() < 0.28 * (0.3 + eager)
    if attended:
        did("seminar_attended", seminar, "webinar-spring", content="webinar")
    record: dict[str, Any] = {
        "id": f"lead-{number}",
        "fields": {"company": f"株式会社サンプル{number}", "industry": industry, "employees": employees},
        "source": {"channel": channel, **({"campaign": "search-ads"} if channel == "検索広告" else {})},
        "activities": activities,
        "deals": [],
    }
    chance = 0.02 + 0.16 * max(eager - 0.5, 0) + (0.14 if attended else 0) + (0.06 if channel == "紹介" else 0)
    if dice.random() < chance:
        after = max(entered + timedelta(days=dice.randrange(20, 70)), seminar if attended else entered)
        won = after + timedelta(days=dice.randrange(5, 40))
        if won <= AT:
            amount = dice.choice([400, 800, 1200, 2000]) * 1000
            record["deals"].append({"id": f"d{number}", "stage": "won", "amount": f"{amount} JPY", "at": won.isoformat()})
    return record


def spend() -> list[dict[str, Any]]:
    """What was spent, day by day."""
    found: list[dict[str, Any]] = [
        {"campaign": "expo-2026", "at": "2026-02-18", "kind": "booth", "cost": 2_450_000},
        {"campaign": "expo-2026", "at": "2026-02-20", "kind": "travel", "cost": 380_000},
        {"campaign": "webinar-spring", "at": "2026-04-12", "kind": "platform", "cost": 180_000},
        {"campaign": "webinar-spring", "at": "2026-05-10", "kind": "speaker", "cost": 250_000},
    ]
    for month in range(1, 7):
        found += [{"campaign": "search-ads", "at": f"2026-{month:02}-{day:02}", "kind": "media", "cost": 33_500} for day in range(1, 28, 3)]
    return [{**row, "currency": "JPY"} for row in found if row["at"] <= AT.date().isoformat()]


def follow_ups(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """When sales was given a lead, and when it first called: late ones are won less often."""
    dice = random.Random(7)
    found = []
    for record in records:
        if len(record["activities"]) < 5 and not record["deals"]:
            continue
        handed = datetime.fromisoformat(record["activities"][-1]["at"])
        won = bool(record["deals"])
        wait = dice.expovariate(1 / 8) if won else dice.expovariate(1 / 40)
        touched = (handed + timedelta(hours=wait)).isoformat() if won or dice.random() < 0.85 else None
        refused = None if won or dice.random() < 0.8 else dice.choice(["時期尚早", "予算なし", "担当違い"])
        found.append({"handed_over": handed.isoformat(), "touched": touched, "won": won, "refused": refused})
    return found
