"""Tables on their way in and out: whatever holds rows and columns, and what an analysis answers with."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from typing import Any, Literal

from ikusei import _ikusei as native
from ikusei._lead import answer, instant
from ikusei._records import Record

TableLike = Any
"""A pandas, Polars, pyarrow or DuckDB table, anything with ``__arrow_c_stream__``, rows, or columns."""


class Tabular(Record):
    """What a table can be asked; an analysis answers for its first table."""

    __slots__ = ()

    @property
    def _table(self) -> dict[str, Any]:
        return self._data

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._data["name"])

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [column["name"] for column in self._table["columns"]]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows; exact decimal numbers are `decimal.Decimal`."""
        exact = {column["name"] for column in self._table["columns"] if column["kind"] == "decimal"}
        return [
            {name: Decimal(cell) if name in exact and cell is not None else cell for name, cell in row.items()}
            for row in self._table["rows"]
        ]

    def to_pandas(self) -> Any:
        """As a pandas data frame. Raises `ImportError` where pandas is not installed.

        >>> from ikusei import analytics
        >>> analytics.attribution([{"path": "search > mail", "conversions": 3}], models=["linear"]).to_pandas().shape
        (2, 4)
        """
        return import_module("pandas").DataFrame(self.rows, columns=self.columns)

    def to_polars(self) -> Any:
        """As a Polars data frame. Raises `ImportError` where Polars is not installed.

        >>> from ikusei import analytics
        >>> analytics.attribution([{"path": "search > mail", "conversions": 3}], models=["linear"]).to_polars().height
        2
        """
        rows = self.rows
        return import_module("polars").DataFrame(rows, schema=None if rows else self.columns, infer_schema_length=None)

    def chart(self, language: Literal["en", "ja"] = "ja") -> Any:
        """A picture: an Altair chart where Altair is installed, else its Vega-Lite specification.

        ``None`` for a table that is for reading only.

        >>> from ikusei import analytics
        >>> groups = [{"group": "mailed", "leads": 9, "conversions": 3}, {"group": "control", "leads": 9, "conversions": 1}]
        >>> analytics.lift(groups, "control").chart("en") is None
        False
        """
        spec = call("chart", {"table": self._table, "language": language})
        if spec is None:
            return None
        try:
            return import_module("altair").Chart.from_dict(spec)
        except ImportError:
            return spec


class Table(Tabular):
    """A tidy table: one observation a row, one meaning a column.

    >>> from ikusei import analytics
    >>> found = analytics.attribution([{"path": "search > mail", "conversions": 3}], models=["linear"])
    >>> len(found.table), found.table.rows[0]["channel"]
    (2, 'search')
    """

    __slots__ = ()

    def __len__(self) -> int:
        return len(self._data["rows"])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<Table {self.name!r} {len(self)} rows: {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(column['label']['en'])}</th>" for column in self._data["columns"])
        kinds = [(column["kind"], column["name"]) for column in self._data["columns"]]
        rows = "".join(
            f"<tr>{''.join(_shown(kind, row[name]) for kind, name in kinds)}</tr>" for row in self._data["rows"]
        )
        return f"<table><caption>{html.escape(self._data['title']['en'])}</caption><tr>{head}</tr>{rows}</table>"


class Analysis(Tabular):
    """What an analysis came to. Its rows, frames and chart are those of its first table.

    >>> from ikusei import analytics
    >>> analytics.attribution([{"path": "search > mail", "conversions": 3}], models=["linear"])
    <Analysis 'attribution': ...>
    """

    __slots__ = ()

    @property
    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = self._data["tables"][0]
        return table

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
        return Table(self._table)

    def __repr__(self) -> str:
        return f"<Analysis {self.name!r}: {', '.join(self.tables)}>"

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return notes + "".join(table._repr_html_() for table in self.tables.values())


def _shown(kind: str, value: Any) -> str:
    """A cell of a table in a notebook: shares as percentages, numbers to the right."""
    if value is None:
        return "<td></td>"
    if kind == "share":
        return f'<td style="text-align:right">{value:.1%}</td>'
    side = "left" if kind in ("text", "time") else "right"
    return f'<td style="text-align:{side}">{html.escape(str(value))}</td>'


def analyse(method: str, *, tables: Mapping[str, TableLike | None], **arguments: Any) -> Analysis:
    """An analysis of tables; what is ``None`` is not given. Raises `CallError`."""
    given = {name: _read_table(table) for name, table in tables.items() if table is not None}
    given.update((name, value) for name, value in arguments.items() if value is not None)
    return Analysis(call(method, given))


def call(method: str, arguments: Mapping[str, Any]) -> Any:
    """What an analysis answers. Raises `CallError`."""
    text = json.dumps(arguments, default=_plain, ensure_ascii=False, allow_nan=False)
    return answer(native.analytics(method, text))


def plain_table(data: TableLike) -> Any:
    """A table as plain data, for an engine's own methods."""
    return json.loads(json.dumps(_read_table(data), default=_plain, ensure_ascii=False, allow_nan=False))


def _read_table(data: TableLike) -> Any:
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
    if kind == "polars" and hasattr(data, "collect"):
        data = data.collect()
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return native.columns(data)
    return [{str(name): _value(cell) for name, cell in dict(row).items()} for row in data]


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
