"""Leads of a table, handed over."""

import json
from typing import Any

import ikusei
import ikusei.spark
import pytest
from ikusei.spark import _routing, _work
from pyspark.sql import SparkSession
from tables import AT, PLAYBOOK, tables


@pytest.fixture(scope="module")
def engine() -> ikusei.Engine:
    return ikusei.Playbook.parse(PLAYBOOK).compile()


def roster(*names: str) -> dict[str, Any]:
    return {"members": [{"id": name, "teams": [("mfg", "inside")[place % 2]]} for place, name in enumerate(names)]}


def test_records_say_what_rows_say(engine: ikusei.Engine) -> None:
    """What is handed over is what was assessed."""
    leads, log = tables(11, 200, 1_500)
    made = _routing.records(_work.Work(engine, AT, {}), leads, log)
    rows = engine.assess_table(leads, log, at=AT, segments="list").to_pyarrow().to_pylist()
    assert len(made) == len(rows) == 200
    for record, row in zip(made, rows, strict=True):
        found = engine.assess(record, AT)
        assert [float(found.scores["overall"].total), found.segments] == [row["overall.total"], row["segments"]]


def test_activities_without_ids_are_each_their_own(engine: ikusei.Engine) -> None:
    leads, log = tables(14, 60, 300)
    log = log.drop_columns(["id"])
    made = _routing.records(_work.Work(engine, AT, {}), leads, log)
    rows = engine.assess_table(leads, log, at=AT).to_pyarrow().to_pylist()
    assert [float(engine.assess(record, AT).scores["overall"].total) for record in made] == [row["overall.total"] for row in rows]


def test_one_roster(spark: SparkSession, engine: ikusei.Engine) -> None:
    leads, log = tables(12, 120, 600)
    members = roster("sato", "mori", "ito", "kato")
    frames = spark.createDataFrame(leads).repartition(3), spark.createDataFrame(log).repartition(2)
    found = ikusei.spark.route(engine, *frames, roster=members, at=AT).collect()
    made = _routing.records(_work.Work(engine, AT, {}), leads, log)
    records = sorted(made, key=lambda record: str(record["id"]))
    wanted, after = engine.route_many(records, members, AT)
    got = {row.lead: row for row in found if row.lead is not None}
    assert len(got) == len(wanted) == 120
    for routed in wanted:
        assert isinstance(routed, ikusei.Routed)
        assert got[routed.lead].owners == [assignment.owner for assignment in routed.assignments]
        assert json.loads(got[routed.lead].routed) == routed.to_dict()
    assert {owner for row in got.values() for owner in row.owners} == {"sato", "mori", "ito", "kato"}
    assert [json.loads(row.roster) for row in found if row.roster is not None] == [after]


@pytest.mark.parametrize("with_log", [False, True])
def test_territories(with_log: bool, spark: SparkSession, engine: ikusei.Engine) -> None:
    leads, log = tables(13, 150, 500)
    rosters = {"東京都": roster("sato", "mori"), "大阪府": roster("ito", "kato")}
    frames = [spark.createDataFrame(leads).repartition(3), *([spark.createDataFrame(log)] if with_log else [])]
    found = ikusei.spark.route(engine, *frames, roster=rosters, territory="prefecture", at=AT).collect()
    every = _routing.records(_work.Work(engine, AT, {}), leads, log if with_log else None)
    for territory, members in rosters.items():
        own = [record for record in every if record["fields"].get("prefecture") == territory]
        in_order = sorted(own, key=lambda record: str(record["id"]))
        wanted, after = engine.route_many(in_order, members, AT)
        rows = [row for row in found if row.territory == territory]
        got = {row.lead: row.routed for row in rows if row.lead is not None}
        assert {lead: json.loads(text) for lead, text in got.items()} == {
            routed.lead: routed.to_dict() for routed in wanted if isinstance(routed, ikusei.Routed)
        }
        assert [json.loads(row.roster) for row in rows if row.roster is not None] == [after]
        assert len(got) > 10
    strangers = {row.territory: row.error for row in found if row.error is not None}
    assert strangers[None] == "no territory"
    assert strangers["東京"] == "no roster for territory `東京`"
    assert sum(row.lead is not None for row in found) == 150


def test_refusals(spark: SparkSession, engine: ikusei.Engine) -> None:
    frame = spark.createDataFrame(tables(1, 3, 50)[0])
    with pytest.raises(ValueError, match=r"in more than one roster: sato \(east, west\)"):
        rosters = {"east": roster("sato"), "west": roster("ito", "sato")}
        ikusei.spark.route(engine, frame, roster=rosters, territory="prefecture", at=AT)
    with pytest.raises(ikusei.CallError, match="no_such"):
        ikusei.spark.route(engine, frame, roster=roster("sato"), at=AT, policy="no_such")
    with pytest.raises(ikusei.LeadError):
        ikusei.spark.route(engine, frame, roster=roster("sato"), at=AT, id="key")
