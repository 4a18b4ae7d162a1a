"""Handles over the native half."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

from ikusei import _ikusei as native
from ikusei._arrow import Tabling
from ikusei._assessment import Assessment
from ikusei._diff import PlaybookDiff, asked
from ikusei._errors import IkuseiError, LeadError
from ikusei._insight import Judging
from ikusei._lead import LeadLike, answer, instant, read, text_of, try_read
from ikusei._lint import Lint, Linting
from ikusei._records import Members, Membership, TimedChange, Timeline
from ikusei._routing import Handing
from ikusei._simulation import Simulating
from ikusei._templates import Messaging
from ikusei._why import Explaining


class Playbook:
    """A playbook that has been read and checked as a whole; made by `Playbook.parse` or `Playbook.load`.

    >>> Playbook.parse("ikusei: 1\\nname: demo\\n").name
    'demo'
    """

    __slots__ = ("_arguments", "_native")

    _arguments: str
    _native: native.Playbook

    @classmethod
    def _open(cls, arguments: str) -> Playbook:
        return cls._of(native.Playbook.open(arguments), arguments)

    @classmethod
    def _of(cls, handle: native.Playbook, arguments: str) -> Playbook:
        playbook = cls.__new__(cls)
        playbook._native = handle
        playbook._arguments = arguments
        return playbook

    @staticmethod
    def parse(
        playbook: str | Mapping[str, Any],
        *,
        name: str | None = None,
        library: Mapping[str, str] | None = None,
        overlays: Sequence[str] = (),
    ) -> Playbook:
        """Reads a playbook from YAML or JSON text, or from a mapping.

        ``name`` is what diagnostics call the text, ``library`` holds the texts that ``extends`` may name,
        ``overlays`` names the playbook's own overlays to lay over it. Raises `PlaybookError` with every problem.

        >>> Playbook.parse({"ikusei": 1, "name": "demo"}).name
        'demo'
        """
        text = playbook if isinstance(playbook, str) else json.dumps(playbook, ensure_ascii=False, separators=(",", ":"))
        arguments: dict[str, Any] = {"text": text, "library": dict(library or {}), "overlays": list(overlays)}
        if name is not None:
            arguments["name"] = name
        return Playbook._open(json.dumps(arguments, ensure_ascii=False))

    @staticmethod
    def load(
        path: str | PathLike[str],
        *,
        library: Mapping[str, str] | None = None,
        overlays: Sequence[str] = (),
    ) -> Playbook:
        """Reads a playbook from a file. Raises `PlaybookError`, `OSError`.

        >>> Playbook.load("examples/quickstart/playbook.yaml").name
        'quickstart'
        """
        text = Path(path).read_text(encoding="utf-8")
        return Playbook.parse(text, name=fspath(path), library=library, overlays=overlays)

    @property
    def name(self) -> str:
        """Its name."""
        return self._native.name()

    @property
    def fingerprint(self) -> str:
        """What identifies it: layout, comments and spelling aside, equal fingerprints mean equal playbooks."""
        return self._native.fingerprint()

    def compile(self) -> Engine:
        """The engine that runs it.

        >>> Playbook.load("examples/quickstart/playbook.yaml").compile()
        <Engine 'quickstart' ...>
        """
        return Engine(self)

    def lint(self, *, disable: Iterable[str] = (), severity: Literal["warning", "note"] = "note") -> Lint:
        """What the playbook says and probably does not mean: ranks that cannot be reached, conditions that hold always
        or never, limits that never bind and the like.

        Each finding has its code, its place, a sentence, what to do and, where one can show it, a lead. ``disable``
        leaves out findings by their codes, ``severity="warning"`` the milder ones. Raises `CallError` for a code that
        lint does not have.

        >>> lint = Playbook.load("examples/quickstart/playbook.yaml").lint()
        >>> lint.findings, lint.ranges["overall"].max
        ([], 115)
        """
        return self.compile().lint(disable=disable, severity=severity)

    def for_browser(
        self, scorecards: Sequence[str], segments: Sequence[str] = (), captures: Sequence[str] = ()
    ) -> Playbook:
        """The playbook cut to what a page may see: the named scorecards, segments, captures, with what they look at.

        What is left is public: every visitor can read the rules, thresholds and conditions, and can send whatever
        score he likes. Show a page only what may be known, and assess the lead again on the server. Raises
        `CallError` for a name that the playbook does not have.

        >>> cut = Playbook.load("examples/quickstart/playbook.yaml").for_browser(["overall"])
        >>> list(cut.to_dict()["scorecards"])
        ['overall']
        """
        names = {"scorecards": list(scorecards), "segments": list(segments), "captures": list(captures)}
        cut = self._native.for_browser(json.dumps(names, ensure_ascii=False))
        return Playbook._of(cut, json.dumps({"text": cut.to_json()}, ensure_ascii=False))

    def diff(
        self,
        other: Playbook,
        leads: Iterable[LeadLike] | None = None,
        at: datetime | str | None = None,
        *,
        limit: int | None = None,
        roster: Any = None,
        policy: str | None = None,
        weeks: int | None = None,
        model: Mapping[str, Any] | None = None,
    ) -> PlaybookDiff:
        """What another playbook changes in this one: in words, with the place in both and what it may decide otherwise.

        With ``leads`` it says what becomes of them as of ``at``: who moves to which rank and why, sizes of segments, with a
        ``roster`` (and ``policy``) the load on members and teams, with ``weeks`` (and a response ``model`` as for
        `Engine.simulate`) what is sent in each. ``limit`` leads that move are listed: 100. Raises `CallError`, and
        `LeadError` for the first lead that is no record.

        >>> before = Playbook.parse({"ikusei": 1, "name": "demo", "fields": {"size": {"type": "integer"}}})
        >>> after = Playbook.parse({"ikusei": 1, "name": "demo", "fields": {"size": {"type": "number"}}})
        >>> [change.words["en"] for change in before.diff(after).changes]
        ['field `size`: type `number` instead of `integer`']
        """
        options = {"limit": limit, "roster": roster, "policy": policy, "weeks": weeks, "model": model}
        return PlaybookDiff(answer(self._native.diff(other._native, text_of(asked(leads, at, options)))))

    def to_json(self) -> str:
        """As one JSON document, everything extended and laid over merged in.

        >>> Playbook.parse("ikusei: 1\\nname: demo").to_json()
        '{"ikusei":1,"name":"demo"}'
        """
        return self._native.to_json()

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data.

        >>> Playbook.parse("ikusei: 1\\nname: demo").to_dict()
        {'ikusei': 1, 'name': 'demo'}
        """
        document: dict[str, Any] = json.loads(self.to_json())
        return document

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Playbook._open, (self._arguments,)

    def __repr__(self) -> str:
        return f"<Playbook {self.name!r} {self.fingerprint}>"


