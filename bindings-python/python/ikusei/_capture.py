"""What an engine does with what comes in: payloads, cleansing, who is who, consent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from ikusei._captured import (
    Account,
    Applied,
    Captured,
    CapturedPerson,
    Card,
    Cleansed,
    Cleansing,
    Duplicates,
    Judged,
    Match,
    Permission,
)
from ikusei._lead import Lead, LeadLike, rows_of


class Receiving:
    """The part of `Engine` for what comes in."""

    __slots__ = ()

    def _call(self, method: str, **arguments: Any) -> Any:
        raise NotImplementedError

    def capture(
        self, mapping: str, payload: str | bytes | Mapping[str, Any] | Sequence[Any], at: datetime | str
    ) -> Captured:
        """Reads a payload through a mapping of the playbook: facts per person, and what could not be used.

        ``payload`` is the body as it came in (bytes that are no UTF-8 become U+FFFD), or data that was read from it;
        ``at`` is when it came in: activities without a time of their own take it. Raises `CallError` if there is no
        such mapping, or the text cannot be read.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> body = "mail=Taro%40Example.jp&company=%E3%88%B1%E3%82%A2%E3%82%AF%E3%83%A1&agree=on"
        >>> engine.capture("contact", body, "2026-05-01T00:00:00Z").people[0].fields
        {'email': 'taro@example.jp', 'company': '株式会社アクメ'}
        """
        if isinstance(payload, bytes):
            payload = payload.decode("utf-8", "replace")
        body = {"text": payload} if isinstance(payload, str) else {"payload": payload}
        return Captured(self._call("capture", mapping=mapping, at=at, **body))

    def capture_row(self, mapping: str, row: Mapping[str, str | None], at: datetime | str) -> Captured:
        """Reads one row of a table, as ``csv.DictReader`` gives it, through a mapping for tables. Raises as `capture`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> row = {"Email": "taro@example.jp", "Company": "-"}
        >>> engine.capture_row("crm", row, "2026-05-01T00:00:00Z").people[0].fields
        {'email': 'taro@example.jp'}
        """
        table = {"header": list(row), "cells": [cell or "" for cell in row.values()]}
        return Captured(self._call("capture", mapping=mapping, at=at, row=table))

    def apply(self, lead: LeadLike, person: CapturedPerson | Mapping[str, Any]) -> Applied:
        """Puts what was captured of a person into a record, and has the ``trust`` rules judge the log.

        A second delivery of the same changes nothing. Raises `LeadError` if the record is malformed.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> captured = engine.capture("contact", "mail=taro%40example.jp&submission=s-1", "2026-05-01T00:00:00Z")
        >>> first = engine.apply({"id": "lead-1"}, captured.people[0])
        >>> second = engine.apply(first.lead, captured.people[0])
        >>> first.recorded, first.changed, second.changed
        (['s-1'], True, False)
        """
        return Applied(self._call("apply", lead=lead, person=person))

    def reclassify(
        self,
        lead: LeadLike,
        activities: Iterable[str] | None = None,
        trust: Literal["human", "machine", "unsure"] | None = None,
    ) -> Judged:
        """Judges the log again after a ``trust`` rule changed; or sets the trust of some activities, as the host knows.

        Raises `LeadError` for a malformed record.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "activities": [{"id": "e-1", "kind": "inquiry", "at": "2026-05-01T00:00:00Z"}]}
        >>> engine.reclassify(lead, ["e-1"], "machine").reclassified[0].after
        'machine'
        """
        ids = None if activities is None else list(activities)
        return Judged(self._call("reclassify", lead=lead, activities=ids, trust=trust))

    def cleanse(
        self, fields: Mapping[str, Any], *, postal_codes: Mapping[str, tuple[str, str]] | None = None
    ) -> Cleansing:
        """Cleanses fields as the playbook says: the clean fields, and every change with its raw value and rules.

        ``postal_codes`` gives prefecture and city by code, without its hyphen, where the host has them.

        Raises `CallError` for postal codes that are no such mapping.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> clean = engine.cleanse({"email": "Taro@Example.JP ", "phone": "０３（１２３４）５６７８"})
        >>> clean.fields["phone"], clean.changes["phone"].rules
        ('+81312345678', ['width', 'e164'])
        """
        return Cleansing(self._call("cleanse", fields=dict(fields), postal_codes=postal_codes))

    def cleanse_value(self, cleaner: str, value: Any) -> Cleansed:
        """Cleanses one value, as a form does while somebody types. Raises `CallError` if there is no such cleaner.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> engine.cleanse_value("company", "ｱｸﾒ(株)").value
        'アクメ株式会社'
        """
        return Cleansed(self._call("cleanse_value", cleaner=cleaner, value=value))

    def match(self, a: LeadLike, b: LeadLike) -> Match:
        """Whether two records are one person, and whether they are of one company, with the evidence.

        Raises `LeadError` for a malformed record.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> a = {"id": "a", "fields": {"email": "taro@acme.jp", "company": "㈱アクメ"}}
        >>> found = engine.match(a, {"id": "b", "fields": {"email": "Taro@ACME.jp"}})
        >>> found.person.verdict, found.person.evidence[0].field
        ('same', 'email')
        """
        return Match(self._call("match", a=a, b=b))

    def merge(self, a: LeadLike, b: LeadLike, at: datetime | str) -> Lead:
        """The record ``a`` with ``b`` merged into it: fields by the playbook's survivorship, each activity once.

        Raises `LeadError` if a record is malformed, or ``a`` answers to an id of ``b`` already.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> a, b = {"id": "a", "fields": {"email": "t@acme.jp"}}, {"id": "b", "fields": {"name": "太郎"}}
        >>> engine.merge(a, b, "2026-05-01T00:00:00Z").to_dict()["fields"]
        {'email': 't@acme.jp', 'name': '太郎'}
        """
        return Lead(self._call("merge", a=a, b=b, at=at))

    def unmerge(self, lead: LeadLike, id: str) -> tuple[Lead, Lead]:
        """Both records of a merge as they were; what was changed or recorded since then stays with the first.

        Raises `LeadError` if the record is malformed, or no record ``id`` was merged into it.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> a, b = {"id": "a", "fields": {"email": "t@acme.jp"}}, {"id": "b", "fields": {"name": "太郎"}}
        >>> engine.unmerge(engine.merge(a, b, "2026-05-01T00:00:00Z"), "b") == (Lead(a), Lead(b))
        True
        """
        parted = self._call("unmerge", lead=lead, id=id)
        return Lead(parted["lead"]), Lead(parted["taken_out"])

    def dedupe(
        self,
        table: Any,
        *,
        level: Literal["person", "company"] = "person",
        columns: Sequence[str] | None = None,
        id: str = "id",
    ) -> Duplicates:
        """Finds the rows of a table that are one person, or one company.

        ``table`` is a data frame of pandas or polars, or an iterable of mappings; ``id`` is the column that names the
        rows, ``columns`` those that are compared: all others if left out. Raises `CallError` if none is compared.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> rows = [
        ...     {"id": 1, "email": "taro@acme.jp", "name": "山田 太郎"},
        ...     {"id": 2, "email": "hanako@acme.jp", "name": "佐藤 花子"},
        ...     {"id": 3, "email": "TARO@acme.jp", "name": "山田太郎"},
        ... ]
        >>> engine.dedupe(rows).clusters
        [['1', '3']]
        """
        names, cells = rows_of(table, columns, id)
        ids = [row.pop() for row in cells]
        return Duplicates(self._call("dedupe", level=level, columns=names, ids=ids, rows=cells))

    def accounts(self, leads: Iterable[LeadLike]) -> list[Account]:
        """The companies of some leads, and the group that each belongs to.

        Raises `LeadError` for a malformed record.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> leads = [{"id": "a", "fields": {"company": "㈱アクメ"}}, {"id": "b", "fields": {"company": "アクメ"}}]
        >>> [account.leads for account in engine.accounts(leads)]
        [['a', 'b']]
        """
        return [Account(account) for account in self._call("accounts", leads=list(leads))]

    def consent(self, lead: LeadLike, event: Mapping[str, Any]) -> Lead:
        """The record after something that changes what the lead allows; the same where it changes nothing.

        ``event`` holds ``channel``, ``event`` (``grant``, ``request``, ``confirm``, ``deny``, ``bounce``,
        ``complaint``, ``recover``), ``at``, and maybe ``purpose``, ``basis`` and ``trust``.

        Raises `LeadError` for a malformed record, `CallError` for no such event.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> asked = {"channel": "email", "event": "request", "at": "2026-05-01T00:00:00Z"}
        >>> lead = engine.consent({"id": "lead-1"}, asked)
        >>> sure = engine.consent(lead, {**asked, "event": "confirm", "at": "2026-05-02T00:00:00Z"})
        >>> [each.to_dict()["consent"]["email"]["status"] for each in (lead, sure)]
        ['pending', 'granted']
        """
        return Lead(self._call("consent", lead=lead, event=event))

    def may_send(
        self,
        lead: LeadLike,
        channel: str,
        *,
        purpose: str | None = None,
        address: str | None = None,
        suppression: Iterable[str] = (),
    ) -> Permission:
        """Whether something may be sent to a lead: the one gate.

        ``suppression`` lists addresses, numbers and domains (``@rival.example``) to which nobody sends anything.

        Raises `LeadError` for a malformed record.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "consent": {"email": {"status": "granted"}}}
        >>> engine.may_send(lead, "email").allowed
        True
        >>> engine.may_send(lead, "email", address="t@rival.example", suppression=["@rival.example"]).because
        'suppression_list'
        """
        never = list(suppression)
        question = {"purpose": purpose, "address": address, "suppression": never}
        return Permission(self._call("may_send", lead=lead, channel=channel, **question))

    def forget(self, lead: LeadLike, at: datetime | str) -> dict[str, Any]:
        """What to keep of a lead that is forgotten, in the record's place.

        It holds no fact about the person, only what keeps late events from making the record again.

        Raises `LeadError` for a malformed record.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> left = engine.forget({"id": "lead-1", "fields": {"email": "taro@acme.jp"}}, "2026-05-01T00:00:00Z")
        >>> left["id"], len(left["keys"]), "acme" in str(left)
        ('lead-1', 1, False)
        """
        tombstone: dict[str, Any] = self._call("forget", lead=lead, at=at)
        return tombstone

    def forgotten(
        self,
        tombstones: Iterable[Mapping[str, Any]],
        id: str | None = None,
        identities: Iterable[Mapping[str, Any]] = (),
    ) -> str | None:
        """The id of the tombstone that a late event is about, so that it makes no new record; None if it is of nobody.

        ``id`` is the one that the event names, ``identities`` are the keys that it carries, as a capture gives them.

        Raises `CallError` for what are no tombstones.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> left = engine.forget({"id": "lead-1", "fields": {"email": "taro@acme.jp"}}, "2026-05-01T00:00:00Z")
        >>> [late] = engine.capture("contact", "mail=Taro%40ACME.jp", "2026-06-01T00:00:00Z").people
        >>> engine.forgotten([left], identities=late.identities), engine.forgotten([left], "lead-2")
        ('lead-1', None)
        """
        known = [dict(tombstone) for tombstone in tombstones]
        keys = [dict(identity) for identity in identities]
        found: str | None = self._call("forgotten", tombstones=known, id=id, identities=keys)
        return found

    def read_vcards(self, text: str) -> list[Card]:
        """Reads the cards of a vCard file.

        A text without cards gives none. Raises `CallError` for what is no text.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> text = "BEGIN:VCARD\\r\\nVERSION:3.0\\r\\nFN:Taro Yamada\\r\\nORG:Acme;Sales\\r\\nEND:VCARD\\r\\n"
        >>> [card] = engine.read_vcards(text)
        >>> engine.capture("card", card.payload, "2026-05-01T00:00:00Z").people[0].fields["company"]
        'Acme'
        """
        return [Card(card) for card in self._call("read_vcards", text=text)]

    def read_card_lines(self, lines: Iterable[str]) -> Card:
        """Reads the lines that an OCR found on a business card, Japanese or English.

        Raises `CallError` for what are no texts.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> card = engine.read_card_lines(["株式会社アクメ", "営業部 部長", "山田 太郎", "TEL 03-1234-5678"])
        >>> card.payload["name"], card.payload["title"]
        ('山田 太郎', '部長')
        """
        return Card(self._call("read_card_lines", lines=list(lines)))

    def safe_cells(self, cells: Iterable[str]) -> list[str]:
        """Cells of a table, safe for a spreadsheet: what begins like a formula gets an apostrophe before it.

        Raises `CallError` for cells that are no texts.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/capture/playbook.yaml").compile()
        >>> engine.safe_cells(["=1+1", "-5"])
        ["'=1+1", '-5']
        """
        safe: list[str] = self._call("safe_cells", cells=list(cells))
        return safe
