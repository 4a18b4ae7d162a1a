"""Says whether every package carries the workspace's version, and whether a lockfile names a registry's host."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    problems: list[str] = []
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]
    version = workspace["package"]["version"]
    carried = {"Cargo.toml, the ikusei dependency": workspace["dependencies"]["ikusei"]["version"]}
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1", "--quiet"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for package in json.loads(metadata.stdout)["packages"]:
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

    for problem in problems:
        print(problem)
    print(f"version {version}: {len(carried)} places, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
