"""The public face of the Python package: what is Python's own in it."""

import doctest
import importlib
import inspect
import json
import pickle
import pkgutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import ikusei
import pytest
from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[2]
CASE = json.loads((ROOT / "tests/vectors/scoring/ledger.json").read_text("utf-8"))
LEAD: dict[str, Any] = CASE["args"]["lead"]
AT = datetime(2026, 5, 1, 9, tzinfo=timezone(timedelta(hours=9)))


@pytest.fixture(scope="module")
def engine() -> ikusei.Engine:
    return ikusei.Playbook.parse(CASE["playbook"]).compile()


def test_version_is_the_packages() -> None:
    assert ikusei.__version__ == version("ikusei")


def test_attributes(engine: ikusei.Engine) -> None:
    assessment = engine.assess(LEAD, AT)
    sheet = assessment.scores["overall"]
    figures = (sheet.fit_plus, sheet.fit_minus, sheet.engagement_plus, sheet.engagement_minus)
    assert sheet.total == round(sum(figures), 6)
    assert sheet.ledger is not None
    activity = next(entry.activity for entry in sheet.ledger if entry.activity is not None)
    assert activity.at.utcoffset() == timedelta(0)
    assert assessment.at == AT
    assert assessment.ranks["overall"].since == AT
    assert assessment.rank == assessment.ranks["overall"].rank
    assert sheet.probability is None
    with pytest.raises(AttributeError, match="totl"):
        _ = sheet.totl  # type: ignore[attr-defined]  # a Record answers only to what it declares
    with pytest.raises(AttributeError, match="cannot be changed"):
        sheet.total = 0  # type: ignore[misc]
    assert assessment.standing()["overall"]["rank"] == assessment.rank
    assert repr(sheet).startswith("ScoreSheet(fit_plus=")


def test_ledger_as_a_table() -> None:
    playbook = json.loads(json.dumps(CASE["playbook"]))
    playbook["scorecards"]["overall"]["rules"][0]["label"] = "<b>target</b>"
    shown = ikusei.Playbook.parse(playbook).compile().assess(LEAD, AT)._repr_html_()
    assert "<table>" in shown
    assert "&lt;b&gt;target&lt;/b&gt;" in shown
    assert "<b>" not in shown


def test_ledger_in_words() -> None:
    playbook = ikusei.Playbook.load(ROOT / "examples/quickstart/playbook.yaml")
    seen = {"id": "e-1", "kind": "seminar_attended", "at": "2026-04-01T00:00:00Z"}
    lead = {"id": "lead-1", "fields": {"industry": "製造業", "employees": 320}, "activities": [seen]}
    shown = playbook.compile().assess(lead, AT)._repr_html_()
    assert "<td>employees: 320</td>" in shown and "<td>industry: 製造業</td>" in shown
    assert "<td>seminar_attended 2026-04-01T00:00:00Z" in shown
    assert "{" not in shown


@dataclass
class Page:
    id: str
    kind: str
    at: datetime
    properties: dict[str, str] = field(default_factory=dict)


@dataclass
class DataLead:
    id: str
    fields: dict[str, Any]
    activities: list[Page]


class ModelLead(BaseModel):
    id: str
    fields: dict[str, Any]
    activities: list[dict[str, Any]]


def test_dataclasses_and_models_and_handles_are_leads(engine: ikusei.Engine) -> None:
    pages = [
        Page(each["id"], each["kind"], datetime.fromisoformat(each["at"]), each["properties"])
        for each in LEAD["activities"]
    ]
    wanted = engine.assess(LEAD, AT)
    model = ModelLead(id=LEAD["id"], fields=LEAD["fields"], activities=LEAD["activities"])
    for lead in (DataLead(LEAD["id"], LEAD["fields"], pages), model, ikusei.Lead(LEAD)):
        assert engine.assess(lead, AT) == wanted


def test_a_naive_datetime_is_refused(engine: ikusei.Engine) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        engine.assess(LEAD, datetime(2026, 5, 1))
    naive = {"id": "l", "activities": [{"id": "a", "kind": "page_view", "at": datetime(2026, 5, 1)}]}
    with pytest.raises(ValueError, match="has no time zone"):
        engine.assess(naive, AT)
    with pytest.raises(ikusei.LeadError, match="line 2"):
        ikusei.Lead.from_json('{"id": "l",\n "feilds": {}}')
    with pytest.raises(ikusei.CallError):
        engine.assess(LEAD, "yesterday")


