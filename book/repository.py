"""A preprocessor of mdBook: links out of `docs` into the repository become links to its page on the web.

On the repository's own pages the same links lead to the files, so the pages of the book need no other form.
"""

import json
import posixpath
import re
import sys
from typing import Any

HOME = "https://github.com/ikusei/ikusei/blob/main/"


def outward(chapter: dict[str, Any]) -> None:
    folder = posixpath.dirname(posixpath.join("docs", chapter["path"] or ""))

    def absolute(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, match[1]))
        return match[0] if path.startswith("docs/") else f"]({HOME}{path}{match[2] or ''})"

    chapter["content"] = re.sub(r"\]\((\.\./[^)#\s]*)(#[^)\s]*)?\)", absolute, chapter["content"])


def walk(items: list[Any]) -> None:
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            outward(item["Chapter"])
            walk(item["Chapter"]["sub_items"])


def main() -> int:
    if len(sys.argv) > 1 and sys.argv[1] == "supports":
        return 0
    _, book = json.load(sys.stdin)
    walk(book.get("items", book.get("sections", [])))
    json.dump(book, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
