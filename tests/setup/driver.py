"""Runs the stages of `tests/run` one after another, adds up their results, and says them in one last line."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
OUT = TARGET / "packages"
MINUTE = 60


@dataclass
class Counts:
    """What one command, or all of them, came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Counts) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass
class Report:
    """The results so far."""

    total: Counts = field(default_factory=Counts)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def record(self, what: str, counts: Counts) -> None:
        self.total.add(counts)
        if counts.failed:
            self.failures.append(f"{what} ({counts.failed} failed)")


REPORT = Report()
CASES = 1_000
"""How many playbooks are generated."""


class StageError(Exception):
    """A step that later steps of the same stage need did not work."""


# ---------------------------------------------------------------------------------------------------------
# Commands


def say(text: str) -> None:
    print(text, flush=True)


def note(text: str) -> None:
    """A figure that the closing summary repeats."""
    say(text)
    REPORT.notes.append(text)


def execute(
    command: list[str | Path], cwd: Path, env: dict[str, str] | None, minutes: float
) -> tuple[int, str]:
    """Runs a command, lets its output through, and returns its exit code and that output."""
    words = [str(word) for word in command]
    shown = cwd.relative_to(ROOT) if cwd.is_relative_to(ROOT) else cwd
    say(f"$ {'' if cwd == ROOT else f'cd {shown}; '}{shlex.join(words)}")
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    timer = threading.Timer(minutes * MINUTE, process.kill)
    timer.start()
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            lines.append(line)
        code = process.wait()
    finally:
        late = not timer.is_alive()
        timer.cancel()
    sys.stdout.flush()
    if late:
        say(f"stopped: not finished within {minutes:g} minutes")
    return code, "".join(lines)


def need(
    *command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None, minutes: float = 20
) -> str:
    """A preparation: it must work, and is no test."""
    code, output = execute(list(command), cwd, env, minutes)
    if code != 0:
        raise StageError(f"{Path(str(command[0])).name} ended with {code}")
    return output


def check(
    what: str,
    *command: str | Path,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    minutes: float = 20,
) -> bool:
    """A command that is itself one test: it passes where it ends with 0."""
    code, _ = execute(list(command), cwd, env, minutes)
    verdict(what, code == 0)
    return code == 0


def verdict(what: str, holds: bool) -> None:
    say(f"{'ok' if holds else 'FAILED'}: {what}")
    REPORT.record(what, Counts(passed=int(holds), failed=int(not holds)))


def suite(
    what: str,
    read: Callable[[str], Counts],
    *command: str | Path,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    minutes: float = 30,
) -> None:
    """A test runner: its own summary is counted; a crash or an empty run is a failure."""
    code, output = execute(list(command), cwd, env, minutes)
    counts = read(output)
    if code != 0 and counts.failed == 0:
        say(f"FAILED: {what} ended with {code}")
        counts.failed = 1
    elif counts.passed + counts.failed == 0:
        say(f"FAILED: {what} ran no test")
        counts.failed = 1
    say(f"{what}: {counts}")
    REPORT.record(what, counts)


def cargo_counts(output: str) -> Counts:
    counts = Counts()
    for line in re.findall(r"^test result: .*$", output, re.MULTILINE):
        passed, failed, ignored = (
            int(re.search(rf"(\d+) {word}", line).group(1)) for word in ("passed", "failed", "ignored")
        )
        counts.add(Counts(passed, failed, ignored))
    return counts


def pytest_counts(output: str) -> Counts:
    def figure(words: str) -> int:
        closing = re.findall(r"^=*\s*((?:\d+ \w+(?:, )?)+) in [\d.]+s", output, re.MULTILINE)
        return sum(int(n) for line in closing for n in re.findall(rf"(\d+) (?:{words})\b", line))

    return Counts(figure("passed|xfailed"), figure("failed|errors?"), figure("skipped"))


def node_counts(output: str) -> Counts:
    def figure(word: str) -> int:
        return sum(int(n) for n in re.findall(rf"^(?:#|ℹ) {word} (\d+)", output, re.MULTILINE))

    return Counts(figure("pass"), figure("fail") + figure("cancelled"), figure("skipped") + figure("todo"))


# ---------------------------------------------------------------------------------------------------------
# What stages share; each is made once


