"""Runs the stages of `tests/run`, three beside each other, adds up their results, and says them in one last line."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path

from book import book
from notebook import notebook
from packages import (
    CRATES,
    OUT,
    TARGET,
    chromium,
    debug_build,
    fresh,
    js_tools,
    node_package,
    postgresql,
    python_wheel,
    quickly,
    rust_program,
    wasm_package,
)
from release import release
from runner import (
    REPORT,
    ROOT,
    STAGE,
    Counts,
    StageError,
    cargo_counts,
    check,
    execute,
    need,
    node_counts,
    note,
    pytest_counts,
    say,
    suite,
    verdict,
)
from spark import spark

CASES = 1_000
"""How many playbooks are generated."""


def versions() -> None:
    """One version number for all packages, and lockfiles that name no registry."""
    code, _ = execute([sys.executable, ROOT / "tests/setup/versions.py"], ROOT, None, 5)
    verdict("one version for all packages", code == 0)


def lint() -> None:
    """Formatting and lints."""
    check("cargo fmt", "cargo", "fmt", "--all", "--check")
    for apart in ("fuzz", "scripts/bindgen"):
        check(f"cargo fmt of {apart}", "cargo", "fmt", "--manifest-path", ROOT / apart / "Cargo.toml", "--check")
    check(
        *("cargo clippy", "cargo", "clippy", "--workspace", "--all-targets", "--all-features"),
        *("--", "-D", "warnings"),
        minutes=40,
    )
    # Code that stands in for what the slim browser build leaves out; each feature alone is compiled by `scripts/features`.
    check(
        "cargo clippy ikusei-wasm --no-default-features",
        *("cargo", "clippy", "-p", "ikusei-wasm", "-p", "ikusei", "--no-default-features", "--", "-D", "warnings"),
    )


def rust() -> None:
    """Unit, integration, conformance and documentation tests of the Rust crates; hosts of the CRM on SQLite and on PostgreSQL, with twenty kills."""
    # Apart, so that one sees what compiling costs and what the tests do.
    debug_build()
    binaries = postgresql()
    env = {} if binaries is None else {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "CRM_TEST_NEEDS_POSTGRES": "1"}
    suite("cargo test", cargo_counts, "cargo", "test", *CRATES, "--no-fail-fast", env=env, minutes=60)
    if binaries is None:
        say("SKIPPED: hosts on PostgreSQL: it is not here, and could not be installed")
        # Without it those two tests end at once, and cargo has counted them as passed.
        REPORT.record("hosts on PostgreSQL", Counts(passed=-2, skipped=2))


def docs() -> None:
    """The API documentation builds without a warning."""
    check(
        *("cargo doc", "cargo", "doc", "-p", "ikusei", "--no-deps", "--all-features"),
        env={"RUSTDOCFLAGS": "-D warnings"},
    )


def python() -> None:
    """The wheel, installed, under pytest, mypy and stubtest."""
    interpreter = python_wheel()
    suite(
        *("pytest", pytest_counts, interpreter, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"),
        ROOT / "tests/python",
        cwd=OUT,
    )
    config = ROOT / "bindings-python/pyproject.toml"
    cache = f"--cache-dir={OUT / 'python/mypy'}"
    check("mypy", interpreter, "-m", "mypy", cache, "--config-file", config, ROOT / "tests/python", ROOT / "examples/dashboard", cwd=OUT)
    check(
        *("stubtest", interpreter, "-m", "mypy.stubtest", "ikusei", "--mypy-config-file", config),
        cwd=OUT,
        env={"MYPY_CACHE_DIR": str(OUT / "python/mypy")},
    )


def node() -> None:
    """The npm package, installed from its tarball."""
    folder = node_package()
    js_suite("node", folder, "node.test.mjs", "ikusei")
    js_suite("node memory", folder, "memory.test.mjs", "ikusei")
    types("node types", folder, "types.node.ts")
    check("face/types.ts is what the schemas say", "node", "scripts/types.mjs", "--check")
    examples(folder)


def wasm() -> None:
    """The browser package in Node, and its sizes.

    The budget is what the sizes should come down to; the ceiling, lowered with every step, is what they may not exceed.
    """
    folder = wasm_package()
    ceilings = json.loads((ROOT / "bindings-wasm/size-ceiling.json").read_text(encoding="utf-8"))
    for flavour, budget in (("slim", 90), ("full", 300)):
        module = folder / f"node_modules/ikusei-wasm/{flavour}/web/ikusei_bg.wasm"
        size = gzip_size(module)
        over = "" if size <= budget * 1000 else f": OVER BUDGET by {size / 1000 - budget:.1f} KB"
        raw = module.stat().st_size / 1000
        note(f"wasm {flavour}: {size / 1000:.1f} KB gzip of {budget} KB{over}; ceiling {ceilings[flavour]} KB, raw {raw:.1f} KB")
        verdict(f"wasm {flavour} within its ceiling of {ceilings[flavour]} KB", size <= ceilings[flavour] * 1000)
    js_suite("wasm in Node", folder, "wasm.test.mjs", "ikusei-wasm")
    js_suite("wasm memory", folder, "memory.test.mjs", "ikusei-wasm")
    types("wasm types", folder, "types.wasm.ts")


def browser() -> None:
    """The browser package in headless Chromium: a plain page and a production bundle."""
    folder = wasm_package()
    js_suite("wasm in Chromium", folder, "browser.test.mjs", "ikusei-wasm", {"CHROMIUM": str(chromium())})


def generated() -> None:
    """Generated playbooks and leads: Rust's answers, given again by Python, Node and WebAssembly in Node."""
    file = fresh(OUT / "generated") / "cases.jsonl"
    need(debug_build() / "generate", file, str(CASES), minutes=60)
    javascript = ROOT / "tests/js/replay.mjs"
    for language, command, package in (
        ("python", [python_wheel(), ROOT / "tests/python/replay.py"], Path()),
        ("node", ["node", javascript], node_package() / "node_modules/ikusei"),
        ("wasm", ["node", javascript], wasm_package() / "node_modules/ikusei-wasm"),
    ):
        env = {"IKUSEI_PACKAGE": str(package)}
        code, output = execute([*command, file], OUT, env, 60)
        closing = output.strip().rsplit("\n", 1)[-1]
        note(f"generated, {language}: {closing}")
        verdict(f"{language} gives the {CASES} generated cases Rust's answers", code == 0 and f"{CASES} cases," in closing)


