"""Scores that follow two streams: after each micro batch what the whole table gives."""

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import ikusei
import ikusei.spark
import pyarrow
import pyarrow.parquet
import pytest
from pyspark.sql import DataFrame, SparkSession
from tables import ACTIVITIES, AT, LEADS, PLAYBOOK, by_id, here, tables


@pytest.fixture(scope="module")
def engine() -> ikusei.Engine:
    return ikusei.Playbook.parse(PLAYBOOK).compile()


class Streams:
    """Two folders that files come to, and what is written of them."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark = spark
        self.folder = folder
        self.files = 0
        for name in ("leads", "activities"):
            (folder / name).mkdir()
        self.put(LEADS.empty_table(), ACTIVITIES.empty_table())

    def put(self, leads: pyarrow.Table, activities: pyarrow.Table) -> None:
        for name, table in (("leads", leads), ("activities", activities)):
            pyarrow.parquet.write_table(table, self.folder / name / f"{self.files}.parquet")
        self.files += 1

    def frames(self) -> list[DataFrame]:
        schemas = [self.spark.createDataFrame(schema.empty_table()).schema for schema in (LEADS, ACTIVITIES)]
        return [
            self.spark.readStream.schema(schema).parquet(str(self.folder / name))
            for schema, name in zip(schemas, ("leads", "activities"), strict=True)
        ]

    def run(self, scores: DataFrame) -> pyarrow.Table:
        """What has been written once all that is there is done, in the order of writing."""
        query = (
            scores.writeStream.option("checkpointLocation", str(self.folder / "checkpoint"))
            .trigger(availableNow=True)
            .start(str(self.folder / "scores"), "parquet")
        )
        query.awaitTermination()
        written = self.spark.read.parquet(str(self.folder / "scores"))
        return written.selectExpr("*", "_metadata.file_modification_time as written").toArrow().sort_by("written")


def latest(found: pyarrow.Table) -> list[dict[str, Any]]:
    """The last row of each lead."""
    rows = {row["id"]: row for row in found.drop_columns(["as_of", "written"]).to_pylist()}
    return by_id(pyarrow.Table.from_pylist(list(rows.values()), found.drop_columns(["as_of", "written"]).schema))


def test_each_micro_batch_gives_what_the_whole_table_gives(
    spark: SparkSession, engine: ikusei.Engine, tmp_path: Path
) -> None:
    leads, log = tables(21, 400, 3_000)
    changed = tables(22, 50, 50)[0]
    options: ikusei.TableOptions = {"segments": "list", "ledger": 2}
    streams = Streams(spark, tmp_path)
    told, logged, written = LEADS.empty_table(), ACTIVITIES.empty_table(), 0
    # Activities before their leads; both; leads that change, and one activity; activities alone.
    for number, (some, more) in enumerate([
        (leads.slice(0, 100), log.slice(0, 1_000)),
        (leads.slice(100), log.slice(1_000, 1_500)),
        (changed, log.slice(2_500, 1)),
        (LEADS.empty_table(), log.slice(2_501)),
    ]):
        streams.put(some, more)
        scores = ikusei.spark.assess_streams(engine, *streams.frames(), at=AT, buckets=7, **options)
        found = streams.run(scores)
        ids = set(some["id"].to_pylist())
        others = pyarrow.array([key not in ids for key in told["id"].to_pylist()], pyarrow.bool_())
        told = pyarrow.concat_tables([told.filter(others), some])
        logged = pyarrow.concat_tables([logged, more])
        assert latest(found) == here(engine, told, logged, **options)
        touched = (ids | set(more["lead_id"].to_pylist())) & set(told["id"].to_pylist())
        assert found.num_rows - written == len(touched), number
        written = found.num_rows


def test_what_came_last_counts(spark: SparkSession, engine: ikusei.Engine, tmp_path: Path) -> None:
    leads, log = tables(23, 30, 200)
    first = leads.set_column(8, "seen", pyarrow.array([AT - timedelta(days=40)] * 30, LEADS.field("seen").type))
    second = tables(24, 30, 50)[0].set_column(8, "seen", pyarrow.array([AT - timedelta(days=2)] * 30, LEADS.field("seen").type))
    streams = Streams(spark, tmp_path)
    streams.put(pyarrow.concat_tables([second, first]), log)
    found = streams.run(ikusei.spark.assess_streams(engine, *streams.frames(), at=AT, buckets=2, latest="seen"))
    assert latest(found) == here(engine, second, log)


def test_what_is_kept(spark: SparkSession, engine: ikusei.Engine, tmp_path: Path) -> None:
    leads, log = tables(25, 40, 400)
    keep = timedelta(days=60)
    streams = Streams(spark, tmp_path)
    streams.put(leads, log)
    found = streams.run(ikusei.spark.assess_streams(engine, *streams.frames(), at=AT, buckets=2, keep=keep))
    kept = log.filter(pyarrow.compute.greater_equal(log["at"], pyarrow.scalar(AT - keep, log["at"].type)))
    assert 0 < kept.num_rows < log.num_rows
    assert latest(found) == here(engine, leads, kept)


def test_the_state_is_what_may_still_count(spark: SparkSession, engine: ikusei.Engine, tmp_path: Path) -> None:
    leads, log = tables(29, 60, 900)
    streams = Streams(spark, tmp_path)
    for some, more in ((leads, log.slice(0, 500)), (LEADS.empty_table(), log.slice(500))):
        streams.put(some, more)
        found = streams.run(ikusei.spark.assess_streams(engine, *streams.frames(), at=AT, buckets=2))
    assert latest(found) == here(engine, leads, log)
    stored = spark.read.format("statestore").load(str(tmp_path / "checkpoint")).select("value.groupState.activities").toArrow()
    kept = sum(pyarrow.ipc.open_stream(data).read_all().num_rows for data in stored["activities"].to_pylist())
    assert kept == engine.activity_state(log, at=AT).report.kept < log.num_rows


def test_time_alone_assesses_again(spark: SparkSession, engine: ikusei.Engine, tmp_path: Path) -> None:
    """As of the micro batch's own instant, and again when nothing has come for a while."""
    leads, log = tables(26, 20, 100)
    streams = Streams(spark, tmp_path)
    streams.put(leads, log)
    began = datetime.now(timezone.utc).replace(microsecond=0)
    scores = ikusei.spark.assess_streams(engine, *streams.frames(), buckets=1, refresh=timedelta(seconds=1))
    query = scores.writeStream.format("memory").queryName("aged").trigger(processingTime="1 second").start()
    try:
        deadline = time.monotonic() + 90
        instants: list[datetime] = []
        while len(instants) < 2 and time.monotonic() < deadline:
            time.sleep(1)
            assert query.exception() is None
            instants = sorted(set(spark.table("aged").toArrow()["as_of"].to_pylist()))
    finally:
        query.stop()
    assert len(instants) >= 2
    assert instants[0] >= began
    found = spark.table("aged").toArrow()
    for instant in instants[:2]:
        rows = found.filter(pyarrow.compute.equal(found["as_of"], pyarrow.scalar(instant, found.schema.field("as_of").type)))
        wanted = engine.assess_table(leads, log, at=instant).to_pyarrow()
        assert by_id(rows.drop_columns(["as_of"])) == by_id(wanted)