def test_errors_carry_code_and_diagnostics() -> None:
    with pytest.raises(ikusei.PlaybookError) as caught:
        ikusei.Playbook.parse("ikusei: 1\nname: demo\nfeilds: {}\n")
    error = caught.value
    assert isinstance(error, ikusei.IkuseiError) and isinstance(error, ValueError)
    assert error.code == error.diagnostics[0].code == "IK0102"
    assert (error.diagnostics[0].line, error.diagnostics[0].column) == (3, 1)
    assert error.diagnostics[0].help == "did you mean `fields`?"
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.code, again.diagnostics) == (str(error), error.code, error.diagnostics)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, "a"}, b"bytes"])
def test_what_json_cannot_hold_is_refused(engine: ikusei.Engine, value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        engine.assess({"id": "l", "fields": {"email": value}}, AT)


def test_a_lead_comes_to_the_same_by_whatever_way_it_crosses() -> None:
    rules = [
        {"id": "tokyo", "when": 'name.contains("東京")', "points": 1},
        {"id": "big", "when": "size >= 300", "points": 2},
        {"id": "unknown", "when": "size == null", "points": 4},
        {"id": "keen", "when": "rate > 0.25", "points": 8},
        {"id": "called", "when": "known", "points": 16},
        {"id": "old", "when": 'since < date("2026-01-01")', "points": 32},
        {"id": "divided", "when": "10 / size >= 5", "points": 64},
    ]
    kinds = {"name": "text", "size": "integer", "rate": "number", "known": "boolean", "since": "date", "tags": "set"}
    card = {"rules": rules, "ranks": [{"rank": "A", "at_least": 10}, {"rank": "C"}]}
    fields = {name: {"type": kind} for name, kind in kinds.items()}
    engine = ikusei.Playbook.parse({"ikusei": 1, "name": "crossing", "fields": fields, "scorecards": {"overall": card}}).compile()
    some: list[Any] = [
        {},
        {"name": "東京商事", "size": 300, "rate": 0.5, "known": True, "since": "2025-05-01"},
        {"since": date(2025, 5, 1), "name": "a\0b"},
        {"size": 300.0, "rate": 3, "other": "x", "more": {"deep": [1, None]}},
        {"size": 0, "known": None, "rate": -0.0},
        {"size": 2**53 + 2},
        {"size": 2**70},
        {"size": 0.5},
        {"size": True},
        {"since": "2026-02-30"},
        {"tags": ["a", "b"]},
        {"tags": {"b", "a"}},
        [],
        None,
    ]
    leads: list[Any] = [{"id": f"lead-{index}", "fields": each} for index, each in enumerate(some)]
    leads += [{"id": "bare"}, {"fields": {}}, {"id": 7}, {"id": "typo", "feilds": {}}]

    def said(lead: Any, ledger: bool = True) -> Any:
        try:
            return engine.assess(lead, AT, ledger=ledger).to_dict()
        except ikusei.IkuseiError as error:
            return str(error)

    # With a log, though it is empty, a lead goes as a record.
    records = [{**lead, "activities": []} for lead in leads]
    assert [said(lead) for lead in leads] == [said(record) for record in records]
    for ledger in (False, True):
        wanted = [said(record, ledger=ledger) for record in records]
        found = engine.assess_many((lead for lead in leads), AT, ledger=ledger)
        assert [str(each) if isinstance(each, ikusei.IkuseiError) else each.to_dict() for each in found] == wanted
    with pytest.raises(ValueError, match="surrogate"):
        engine.assess({"id": "l", "fields": {"other": "\ud800"}}, AT)
    with pytest.raises(ikusei.CallError):
        engine.assess_many([], "yesterday")

    changed: dict[str, Any] = {"id": "l", "fields": {"size": 300}}
    first = engine.assess(changed, AT)
    changed["fields"]["size"] = 1
    entries = first.scores["overall"].ledger
    assert entries is not None and [entry.values for entry in entries] == [{"size": 300}], "made of the lead as it was"


def test_pickling(engine: ikusei.Engine) -> None:
    again = pickle.loads(pickle.dumps(engine))
    assert again.fingerprint == engine.fingerprint
    assert again.assess(LEAD, AT) == engine.assess(LEAD, AT)
    playbook = engine.playbook.for_browser(["overall"])
    assert pickle.loads(pickle.dumps(playbook)).fingerprint == playbook.fingerprint
    assert pickle.loads(pickle.dumps(ikusei.Lead(LEAD))) == ikusei.Lead(LEAD)


def test_threads_agree(engine: ikusei.Engine) -> None:
    wanted = engine.assess(LEAD, AT)
    with ThreadPoolExecutor(4) as pool:
        assert all(result == wanted for result in pool.map(lambda _: engine.assess(LEAD, AT), range(200)))


def test_load_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "playbook.yaml"
    path.write_text("ikusei: 1\nname: demo\n", encoding="utf-8")
    assert ikusei.Playbook.load(path).name == "demo"


def test_engines_that_are_dropped_give_their_memory_back() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1])

    def churn(count: int) -> None:
        for _ in range(count):
            ikusei.Playbook.parse(CASE["playbook"]).compile()

    churn(1_000)
    before = resident()
    churn(9_000)
    assert resident() - before < 1_000, "pages of 4 KB"