def readme() -> None:
    """The quickstarts of the READMEs print what they should; the browser's runs in the stage `browser`."""
    wanted = (ROOT / "examples/quickstart/expected.txt").read_text(encoding="utf-8")
    interpreter, folder = python_wheel(), node_package()
    programs = fresh(OUT / "readme")
    for file in ("README.md", "README.ja.md"):
        blocks = code_blocks((ROOT / file).read_text(encoding="utf-8"))
        runs: dict[str, tuple[Path, Callable[[Path], list[str | Path]]]] = {
            "rust": (programs / "quickstart.rs", lambda path: [rust_program(path)]),
            "python": (programs / "quickstart.py", lambda path: [interpreter, path]),
            "js": (folder / "quickstart.mjs", lambda path: ["node", path]),
        }
        if file == "README.md":
            verdict("README.md has a quickstart in every language", blocks.keys() >= runs.keys())
        for language in sorted(blocks.keys() & runs.keys()):
            path, command = runs[language]
            path.write_text(blocks[language], encoding="utf-8")
            code, output = execute(command(path), ROOT, None, 5)
            verdict(f"{file}: the quickstart in {language}", code == 0 and output == wanted)


def code_blocks(text: str) -> dict[str, str]:
    """The first block of each language that imports the package."""
    blocks: dict[str, str] = {}
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if re.search(r"\bikusei\b(?!-)", code):
            blocks.setdefault(language, code)
    return blocks


def pipeline() -> None:
    """The example program on its sample; `rust` tests it in detail."""
    out = fresh(OUT / "pipeline")
    # As the README says it, though that compiles the core once more: it is the newcomer's first command.
    check("the pipeline runs on its sample", *("cargo", "run", "--quiet", "-p", "pipeline", "--", "--out", out), minutes=30)
    for file in ("scores.csv", "report.html"):
        path = out / file
        verdict(f"the pipeline wrote {file}", path.is_file() and path.stat().st_size > 1_000)


def crm() -> None:
    """People at the pages of the example CRM, in Chromium; `rust` tests its hosts."""
    # The pictures are in Japanese.
    need(ROOT / "scripts/apt-install", "fonts-noto-cjk")
    pictures = fresh(OUT / "crm")
    js_suite("the CRM in Chromium", pictures, "crm.test.mjs", "", {
        "CHROMIUM": str(chromium()),
        "CRM": str(debug_build() / "crm"),
        "CRM_PICTURES": str(pictures),
    })
    note(f"pictures of the CRM's pages: {pictures.relative_to(TARGET)}")


