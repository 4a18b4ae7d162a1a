"""Runs Python blocks of one page, one after another, in the environment that has the wheel.

Takes a list of blocks `{line, code, file, more}` as JSON on standard input, gives `[{line, printed, error}]`.
"""

import contextlib
import doctest
import io
import json
import sys
import traceback
from pathlib import Path
from typing import Any


def run(code: str, line: int, names: dict[str, Any]) -> tuple[str, str]:
    printed = io.StringIO()
    error = ""
    if code.lstrip().startswith(">>>"):
        test = doctest.DocTestParser().get_doctest(code, names, f"line {line}", None, line)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        failed = runner.run(test, out=printed.write, clear_globs=False).failed
        names.update(test.globs)
        return "", printed.getvalue() if failed else ""
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(code, f"<block in line {line}>", "exec"), names)
        except BaseException:  # Whatever it is, the page says something that does not hold.
            error = traceback.format_exc(limit=-1)
    return printed.getvalue(), error


def main() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    answers = []
    for block in json.load(sys.stdin):
        if block["file"] is not None:
            file = Path(block["file"])
            file.parent.mkdir(parents=True, exist_ok=True)
            text = f"{file.read_text(encoding='utf-8')}\n{block['code']}" if block["more"] else block["code"]
            file.write_text(text, encoding="utf-8")
            answers.append({"line": block["line"], "printed": "", "error": ""})
            continue
        printed, error = run(block["code"], block["line"], names)
        answers.append({"line": block["line"], "printed": printed, "error": error})
        if error:
            break
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
