"""Spark with executors of their own: the same to the bit as here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ikusei
import ikusei.spark
import pyarrow
import pytest
from pyspark.sql import DataFrame, SparkSession
from test_tables import AT, PLAYBOOK

WORDS = ["IT", "製造業", None, "小売業", "金融業"]


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "Asia/Tokyo")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def engine() -> ikusei.Engine:
    return ikusei.Playbook.parse(PLAYBOOK).compile()


def table(number: int) -> pyarrow.Table:
    return pyarrow.table({
        "id": [f"lead-{row}" for row in range(number)],
        "industry": [WORDS[row * 7 % 5] for row in range(number)],
        "employees": pyarrow.array([None if row % 11 == 0 else row * 13 % 700 for row in range(number)], pyarrow.int32()),
        "revenue": [None if row % 3 == 0 else row * 1.37 for row in range(number)],
        "interests": [["product-a"] if row % 4 == 0 else [] for row in range(number)],
    })


def log(number: int, leads: int) -> pyarrow.Table:
    day = 86_400_000_000
    now = int(AT.timestamp()) * 1_000_000
    return pyarrow.table({
        "lead_id": [f"lead-{row * 7919 % (leads + 10)}" for row in range(number)],
        "id": [f"a-{row % (number - 50)}" for row in range(number)],
        "kind": [["page_view", "seminar"][row % (number - 50) % 2] for row in range(number)],
        "at": pyarrow.array([now - row % (number - 50) % 120 * day for row in range(number)], pyarrow.timestamp("us", "UTC")),
        "url": [["/pricing", "/", None][row % (number - 50) % 3] for row in range(number)],
    })


def rows(found: DataFrame) -> list[dict[str, Any]]:
    return sorted(found.toArrow().to_pylist(), key=lambda row: str(row["id"]))


def here(engine: ikusei.Engine, *tables: pyarrow.Table, **options: Any) -> list[dict[str, Any]]:
    found = engine.assess_table(*tables, at=AT, **options).to_pyarrow().to_pylist()
    return sorted(found, key=lambda row: str(row["id"]))


def test_leads(spark: SparkSession, engine: ikusei.Engine) -> None:
    leads = table(5_000)
    frame = spark.createDataFrame(leads).repartition(3)
    options: ikusei.TableOptions = {"segments": "list", "ledger": 2}
    assert rows(ikusei.spark.assess(engine, frame, at=AT, **options)) == here(engine, leads, **options)


def test_leads_with_activities(spark: SparkSession, engine: ikusei.Engine) -> None:
    leads, activities = table(2_000), log(12_000, 2_000)
    found = ikusei.spark.assess(
        engine,
        spark.createDataFrame(leads).repartition(3),
        spark.createDataFrame(activities).repartition(5),
        at=AT,
    )
    assert rows(found) == here(engine, leads, activities)
    engaged = [row for row in rows(found) if row["overall.engagement_plus"]]
    assert len(engaged) > 1_000


def test_columns_are_checked_before_a_job_starts(spark: SparkSession, engine: ikusei.Engine) -> None:
    frame = spark.createDataFrame(table(1))
    with pytest.raises(ikusei.LeadError):
        ikusei.spark.assess(engine, frame, at=AT, id="key")
    with pytest.raises(ikusei.CallError):
        ikusei.spark.assess(engine, frame, at=AT, scorecards=["none"])


def test_a_stream_of_leads(spark: SparkSession, engine: ikusei.Engine, tmp_path: Path) -> None:
    leads = table(500)
    folder = tmp_path / "leads"
    spark.createDataFrame(leads).write.parquet(str(folder))
    source = spark.readStream.schema(spark.createDataFrame(leads).schema).parquet(str(folder))
    scored = ikusei.spark.assess(engine, source, at=AT)
    scored.writeStream.format("memory").queryName("scored").trigger(availableNow=True).start().awaitTermination()
    assert rows(spark.table("scored")) == here(engine, leads)
