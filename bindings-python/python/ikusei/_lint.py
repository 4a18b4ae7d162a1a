"""Lint: what a playbook says and probably does not mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from ikusei._lead import Lead
from ikusei._records import Diagnostic, Record, Span, each, values


class LintExample(Record):
    """A lead that shows a finding, and the instant to assess it at."""

    __slots__ = ()

    lead: Lead
    at: datetime

    _parts = {"lead": Lead, "at": datetime.fromisoformat}


class LintFinding(Diagnostic):
    """Something that a playbook says and probably does not mean; ``help`` says what to do about it.

    >>> from ikusei import Playbook
    >>> playbook = Playbook.parse("ikusei: 1\\nname: demo\\nsegments: { nobody: 'lead.id == null' }")
    >>> [finding] = playbook.lint().findings
    >>> finding.code, finding.severity, finding.path, finding.line
    ('IK0901', 'warning', '/segments/nobody', 3)
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
    example: LintExample | None

    _parts = {"span": Span, "example": LintExample}


class ScoreRange(Record):
    """The least and the most that a total can be; ``None`` where there is no end."""

    __slots__ = ()

    min: float | None
    max: float | None


class SegmentOverlap(Record):
    """How two segments lie to each other: ``disjoint``, ``a`` ``within`` ``b``, or the ``same``."""

    __slots__ = ()

    a: str
    b: str
    relation: str


class Lint(Record):
    """What linting a playbook found, and what is known of it besides.

    ``ranges`` says between what each scorecard's total can be, ``overlaps`` how segments lie to each other where it is
    certain, ``messages`` how many messages each scenario can send one lead within a week.
    """

    __slots__ = ()

    findings: list[LintFinding]
    ranges: dict[str, ScoreRange]
    overlaps: list[SegmentOverlap]
    messages: dict[str, int]

    _parts = {"findings": each(LintFinding), "ranges": values(ScoreRange), "overlaps": each(SegmentOverlap)}


class Linting:
    """The part of an engine that speaks of its playbook."""

    __slots__ = ()

    def _call(self, method: str, **arguments: Any) -> Any:
        raise NotImplementedError

    def lint(self, *, disable: Iterable[str] = (), severity: Literal["warning", "note"] = "note") -> Lint:
        """What its playbook says and probably does not mean: see `Playbook.lint`. Raises `CallError` for an unknown code.

        >>> from ikusei import Playbook
        >>> Playbook.load("examples/quickstart/playbook.yaml").compile().lint().findings
        []
        """
        return Lint(self._call("lint", disable=list(disable), severity=severity))
