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

__all__ = [
    "Analysis",
    "Table",
    "TableLike",
    "attribution",
    "calibration",
    "frequency",
    "funnel",
    "iceberg",
    "learn",
    "lift",
    "presence",
    "retrospective",
    "returns",
    "versions",
]

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


def _cell(kind: str, value: Any) -> str:
    """A cell of a table in a notebook: shares as percentages, numbers to the right."""
    if value is None:
        return "<td></td>"
    if kind == "share":
        return f'<td style="text-align:right">{value:.1%}</td>'
    side = "left" if kind in ("text", "time") else "right"
    return f'<td style="text-align:{side}">{html.escape(str(value))}</td>'


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


def calibration(
    leads: TableLike,
    *,
    ranks: Sequence[str] | None = None,
    bands: int | None = None,
    capacity: float | None = None,
    level: float | None = None,
) -> Analysis:
    """Whether scores, ranks and probabilities mean what they say.

    ``leads`` has ``score`` and ``won``, and if known ``rank``, ``probability`` and ``at``; ``capacity`` is how many leads a
    week sales can take. Raises `CallError`.

    >>> calibration([{"score": 80, "won": True}, {"score": 60, "won": False}]).figures["auc"]
    1
    """
    return _analyse("calibration", tables={"leads": leads}, ranks=ranks, bands=bands, capacity=capacity, level=level)


def frequency(
    stages: Sequence[str],
    *,
    fields: Sequence[str] | None = None,
    tags: str | None = None,
    counts: TableLike | None = None,
    closed: TableLike | None = None,
    reopened: TableLike | None = None,
    open: TableLike | None = None,
    support: int | None = None,
    tag_support: int | None = None,
) -> Analysis:
    """The chance that a deal is won, by naive Bayes from counts of won and lost deals.

    The table ``counts`` of the answer is all that needs to be kept: give it back with the deals that ``closed`` or were
    ``reopened`` since. Raises `CallError`.

    >>> closed = [{"stage": "new", "won": True, "country": "JP"}, {"stage": "new", "won": False, "country": "US"}]
    >>> found = frequency(["new"], fields=["country"], closed=closed, open=[{"deal": "d1", "stage": "new", "country": "JP"}])
    >>> round(found.rows[0]["chance"], 4)
    0.9167
    """
    return _analyse(
        "frequency",
        tables={"counts": counts, "closed": closed, "reopened": reopened, "open": open},
        stages=stages,
        fields=fields,
        tags=tags,
        support=support,
        tag_support=tag_support,
    )


def learn(
    leads: TableLike,
    features: Sequence[str],
    *,
    ridge: float | None = None,
    double: float | None = None,
    support: int | None = None,
    bands: int | None = None,
    ranks: Sequence[Mapping[str, Any]] | None = None,
    level: float | None = None,
) -> Analysis:
    """Points for a scorecard, learnt from what came of leads, with the evidence for each.

    ``leads`` has ``won`` and the columns ``features``; ``test`` marks leads that are kept from learning, ``at`` shows
    drift. ``double`` is how many points double the odds. Raises `CallError`.

    >>> leads = [{"big": i % 2 == 0, "won": i % 8 < 6 if i % 2 == 0 else i % 8 == 1} for i in range(200)]
    >>> [(row["value"], row["points"] > 0) for row in learn(leads, ["big"]).rows]
    [('false', False), ('true', True)]
    """
    return _analyse(
        "learn",
        tables={"leads": leads},
        features=features,
        ridge=ridge,
        double=double,
        support=support,
        bands=bands,
        ranks=ranks,
        level=level,
    )


def versions(
    versions: TableLike,
    *,
    goal: str | None = None,
    control: str | None = None,
    matters: float | None = None,
    level: float | None = None,
) -> Analysis:
    """Versions of a template against each other: rates with intervals, the chance of being best, and whether to stop.

    ``versions`` has ``version``, ``sent``, and whichever of ``delivered``, ``opened``, ``clicked``, ``replied``, ``bounced``
    and ``unsubscribed`` are counted. Raises `CallError`.

    >>> found = versions([{"version": "a", "sent": 1000, "clicked": 50}, {"version": "b", "sent": 1000, "clicked": 120}])
    >>> found.figures["advice"], found.figures["best"]
    ('stop', 'b')
    """
    return _analyse("versions", tables={"versions": versions}, goal=goal, control=control, matters=matters, level=level)


def iceberg(
    leads: TableLike,
    *,
    at: datetime | str | None = None,
    quiet: str | None = None,
    most: int | None = None,
    currency: str | None = None,
) -> Analysis:
    """How many leads at what likelihood, who works them, and which sleeping ones are worth a word.

    ``leads`` has ``lead`` and ``chance``, and if known ``handler``, ``amount``, ``cost`` and ``last_active``. Raises
    `CallError`.

    >>> iceberg([{"lead": "l1", "chance": 0.25}, {"lead": "l2", "chance": 0.5}]).figures["expected_deals"]
    0.75
    """
    return _analyse("iceberg", tables={"leads": leads}, at=at, quiet=quiet, most=most, currency=currency)


def retrospective(
    *, follow_ups: TableLike | None = None, contents: TableLike | None = None, level: float | None = None
) -> Analysis:
    """What to change next, in content and in the follow-up of sales: a ranked list of actions with their evidence.

    ``follow_ups`` has ``handed_over``, ``touched``, ``won`` and ``refused``; ``contents`` has ``content``, ``seen``,
    ``finished``, ``converted``, ``others`` and ``others_converted``. Raises `CallError`.

    >>> contents = [{"content": "guide", "seen": 100, "converted": 30, "others": 100, "others_converted": 10}]
    >>> retrospective(contents=contents).rows[0]["effect"]
    20
    """
    return _analyse("retrospective", tables={"follow_ups": follow_ups, "contents": contents}, level=level)


def presence(
    answers: TableLike,
    measures: Sequence[str],
    *,
    by: Sequence[str] | None = None,
    searches: TableLike | None = None,
    level: float | None = None,
) -> Analysis:
    """Awareness, consideration and use of a brand from weighted survey answers, by segment and wave; share of search.

    ``answers`` has the columns ``measures`` (yes or no), ``weight``, ``wave`` and those of ``by``. Raises `CallError`.

    >>> presence([{"aided": True, "weight": 3}, {"aided": False, "weight": 1}], ["aided"]).rows[0]["rate"]
    0.75
    """
    return _analyse("presence", tables={"answers": answers, "searches": searches}, measures=measures, by=by, level=level)


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