class Engine(Simulating, Messaging, Handing, Judging, Explaining, Linting, Tabling):
    """A compiled playbook: immutable, made once and used for every lead, in any number of threads.

    >>> from datetime import datetime, timezone
    >>> engine = Playbook.parse({
    ...     "ikusei": 1,
    ...     "name": "demo",
    ...     "fields": {"size": {"type": "integer"}},
    ...     "scorecards": {"overall": {
    ...         "rules": [{"id": "big", "when": "size >= 300", "points": 25}],
    ...         "ranks": [{"rank": "A", "at_least": 20}],
    ...     }},
    ... }).compile()
    >>> assessment = engine.assess({"id": "lead-1", "fields": {"size": 320}}, datetime.now(timezone.utc))
    >>> assessment.rank, assessment.scores["overall"].total
    ('A', 25)
    """

    __slots__ = ("_native", "_playbook")

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._native = playbook._native.compile()

    @property
    def playbook(self) -> Playbook:
        """What it was compiled from."""
        return self._playbook

    @property
    def fingerprint(self) -> str:
        """What identifies its playbook."""
        return self._native.fingerprint()

    def assess(
        self,
        lead: LeadLike,
        at: datetime | str,
        *,
        ledger: bool = True,
        known: Literal["then", "now"] = "then",
    ) -> Assessment:
        """Scores, ranks and segments of a lead as of an instant.

        By what was known then: an activity counts from when it was recorded. With ``known="now"`` by what is known now: it
        counts from when it happened.

        ``at`` is a ``datetime`` with a zone, or ISO 8601 text with an offset. Raises `LeadError` if the record is
        malformed or a field is not of its declared type, `EvaluationError` if points leave the range that can be
        held exactly, `CallError` if ``at`` is no instant, `ValueError` if it has no zone.

        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> found = engine.assess({"id": "lead-1", "fields": {"employees": 320}}, "2026-05-01T09:00:00+09:00")
        >>> found.rank, [(entry.rule, entry.points) for entry in found.scores["overall"].ledger]
        ('C', [('size', 25)])
        """
        text, hindsight = instant(at), _hindsight(known)
        found = self._native.assess_plain(lead, text, ledger)
        return Assessment(found or self._native.assess(read(lead), text, ledger, hindsight))

    def assess_many(
        self,
        leads: Iterable[LeadLike],
        at: datetime | str,
        *,
        ledger: bool = False,
        known: Literal["then", "now"] = "then",
    ) -> list[Assessment | IkuseiError]:
        """For each lead its assessment, or the `IkuseiError` that assessing it alone would raise.

        Raises `CallError` if ``at`` is no instant, `ValueError` if it has no zone.

        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> leads = [{"id": "lead-1", "fields": {"employees": 320}}, {"id": "lead-2", "fields": {"employees": "many"}}]
        >>> for found in engine.assess_many(leads, "2026-05-01T09:00:00+09:00"):
        ...     print(found.code if isinstance(found, IkuseiError) else found.rank)
        C
        IK0402
        """
        given, text, hindsight = list(leads), instant(at), _hindsight(known)
        plain = self._native.assess_many_plain(given, text, ledger)
        opened = [try_read(lead) for lead, found in zip(given, plain) if found is None]
        good = [lead for lead in opened if not isinstance(lead, LeadError)]
        results = iter(self._native.assess_many(good, text, ledger, hindsight) if good else ())
        others = iter([lead if isinstance(lead, LeadError) else next(results) for lead in opened])
        whole = [next(others) if found is None else found for found in plain]
        return [result if isinstance(result, IkuseiError) else Assessment(result) for result in whole]

    def explain(
        self,
        lead: LeadLike,
        at: datetime | str,
        language: Literal["en", "ja"] = "en",
        *,
        known: Literal["then", "now"] = "then",
    ) -> str:
        """An assessment in words that a salesperson reads. Raises as `assess`.

        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> text = engine.explain({"id": "lead-1", "fields": {"employees": 320}}, "2026-05-01T09:00:00+09:00")
        >>> "+25 size (従業員数: 320)" in text
        True
        """
        return self.assess(lead, at, known=known).explain(language)

    def memberships(self, lead: LeadLike, at: datetime | str) -> list[Membership]:
        """For every segment, whether the lead is in it and why. Raises as `assess`.

        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> [tokyo] = engine.memberships({"id": "lead-1"}, "2026-05-01T09:00:00+09:00")
        >>> tokyo.segment, tokyo.member, tokyo.because
        ('tokyo-hot', False, 'condition')
        """
        return [Membership(entry) for entry in self._call("memberships", lead=lead, at=at)]

    def members(self, segment: str, leads: Iterable[LeadLike], at: datetime | str) -> Members:
        """The members of a segment among some leads, sorted and limited as the segment says.

        Raises `CallError` if there is no such segment, otherwise as `assess`, for the first lead in question.

        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> engine.members("tokyo-hot", [{"id": "lead-1"}], "2026-05-01T09:00:00+09:00").total
        0
        """
        return Members(self._call("members", segment=segment, leads=list(leads), at=at))

    def timeline(
        self,
        lead: LeadLike,
        start: datetime | str,
        end: datetime | str,
        *,
        known: Literal["then", "now"] = "then",
    ) -> Timeline:
        """Every change of a lead's scores, ranks, segments and owners after ``start`` and up to ``end``.

        Each has its exact instant, its causes and a sentence. With ``known="now"`` an activity that was recorded late
        counts from when it happened. Raises `CallError` if ``end`` is before ``start`` or too much may change between
        them, `EvaluationError` where a condition's change with time cannot be foreseen, otherwise as `assess`.

        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> found = engine.timeline({"id": "lead-1"}, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
        >>> found.start.rank, found.changes
        ('C', [])
        """
        return Timeline(self._call("timeline", **{"lead": lead, "from": start, "to": end, "known": known}))

    def next_change(
        self, lead: LeadLike, at: datetime | str, *, until: datetime | str | None = None
    ) -> TimedChange | None:
        """The next change of a lead's scores, ranks or segments if nothing happens after ``at``.

        ``None`` if there is none, or none up to ``until``. Raises as `timeline`.

        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> engine.next_change({"id": "lead-1"}, "2026-05-01T09:00:00+09:00") is None
        True
        """
        arguments = {} if until is None else {"until": until}
        found = self._call("next_change", lead=lead, at=at, **arguments)
        return None if found is None else TimedChange(found)

    def _call(self, method: str, **arguments: Any) -> Any:
        return answer(self._native.call(method, text_of(arguments)))

    def _document(self) -> dict[str, Any]:
        return self._playbook.to_dict()

    def __reduce__(self) -> tuple[type[Engine], tuple[Playbook]]:
        return Engine, (self._playbook,)

    def __repr__(self) -> str:
        return f"<Engine {self._playbook.name!r} {self.fingerprint}>"


def _hindsight(known: str) -> bool:
    """Whether what is known now counts."""
    if known not in ("then", "now"):
        raise ValueError(f"`known` is `then` or `now`, not {known!r}")
    return known == "now"
