"""The stage `features`: each feature of the core builds alone; `scripts/features` leaves each out as well."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from runner import ROOT, execute, verdict


def features() -> None:
    """Each feature of the core builds alone, and none of it with a warning.

    Alone, a feature that lacks another one's code is found, and code that nobody but another one uses. All together, and none, are the stage `lint`.
    """
    for name in features_of_core():
        holds(f"core with only {name}", {name})


def all_but_each() -> None:
    """All builds without each, and those that ask for it: what two others share and a third brought is found."""
    needs = features_of_core()

    def asks_for(name: str, other: str) -> bool:
        return name == other or any(asks_for(part, other) for part in needs[name])

    for name in needs:
        holds(f"core with all but {name}", {one for one in needs if not asks_for(one, name)})


def features_of_core() -> dict[str, set[str]]:
    """And which others each of them asks for."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--quiet"]
    manifest = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    (core,) = (package for package in json.loads(manifest.stdout)["packages"] if package["name"] == "ikusei")
    return {name: set(parts) & set(core["features"]) for name, parts in sorted(core["features"].items()) if name != "default"}


def holds(what: str, chosen: set[str]) -> None:
    command: list[str | Path] = ["cargo", "check", "-p", "ikusei", "--no-default-features", "--features", ",".join(sorted(chosen))]
    code, output = execute(command, ROOT, None, 20)
    verdict(f"{what}, without a warning", code == 0 and not re.search(r"^warning\b", output, re.M))