def test_leads_alone_are_a_stream(spark: SparkSession, engine: ikusei.Engine, tmp_path: Path) -> None:
    leads, _ = tables(27, 200, 50)
    streams = Streams(spark, tmp_path)
    streams.put(leads, ACTIVITIES.empty_table())
    scored = ikusei.spark.assess(engine, streams.frames()[0], at=AT)
    scored.writeStream.format("memory").queryName("scored").trigger(availableNow=True).start().awaitTermination()
    assert by_id(spark.table("scored").toArrow()) == here(engine, leads)


def test_refusals(spark: SparkSession, engine: ikusei.Engine, tmp_path: Path) -> None:
    leads, log = (spark.createDataFrame(table) for table in tables(28, 2, 50))
    streaming = Streams(spark, tmp_path).frames()
    with pytest.raises(ValueError, match="leads should be a stream"):
        ikusei.spark.assess_streams(engine, leads, streaming[1])
    with pytest.raises(ValueError, match="assess_streams"):
        ikusei.spark.assess(engine, leads, streaming[1], at=AT)
    with pytest.raises(ValueError, match="`keep` goes by the column `at`"):
        texts = streaming[1].withColumn("at", streaming[1]["at"].cast("string"))
        ikusei.spark.assess_streams(engine, streaming[0], texts, keep=timedelta(days=1))
    with pytest.raises(ikusei.CallError):
        ikusei.spark.assess_streams(engine, *streaming, scorecards=["none"])
