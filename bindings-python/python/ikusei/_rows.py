"""The rows of tables as lead records, for whatever asks leads one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib import import_module
from typing import Any, Protocol, TypedDict


class ArrowStream(Protocol):
    """A table: DataFrames of Polars and pandas (2.2 or newer), tables and readers of pyarrow, relations of DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Arrow's C interface: the table as a capsule."""


class ArrowArray(Protocol):
    """One record batch, such as pyarrow's."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """Arrow's C interface: schema and batch as capsules."""


ArrowTable = ArrowStream | ArrowArray
"""Whatever gives its rows by Arrow's C interface."""


class StandingColumns(TypedDict):
    """The columns of the standing that a lead holds on a scorecard."""

    rank: str
    since: str


class ActivityColumns(TypedDict, total=False):
    """The columns of a table of activities, where they are not called as the keys here are (``lead``: ``lead_id``)."""

    lead: str
    id: str
    kind: str
    at: str
    recorded_at: str
    trust: str
    campaign: str
    properties: Mapping[str, str]


class RecordOptions(TypedDict, total=False):
    """How a table is read into records: the same as for `Engine.assess_table`; all are optional."""

    id: str
    """The column of the leads' ids, ``id`` unless told otherwise."""
    columns: Mapping[str, str]
    """From a field to its column, where it is called otherwise; ``source.<key>`` and ``consent.<channel>`` too."""
    standing: Mapping[str, StandingColumns]
    """Per scorecard, the columns of the rank held before and since when."""
    activity_columns: ActivityColumns
    """The columns of the table of activities."""


def records_of(
    playbook: Mapping[str, Any], leads: ArrowTable, activities: ArrowTable | None, options: RecordOptions
) -> list[dict[str, Any]]:
    """A record for every row of the leads, with its activities in the order of their table."""
    named = options.get("columns", {})
    places = {named.get(field, field): field for field in playbook.get("fields", {})}
    renamed = {column: entry for entry, column in named.items() if entry.partition(".")[0] in ("source", "consent")}
    key = options.get("id", "id")
    records = []
    for row in _rows(leads, "leads", key):
        record: dict[str, Any] = {"id": str(row.pop(key)), "fields": {}, "source": {}, "consent": {}}
        for column, value in row.items():
            if (field := places.get(column)) is not None:
                record["fields"][field] = value
                continue
            part, _, entry = renamed.get(column, column).partition(".")
            if entry and part == "source":
                record["source"][entry] = value
            elif entry and part == "consent":
                record["consent"][entry] = {"status": value}
        for card, held in options.get("standing", {}).items():
            if held["rank"] in row and held["since"] in row:
                standing = {"rank": row[held["rank"]], "since": row[held["since"]]}
                record.setdefault("standing", {})[card] = standing
        records.append({part: content for part, content in record.items() if content})
    if activities is not None:
        _add_activities(records, playbook.get("activities", {}), activities, options.get("activity_columns", {}))
    return records


def _add_activities(
    records: list[dict[str, Any]], kinds: Mapping[str, Any], table: ArrowTable, columns: ActivityColumns
) -> None:
    by_id = {record["id"]: record for record in records}
    names: Mapping[str, Any] = columns
    lead, id, kind = names.get("lead", "lead_id"), names.get("id", "id"), names.get("kind", "kind")
    own = {part: names.get(part, part) for part in ("at", "recorded_at", "trust", "campaign")}
    places = names.get("properties", {})
    declared = {
        name: [(places.get(known, known), known) for known in (policy or {}).get("properties", {})]
        for name, policy in kinds.items()
    }
    for row in _rows(table, "activities", lead, kind, own["at"]):
        record = by_id.get(str(row[lead]))
        if record is None:
            continue
        log = record.setdefault("activities", [])
        # A table without ids tells activities apart by their place.
        entry = {"id": str(row.get(id, len(log) + 1)), "kind": row[kind]}
        entry |= {part: row[column] for part, column in own.items() if column in row}
        properties = {known: row[column] for column, known in declared.get(row[kind], []) if column in row}
        log.append(entry | ({"properties": properties} if properties else {}))


def _rows(table: ArrowTable, what: str, *needed: str) -> Iterator[dict[str, Any]]:
    """The rows without what is empty."""
    frame: Any = table
    by_polars = type(frame).__module__.split(".")[0] == "polars"
    if not by_polars:
        frame = import_module("pyarrow").table(frame)
    columns = frame.columns if by_polars else frame.column_names
    for column in needed:
        if column not in columns:
            raise ValueError(f"the table of {what} has no column `{column}`; it has {', '.join(columns)}")
    for number, row in enumerate(frame.to_dicts() if by_polars else frame.to_pylist()):
        # What is not equal to itself is the "not a number" that a data frame puts for what is missing.
        kept = {name: _plain(cell) for name, cell in row.items() if cell is not None and cell == cell}
        if lacking := [column for column in needed if column not in kept]:
            raise ValueError(f"row {number} of the table of {what} has nothing in the column `{lacking[0]}`")
        yield kept


def _plain(cell: Any) -> Any:
    return float(cell) if isinstance(cell, Decimal) else cell
