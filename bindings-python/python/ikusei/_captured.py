"""What capture, cleansing and identity resolution answer: attributes over plain data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ikusei._lead import Lead
from ikusei._records import Diagnostic, Record, each, values


class Cleansed(Record):
    """A value before and after cleansing; ``confidence`` is in millionths, and ``None`` where the reading is certain."""

    __slots__ = ()

    value: Any
    raw: Any
    rules: list[str] | None
    parts: dict[str, str] | None
    confidence: int | None
    problem: Diagnostic | None

    _parts = {"problem": Diagnostic}


class Cleansing(Record):
    """All fields of a record, cleansed: ``changes`` has what was changed, derived or refused, or has ``parts``."""

    __slots__ = ()

    fields: dict[str, Any]
    changes: dict[str, Cleansed]

    _parts = {"changes": values(Cleansed)}


class CapturedPerson(Record):
    """What a payload says of one person; `Engine.apply` puts it into a record."""

    __slots__ = ()

    identities: list[dict[str, Any]]
    fields: dict[str, Any]
    changes: dict[str, Cleansed]
    source: dict[str, Any]
    activities: list[dict[str, Any]]
    consent: list[dict[str, Any]]

    _parts = {"changes": values(Cleansed)}
    _empty = {
        "fields": dict,
        "changes": dict,
        "source": dict,
        "activities": list,
        "consent": list,
    }


class Captured(Record):
    """What a payload says, per person, and what of it could not be used."""

    __slots__ = ()

    mapping: str
    at: datetime
    people: list[CapturedPerson]
    problems: list[Diagnostic]

    _parts = {"at": datetime.fromisoformat, "people": each(CapturedPerson), "problems": each(Diagnostic)}
    _empty = {"problems": list}


class Reclassified(Record):
    """An activity whose trust changed, and the rule that says so."""

    __slots__ = ()

    activity: str
    rule: str | None

    @property
    def before(self) -> str:
        """What it was taken for."""
        return str(self._data["from"])

    @property
    def after(self) -> str:
        """What it is taken for."""
        return str(self._data["to"])


class Applied(Record):
    """What became of captured facts, and the record that has them."""

    __slots__ = ()

    lead: Lead
    changed: bool
    recorded: list[str]
    known: list[str]
    reclassified: list[Reclassified]
    problems: list[Diagnostic]

    _parts = {"lead": Lead, "reclassified": each(Reclassified), "problems": each(Diagnostic)}
    _empty = {"reclassified": list, "problems": list}


class Judged(Record):
    """A record whose log was judged again."""

    __slots__ = ()

    lead: Lead
    reclassified: list[Reclassified]

    _parts = {"lead": Lead, "reclassified": each(Reclassified)}


class Evidence(Record):
    """One comparison of two records."""

    __slots__ = ()

    field: str
    by: str
    similarity: float
    weight: float
    key: bool | None


class Resemblance(Record):
    """Whether two records are one: ``verdict`` is ``same``, ``review`` or ``different``."""

    __slots__ = ()

    verdict: str
    similarity: float
    evidence: list[Evidence]

    _parts = {"evidence": each(Evidence)}
    _empty = {"evidence": list}


class Match(Record):
    """What two records are to each other."""

    __slots__ = ()

    person: Resemblance
    company: Resemblance

    _parts = {"person": Resemblance, "company": Resemblance}


class ReviewPair(Record):
    """Two rows that may be one."""

    __slots__ = ()

    first: str
    second: str
    similarity: float


class Duplicates(Record):
    """Which rows of a table are one, by their ids, and which pairs somebody should look at."""

    __slots__ = ()

    clusters: list[list[str]]
    review: list[ReviewPair]
    compared: int

    _parts = {"review": each(ReviewPair)}


class Account(Record):
    """A company among some leads; ``group`` is the key of the company at the top."""

    __slots__ = ()

    key: str
    name: str
    parent: str | None
    group: str
    leads: list[str]


class Permission(Record):
    """Whether something may be sent, and what decided it."""

    __slots__ = ()

    allowed: bool
    because: str
    at: datetime | None
    basis: str | None

    _parts = {"at": datetime.fromisoformat}


class CardEntry(Record):
    """One thing that a business card says; ``confidence`` is in millionths."""

    __slots__ = ()

    field: str
    value: str
    confidence: int


class Card(Record):
    """A business card; ``payload`` is for the mapping ``card`` (``extends: ikusei/capture/card``)."""

    __slots__ = ()

    entries: list[CardEntry]
    rest: list[str]
    payload: dict[str, Any]

    _parts = {"entries": each(CardEntry)}
    _empty = {"rest": list}
