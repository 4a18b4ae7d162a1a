"""What worked, what it cost, what to change next: tables in, tidy tables out.

Every function takes tables: pandas, Polars, pyarrow or DuckDB objects, anything with ``__arrow_c_stream__``, lists of
mappings, or mappings of columns. It gives an `Analysis`: its tables, its figures, and notes that say in words what the
numbers cannot bear. ``docs/analytics.md`` says what every column is.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from typing import Any, Literal

from ikusei import _ikusei as native
from ikusei._errors import error_of
from ikusei._lead import instant

__all__ = ["Analysis", "Table", "TableLike", "attribution", "funnel", "lift", "returns"]

TableLike = Any
"""A pandas, Polars, pyarrow or DuckDB table, anything with ``__arrow_c_stream__``, rows, or columns."""


class Table:
    """A tidy table: one observation a row, one meaning a column."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._data["name"])

    @property
    def columns(self) -> list[str]:
        """The names of its columns."""
        return [column["name"] for column in self._data["columns"]]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its rows; exact decimal numbers are `decimal.Decimal`."""
        exact = {column["name"] for column in self._data["columns"] if column["kind"] == "decimal"}
        return [
            {name: Decimal(cell) if name in exact and cell is not None else cell for name, cell in row.items()}
            for row in self._data["rows"]
        ]

    def to_pandas(self) -> Any:
        """As a pandas data frame."""
        return import_module("pandas").DataFrame(self.rows, columns=self.columns)

    def to_polars(self) -> Any:
        """As a Polars data frame."""
        schema = None if self._data["rows"] else self.columns
        return import_module("polars").DataFrame(self.rows, schema=schema, infer_schema_length=None)

    def chart(self, language: Literal["en", "ja"] = "ja") -> Any:
        """A picture of it: an Altair chart where Altair is installed, else its Vega-Lite specification.

        ``None`` for a table that is for reading only.
        """
        spec = _call("chart", {"table": self._data, "language": language})
        if spec is None:
            return None
        try:
            return import_module("altair").Chart.from_dict(spec)
        except ImportError:
            return spec

    def to_dict(self) -> dict[str, Any]:
        """The whole of it as plain data."""
        return self._data

    def __len__(self) -> int:
        return len(self._data["rows"])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<Table {self.name!r} {len(self)} rows: {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(column['label']['en'])}</th>" for column in self._data["columns"])
        kinds = [column["kind"] for column in self._data["columns"]]
        rows = "".join(
            f"<tr>{''.join(_cell(kind, row[name]) for kind, name in zip(kinds, self.columns, strict=True))}</tr>"
            for row in self._data["rows"]
        )
        return f"<table><caption>{html.escape(self._data['title']['en'])}</caption><tr>{head}</tr>{rows}</table>"


class Analysis:
    """What an analysis came to. Its rows, frames and chart are those of its first table."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._data["name"])

    @property
    def figures(self) -> dict[str, Any]:
        """Single numbers by name."""
        return dict(self._data.get("figures", {}))

    @property
    def notes(self) -> list[str]:
        """What the numbers cannot say by themselves, in English."""
        return [note["text"]["en"] for note in self._data.get("notes", [])]

    @property
    def tables(self) -> dict[str, Table]:
        """All its tables by name."""
        return {table["name"]: Table(table) for table in self._data["tables"]}

    @property
    def table(self) -> Table:
        """The first table: the answer."""
        return Table(self._data["tables"][0])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the first table."""
        return self.table.rows

    def to_pandas(self) -> Any:
        """The first table as a pandas data frame."""
        return self.table.to_pandas()

    def to_polars(self) -> Any:
        """The first table as a Polars data frame."""
        return self.table.to_polars()

    def chart(self, language: Literal["en", "ja"] = "ja") -> Any:
        """A picture of the first table: see `Table.chart`."""
        return self.table.chart(language)

    def to_dict(self) -> dict[str, Any]:
        """The whole of it as plain data."""
        return self._data

    def __repr__(self) -> str:
        return f"<Analysis {self.name!r}: {', '.join(self.tables)}>"

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return notes + "".join(table._repr_html_() for table in self.tables.values())


def attribution(
    paths: TableLike | None = None,
    *,
    touches: TableLike | None = None,
    conversions: TableLike | None = None,
    coded: Mapping[str, Any] | None = None,
    separator: str | None = None,
    models: Sequence[str] | None = None,
    direct: Sequence[str] | None = None,
    half_life: str | None = None,
    lookback: str | None = None,
    order: int | None = None,
    weights: Mapping[str, float] | None = None,
    digits: int | None = None,
    revenue_digits: int | None = None,
    currency: str | None = None,
) -> Analysis:
    """Which touches share in conversions and revenue, by every model asked for.

    Either ``paths`` (columns ``path``, ``conversions``, ``value``, ``nulls``), or ``touches`` (``lead``, ``channel``,
    ``at``) beside ``conversions`` (``lead``, ``at``, ``value``), or ``coded`` for millions of touches. Credits add up to
    the conversions and to the revenue exactly. Raises `CallError`.

    >>> found = attribution([{"path": "search > mail", "conversions": 3}], models=["first", "linear"])
    >>> [(row["channel"], row["model"], str(row["conversions"])) for row in found.rows][-1]
    ('mail', 'linear', '1.500000')
    """
    if coded is not None:
        coded = {name: part.tolist() if hasattr(part, "tolist") else part for name, part in coded.items()}
    return _analyse(
        "attribution",
        tables={"paths": paths, "touches": touches, "conversions": conversions},
        coded=coded,
        separator=separator,
        models=models,
        direct=direct,
        half_life=half_life,
        lookback=lookback,
        order=order,
        weights=weights,
        digits=digits,
        revenue_digits=revenue_digits,
        currency=currency,
    )


def funnel(
    leads: TableLike,
    stages: Sequence[str],
    *,
    by: Sequence[str] | None = None,
    at: datetime | str | None = None,
    timezone: str | None = None,
    level: float | None = None,
) -> Analysis:
    """Who came how far, how long it took, and where they were lost.

    ``leads`` has a row for every lead and, in the columns ``stages``, when it reached each stage. Cut by the columns
    ``by``; leads that still wait at ``at`` count as waiting. Raises `CallError`.

    >>> leads = [{"lead": "2026-05-01", "won": "2026-05-15"}, {"lead": "2026-05-02", "won": None}]
    >>> found = funnel(leads, ["lead", "won"])
    >>> found.rows[1]["rate"], found.tables["times"].rows[0]["median"]
    (0.5, 14)
    """
    return _analyse("funnel", tables={"leads": leads}, stages=stages, by=by, at=at, timezone=timezone, level=level)


def returns(
    spend: TableLike,
    leads: TableLike,
    *,
    stages: Sequence[str] | None = None,
    by: Sequence[str] | None = None,
    clicks: TableLike | None = None,
    currency: str | None = None,
) -> Analysis:
    """What leads, stages and deals cost, and what came back, at every level of drill-down; amounts are exact.

    ``spend`` has ``cost``, ``at`` if known, and the columns ``by``; ``leads`` has the columns ``stages`` and ``by``,
    ``revenue``, ``earned_at``, and for open deals ``pipeline`` and ``probability``. ``clicks`` says by ``click_id`` what
    leads leave empty. Raises `CallError`.

    >>> found = returns([{"campaign": "expo", "cost": 1000}], [{"campaign": "expo", "revenue": 1500}], by=["campaign"], currency="JPY")
    >>> found.rows[1]["campaign"], found.rows[1]["cost_per_lead"], found.rows[1]["roi"]
    ('expo', Decimal('1000'), 0.5)
    """
    return _analyse("returns", tables={"spend": spend, "leads": leads, "clicks": clicks}, stages=stages, by=by, currency=currency)


def lift(groups: TableLike, holdout: str, *, level: float | None = None) -> Analysis:
    """Conversion of every group against the one that was left alone, with intervals and a sample-ratio check.

    ``groups`` has ``group``, ``leads``, ``conversions`` and, where the groups should not be of one size, ``planned``.
    Raises `CallError`.

    >>> found = lift([{"group": "mailed", "leads": 900, "conversions": 90}, {"group": "control", "leads": 100, "conversions": 5}], "control")
    >>> round(found.rows[0]["lift"], 3)
    0.05
    """
    return _analyse("lift", tables={"groups": groups}, holdout=holdout, level=level)


def _analyse(method: str, *, tables: Mapping[str, TableLike | None], **arguments: Any) -> Analysis:
    given = {name: _table(table) for name, table in tables.items() if table is not None}
    given.update((name, value) for name, value in arguments.items() if value is not None)
    return Analysis(_call(method, given))


def _call(method: str, arguments: Mapping[str, Any]) -> Any:
    envelope = native.analytics(method, json.dumps(arguments, default=_plain, ensure_ascii=False, allow_nan=False))
    content = json.loads(envelope)
    if "error" in content:
        raise error_of(envelope)
    return content["ok"]


def _table(data: TableLike) -> Any:
    """A table as JSON has it: an object of columns, or a list of rows."""
    if isinstance(data, Mapping):
        return {str(name): _column(cells) for name, cells in data.items()}
    kind = type(data).__module__.split(".")[0]
    if kind == "pandas":
        return {str(name): _column(data[name].astype(object).where(data[name].notna(), None)) for name in data.columns}
    if kind in ("duckdb", "_duckdb"):
        columns = list(data.columns)
        rows = data.fetchall()
        return {name: _column(row[index] for row in rows) for index, name in enumerate(columns)}
    if hasattr(data, "collect") and kind == "polars":
        data = data.collect()
    if kind == "polars":
        return {name: _column(data[name].to_list()) for name in data.columns}
    if hasattr(data, "to_pydict"):
        return {name: _column(cells) for name, cells in data.to_pydict().items()}
    if hasattr(data, "__arrow_c_stream__"):
        return _table(_from_arrow(data))
    return [{str(name): _value(cell) for name, cell in dict(row).items()} for row in data]


def _from_arrow(data: Any) -> Any:
    """A stream of Arrow data, read by whichever reader is installed."""
    try:
        return import_module("polars").DataFrame(data)
    except ImportError:
        return import_module("pyarrow").table(data)


def _column(cells: Iterable[Any]) -> list[Any]:
    return [_value(cell) for cell in cells]


def _value(cell: Any) -> Any:
    # What is not a number in a column of numbers is how data frames write nothing.
    if isinstance(cell, float):
        return None if cell != cell else float(cell)
    if isinstance(cell, datetime):
        return _plain(cell)
    return cell


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, datetime):
        # Data frames hold days as midnights without a zone.
        midnight = value.utcoffset() is None and value.time() == time()
        return value.date().isoformat() if midnight else instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a table holds plain data, not {type(value).__name__}")
