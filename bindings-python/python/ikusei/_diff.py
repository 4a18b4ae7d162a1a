"""What one playbook changes in another, and what it does to leads."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any, Literal

from ikusei._lead import instant
from ikusei._records import Record, Span, each
from ikusei._tables import Analysis


class ChangePlace(Record):
    """A place in a playbook: a JSON Pointer, and where that is in the text."""

    __slots__ = ()

    path: str
    span: Span | None

    _parts = {"span": Span}


class PlaybookChange(Record):
    """One change of meaning.

    ``kind`` is ``added``, ``removed``, ``changed``, ``renamed`` or ``moved``, ``part`` what it is (``rule``, ``rank``, ``step``),
    ``affects`` what it may decide otherwise at first hand (``scores``, ``ranks``, ..., ``nothing``), and ``words`` the change in
    a sentence: ``en`` and ``ja``.

    >>> from ikusei import Playbook
    >>> before = Playbook.parse({"ikusei": 1, "name": "demo", "segments": {"all": "true"}})
    >>> [change] = before.diff(Playbook.parse({"ikusei": 1, "name": "demo", "segments": {"all": "false"}})).changes
    >>> change.kind, change.part, change.name, change.property, change.affects
    ('changed', 'segment', 'all', 'when', 'segments')
    """

    __slots__ = ()

    kind: str
    part: str
    name: str
    within: list[str]
    property: str | None
    was: Any
    now: Any
    affects: str
    before: ChangePlace | None
    after: ChangePlace | None
    words: dict[str, str]

    _parts = {"before": ChangePlace, "after": ChangePlace}
    _empty = {"name": str, "within": list}


class DiffSide(Record):
    """One of two playbooks."""

    __slots__ = ()

    name: str
    fingerprint: str


class PlaybookDiff(Record):
    """What one playbook changes in another: changes of meaning, not of lines. A notebook shows it as a list.

    ``affects_results`` says whether some change may decide something otherwise. ``leads`` is there where leads were given:
    an `Analysis` with the tables ``ranks``, ``scores``, ``segments``, ``rules``, ``movers``, ``segment_movers``, with a roster
    ``members`` and ``teams``, with weeks ``messages``.
    """

    __slots__ = ()

    before: DiffSide
    after: DiffSide
    affects_results: bool
    changes: list[PlaybookChange]
    leads: Analysis | None
    markdown: dict[str, str]

    _parts = {"before": DiffSide, "after": DiffSide, "changes": each(PlaybookChange), "leads": Analysis}

    def to_markdown(self, language: Literal["en", "ja"] = "en") -> str:
        """All of it as Markdown, for a pull request.

        >>> from ikusei import Playbook
        >>> demo = Playbook.parse({"ikusei": 1, "name": "demo"})
        >>> print(demo.diff(demo).to_markdown())
        ## Changes of playbook demo
        <BLANKLINE>
        No change of meaning.
        <BLANKLINE>
        """
        return self.markdown[language]

    def chart(self, language: Literal["en", "ja"] = "ja") -> Any:
        """A picture of who goes from which rank to which; ``None`` without leads."""
        return None if self.leads is None else self.leads.chart(language)

    def __repr__(self) -> str:
        return f"<PlaybookDiff {self.before.name!r} -> {self.after.name!r}: {len(self.changes)} changes>"

    def _repr_html_(self) -> str:
        said = (f"<li>{html.escape(change.words['en'])} <em>({html.escape(change.affects)})</em></li>" for change in self.changes)
        shown = f"<ul>{''.join(said)}</ul>" if self.changes else "<p>No change of meaning.</p>"
        return shown + ("" if self.leads is None else self.leads._repr_html_())


def asked(leads: Any, at: datetime | str | None, options: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a difference."""
    given: dict[str, Any] = {} if at is None else {"at": instant(at)}
    if leads is not None:
        given["leads"] = list(leads)
    chosen = {name: value for name, value in options.items() if value is not None}
    return given | ({"options": chosen} if chosen else {})
