"""The records that come out: attributes over plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from inspect import get_annotations
from typing import Any, ClassVar


class Record:
    """Plain data with attributes. What the engine left out is ``None``; ``to_dict()`` is the data itself."""

    __slots__ = ("_data",)

    _parts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    # What an attribute is where the engine left it out, if not ``None``.
    _empty: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    # What ``to_dict()`` has, and ``_data`` perhaps not yet.
    _late: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        # Properties are read ten times as fast as what goes through ``__getattr__``.
        for name, kind in get_annotations(cls).items():
            setattr(cls, name, property(cls._reader(name), _fixed, doc=f"{kind}"))

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @classmethod
    def _reader(cls, name: str) -> Callable[[Any], Any]:
        """What gives an attribute of a record."""
        make, empty = cls._parts.get(name), cls._empty.get(name)
        if name in cls._late:
            return lambda record: _part(record.to_dict().get(name), make, empty)
        if make is None and empty is None:
            return lambda record: record._data.get(name)
        return lambda record: _part(record._data.get(name), make, empty)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(other) is type(self) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type[Record], tuple[dict[str, Any]]]:
        return type(self), (self.to_dict(),)

    def __repr__(self) -> str:
        data = self.to_dict()
        shown = (f"{name}={data[name]!r}" for name in get_annotations(type(self)) if name in data)
        return f"{type(self).__name__}({', '.join(shown)})"

    def to_dict(self) -> dict[str, Any]:
        """The data, as JSON would hold it.

        >>> Membership({"segment": "tokyo", "member": False, "because": "condition"}).to_dict()["segment"]
        'tokyo'
        """
        return self._data


def _fixed(_: Record, __: Any) -> None:
    raise AttributeError("a record cannot be changed: `to_dict()` is data that can")


def _part(value: Any, make: Callable[[Any], Any] | None, empty: Callable[[], Any] | None) -> Any:
    if value is None:
        return None if empty is None else empty()
    return value if make is None else make(value)


def each(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A list, of each item of which something is made."""
    return lambda items: [make(item) for item in items]


