"""What templates say: messages for one lead, and previews of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ikusei._lead import LeadLike
from ikusei._nurturing import Effect, Nurturing
from ikusei._records import Record, each


class MergeField(Record):
    """A merge field of a message; ``state`` is ``given``, ``defaulted``, ``absent``, ``at_sending``, ``skipped`` or
    ``refused``."""

    __slots__ = ()

    name: str
    state: str


class Rendered(Record):
    """A message for one lead; ``outcome`` is ``ready``, ``skipped`` or, of a preview, ``refused``. Its class, which is no
    name in Python, is ``to_dict()["class"]``."""

    __slots__ = ()

    template: str
    version: str
    channel: str
    outcome: str
    subject: str | None
    preheader: str | None
    text: str | None
    html: str | None
    fields: list[MergeField]

    _parts = {"fields": each(MergeField)}
    _empty = {"fields": list}


class Messaging(Nurturing):
    """The part of `Engine` that makes messages."""

    __slots__ = ()

    def preview(
        self,
        template: str,
        lead: LeadLike,
        at: datetime | str,
        *,
        version: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Rendered:
        """What a template says to a lead, without sending anything: its first version, if none is named.

        ``values`` are those that come with the sending, such as ``unsubscribe_url`` or ``owner``. Where one is not
        given, and where the lead lacks what the message needs, the merge field stays in its place, and ``fields``
        say so. Raises `CallError` for a template, a version or a value that the playbook does not have, `LeadError`,
        and `EvaluationError` for a message that cannot be made.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "fields": {"company": "<育成>"}}
        >>> preview = engine.preview("seminar-b", lead, "2026-05-01T10:00:00+09:00")
        >>> preview.subject
        '<育成>御中 製品Bセミナーのご案内'
        >>> preview.html.splitlines()[0]
        '<p>&lt;育成&gt;御中</p>'
        >>> [field.name for field in preview.fields if field.state == "at_sending"]
        ['seat_url', 'unsubscribe_url']
        """
        call = {"template": template, "lead": lead, "at": at, "version": version, "values": values or {}}
        return Rendered(self._call("preview", **call))

    def render(
        self, effect: Effect | Mapping[str, Any], lead: LeadLike, values: Mapping[str, Any] | None = None
    ) -> Rendered:
        """The message of an effect that sends or invites, to be handed to whatever delivers it.

        Where the template says to skip without a value that is missing, ``outcome`` is ``skipped`` and there is no
        text. Raises `EvaluationError` with every value that the message needs and neither the lead nor ``values``
        have; otherwise as `preview`.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/nurturing/playbook.yaml").compile()
        >>> lead = {"id": "lead-1", "fields": {"email": "taro@acme.jp"}, "consent": {"email": {"status": "granted"}}}
        >>> outcome = engine.process(lead, {"enrol": {"scenario": "product-b"}}, "2026-05-01T10:00:00+09:00")
        >>> links = {"seat_url": "https://example.com/s", "unsubscribe_url": "https://example.com/u"}
        >>> message = engine.render(outcome.effects[0], outcome.lead, links)
        >>> message.outcome, message.subject
        ('ready', '御社 製品Bセミナーのご案内')
        """
        sent = effect.to_dict() if isinstance(effect, Effect) else effect
        return Rendered(self._call("render", effect=sent, lead=lead, values=values or {}))
