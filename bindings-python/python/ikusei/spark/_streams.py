"""Structured Streaming: scores that follow leads and activities as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow
import pyarrow.compute

from ikusei._arrow import TableOptions
from ikusei._face import Engine
from ikusei.spark._work import BUCKET, Work, bucketed, named

if TYPE_CHECKING:
    import pyspark.sql as _sql
    from pyspark.sql.streaming.state import GroupState as _GroupState

LEADS, ACTIVITIES = "leads", "activities"
PACKED = f"`{BUCKET}` int, part string, payload binary"
STATE = f"{LEADS} binary, {ACTIVITIES} binary"
AS_OF = "as_of"


def assess_streams(
    engine: Engine,
    leads: _sql.DataFrame,
    activities: _sql.DataFrame,
    *,
    at: datetime | str | None = None,
    buckets: int = 64,
    latest: str | None = None,
    keep: timedelta | None = None,
    refresh: timedelta | None = None,
    **options: Unpack[TableOptions],
) -> _sql.DataFrame:
    """The scores of the leads that a micro batch touches, after it: what `assess` gives for all that came until then, to the bit.

    ``leads`` and ``activities`` are streaming DataFrames; a lead that comes again replaces what was known of it, and where it
    comes twice at once the greatest ``latest``, a column, counts. Activities may come before their lead. The result has the
    columns of `assess` and ``as_of``, and is appended to: the last row of a lead is its score. ``at`` is the instant of the
    micro batch unless told otherwise, the same whenever Spark repeats it.

    Leads, and the activities that may still count (`Engine.activity_state`), are kept in Spark's state store, as one value for
    each of the ``buckets``, which cannot be changed later. ``keep`` also drops activities that count for ever when they are
    older; take no less than the longest window of the playbook. Time alone changes scores as well: with ``refresh``, the leads
    of a bucket that nothing has touched for so long are assessed again.

    Raises as `assess`, and `ValueError` where ``leads`` or ``activities`` are no streams, or ``keep`` has no column of
    instants to go by.

    >>> import tempfile
    >>> from ikusei import Playbook
    >>> from pyspark.sql import SparkSession
    >>> spark = SparkSession.builder.getOrCreate()
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> folder = tempfile.TemporaryDirectory()
    >>> seen = spark.sql("select 'lead-1' as lead_id, 'seminar_attended' as kind, timestamp'2026-04-20T00:00:00Z' as at")
    >>> seen.write.parquet(f"{folder.name}/activities")
    >>> spark.sql("select 'lead-1' as id, 320 as employees").write.parquet(f"{folder.name}/leads")
    >>> streams = [spark.readStream.schema(columns).parquet(f"{folder.name}/{name}")
    ...     for name, columns in (("leads", "id string, employees int"), ("activities", seen.schema))]
    >>> scores = assess_streams(engine, *streams, at="2026-05-01T00:00:00Z", figures="total", buckets=1)
    >>> query = scores.writeStream.format("memory").queryName("scores").trigger(availableNow=True).start()
    >>> query.awaitTermination()
    >>> [tuple(row)[:3] for row in spark.table("scores").collect()]
    [('lead-1', 45.0, 'B')]
    """
    from pyspark.sql import functions
    from pyspark.sql.streaming.state import GroupStateTimeout

    for name, table in ((LEADS, leads), (ACTIVITIES, activities)):
        if not table.isStreaming:
            raise ValueError(f"{name} should be a stream (`spark.readStream`); tables are assessed by `assess`")
    work = Work(engine, at, options)
    if keep is not None and dict(activities.dtypes).get(_at(work)) != "timestamp":
        raise ValueError(f"`keep` goes by the column `{_at(work)}` of activities, which should be a timestamp")
    schema = work.schema(leads, activities).add(AS_OF, "timestamp")
    following = Following(work, latest, keep, refresh)

    def packed(table: _sql.DataFrame, column: str, part: str) -> _sql.DataFrame:
        names = table.columns

        def pack(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
            return _pack(batches, names, part)

        return bucketed(table, column, buckets).mapInArrow(pack, PACKED)

    def step(key: Any, frames: Any, state: Any) -> Any:
        return following.step(frames, state)

    def unpack(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return _unpack(batches)

    parts = packed(leads, work.lead_column(), LEADS).unionAll(packed(activities, work.activity_column(), ACTIVITIES))
    timeout = GroupStateTimeout.NoTimeout if refresh is None else GroupStateTimeout.ProcessingTimeTimeout
    answers = parts.groupBy(functions.col(f"`{BUCKET}`")).applyInPandasWithState(
        step, "payload binary", STATE, "append", timeout
    )
    return answers.mapInArrow(unpack, schema)


class Following:
    """What is known of a bucket, and what comes to it."""

    def __init__(self, work: Work, latest: str | None, keep: timedelta | None, refresh: timedelta | None) -> None:
        self.work = work
        self.latest = latest
        self.keep = keep
        self.refresh = refresh

    def step(self, frames: Iterable[Any], state: _GroupState) -> Iterator[Any]:
        """One micro batch of one bucket, on a worker."""
        import pandas

        parts: dict[str, list[pyarrow.Table]] = {LEADS: [], ACTIVITIES: []}
        leads, log = (data and _table(data) for data in state.get) if state.exists else (None, None)
        if leads is not None:
            parts[LEADS].append(leads)
        touched: list[pyarrow.Array] = []
        columns = {LEADS: self.work.lead_column(), ACTIVITIES: self.work.activity_column()}
        # When the time of a bucket has come, nothing has come to it.
        for frame in () if state.hasTimedOut else frames:
            for part, payload in zip(frame["part"], frame["payload"], strict=True):
                table = _table(payload)
                parts[part].append(table)
                touched.append(_ids(table, columns[part]))

        now = datetime.fromtimestamp(state.getCurrentProcessingTimeMs() / 1000, timezone.utc)
        at = self.work.at or now.isoformat()
        leads, log = self.last(parts[LEADS]), self.lasting(log, parts[ACTIVITIES], at)
        state.update(tuple(None if table is None else _bytes(table, "lz4") for table in (leads, log)))
        if self.refresh is not None:
            state.setTimeoutDuration(int(self.refresh / timedelta(milliseconds=1)))
        if leads is None:
            return
        if not state.hasTimedOut:
            now_known = pyarrow.concat_arrays(touched)
            leads = leads.filter(pyarrow.compute.is_in(_ids(leads, columns[LEADS]), value_set=now_known))
        if leads.num_rows:
            found = self.work.tables(leads, log, at)
            instants = pyarrow.array([datetime.fromisoformat(at)] * found.num_rows, pyarrow.timestamp("us", "UTC"))
            yield pandas.DataFrame({"payload": [_bytes(found.append_column(AS_OF, instants))]})

    def last(self, parts: list[pyarrow.Table]) -> pyarrow.Table | None:
        """Each lead as it was last told."""
        if not parts:
            return None
        table = pyarrow.concat_tables(parts)
        row, key = "ikusei row", "ikusei key"
        order = table.append_column(row, pyarrow.array(range(table.num_rows), pyarrow.int64()))
        order = order.append_column(key, pyarrow.chunked_array([_ids(table, self.work.lead_column())]))
        if self.latest is not None:
            sorting = [(self.latest, "ascending"), (row, "ascending")]
            order = order.take(pyarrow.compute.sort_indices(order, sorting, null_placement="at_start"))
        last = order.select([key, row]).group_by(key, use_threads=False).aggregate([(row, "last")])[f"{row}_last"]
        return table.take(last)

    def lasting(self, known: pyarrow.Table | None, parts: list[pyarrow.Table], at: str) -> pyarrow.Table | None:
        """The activities that may still count, and are still kept: with them leads are what they are with all."""
        table = self.work.state(known, pyarrow.concat_tables(parts) if parts else None, at)
        if table is None or self.keep is None:
            return table
        kept = pyarrow.scalar(datetime.fromisoformat(at) - self.keep, pyarrow.timestamp("us", "UTC"))
        return table.filter(pyarrow.compute.greater_equal(table[_at(self.work)], kept))


def _at(work: Work) -> str:
    return work.options.get("activity_columns", {}).get("at", "at")


def _ids(table: pyarrow.Table, column: str) -> pyarrow.Array:
    return table[column].cast(pyarrow.string()).combine_chunks()


def _pack(batches: Iterable[pyarrow.RecordBatch], columns: list[str], part: str) -> Iterator[pyarrow.RecordBatch]:
    """Rows by their buckets, those of each as one value: what Spark hands through as it is, types and nulls."""
    for batch in batches:
        if not batch.num_rows:
            continue
        table = pyarrow.Table.from_batches([batch]).sort_by(BUCKET)
        runs = pyarrow.compute.run_end_encode(table[BUCKET].combine_chunks())
        names, payloads, start = runs.values.to_pylist(), [], 0
        for end in runs.run_ends.to_pylist():
            payloads.append(_bytes(named(table.slice(start, end - start), columns)))
            start = end
        arrays = [pyarrow.array(names, pyarrow.int32()), pyarrow.array([part] * len(names)), pyarrow.array(payloads)]
        yield pyarrow.RecordBatch.from_arrays(arrays, [BUCKET, "part", "payload"])


def _unpack(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    for batch in batches:
        for payload in batch.column("payload").to_pylist():
            yield from _table(payload).to_batches()


def _bytes(table: pyarrow.Table, compression: str | None = None) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema, options=pyarrow.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _table(data: bytes) -> pyarrow.Table:
    return pyarrow.ipc.open_stream(data).read_all()
