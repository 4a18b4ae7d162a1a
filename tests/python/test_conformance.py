"""Every file of `tests/vectors` through the public face of the Python package."""

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import ikusei

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests/vectors").rglob("*.json"))


def refusal(error: ikusei.IkuseiError) -> dict[str, Any]:
    return {
        "kind": type(error).__name__.removesuffix("Error").lower(),
        "code": error.code,
        "diagnostics": [diagnostic.to_dict() for diagnostic in error.diagnostics],
    }


def parse(playbook: ikusei.Playbook) -> Any:
    return {"name": playbook.name, "fingerprint": playbook.fingerprint}


def for_browser(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    return playbook.for_browser(**arguments).to_dict()


def migrate(_: Any, data: Any = None, text: str | None = None, **arguments: Any) -> Any:
    return ikusei.migrate(arguments["from"], json.dumps(data) if text is None else text).to_dict()


def diff(playbook: ikusei.Playbook, other: Any, options: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
    text = other if isinstance(other, str) else "\n".join(other)
    return playbook.diff(ikusei.Playbook.parse(text), **arguments, **(options or {})).to_dict()


def assess(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    return playbook.compile().assess(**arguments).to_dict()


def assess_many(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    return [
        {"error": refusal(result)} if isinstance(result, ikusei.IkuseiError) else {"ok": result.to_dict()}
        for result in playbook.compile().assess_many(**arguments)
    ]


def explain(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    return playbook.compile().explain(**arguments)


def memberships(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    return [membership.to_dict() for membership in playbook.compile().memberships(**arguments)]


def members(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    return playbook.compile().members(**arguments).to_dict()


def capture(playbook: ikusei.Playbook, mapping: str, at: str, **body: Any) -> Any:
    engine = playbook.compile()
    if "row" in body:
        row = dict(zip(body["row"]["header"], body["row"]["cells"], strict=True))
        return engine.capture_row(mapping, row, at).to_dict()
    return engine.capture(mapping, body["text"] if "text" in body else body["payload"], at).to_dict()


def unmerge(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    lead, taken_out = playbook.compile().unmerge(**arguments)
    return {"lead": lead.to_dict(), "taken_out": taken_out.to_dict()}


def dedupe(playbook: ikusei.Playbook, level: Any, columns: Any, ids: Any, rows: Any) -> Any:
    table = [{"#": id, **dict(zip(columns, row, strict=True))} for id, row in zip(ids, rows, strict=True)]
    return playbook.compile().dedupe(table, level=level, columns=columns, id="#").to_dict()


def timeline(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    start, end = arguments.pop("from"), arguments.pop("to")
    return playbook.compile().timeline(start=start, end=end, **arguments).to_dict()


def score_lift(playbook: ikusei.Playbook, options: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
    return playbook.compile().score_lift(**arguments, **(options or {})).to_dict()


def backtest(playbook: ikusei.Playbook, options: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
    start, end = arguments.pop("from"), arguments.pop("to")
    return playbook.compile().backtest(start=start, end=end, **arguments, **(options or {})).to_dict()


def plain(result: Any) -> Any:
    """What a method answers, as data."""
    if isinstance(result, list):
        return [plain(item) for item in result]
    return result.to_dict() if hasattr(result, "to_dict") else result


def method(name: str) -> Callable[..., Any]:
    """An engine's method whose arguments are those of the facade."""
    return lambda playbook, **arguments: plain(getattr(playbook.compile(), name)(**arguments))


def step_counts(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    return {name: counts.to_dict() for name, counts in playbook.compile().step_counts(**arguments).items()}


def simulation(name: str) -> Callable[..., Any]:
    def call(playbook: ikusei.Playbook, simulation: dict[str, Any], **leads: Any) -> Any:
        asked = dict(simulation)
        start, end = asked.pop("from"), asked.pop("to")
        return getattr(playbook.compile(), name)(**leads, start=start, end=end, **asked).to_dict()

    return call


def route_many(playbook: ikusei.Playbook, **arguments: Any) -> Any:
    results, roster = playbook.compile().route_many(**arguments)
    told = [
        {"error": refusal(result)} if isinstance(result, ikusei.IkuseiError) else {"ok": result.to_dict()}
        for result in results
    ]
    return {"results": told, "roster": roster}


CALLS: dict[str, Callable[..., Any]] = {
    **{
        call.__name__: call
        for call in (
            *(parse, for_browser, migrate, diff, assess, assess_many, explain, memberships, members),
            *(capture, unmerge, dedupe, timeline, route_many, score_lift, backtest, step_counts),
        )
    },
    **{name: simulation(name) for name in ("simulate", "simulate_lead")},
    "diagram": lambda playbook, **arguments: str(playbook.compile().diagram(**arguments)),
    **{
        name: method(name)
        for name in (
            *("apply", "reclassify", "cleanse", "cleanse_value", "match", "merge", "accounts", "consent", "may_send"),
            *("process", "effect_events", "next_change", "lint", "preview", "render"),
            *("why", "why_not", "what_would", "receipt", "verify_receipt"),
            *("forget", "forgotten", "read_vcards", "read_card_lines", "safe_cells"),
            "campaigns",
            *("route", "follow_up", "respond", "verify", "rebalance", "brief"),
        )
    },
}


def whole(text: Any) -> Any:
    """A text, whether given whole or by its lines; anything else as it is."""
    return "\n".join(text) if isinstance(text, list) else text


def canonical(value: Any) -> str:
    """JSON text with sorted keys; a number is its value, whole or not."""

    def plain(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: plain(content) for key, content in part.items()}
        if isinstance(part, list):
            return [plain(content) for content in part]
        return int(part) if isinstance(part, float) and part.is_integer() else part

    return json.dumps(plain(value), sort_keys=True, ensure_ascii=False, allow_nan=False)


def lead(lead: Any) -> Any:
    return (ikusei.Lead(lead) if isinstance(lead, dict) else ikusei.Lead.from_json(whole(lead))).to_dict()


def analysis(method: str, **arguments: Any) -> Any:
    found = getattr(ikusei.analytics, method)(**arguments)
    return found.to_dict() if isinstance(found, ikusei.analytics.Analysis) else found


def opened(case: Mapping[str, Any]) -> ikusei.Playbook:
    text = (ROOT / case["playbook_file"]).read_text("utf-8") if "playbook_file" in case else case["playbook"]
    return ikusei.Playbook.parse(
        whole(text),
        name=case.get("file"),
        library={name: whole(text) for name, text in case.get("library", {}).items()},
        overlays=case.get("overlays", ()),
    )


class Step:
    """A step as a case of its own: it starts from nothing but the playbook, which is read once for all steps of a case: no call changes
    it. One that is refused is refused at every step."""

    def __init__(self, content: dict[str, Any], playbook: Callable[[], ikusei.Playbook]) -> None:
        self.content = content
        self.playbook = playbook

    @property
    def wanted(self) -> dict[str, Any]:
        return {key: self.content[key] for key in ("error", "expect") if key in self.content}

    def found(self) -> dict[str, Any]:
        call, arguments = self.content["call"], self.content.get("args", {})
        try:
            if call == "lead":
                return {"expect": lead(**arguments)}
            if call.startswith("analytics."):
                return {"expect": analysis(call.removeprefix("analytics."), **arguments)}
            return {"expect": CALLS[call](self.playbook(), **arguments)}
        except ikusei.IkuseiError as error:
            return {"error": refusal(error)}

    def holds(self) -> None:
        assert canonical(self.found()) == canonical(self.wanted)


def steps(case: Mapping[str, Any]) -> Iterator[Step]:
    playbook = functools.cache(lambda: opened(case))
    rest = {key: content for key, content in case.items() if key != "steps"}
    for step in case.get("steps", [{}]):
        yield Step({**rest, **step}, playbook)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "tests/vectors")))
def test_case(file: Path) -> None:
    for step in steps(json.loads(file.read_text("utf-8"))):
        step.holds()


def test_every_case_is_run(request: pytest.FixtureRequest) -> None:
    ran = [item for item in request.session.items if item.name.startswith("test_case[")]
    assert len(ran) == len(FILES) > 0


def other_digit(value: Any) -> Any:
    """The value with the last digit of the first part that has one changed."""
    if isinstance(value, str) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        text = re.sub(r"[0-9](?=[^0-9]*$)", lambda digit: "8" if digit[0] == "9" else "9", str(value))
        return type(value)(text)
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        if (other := other_digit(part)) != part:
            changed = value.copy()
            changed[key] = other
            return changed
    return value


def test_one_changed_digit_in_an_expectation_fails() -> None:
    count = 0
    for file in FILES:
        for step in steps(json.loads(file.read_text("utf-8"))):
            spoilt = other_digit(step.wanted)
            if spoilt != step.wanted:
                count += 1
                with pytest.raises(AssertionError):
                    Step({**step.content, **spoilt}, step.playbook).holds()
    assert count > len(FILES) / 2
