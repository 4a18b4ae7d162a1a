"""The records of handing over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ikusei._records import Diagnostic, Record, each


class Informed(Record):
    """Somebody who knows of a hand-over without being accountable for it; ``reason`` is said in ``en`` and ``ja``.

    >>> from ikusei import Playbook
    >>> import json
    >>> engine = Playbook.load("examples/routing/playbook.yaml").compile()
    >>> with open("examples/routing/roster.json", encoding="utf-8") as file:
    ...     roster = json.load(file)
    >>> lead = {"id": "lead-1", "fields": {"prefecture": "東京都", "industry": "製造業"}}
    >>> routed = engine.route(lead, roster, "2026-11-20T10:00:00+09:00")
    >>> [(entry.team, entry.member) for entry in routed.assignments[0].informed]
    [('east', 'kato')]
    """

    __slots__ = ()

    team: str | None
    member: str | None
    reason: dict[str, str]


class AssignmentEvent(Record):
    """One step of a hand-over.

    >>> from ikusei import Playbook
    >>> teams = {"inside": {}}
    >>> policies = {"default": {"accountable": [{"to": "team:inside"}], "sla": {"accept": "4h", "then": ["remind"]}}}
    >>> playbook = {"ikusei": 1, "name": "demo", "routing": {"teams": teams, "policies": policies}}
    >>> engine = Playbook.parse(playbook).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}]}
    >>> routed = engine.route({"id": "lead-1"}, roster, "2026-11-20T10:00:00+09:00")
    >>> [(event.kind, event.member) for event in routed.assignments[0].history]
    [('assigned', 'sato')]
    """

    __slots__ = ()

    at: datetime
    kind: str
    member: str
    reason: str | None
    scenario: str | None
    not_before: datetime | None

    _parts = {"at": datetime.fromisoformat, "not_before": datetime.fromisoformat}


class Assignment(Record):
    """One hand-over of a lead: exactly one accountable ``owner``, others informed, a clock that runs.

    >>> from ikusei import Playbook
    >>> teams = {"inside": {}}
    >>> policies = {"default": {"accountable": [{"to": "team:inside"}], "sla": {"accept": "4h", "then": ["remind"]}}}
    >>> playbook = {"ikusei": 1, "name": "demo", "routing": {"teams": teams, "policies": policies}}
    >>> engine = Playbook.parse(playbook).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}]}
    >>> routed = engine.route({"id": "lead-1"}, roster, "2026-11-20T10:00:00+09:00")
    >>> routed.assignments[0].owner, routed.assignments[0].accept_by.isoformat()
    ('sato', '2026-11-20T13:00:00+00:00')
    """

    __slots__ = ()

    id: str
    policy: str
    about: str | None
    rule: str
    owner: str
    team: str | None
    informed: list[Informed] | None
    reason: dict[str, str]
    state: str
    at: datetime
    accept_by: datetime | None
    first_touch_by: datetime | None
    due: dict[str, str] | None
    silences: int | None
    history: list[AssignmentEvent]

    _parts = {
        "informed": each(Informed),
        "at": datetime.fromisoformat,
        "accept_by": datetime.fromisoformat,
        "first_touch_by": datetime.fromisoformat,
        "history": each(AssignmentEvent),
    }


class RoutingStep(Record):
    """Something that the host does about a hand-over: tells somebody. Its ``id`` is stable.

    >>> from ikusei import Playbook
    >>> teams = {"inside": {}}
    >>> policies = {"default": {"accountable": [{"to": "team:inside"}], "sla": {"accept": "4h", "then": ["remind"]}}}
    >>> playbook = {"ikusei": 1, "name": "demo", "routing": {"teams": teams, "policies": policies}}
    >>> engine = Playbook.parse(playbook).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}]}
    >>> routed = engine.route({"id": "lead-1"}, roster, "2026-11-20T10:00:00+09:00")
    >>> [(step.kind, step.member) for step in routed.steps]
    [('assigned', 'sato')]
    """

    __slots__ = ()

    id: str
    kind: str
    assignment: str
    member: str | None
    team: str | None
    message: dict[str, str]


class Routed(Record):
    """What handing over comes to: assignments for the record, the roster to keep, and whom to tell.

    >>> from ikusei import Playbook
    >>> teams = {"inside": {}}
    >>> policies = {"default": {"accountable": [{"to": "team:inside"}], "sla": {"accept": "4h", "then": ["remind"]}}}
    >>> playbook = {"ikusei": 1, "name": "demo", "routing": {"teams": teams, "policies": policies}}
    >>> engine = Playbook.parse(playbook).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}]}
    >>> routed = engine.route({"id": "lead-1"}, roster, "2026-11-20T10:00:00+09:00")
    >>> len(routed.assignments), routed.next_wakeup.isoformat()
    (1, '2026-11-20T13:00:00+00:00')
    """

    __slots__ = ()

    lead: str
    assignments: list[Assignment]
    steps: list[RoutingStep]
    next_wakeup: datetime | None
    roster: dict[str, Any] | None
    considered: list[dict[str, Any]] | None
    warnings: list[Diagnostic] | None

    _parts = {
        "assignments": each(Assignment),
        "steps": each(RoutingStep),
        "next_wakeup": datetime.fromisoformat,
        "warnings": each(Diagnostic),
    }


class Example(Record):
    """A lead as an example: what is not said of it does not matter.

    >>> from ikusei import Playbook
    >>> teams = {"inside": {}}
    >>> policies = {"default": {"accountable": [{"to": "team:inside"}], "sla": {"accept": "4h", "then": ["remind"]}}}
    >>> playbook = {"ikusei": 1, "name": "demo", "routing": {"teams": teams, "policies": policies}}
    >>> engine = Playbook.parse(playbook).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}]}
    >>> verification = engine.verify({"members": []})
    >>> verification.findings[0].example.lead
    {'id': 'example'}
    """

    __slots__ = ()

    lead: dict[str, Any]
    given: list[str] | None


class Finding(Record):
    """Something wrong (``error``) or odd in a policy.

    >>> from ikusei import Playbook
    >>> teams = {"inside": {}}
    >>> policies = {"default": {"accountable": [{"to": "team:inside"}], "sla": {"accept": "4h", "then": ["remind"]}}}
    >>> playbook = {"ikusei": 1, "name": "demo", "routing": {"teams": teams, "policies": policies}}
    >>> engine = Playbook.parse(playbook).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}]}
    >>> verification = engine.verify({"members": []})
    >>> verification.findings[0].kind, verification.findings[0].error
    ('gap', True)
    """

    __slots__ = ()

    kind: str
    error: bool
    policy: str
    rule: str | None
    teams: list[str] | None
    message: dict[str, str]
    example: Example | None

    _parts = {"example": Example}


class Verification(Record):
    """What the verifier says: whether the policies hold, and what is wrong or odd, errors first.

    >>> from ikusei import Playbook
    >>> teams = {"inside": {}}
    >>> policies = {"default": {"accountable": [{"to": "team:inside"}], "sla": {"accept": "4h", "then": ["remind"]}}}
    >>> playbook = {"ikusei": 1, "name": "demo", "routing": {"teams": teams, "policies": policies}}
    >>> engine = Playbook.parse(playbook).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}]}
    >>> engine.verify(roster).holds
    True
    """

    __slots__ = ()

    holds: bool
    findings: list[Finding]
    combinations: int

    _parts = {"findings": each(Finding)}


class BriefFact(Record):
    """Something that is known of a lead: its ``name`` in the record, what people call it, and what it is."""

    __slots__ = ()

    name: str
    label: str
    value: Any


class BriefActivity(Record):
    """What a lead did, once or more often; ``what`` is the page, form, mail or seminar, where it is known."""

    __slots__ = ()

    kind: str
    label: str
    what: str | None
    times: int
    last: datetime

    _parts = {"last": datetime.fromisoformat}


class BriefScore(Record):
    """Score and rank on a scorecard; ``why`` is what earned or cost most, a sentence each."""

    __slots__ = ()

    card: str
    label: str
    total: float
    rank: str | None
    hot: bool
    cause: str
    why: list[str] | None


class BriefLead(Record):
    """Another lead of the company."""

    __slots__ = ()

    id: str
    who: list[str] | None
    rank: str | None
    owner: str | None
    last: datetime | None

    _parts = {"last": datetime.fromisoformat}


class Brief(Record):
    """What sales needs to know before calling, as data and as ``text``, ``markdown`` and ``html``."""

    __slots__ = ()

    lead: str
    at: datetime
    language: str
    assignment: Assignment | None
    who: list[BriefFact] | None
    company: list[BriefFact] | None
    account: dict[str, Any] | None
    source: list[BriefFact] | None
    search_keyword: str | None
    forms: list[BriefActivity] | None
    pages: list[BriefActivity] | None
    mails: list[BriefActivity] | None
    seminars: list[BriefActivity] | None
    others: list[BriefActivity] | None
    sent: list[dict[str, Any]] | None
    scores: list[BriefScore] | None
    interests: list[str] | None
    campaigns: list[dict[str, Any]] | None
    enrolments: list[dict[str, Any]] | None
    deals: list[dict[str, Any]] | None
    colleagues: list[BriefLead] | None
    cautions: list[str] | None
    opening: str
    text: str
    markdown: str
    html: str

    _parts = {
        "at": datetime.fromisoformat,
        "assignment": Assignment,
        **dict.fromkeys(("who", "company", "source"), each(BriefFact)),
        **dict.fromkeys(("forms", "pages", "mails", "seminars", "others"), each(BriefActivity)),
        "scores": each(BriefScore),
        "colleagues": each(BriefLead),
    }


class Rebalanced(Record):
    """Assignments of each member and team, ``before`` and ``after`` a change.

    >>> from ikusei import Playbook
    >>> teams = {"inside": {}}
    >>> policies = {"default": {"accountable": [{"to": "team:inside"}], "sla": {"accept": "4h", "then": ["remind"]}}}
    >>> playbook = {"ikusei": 1, "name": "demo", "routing": {"teams": teams, "policies": policies}}
    >>> engine = Playbook.parse(playbook).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}]}
    >>> engine.rebalance([{"id": "a"}, {"id": "b"}], roster, "2026-11-20T10:00:00+09:00").members
    {'sato': {'before': 0, 'after': 2}}
    """

    __slots__ = ()

    leads: int
    moved: int
    unowned: int
    members: dict[str, dict[str, int]]
    teams: dict[str, dict[str, int]]
