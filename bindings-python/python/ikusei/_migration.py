"""Rules of other systems as a playbook."""

from __future__ import annotations

import json
from typing import Literal

from ikusei import _ikusei as native
from ikusei._lead import answer
from ikusei._records import Record, each


class Carried(Record):
    """A part that was carried over: ``to_dict()`` has its place there (``from``), ``to`` is the place in the playbook.

    ``line`` is its line there, where that is a table.
    """

    __slots__ = ()

    to: str
    line: int | None


class Left(Record):
    """A part that could not be carried over: its place, in a table its line, why, and what to do."""

    __slots__ = ()

    path: str
    line: int | None
    why: str
    help: str


class Imported(Record):
    """A playbook made of another system's rules: its text, what was carried, what was left, and what fields were called."""

    __slots__ = ()

    playbook: str
    carried: list[Carried]
    left: list[Left]
    fields: dict[str, str]

    _parts = {"carried": each(Carried), "left": each(Left)}
    _empty = {"fields": dict}


def migrate(system: Literal["zoho", "hubspot", "gorules", "json-rules-engine"], text: str) -> Imported:
    """Makes a playbook of another system's rules, with a list of what could not be carried over.

    `text` is the JSON that it exports; of HubSpot also the table (CSV) of its properties. Raises `CallError` for a text that
    is not of that system.

    >>> rules = '[{"conditions": {"all": [{"fact": "size", "operator": "greaterThan", "value": 300}]}, "event": {"type": "large"}}]'
    >>> imported = migrate("json-rules-engine", rules)
    >>> "size > 300" in imported.playbook, imported.left
    (True, [])
    """
    return Imported(answer(native.migrate(json.dumps({"from": system, "text": text}, ensure_ascii=False))))
