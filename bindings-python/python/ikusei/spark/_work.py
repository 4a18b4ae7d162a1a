"""What travels to the workers, and what is done there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow

from ikusei import __version__
from ikusei._arrow import StateOptions, TableOptions
from ikusei._face import Engine
from ikusei._lead import instant

if TYPE_CHECKING:
    import pyspark.sql as _sql
    import pyspark.sql.types as _types

BUCKET = "ikusei bucket"
"""The column by which leads and their activities are brought together."""


class Work:
    """An engine with all that it is to be asked."""

    __slots__ = ("at", "engine", "options")

    def __init__(self, engine: Engine, at: datetime | str | None, options: TableOptions) -> None:
        self.engine = engine
        self.at = None if at is None else instant(at)
        # One thread, unless told otherwise: Spark gives each core its own task.
        self.options: TableOptions = {"threads": 1, **options}

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return arrived, (__version__, self.engine, self.at, self.options)

    def lead_column(self) -> str:
        """The column of the ids of leads."""
        return self.options.get("id", "id")

    def activity_column(self) -> str:
        """The column of activities that says whose they are."""
        return self.options.get("activity_columns", {}).get("lead", "lead_id")

    def partition(self, names: list[str], batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        """Leads as they come; what a playbook needs once for many leads is made once."""
        named = (batch.rename_columns(names) for batch in batches)
        first = next(named, None)
        if first is None or self.at is None:
            return
        reader = pyarrow.RecordBatchReader.from_batches(first.schema, chain([first], named))
        for found in self.engine.assess_stream(reader, at=self.at, **self.options):
            yield from texts(found.to_pyarrow()).to_batches()

    def tables(self, leads: pyarrow.Table, activities: pyarrow.Table | None, at: datetime | str) -> pyarrow.Table:
        """Leads and their activities at once."""
        return texts(self.engine.assess_table(leads, activities, at=at, **self.options).to_pyarrow())

    def state(self, known: pyarrow.Table | None, new: pyarrow.Table | None, at: datetime | str) -> pyarrow.Table | None:
        """Of the activities that are known and of those that came, what may still count."""
        tables = [table for table in (new, known) if table is not None]
        if not tables:
            return None
        options: StateOptions = {}
        for name in ("scorecards", "activity_columns", "bad_rows", "threads"):
            if name in self.options:
                options[name] = self.options[name]
        return self.engine.activity_state(*tables, at=at, **options).to_pyarrow()

    def schema(self, leads: _sql.DataFrame, activities: _sql.DataFrame | None) -> _types.StructType:
        """The columns of the result: those of the result for no leads at all. Raises what is wrong with columns and options."""
        session = leads.sparkSession
        tables = [None if table is None else empty(session, table) for table in (leads, activities)]
        found = self.tables(tables[0], tables[1], self.at or "1970-01-01T00:00:00Z")
        return session.createDataFrame(found.schema.empty_table()).schema


def arrived(version: str, engine: Engine, at: str | None, options: TableOptions) -> Work:
    """The work, on the worker. Raises `RuntimeError` where the worker's ikusei might answer otherwise than the driver's."""
    if version != __version__:
        raise RuntimeError(f"the driver has ikusei {version} and this worker {__version__}: install the same version on all")
    return Work(engine, at, options)


def empty(session: _sql.SparkSession, table: _sql.DataFrame) -> pyarrow.Table:
    """A table of these columns, as the workers will see them."""
    return session.createDataFrame([], table.schema).toArrow()


def keyed(table: _sql.DataFrame, name: str, key: _sql.Column) -> _sql.DataFrame:
    """The table by a key. Its columns are numbered: Spark hands no column on whose name has a dot, as ``source.campaign`` has."""
    return numbered(table.select("*", key.alias(name)), name)


def numbered(table: _sql.DataFrame, *names: str) -> _sql.DataFrame:
    """With numbers for names, the last columns apart."""
    own = len(table.columns) - len(names)
    return table.toDF(*(f"c{number}" for number in range(own)), *names)


def bucketed(table: _sql.DataFrame, column: str, buckets: int) -> _sql.DataFrame:
    """With the bucket of each row: by its lead, whether its id is a text or a number."""
    from pyspark.sql import functions

    hashed = functions.xxhash64(functions.col(quoted(column)).cast("string"))
    return keyed(table, BUCKET, functions.pmod(hashed, functions.lit(buckets)).cast("int"))


def named(table: pyarrow.Table, names: list[str]) -> pyarrow.Table:
    """The table without its key, with its names again."""
    return table.select(range(len(names))).rename_columns(names)


def quoted(column: str) -> str:
    """The name of a column, for Spark, to which a dot says something."""
    return f"`{column.replace('`', '``')}`"


def texts(table: pyarrow.Table) -> pyarrow.Table:
    """Without dictionaries, of which Spark has none."""
    fields = [
        field.with_type(field.type.value_type) if pyarrow.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pyarrow.schema(fields))