def form() -> None:
    """The example form, built by its own command and used in headless Chromium as people do; both backends take what it sends."""
    source, folder = ROOT / "examples/web-form", OUT / "form"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules", "vendor", "dist", "cut", "pictures"))
    shutil.copytree(wasm_package() / "node_modules/ikusei-wasm", folder / "vendor/ikusei-wasm")
    need(folder / "start", "build", cwd=folder)
    for file in sorted((folder / "dist").rglob("*.*")):
        note(f"web form: {file.relative_to(folder / 'dist')}: {gzip_size(file) / 1000:.1f} KB gzip")
    backend = OUT / "form-backend"
    shutil.rmtree(backend, ignore_errors=True)
    shutil.copytree(ROOT / "examples/node-backend", backend, ignore=shutil.ignore_patterns("node_modules", "vendor", "dist", "data"))
    shutil.copytree(node_package() / "node_modules/ikusei", backend / "vendor/ikusei")
    need("npm", "ci", cwd=backend)
    need("npm", "run", "build", cwd=backend)
    suite(
        *("web form in Chromium", node_counts, "node", "--test", "--test-concurrency=1", "--test-reporter=spec"),
        *sorted((folder / "tests").glob("*.test.mjs")),
        cwd=folder,
        env={"CHROMIUM": str(chromium()), "CRM": str(debug_build() / "crm"), "NODE_BACKEND": str(backend)},
    )
    note(f"web form: pictures of every state in {folder / 'pictures'}")


def backend() -> None:
    """The example Node backend, started by its own command: over SQLite and PostgreSQL, killed, raced, attacked and loaded."""
    folder = OUT / "backend"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "examples/node-backend", folder, ignore=shutil.ignore_patterns("node_modules", "vendor", "dist", "data"))
    shutil.copytree(node_package() / "node_modules/ikusei", folder / "vendor/ikusei")
    binaries = postgresql()
    env = {} if binaries is None else {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "NEEDS_POSTGRES": "1"}
    suite("node backend", node_counts, folder / "run", "test", cwd=folder, env=env, minutes=20)


def crossing() -> None:
    """The comparison of crossing costs, with counts too small to measure: its answers are compared."""
    python_wheel(), node_package()
    check("crossing costs: every answer is the same", ROOT / "tests/bench/run", "crossing", "--smoke", minutes=20)


def examples(folder: Path) -> None:
    """The examples of the documentation, as types and as programs."""
    tools, out = js_tools(), folder / "examples"
    # The types are made from the schemas, whose descriptions they carry.
    parts = sorted(part for part in (ROOT / "face").glob("*.ts") if part.stem != "types")
    if not check(
        "everything public in JavaScript is documented",
        *("node", tools / "examples.mjs", out),
        *(folder / f"node_modules/ikusei/{part.stem}.d.ts" for part in parts),
    ):
        return
    check(
        "documentation examples type-check",
        *(tools / "node_modules/.bin/tsc", "--strict", "--target", "es2022", "--module", "nodenext"),
        *("--lib", "es2023,esnext.disposable,dom", "--types", "node", "--typeRoots", tools / "node_modules/@types"),
        *sorted(out.glob("*.ts")),
        cwd=folder,
    )
    js_suite("documentation examples", folder, "examples.test.mjs", "ikusei", {"IKUSEI_EXAMPLES": str(out)})


