"""Reads playbooks and fragments of playbooks in the environment that has the wheel.

Takes a list of `{line, text, over, at}` as JSON on standard input: `over` is the text of a playbook that the fragment is
laid over, `at` a JSON Pointer to the place where it stands. Gives `[{line, error}]`.
"""

import json
import sys

import ikusei


def read(text: str, over: str | None, at: str) -> str:
    if over is None:
        library, whole = {}, text
    else:
        library, whole = {"base": over}, "extends: base\n" + nested(text, [part for part in at.split("/") if part])
    try:
        ikusei.Playbook.parse(whole, library=library).compile()
    except ikusei.PlaybookError as error:
        return "\n".join(f"line {told.line}: {told.message} ({told.code}); {told.help}" for told in error.diagnostics)
    return ""


def nested(text: str, places: list[str]) -> str:
    for depth in range(len(places) - 1, -1, -1):
        text = f"{places[depth]}:\n" + "".join(f"  {line}" if line.strip() else line for line in text.splitlines(True))
    return text


if __name__ == "__main__":
    json.dump(
        [{"line": one["line"], "error": read(one["text"], one["over"], one["at"])} for one in json.load(sys.stdin)],
        sys.stdout,
    )
