"""Whole tables, assessed at once: in and out by Arrow's C interface."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sized
from datetime import datetime
from importlib import import_module
from typing import Any, Literal, TypedDict, Unpack

from ikusei import _ikusei as native
from ikusei._lead import instant
from ikusei._records import Diagnostic, Record, each
from ikusei._rows import ActivityColumns, ArrowTable, RecordOptions, records_of


class TableOptions(RecordOptions, total=False):
    """How a table is read and what is written; all are optional."""

    scorecards: list[str] | None
    """The scorecards to write; all if absent."""
    figures: Literal["five", "total", "none"]
    """Which figures; all five if absent."""
    points: Literal["floats", "millionths", "decimals"]
    """How points are written; floats if absent."""
    ranks: bool
    """Whether ranks are written; true if absent."""
    segments: Literal["none", "booleans", "list"]
    """Whether and how segments are written; not at all if absent."""
    ledger: Literal["none", "full"] | int
    """``"full"`` for the whole ledger, a number for so many reasons; none if absent."""
    bad_rows: Literal["refuse", "empty"]
    """What becomes of rows that cannot be assessed: the table is refused, or their results are null."""
    threads: int | None
    """How many threads work; all that the machine has if absent. The results are the same."""


class TableReport(Record):
    """What there is to say about a table besides its result."""

    __slots__ = ()

    rows: int
    """How many rows were assessed."""
    missing: list[str]
    """Columns of fields that something in question looks at and that the table lacks: read as empty."""
    extra: list[str]
    """Columns that nothing in question looks at."""
    warnings: list[Diagnostic]
    """Expressions that failed on some row, and gave nothing there: each once."""
    bad_rows: int
    """Rows that could not be assessed, with ``bad_rows="empty"``."""
    problems: list[Diagnostic]
    """The problems of those rows: the first hundred."""

    _parts = {"warnings": each(Diagnostic), "problems": each(Diagnostic)}


class StateOptions(TypedDict, total=False):
    """How activities are read into a running state; all are optional."""

    scorecards: list[str] | None
    """The scorecards that leads will be assessed for; all if absent. Segments are always among it."""
    activity_columns: ActivityColumns
    """The columns of the tables of activities."""
    bad_rows: Literal["refuse", "empty"]
    """What becomes of rows that cannot be read: the tables are refused, or their leads stay without result."""
    threads: int | None
    """How many threads work; all that the machine has if absent. The results are the same."""


class StateReport(Record):
    """What became of the activities: every row is one of kept, ignored, expired, replaced and repeated."""

    __slots__ = ()

    rows: int
    """How many rows there were, of the state and of what came."""
    kept: int
    """How many of them are in the new state."""
    ignored: int
    """How many nothing looks at: of other kinds, not by a person, or such that no condition ever holds for them."""
    expired: int
    """How many counted once: every window has passed, and decay leaves nothing."""
    replaced: int
    """How many others stand for: those beyond a limit per period, those before the last one where no more is asked."""
    repeated: int
    """How many said again what an earlier row said."""
    missing: list[str]
    """Columns that something looks at and that none of the tables has: read as empty."""
    dropped: list[str]
    """Columns that are not in the new state."""
    bad_rows: int
    """Rows that cannot be read, with ``bad_rows="empty"``: they stay without their time."""
    problems: list[Diagnostic]
    """The problems of those rows: the first hundred."""

    _parts = {"problems": each(Diagnostic)}


class ArrowResult:
    """A table that ikusei made. Whatever reads Arrow's C interface takes it as it is: ``polars.DataFrame(table)``,
    ``pyarrow.table(table)``, ``duckdb.from_arrow(...)``.
    """

    __slots__ = ("_native",)

    def __init__(self, batches: native.Batches) -> None:
        self._native = batches

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._native.columns()

    def to_polars(self) -> Any:
        """As a DataFrame of Polars. Raises `ImportError` where Polars is not installed.

        >>> import polars
        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> found = engine.assess_table(polars.DataFrame({"id": ["lead-1"]}), at="2026-05-01T09:00:00+09:00")
        >>> found.to_polars()["overall.rank"].to_list()
        ['C']
        """
        return import_module("polars").DataFrame(self)

    def to_pandas(self) -> Any:
        """As a DataFrame of pandas. Raises `ImportError` where pandas or pyarrow are not installed.

        >>> import pandas
        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> found = engine.assess_table(pandas.DataFrame({"id": ["lead-1"]}), at="2026-05-01T09:00:00+09:00")
        >>> found.to_pandas()["overall.total"].tolist()
        [0.0]
        """
        return self.to_pyarrow().to_pandas()

    def to_pyarrow(self) -> Any:
        """As a table of pyarrow. Raises `ImportError` where pyarrow is not installed."""
        return import_module("pyarrow").table(self)

    def __arrow_c_schema__(self) -> object:
        return self._native.schema()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._native.stream(requested_schema)

    def __len__(self) -> int:
        return self._native.rows()


class AssessedTable(ArrowResult):
    """An assessed table: one row per lead, in the order of the leads.

    Columns: the id, per scorecard ``<card>.<figure>`` and ``<card>.rank``, then segments.
    """

    __slots__ = ("_report",)

    def __init__(self, batches: native.Batches, report: TableReport) -> None:
        super().__init__(batches)
        self._report = report

    @property
    def report(self) -> TableReport:
        """What there is to say besides."""
        return self._report

    def __repr__(self) -> str:
        return f"<AssessedTable of {len(self)} leads: {', '.join(self.columns)}>"


class ActivityState(ArrowResult):
    """Of all that leads did, what may still count: a table of activities, for `Engine.assess_table` and for
    `Engine.activity_state` when more has come.
    """

    __slots__ = ("_report",)

    def __init__(self, batches: native.Batches, report: StateReport) -> None:
        super().__init__(batches)
        self._report = report

    @property
    def report(self) -> StateReport:
        """What became of the activities."""
        return self._report

    def __repr__(self) -> str:
        return f"<ActivityState of {len(self)} activities: {', '.join(self.columns)}>"


class AssessedStream:
    """Leads that are assessed batch by batch, as they are asked for: memory is that of a batch.

    Iterate over it, or hand it to whatever reads Arrow's C interface. It can be read once.
    """

    __slots__ = ("_native",)

    def __init__(self, stream: native.Stream) -> None:
        self._native = stream

    @property
    def report(self) -> TableReport:
        """What there is to say of the batches so far."""
        return TableReport(self._native.report())

    def __iter__(self) -> Iterator[AssessedTable]:
        while (batches := self._native.next()) is not None:
            yield AssessedTable(batches, self.report)

    def __arrow_c_schema__(self) -> object:
        return self._native.schema()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._native.stream(requested_schema)


class TablePlan(Record):
    """How a table would be assessed; as text, one kernel after another with its rules."""

    __slots__ = ()

    text: str
    steps: list[dict[str, Any]]
    """What is done in this order: ``column``, ``kernel`` and ``rules``."""

    def __str__(self) -> str:
        return self.text


ROWS_AT_ONCE = 1 << 20
"""Between so many rows Ctrl-C is heard."""

ROWS_PER_STEP = 1 << 17
"""Between so many rows progress is told."""


class Tabling:
    """The part of `Engine` that assesses whole tables."""

    __slots__ = ()

    _native: native.Engine

    def _call(self, method: str, **arguments: Any) -> Any:
        raise NotImplementedError

    def _document(self) -> dict[str, Any]:
        raise NotImplementedError

    def assess_table(
        self,
        leads: ArrowTable,
        activities: ArrowTable | None = None,
        *,
        at: datetime | str,
        progress: bool | Callable[[int], object] = False,
        **options: Unpack[TableOptions],
    ) -> AssessedTable:
        """Scores, ranks and segments of a table of leads as of an instant: the figures of `assess`, to the bit.

        ``leads`` and ``activities`` are whatever has Arrow's C interface: DataFrames of Polars and pandas, tables and
        readers of pyarrow, relations of DuckDB. Leads have a column per field and a column ``id``; activities have
        ``lead_id``, ``kind`` and ``at``, and a column per property. ``progress`` is called with the number of leads
        that are done since, or true for a bar by tqdm. Raises `CallError` for options that name what does not exist,
        `LeadError` for columns and values that do not fit, `EvaluationError` for points out of range.

        >>> import pyarrow
        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> leads = pyarrow.table({"id": ["lead-1", "lead-2"], "employees": [320, None]})
        >>> found = engine.assess_table(leads, at="2026-05-01T09:00:00+09:00", figures="total").to_pyarrow()
        >>> found["overall.total"].to_pylist(), found["overall.rank"].to_pylist()
        ([25.0, 0.0], ['C', 'C'])
        """
        rows = ROWS_PER_STEP if progress else ROWS_AT_ONCE
        stream = _open(self._native, leads, activities, at, options, rows, whole=True)
        if progress is not True:
            batches = stream.rest(progress or None)
        else:
            # Readers do not know their length, and a relation would be queried for it.
            sized = type(leads).__module__.split(".")[0] in ("pandas", "polars") or hasattr(leads, "num_rows")
            total = len(leads) if sized and isinstance(leads, Sized) else None
            with import_module("tqdm.auto").tqdm(total=total, unit=" leads", unit_scale=True) as bar:
                batches = stream.rest(bar.update)
        return AssessedTable(batches, TableReport(stream.report()))

    def assess_stream(
        self,
        leads: ArrowTable,
        activities: ArrowTable | None = None,
        *,
        at: datetime | str,
        batch_rows: int = ROWS_AT_ONCE,
        **options: Unpack[TableOptions],
    ) -> AssessedStream:
        """The same batch by batch, as the result is asked for: for tables larger than memory.

        Activities are read at once, leads as they come, in batches of at most ``batch_rows``. Raises as
        `assess_table`: at once for options, activities and columns, later for rows.

        >>> import pyarrow
        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> leads = pyarrow.table({"id": ["lead-1", "lead-2"], "employees": [320, None]})
        >>> [len(batch) for batch in engine.assess_stream(leads, at="2026-05-01T09:00:00+09:00", batch_rows=1)]
        [1, 1]
        """
        return AssessedStream(_open(self._native, leads, activities, at, options, batch_rows, whole=False))

    def activity_state(
        self,
        new: ArrowTable,
        state: ArrowTable | None = None,
        *,
        at: datetime | str,
        **options: Unpack[StateOptions],
    ) -> ActivityState:
        """The running state of what leads did: ``state``, none at first, and what came since give the new one.

        `assess_table` gives with the state, to the bit, what it gives with the whole history, at ``at`` and at any later
        instant, however late what comes later still happened. Activities leave where nothing can depend on them any more,
        by the report's reasons. A state belongs to the playbook and scorecards that it was made for: after a change that looks
        at more, make it anew from the history. Raises `CallError` for options that name what does not exist, `LeadError`
        for columns and activities that cannot be read or contradict each other.

        >>> import pyarrow
        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> def seminars(*times):
        ...     count = len(times)
        ...     return pyarrow.table({"lead_id": ["a"] * count, "kind": ["seminar_attended"] * count, "at": times})
        >>> march = seminars("2025-08-01T00:00:00Z", "2026-03-31T00:00:00Z")
        >>> state = engine.activity_state(march, at="2026-04-01T00:00:00Z")
        >>> state.report.kept, state.report.expired
        (1, 1)
        >>> state = engine.activity_state(seminars("2026-04-20T00:00:00Z"), state, at="2026-05-01T00:00:00Z")
        >>> found = engine.assess_table(pyarrow.table({"id": ["a"]}), state, at="2026-05-01T00:00:00Z")
        >>> found.to_pyarrow()["overall.total"].to_pylist()
        [40.0]
        """
        _check(new=new, state=state)
        batches, report = native.Batches.state(self._native, new, state, _arguments(at, options))
        return ActivityState(batches, StateReport(report))

    def records(
        self, leads: ArrowTable, activities: ArrowTable | None = None, **options: Unpack[RecordOptions]
    ) -> list[dict[str, Any]]:
        """The rows of a table as lead records, for what asks leads one at a time: `why`, `what_would`, `backtest`.

        Takes the tables of `assess_table` and its options ``id``, ``columns``, ``standing`` and ``activity_columns``. Keeps the
        columns that the playbook declares and those of source and consent; an activity without an id is called by its place
        among its lead's. `assess` gives for a record what its row has in the assessed table. Records are plain data, to be added
        to (deals, say), and large: take a part of a large table. Raises `ValueError` for a table without a column that it needs,
        `ImportError` where a table other than Polars' comes and pyarrow is not installed.

        >>> import polars
        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> leads = polars.DataFrame({"id": ["lead-1"], "employees": [320], "source.channel": ["expo"]})
        >>> engine.records(leads)
        [{'id': 'lead-1', 'fields': {'employees': 320}, 'source': {'channel': 'expo'}}]
        """
        return records_of(self._document(), leads, activities, options)

    def plan(self, **options: Unpack[TableOptions]) -> TablePlan:
        """How `assess_table` would go about it with these options: the kernel of each column, and its rules.

        Raises `CallError` for options that name what does not exist.

        >>> from ikusei import Playbook
        >>> print(Playbook.load("examples/quickstart/playbook.yaml").compile().plan())
        industry: ...
        """
        return TablePlan(self._call("plan", options=_plain(options)))


def _open(
    engine: native.Engine,
    leads: ArrowTable,
    activities: ArrowTable | None,
    at: datetime | str,
    options: Mapping[str, Any],
    rows: int,
    *,
    whole: bool,
) -> native.Stream:
    _check(leads=leads, activities=activities)
    return native.Stream.open(engine, leads, activities, _arguments(at, options), rows, whole)


def _check(**tables: ArrowTable | None) -> None:
    for name, table in tables.items():
        if table is not None and not (hasattr(table, "__arrow_c_stream__") or hasattr(table, "__arrow_c_array__")):
            raise TypeError(f"{name} should be a table with Arrow's C interface, not {type(table).__name__}")


def _arguments(at: datetime | str, options: Mapping[str, Any]) -> str:
    return json.dumps({"at": instant(at), "options": _plain(options)}, ensure_ascii=False)


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as JSON has them."""
    given = {name: value for name, value in options.items() if value is not None}
    if isinstance(given.get("ledger"), int):
        given["ledger"] = {"top": given["ledger"]}
    return given
