"""What capture, cleansing and identity resolution answer: attributes over plain data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ikusei._lead import Lead
from ikusei._records import Diagnostic, Record, each, values


class Cleansed(Record):
    """A value before and after cleansing; ``confidence`` is in millionths, and ``None`` where the reading is certain.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> found = engine.cleanse_value("company", "ｱｸﾒ(株)")
    >>> found.raw, found.value, found.rules
    ('ｱｸﾒ(株)', 'アクメ株式会社', ['width', 'legal_form'])
    """

    __slots__ = ()

    value: Any
    raw: Any
    rules: list[str] | None
    parts: dict[str, str] | None
    confidence: int | None
    problem: Diagnostic | None

    _parts = {"problem": Diagnostic}


class Cleansing(Record):
    """All fields of a record, cleansed: ``changes`` has what was changed, derived or refused, or has ``parts``.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> found = engine.cleanse({"email": "Taro@Example.JP "})
    >>> found.fields, list(found.changes)
    ({'email': 'taro@example.jp'}, ['email'])
    """

    __slots__ = ()

    fields: dict[str, Any]
    changes: dict[str, Cleansed]

    _parts = {"changes": values(Cleansed)}


class CapturedPerson(Record):
    """What a payload says of one person; `Engine.apply` puts it into a record.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> captured = engine.capture("contact", "mail=Taro%40Example.jp&submission=s-1", "2026-05-01T00:00:00Z")
    >>> captured.people[0].fields, captured.people[0].activities[0]["id"]
    ({'email': 'taro@example.jp'}, 's-1')
    """

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
    """What a payload says, per person, and what of it could not be used.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> captured = engine.capture("contact", "mail=Taro%40Example.jp&submission=s-1", "2026-05-01T00:00:00Z")
    >>> len(captured.people), captured.problems
    (1, [])
    """

    __slots__ = ()

    mapping: str
    at: datetime
    people: list[CapturedPerson]
    problems: list[Diagnostic]

    _parts = {"at": datetime.fromisoformat, "people": each(CapturedPerson), "problems": each(Diagnostic)}
    _empty = {"problems": list}


class Reclassified(Record):
    """An activity whose trust changed, and the rule that says so.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "inquiry", "at": "2026-05-01T00:00:00Z"}]}
    >>> [change] = engine.reclassify(lead, ["e-1"], "machine").reclassified
    >>> change.activity, change.before, change.after
    ('e-1', 'human', 'machine')
    """

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
    """What became of captured facts, and the record that has them.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> captured = engine.capture("contact", "mail=Taro%40Example.jp&submission=s-1", "2026-05-01T00:00:00Z")
    >>> applied = engine.apply({"id": "lead-1"}, captured.people[0])
    >>> applied.recorded, applied.changed, applied.lead.id
    (['s-1'], True, 'lead-1')
    """

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
    """A record whose log was judged again.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> judged = engine.reclassify({"id": "lead-1"})
    >>> judged.lead.id, judged.reclassified
    ('lead-1', [])
    """

    __slots__ = ()

    lead: Lead
    reclassified: list[Reclassified]

    _parts = {"lead": Lead, "reclassified": each(Reclassified)}


class Evidence(Record):
    """One comparison of two records.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> a = {"id": "a", "fields": {"email": "taro@acme.jp"}}
    >>> found = engine.match(a, {"id": "b", "fields": {"email": "Taro@ACME.jp"}})
    >>> [(entry.field, entry.by, entry.key) for entry in found.person.evidence]
    [('email', 'email', True)]
    """

    __slots__ = ()

    field: str
    by: str
    similarity: float
    weight: float
    key: bool | None


class Resemblance(Record):
    """Whether two records are one: ``verdict`` is ``same``, ``review`` or ``different``.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> a = {"id": "a", "fields": {"email": "taro@acme.jp"}}
    >>> found = engine.match(a, {"id": "b", "fields": {"email": "Taro@ACME.jp"}})
    >>> found.person.verdict
    'same'
    """

    __slots__ = ()

    verdict: str
    similarity: float
    evidence: list[Evidence]

    _parts = {"evidence": each(Evidence)}
    _empty = {"evidence": list}


class Match(Record):
    """What two records are to each other.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> a = {"id": "a", "fields": {"company": "㈱アクメ"}}
    >>> found = engine.match(a, {"id": "b", "fields": {"company": "アクメ"}})
    >>> found.person.verdict, found.company.verdict
    ('different', 'same')
    """

    __slots__ = ()

    person: Resemblance
    company: Resemblance

    _parts = {"person": Resemblance, "company": Resemblance}


class ReviewPair(Record):
    """Two rows that may be one.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> rows = [
    ...     {"id": "1", "name": "山田 太郎", "phone": "+81312345678", "company": "アクメ"},
    ...     {"id": "2", "name": "山田太郎", "phone": "+81312345678", "company": "アクメ商事"},
    ... ]
    >>> [pair] = engine.dedupe(rows).review
    >>> pair.first, pair.second, pair.similarity
    ('1', '2', 0.825)
    """

    __slots__ = ()

    first: str
    second: str
    similarity: float


class Duplicates(Record):
    """Which rows of a table are one, by their ids, and which pairs somebody should look at.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> rows = [{"id": "1", "email": "taro@acme.jp"}, {"id": "2", "email": "TARO@acme.jp"}]
    >>> found = engine.dedupe(rows)
    >>> found.clusters, found.compared
    ([['1', '2']], 1)
    """

    __slots__ = ()

    clusters: list[list[str]]
    review: list[ReviewPair]
    compared: int

    _parts = {"review": each(ReviewPair)}


class Account(Record):
    """A company among some leads; ``group`` is the key of the company at the top.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> leads = [{"id": "a", "fields": {"company": "㈱アクメ"}}, {"id": "b", "fields": {"company": "アクメ"}}]
    >>> [account.leads for account in engine.accounts(leads)]
    [['a', 'b']]
    """

    __slots__ = ()

    key: str
    name: str
    parent: str | None
    group: str
    leads: list[str]


class Permission(Record):
    """Whether something may be sent, and what decided it.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> found = engine.may_send({"id": "lead-1"}, "email")
    >>> found.allowed, found.because
    (False, 'unknown')
    """

    __slots__ = ()

    allowed: bool
    because: str
    at: datetime | None
    basis: str | None

    _parts = {"at": datetime.fromisoformat}


class CardEntry(Record):
    """One thing that a business card says; ``confidence`` is in millionths.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> card = engine.read_card_lines(["株式会社アクメ", "山田 太郎"])
    >>> [(entry.field, entry.value) for entry in card.entries]
    [('company', '株式会社アクメ'), ('name', '山田 太郎')]
    """

    __slots__ = ()

    field: str
    value: str
    confidence: int


class Card(Record):
    """A business card; ``payload`` is for the mapping ``card`` (``extends: ikusei/capture/card``).

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
    >>> card = engine.read_card_lines(["株式会社アクメ", "山田 太郎"])
    >>> engine.capture("card", card.payload, "2026-05-01T00:00:00Z").people[0].fields["company"]
    '株式会社アクメ'
    """

    __slots__ = ()

    entries: list[CardEntry]
    rest: list[str]
    payload: dict[str, Any]

    _parts = {"entries": each(CardEntry)}
    _empty = {"rest": list}