def values(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A mapping, of each value of which something is made."""
    return lambda items: {name: make(item) for name, item in items.items()}


class Span(Record):
    """A stretch of source text; lines and columns count from 1, ``start`` and ``end`` are bytes of UTF-8.

    >>> from ikusei import Playbook, PlaybookError
    >>> try:
    ...     _ = Playbook.parse("ikusei: 1\\nname: demo\\nfeilds: {}")
    ... except PlaybookError as error:
    ...     [problem] = error.diagnostics
    >>> problem.span.line, problem.span.column
    (3, 1)
    """

    __slots__ = ()

    file: str | None
    start: int
    end: int
    line: int
    column: int


class Diagnostic(Record):
    """One problem: what, where, and what to do about it.

    >>> from ikusei import Playbook, PlaybookError
    >>> try:
    ...     _ = Playbook.parse("ikusei: 1\\nname: demo\\nfeilds: {}")
    ... except PlaybookError as error:
    ...     [problem] = error.diagnostics
    >>> problem.code, problem.path, problem.help
    ('IK0102', '/feilds', 'did you mean `fields`?')
    """

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
    """The activity behind a line of the ledger.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> found = engine.assess(lead, "2026-05-01T00:00:00Z")
    >>> found.scores["overall"].ledger[0].activity.until.date().isoformat()
    '2026-10-17'
    """

    __slots__ = ()

    id: str
    kind: str
    at: datetime
    base: float
    weight: float
    until: datetime | None

    _parts = {"at": datetime.fromisoformat, "until": datetime.fromisoformat}


class LedgerEntry(Record):
    """One line of the ledger.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> found = engine.assess({"id": "lead-1", "fields": {"employees": 320}}, "2026-05-01T00:00:00Z")
    >>> [(entry.rule, entry.points, entry.values) for entry in found.scores["overall"].ledger]
    [('size', 25, {'employees': 320})]
    """

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
    """What one scorecard says: ``total`` is the sum of the four other figures, exactly.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> found = engine.assess(lead, "2026-05-01T00:00:00Z")
    >>> found.scores["overall"].engagement_plus, found.scores["overall"].total
    (20, 20)
    """

    __slots__ = ("_whole",)

    fit_plus: float
    fit_minus: float
    engagement_plus: float
    engagement_minus: float
    total: float
    probability: float | None
    ledger: list[LedgerEntry] | None

    _parts = {"ledger": each(LedgerEntry)}
    _late = frozenset({"ledger"})

    def __init__(self, data: dict[str, Any], whole: Callable[[], dict[str, Any]] | None = None) -> None:
        super().__init__(data)
        # Where the ledger is still to be made: gives the data with it.
        self._whole = whole

    def to_dict(self) -> dict[str, Any]:
        """The data, as JSON would hold it, with the ledger if it was asked for.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> found = engine.assess({"id": "lead-1", "fields": {"employees": 320}}, "2026-05-01T00:00:00Z")
        >>> len(found.scores["overall"].to_dict()["ledger"])
        1
        """
        if self._whole is not None:
            self._data, self._whole = self._whole(), None
        return self._data


class RankDecision(Record):
    """The rank on one scorecard, and why.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> found = engine.assess(lead, "2026-05-01T00:00:00Z")
    >>> found.ranks["overall"].rank, found.ranks["overall"].hot, found.ranks["overall"].cause
    ('C', False, 'rest')
    """

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
    """Whether a lead is in a segment, and what decided it.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> [(entry.segment, entry.member) for entry in engine.memberships(lead, "2026-05-01T00:00:00Z")]
    [('tokyo-hot', False)]
    """

    __slots__ = ()

    segment: str
    member: bool
    because: str
    trace: dict[str, Any] | None


class Members(Record):
    """The members of a segment among some leads; ``total`` counts those beyond the segment's limit as well.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> engine.members("tokyo-hot", [lead], "2026-05-01T00:00:00Z").leads
    []
    """

    __slots__ = ()

    segment: str
    total: int
    leads: list[str]


class ScoreChange(Record):
    """One scorecard's figures before and after.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> timeline = engine.timeline(lead, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
    >>> change = timeline.changes[0].scores["overall"]
    >>> change.before.total, change.after.total
    (0, 20)
    """

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
    """A rank before and after; ``None`` where no rank holds, or the lead is disqualified.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "fields": {"employees": 320, "industry": "製造業"}}
    >>> lead["activities"] = [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]
    >>> timeline = engine.timeline(lead, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
    >>> change = timeline.changes[0].ranks["overall"]
    >>> change.before, change.after
    ('B', 'A')
    """

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
    """What changed at one instant, and why.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> change = engine.next_change(lead, "2026-05-01T00:00:00Z")
    >>> change.at.date().isoformat(), change.words["en"]
    ('2026-10-17', '2026-10-17 09:00: overall falls from 20 to 0 points, as seminar of 2026-04-20 no longer counts')
    """

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
    """What held where a timeline begins: an assessment without ledgers.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> timeline = engine.timeline(lead, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
    >>> timeline.start.rank, timeline.start.scores["overall"].total
    ('C', 0)
    """

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
        "warnings": each(Diagnostic),
    }


class Timeline(Record):
    """How a lead's scores, ranks and segments went on: ``start``, and every change up to ``to``.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "seminar_attended", "at": "2026-04-20T00:00:00Z"}]}
    >>> timeline = engine.timeline(lead, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
    >>> [change.at.isoformat() for change in timeline.changes]
    ['2026-04-20T00:00:00+00:00']
    """

    __slots__ = ()

    lead: str
    to: datetime
    known: str
    start: TimelineStart
    changes: list[TimedChange]

    _parts = {"to": datetime.fromisoformat, "start": TimelineStart, "changes": each(TimedChange)}
