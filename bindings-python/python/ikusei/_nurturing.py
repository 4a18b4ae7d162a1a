"""What an engine does over time: scenarios that follow a lead, touch it and hand it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ikusei._capture import Receiving
from ikusei._lead import Lead, LeadLike
from ikusei._records import Diagnostic, Record, each


class Effect(Record):
    """Something that the host is to do, once; ``do`` says what, with one key: ``send``, ``call``, ``invite``,
    ``notify`` or ``hand_over``.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
    >>> lead = {"id": "lead-1", "fields": {"phone": "+81312345678"}}
    >>> outcome = engine.process(lead, {"enrol": {"scenario": "product-a"}}, "2026-05-01T10:00:00+09:00")
    >>> outcome.effects[0].scenario, outcome.effects[0].step, list(outcome.effects[0].do)
    ('product-a', 'call', ['call'])
    """

    __slots__ = ()

    id: str
    at: datetime
    lead: str
    scenario: str
    version: int
    enrolment: int
    step: str
    occurrence: int
    do: dict[str, Any]

    _parts = {"at": datetime.fromisoformat}


class Change(Record):
    """One thing that happened; ``what`` is a word, or a mapping with one key.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
    >>> outcome = engine.process({"id": "lead-1"}, {"enrol": {"scenario": "product-a"}}, "2026-05-01T10:00:00+09:00")
    >>> [(change.scenario, change.step) for change in outcome.changes][-2:]
    [('product-a', None), ('product-a', 'call')]
    """

    __slots__ = ()

    at: datetime
    scenario: str | None
    step: str | None
    what: Any

    _parts = {"at": datetime.fromisoformat}


class Outcome(Record):
    """What came of an input: the record to store, the effects to carry out, and when to call again.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
    >>> outcome = engine.process({"id": "lead-1"}, "tick", "2026-05-01T10:00:00+09:00")
    >>> outcome.lead.id, outcome.effects
    ('lead-1', [])
    """

    __slots__ = ()

    lead: Lead
    changes: list[Change]
    effects: list[Effect]
    next_wakeup: datetime | None
    warnings: list[Diagnostic]

    _parts = {
        "lead": Lead,
        "changes": each(Change),
        "effects": each(Effect),
        "next_wakeup": datetime.fromisoformat,
        "warnings": each(Diagnostic),
    }
    _empty = {"changes": list, "effects": list, "warnings": list}


class Nurturing(Receiving):
    """The part of `Engine` for what happens over time."""

    __slots__ = ()

    def process(
        self,
        lead: LeadLike,
        input: Mapping[str, Any] | str,
        at: datetime | str,
        *,
        suppression: Iterable[str] = (),
    ) -> Outcome:
        """Takes an input into a record: what was due is caught up with, and whatever follows happens.

        ``input`` is a mapping with one key, ``activity``, ``patch``, ``ack``, ``deal``, ``campaign``, ``consent``,
        ``enrol`` or ``leave``, or the word ``"tick"``. ``suppression`` lists addresses, numbers and domains to which
        nobody sends anything. Store ``lead``, carry out ``effects`` and answer each with an ``ack``, and call again at
        ``next_wakeup`` with ``"tick"``. The same input again changes nothing; replaying from any stored record gives
        effects with the same ids. Raises `LeadError`, and `CallError` for a scenario that the playbook does not have.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "fields": {"phone": "+81312345678"}}
        >>> outcome = engine.process(lead, {"enrol": {"scenario": "product-a"}}, "2026-05-01T10:00:00+09:00")
        >>> [(effect.step, list(effect.do)) for effect in outcome.effects]
        [('call', ['call'])]
        """
        never = list(suppression)
        return Outcome(self._call("process", lead=lead, input=input, at=at, suppression=never))

    def effect_events(
        self,
        lead: LeadLike,
        input: Mapping[str, Any] | str,
        at: datetime | str,
        *,
        suppression: Iterable[str] = (),
    ) -> list[dict[str, Any]]:
        """The effects of the same call as CloudEvents (version 1.0), for a queue or a bus. Raises as `process`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "fields": {"phone": "+81312345678"}}
        >>> events = engine.effect_events(lead, {"enrol": {"scenario": "product-a"}}, "2026-05-01T10:00:00+09:00")
        >>> events[0]["type"]
        'ikusei.effect.call'
        """
        never = list(suppression)
        events: list[dict[str, Any]] = self._call("effect_events", lead=lead, input=input, at=at, suppression=never)
        return events