DONE: dict[str, object] = {}


def once(make: Callable[[], Path]) -> Callable[[], Path]:
    """A preparation that several stages need: made by the first; where it failed, it fails for all."""

    def wrapper() -> Path:
        name = make.__name__
        if name not in DONE:
            try:
                DONE[name] = make()
            except StageError as error:
                DONE[name] = error
        result = DONE[name]
        if isinstance(result, StageError):
            raise result
        assert isinstance(result, Path)
        return result

    return wrapper


def version() -> str:
    text = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    found = re.search(r'^\[workspace\.package\]\nversion = "([^"]+)"', text, re.MULTILINE)
    assert found is not None
    return found.group(1)


def fresh(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def virtualenv(path: Path) -> Path:
    """An empty environment; returns its interpreter."""
    shutil.rmtree(path, ignore_errors=True)
    code, _ = execute([sys.executable, "-m", "venv", path], ROOT, None, 5)
    if code != 0:
        # Debian splits the module off.
        need(ROOT / "scripts/apt-install", "python3-venv")
        need(sys.executable, "-m", "venv", path)
    return path / "bin" / "python"


@once
def js_tools() -> Path:
    folder = ROOT / "tests/js"
    need("npm", "ci", "--no-audit", "--no-fund", cwd=folder)
    return folder


@once
def python_wheel() -> Path:
    """The wheel, installed into an empty environment with the test tools; returns the interpreter."""
    builder = virtualenv(OUT / "python/builder")
    need(builder, "-m", "pip", "install", "--quiet", "-r", ROOT / "tests/setup/build-requirements.txt")
    wheels = fresh(OUT / "python/wheels")
    need(
        *(builder.parent / "maturin", "build", "--release", "--out", wheels, "--interpreter", builder),
        cwd=ROOT / "bindings-python",
        env={"CARGO_TARGET_DIR": str(TARGET), "PATH": f"{builder.parent}{os.pathsep}{os.environ['PATH']}"},
        minutes=30,
    )
    (wheel,) = wheels.glob("*.whl")
    note(f"python wheel: {wheel.name}, {wheel.stat().st_size // 1024} KB")
    python = virtualenv(OUT / "python/venv")
    need(python, "-m", "pip", "install", "--quiet", wheel)
    need(python, "-m", "pip", "install", "--quiet", "-r", ROOT / "tests/setup/test-requirements.txt")
    return python


@once
def js_face() -> Path:
    """The typed face that both JavaScript packages carry, compiled from one source."""
    tools = js_tools()
    out = fresh(OUT / "face")
    for module in ("esm", "cjs"):
        need(tools / "node_modules/.bin/tsc", "-p", ROOT / f"face/tsconfig.{module}.json", "--outDir", out / module)
    return out


@once
def node_package() -> Path:
    """The npm package, packed, and installed into an empty folder; returns the folder."""
    face = js_face()
    need("scripts/build-node", face, OUT / "node/package", minutes=30)
    return install_packed(OUT / "node/package", OUT / "node/installed")


@once
def wasm_package() -> Path:
    """The browser package, packed, and installed into an empty folder; returns the folder."""
    face = js_face()
    for flavour in ("full", "slim"):
        need("scripts/build-wasm", flavour, OUT / f"wasm/build/{flavour}", minutes=40)
    need("scripts/pack-wasm", OUT / "wasm/build", face, OUT / "wasm/package")
    return install_packed(OUT / "wasm/package", OUT / "wasm/installed")


def install_packed(package: Path, folder: Path) -> Path:
    tarballs = fresh(package.parent / "tarball")
    need("npm", "pack", "--silent", "--pack-destination", tarballs, cwd=package)
    (tarball,) = tarballs.glob("*.tgz")
    note(f"{package.parent.name} tarball: {tarball.name}, {tarball.stat().st_size // 1024} KB")
    fresh(folder)
    (folder / "package.json").write_text('{ "private": true, "type": "module" }\n', encoding="utf-8")
    need("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", tarball, cwd=folder)
    return folder


@once
def chromium() -> Path:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        need(ROOT / "scripts/apt-install", "chromium", minutes=15)
        found = shutil.which("chromium")
    if found is None:
        raise StageError("no chromium")
    return Path(found)


# ---------------------------------------------------------------------------------------------------------
# Stages


def versions() -> None:
    """One version number for all packages, and lockfiles that name no registry."""
    code, _ = execute([sys.executable, ROOT / "tests/setup/versions.py"], ROOT, None, 5)
    verdict("one version for all packages", code == 0)


def lint() -> None:
    """Formatting and lints."""
    check("cargo fmt", "cargo", "fmt", "--all", "--check")
    check(
        *("cargo clippy", "cargo", "clippy", "--workspace", "--all-targets", "--all-features"),
        *("--", "-D", "warnings"),
        minutes=40,
    )
    for flavour in ([], ["--no-default-features"]):
        check(
            f"cargo clippy ikusei-wasm {' '.join(flavour)}".rstrip(),
            *("cargo", "clippy", "-p", "ikusei-wasm", "-p", "ikusei", *flavour, "--", "-D", "warnings"),
        )


def features() -> None:
    """Each feature of the core builds alone."""
    manifest = need("cargo", "metadata", "--no-deps", "--format-version", "1", "--quiet")
    (core,) = (package for package in json.loads(manifest)["packages"] if package["name"] == "ikusei")
    check("core without features", "cargo", "check", "-p", "ikusei", "--no-default-features")
    for name in sorted(set(core["features"]) - {"default"}):
        check(
            f"core with only {name}",
            *("cargo", "check", "-p", "ikusei", "--no-default-features", "--features", name),
        )


def rust() -> None:
    """Unit, integration, conformance and documentation tests of the Rust crates."""
    suite("cargo test", cargo_counts, "cargo", "test", "--all-features", "--no-fail-fast", minutes=45)


def docs() -> None:
    """The API documentation builds without a warning."""
    check(
        *("cargo doc", "cargo", "doc", "-p", "ikusei", "--no-deps", "--all-features"),
        env={"RUSTDOCFLAGS": "-D warnings"},
    )


def python() -> None:
    """The wheel, installed, under pytest, mypy and stubtest; Spark runs on Java."""
    interpreter = python_wheel()
    if shutil.which("java") is None:
        need(ROOT / "scripts/apt-install", "default-jre-headless")
    suite(
        *("pytest", pytest_counts, interpreter, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"),
        ROOT / "tests/python",
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=OUT,
    )
    config = ROOT / "bindings-python/pyproject.toml"
    cache = f"--cache-dir={OUT / 'python/mypy'}"
    check("mypy", interpreter, "-m", "mypy", cache, "--config-file", config, ROOT / "tests/python", cwd=OUT)
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
    need(
        *("cargo", "run", "--quiet", "-p", "ikusei-tests", "--bin", "generate", "--", file, str(CASES)),
        minutes=60,
    )
    javascript = ROOT / "tests/js/replay.mjs"
    for language, command, package in (
        ("python", [python_wheel(), ROOT / "tests/python/replay.py"], Path()),
        ("node", ["node", javascript], node_package() / "node_modules/ikusei"),
        ("wasm", ["node", javascript], wasm_package() / "node_modules/ikusei-wasm"),
    ):
        env = {"IKUSEI_PACKAGE": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
        code, output = execute([*command, file], OUT, env, 60)
        closing = output.strip().rsplit("\n", 1)[-1]
        note(f"generated, {language}: {closing}")
        verdict(f"{language} gives the {CASES} generated cases Rust's answers", code == 0 and f"{CASES} cases," in closing)


def readme() -> None:
    """The quickstarts of the READMEs print what they should; the browser's runs in the stage `browser`."""
    wanted = (ROOT / "examples/quickstart/expected.txt").read_text(encoding="utf-8")
    interpreter, folder = python_wheel(), node_package()
    crate = fresh(OUT / "readme")
    (crate / "src").mkdir()
    (crate / "Cargo.toml").write_text(QUICKSTART_MANIFEST.format(core=ROOT / "core"), encoding="utf-8")
    for file in ("README.md", "README.ja.md"):
        blocks = code_blocks((ROOT / file).read_text(encoding="utf-8"))
        runs: dict[str, tuple[Path, list[str | Path]]] = {
            "rust": (crate / "src/main.rs", [TARGET / "debug/quickstart"]),
            "python": (crate / "quickstart.py", [interpreter, crate / "quickstart.py"]),
            "js": (folder / "quickstart.mjs", ["node", folder / "quickstart.mjs"]),
        }
        if file == "README.md":
            verdict("README.md has a quickstart in every language", blocks.keys() >= runs.keys())
        for language in sorted(blocks.keys() & runs.keys()):
            path, command = runs[language]
            path.write_text(blocks[language], encoding="utf-8")
            if language == "rust":
                need(
                    *("cargo", "build", "--quiet", "--manifest-path", crate / "Cargo.toml"),
                    env={"CARGO_TARGET_DIR": str(TARGET)},
                )
            code, output = execute(command, ROOT, None, 5)
            verdict(f"{file}: the quickstart in {language}", code == 0 and output == wanted)
    guides(interpreter, folder)


def guides(interpreter: Path, folder: Path) -> None:
    """The programs of the embedding guides, block after block as one, run to their end."""
    for name, command in (("python", [interpreter, folder / "guide.py"]), ("node", ["node", folder / "guide.mjs"])):
        text = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```(?:python|js)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        Path(command[-1]).write_text("\n".join(blocks), encoding="utf-8")
        code, output = execute(command, ROOT, None, 5)
        said = re.findall(r"(?://|#) (B 45)$", text, re.MULTILINE)
        verdict(f"docs/{name}.md: its programs run", code == 0 and bool(said) and output.startswith(f"{said[0]}\n"))


QUICKSTART_MANIFEST = """[package]
name = "quickstart"
version = "0.0.0"
edition = "2024"

[dependencies]
ikusei = {{ path = "{core}" }}

[workspace]
"""


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
    check(
        "the pipeline runs on its sample",
        *("cargo", "run", "--release", "--quiet", "-p", "pipeline", "--", "--out", out),
        minutes=30,
    )
    for file in ("scores.csv", "report.html"):
        path = out / file
        verdict(f"the pipeline wrote {file}", path.is_file() and path.stat().st_size > 1_000)


def fuzz() -> None:
    """Each fuzz target for some seconds."""
    check("fuzz targets", ROOT / "fuzz/run", "5", minutes=30)


def crossing() -> None:
    """The comparison of crossing costs, with counts too small to measure: its answers are compared."""
    python_wheel(), node_package()
    check("crossing costs: every answer is the same", ROOT / "tests/bench/run", "crossing", "--smoke", minutes=20)


def examples(folder: Path) -> None:
    """The examples of the documentation, as types and as programs."""
    tools, out = js_tools(), folder / "examples"
    if not check(
        "everything public in JavaScript is documented",
        *("node", tools / "examples.mjs", out),
        *(folder / f"node_modules/ikusei/{part}.d.ts" for part in ("calls", "capture", "nurturing", "face")),
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


STAGES: dict[str, Callable[[], None]] = {
    stage.__name__: stage for stage in (
        *(versions, lint, features, rust, docs, pipeline, fuzz, python, node, readme, crossing, wasm, browser),
        generated,
    )
}


def main() -> int:
    global CASES
    parser = argparse.ArgumentParser(prog="tests/run", description="Runs everything that is tested.")
    parser.add_argument("stage", nargs="*", help="run only these stages")
    parser.add_argument("--cases", type=int, default=CASES, help="how many playbooks are generated (%(default)s)")
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
    times: list[str] = []
    for name in arguments.stage or STAGES:
        say(f"\n=== {name}: {(STAGES[name].__doc__ or '').splitlines()[0]}")
        began = time.monotonic()
        try:
            STAGES[name]()
        except StageError as error:
            say(f"FAILED: {name}: {error}")
            REPORT.record(f"{name}: {error}", Counts(failed=1))
        except Exception:
            traceback.print_exc()
            REPORT.record(f"{name}: the stage itself broke", Counts(failed=1))
        times.append(f"{name} {time.monotonic() - began:.0f} s")

    say("\n=== summary")
    say(", ".join(times))
    for line in REPORT.notes:
        say(line)
    for failure in REPORT.failures:
        say(f"FAILED: {failure}")
    say(str(REPORT.total))
    return 1 if REPORT.total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
