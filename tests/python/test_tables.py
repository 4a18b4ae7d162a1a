"""Whole tables through the Python package: the same answers as one lead at a time, from every kind of DataFrame."""

import json
import pickle
import random
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import ikusei
import pandas
import polars
import pyarrow
import pytest
from test_conformance import FILES, ROOT, Step, canonical, steps

AT = datetime(2026, 5, 1, tzinfo=timezone.utc)
PLAYBOOK = """
ikusei: 1
name: tables
fields:
  industry: { type: text }
  employees: { type: integer }
  revenue: { type: number }
  listed: { type: boolean }
  founded: { type: date }
  seen: { type: timestamp }
  interests: { type: set }
activities:
  page_view: { properties: { url: text } }
  seminar: {}
scorecards:
  overall:
    rules:
      - { id: target, when: 'industry in ["IT", "製造業"]', points: 20 }
      - { id: size, points: { by: employees, bands: { "50": 10, "300": 25 } } }
      - { id: rich, points: { by: revenue, times: 0.001, max: 5.5 } }
      - { id: listed, when: listed, points: -3 }
      - { id: old, when: 'founded < date("2000-01-01")', points: 1.25 }
      - { id: fresh, when: 'now - seen < duration("30d")', points: 2 }
      - { id: a, when: '"product-a" in interests', points: 7 }
      - { id: views, on: page_view, when: 'activity.url.contains("/pricing")', points: 5, cap: 8, decay: { half_life: 30d } }
      - { id: seminar, on: seminar, points: 15, within: 90d }
    ranks: [{ rank: A, at_least: 40 }, { rank: B, at_least: 20 }, { rank: C }]
  second:
    rules: [{ id: it, when: 'industry == "IT"', points: 1 }]
    ranks: [{ rank: yes, at_least: 1 }]
segments:
  it: 'industry == "IT"'
  best: 'rank.overall == "A"'
"""
LEADS: list[dict[str, Any]] = [
    {
        "id": f"lead-{number}",
        "industry": ["IT", "製造業", None, "小売業"][number % 4],
        "employees": [10, 320, None, 50][number // 4 % 4],
        "revenue": [1000.5, None, 8.25][number % 3],
        "listed": [True, False, None][number % 3],
        "founded": [date(1999, 12, 31), date(2000, 1, 1), None][number // 2 % 3],
        "seen": [datetime(2026, 4, 20, tzinfo=timezone.utc), None][number % 2],
        "interests": [["product-a", "product-b"], [], None][number // 3 % 3],
    }
    for number in range(50)
]
ACTIVITIES: list[dict[str, Any]] = [
    {
        "lead_id": f"lead-{number * 7 % 60}",
        "id": f"a-{number}",
        "kind": ["page_view", "seminar", "unknown"][number % 3],
        "at": datetime(2026, 1 + number % 4, 1 + number % 28, tzinfo=timezone.utc),
        "url": ["/pricing", None, "/pricing/all", "/"][number % 4],
    }
    for number in range(200)
]
SCHEMA = pyarrow.schema([
    ("id", pyarrow.string()),
    ("industry", pyarrow.string()),
    ("employees", pyarrow.int32()),
    ("revenue", pyarrow.float64()),
    ("listed", pyarrow.bool_()),
    ("founded", pyarrow.date32()),
    ("seen", pyarrow.timestamp("us", "UTC")),
    ("interests", pyarrow.list_(pyarrow.string())),
])
FIGURES = ("fit_plus", "fit_minus", "engagement_plus", "engagement_minus", "total")


@pytest.fixture(scope="module")
def engine() -> ikusei.Engine:
    return ikusei.Playbook.parse(PLAYBOOK).compile()


@pytest.fixture(scope="module")
def leads() -> pyarrow.Table:
    return pyarrow.Table.from_pylist(LEADS, schema=SCHEMA)


@pytest.fixture(scope="module")
def activities() -> pyarrow.Table:
    return pyarrow.Table.from_pylist(ACTIVITIES)


def by_record(engine: ikusei.Engine, with_activities: bool = True) -> list[dict[str, Any]]:
    return records(engine, LEADS, ACTIVITIES if with_activities else [])


def records(engine: ikusei.Engine, leads: list[dict[str, Any]], log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows from one lead at a time."""
    rows = []
    for lead in leads:
        fields = {name: value for name, value in lead.items() if name != "id"}
        of_lead = [
            {
                "id": activity["id"],
                "kind": activity["kind"],
                "at": activity["at"],
                "properties": {"url": activity["url"]} if activity["kind"] == "page_view" and activity["url"] else {},
            }
            for activity in log
            if activity["lead_id"] == lead["id"]
        ]
        found = engine.assess({"id": lead["id"], "fields": fields, "activities": of_lead}, AT, ledger=False)
        row: dict[str, Any] = {"id": lead["id"]}
        for card, sheet in found.scores.items():
            row |= {f"{card}.{figure}": float(getattr(sheet, figure)) for figure in FIGURES}
            row[f"{card}.rank"] = found.ranks[card].rank
        rows.append(row)
    return rows


def batches(table: pyarrow.Table) -> pyarrow.RecordBatchReader:
    return pyarrow.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=7))


def in_pandas(table: pyarrow.Table) -> pandas.DataFrame:
    return table.to_pandas(types_mapper={pyarrow.int32(): pandas.Int32Dtype()}.get)


SOURCES: dict[str, Callable[[pyarrow.Table], Any]] = {
    "pyarrow table": lambda table: table,
    "pyarrow batch": lambda table: table.combine_chunks().to_batches()[0],
    "pyarrow reader": batches,
    "polars": polars.DataFrame,
    "polars categorical": lambda table: polars.DataFrame(table).with_columns(
        polars.col(column).cast(polars.Categorical) for column in ("industry", "url") if column in table.column_names
    ),
    "pandas": in_pandas,
    "duckdb": lambda table: duckdb.from_arrow(table),
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_kind_of_table_gives_what_records_give(
    source: str, engine: ikusei.Engine, leads: pyarrow.Table, activities: pyarrow.Table
) -> None:
    make = SOURCES[source]
    found = engine.assess_table(make(leads), make(activities), at=AT)
    assert found.to_pyarrow().to_pylist() == by_record(engine)
    assert len(found) == found.report.rows == len(LEADS)


def generated(dice: random.Random, size: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    def day() -> datetime:
        return datetime(2026, dice.randint(1, 4), dice.randint(1, 28), dice.randint(0, 23), tzinfo=timezone.utc)

    leads: list[dict[str, Any]] = [
        {
            "id": f"lead-{number}",
            "industry": dice.choice(["IT", "製造業", "製造 業", "", "小売業", None]),
            "employees": dice.choice([None, 0, -1, 49, 50, 299, 300, 2**31 - 1]),
            "revenue": dice.choice([None, 0.1, -0.0, 5500.0, 1e9, dice.uniform(-1e4, 1e4)]),
            "listed": dice.choice([None, True, False]),
            "founded": dice.choice([None, date(1999, 12, 31), date(2000, 1, 1), date(1, 1, 1)]),
            "seen": dice.choice([None, day(), AT]),
            "interests": dice.choice([None, [], ["product-a"], ["product-b", "product-a"]]),
        }
        for number in range(size)
    ]
    log: list[dict[str, Any]] = [
        {
            "lead_id": f"lead-{dice.randrange(size + 3)}",
            "id": f"a-{number}",
            "kind": dice.choice(["page_view", "seminar", "unknown"]),
            "at": dice.choice([day(), AT, datetime(2027, 1, 1, tzinfo=timezone.utc)]),
            "url": dice.choice(["/pricing", None, "/a/pricing/all", "/"]),
        }
        for number in range(size * 4)
    ]
    return leads, log


TEXTS = [
    pyarrow.string(),
    pyarrow.large_string(),
    pyarrow.string_view(),
    pyarrow.dictionary(pyarrow.int16(), pyarrow.string()),
    pyarrow.dictionary(pyarrow.uint32(), pyarrow.large_string()),
]


def encoded(dice: random.Random, rows: list[dict[str, Any]], schema: pyarrow.Schema) -> pyarrow.Table:
    """The rows in batches: some empty, some slices of longer ones, each text column in a form of its own."""
    texts = {field.name: dice.choice(TEXTS) for field in schema if field.type == pyarrow.string()}
    columns: dict[str, list[pyarrow.Array]] = {field.name: [] for field in schema}
    cuts = sorted({0, len(rows), *(dice.randint(0, len(rows)) for _ in range(dice.randrange(4)))})
    stretches = [*zip(cuts, cuts[1:], strict=False)]
    stretches.insert(dice.randint(0, len(stretches)), (0, 0))
    for first, last in stretches:
        part = rows[first:last]
        around = [rows[0]] * dice.randrange(3)
        for field in schema:
            values = [row[field.name] for row in [*around, *part, *around]]
            form = texts.get(field.name, field.type)
            if pyarrow.types.is_dictionary(form):
                # One value that nobody has, and each of the others twice.
                words = [*dict.fromkeys(value for value in values if value is not None), "nobody's"]
                keys = [None if value is None else words.index(value) * 2 + row % 2 for row, value in enumerate(values)]
                twice = pyarrow.array([word for word in words for _ in range(2)], form.value_type)
                array = pyarrow.DictionaryArray.from_arrays(pyarrow.array(keys, form.index_type), twice)
            else:
                array = pyarrow.array(values, form)
            columns[field.name].append(array.slice(len(around), len(part)))
    return pyarrow.table({name: pyarrow.chunked_array(parts) for name, parts in columns.items()})


LOG_SCHEMA = pyarrow.schema([
    ("lead_id", pyarrow.string()),
    ("id", pyarrow.string()),
    ("kind", pyarrow.string()),
    ("at", pyarrow.timestamp("ms", "Asia/Tokyo")),
    ("url", pyarrow.string()),
])


@pytest.mark.parametrize("seed", range(12))
def test_generated_tables_give_what_records_give(seed: int, engine: ikusei.Engine) -> None:
    dice = random.Random(seed)
    leads, log = generated(dice, dice.choice([1, 7, 40]))
    wanted = records(engine, leads, log)
    tables = encoded(dice, leads, SCHEMA), encoded(dice, log, LOG_SCHEMA)
    threads = dice.choice([1, 2, 3])
    whole = engine.assess_table(*tables, at=AT, threads=threads)
    assert whole.to_pyarrow().to_pylist() == wanted
    for rows in (1, 5):
        stream = engine.assess_stream(*tables, at=AT, batch_rows=rows, threads=threads)
        assert [row for batch in stream for row in batch.to_pyarrow().to_pylist()] == wanted


def test_no_leads_and_no_activities(engine: ikusei.Engine, leads: pyarrow.Table, activities: pyarrow.Table) -> None:
    none = engine.assess_table(leads.slice(0, 0), activities, at=AT)
    assert len(none) == 0
    assert none.to_pyarrow().schema == engine.assess_table(leads, at=AT).to_pyarrow().schema
    quiet = engine.assess_table(leads, activities.slice(0, 0), at=AT)
    assert quiet.to_pyarrow().to_pylist() == by_record(engine, with_activities=False)


def test_what_comes_out_is_taken_by_all(engine: ikusei.Engine, leads: pyarrow.Table) -> None:
    found = engine.assess_table(leads, at=AT)
    rows = found.to_pyarrow().to_pylist()
    assert rows == by_record(engine, with_activities=False)
    assert found.to_polars().to_dicts() == rows
    assert found.to_pandas()["overall.total"].tolist() == [row["overall.total"] for row in rows]
    assert duckdb.from_arrow(found.to_pyarrow()).fetchall() == [tuple(row.values()) for row in rows]
    assert pyarrow.schema(found) == found.to_pyarrow().schema


def test_options(engine: ikusei.Engine, leads: pyarrow.Table) -> None:
    found = engine.assess_table(
        leads.rename_columns(["key", "業種", *leads.column_names[2:]]),
        at="2026-05-01T00:00:00Z",
        id="key",
        columns={"industry": "業種"},
        scorecards=["overall"],
        figures="total",
        points="decimals",
        segments="list",
        ledger=1,
        threads=2,
    )
    assert found.columns == ["key", "overall.total", "overall.rank", "overall.reasons", "segments"]
    first = found.to_pyarrow().to_pylist()[0]
    wanted = engine.assess({"id": "lead-0", "fields": {**LEADS[0], "id": None}}, AT)
    assert first["overall.total"] == Decimal(str(wanted.scores["overall"].total))
    assert first["segments"] == wanted.segments
    heaviest = max(wanted.scores["overall"].ledger or [], key=lambda entry: abs(entry.points))
    assert [reason["rule"] for reason in first["overall.reasons"]] == [heaviest.rule]
    booleans = engine.assess_table(leads, at=AT, figures="none", ranks=False, segments="booleans").to_pyarrow()
    assert booleans.column_names == ["id", "segment.it", "segment.best"]
    ledgers = engine.assess_table(leads, at=AT, ledger="full").to_pyarrow().to_pylist()
    assert [entry["rule"] for entry in ledgers[0]["overall.ledger"]] == [
        entry.rule for entry in wanted.scores["overall"].ledger or []
    ]


def test_a_standing_keeps_its_rank() -> None:
    engine = ikusei.Playbook.parse({
        "ikusei": 1,
        "name": "kept",
        "scorecards": {"s": {"ranks": [{"rank": "A", "at_least": 5, "keep": {"margin": 10}}, {"rank": "B"}]}},
    }).compile()
    held = pyarrow.table({"id": ["a", "b"], "rank": ["A", None], "since": pyarrow.array([AT, AT])})
    standing: ikusei.TableOptions = {"standing": {"s": {"rank": "rank", "since": "since"}}}
    found = engine.assess_table(held, at=AT, **standing).to_pyarrow()
    assert found["s.rank"].to_pylist() == ["A", "B"]


def test_the_report(engine: ikusei.Engine, leads: pyarrow.Table) -> None:
    table = leads.drop_columns(["founded"]).append_column("memo", pyarrow.array(["x"] * len(leads)))
    report = engine.assess_table(table, at=AT).report
    assert report.missing == ["founded"]
    assert report.extra == ["memo"]
    assert report.bad_rows == 0


def test_rows_that_cannot_be_read(engine: ikusei.Engine) -> None:
    leads = pyarrow.table({"id": ["a", "b"], "employees": [10.0, 0.5]})
    with pytest.raises(ikusei.LeadError) as refused:
        engine.assess_table(leads, at=AT)
    assert refused.value.code == "IK0402"
    assert "lead `b`" in refused.value.diagnostics[0].message
    found = engine.assess_table(leads, at=AT, bad_rows="empty")
    assert found.to_pyarrow()["overall.total"].to_pylist() == [0, None]
    assert found.report.bad_rows == 1
    assert [problem.code for problem in found.report.problems] == ["IK0402"]


def test_refusals(engine: ikusei.Engine, leads: pyarrow.Table, activities: pyarrow.Table) -> None:
    for tables in ([leads], [leads, activities]):
        with pytest.raises(ikusei.CallError, match="did you mean|no scorecard") as unknown:
            engine.assess_table(*tables, at=AT, scorecards=["overal", "secnd"])
        assert [problem.code for problem in unknown.value.diagnostics] == ["IK0601", "IK0601"]
    with pytest.raises(ikusei.LeadError) as missing:
        engine.assess_table(leads, at=AT, id="key")
    assert missing.value.code == "IK1101"
    with pytest.raises(ikusei.LeadError) as mistyped:
        engine.assess_table(pyarrow.table({"id": ["a"], "employees": ["many"]}), at=AT)
    assert mistyped.value.code == "IK1102"
    with pytest.raises(ikusei.CallError):
        engine.assess_table(leads, at=AT, figures="six")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no time zone"):
        engine.assess_table(leads, at=datetime(2026, 5, 1))
    with pytest.raises(TypeError, match="leads should be a table"):
        engine.assess_table([1, 2], at=AT)  # type: ignore[arg-type]


def test_streams_are_lazy(engine: ikusei.Engine, leads: pyarrow.Table, activities: pyarrow.Table) -> None:
    read = 0

    def source() -> Iterator[pyarrow.RecordBatch]:
        nonlocal read
        for batch in leads.to_batches(max_chunksize=10):
            read += 1
            yield batch

    reader = pyarrow.RecordBatchReader.from_batches(leads.schema, source())
    stream = engine.assess_stream(reader, activities, at=AT)
    assert read == 0
    rows = []
    for number, batch in enumerate(stream, start=1):
        assert read == number
        assert stream.report.rows == 10 * number
        rows += batch.to_pyarrow().to_pylist()
    assert rows == by_record(engine)
    again = pyarrow.RecordBatchReader.from_stream(engine.assess_stream(leads, activities, at=AT, batch_rows=9))
    sizes = [batch.num_rows for batch in again]
    assert sizes == [9, 9, 9, 9, 9, 5]


def test_a_stream_stops_where_a_row_cannot_be_read(engine: ikusei.Engine) -> None:
    leads = pyarrow.table({"id": ["a", "b"], "employees": [10.0, 0.5]})
    stream = iter(engine.assess_stream(leads, at=AT, batch_rows=1))
    assert len(next(stream)) == 1
    with pytest.raises(ikusei.LeadError):
        next(stream)


def test_progress(engine: ikusei.Engine, leads: pyarrow.Table, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[int] = []
    engine.assess_table(batches(leads), at=AT, progress=told.append)
    assert told == [7] * 7 + [1]
    engine.assess_table(leads, at=AT, progress=True)
    assert "50.0/50.0 [" in capsys.readouterr().err
    # A reader does not know how many there will be.
    engine.assess_table(batches(leads), at=AT, progress=True)
    assert "50.0 leads [" in capsys.readouterr().err

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.assess_table(leads, at=AT, progress=stop)


@pytest.mark.parametrize("source", SOURCES)
def test_rows_become_records_that_are_assessed_alike(
    source: str, engine: ikusei.Engine, leads: pyarrow.Table, activities: pyarrow.Table
) -> None:
    make = SOURCES[source]
    opened = engine.records(make(leads), make(activities))
    assessed = [engine.assess(record, AT) for record in opened]
    rows = engine.assess_table(leads, activities, at=AT).to_pyarrow().to_pylist()
    assert [(found.lead, found.rank, float(found.scores["overall"].total)) for found in assessed] == [
        (row["id"], row["overall.rank"], row["overall.total"]) for row in rows
    ]
    assert opened[1]["activities"][0]["id"] == "a-43"


def test_records_by_other_names_with_source_consent_and_standing(engine: ikusei.Engine) -> None:
    leads = polars.DataFrame({
        "number": [7], "業種": ["IT"], "from": ["expo"], "consent.email": ["granted"], "held": ["A"], "since": [AT], "note": ["x"],
        "revenue": [Decimal("8.25")],
    })
    log = polars.DataFrame({"who": [7, 7, 8], "type": ["page_view", "seminar", "page_view"], "at": [AT] * 3, "page": ["/", "/", "/"]})
    [record] = engine.records(
        leads,
        log,
        id="number",
        columns={"industry": "業種", "source.channel": "from"},
        standing={"overall": {"rank": "held", "since": "since"}},
        activity_columns={"lead": "who", "kind": "type", "properties": {"url": "page"}},
    )
    assert record == {
        "id": "7",
        "fields": {"industry": "IT", "revenue": 8.25},
        "source": {"channel": "expo"},
        "consent": {"email": {"status": "granted"}},
        "standing": {"overall": {"rank": "A", "since": AT}},
        "activities": [
            {"id": "1", "kind": "page_view", "at": AT, "properties": {"url": "/"}},
            {"id": "2", "kind": "seminar", "at": AT},
        ],
    }
    assert engine.assess(record, AT).rank == "B"


def test_records_say_which_column_is_not_there(engine: ikusei.Engine, leads: pyarrow.Table) -> None:
    with pytest.raises(ValueError, match="the table of leads has no column `lead`; it has id, industry"):
        engine.records(leads, id="lead")
    with pytest.raises(ValueError, match="the table of activities has no column `kind`; it has lead_id"):
        engine.records(leads, pyarrow.table({"lead_id": ["lead-1"]}))
    with pytest.raises(ValueError, match="row 1 of the table of leads has nothing in the column `id`"):
        engine.records(pyarrow.table({"id": ["lead-1", None]}))


def test_plan(engine: ikusei.Engine) -> None:
    plan = engine.plan(scorecards=["second"])
    assert [(step["column"], step["rules"]) for step in plan.steps] == [("industry", ["it"])]
    assert str(plan).startswith("industry: ")


def test_pickled_engines_say_the_same(engine: ikusei.Engine, leads: pyarrow.Table) -> None:
    copy = pickle.loads(pickle.dumps(engine))
    assert copy.assess_table(leads, at=AT).to_pyarrow() == engine.assess_table(leads, at=AT).to_pyarrow()


# Every assessment of the vectors, as a row


TYPES: dict[str, pyarrow.DataType] = {
    "integer": pyarrow.int64(),
    "number": pyarrow.float64(),
    "boolean": pyarrow.bool_(),
    "set": pyarrow.list_(pyarrow.string()),
}
"""Of fields; of all others a text is taken, dates and instants too."""


def kind_of(declared: Any) -> pyarrow.DataType:
    return TYPES.get(declared if isinstance(declared, str) else declared["type"], pyarrow.string())


def as_tables(
    playbook: dict[str, Any], lead: dict[str, Any]
) -> tuple[pyarrow.Table, pyarrow.Table, ikusei.TableOptions]:
    """A lead between two others, and its activities."""

    def column(value: Any, kind: pyarrow.DataType) -> pyarrow.Array:
        return pyarrow.array([None, value, None], kind)

    columns = {"id": pyarrow.array(["before", lead["id"], "after"])}
    for name, declared in playbook.get("fields", {}).items():
        columns[f"field {name}"] = column(lead.get("fields", {}).get(name), kind_of(declared))
    for key, value in lead.get("source", {}).items():
        columns[f"source.{key}"] = pyarrow.array([None, value, None])
    for channel, consent in lead.get("consent", {}).items():
        columns[f"consent.{channel}"] = column(consent["status"], pyarrow.string())
    standing: dict[str, ikusei.StandingColumns] = {}
    for card, held in lead.get("standing", {}).items():
        if card in playbook.get("scorecards", {}):
            standing[card] = {"rank": f"{card} rank", "since": f"{card} since"}
            columns[f"{card} rank"] = column(held.get("rank"), pyarrow.string())
            columns[f"{card} since"] = column(held["since"], pyarrow.string())
    kinds = {
        name: kind_of(declared)
        for policy in playbook.get("activities", {}).values()
        for name, declared in policy.get("properties", {}).items()
    }
    rows = lead.get("activities", [])
    log = {
        "lead_id": pyarrow.array([lead["id"] for _ in rows], pyarrow.string()),
        **{
            name: pyarrow.array([row.get(name) for row in rows], pyarrow.string())
            for name in ("id", "kind", "at", "recorded_at", "trust", "campaign")
        },
        **{
            f"property {name}": pyarrow.array([row.get("properties", {}).get(name) for row in rows], kind)
            for name, kind in kinds.items()
        },
    }
    options: ikusei.TableOptions = {
        "columns": {name: f"field {name}" for name in playbook.get("fields", {})},
        "standing": standing,
        "segments": "list",
        "activity_columns": {"properties": {name: f"property {name}" for name in kinds}},
    }
    return pyarrow.table(columns), pyarrow.table(log), options


def in_words(row: dict[str, Any], cards: list[str]) -> dict[str, Any]:
    """What an assessment says, from a row."""
    return {
        "scores": {card: {figure: row[f"{card}.{figure}"] for figure in FIGURES} for card in cards},
        "ranks": {card: row[f"{card}.rank"] for card in cards},
        "segments": row["segments"],
    }


ASSESSED = [
    pytest.param(step, id=f"{file.relative_to(ROOT / 'tests/vectors')}-{number}")
    for file in FILES
    for number, step in enumerate(steps(json.loads(file.read_text("utf-8"))))
    # A table is assessed by what was known then.
    if step.content["call"] == "assess" and "expect" in step.wanted and step.content["args"].get("known", "then") == "then"
]


@pytest.mark.parametrize("step", ASSESSED)
def test_vector_as_a_row(step: Step) -> None:
    playbook, arguments = step.playbook(), step.content["args"]
    engine = playbook.compile()
    lead, at = arguments["lead"], arguments["at"]
    leads, activities, options = as_tables(playbook.to_dict(), lead)
    expected = step.wanted["expect"]
    cards = list(expected["scores"])
    wanted = {
        "scores": {
            card: {figure: sheet[figure] for figure in FIGURES} for card, sheet in expected["scores"].items()
        },
        "ranks": {card: decision["rank"] for card, decision in expected["ranks"].items()},
        "segments": expected["segments"],
    }
    alone = engine.assess_table(leads.slice(1, 1), activities, at=at, **options).to_pyarrow().to_pylist()
    assert canonical(in_words(alone[0], cards)) == canonical(wanted)
    options["ledger"] = "full"
    among = engine.assess_table(leads, activities, at=at, **options).to_pyarrow().to_pylist()
    assert canonical(in_words(among[1], cards)) == canonical(wanted)
    for card, sheet in expected["scores"].items():
        if (ledger := sheet.get("ledger")) is not None:
            said = [[entry["rule"], entry["points"]] for entry in among[1][f"{card}.ledger"]]
            assert canonical(said) == canonical([[entry.get("rule"), entry["points"]] for entry in ledger])


def test_every_assessment_of_the_vectors_is_a_row(request: pytest.FixtureRequest) -> None:
    ran = [item for item in request.session.items if item.name.startswith("test_vector_as_a_row[")]
    assert len(ran) == len(ASSESSED) > 150


def test_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/tables.md").read_text("utf-8"), re.M | re.S)
    assert len(blocks) == 4
    exec("\n".join(blocks), {})
    printed = capsys.readouterr().out
    assert "74.7716" in printed and printed.endswith("A\n")
    assert "[65.0, 20.0]\n2 1\n" in printed
    scored = polars.read_parquet(tmp_path / "scored.parquet")
    assert scored["overall.rank"].to_list() == ["A", "C"]
