"""What worked, what it cost, what to change next: tables in, tidy tables out.

Every function takes tables: pandas, Polars, pyarrow or DuckDB objects, anything with ``__arrow_c_stream__``, lists of
mappings, or mappings of columns. It gives an `Analysis`: its tables, its figures, and notes that say in words what the
numbers cannot bear. ``docs/analytics.md`` says what every column is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ikusei._tables import Analysis, Table, TableLike, analyse

__all__ = [
    "Analysis",
    "Table",
    "TableLike",
    "attribution",
    "calibration",
    "frequency",
    "funnel",
    "iceberg",
    "learn",
    "lift",
    "presence",
    "retrospective",
    "returns",
    "versions",
]


def attribution(
    paths: TableLike | None = None,
    *,
    touches: TableLike | None = None,
    conversions: TableLike | None = None,
    coded: Mapping[str, Any] | None = None,
    separator: str | None = None,
    models: Sequence[str] | None = None,
    direct: Sequence[str] | None = None,
    half_life: str | None = None,
    lookback: str | None = None,
    order: int | None = None,
    weights: Mapping[str, float] | None = None,
    digits: int | None = None,
    revenue_digits: int | None = None,
    currency: str | None = None,
) -> Analysis:
    """Which touches share in conversions and revenue, by every model asked for.

    Either ``paths`` (columns ``path``, ``conversions``, ``value``, ``nulls``), or ``touches`` (``lead``, ``channel``,
    ``at``) beside ``conversions`` (``lead``, ``at``, ``value``), or ``coded`` for millions of touches. Credits add up to
    the conversions and to the revenue exactly. Raises `CallError`.

    >>> found = attribution([{"path": "search > mail", "conversions": 3}], models=["first", "linear"])
    >>> [(row["channel"], row["model"], str(row["conversions"])) for row in found.rows][-1]
    ('mail', 'linear', '1.500000')
    """
    if coded is not None:
        coded = {name: part.tolist() if hasattr(part, "tolist") else part for name, part in coded.items()}
    return analyse(
        "attribution",
        tables={"paths": paths, "touches": touches, "conversions": conversions},
        coded=coded,
        separator=separator,
        models=models,
        direct=direct,
        half_life=half_life,
        lookback=lookback,
        order=order,
        weights=weights,
        digits=digits,
        revenue_digits=revenue_digits,
        currency=currency,
    )


def funnel(
    leads: TableLike,
    stages: Sequence[str],
    *,
    by: Sequence[str] | None = None,
    at: datetime | str | None = None,
    timezone: str | None = None,
    level: float | None = None,
) -> Analysis:
    """Who came how far, how long it took, and where they were lost.

    ``leads`` has a row for every lead and, in the columns ``stages``, when it reached each stage. Cut by the columns
    ``by``; leads that still wait at ``at`` count as waiting. Raises `CallError`.

    >>> leads = [{"lead": "2026-05-01", "won": "2026-05-15"}, {"lead": "2026-05-02", "won": None}]
    >>> found = funnel(leads, ["lead", "won"])
    >>> found.rows[1]["rate"], found.tables["times"].rows[0]["median"]
    (0.5, 14.0)
    """
    return analyse("funnel", tables={"leads": leads}, stages=stages, by=by, at=at, timezone=timezone, level=level)


def returns(
    spend: TableLike,
    leads: TableLike,
    *,
    stages: Sequence[str] | None = None,
    by: Sequence[str] | None = None,
    clicks: TableLike | None = None,
    currency: str | None = None,
) -> Analysis:
    """What leads, stages and deals cost, and what came back, at every level of drill-down; amounts are exact.

    ``spend`` has ``cost``, ``at`` if known, and the columns ``by``; ``leads`` has the columns ``stages`` and ``by``,
    ``revenue``, ``earned_at``, and for open deals ``pipeline`` and ``probability``. ``clicks`` says by ``click_id`` what
    leads leave empty. Raises `CallError`.

    >>> found = returns([{"campaign": "expo", "cost": 1000}], [{"campaign": "expo", "revenue": 1500}], by=["campaign"], currency="JPY")
    >>> found.rows[1]["campaign"], found.rows[1]["cost_per_lead"], found.rows[1]["roi"]
    ('expo', Decimal('1000'), 0.5)
    """
    return analyse("returns", tables={"spend": spend, "leads": leads, "clicks": clicks}, stages=stages, by=by, currency=currency)


def calibration(
    leads: TableLike,
    *,
    ranks: Sequence[str] | None = None,
    bands: int | None = None,
    capacity: float | None = None,
    level: float | None = None,
) -> Analysis:
    """Whether scores, ranks and probabilities mean what they say.

    ``leads`` has ``score`` and ``won``, and if known ``rank``, ``probability`` and ``at``; ``capacity`` is how many leads a
    week sales can take. Raises `CallError`.

    >>> calibration([{"score": 80, "won": True}, {"score": 60, "won": False}]).figures["auc"]
    1.0
    """
    return analyse("calibration", tables={"leads": leads}, ranks=ranks, bands=bands, capacity=capacity, level=level)


def frequency(
    stages: Sequence[str],
    *,
    fields: Sequence[str] | None = None,
    tags: str | None = None,
    counts: TableLike | None = None,
    closed: TableLike | None = None,
    reopened: TableLike | None = None,
    open: TableLike | None = None,
    support: int | None = None,
    tag_support: int | None = None,
) -> Analysis:
    """The chance that a deal is won, by naive Bayes from counts of won and lost deals.

    The table ``counts`` of the answer is all that needs to be kept: give it back with the deals that ``closed`` or were
    ``reopened`` since. Raises `CallError`.

    >>> closed = [{"stage": "new", "won": True, "country": "JP"}, {"stage": "new", "won": False, "country": "US"}]
    >>> found = frequency(["new"], fields=["country"], closed=closed, open=[{"deal": "d1", "stage": "new", "country": "JP"}])
    >>> round(found.rows[0]["chance"], 4)
    0.9167
    """
    return analyse(
        "frequency",
        tables={"counts": counts, "closed": closed, "reopened": reopened, "open": open},
        stages=stages,
        fields=fields,
        tags=tags,
        support=support,
        tag_support=tag_support,
    )


def learn(
    leads: TableLike,
    features: Sequence[str],
    *,
    ridge: float | None = None,
    double: float | None = None,
    support: int | None = None,
    bands: int | None = None,
    ranks: Sequence[Mapping[str, Any]] | None = None,
    level: float | None = None,
) -> Analysis:
    """Points for a scorecard, learnt from what came of leads, with the evidence for each.

    ``leads`` has ``won`` and the columns ``features``; ``test`` marks leads that are kept from learning, ``at`` shows
    drift. ``double`` is how many points double the odds. Raises `CallError`.

    >>> leads = [{"big": i % 2 == 0, "won": i % 8 < 6 if i % 2 == 0 else i % 8 == 1} for i in range(200)]
    >>> [(row["value"], row["points"] > 0) for row in learn(leads, ["big"]).rows]
    [('false', False), ('true', True)]
    """
    return analyse(
        "learn",
        tables={"leads": leads},
        features=features,
        ridge=ridge,
        double=double,
        support=support,
        bands=bands,
        ranks=ranks,
        level=level,
    )


def versions(
    versions: TableLike,
    *,
    goal: str | None = None,
    control: str | None = None,
    matters: float | None = None,
    level: float | None = None,
) -> Analysis:
    """Versions of a template against each other: rates with intervals, the chance of being best, and whether to stop.

    ``versions`` has ``version``, ``sent``, and whichever of ``delivered``, ``opened``, ``clicked``, ``replied``, ``bounced``
    and ``unsubscribed`` are counted. Raises `CallError`.

    >>> found = versions([{"version": "a", "sent": 1000, "clicked": 50}, {"version": "b", "sent": 1000, "clicked": 120}])
    >>> found.figures["advice"], found.figures["best"]
    ('stop', 'b')
    """
    return analyse("versions", tables={"versions": versions}, goal=goal, control=control, matters=matters, level=level)


def iceberg(
    leads: TableLike,
    *,
    at: datetime | str | None = None,
    quiet: str | None = None,
    most: int | None = None,
    currency: str | None = None,
) -> Analysis:
    """How many leads at what likelihood, who works them, and which sleeping ones are worth a word.

    ``leads`` has ``lead`` and ``chance``, and if known ``handler``, ``amount``, ``cost`` and ``last_active``. Raises
    `CallError`.

    >>> iceberg([{"lead": "l1", "chance": 0.25}, {"lead": "l2", "chance": 0.5}]).figures["expected_deals"]
    0.75
    """
    return analyse("iceberg", tables={"leads": leads}, at=at, quiet=quiet, most=most, currency=currency)


def retrospective(
    *, follow_ups: TableLike | None = None, contents: TableLike | None = None, level: float | None = None
) -> Analysis:
    """What to change next, in content and in the follow-up of sales: a ranked list of actions with their evidence.

    ``follow_ups`` has ``handed_over``, ``touched``, ``won`` and ``refused``; ``contents`` has ``content``, ``seen``,
    ``finished``, ``converted``, ``others`` and ``others_converted``. Raises `CallError`.

    >>> contents = [{"content": "guide", "seen": 100, "converted": 30, "others": 100, "others_converted": 10}]
    >>> retrospective(contents=contents).rows[0]["effect"]
    20.0
    """
    return analyse("retrospective", tables={"follow_ups": follow_ups, "contents": contents}, level=level)


def presence(
    answers: TableLike,
    measures: Sequence[str],
    *,
    by: Sequence[str] | None = None,
    searches: TableLike | None = None,
    level: float | None = None,
) -> Analysis:
    """Awareness, consideration and use of a brand from weighted survey answers, by segment and wave; share of search.

    ``answers`` has the columns ``measures`` (yes or no), ``weight``, ``wave`` and those of ``by``. Raises `CallError`.

    >>> presence([{"aided": True, "weight": 3}, {"aided": False, "weight": 1}], ["aided"]).rows[0]["rate"]
    0.75
    """
    return analyse("presence", tables={"answers": answers, "searches": searches}, measures=measures, by=by, level=level)


def lift(groups: TableLike, holdout: str, *, level: float | None = None) -> Analysis:
    """Conversion of every group against the one that was left alone, with intervals and a sample-ratio check.

    ``groups`` has ``group``, ``leads``, ``conversions`` and, where the groups should not be of one size, ``planned``.
    Raises `CallError`.

    >>> found = lift([{"group": "mailed", "leads": 900, "conversions": 90}, {"group": "control", "leads": 100, "conversions": 5}], "control")
    >>> round(found.rows[0]["lift"], 3)
    0.05
    """
    return analyse("lift", tables={"groups": groups}, holdout=holdout, level=level)
