"""Spark with executors of their own: the same to the bit as here."""

import doctest
import importlib
import os
import re
from pathlib import Path
from typing import Any

import ikusei
import ikusei.spark
import pyarrow
import pytest
from ikusei.spark import _work
from pyspark.errors import PythonException
from pyspark.sql import SparkSession, functions
from tables import AT, LEADS, PLAYBOOK, by_id, here, in_dictionaries, tables

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def engine() -> ikusei.Engine:
    return ikusei.Playbook.parse(PLAYBOOK).compile()


def test_there_are_several_executors(spark: SparkSession) -> None:
    def where(batches: Any) -> Any:
        for _ in batches:
            yield pyarrow.RecordBatch.from_pydict({"process": [os.getppid()]})

    found = spark.range(0, 4_000, 1, 4).mapInArrow(where, "process long").distinct().count()
    assert found == 2


OPTIONS: list[ikusei.TableOptions] = [
    {},
    {"segments": "list", "ledger": "full", "points": "decimals"},
    {"segments": "booleans", "ledger": 2, "points": "millionths", "scorecards": ["overall"], "figures": "total"},
]


@pytest.mark.parametrize("partitions", [1, 3, 8])
def test_leads(partitions: int, spark: SparkSession, engine: ikusei.Engine) -> None:
    leads, _ = tables(partitions, 2_000, 10)
    options = OPTIONS[partitions % 3]
    frame = spark.createDataFrame(leads).repartition(partitions)
    found = ikusei.spark.assess(engine, frame, at=AT, **options).toArrow()
    assert by_id(found) == here(engine, in_dictionaries(leads), **options)
    assert found.num_rows == 2_000


@pytest.mark.parametrize(("partitions", "buckets"), [(1, 1), (3, None), (6, 9)])
def test_leads_with_activities(partitions: int, buckets: int | None, spark: SparkSession, engine: ikusei.Engine) -> None:
    leads, log = tables(partitions, 1_500, 9_000)
    options = OPTIONS[partitions % 3]
    frames = spark.createDataFrame(leads).repartition(partitions), spark.createDataFrame(log).repartition(partitions + 1)
    found = ikusei.spark.assess(engine, *frames, at=AT, buckets=buckets, **options).toArrow()
    assert by_id(found) == here(engine, in_dictionaries(leads), in_dictionaries(log), **options)
    with_and_without = zip(here(engine, leads, log), here(engine, leads), strict=True)
    assert sum(row["overall.total"] != other["overall.total"] for row, other in with_and_without) > 1_000


def test_empty_partitions_and_empty_tables(spark: SparkSession, engine: ikusei.Engine) -> None:
    leads, log = tables(5, 7, 30)
    few = spark.createDataFrame(leads).repartition(4, functions.lit(1))
    assert by_id(ikusei.spark.assess(engine, few, at=AT).toArrow()) == here(engine, leads)
    # Most buckets have nobody, or activities of nobody.
    log_frame = spark.createDataFrame(log)
    assert by_id(ikusei.spark.assess(engine, few, log_frame, at=AT, buckets=40).toArrow()) == here(engine, leads, log)
    quiet = ikusei.spark.assess(engine, few, log_frame.where("false"), at=AT).toArrow()
    assert by_id(quiet) == here(engine, leads, log.slice(0, 0))
    nobody = ikusei.spark.assess(engine, few.where("false"), log_frame, at=AT)
    assert nobody.toArrow().num_rows == 0
    assert nobody.columns == engine.assess_table(leads, at=AT).columns


def test_names_that_are_told(spark: SparkSession, engine: ikusei.Engine) -> None:
    leads, log = tables(6, 300, 2_000)
    numbers = pyarrow.array([int(text.partition("-")[2]) for text in leads["id"].to_pylist()])
    leads = leads.set_column(0, "key.no", numbers).rename_columns(["key.no", "業種", *LEADS.names[2:]])
    whose = pyarrow.array([text.partition("-")[2] for text in log["lead_id"].to_pylist()])
    log = log.set_column(0, "見込", whose)
    options: ikusei.TableOptions = {
        "id": "key.no",
        "columns": {"industry": "業種"},
        "activity_columns": {"lead": "見込"},
        "segments": "list",
    }
    frames = spark.createDataFrame(leads), spark.createDataFrame(log)
    found = ikusei.spark.assess(engine, *frames, at=AT, **options).toArrow().sort_by("key.no")
    assert found.to_pylist() == engine.assess_table(leads, log, at=AT, **options).to_pyarrow().to_pylist()