SESSIONS = [page for page in sorted((ROOT / "docs").glob("*.md")) if "\n>>> " in page.read_text("utf-8")]


@pytest.mark.parametrize("page", SESSIONS, ids=lambda page: page.stem)
def test_sessions_in_the_documentation_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8")
    assert result.failed == 0


HANDLES = ("Playbook.", "Engine.", "Lead.", "Assessment.", "analytics.")
"""Where the names of what can be called begin."""


def public_names() -> Iterator[tuple[str, Any]]:
    """Every class and function that a user meets, with what its own and its bases' bodies define."""
    modules = (("", ikusei), ("analytics.", ikusei.analytics))
    names = [(f"{prefix}{name}", getattr(module, name)) for prefix, module in modules for name in module.__all__]
    for name, thing in names:
        if name.endswith("Like"):
            continue  # a type alias, told in a text below it
        yield name, thing
        if not inspect.isclass(thing):
            continue
        bodies = [vars(base) for base in thing.__mro__ if base.__module__.startswith("ikusei")]
        for key, member in {key: member for body in reversed(bodies) for key, member in body.items()}.items():
            if not key.startswith("_"):
                yield f"{name}.{key}", member.__func__ if isinstance(member, (classmethod, staticmethod)) else member


def test_every_public_name_is_documented() -> None:
    described, attributes = 0, 0
    problems = []
    for name, thing in public_names():
        text = getattr(thing, "__doc__", None) or ""
        # What can be called shows how; what it answers with is told in words, and by the types of its attributes.
        shown = inspect.isfunction(thing) and name.startswith(HANDLES)
        if isinstance(thing, property):
            attributes += 1
        elif inspect.isclass(thing) or inspect.isfunction(thing):
            described += 1
        else:
            continue
        if not text:
            problems.append(f"{name} has no documentation")
        elif shown and ">>>" not in text:
            problems.append(f"{name} has no example")
        if inspect.isfunction(thing) and name.count(".") == 1 and name.startswith(("Engine.", "analytics.")) and "Raise" not in text:
            problems.append(f"{name} does not say what it raises")
        if inspect.isfunction(thing):
            parameters = inspect.signature(thing).parameters
            bare = [key for key in parameters if key not in ("self", "cls") and key not in thing.__annotations__]
            problems += [f"{name} does not say what {key} is" for key in bare]
    assert problems == []
    assert described > 100
    assert attributes > 150


def test_examples_in_the_documentation_of_names_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    attempted = 0
    for module in pkgutil.iter_modules(ikusei.__path__):
        result = doctest.testmod(importlib.import_module(f"ikusei.{module.name}"), optionflags=doctest.ELLIPSIS)
        assert result.failed == 0, module.name
        attempted += result.attempted
    assert attempted > 300


def _rank(engine: ikusei.Engine) -> str | None:
    return engine.assess(LEAD, AT).rank


def test_engines_go_to_other_processes(engine: ikusei.Engine) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(_rank, [engine, engine])) == [engine.assess(LEAD, AT).rank] * 2


def test_a_naive_datetime_is_told_what_it_lacks(engine: ikusei.Engine) -> None:
    with pytest.raises(ValueError) as caught:
        engine.assess(LEAD, datetime(2026, 5, 1, 9))
    assert str(caught.value) == "2026-05-01T09:00:00 has no time zone: give `tzinfo`, such as `timezone.utc`"
