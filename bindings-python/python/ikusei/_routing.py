"""What an engine does to hand leads over to sales."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ikusei._errors import IkuseiError, error_of
from ikusei._lead import LeadLike
from ikusei._routed import Brief, Rebalanced, Routed, Verification


class Handing:
    """The part of `Engine` that hands leads over."""

    __slots__ = ()

    def _call(self, method: str, **arguments: Any) -> Any:
        raise NotImplementedError

    def route(
        self,
        lead: LeadLike,
        roster: Mapping[str, Any],
        at: datetime | str,
        *,
        policy: str | None = None,
        account: Mapping[str, Any] | None = None,
        explain: bool = True,
    ) -> Routed:
        """Hands a lead over: exactly one accountable owner, or one for each product where the policy separates.

        Nothing is sent and nothing is stored: the result holds the assignments for the record, the new roster for
        the host, and whom to tell. A lead that is in somebody's hands stays there. ``account`` is the company's, where
        the host knows it already; otherwise the roster's accounts are searched. Raises `CallError` for a roster that
        cannot be worked with or a policy that does not exist, `EvaluationError` if nobody would be accountable,
        otherwise as `assess`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "routing": {
        ...     "teams": {"inside": {}},
        ...     "policies": {"default": {
        ...         "accountable": [{"to": "team:inside"}],
        ...         "sla": {"accept": "4h", "then": ["remind"]},
        ...     }},
        ... }}).compile()
        >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}, {"id": "mori", "teams": ["inside"]}]}
        >>> [assignment] = engine.route({"id": "lead-1"}, roster, "2026-11-20T10:00:00+09:00").assignments
        >>> assignment.owner, assignment.reason["en"]
        ('mori', 'rule `rule-1`: team inside; mori, in turn')
        """
        options: dict[str, Any] = {"policy": policy, "account": account, "explain": explain}
        return Routed(self._call("route", lead=lead, roster=roster, at=at, **options))

    def route_many(
        self,
        leads: Iterable[LeadLike],
        roster: Mapping[str, Any],
        at: datetime | str,
        *,
        policy: str | None = None,
        explain: bool = False,
    ) -> tuple[list[Routed | IkuseiError], dict[str, Any]]:
        """Hands many leads over, with the owners that they would get one by one.

        For each lead what `route` gives, or the `IkuseiError` that it would raise; and the roster after all of them.

        Raises `CallError` for a roster that cannot be worked with.

        >>> from ikusei import Playbook
        >>> routing = {"teams": {"inside": {}}, "policies": {"default": {"accountable": [{"to": "team:inside"}]}}}
        >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "routing": routing}).compile()
        >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}, {"id": "mori", "teams": ["inside"]}]}
        >>> results, roster = engine.route_many([{"id": "a"}, {"id": "b"}], roster, "2026-11-20T10:00:00+09:00")
        >>> [found.assignments[0].owner for found in results], roster["revision"]
        (['mori', 'sato'], 1)
        """
        found = self._call("route_many", leads=list(leads), roster=roster, at=at, policy=policy, explain=explain)
        results: list[Routed | IkuseiError] = [
            Routed(result["ok"]) if "ok" in result else error_of(json.dumps(result)) for result in found["results"]
        ]
        return results, found["roster"]

    def follow_up(self, lead: LeadLike, roster: Mapping[str, Any], at: datetime | str) -> Routed:
        """What has come due on a lead's assignments: reminders, reassignments, escalations.

        Open work of members who have left goes to others. Ask again at ``next_wakeup``. Raises as `route`.

        >>> from ikusei import Playbook
        >>> policy = {"queue": {"owner": "mori"}, "sla": {"accept": "4h"}}
        >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "routing": {"policies": {"default": policy}}}).compile()
        >>> roster = {"members": [{"id": "mori"}]}
        >>> routed = engine.route({"id": "lead-1"}, roster, "2026-11-20T10:00:00Z")
        >>> lead = {"id": "lead-1", "assignments": [known.to_dict() for known in routed.assignments]}
        >>> [(step.kind, step.member) for step in engine.follow_up(lead, routed.roster, routed.next_wakeup).steps]
        [('reminded', 'mori')]
        """
        return Routed(self._call("follow_up", lead=lead, roster=roster, at=at))

    def respond(
        self,
        lead: LeadLike,
        roster: Mapping[str, Any],
        assignment: str,
        response: str | Mapping[str, Any],
        at: datetime | str,
    ) -> Routed:
        """What an owner says of an assignment, and what becomes of it.

        ``response`` is ``"accept"``, ``"touch"``, ``{"refuse": {"reason": ...}}``, ``{"recycle": {"reason": ...}}``
        or ``{"close": {}}``. Raises `CallError` if the lead has no such assignment or it is over, otherwise as
        `route`.

        >>> from ikusei import Playbook
        >>> policy = {"queue": {"owner": "mori"}, "sla": {"accept": "4h"}}
        >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "routing": {"policies": {"default": policy}}}).compile()
        >>> roster = {"members": [{"id": "mori"}]}
        >>> routed = engine.route({"id": "lead-1"}, roster, "2026-11-20T10:00:00Z")
        >>> lead = {"id": "lead-1", "assignments": [known.to_dict() for known in routed.assignments]}
        >>> engine.respond(lead, routed.roster, "lead-1:default:1", "accept", "2026-11-20T10:05:00Z").assignments[0].state
        'accepted'
        """
        arguments = {"lead": lead, "roster": roster, "assignment": assignment, "response": response, "at": at}
        return Routed(self._call("respond", **arguments))

    def verify(self, roster: Mapping[str, Any], *, policy: str | None = None) -> Verification:
        """Proves the policies against a roster; all of them if none is named.

        That every lead there can be has exactly one accountable team with somebody active behind it, or a queue with
        an owner; else with an example of each lead that has not. Raises `CallError` as `route`.

        >>> from ikusei import Playbook
        >>> routing = {"teams": {"inside": {}}, "policies": {"default": {"accountable": [{"to": "team:inside"}]}}}
        >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "routing": routing}).compile()
        >>> found = engine.verify({"members": [{"id": "sato", "teams": ["inside"]}]})
        >>> found.holds, [finding.kind for finding in found.findings]
        (True, ['single_point'])
        """
        return Verification(self._call("verify", roster=roster, policy=policy))

    def rebalance(
        self,
        leads: Iterable[LeadLike],
        roster: Mapping[str, Any],
        at: datetime | str,
        *,
        policy: str | None = None,
    ) -> Rebalanced:
        """What a policy would do to the work of everybody: all leads handed over anew, as if nobody had them yet.

        Nothing is changed by it. Raises as `route`, for the first lead that cannot be read.

        >>> from ikusei import Playbook
        >>> routing = {"teams": {"inside": {}}, "policies": {"default": {"accountable": [{"to": "team:inside"}]}}}
        >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "routing": routing}).compile()
        >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}, {"id": "mori", "teams": ["inside"]}]}
        >>> leads = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
        >>> engine.rebalance(leads, roster, "2026-11-20T10:00:00+09:00").members
        {'mori': {'before': 0, 'after': 2}, 'sato': {'before': 0, 'after': 1}}
        """
        return Rebalanced(self._call("rebalance", leads=list(leads), roster=roster, at=at, policy=policy))

    def brief(
        self,
        lead: LeadLike,
        at: datetime | str,
        *,
        assignment: str | None = None,
        account: Mapping[str, Any] | None = None,
        others: Iterable[LeadLike] = (),
        language: str = "en",
    ) -> Brief:
        """What sales needs to know before calling, as of an instant: as data, text, Markdown and HTML.

        Who it is, where it came from and what was first searched for, what it did, score and why, interests, campaigns
        and scenarios, what to mind, and how to begin. ``assignment`` is the last one that is open if none is named;
        ``others`` are the company's other leads; ``language`` is ``"en"`` or ``"ja"``. Raises `CallError` if the lead
        has no such assignment, otherwise as `assess`.

        >>> from ikusei import Playbook
        >>> fields = {"company": {"type": "text", "identity": "company"}}
        >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "fields": fields}).compile()
        >>> lead = {"id": "lead-1", "fields": {"company": "Oshima"}, "source": {"search_keyword": "lathe service"}}
        >>> brief = engine.brief(lead, "2026-11-20T10:00:00+09:00")
        >>> brief.search_keyword, brief.opening
        ('lathe service', 'I am calling to introduce myself. May I ask what you are working on?')
        >>> print(brief.text.splitlines()[0])
        Oshima (lead-1)
        """
        asked = {"assignment": assignment, "account": account, "others": list(others), "language": language}
        return Brief(self._call("brief", lead=lead, at=at, **asked))
