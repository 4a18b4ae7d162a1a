"""The example, as its README says, on this cluster: its tables are what the engine here says."""

import json
import sys
from pathlib import Path
from typing import Any

import ikusei
import polars
import pyarrow
import pytest
from pyspark.sql import SparkSession
from tables import by_id

sys.path.append(str(Path(__file__).resolve().parents[2] / "examples/spark"))
sys.path.append(str(Path(__file__).resolve().parents[2] / "examples/notebook"))
import live
import nightly
from sample import AT

LEADS = 3_000


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


def local(out: Path) -> tuple[polars.DataFrame, polars.DataFrame]:
    return polars.read_parquet(out / "sample/leads.parquet"), polars.read_parquet(out / "sample/activities.parquet")


def without_numbers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Activities without ids have the numbers of their rows in ledgers, which a shuffle changes."""
    for row in rows:
        for reason in row["overall.reasons"]:
            reason["activity"] = None
    return rows


def test_nightly(spark: SparkSession, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nightly.run(spark, out, LEADS)
    engine = nightly.engine()
    leads, log = local(out)
    here = engine.assess_table(leads, log, at=AT, ledger=3, segments="list").to_pyarrow()
    scores = spark.read.parquet(str(out / "scores")).toArrow()
    assert without_numbers(by_id(scores)) == without_numbers(by_id(here.drop_columns(["segments"])))
    members = {(row["id"], row["segment"]) for row in spark.read.parquet(str(out / "segments")).toArrow().to_pylist()}
    assert members == {(row["id"], name) for row in here.to_pylist() for name in row["segments"]}
    handed = spark.read.parquet(str(out / "handed")).toArrow().to_pylist()
    hot = {row["id"] for row in here.to_pylist() if row["overall.rank"] == "A"}
    assert {row["lead"] for row in handed if row["lead"] is not None} == hot
    assert len(hot) > 10
    rosters = json.loads((nightly.HERE / "rosters.json").read_text("utf-8"))
    for row in handed:
        assert row["error"] is None
        assert set(row["owners"] or []) <= {member["id"] for member in rosters[row["territory"]]["members"]}
    assert {row["territory"] for row in handed if row["roster"] is not None} == {"east", "west"}
    printed = capsys.readouterr().out
    assert f"|           A|{len(hot):>5}|" in printed
    assert "tokyo-hot" in printed


def test_live(spark: SparkSession, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live.run(spark, out, LEADS)
    written = spark.read.parquet(str(out / "live/scores")).toArrow()
    marks = sorted(set(written["as_of"].to_pylist()))
    assert len(marks) == 3
    leads, log = local(out)
    for mark in marks:
        then = written.filter(pyarrow.compute.equal(written["as_of"], pyarrow.scalar(mark, written.schema.field("as_of").type)))
        known = log.filter(polars.col("at") < mark.astimezone(AT.tzinfo))
        here = nightly.engine().assess_table(leads, known, at=mark, figures="total").to_pyarrow()
        touched = set(then["id"].to_pylist())
        assert len(touched) == LEADS if mark == marks[0] else 0 < len(touched) < 100
        assert by_id(then.drop_columns(["as_of"])) == [row for row in by_id(here) if row["id"] in touched]
    assert capsys.readouterr().out.count("leads assessed again") == 3


def test_the_readme_names_the_programs() -> None:
    text = (nightly.HERE / "README.md").read_text("utf-8")
    assert all(f"examples/spark/{name}.py --leads" in text for name in ("nightly", "live"))
    assert ikusei.Playbook.load(nightly.NOTEBOOK / "playbook.yaml").name == "analyst"
