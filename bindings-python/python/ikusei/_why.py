"""Why a lead has its rank, why it has no better one, what would give it that; and receipts of decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from ikusei._lead import LeadLike
from ikusei._records import Record, each

_AT = datetime.fromisoformat


class Why(Record):
    """The least that carries a lead's rank: `facts` alone give it, and without `hinges_on` it is another one.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> why = engine.why({"id": "lead-1", "fields": {"employees": 320, "industry": "製造業"}}, "2026-05-01T00:00:00Z")
    >>> why.rank, why.words["en"]
    ('B', 'overall is B, as 従業員数 is 320 and 業種 is "製造業"; without the fact that 従業員数 is 320 it would be C')
    """

    __slots__ = ()

    lead: str
    at: datetime
    known: str
    scorecard: str
    rank: str | None
    cause: str | dict[str, Any]
    facts: list[dict[str, Any]]
    hinges_on: list[dict[str, Any]]
    otherwise: str | None
    words: dict[str, str]

    _parts = {"at": _AT}


class WhyNot(Record):
    """What stands between a lead and a rank.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> found = engine.why_not({"id": "lead-1", "fields": {"employees": 60}}, "2026-05-01T00:00:00Z")
    >>> found.asked, found.reached, found.words["en"]
    ('B', False, 'overall is C, not B: 20 points are missing (10 of 30)')
    """

    __slots__ = ()

    lead: str
    at: datetime
    known: str
    scorecard: str
    asked: str
    rank: str | None
    reached: bool
    obstacles: list[dict[str, Any]]
    held_back_by: list[dict[str, Any]]
    words: dict[str, str]

    _parts = {"at": _AT}


class Way(Record):
    """A set of facts that reaches a rank, and what it costs.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> found = engine.what_would({"id": "lead-1", "fields": {"employees": 60}}, "2026-05-01T00:00:00Z")
    >>> found.suggestions[0].cost, found.suggestions[0].steps
    (1, [{'field': {'name': 'industry', 'from': None, 'to': '不動産業'}}])
    """

    __slots__ = ()

    cost: float
    steps: list[dict[str, Any]]
    rank: str
    total: float
    words: dict[str, str]


class WhatWould(Record):
    """What would give a lead a rank: `suggestions`, the cheapest first.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> found = engine.what_would({"id": "lead-1", "fields": {"employees": 60}}, "2026-05-01T00:00:00Z")
    >>> found.asked, found.fewest, found.words["en"]
    ('B', 1, 'overall is C; 業種 becomes "不動産業": B (30 points)')
    """

    __slots__ = ()

    lead: str
    at: datetime
    known: str
    scorecard: str
    asked: str
    rank: str | None
    reached: bool
    suggestions: list[Way]
    fewest: int | None
    searched: int
    considered: int
    complete: bool
    words: dict[str, str]

    _parts = {"at": _AT, "suggestions": each(Way)}


class Receipt(Record):
    """What a decision was made of and what it was, in hashes that anybody can recompute.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> receipt = engine.receipt({"id": "lead-1"}, "2026-05-01T00:00:00Z")
    >>> receipt.receipt, receipt.playbook == engine.fingerprint
    (1, True)
    """

    __slots__ = ()

    at: datetime
    decision: str
    engine: str
    id: str
    input: str
    known: str
    lead: str
    parts: dict[str, str]
    playbook: str
    receipt: int

    _parts = {"at": _AT}

    def to_json(self) -> str:
        """As JSON text: the same bytes in every language.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> engine.receipt({"id": "lead-1"}, "2026-05-01T00:00:00Z").to_json()[:46]
        '{"at":"2026-05-01T00:00:00Z","decision":"sha25'
        """
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))


class ReceiptDifference(Record):
    """One thing in a receipt that is not what was found.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> receipt = engine.receipt({"id": "lead-1"}, "2026-05-01T00:00:00Z")
    >>> check = engine.verify_receipt({"id": "lead-1", "fields": {"employees": 320}}, receipt)
    >>> [difference.what for difference in check.differs]
    ['fields', 'decision']
    """

    __slots__ = ()

    what: str
    said: str
    found: str


class ReceiptCheck(Record):
    """What came of recomputing a receipt.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> receipt = engine.receipt({"id": "lead-1"}, "2026-05-01T00:00:00Z")
    >>> engine.verify_receipt({"id": "lead-1"}, receipt).holds
    True
    """

    __slots__ = ()

    holds: bool
    differs: list[ReceiptDifference]

    _parts = {"differs": each(ReceiptDifference)}


class Explaining:
    """The part of `Engine` that answers for its decisions."""

    __slots__ = ()

    def _call(self, method: str, **arguments: Any) -> Any:
        raise NotImplementedError

    def why(
        self,
        lead: LeadLike,
        at: datetime | str,
        *,
        scorecard: str | None = None,
        known: Literal["then", "now"] = "then",
    ) -> Why:
        """Why a lead has its rank on a scorecard (the first one where none is named).

        Gives the facts that carry the rank alone, and those on which it hinges. Raises `CallError` if there is no such
        scorecard, otherwise as `assess`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "fields": {"employees": 320, "industry": "製造業", "email": "a@gmail.com"}}
        >>> engine.why(lead, "2026-05-01T00:00:00Z").facts
        [{'field': {'name': 'employees', 'value': 320}}, {'field': {'name': 'industry', 'value': '製造業'}}]
        """
        return Why(self._call("why", lead=lead, at=at, known=known, **_given(scorecard=scorecard)))

    def why_not(
        self,
        lead: LeadLike,
        at: datetime | str,
        *,
        scorecard: str | None = None,
        rank: str | None = None,
        known: Literal["then", "now"] = "then",
    ) -> WhyNot:
        """What stands between a lead and a rank (the next better one where none is named).

        Raises `CallError` if there is no such scorecard or rank, otherwise as `assess`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "fields": {"employees": 320, "email": "a@gmail.com"}}
        >>> engine.why_not(lead, "2026-05-01T00:00:00Z").words["en"]
        'overall is C, not B: 20 points are missing (10 of 30); free-mail costs 15 points'
        """
        given = _given(scorecard=scorecard, rank=rank)
        return WhyNot(self._call("why_not", lead=lead, at=at, known=known, **given))

    def what_would(
        self,
        lead: LeadLike,
        at: datetime | str,
        *,
        scorecard: str | None = None,
        rank: str | None = None,
        influence: Mapping[str, Iterable[Any]] | None = None,
        size: int | None = None,
        most: int | None = None,
        known: Literal["then", "now"] = "then",
    ) -> WhatWould:
        """The cheapest sets of activities and field values with which a lead would have a rank (or a better one).

        ``influence`` says what can be brought about, and at what cost:
        ``{"fields": ["industry", {"field": "employees", "cost": 2, "values": [50, 300]}], "activities":
        ["seminar_attended", {"kind": "page_view", "cost": 0.5, "properties": {"url": "/pricing"}}]}``. Without it
        every activity that counts, and every field of which nothing is known. ``size`` is the most facts that a set may
        have (3, at most 6), ``most`` the most sets that are told (5). Raises `CallError` for what the playbook does not
        have, otherwise as `assess`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> influence = {"activities": ["seminar_attended", {"kind": "page_view", "properties": {"url": "/pricing"}, "cost": 0.5}]}
        >>> found = engine.what_would({"id": "lead-1", "fields": {"employees": 60}}, "2026-05-01T00:00:00Z", influence=influence)
        >>> [(way.cost, way.words["en"]) for way in found.suggestions]
        [(1, 'seminar_attended happens: B (30 points)'), (1, 'page_view (url /pricing) happens twice: B (30 points)')]
        """
        given = _given(scorecard=scorecard, rank=rank, size=size, most=most)
        if influence is not None:
            given["influence"] = {name: list(named) for name, named in influence.items()}
        return WhatWould(self._call("what_would", lead=lead, at=at, known=known, **given))

    def receipt(self, lead: LeadLike, at: datetime | str, *, known: Literal["then", "now"] = "then") -> Receipt:
        """A receipt of what `assess` says of a lead at an instant: keep it beside the decision. Raises as `assess`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> sorted(engine.receipt({"id": "lead-1"}, "2026-05-01T00:00:00Z").parts)
        ['activities', 'consent', 'fields', 'source', 'standing']
        """
        return Receipt(self._call("receipt", lead=lead, at=at, known=known))

    def verify_receipt(self, lead: LeadLike, receipt: Receipt | Mapping[str, Any] | str) -> ReceiptCheck:
        """Recomputes a receipt (or its JSON text) from a record, and says what differs.

        Raises `CallError` for what is no receipt, or one of a format that this version does not know; otherwise as
        `assess`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> stored = engine.receipt({"id": "lead-1"}, "2026-05-01T00:00:00Z").to_json()
        >>> engine.verify_receipt({"id": "lead-1"}, stored).holds
        True
        """
        plain = json.loads(receipt) if isinstance(receipt, str) else receipt
        return ReceiptCheck(self._call("verify_receipt", lead=lead, receipt=plain))


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
