"""Handing over the leads of a table."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow

from ikusei._arrow import TableOptions
from ikusei._errors import IkuseiError
from ikusei._face import Engine
from ikusei.spark._work import Work, keyed, named, quoted

if TYPE_CHECKING:
    import pyspark.sql as _sql

TERRITORY = "ikusei territory"
OF_LEAD = "ikusei lead"
RESULT = pyarrow.schema([
    ("territory", pyarrow.string()),
    ("lead", pyarrow.string()),
    ("owners", pyarrow.list_(pyarrow.string())),
    ("routed", pyarrow.string()),
    ("error", pyarrow.string()),
    ("roster", pyarrow.string()),
])


def route(
    engine: Engine,
    leads: _sql.DataFrame,
    activities: _sql.DataFrame | None = None,
    *,
    roster: Mapping[str, Any],
    at: datetime | str,
    policy: str | None = None,
    territory: str | None = None,
    **options: Unpack[TableOptions],
) -> _sql.DataFrame:
    """Hands the leads of a table over: the owners that `Engine.route_many` gives them in the order of their ids, as texts.

    Whose turn it is follows from all hand-overs before, so one roster is one sequence: one worker hands over one lead after
    another. What can be done at once are ``territory``: the column that says which of several rosters a lead belongs to;
    ``roster`` then holds a roster for each of its values, and nobody may be in two of them.

    Columns: ``territory``, ``lead``, ``owners``, ``routed`` (the result as JSON), ``error`` (why a lead could not be handed
    over), and, in one row more for each territory that has leads, ``roster``: the new one, as JSON. Hand over those leads
    that are due, not all: they are in the worker's memory as records. Raises `CallError` for a roster that cannot be worked
    with or a policy that does not exist, `ValueError` for somebody in two rosters, and as `assess` for columns.

    >>> from ikusei import Playbook
    >>> from pyspark.sql import SparkSession
    >>> spark = SparkSession.builder.getOrCreate()
    >>> routing = {"teams": {"inside": {}}, "policies": {"default": {"accountable": [{"to": "team:inside"}]}}}
    >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "routing": routing}).compile()
    >>> roster = {"members": [{"id": "sato", "teams": ["inside"]}, {"id": "mori", "teams": ["inside"]}]}
    >>> leads = spark.createDataFrame([("a",), ("b",)], "id string")
    >>> found = route(engine, leads, roster=roster, at="2026-11-20T10:00:00+09:00")
    >>> [(row.lead, row.owners) for row in found.where("lead is not null").orderBy("lead").collect()]
    [('a', ['mori']), ('b', ['sato'])]
    """
    from pyspark.sql import functions

    work = Work(engine, at, options)
    work.schema(leads, activities)
    rosters: dict[str, Mapping[str, Any]] = {"": roster} if territory is None else dict(roster)
    _alone(rosters)
    for known in rosters.values():
        engine.route_many([], known, at, policy=policy)

    where = functions.lit("") if territory is None else functions.col(quoted(territory)).cast("string")
    of_lead, of_activity = leads.columns, [] if activities is None else activities.columns

    def by_territory(key: Any, leads: pyarrow.Table, activities: pyarrow.Table | None = None) -> pyarrow.Table:
        log = None if activities is None else named(activities, of_activity)
        return _route(work, rosters, policy, key[0].as_py(), named(leads, of_lead), log)

    schema = leads.sparkSession.createDataFrame(RESULT.empty_table()).schema
    by_key = keyed(leads, TERRITORY, where)
    # Those that Spark calls have no annotations: it evaluates them.
    if activities is None:

        def alone(key, leads):  # type: ignore[no-untyped-def]
            return by_territory(key, leads)

        return by_key.groupBy(TERRITORY).applyInArrow(alone, schema)

    def both(key, leads, activities):  # type: ignore[no-untyped-def]
        return by_territory(key, leads, activities)

    lead = functions.col(quoted(work.lead_column())).cast("string").alias(OF_LEAD)
    places = leads.select(lead, where.alias(TERRITORY)).distinct()
    whose = keyed(activities, OF_LEAD, functions.col(quoted(work.activity_column())).cast("string"))
    log = whose.join(places, OF_LEAD).drop(OF_LEAD)
    return by_key.groupBy(TERRITORY).cogroup(log.groupBy(TERRITORY)).applyInArrow(both, schema)


def _alone(rosters: Mapping[str, Mapping[str, Any]]) -> None:
    """That nobody is in two rosters: neither would know what the other gave him."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for territory, roster in rosters.items():
        for member in roster.get("members", []):
            places[member["id"]].append(territory)
    twice = [f"{member} ({', '.join(found)})" for member, found in places.items() if len(found) > 1]
    if twice:
        raise ValueError(f"in more than one roster: {'; '.join(twice)}. Territories hand over without knowing of each other")


