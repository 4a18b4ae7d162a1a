"""A page for the marketing meeting: what worked, what it cost, what to change next.

    pip install ikusei vl-convert-python
    python examples/dashboard/dashboard.py dashboard.html

One HTML file without scripts: the pictures are drawn here, as SVG.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import sample
import vl_convert

from ikusei import Engine, Playbook, analytics
from ikusei.analytics import Analysis, Table

HERE = Path(__file__).resolve().parent
Record = dict[str, Any]

STYLE = """
body { font: 16px/1.6 "Noto Sans JP", "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", Meiryo, sans-serif; margin: 0 auto;
  max-width: 76rem; padding: 1rem; color: #1b1b1b; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; border-bottom: 2px solid #0072b2; padding-top: 1rem; }
figure { margin: 1rem 0; overflow-x: auto; } svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: .9rem; } th, td { border-bottom: 1px solid #ccc; padding: .3rem .6rem; }
th { text-align: left; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
.serious { font-weight: bold; color: #a33300; } .note { color: #555; }
"""


def main() -> None:
    records = sample.leads()
    engine = Playbook.load(HERE / "playbook.yaml").compile()
    candidate = Playbook.load(HERE / "candidate.yaml")
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "dashboard.html")
    parts = [section(*part) for part in chapters(engine, candidate, records)]
    title = "マーケティング ダッシュボード"
    body = f"<h1>{title}</h1><p class=note>{sample.AT:%Y年%m月%d日} 時点、リード {len(records)} 件（架空のデータ）</p>{''.join(parts)}"
    page = f'<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    target.write_text(f"{page}<title>{title}</title><style>{STYLE}</style>{body}</html>\n", encoding="utf-8")
    print(f"{target.name}: {len(parts)} chapters")


def chapters(engine: Engine, candidate: Playbook, records: list[Record]) -> Iterator[tuple[str, Analysis, list[str], list[str]]]:
    """Each with its title, what was found, the tables that are drawn, and those that are written out."""
    at = sample.AT
    yield "キャンペーン：計画と実績", engine.campaigns(records, at, spend=sample.spend()), ["campaigns", "goals"], ["alerts"]
    outcomes = [outcome_of(engine, record) for record in records]
    judged = [{**outcome, "won": outcome["won"] is not None} for outcome in outcomes]
    yield "ファネル", analytics.funnel(outcomes, ["lead", "won"], by=["channel"], at=at), ["funnel", "cohorts"], []
    yield "費用対効果", returns(records), ["returns"], []
    touches, conversions = journeys(records)
    models = ["first", "last", "linear", "markov"]
    found = analytics.attribution(touches=touches, conversions=conversions, models=models, currency="JPY")
    yield "貢献度：どの接点が受注につながったか", found, ["credits"], []
    lift = engine.score_lift(records, at)
    yield "スコアの獲得元", lift, ["lift", "precedes"], []
    yield "スコアの妥当性", analytics.calibration(judged, ranks=["A", "B", "C"]), ["ranks", "gains"], []
    tested = engine.backtest(candidate, records, sample.START, at, every="14d", most=10)
    yield "配点変更案のバックテスト", tested, ["migration", "load"], ["quality", "movers"]
    yield "次に改善すべきこと", analytics.retrospective(follow_ups=sample.follow_ups(records), contents=lift.tables["precedes"].rows), ["speed"], ["actions"]


def outcome_of(engine: Engine, record: Record) -> Record:
    """A row about a lead: what it was worth before it was won, and what came of it."""
    won = min((deal["at"] for deal in record["deals"]), default=None)
    found = engine.assess(record, won or sample.AT, ledger=False)
    entered = min(activity["at"] for activity in record["activities"])
    score = float(found.scores["overall"].total)
    return {"lead": entered, "won": won, "channel": record["source"]["channel"], "score": score, "rank": found.rank}


def returns(records: list[Record]) -> Analysis:
    campaign = {"展示会": "expo-2026", "検索広告": "search-ads"}
    rows = [
        {
            "campaign": campaign.get(record["source"]["channel"]),
            "won": bool(record["deals"]),
            "revenue": sum((Decimal(deal["amount"].split()[0]) for deal in record["deals"]), Decimal(0)),
            "earned_at": min((deal["at"] for deal in record["deals"]), default=None),
        }
        for record in records
    ]
    return analytics.returns(sample.spend(), rows, stages=["won"], by=["campaign"], currency="JPY")


def journeys(records: list[Record]) -> tuple[list[Record], list[Record]]:
    channels = {name: policy.get("channel") for name, policy in kinds().items()}
    touches = [
        {"lead": record["id"], "channel": channels[activity["kind"]], "at": activity["at"]}
        for record in records
        for activity in record["activities"]
    ]
    conversions = [
        {"lead": record["id"], "at": deal["at"], "value": deal["amount"].split()[0]}
        for record in records
        for deal in record["deals"]
    ]
    return touches, conversions


def kinds() -> dict[str, Record]:
    """The kinds of activities that the playbook declares."""
    found: dict[str, Record] = Playbook.load(HERE / "playbook.yaml").to_dict()["activities"]
    return found


def section(title: str, found: Analysis, drawn: list[str], written: list[str]) -> str:
    pictures = "".join(f"<figure>{picture(found.tables[name])}</figure>" for name in drawn)
    tables = "".join(written_out(found.tables[name]) for name in written)
    notes = "".join(f"<li>{html.escape(note['text']['ja'])}</li>" for note in found.to_dict().get("notes", []))
    return f"<section><h2>{html.escape(title)}</h2>{pictures}{tables}<ul class=note>{notes}</ul></section>"


def picture(table: Table) -> str:
    chart = table.chart("ja")
    spec = chart if isinstance(chart, dict) else chart.to_dict()
    return str(vl_convert.vegalite_to_svg(spec))


def written_out(table: Table) -> str:
    columns = [column for column in table.to_dict()["columns"] if not column["name"] in ("text", "action", "evidence")]
    head = "".join(f"<th>{html.escape(column['label']['ja'])}</th>" for column in columns)
    rows = "".join(
        f'<tr class="{"serious" if row.get("serious") else ""}">{"".join(cell(column["kind"], row[column["name"]]) for column in columns)}</tr>'
        for row in table.rows
    )
    return f"<figure><table><tr>{head}</tr>{rows}</table></figure>"


def cell(kind: str, value: Any) -> str:
    if value is None:
        return "<td></td>"
    if kind == "flag":
        return f"<td>{'はい' if value else 'いいえ'}</td>"
    if kind in ("text", "time"):
        return f"<td>{html.escape(str(value))}</td>"
    text = f"{value:.1%}" if kind == "share" else f"{value:,.2f}" if kind == "number" else f"{value:,}"
    return f'<td class="number">{text}</td>'


if __name__ == "__main__":
    main()
