"""What an engine says of a lead."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal

from ikusei import _ikusei as native
from ikusei._records import Diagnostic, RankDecision, ScoreSheet


class Assessment:
    """Scores, ranks and segments of a lead as of an instant; a notebook shows the ledger as a table.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> found = engine.assess({"id": "lead-1", "fields": {"employees": 320}}, "2026-05-01T09:00:00+09:00")
    >>> found.rank, found.scores["overall"].total, found.ranks["overall"].handling
    ('C', 25, {'by': 'marketing', 'how': 'automated'})
    >>> "+25 size" in found.explain()
    True
    """

    __slots__ = ("_brief", "_found", "_native")

    # Everything is made when it is asked for: a batch of which only some are looked into costs no more than that.
    def __init__(self, handle: native.Assessment) -> None:
        self._native = handle
        self._brief: dict[str, Any] | None = None
        self._found: dict[str, Any] | None = None

    @property
    def _data(self) -> dict[str, Any]:
        """The whole of it."""
        if self._found is None:
            self._found = self._native.to_dict()
        return self._found

    @property
    def _figures(self) -> dict[str, Any]:
        """The same without ledgers, unless they are there."""
        if self._found is not None:
            return self._found
        if self._brief is None:
            self._brief = self._native.figures()
        return self._brief

    @property
    def lead(self) -> str:
        """The lead's id."""
        return str(self._figures["lead"])

    @property
    def at(self) -> datetime:
        """The instant."""
        return datetime.fromisoformat(self._figures["at"])

    @property
    def rank(self) -> str | None:
        """The rank on the main scorecard, which is the playbook's first."""
        return self._native.rank()

    @property
    def segments(self) -> list[str]:
        """The segments that the lead is in."""
        segments: list[str] = self._figures["segments"]
        return segments

    @property
    def scores(self) -> dict[str, ScoreSheet]:
        """The score sheet of every scorecard."""
        if self._found is not None:
            return {card: ScoreSheet(sheet) for card, sheet in self._found["scores"].items()}
        sheets = self._native.sheets()
        return {card: ScoreSheet(sheet, partial(self._sheet, card)) for card, sheet in sheets.items()}

    def _sheet(self, card: str) -> dict[str, Any]:
        """A score sheet with what takes longer to make."""
        sheet: dict[str, Any] = self._data["scores"][card]
        return sheet

    @property
    def ranks(self) -> dict[str, RankDecision]:
        """The rank on every scorecard, with its cause."""
        return {card: RankDecision(decision) for card, decision in self._figures["ranks"].items()}

    @property
    def warnings(self) -> list[Diagnostic]:
        """Expressions that failed on this lead, and so gave nothing."""
        return [Diagnostic(warning) for warning in self._figures.get("warnings", [])]

    def explain(self, language: Literal["en", "ja"] = "en") -> str:
        """The same in words that a salesperson reads: what earned or cost points, when, and what fades when.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> found = engine.assess({"id": "lead-1", "fields": {"employees": 320}}, "2026-05-01T09:00:00+09:00")
        >>> "+25 size" in found.explain(), "25" in found.explain("ja")
        (True, True)
        """
        return self._native.explain(language)

    def standing(self) -> dict[str, Any]:
        """What to store as the lead's ``standing``, so that the next assessment knows the ranks that it held.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> engine.assess({"id": "lead-1"}, "2026-05-01T09:00:00+09:00").standing()
        {'overall': {'rank': 'C', 'since': '2026-05-01T00:00:00Z'}}
        """
        return self._native.standing()

    def to_dict(self) -> dict[str, Any]:
        """The whole of it as plain data.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> found = engine.assess({"id": "lead-1"}, "2026-05-01T09:00:00+09:00", ledger=False).to_dict()
        >>> found["rank"], found["scores"]["overall"]["total"]
        ('C', 0)
        """
        return self._data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assessment) and self._data == other._data

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        totals = ", ".join(f"{card}: {sheet['total']}" for card, sheet in self._figures["scores"].items())
        return f"<Assessment {self.lead!r} rank={self.rank} {totals}>"

    def _repr_html_(self) -> str:
        parts = []
        for card, sheet in self._data["scores"].items():
            entries = sheet.get("ledger") or []
            columns = [name for name in LEDGER_COLUMNS if any(name in entry for entry in entries)]
            head = "".join(f"<th>{name}</th>" for name in columns)
            rows = "".join(f"<tr>{_cells(entry, columns)}</tr>" for entry in entries)
            decision = self._data["ranks"].get(card, {})
            title = f"{card}: {decision.get('rank') or '-'}, {sheet['total']}"
            parts.append(f"<table><caption>{html.escape(title)}</caption><tr>{head}</tr>{rows}</table>")
        return "".join(parts)


LEDGER_COLUMNS = ("points", "rule", "label", "kind", "side", "group", "activity", "values")


def _cells(entry: Mapping[str, Any], columns: Iterable[str]) -> str:
    return "".join(f"<td>{html.escape(_said(name, entry[name])) if name in entry else ''}</td>" for name in columns)


def _said(column: str, value: Any) -> str:
    """A cell of the ledger as people read it: an activity as a line, values by name."""
    if column == "activity":
        weight, until = value.get("weight", 1), value.get("until")
        faded = "" if weight == 1 else f", {weight:.0%} of {value['base']:g}"
        return f"{value['kind']} {value['at']}{faded}{f', until {until}' if until else ''}"
    if column == "values":
        return ", ".join(f"{name}: {content if isinstance(content, str) else _text(content)}" for name, content in value.items())
    return value if isinstance(value, str) else _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