def _route(
    work: Work,
    rosters: Mapping[str, Mapping[str, Any]],
    policy: str | None,
    territory: str | None,
    leads: pyarrow.Table,
    activities: pyarrow.Table | None,
) -> pyarrow.Table:
    """The hand-overs of one territory, on a worker."""
    found = sorted(records(work, leads, activities), key=lambda record: str(record["id"]))
    rows: list[dict[str, Any]] = [{"territory": territory, "lead": record["id"]} for record in found]
    roster = None if territory is None else rosters.get(territory)
    if roster is None:
        error = "no territory" if territory is None else f"no roster for territory `{territory}`"
        return pyarrow.Table.from_pylist([{**row, "error": error} for row in rows], RESULT)
    results, after = work.engine.route_many(found, roster, work.at or "", policy=policy)
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, IkuseiError):
            row["error"] = f"{result.code} {result}"
        else:
            row["owners"] = [assignment.owner for assignment in result.assignments]
            row["routed"] = json.dumps(result.to_dict(), ensure_ascii=False)
    if rows:
        rows.append({"territory": territory, "roster": json.dumps(after, ensure_ascii=False)})
    return pyarrow.Table.from_pylist(rows, RESULT)


def records(work: Work, leads: pyarrow.Table, activities: pyarrow.Table | None) -> list[dict[str, Any]]:
    """Rows as lead records."""
    playbook, options = work.engine.playbook.to_dict(), work.options
    mapped = options.get("columns", {})
    entries = {name: name for name in leads.column_names if name.startswith(("source.", "consent."))}
    known = {name: name for name in playbook.get("fields", {})} | entries | dict(mapped)
    columns = {name: column for name, column in known.items() if column in leads.column_names}
    logs = _logs(playbook, options, activities)
    found = []
    for row in leads.to_pylist():
        record: dict[str, Any] = {"id": str(row[work.lead_column()]), "fields": {}}
        for name, column in columns.items():
            value = _value(row[column])
            kind, _, key = name.partition(".")
            if value is None:
                continue
            if key and kind == "source":
                record.setdefault("source", {})[key] = str(value)
            elif key and kind == "consent":
                record.setdefault("consent", {})[key] = {"status": value}
            else:
                record["fields"][name] = value
        for card, names in options.get("standing", {}).items():
            if row[names["since"]] is not None:
                record.setdefault("standing", {})[card] = {"rank": row[names["rank"]], "since": row[names["since"]]}
        record["activities"] = logs.get(record["id"], [])
        found.append(record)
    return found


def _logs(
    playbook: Mapping[str, Any], options: TableOptions, activities: pyarrow.Table | None
) -> dict[str, list[dict[str, Any]]]:
    """Per lead its activities."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    if activities is None:
        return found
    names: dict[str, Any] = {"lead": "lead_id", **options.get("activity_columns", {})}
    properties = names.pop("properties", {})
    declared = playbook.get("activities", {})
    for number, row in enumerate(activities.to_pylist()):
        activity = {part: row.get(names.get(part, part)) for part in ("id", "kind", "at", "recorded_at", "trust", "campaign")}
        # As in a table: without a column of ids each row is an activity of its own.
        activity["id"] = f"{number:020}" if activity["id"] is None else str(activity["id"])
        own = (declared.get(activity["kind"]) or {}).get("properties", {})
        values = {name: _value(row.get(properties.get(name, name))) for name in own}
        activity["properties"] = {name: value for name, value in values.items() if value is not None}
        found[str(row[names["lead"]])].append({part: value for part, value in activity.items() if value is not None})
    return found


def _value(value: Any) -> Any:
    """A cell as a record has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return None if isinstance(value, float) and math.isnan(value) else value
