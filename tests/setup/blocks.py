"""The code blocks of the documentation: found, run, and compared with what the page says that they print.

A page is a program: its blocks of one language run one after another. What a block does is told by its language and by
a comment on the line above it, which a reader of the page does not see:

    <!-- file: NAME -->        the block is a file, which the page's programs find in their folder
    <!-- more: NAME -->        the block is appended to that file
    <!-- in: /a/b -->          YAML: the block stands at this place of a playbook
    <!-- not run: REASON -->   nothing is run; the reason is printed
    <!-- setup: LANGUAGE       what comes up to the closing --> runs with the page's blocks

A block `text` right below one that ran is what it prints, all of it. Otherwise a comment behind a `print(...)` or a
`console.log(...)` is what that line prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$|^<!-- setup: (\w+)\n(.*?)^-->$|^<!-- ((?:file|more|in|not run): [^\n]*?) -->$", re.M | re.S)
LANGUAGES = {"yaml", "json", "toml", "csv", "python", "js", "rust", "sh", "text"}


@dataclass
class Block:
    """One block of a page."""

    page: Path
    line: int
    language: str
    code: str
    marks: dict[str, str] = field(default_factory=dict)
    printed: str | None = None
    printed_span: tuple[int, int] | None = None
    hidden: bool = False

    @property
    def named(self) -> str | None:
        """The file that it is, or a part of."""
        return self.marks.get("file", self.marks.get("more"))


class Unclear(Exception):
    """A page that does not say what becomes of one of its blocks."""


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    marks: dict[str, str] = {}
    end = 0
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        between = text[end : match.start()]
        end = match.end()
        language, code, setup, hidden, mark = match.groups()
        if mark is not None:
            key, value = mark.split(": ", 1)
            marks[key] = value
            continue
        if setup is not None:
            found.append(Block(page, line, setup, hidden, hidden=True))
            continue
        if marks and between.strip():
            raise Unclear(f"{page.name}:{line}: a comment that belongs to no block")
        last = found[-1] if found else None
        if language == "text" and not marks:
            if last is None or between.strip() or last.language == "text" or last.printed is not None:
                raise Unclear(f"{page.name}:{line}: text that no block prints; say why by `not run`")
            last.printed, last.printed_span = code, match.span(2)
        elif language not in LANGUAGES:
            raise Unclear(f"{page.name}:{line}: a block of `{language}`, which nobody runs")
        else:
            found.append(Block(page, line, language, code, marks))
        marks = {}
    return found


def rewrite(page: Path, changes: list[tuple[tuple[int, int], str]]) -> None:
    """Replaces stretches of a page."""
    text = page.read_text(encoding="utf-8")
    for (begin, end), new in sorted(changes, reverse=True):
        text = text[:begin] + new + text[end:]
    page.write_text(text, encoding="utf-8")
