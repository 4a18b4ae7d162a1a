"""The analyst's day: the notebook runs in every cell, the script is the same, and their numbers reconcile."""

from __future__ import annotations

import base64
import json
import os
import runpy
import struct
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import ikusei
import nbformat
import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "examples/notebook"
REAL = Path(os.environ.get("IKUSEI_DATA", ROOT.parent / "shared/data"))
LEADS = 30_000
PICTURES = [
    *("1-ranks", "2-points", "3-reasons", "4-timeline", "5-calibration", "6-learnt", "7-gains", "8-migration", "9-load"),
    *("10-attribution", "11-returns", "12-speed", "13-contents"),
]

sys.path.insert(0, str(HERE))
import make_notebook  # noqa: E402
import sample  # noqa: E402


@pytest.fixture(scope="module")
def out() -> Path:
    """Where pictures are kept to be looked at."""
    folder = Path(os.environ["IKUSEI_OUT"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def day(out: Path) -> Iterator[dict[str, Any]]:
    """The script, run with its options; all that it came to."""
    before = sys.argv
    sys.argv = ["analyst.py", "--leads", str(LEADS), "--out", str(out / "script"), "--real", str(REAL)]
    try:
        yield runpy.run_path(str(HERE / "analyst.py"), run_name="__main__")
    finally:
        sys.argv = before


@pytest.fixture(scope="module")
def notebook(out: Path) -> Any:
    """The notebook that is kept, run anew; a cell that fails fails here."""
    kept = nbformat.read(make_notebook.NOTEBOOK, as_version=4)
    before = dict(os.environ)
    os.environ |= {"IKUSEI_LEADS": str(LEADS), "IKUSEI_OUT": str(out / "notebook"), "IKUSEI_DATA": str(REAL)}
    try:
        return make_notebook.run(kept)
    finally:
        os.environ.clear()
        os.environ |= before


def test_the_notebook_that_is_kept_is_the_script() -> None:
    kept, script = nbformat.read(make_notebook.NOTEBOOK, as_version=4), make_notebook.cells()
    both = [[(cell.id, cell.cell_type, cell.source) for cell in notebook.cells] for notebook in (kept, script)]
    assert both[0] == both[1], "analyst.py has changed: python examples/notebook/make_notebook.py"


def test_the_notebook_that_is_kept_shows_what_it_found_and_is_small() -> None:
    assert make_notebook.NOTEBOOK.stat().st_size < 500_000
    kept = nbformat.read(make_notebook.NOTEBOOK, as_version=4)
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert len(pictures_of(kept)) >= len(PICTURES)
    assert "**1,000,000 leads**" in "".join(words_of(kept))
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]
    # What was found on the machine that made it says nothing of that machine.
    assert not any(place in make_notebook.NOTEBOOK.read_text("utf-8") for place in (str(Path.home()), "/tmp/", str(ROOT)))


def test_every_cell_runs(notebook: Any, day: dict[str, Any]) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert len(pictures_of(notebook)) == len(PICTURES) + day["bank"].is_file()
    # A chart answers to the mouse where scripts run.
    interactive = [kind for output in outputs for kind in output.get("data", {}) if kind.startswith("application/vnd.vegalite.v")]
    assert len(interactive) == len(pictures_of(notebook))
    assert f"**{LEADS:,} leads**" in words_of(notebook)[0]


def test_notebook_and_script_come_to_the_same(notebook: Any, day: dict[str, Any], out: Path) -> None:
    one, other = (pl.read_parquet(out / name / "scored.parquet") for name in ("notebook", "script"))
    assert one.equals(other)
    assert (out / "notebook/playbook-next.json").read_bytes() == (out / "script/playbook-next.json").read_bytes()
    assert any(day["agenda"][-1] in words for words in words_of(notebook))


def test_pictures_are_pictures(day: dict[str, Any], out: Path) -> None:
    for name in PICTURES:
        picture = (out / f"script/{name}.png").read_bytes()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n", name
        width, height = struct.unpack(">II", picture[16:24])
        assert width > 800 and height > 200, f"{name}: {width} x {height}"
        text = (out / f"script/{name}.vl.json").read_text("utf-8")
        spec = json.loads(text)
        assert title_of(spec), f"{name} has no title"
        assert not any(word in text for word in ("NaN", "Infinity")), name


def test_ranks_add_up_to_the_leads(day: dict[str, Any]) -> None:
    assert day["leads"].height == day["table"].height == day["after"].height == LEADS
    assert day["ranks"]["leads"].sum() == LEADS
    by_channel = dict(day["ranks"].group_by("channel").agg(pl.col("leads").sum()).iter_rows())
    assert by_channel == dict(day["leads"].group_by(pl.col("source.channel").cast(pl.String)).len().iter_rows())
    assert day["bars"]["leads"].sum() == LEADS
    assert dict(day["bars"].group_by("rank").agg(pl.col("leads").sum()).iter_rows()) == dict(
        day["ranks"].group_by("rank").agg(pl.col("leads").sum()).iter_rows()
    )
    assert day["same"]


def test_rows_are_what_records_give(day: dict[str, Any]) -> None:
    engine, rows = day["engine"], {row["id"]: row for row in day["table"].iter_rows(named=True)}
    some = day["leads"].sample(300, seed=7)
    records = engine.records(some, day["activities"])
    assert sum(len(record.get("activities", [])) for record in records) > 300
    for record in records:
        found = engine.assess(record, sample.AT)
        row = rows[record["id"]]
        assert (found.rank, float(found.scores["overall"].total)) == (row["rank"], row["points"])


def test_reasons_are_the_weightiest_of_the_ledger(day: dict[str, Any]) -> None:
    engine, hot = day["engine"], day["hot"]
    rows = engine.assess_table(hot, day["activities"], at=sample.AT, ledger=3).to_polars()["overall.reasons"].to_list()
    for record, reasons in zip(engine.records(hot, day["activities"]), rows, strict=True):
        [sheet] = engine.assess(record, sample.AT).scores.values()
        assert sum(Decimal(str(entry.points)) for entry in sheet.ledger) == Decimal(str(sheet.total))
        weights = sorted((abs(float(entry.points)) for entry in sheet.ledger), reverse=True)
        assert sorted((abs(reason["points"]) for reason in reasons), reverse=True) == weights[:3]
    carried = [{reason["rule"] for reason in reasons if reason["points"] > 0} for reasons in rows]
    for rule, leads in day["reasons"].select("rule", "leads").iter_rows():
        assert sum(rule in rules for rules in carried) == leads


def test_what_would_make_it_a_does(day: dict[str, Any]) -> None:
    engine, record = day["engine"], day["record"]
    assert engine.assess(record, sample.AT).rank == "B"
    for way in day["would"].suggestions:
        steps = [step["activity"] for step in way.steps]
        done = [{"id": f"new-{number}", "kind": step["kind"], "at": sample.AT} for number, step in enumerate(steps)]
        assert engine.assess({**record, "activities": [*record["activities"], *done]}, sample.AT).rank == way.rank == "A"


def test_the_cohort_is_of_then(day: dict[str, Any]) -> None:
    cohort, before = day["cohort"], day["before"]
    assert (cohort["entered"] < day["THEN"]).all()
    assert cohort["won_at"].drop_nulls().min() >= day["THEN"]
    assert day["figures"]["won"] == before["won"].sum() == cohort["won_at"].count() > 100
    assert sum(row["leads"] for row in day["calibration"].tables["ranks"].rows) == cohort.height
    assert day["figures"]["ranks_fall"]


def test_the_candidate_says_what_was_learnt_and_is_better(day: dict[str, Any]) -> None:
    written = {rule["id"]: rule for rule in day["candidate"].to_dict()["scorecards"]["overall"]["rules"]}
    for rule, worth in day["worth"].items():
        assert (written[rule]["points"] == worth) if worth else (rule not in written)
    assert day["candidate"].lint(severity="warning").findings == []
    assert not set(day["kept"]["id"]) & set(day["facts"].filter(~pl.col("test"))["id"])
    assert day["better"] > 0.02
    # As many leads of rank A as before, but for those that have the very points of the threshold.
    ranks = day["judged"](day["next_engine"]).group_by("rank").len()
    assert dict(ranks.iter_rows())["A"] == pytest.approx(day["size"]["A"], rel=0.25)


def test_the_margins_of_the_migration_are_the_ranks(day: dict[str, Any]) -> None:
    migration = day["migration"]
    for side, frame, column in (("present", day["table"], "rank"), ("candidate", day["after"], "overall.rank")):
        margin = dict(migration.group_by(side).agg(pl.col("leads").sum()).iter_rows())
        assert margin == dict(frame.group_by(pl.col(column).cast(pl.String)).len().iter_rows())
    assert migration["leads"].sum() == LEADS


def test_the_sample_moves_as_everybody_does(day: dict[str, Any]) -> None:
    ids = day["some"].select("id")
    both = day["table"].select("id", "rank").join(day["after"].select("id", new=pl.col("overall.rank").cast(pl.String)), on="id")
    wanted = {(rank, new): leads for rank, new, leads in both.join(ids, on="id").group_by("rank", "new").len().iter_rows()}
    rows = day["moved"].tables["ranks"].rows
    assert {(row["before"], row["after"]): row["leads"] for row in rows if row["leads"]} == wanted
    assert isinstance(day["diff"], ikusei.PlaybookDiff) and day["diff"].affects_results


def test_journeys_and_credits_add_up(day: dict[str, Any]) -> None:
    credit, journeys = day["credit"], day["journeys"]
    bought = day["won"].join(day["activities"].select("lead_id").unique(), on="lead_id")
    assert journeys["conversions"].sum() <= bought.height
    assert journeys["conversions"].sum() + journeys["nulls"].sum() == day["touches"]["lead_id"].n_unique()
    for path in journeys["path"]:
        steps = path.split(" > ")
        assert all(step != following for step, following in pairwise(steps)), path
    per_model = credit.group_by("model").agg(pl.col("conversions").sum(), pl.col("revenue").sum())
    assert per_model.height == len(day["MODELS"])
    assert set(per_model["conversions"]) == {Decimal(journeys["conversions"].sum())}
    assert set(per_model["revenue"]) == {Decimal(journeys["value"].sum())}
    assert day["shares"].group_by("model").agg(pl.col("share").sum())["share"].to_list() == pytest.approx([1.0] * len(day["MODELS"]))


def test_money_adds_up(day: dict[str, Any]) -> None:
    money, spend = day["money"], day["spend"]
    assert int(money["cost"].sum()) == int(spend["cost"].sum())
    assert money["leads"].sum() == day["leads"]["source.campaign"].count()
    assert int(money["revenue"].sum()) == day["brought"]["amount"].sum()
    assert money["won"].sum() == day["brought"]["won_at"].count()


def test_real_data(day: dict[str, Any]) -> None:
    if not day["bank"].is_file():
        pytest.skip(f"no real data at {day['bank'].parent.parent.name}: the chapter on it says so")
    assert 0.7 < day["real"].figures["test_auc_rounded"] < 0.85
    assert day["both"].height == 36 and day["furthest"] < 1e-6


def test_the_data_are_the_same_every_time() -> None:
    one, other = sample.make(500), sample.make(500)
    assert one.leads.equals(other.leads) and one.activities.equals(other.activities) and one.deals.equals(other.deals)
    assert not sample.make(500, seed=1).activities.equals(one.activities)


def title_of(spec: dict[str, Any]) -> str:
    title = spec.get("title") or next((layer["title"] for layer in spec.get("layer", []) if "title" in layer), "")
    return str(title["text"] if isinstance(title, dict) else title)


def pictures_of(notebook: Any) -> list[bytes]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [base64.b64decode(output.data["image/png"]) for output in outputs if "image/png" in output.get("data", {})]


def words_of(notebook: Any) -> list[str]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.data["text/markdown"] for output in outputs if "text/markdown" in output.get("data", {})]