def test_segments(spark: SparkSession, engine: ikusei.Engine) -> None:
    leads, log = tables(7, 500, 4_000)
    frames = spark.createDataFrame(leads).repartition(2), spark.createDataFrame(log)
    found = {(row.id, row.segment) for row in ikusei.spark.segments(engine, *frames, at=AT).collect()}
    assert found == {(row["id"], name) for row in here(engine, leads, log, segments="list") for name in row["segments"]}
    assert {name for _, name in found} == {"東京", "best", "active"}


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"id": "key"}, ikusei.LeadError, "key"),
    ({"scorecards": ["overal"]}, ikusei.CallError, "did you mean|no scorecard"),
    ({"at": AT.replace(tzinfo=None)}, ValueError, "no time zone"),
]


@pytest.mark.parametrize(("options", "error", "words"), REFUSED)
def test_calls_are_refused_before_a_job_starts(
    options: dict[str, Any], error: type[Exception], words: str, spark: SparkSession, engine: ikusei.Engine
) -> None:
    frame = spark.createDataFrame(tables(1, 1, 50)[0])
    with pytest.raises(error, match=words):
        ikusei.spark.assess(engine, frame, **{"at": AT, **options})


def test_columns_without_a_zone_are_refused(spark: SparkSession, engine: ikusei.Engine) -> None:
    frame = spark.createDataFrame(tables(1, 1, 50)[0]).withColumn("seen", functions.lit(None).cast("timestamp_ntz"))
    with pytest.raises(ikusei.LeadError, match="seen"):
        ikusei.spark.assess(engine, frame, at=AT)


def test_rows_that_cannot_be_read_end_the_job_by_name(spark: SparkSession, engine: ikusei.Engine) -> None:
    frame = spark.createDataFrame([("a", 10.0), ("b", 0.5)], "id string, employees double").repartition(2)
    with pytest.raises(PythonException) as refused:
        ikusei.spark.assess(engine, frame, at=AT).collect()
    assert "LeadError" in str(refused.value)
    assert "lead `b`" in str(refused.value)
    found = ikusei.spark.assess(engine, frame, at=AT, bad_rows="empty", figures="total").orderBy("id").collect()
    assert [row["overall.total"] for row in found] == [0, None]


def test_workers_of_another_version_are_refused(
    spark: SparkSession, engine: ikusei.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = spark.createDataFrame(tables(1, 1, 50)[0])
    monkeypatch.setattr(_work.Work, "__reduce__", lambda self: (_work.arrived, ("0.0.1", self.engine, self.at, self.options)))
    with pytest.raises(PythonException, match="the driver has ikusei 0.0.1 and this worker"):
        ikusei.spark.assess(engine, frame, at=AT).collect()


def test_the_documentation_runs(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("_tables", "_routing", "_streams"):
        result = doctest.testmod(importlib.import_module(f"ikusei.spark.{name}"), optionflags=doctest.ELLIPSIS)
        assert result.failed == 0, name
        assert result.attempted > 5, name
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    spark.createDataFrame(tables(1, 20, 50)[0]).write.parquet(str(tmp_path / "leads"))
    spark.createDataFrame(tables(1, 20, 50)[1]).write.parquet(str(tmp_path / "activities"))
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/spark.md").read_text("utf-8"), re.M | re.S)
    assert len(blocks) >= 4
    names: dict[str, Any] = {}
    for block in blocks:
        # Spark's own processes have been somewhere else from the beginning.
        block = re.sub(r'((?:parquet\(|path=|checkpointLocation", ))"(\w+)"', rf'\1"{tmp_path}/\2"', block)
        exec(compile(block, "docs/spark.md", "exec"), names)
    by_dask = names["by_dask"].compute().reset_index(drop=True)
    assert by_dask["overall.total"].tolist() == names["scored_part"](names["frame"].compute())["overall.total"].tolist()
    assert by_dask["overall.total"].max() > 0