def gzip_size(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def js_suite(what: str, folder: Path, file: str, package: str, env: dict[str, str] | None = None) -> None:
    tools = js_tools()
    suite(
        *(what, node_counts, "node", "--test", "--test-reporter=spec", tools / file),
        cwd=folder,
        env={"IKUSEI_PACKAGE": str(folder / "node_modules" / package), **(env or {})},
    )


def types(what: str, folder: Path, file: str) -> None:
    """The examples type-check against the installed package, as a user's would."""
    tools = js_tools()
    shutil.copy(tools / file, folder / file)
    check(
        *(what, tools / "node_modules/.bin/tsc", "--noEmit", "--strict", "--target", "es2022"),
        *("--module", "nodenext", "--lib", "es2023,esnext.disposable,dom", "--types", "", folder / file),
        cwd=folder,
    )


LANES: tuple[tuple[Callable[[], None], ...], ...] = (
    (versions, rust, lint, docs, crm),
    (wasm, browser, node),
    (python, spark, backend),
)
"""What runs beside each other. The first lane compiles for debugging, the second what browsers get, the third the wheel and what
runs packages, which often waits for a clock, a cluster or a database: then, and where another lane links or runs on one thread,
somebody else has use for the core. Where two need one folder of cargo's, one waits for the other: lints, for which nothing waits,
come late. What waits longest, the cluster, is not last: nobody would be left to use the core."""

AFTERWARDS: tuple[Callable[[], None], ...] = (pipeline, form, notebook, readme, generated, book, release, crossing)
"""What a lane takes from when it has ended, the longest first: so all of them end at much the same time."""

STAGES = {stage.__name__: stage for lane in (*LANES, AFTERWARDS) for stage in lane}


def main() -> int:
    global CASES
    parser = argparse.ArgumentParser(prog="tests/run", description="Runs everything that is tested.")
    parser.add_argument("stage", nargs="*", help="run only these stages")
    parser.add_argument("--cases", type=int, default=CASES, help="how many playbooks are generated (%(default)s)")
    parser.add_argument("--one", action="store_true", help="one stage after another, instead of three beside each other")
    parser.add_argument("--release", action="store_true", help="the packages for Python and Node optimised as they are published, which takes minutes longer")
    parser.add_argument("--list", action="store_true", help="name the stages and stop")
    arguments = parser.parse_args()
    if arguments.list:
        for name, stage in STAGES.items():
            print(f"{name:10} {(stage.__doc__ or '').splitlines()[0]}")
        return 0
    unknown = set(arguments.stage) - set(STAGES)
    if unknown:
        parser.error(f"no stage {', '.join(sorted(unknown))}: there are {', '.join(STAGES)}")

    CASES = arguments.cases
    # What is built here is built once: the compiler's notes for the next change would double the folder.
    os.environ.setdefault("CARGO_INCREMENTAL", "0")
    # A panic says its place without them as well; line numbers of what called it are for who looks into it.
    os.environ.setdefault("CARGO_PROFILE_DEV_DEBUG", "0")
    # What is imported is compiled when it is, once, and beside no source; pip would compile all that it installs.
    os.environ["PIP_NO_COMPILE"] = "1"
    os.environ["PYTHONPYCACHEPREFIX"] = str(OUT / "pycache")
    if not arguments.release:
        quickly()
    wanted = set(arguments.stage) or set(STAGES)
    lanes = [deque(stage.__name__ for stage in lane if stage.__name__ in wanted) for lane in (*LANES, AFTERWARDS)]
    rest = lanes.pop()
    if arguments.one or (os.cpu_count() or 1) < 2:
        lanes = [deque(name for lane in lanes for name in lane)]
    times: dict[str, float] = {}
    began = time.monotonic()
    threads = [threading.Thread(target=run, args=(lane, rest, times)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    say("\n=== summary")
    say(", ".join(f"{name} {times[name]:.0f} s" for name in STAGES if name in times))
    say(f"{(time.monotonic() - began) / 60:.1f} minutes")
    for line in REPORT.notes:
        say(line)
    for failure in REPORT.failures:
        say(f"FAILED: {failure}")
    say(str(REPORT.total))
    return 1 if REPORT.total.failed else 0


def run(lane: deque[str], rest: deque[str], times: dict[str, float]) -> None:
    """The stages of one lane, one after another, and then of what is left; a stage that breaks does not keep the next from running."""
    while lane or rest:
        try:
            name = (lane or rest).popleft()
        except IndexError:
            # Another lane was quicker.
            return
        STAGE.name, STAGE.spent = name, 0.0
        say(f"=== {(STAGES[name].__doc__ or '').splitlines()[0]}")
        say(f"{shutil.disk_usage(ROOT).free / 1e9:.1f} GB of disk free")
        began = time.monotonic()
        try:
            STAGES[name]()
        except StageError as error:
            say(f"FAILED: {error}")
            REPORT.record(f"{name}: {error}", Counts(failed=1))
        except Exception:
            say(traceback.format_exc())
            REPORT.record(f"{name}: the stage itself broke", Counts(failed=1))
        times[name] = time.monotonic() - began
        say(f"=== ended after {times[name]:.0f} s, {STAGE.spent:.0f} s of processor time")


if __name__ == "__main__":
    sys.exit(main())
