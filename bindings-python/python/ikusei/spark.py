"""Apache Spark: tables of leads and activities, assessed on the workers by the same engine.

Needs Spark 4 (``pyspark``) and ``pyarrow`` on driver and workers. The engine travels with the task as its playbook's
text, and is compiled there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from ikusei._face import Engine
from ikusei._tables import TableOptions

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

_BUCKET = "ikusei bucket"


def assess(
    engine: Engine,
    leads: DataFrame,
    activities: DataFrame | None = None,
    *,
    at: datetime | str,
    buckets: int | None = None,
    **options: Unpack[TableOptions],
) -> DataFrame:
    """`Engine.assess_table` over DataFrames of Spark: the same columns, equal to the bit; texts instead of dictionaries.

    Without activities nothing is shuffled: each worker assesses its own partitions, streaming DataFrames too. With
    activities, leads and activities of a lead are brought together by a hash of the id, into ``buckets`` of which each
    fits into the memory of a worker: as many as ``spark.sql.shuffle.partitions`` unless told otherwise. Raises at once
    what `Engine.assess_table` raises for options and columns; what is wrong with rows ends the job.
    """
    schema = _schema(engine, leads, activities, at, options)
    if activities is None:
        return leads.mapInArrow(_by_partition(engine, at, options), schema)

    from pyspark.sql import functions

    ids = options.get("id", "id")
    of_leads = options.get("activity_columns", {}).get("lead", "lead_id")
    number = buckets or int(leads.sparkSession.conf.get("spark.sql.shuffle.partitions") or 200)

    def grouped(table: DataFrame, column: str) -> DataFrame:
        bucket = functions.pmod(functions.xxhash64(functions.col(column).cast("string")), functions.lit(number))
        return table.withColumn(_BUCKET, bucket)

    return (
        grouped(leads, ids)
        .groupBy(_BUCKET)
        .cogroup(grouped(activities, of_leads).groupBy(_BUCKET))
        .applyInArrow(_by_bucket(engine, at, options), schema)
    )


def _schema(
    engine: Engine,
    leads: DataFrame,
    activities: DataFrame | None,
    at: datetime | str,
    options: TableOptions,
) -> StructType:
    """The columns of the result: those of the result for no leads at all."""
    session = leads.sparkSession
    tables = [session.createDataFrame([], table.schema).toArrow() for table in (leads, activities) if table is not None]
    empty = engine.assess_table(*tables, at=at, **options).to_pyarrow()
    return session.createDataFrame(_texts(empty)).schema


def _by_partition(
    engine: Engine, at: datetime | str, options: TableOptions
) -> Callable[[Iterable[pyarrow.RecordBatch]], Iterator[pyarrow.RecordBatch]]:
    def work(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        for batch in batches:
            yield from _texts(engine.assess_table(batch, at=at, **_single(options)).to_pyarrow()).to_batches()

    return work


def _by_bucket(
    engine: Engine, at: datetime | str, options: TableOptions
) -> Callable[[pyarrow.Table, pyarrow.Table], pyarrow.Table]:
    def work(leads: pyarrow.Table, activities: pyarrow.Table) -> pyarrow.Table:
        found = engine.assess_table(
            leads.drop_columns([_BUCKET]), activities.drop_columns([_BUCKET]), at=at, **_single(options)
        )
        return _texts(found.to_pyarrow())

    return work


def _single(options: TableOptions) -> TableOptions:
    """One thread, unless told otherwise: Spark gives each core its own task."""
    return {"threads": 1, **options}


def _texts(table: pyarrow.Table) -> pyarrow.Table:
    """Spark knows no dictionaries."""
    import pyarrow

    fields = [
        field.with_type(field.type.value_type) if pyarrow.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pyarrow.schema(fields))
