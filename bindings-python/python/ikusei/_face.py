"""Handles over the native half."""

from __future__ import annotations

import dataclasses
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

from ikusei import _ikusei as native
from ikusei._errors import IkuseiError, LeadError, error_of
from ikusei._records import Diagnostic, Members, Membership, RankDecision, ScoreSheet


def _instant(at: datetime | str) -> str:
    if isinstance(at, str):
        return at
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone: give `tzinfo`, such as `timezone.utc`")
    return at.isoformat()


def _plain(value: Any) -> Any:
    """What JSON has no word for: records of other kinds, instants, sets."""
    if isinstance(value, Lead):
        return value.to_dict()
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: content for name, content in fields.items() if content is not None}
    if hasattr(value, "model_dump"):
        return value.model_dump(exclude_none=True)
    raise TypeError(f"a lead holds plain data, not {type(value).__name__}")


def _text(arguments: Any) -> str:
    return json.dumps(arguments, default=_plain, ensure_ascii=False, allow_nan=False)


def _answer(envelope: str) -> Any:
    content = json.loads(envelope)
    if "error" in content:
        raise error_of(envelope)
    return content["ok"]


class Lead:
    """A lead record that has been read: worth it where the same lead is assessed several times.

    Takes a mapping, a dataclass or a pydantic model. Raises `LeadError` for a malformed record, `ValueError` for a
    ``datetime`` without zone.

    >>> Lead({"id": "lead-1", "fields": {"industry": "製造業"}}).id
    'lead-1'
    """

    __slots__ = ("_native",)

    def __init__(self, record: LeadLike) -> None:
        if isinstance(record, Lead):
            self._native: native.Lead = record._native
        else:
            # Anything but plain data, and anything refused, goes by text: there it gets its diagnostics.
            self._native = native.Lead.read(record) or native.Lead.open(_text(record))

    @classmethod
    def from_json(cls, text: str) -> Lead:
        """From its JSON document. Raises `LeadError`."""
        lead = cls.__new__(cls)
        lead._native = native.Lead.parse(text)
        return lead

    @property
    def id(self) -> str:
        """The host's id of the lead."""
        return self._native.id()

    def to_dict(self) -> dict[str, Any]:
        """The record as plain data."""
        return self._native.to_dict()

    def to_json(self) -> str:
        """The record as a JSON document."""
        return self._native.to_json()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lead) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Lead.from_json, (self.to_json(),)

    def __repr__(self) -> str:
        return f"Lead({self.to_dict()!r})"


def _read(record: LeadLike) -> native.Lead | LeadError:
    try:
        return Lead(record)._native
    except LeadError as error:
        return error


LeadLike = Lead | Mapping[str, Any] | Any
"""A `Lead`, a mapping, a dataclass or a pydantic model."""


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
        """Reads a playbook from a file. Raises `PlaybookError`, `OSError`."""
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
        """The engine that runs it."""
        return Engine(self)

    def for_browser(self, scorecards: Sequence[str], segments: Sequence[str] = ()) -> Playbook:
        """The playbook cut to what a page may see: the named scorecards and segments, with what they look at.

        What is left is public: every visitor can read the rules, thresholds and conditions, and can send whatever
        score he likes. Show a page only what may be known, and assess the lead again on the server. Raises
        `CallError` for a name that the playbook does not have.
        """
        names = {"scorecards": list(scorecards), "segments": list(segments)}
        cut = self._native.for_browser(json.dumps(names, ensure_ascii=False))
        return Playbook._of(cut, json.dumps({"text": cut.to_json()}, ensure_ascii=False))

    def to_image(self) -> str:
        """The compiled playbook as text: what `Playbook.parse` of the slim browser build takes, and nothing else takes.

        It is read by the version of ikusei that made it; keep the playbook, and make images from it.
        """
        return self._native.to_image()

    def to_json(self) -> str:
        """As one JSON document, everything extended and laid over merged in."""
        return self._native.to_json()

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        document: dict[str, Any] = json.loads(self.to_json())
        return document

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Playbook._open, (self._arguments,)

    def __repr__(self) -> str:
        return f"<Playbook {self.name!r} {self.fingerprint}>"


