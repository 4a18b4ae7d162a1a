"""Analyses that need a playbook: campaigns, where scores come from, what another playbook would have said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from ikusei._lead import LeadLike
from ikusei._tables import Analysis, TableLike, plain_table


class HasText(Protocol):
    """What can be written as the text of a playbook."""

    def to_json(self) -> str:
        """The text."""


class Judging:
    """The part of `Engine` that looks at many leads at once to judge campaigns and the playbook itself."""

    __slots__ = ()

    def _call(self, method: str, **arguments: Any) -> Any:
        raise NotImplementedError

    def campaigns(self, leads: Iterable[LeadLike], at: datetime | str, *, spend: TableLike | None = None) -> Analysis:
        """Plan and actuals of the playbook's campaigns: money, leads, goals, members, and what should be seen to.

        ``spend`` has ``campaign``, ``cost``, and if known ``at``, ``kind`` and ``currency``. Raises `CallError` for a
        campaign or currency that the playbook does not have, otherwise as `assess`, for the first lead in question.

        >>> from ikusei import Playbook
        >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "campaigns": {"expo": {"budget": "3000000 JPY"}}}).compile()
        >>> found = engine.campaigns([], "2026-05-01T09:00:00+09:00", spend=[{"campaign": "expo", "cost": 1200000}])
        >>> found.rows[0]["left"]
        Decimal('1800000')
        """
        given = {} if spend is None else {"spend": plain_table(spend)}
        return Analysis(self._call("campaigns", leads=list(leads), at=at, **given))

    def score_lift(
        self,
        leads: Iterable[LeadLike],
        at: datetime | str,
        *,
        scorecard: str | None = None,
        content: Sequence[str] | None = None,
        source: Sequence[str] | None = None,
        converted: str | None = None,
        level: float | None = None,
    ) -> Analysis:
        """Where the engagement points of leads come from, where the hot ones came from, what goes before a won deal.

        ``content`` names the properties of activities that say which content it was, ``source`` the keys of a lead's
        source, ``converted`` the stage of a deal that is a conversion. Raises `CallError` if there is no such
        scorecard, otherwise as `assess`, for the first lead in question.

        >>> from ikusei import Playbook
        >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
        >>> engine.score_lift([{"id": "lead-1", "fields": {"employees": 320}}], "2026-05-01T09:00:00+09:00").figures["hot"]
        0
        """
        options = _given(scorecard=scorecard, content=content, source=source, converted=converted, level=level)
        return Analysis(self._call("score_lift", leads=list(leads), at=at, options=options))

    def backtest(
        self,
        candidate: HasText | str,
        leads: Iterable[LeadLike],
        start: datetime | str,
        end: datetime | str,
        *,
        scorecard: str | None = None,
        every: str | None = None,
        converted: str | None = None,
        most: int | None = None,
        level: float | None = None,
    ) -> Analysis:
        """What another playbook would have said of the same leads over the same time.

        Who moves and why, precision and recall against won deals, load on sales, restlessness. ``candidate`` is a
        `Playbook` or its text; it is looked at ``every`` 7d, and ``most`` leads that move are listed. Raises
        `PlaybookError` if the text is not a playbook, `CallError` for a time that is over before it begins or too many
        instants, otherwise as `assess`, for the first lead in question.

        >>> from ikusei import Playbook
        >>> playbook = Playbook.load("examples/quickstart/playbook.yaml")
        >>> found = playbook.compile().backtest(playbook, [{"id": "lead-1"}], "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
        >>> found.figures["moved"]
        0
        """
        text = candidate if isinstance(candidate, str) else candidate.to_json()
        options = _given(scorecard=scorecard, every=every, converted=converted, most=most, level=level)
        period = {"from": start, "to": end}
        return Analysis(self._call("backtest", candidate=text, leads=list(leads), options=options, **period))


def _given(**options: Any) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items() if value is not None}
