"""Whole tables of Spark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

import pyarrow

from ikusei._arrow import TableOptions
from ikusei._face import Engine
from ikusei.spark._work import BUCKET, Work, bucketed, named, numbered, quoted

if TYPE_CHECKING:
    import pyspark.sql as _sql


def assess(
    engine: Engine,
    leads: _sql.DataFrame,
    activities: _sql.DataFrame | None = None,
    *,
    at: datetime | str,
    buckets: int | None = None,
    **options: Unpack[TableOptions],
) -> _sql.DataFrame:
    """`Engine.assess_table` over DataFrames of Spark: the same columns and figures, to the bit; texts instead of dictionaries.

    Without activities nothing is shuffled: each worker assesses its own partitions, and leads may be a stream. With
    activities, those of a lead are brought to it by a hash of its id, into ``buckets`` of which each fits into the memory
    of a worker: as many as ``spark.sql.shuffle.partitions`` unless told otherwise. Raises at once what
    `Engine.assess_table` raises for options and columns, `ValueError` where a stream has activities (`assess_streams`
    is for those); what is wrong with a row ends the job, with the `LeadError` in its message.

    >>> from ikusei import Playbook
    >>> from pyspark.sql import SparkSession
    >>> spark = SparkSession.builder.getOrCreate()
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> leads = spark.createDataFrame([("lead-1", 320), ("lead-2", 40)], "id string, employees int")
    >>> found = assess(engine, leads, at="2026-05-01T09:00:00+09:00", figures="total")
    >>> [tuple(row) for row in found.orderBy("id").collect()]
    [('lead-1', 25.0, 'C'), ('lead-2', 0.0, 'C')]
    """
    work = Work(engine, at, options)
    schema = work.schema(leads, activities)
    names = leads.columns
    if activities is None:

        def by_partition(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
            return work.partition(names, batches)

        return numbered(leads).mapInArrow(by_partition, schema)

    if leads.isStreaming or activities.isStreaming:
        raise ValueError("leads and activities that are streams are assessed by `assess_streams`")
    of_activity = activities.columns
    number = buckets or int(leads.sparkSession.conf.get("spark.sql.shuffle.partitions") or 200)

    # Without annotations: Spark evaluates them.
    def by_bucket(leads, activities):  # type: ignore[no-untyped-def]
        return work.tables(named(leads, names), named(activities, of_activity), work.at or "")

    by_lead = bucketed(leads, work.lead_column(), number).groupBy(BUCKET)
    by_activity = bucketed(activities, work.activity_column(), number).groupBy(BUCKET)
    return by_lead.cogroup(by_activity).applyInArrow(by_bucket, schema)


def segments(
    engine: Engine,
    leads: _sql.DataFrame,
    activities: _sql.DataFrame | None = None,
    *,
    at: datetime | str,
    buckets: int | None = None,
    **options: Unpack[TableOptions],
) -> _sql.DataFrame:
    """Who is in which segment: a row for each lead and segment, with the lead's id and ``segment``.

    Segments with an order or a limit are by their condition alone, as in `Engine.assess_table`. Raises as `assess`.

    >>> from ikusei import Playbook
    >>> from pyspark.sql import SparkSession
    >>> spark = SparkSession.builder.getOrCreate()
    >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "fields": {"size": {"type": "integer"}},
    ...     "segments": {"large": "size >= 300", "known": "size != null"}}).compile()
    >>> leads = spark.createDataFrame([("lead-1", 320), ("lead-2", 40)], "id string, size int")
    >>> found = segments(engine, leads, at="2026-05-01T09:00:00+09:00")
    >>> [tuple(row) for row in found.orderBy("id", "segment").collect()]
    [('lead-1', 'known'), ('lead-1', 'large'), ('lead-2', 'known')]
    """
    from pyspark.sql import functions

    asked: TableOptions = {**options, "figures": "none", "ranks": False, "segments": "list", "ledger": "none"}
    found = assess(engine, leads, activities, at=at, buckets=buckets, **asked)
    return found.select(quoted(options.get("id", "id")), functions.explode("segments").alias("segment"))