class Engine:
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

    def assess(self, lead: LeadLike, at: datetime | str, *, ledger: bool = True) -> Assessment:
        """Scores, ranks and segments of a lead as of an instant.

        ``at`` is a ``datetime`` with a zone, or ISO 8601 text with an offset. Raises `LeadError` if the record is
        malformed or a field is not of its declared type, `EvaluationError` if points leave the range that can be
        held exactly, `CallError` if ``at`` is no instant, `ValueError` if it has no zone.
        """
        record = lead._native if isinstance(lead, Lead) else Lead(lead)._native
        return Assessment(self._native.assess(record, _instant(at), ledger))

    def assess_many(
        self, leads: Iterable[LeadLike], at: datetime | str, *, ledger: bool = False
    ) -> list[Assessment | IkuseiError]:
        """For each lead its assessment, or the `IkuseiError` that assessing it alone would raise."""
        read = [_read(lead) for lead in leads]
        good = [lead for lead in read if not isinstance(lead, LeadError)]
        results = iter(self._native.assess_many(good, _instant(at), ledger))
        found = [lead if isinstance(lead, LeadError) else next(results) for lead in read]
        return [result if isinstance(result, IkuseiError) else Assessment(result) for result in found]

    def explain(self, lead: LeadLike, at: datetime | str, language: Literal["en", "ja"] = "en") -> str:
        """An assessment in words that a salesperson reads. Raises as `assess`."""
        return self.assess(lead, at).explain(language)

    def memberships(self, lead: LeadLike, at: datetime | str) -> list[Membership]:
        """For every segment, whether the lead is in it and why. Raises as `assess`."""
        return [Membership(entry) for entry in self._call("memberships", lead=lead, at=at)]

    def members(self, segment: str, leads: Iterable[LeadLike], at: datetime | str) -> Members:
        """The members of a segment among some leads, sorted and limited as the segment says.

        Raises `CallError` if there is no such segment, otherwise as `assess`, for the first lead in question.
        """
        return Members(self._call("members", segment=segment, leads=list(leads), at=at))

    def _call(self, method: str, **arguments: Any) -> Any:
        return _answer(self._native.call(method, _text(arguments)))

    def __reduce__(self) -> tuple[type[Engine], tuple[Playbook]]:
        return Engine, (self._playbook,)

    def __repr__(self) -> str:
        return f"<Engine {self._playbook.name!r} {self.fingerprint}>"


class Assessment:
    """Scores, ranks and segments of a lead as of an instant; a notebook shows the ledger as a table."""

    __slots__ = ("_data", "_native")

    def __init__(self, handle: native.Assessment) -> None:
        self._native = handle
        self._data: dict[str, Any] = handle.to_dict()

    @property
    def lead(self) -> str:
        """The lead's id."""
        return str(self._data["lead"])

    @property
    def at(self) -> datetime:
        """The instant."""
        return datetime.fromisoformat(self._data["at"])

    @property
    def rank(self) -> str | None:
        """The rank on the main scorecard, which is the playbook's first."""
        rank: str | None = self._data["rank"]
        return rank

    @property
    def segments(self) -> list[str]:
        """The segments that the lead is in."""
        segments: list[str] = self._data["segments"]
        return segments

    @property
    def scores(self) -> dict[str, ScoreSheet]:
        """The score sheet of every scorecard."""
        return {card: ScoreSheet(sheet) for card, sheet in self._data["scores"].items()}

    @property
    def ranks(self) -> dict[str, RankDecision]:
        """The rank on every scorecard, with its cause."""
        return {card: RankDecision(decision) for card, decision in self._data["ranks"].items()}

    @property
    def warnings(self) -> list[Diagnostic]:
        """Expressions that failed on this lead, and so gave nothing."""
        return [Diagnostic(warning) for warning in self._data.get("warnings", [])]

    def explain(self, language: Literal["en", "ja"] = "en") -> str:
        """The same in words that a salesperson reads."""
        return self._native.explain(language)

    def standing(self) -> dict[str, Any]:
        """What to store as the lead's ``standing``, so that the next assessment knows the ranks that it held."""
        return self._native.standing()

    def to_dict(self) -> dict[str, Any]:
        """The whole of it as plain data."""
        return self._data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assessment) and self._data == other._data

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        totals = ", ".join(f"{card}: {sheet['total']}" for card, sheet in self._data["scores"].items())
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
    def cell(value: Any) -> str:
        return html.escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))

    return "".join(f"<td>{cell(entry[name]) if name in entry else ''}</td>" for name in columns)
