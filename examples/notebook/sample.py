"""A year of marketing at a Japanese B2B company, made up: leads, activities, deals, spends and follow-ups as tables.

The same numbers every time for the same size and seed. Behind them stands a truth that the analyst does not know and has to
find: industry, size and title matter less than the playbook says, opened mails say nothing, seminars and a quick first call
make deals, and the bought list is worth little.

    python examples/notebook/sample.py --leads 1000000 sample/      # Parquet files
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2025, 5, 1, tzinfo=TOKYO)
"""The first day of the history."""
AT = datetime(2026, 5, 1, tzinfo=TOKYO)
"""Today: nothing is known of what comes later."""

SEED = 20260501
MINUTE = 60
DAY = 86_400
SPAN = (AT - START).days

CHANNELS = ["自然検索", "検索広告", "展示会", "ウェビナー", "購入リスト", "紹介"]
CHANNEL_SHARES = [0.27, 0.21, 0.16, 0.12, 0.18, 0.06]
CAMPAIGNS = {"検索広告": "search-ads", "展示会": "expo", "ウェビナー": "webinar", "購入リスト": "bought-list"}
COSTS = {"検索広告": 9_000, "展示会": 22_000, "ウェビナー": 6_500, "購入リスト": 5_000}
"""What a lead of each channel costs, in yen."""

INDUSTRIES = ["製造業", "情報通信業", "建設業", "卸売・小売業", "医療・福祉", "不動産業", "サービス業"]
INDUSTRY_SHARES = [0.22, 0.16, 0.12, 0.19, 0.09, 0.07, 0.15]
INDUSTRY_TRUTH = [0.6, 0.5, 0.55, -0.1, -0.4, -0.7, -0.3]
SIZES = [5, 20, 45, 80, 180, 280, 450, 850, 1500, 6000, 0]
SIZE_SHARES = [0.1, 0.16, 0.12, 0.11, 0.1, 0.06, 0.06, 0.04, 0.04, 0.02, 0.19]
SIZE_TRUTH = [-0.8, -0.5, -0.3, 0.3, 0.5, 0.4, 0.5, 0.3, 0.0, -0.2, -0.3]
TITLES = ["役員", "部長", "課長", "担当", ""]
TITLE_SHARES = [0.05, 0.13, 0.21, 0.36, 0.25]
TITLE_TRUTH = [0.3, 0.5, 0.25, -0.1, -0.3]
PREFECTURES = ["東京都", "大阪府", "愛知県", "神奈川県", "福岡県", "北海道", "宮城県", "広島県", "静岡県", "兵庫県"]
PREFECTURE_SHARES = [0.34, 0.15, 0.11, 0.1, 0.08, 0.06, 0.04, 0.04, 0.04, 0.04]
TRADES = ["精機", "システム", "建設", "商事", "メディカル", "不動産", "サービス"]

KINDS = ["mail_open", "mail_click", "page_view", "download", "seminar_attended", "booth_visit", "inquiry"]
MAIL_OPEN, MAIL_CLICK, PAGE_VIEW, DOWNLOAD, SEMINAR, BOOTH, INQUIRY = range(len(KINDS))
PAGES = ["/", "/features", "/cases", "/pricing", "/recruit"]
CONTENTS = ["導入ガイド", "事例集", "比較表", "業界レポート", "はじめてのウェビナー", "活用ウェビナー"]
VIAS = ["自然検索", "検索広告", "展示会", "ウェビナー", "メール", "紹介", "直接"]
REFUSALS = ["時期尚早", "予算なし", "担当違い", "他社に決定"]


@dataclass(frozen=True)
class Sample:
    """The tables, as DataFrames of Polars."""

    leads: pl.DataFrame
    """`id`, `company`, `email`, `industry`, `employees`, `title`, `prefecture`, `source.channel`, `source.campaign`, `entered`."""
    activities: pl.DataFrame
    """`lead_id`, `kind`, `at`, `url` of page views, `content` of downloads and seminars, `via`: the touch that it came by."""
    deals: pl.DataFrame
    """`lead_id`, `won_at`, `amount` in yen: won deals."""
    spend: pl.DataFrame
    """`campaign`, `at`, `kind`, `cost`, `currency`."""
    follow_ups: pl.DataFrame
    """`lead_id`, `handed_over`, `touched`, `won`, `refused`: what sales was given, and what became of it."""

    def write(self, folder: Path) -> None:
        """As Parquet files, one per table."""
        folder.mkdir(parents=True, exist_ok=True)
        for field in fields(self):
            getattr(self, field.name).write_parquet(folder / f"{field.name}.parquet")


def make(count: int, seed: int = SEED) -> Sample:
    """All tables, for so many leads."""
    dice = np.random.default_rng(seed)
    people = _people(dice, count)
    truth = _truth(dice, people)
    ids = pl.Series("lead_id", [f"L{number:07}" for number in range(1, count + 1)])
    return Sample(
        leads=_leads(people, ids, dice),
        activities=_activities(dice, people, truth, ids),
        deals=_deals(dice, truth, ids),
        spend=_spend(people),
        follow_ups=_follow_ups(dice, truth, ids),
    )


Columns = dict[str, Any]


def _people(dice: np.random.Generator, count: int) -> Columns:
    def one_of(shares: list[float]) -> Any:
        return dice.choice(len(shares), size=count, p=np.array(shares) / sum(shares)).astype(np.int8)

    people: Columns = {
        "channel": one_of(CHANNEL_SHARES),
        "industry": one_of(INDUSTRY_SHARES),
        "size": one_of(SIZE_SHARES),
        "title": one_of(TITLE_SHARES),
        "prefecture": one_of(PREFECTURE_SHARES),
        "free_mail": dice.random(count) < 0.14,
        "entered": dice.random(count) * SPAN,
    }
    # Four fairs a year, of three days each.
    fair = people["channel"] == CHANNELS.index("展示会")
    many = fair.sum()
    opening = dice.choice([40, 140, 205, 285], many)
    people["entered"][fair] = opening + dice.integers(0, 3, many) + dice.uniform(0.4, 0.7, many)
    return people


def _truth(dice: np.random.Generator, people: Columns) -> Columns:
    """Who means to buy and when, who comes to a seminar, how quickly sales calls, and what is won."""
    count = len(people["entered"])
    fit = np.array(INDUSTRY_TRUTH)[people["industry"]] + np.array(SIZE_TRUTH)[people["size"]] + np.array(TITLE_TRUTH)[people["title"]]
    fit = fit - 0.6 * people["free_mail"]
    channel = people["channel"]
    need = np.array([0.1, 0.15, -0.1, 0.25, -1.3, 0.9])[channel]
    buying = dice.random(count) < _logistic(-1.3 + 0.7 * fit + need)
    # One in two comes because of a need; the others get one later.
    later = np.where(dice.random(count) < 0.5, dice.exponential(12, count), dice.uniform(15, 330, count))
    began = people["entered"] + later
    seminar = buying & (dice.random(count) < 0.3)
    handed = buying & (dice.random(count) < 0.7)
    handed_over = began + dice.uniform(8, 35, count)
    wait = dice.lognormal(0.1, 1.5, count)
    touched = handed & (dice.random(count) < 0.88)
    chance = _logistic(-1.0 + 0.8 * fit + 1.2 * seminar - 0.75 * np.log1p(wait) + 0.6 * (channel == CHANNELS.index("紹介")))
    won = np.where(touched, dice.random(count) < chance + 0.02, dice.random(count) < 0.01 * buying)
    won_at = handed_over + wait + dice.gamma(4, 9, count)
    return {
        "buying": buying,
        "began": began,
        "seminar": seminar,
        "handed": handed & (handed_over < SPAN),
        "handed_over": handed_over,
        "wait": np.where(touched, wait, np.nan),
        "won": won & (won_at < SPAN),
        "won_at": won_at,
    }


def _logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _leads(people: Columns, ids: pl.Series, dice: np.random.Generator) -> pl.DataFrame:
    number = np.arange(1, len(ids) + 1)
    firm = dice.integers(1, len(ids) // 3 + 2, len(ids))
    frame = pl.DataFrame({"number": number, "firm": firm, "trade": _texts(people["industry"], TRADES)})
    free = pl.lit(people["free_mail"])
    domain = pl.when(free).then(pl.lit("freemail.example")).otherwise(pl.format("sample{}.example", pl.col("firm")))
    named = frame.select(
        company=pl.format("株式会社サンプル{}{}", pl.col("trade").cast(pl.String), pl.col("firm")),
        email=pl.concat_str(pl.format("user{}@", pl.col("number")), domain),
    )
    size = np.array(SIZES)[people["size"]]
    channel = _texts(people["channel"], CHANNELS)
    campaign = channel.cast(pl.String).replace_strict(CAMPAIGNS, default=None, return_dtype=pl.Enum(list(CAMPAIGNS.values())))
    return pl.DataFrame(
        {
            "id": ids,
            "company": named["company"],
            "email": named["email"],
            "industry": _texts(people["industry"], INDUSTRIES),
            "employees": pl.Series(size, dtype=pl.Int32).replace(0, None),
            "title": _texts(people["title"], TITLES),
            "prefecture": _texts(people["prefecture"], PREFECTURES),
            "source.channel": channel,
            "source.campaign": campaign,
            "entered": _instants(people["entered"]),
        }
    )


def _activities(dice: np.random.Generator, people: Columns, truth: Columns, ids: pl.Series) -> pl.DataFrame:
    """What leads did: how they came, what anybody does now and then, and what those do who mean to buy."""
    entered, began, buying = people["entered"], truth["began"], truth["buying"]
    everyone = np.arange(len(ids))
    reader = dice.gamma(0.6, 2.0, len(ids))
    by_search = np.isin(people["channel"], [CHANNELS.index("自然検索"), CHANNELS.index("検索広告"), CHANNELS.index("紹介")])
    came = {CHANNELS.index("展示会"): BOOTH, CHANNELS.index("ウェビナー"): SEMINAR}
    parts: list[Columns] = []

    def did(kind: int, who: Any, since: Any, spread: float, often: Any = 1.0, delay: float = 0.0) -> None:
        times = dice.poisson(np.broadcast_to(often, len(who)))
        lead = np.repeat(who, times)
        at = np.repeat(since[who] + delay, times) + dice.exponential(spread, len(lead))
        parts.append({"lead": lead, "kind": np.full(len(lead), kind, np.int8), "at": at})

    for channel, kind in came.items():
        who = everyone[people["channel"] == channel]
        parts.append({"lead": who, "kind": np.full(len(who), kind, np.int8), "at": entered[who]})
    who = everyone[by_search]
    parts.append({"lead": who, "kind": np.full(len(who), PAGE_VIEW, np.int8), "at": entered[who]})
    did(MAIL_OPEN, everyone, entered, 90, reader)
    did(MAIL_CLICK, everyone, entered, 80, 0.12)
    did(PAGE_VIEW, everyone, entered, 60, 0.7)
    did(DOWNLOAD, everyone, entered, 50, 0.1)
    did(SEMINAR, everyone, entered, 90, 0.02, delay=5)
    buyers = everyone[buying]
    did(PAGE_VIEW, buyers, began, 14, 5.0)
    did(DOWNLOAD, buyers, began, 16, 0.8)
    did(MAIL_CLICK, buyers, began, 18, 0.9)
    did(INQUIRY, buyers, began, 10, 0.35, delay=4)
    guests = everyone[truth["seminar"]]
    at = began[guests] + dice.uniform(1, 12, len(guests))
    parts.append({"lead": guests, "kind": np.full(len(guests), SEMINAR, np.int8), "at": at})
    log = {name: np.concatenate([part[name] for part in parts]) for name in ("lead", "kind", "at")}
    # What is after today is not known; and after a deal there is no lead any more.
    over = np.where(truth["won"], truth["won_at"], SPAN)
    known = log["at"] < np.minimum(over[log["lead"]], SPAN)
    log = {name: column[known] for name, column in log.items()}
    order = np.argsort(log["at"], kind="stable")
    log = {name: column[order] for name, column in log.items()}
    return _described(dice, log, people, truth, ids)


def _described(dice: np.random.Generator, log: Columns, people: Columns, truth: Columns, ids: pl.Series) -> pl.DataFrame:
    """With the page, the content, and the touch that it came by."""
    lead, kind, at = log["lead"], log["kind"], log["at"]
    keen = truth["buying"][lead] & (at >= truth["began"][lead])
    roll = dice.random(len(lead))
    page = np.where(keen, np.searchsorted([0.1, 0.3, 0.55, 0.97], roll), np.searchsorted([0.4, 0.65, 0.82, 0.9], roll))
    page = np.where((at == people["entered"][lead]) & (kind == PAGE_VIEW), 0, page)
    content = np.where(kind == SEMINAR, 4 + (roll < 0.45), np.searchsorted([0.35, 0.6, 0.8], roll))
    first = (at == people["entered"][lead]) & (kind == PAGE_VIEW)
    opened = np.select(
        [people["channel"][lead] == CHANNELS.index(name) for name in ("検索広告", "紹介")],
        [VIAS.index("検索広告"), VIAS.index("紹介")],
        VIAS.index("自然検索"),
    )
    ways = [VIAS.index("直接"), VIAS.index("自然検索"), VIAS.index("検索広告")]
    again = np.select([roll < 0.4, roll < 0.7, roll < 0.82], ways, VIAS.index("メール"))
    via = np.select(
        [first, (kind == MAIL_OPEN) | (kind == MAIL_CLICK), kind == SEMINAR, kind == BOOTH],
        [opened, VIAS.index("メール"), VIAS.index("ウェビナー"), VIAS.index("展示会")],
        again,
    )
    nothing = len(PAGES), len(CONTENTS)
    return pl.DataFrame(
        {
            "lead_id": ids.gather(lead),
            "kind": _texts(kind, KINDS),
            "at": _instants(at),
            "url": _texts(np.where(kind == PAGE_VIEW, page, nothing[0]), [*PAGES, ""]),
            "content": _texts(np.where((kind == DOWNLOAD) | (kind == SEMINAR), content, nothing[1]), [*CONTENTS, ""]),
            "via": _texts(via, VIAS),
        }
    )


def _deals(dice: np.random.Generator, truth: Columns, ids: pl.Series) -> pl.DataFrame:
    won = np.flatnonzero(truth["won"])
    amount = dice.choice([300_000, 600_000, 900_000, 1_500_000, 3_000_000], len(won), p=[0.3, 0.3, 0.2, 0.15, 0.05])
    frame = pl.DataFrame({"lead_id": ids.gather(won), "won_at": _instants(truth["won_at"][won]), "amount": amount})
    return frame.sort("won_at", "lead_id")


def _spend(people: Columns) -> pl.DataFrame:
    """What was spent, month by month, in proportion to the leads that it brought."""
    frame = pl.DataFrame({"channel": _texts(people["channel"], CHANNELS).cast(pl.String), "at": _instants(people["entered"])})
    return (
        frame.filter(pl.col("channel").is_in(list(COSTS)))
        .group_by("channel", pl.col("at").dt.truncate("1mo").dt.date())
        .agg(leads=pl.len())
        .sort("at", "channel")
        .select(
            campaign=pl.col("channel").replace_strict(CAMPAIGNS),
            at="at",
            kind=pl.when(pl.col("channel") == "展示会").then(pl.lit("booth")).otherwise(pl.lit("media")),
            cost=pl.col("leads").cast(pl.Int64) * pl.col("channel").replace_strict(COSTS, return_dtype=pl.Int64),
            currency=pl.lit("JPY"),
        )
    )


def _follow_ups(dice: np.random.Generator, truth: Columns, ids: pl.Series) -> pl.DataFrame:
    given = np.flatnonzero(truth["handed"])
    touched = truth["handed_over"][given] + truth["wait"][given]
    touched = np.where(touched < SPAN, touched, np.nan)
    refused = np.where(dice.random(len(given)) < 0.3, dice.integers(0, len(REFUSALS), len(given)), len(REFUSALS))
    won = truth["won"][given]
    return pl.DataFrame(
        {
            "lead_id": ids.gather(given),
            "handed_over": _instants(truth["handed_over"][given]),
            "touched": _instants(touched),
            "won": won,
            "refused": _texts(np.where(won, len(REFUSALS), refused), [*REFUSALS, ""]),
        }
    )


def _texts(codes: Any, names: list[str]) -> pl.Series:
    """Texts out of a few, each held once; an empty one is nothing."""
    kept = [name for name in names if name]
    series = pl.Series(np.asarray(codes, np.uint32))
    table = pl.Series([name or None for name in names], dtype=pl.Enum(kept))
    return table.gather(series)


def _instants(days: Any) -> pl.Series:
    """From days since the start, to the minute; what is no number is nothing."""
    some = np.isfinite(days)
    minutes = (np.where(some, days, 0) * DAY // MINUTE).astype(np.int64)
    microseconds = pl.Series(minutes * MINUTE * 1_000_000 + int(START.timestamp()) * 1_000_000)
    instants = microseconds.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Asia/Tokyo")
    return instants if some.all() else pl.select(pl.when(pl.Series(some)).then(instants)).to_series()


def main() -> None:
    """Writes the tables as Parquet files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leads", type=int, default=1_000_000, help="how many (%(default)s)")
    arguments = parser.parse_args()
    sample = make(arguments.leads)
    sample.write(arguments.folder)
    for field in fields(sample):
        print(f"{field.name}: {getattr(sample, field.name).height:,} rows")


if __name__ == "__main__":
    main()
