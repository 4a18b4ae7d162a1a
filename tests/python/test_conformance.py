"""Every file of `tests/vectors` through the public face of the Python package."""

import json
from collections.abc import Callable, Mapping
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


CALLS: dict[str, Callable[..., Any]] = {
    call.__name__: call for call in (parse, for_browser, assess, assess_many, explain, memberships, members)
}


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def run(case: Mapping[str, Any], step: Mapping[str, Any]) -> dict[str, Any]:
    text = (ROOT / case["playbook_file"]).read_text("utf-8") if "playbook_file" in case else case["playbook"]
    try:
        playbook = ikusei.Playbook.parse(
            text, library=case.get("library", {}), overlays=case.get("overlays", ())
        )
        return {"expect": CALLS[step["call"]](playbook, **step.get("args", {}))}
    except ikusei.IkuseiError as error:
        return {"error": refusal(error)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "tests/vectors")))
def test_case(file: Path) -> None:
    case = json.loads(file.read_text("utf-8"))
    for step in case.get("steps", [case]):
        wanted = {"error": step["error"]} if "error" in step else {"expect": step["expect"]}
        assert canonical(run(case, step)) == canonical(wanted)


def test_every_case_is_run(request: pytest.FixtureRequest) -> None:
    ran = [item for item in request.session.items if item.name.startswith("test_case[")]
    assert len(ran) == len(FILES) > 0
