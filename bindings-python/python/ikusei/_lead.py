"""The lead record, and how plain data crosses the border."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ikusei import _ikusei as native
from ikusei._errors import LeadError, error_of
from ikusei._records import Record


# The instant that was last written: leads are assessed one after another at the same one.
_last: tuple[datetime | None, str] = (None, "")


def instant(at: datetime | str) -> str:
    """An instant as text."""
    global _last
    if isinstance(at, str):
        return at
    known, text = _last
    if known is at:
        return text
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone: give `tzinfo`, such as `timezone.utc`")
    text = at.isoformat()
    _last = (at, text)
    return text


def _plain(value: Any) -> Any:
    """What JSON has no word for: records of other kinds, instants, sets."""
    if isinstance(value, (Lead, Record)):
        return value.to_dict()
    if isinstance(value, datetime):
        return instant(value)
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


def text_of(arguments: Any) -> str:
    """Arguments as JSON text."""
    return json.dumps(arguments, default=_plain, ensure_ascii=False, allow_nan=False)


def answer(envelope: str) -> Any:
    """What an envelope holds. Raises what it refuses."""
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
        self._native: native.Lead = read(record)

    @classmethod
    def from_json(cls, text: str) -> Lead:
        """From its JSON document. Raises `LeadError`.

        >>> Lead.from_json('{"id": "lead-1"}').id
        'lead-1'
        """
        lead = cls.__new__(cls)
        lead._native = native.Lead.parse(text)
        return lead

    @property
    def id(self) -> str:
        """The host's id of the lead."""
        return self._native.id()

    def to_dict(self) -> dict[str, Any]:
        """The record as plain data, what is empty left out.

        >>> Lead({"id": "lead-1", "fields": {"size": 300.0}, "activities": []}).to_dict()
        {'id': 'lead-1', 'fields': {'size': 300}}
        """
        return self._native.to_dict()

    def to_json(self) -> str:
        """The record as a JSON document.

        >>> Lead({"id": "lead-1"}).to_json()
        '{"id":"lead-1"}'
        """
        return self._native.to_json()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lead) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Lead.from_json, (self.to_json(),)

    def __repr__(self) -> str:
        return f"Lead({self.to_dict()!r})"


def read(record: LeadLike) -> native.Lead:
    """The record, read. Raises `LeadError`."""
    if isinstance(record, Lead):
        return record._native
    # Anything but plain data, and anything refused, goes by text: there it gets its diagnostics.
    return native.Lead.read(record) or native.Lead.open(text_of(record))


def try_read(record: LeadLike) -> native.Lead | LeadError:
    """The record, read, or what is wrong with it."""
    try:
        return read(record)
    except LeadError as error:
        return error


LeadLike = Lead | Mapping[str, Any] | Any
"""A `Lead`, a mapping, a dataclass or a pydantic model."""


def rows_of(table: Any, columns: Sequence[str] | None, id: str) -> tuple[list[str], list[list[str | None]]]:
    """Names of columns, and for each row the texts of its cells, its id last."""
    if hasattr(table, "to_dicts"):
        table = table.to_dicts()
    elif hasattr(table, "to_dict"):
        table = table.to_dict("records")
    rows: list[Mapping[str, Any]] = list(table)
    names = list(columns) if columns is not None else [name for name in (rows[0] if rows else ()) if name != id]
    return names, [[*(_cell(row.get(name)) for name in names), str(row[id])] for row in rows]


def _cell(value: Any) -> str | None:
    # What is not equal to itself is the "not a number" that a data frame puts for what is missing.
    return None if value is None or value != value else str(value)
