"""The stage of the example notebook: an environment as its README makes it, then ruff, mypy and its tests."""

from __future__ import annotations

from pathlib import Path

from packages import OUT, fresh, python_wheel, virtualenv
from runner import ROOT, check, need, pytest_counts, say, suite


def notebook() -> None:
    """The analyst's notebook, executed cell by cell, and the same as a script."""
    python_wheel()
    (wheel,) = (OUT / "python/wheels").glob("*.whl")
    python = virtualenv(OUT / "notebook/venv")
    example = ROOT / "examples/notebook"
    need(python, "-m", "pip", "install", "--quiet", wheel, "-r", example / "requirements.txt")
    need(python, "-m", "pip", "install", "--quiet", "-r", ROOT / "tests/setup/notebook-requirements.txt")
    japanese(python)
    tests = ROOT / "tests/notebook"
    check("ruff", python, "-m", "ruff", "check", "--no-cache", "--config", example / "ruff.toml", example, tests)
    check(
        *("mypy of the notebook", python, "-m", "mypy", f"--cache-dir={OUT / 'notebook/mypy'}"),
        *("--config-file", example / "mypy.ini", example, tests),
        env={"MYPYPATH": str(example)},
        cwd=OUT,
    )
    pictures = fresh(OUT / "notebook/out")
    suite(
        *("pytest of the notebook", pytest_counts, python, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", tests),
        env={"IKUSEI_OUT": str(pictures)},
        cwd=OUT,
    )
    say(f"its pictures, to be looked at: {pictures / 'script'}")


def japanese(python: Path) -> None:
    """A font with Japanese letters, by which pictures are drawn."""
    listed = need("fc-list", ":lang=ja", "family") if python.exists() else ""
    if not listed.strip():
        need(ROOT / "scripts/apt-install", "fonts-noto-cjk", minutes=15)
