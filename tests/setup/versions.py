"""Says whether every package carries the workspace's version, whether the browser package and its glue are of one
wasm-bindgen, whether a lockfile names a registry's host, and whether all of it can be
built by the oldest Rust that the manifests declare."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ("core", "bindings-python", "bindings-node", "bindings-wasm")


def main() -> int:
    problems: list[str] = []
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]
    version = workspace["package"]["version"]
    carried = {"Cargo.toml, the ikusei dependency": workspace["dependencies"]["ikusei"]["version"]}
    for package in cargo_metadata("--no-deps")["packages"]:
        carried[f"crate {package['name']}"] = package["version"]
    for file in ("bindings-node/package.json", "bindings-wasm/package.json"):
        carried[file] = json.loads((ROOT / file).read_text(encoding="utf-8"))["version"]
    python = tomllib.loads((ROOT / "bindings-python/pyproject.toml").read_text(encoding="utf-8"))["project"]
    if "version" in python or "version" not in python.get("dynamic", []):
        problems.append("bindings-python/pyproject.toml: the version must come from the crate")
    problems += [f"{where}: {found}, not {version}" for where, found in carried.items() if found != version]

    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*package-lock.json"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.split():
        if re.search(r'"resolved":\s*"https?:', (ROOT / name).read_text(encoding="utf-8")):
            problems.append(f"{name}: names the host it was made with; npm's omit-lockfile-registry-resolved leaves it out")

    def dependency(manifest: str, name: str) -> str:
        return str(tomllib.loads((ROOT / manifest).read_text(encoding="utf-8"))["dependencies"][name])

    glue = dependency("bindings-wasm/Cargo.toml", "wasm-bindgen"), dependency("scripts/bindgen/Cargo.toml", "wasm-bindgen-cli-support")
    if glue[0] != glue[1]:
        problems.append(f"scripts/bindgen/Cargo.toml writes the glue of wasm-bindgen {glue[1]}, and the browser package is of {glue[0]}")

    problems += newer_than_declared(workspace["package"]["rust-version"])

    for problem in problems:
        print(problem)
    print(f"version {version}: {len(carried)} places, {len(problems)} problems")
    return 1 if problems else 0


def newer_than_declared(declared: str) -> list[str]:
    """What asks for a newer Rust than the manifests declare. Of the standard library clippy finds it (`incompatible_msrv`); here are
    dependencies, and the one construct of the language that came since and that a newer compiler takes without a word."""

    def parts(version: str) -> tuple[int, ...]:
        return tuple(map(int, version.split(".")[:2]))

    found = [
        f"{package['name']} {package['version']} asks for Rust {package['rust_version']}, and we declare {declared}"
        for package in cargo_metadata("--all-features", "--locked")["packages"]
        if package["rust_version"] and parts(package["rust_version"]) > parts(declared)
    ]
    if parts(declared) < (1, 95):
        for path in sorted(path for folder in PUBLISHED for path in (ROOT / folder).rglob("*.rs")):
            text = path.read_text(encoding="utf-8")
            # A statement opens a brace before any arrow.
            for guard in re.finditer(r"\bif\b[^{};]*\blet\b[^{;]*?=>", text):
                line = text.count("\n", 0, guard.start()) + 1
                found.append(f"{path.relative_to(ROOT)}:{line}: a guard with `if let` is of Rust 1.95, and we declare {declared}")
    return found


def cargo_metadata(*words: str) -> Any:
    command = ["cargo", "metadata", "--format-version", "1", "--quiet", *words]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
