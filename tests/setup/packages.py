"""What is built and installed for the tests: each once, by whichever stage needs it first."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

from runner import ROOT, StageError, execute, need, note

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
OUT = TARGET / "packages"

DONE: dict[str, object] = {}


def once(make: Callable[[], Path]) -> Callable[[], Path]:
    """A preparation that several stages need: made by the first; where it failed, it fails for all."""

    lock = threading.Lock()

    def wrapper() -> Path:
        name = make.__name__
        with lock:
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


QUICK = False
"""Whether the packages for Python and Node are compiled as the Rust tests are, and not as they are published."""


def quickly() -> None:
    """Has these packages compiled in a quarter of the time; what they answer is the same, and overflows are noticed."""
    global QUICK
    QUICK = True


def quick(package: str) -> Path:
    """There, where the package as it was built last is not optimised as it is published."""
    return OUT / package / "quick"


def marked(package: str) -> bool:
    """Whether a package is to be compiled quickly; `measurable` hears of it."""
    quick(package).parent.mkdir(parents=True, exist_ok=True)
    quick(package).unlink(missing_ok=True)
    if QUICK:
        quick(package).touch()
    return QUICK


def measurable(package: str) -> Path:
    """The folder of a package that has been built already, for benchmarks."""
    if quick(package).exists():
        raise SystemExit(f"the {package} package was built quickly: leave out --built, or run tests/run --release before")
    return OUT / package


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


CRATES = (
    *(word for name in ("ikusei", "ikusei-command", "ikusei-tests", "pipeline", "crm", "ikusei-node") for word in ("-p", name)),
    "--all-features",
)
"""What `debug_build` compiles. Cargo gives a crate the features that all chosen packages together ask for: another choice would
compile the core once more."""


@once
def debug_build() -> Path:
    """The crates, their tests and their programs, which are in the folder that this returns, and there the Node package's library."""
    need("cargo", "build", "--quiet", *CRATES, "--lib", "--bins", "--tests", minutes=60)
    return TARGET / "debug"


def rust_program(source: Path) -> Path:
    """Compiles a program that has no more than a plain `cargo add ikusei serde_json` gives; returns it.

    With what the pipeline is made of: in a crate of its own it would compile the core once more.
    """
    command = ["cargo", "build", "--quiet", "-p", "pipeline"]
    need(*command, minutes=30)
    told = subprocess.run([*command, "--message-format=json"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    built = [message for message in map(json.loads, told.splitlines()) if message["reason"] == "compiler-artifact"]
    files = {message["target"]["name"]: message["filenames"] for message in built if message["target"]["name"] in ("ikusei", "serde_json")}
    libraries = [f"--extern={name}={file}" for name, paths in files.items() for file in paths if file.endswith(".rlib")]
    program = source.with_suffix("")
    need("rustc", "--edition=2024", *libraries, "-L", TARGET / "debug/deps", "-o", program, source, minutes=10)
    return program


@once
def js_tools() -> Path:
    folder = ROOT / "tests/js"
    need("npm", "ci", "--no-audit", "--no-fund", cwd=folder)
    return folder


@once
def python_sdist() -> Path:
    """The source distribution, made without a warning; returns the file. What makes it is in `OUT / "python/builder"`."""
    builder = virtualenv(OUT / "python/builder")
    need(builder, "-m", "pip", "install", "--quiet", "-r", ROOT / "tests/setup/build-requirements.txt")
    need("scripts/licences", "ikusei-python", ROOT / "bindings-python/THIRD-PARTY.txt")
    out = fresh(OUT / "python/sdist")
    output = need(builder.parent / "maturin", "sdist", "--out", out, cwd=ROOT / "bindings-python")
    if "warning" in output.lower():
        raise StageError("maturin warns of the sdist")
    (file,) = out.glob("*.tar.gz")
    return file


@once
def python_wheel() -> Path:
    """The wheel, installed into an empty environment with the test tools; returns the interpreter.

    Built from the sdist, so whatever is tested with the wheel is tested of both: nothing that the sdist forgot is at hand.
    """
    source = unpacked(python_sdist(), OUT / "python/source")
    builder = OUT / "python/builder/bin/python"
    wheels = fresh(OUT / "python/wheels")
    need(
        *(builder.parent / "maturin", "build", "--profile", "dev" if marked("python") else "release", "--out", wheels, "--interpreter", builder),
        cwd=source,
        env={"CARGO_TARGET_DIR": str(TARGET), "PATH": f"{builder.parent}{os.pathsep}{os.environ['PATH']}"},
        minutes=60,
    )
    (wheel,) = wheels.glob("*.whl")
    note(f"python wheel: {wheel.name}, {wheel.stat().st_size // 1024} KB")
    python = virtualenv(OUT / "python/venv")
    need(python, "-m", "pip", "install", "--quiet", wheel)
    need(python, "-m", "pip", "install", "--quiet", "-r", ROOT / "tests/setup/test-requirements.txt")
    return python


def unpacked(archive: Path, folder: Path) -> Path:
    """What the archive holds. A file that is there already as it should be stays as it is, so cargo builds only what changed:
    in an sdist every file is of one and the same day."""
    new = fresh(folder.with_suffix(".new"))
    with tarfile.open(archive) as file:
        file.extractall(new)
    (root,) = new.iterdir()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            path.touch()
            old = folder / path.relative_to(root)
            if old.is_file() and old.read_bytes() == path.read_bytes():
                shutil.copystat(old, path)
    shutil.rmtree(folder, ignore_errors=True)
    root.rename(folder)
    new.rmdir()
    return folder


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
    built = [debug_build()] if marked("node") else []
    need("scripts/build-node", face, OUT / "node/package", *built, minutes=60)
    return install_packed(OUT / "node/package", OUT / "node/installed")


@once
def wasm_package() -> Path:
    """The browser package, packed, and installed into an empty folder; returns the folder."""
    face = js_face()
    need("scripts/build-wasm", OUT / "wasm/build", "full", "slim", minutes=60)
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


def postgresql() -> Path | None:
    """The folder of PostgreSQL's programs, which Debian keeps out of the way; none where it cannot be installed."""
    for attempt in range(2):
        found = shutil.which("postgres")
        if found is not None:
            return Path(found).parent
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
        if debian:
            return debian[-1].parent
        if attempt == 0:
            execute([ROOT / "scripts/apt-install", "postgresql"], ROOT, None, 10)
    return None
