"""The records that come out: attributes over plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar


class Record:
    """Plain data with attributes. What the engine left out is ``None``; ``to_dict()`` is the data itself."""

    __slots__ = ("_data",)

    _parts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    # What an attribute is where the engine left it out, if not ``None``.
    _empty: ClassVar[Mapping[str, Callable[[], Any]]] = {}

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    def __getattr__(self, name: str) -> Any:
        if name not in type(self).__annotations__:
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
        value = self._data.get(name)
        if value is None:
            return self._empty[name]() if name in self._empty else None
        make = self._parts.get(name)
        return value if make is None else make(value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._data == other._data

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[Record], tuple[dict[str, Any]]]:
        return type(self), (self._data,)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *type(self).__annotations__})

    def __repr__(self) -> str:
        shown = (f"{name}={self._data[name]!r}" for name in type(self).__annotations__ if name in self._data)
        return f"{type(self).__name__}({', '.join(shown)})"

    def to_dict(self) -> dict[str, Any]:
        """The data, as JSON would hold it."""
        return self._data


def each(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A list, of each item of which something is made."""
    return lambda items: [make(item) for item in items]


def values(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A mapping, of each value of which something is made."""
    return lambda items: {name: make(item) for name, item in items.items()}


class Span(Record):
    """A stretch of source text; lines and columns count from 1, ``start`` and ``end`` are bytes of UTF-8."""

    __slots__ = ()

    file: str | None
    start: int
    end: int
    line: int
    column: int


class Diagnostic(Record):
    """One problem: what, where, and what to do about it."""

    __slots__ = ()

    code: str
    severity: str
    message: str
    path: str | None
    span: Span | None
    help: str | None
    suggestion: dict[str, str] | None
    related: list[dict[str, Any]] | None

    _parts = {"span": Span}

    @property
    def line(self) -> int | None:
        """The line in the text, from 1, where the text is known."""
        return self.span.line if self.span else None

    @property
    def column(self) -> int | None:
        """The column in the text, from 1, where the text is known."""
        return self.span.column if self.span else None


class EntryActivity(Record):
    """The activity behind a line of the ledger."""

    __slots__ = ()

    id: str
    kind: str
    at: datetime
    base: float
    weight: float
    until: datetime | None

    _parts = {"at": datetime.fromisoformat, "until": datetime.fromisoformat}


class LedgerEntry(Record):
    """One line of the ledger."""

    __slots__ = ()

    kind: str
    side: str
    points: float
    rule: str | None
    label: str | None
    group: str | None
    activity: EntryActivity | None
    values: dict[str, Any] | None

    _parts = {"activity": EntryActivity}


class ScoreSheet(Record):
    """What one scorecard says: ``total`` is the sum of the four other figures, exactly."""

    __slots__ = ()

    fit_plus: float
    fit_minus: float
    engagement_plus: float
    engagement_minus: float
    total: float
    probability: float | None
    ledger: list[LedgerEntry] | None

    _parts = {"ledger": each(LedgerEntry)}


class RankDecision(Record):
    """The rank on one scorecard, and why."""

    __slots__ = ()

    rank: str | None
    label: str | None
    about: dict[str, str] | None
    hot: bool
    handling: dict[str, str] | None
    since: datetime
    cause: str | dict[str, Any]

    _parts = {"since": datetime.fromisoformat}


class Membership(Record):
    """Whether a lead is in a segment, and what decided it."""

    __slots__ = ()

    segment: str
    member: bool
    because: str
    trace: dict[str, Any] | None


class Members(Record):
    """The members of a segment among some leads; ``total`` counts those beyond the segment's limit as well."""

    __slots__ = ()

    segment: str
    total: int
    leads: list[str]


class ScoreChange(Record):
    """One scorecard's figures before and after."""

    __slots__ = ()

    @property
    def before(self) -> ScoreSheet:
        """Before: ``from`` of the data, which is a word of Python."""
        return ScoreSheet(self._data["from"])

    @property
    def after(self) -> ScoreSheet:
        """After: ``to`` of the data."""
        return ScoreSheet(self._data["to"])


class RankChange(Record):
    """A rank before and after; ``None`` where no rank holds, or the lead is disqualified."""

    __slots__ = ()

    @property
    def before(self) -> str | None:
        """Before: ``from`` of the data, which is a word of Python."""
        rank: str | None = self._data["from"]
        return rank

    @property
    def after(self) -> str | None:
        """After: ``to`` of the data."""
        rank: str | None = self._data["to"]
        return rank


def _by_card(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda items: {card: make(item) for card, item in items.items()}


class TimedChange(Record):
    """What changed at one instant, and why."""

    __slots__ = ()

    at: datetime
    scores: dict[str, ScoreChange] | None
    ranks: dict[str, RankChange] | None
    entered: list[str] | None
    left: list[str] | None
    causes: list[dict[str, Any]]
    words: dict[str, str]

    _parts = {"at": datetime.fromisoformat, "scores": _by_card(ScoreChange), "ranks": _by_card(RankChange)}


class TimelineStart(Record):
    """What held where a timeline begins: an assessment without ledgers."""

    __slots__ = ()

    lead: str
    at: datetime
    rank: str | None
    segments: list[str]
    scores: dict[str, ScoreSheet]
    ranks: dict[str, RankDecision]
    warnings: list[Diagnostic] | None

    _parts = {
        "at": datetime.fromisoformat,
        "scores": _by_card(ScoreSheet),
        "ranks": _by_card(RankDecision),
        "warnings": _each(Diagnostic),
    }


class Timeline(Record):
    """How a lead's scores, ranks and segments went on: ``start``, and every change up to ``to``."""

    __slots__ = ()

    lead: str
    to: datetime
    known: str
    start: TimelineStart
    changes: list[TimedChange]

    _parts = {"to": datetime.fromisoformat, "start": TimelineStart, "changes": _each(TimedChange)}


class Finding(Record):
    """Something that a playbook says and probably does not mean; ``example`` is a lead that shows it."""

    __slots__ = ()

    diagnostic: Diagnostic
    example: dict[str, Any] | None

    _parts = {"diagnostic": Diagnostic}


class ScoreRange(Record):
    """The least and the most that a total can be; ``None`` where there is no end."""

    __slots__ = ()

    min: float | None
    max: float | None


class Lint(Record):
    """What linting a playbook found, and between what the total of each scorecard can be."""

    __slots__ = ()

    findings: list[Finding]
    ranges: dict[str, ScoreRange]

    _parts = {"findings": _each(Finding), "ranges": _by_card(ScoreRange)}
