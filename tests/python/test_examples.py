"""The examples of the repository, run as a reader would."""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def runs(program: str, expected: str) -> None:
    command = [sys.executable, "-X", "utf8", program]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert ran.stderr == ""
    assert ran.stdout == (ROOT / expected).read_text("utf-8")


def test_walk_through_capture() -> None:
    runs("examples/capture/walk.py", "examples/capture/expected.txt")


def test_outbox() -> None:
    runs("examples/nurturing/outbox.py", "examples/nurturing/outbox.txt")


def test_notebook_of_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cell after cell, as a notebook runs them; each prints what is stored below it."""
    monkeypatch.chdir(ROOT)
    notebook = json.loads(Path("examples/capture/notebook.ipynb").read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    names: dict[str, Any] = {}
    for number, cell in enumerate(cells, start=1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
        assert printed.getvalue() == "".join("".join(output["text"]) for output in cell["outputs"])


def test_foreseeing(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "utf8", "examples/nurturing/foresee.py"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert ran.stderr == ""
    assert ran.stdout == (ROOT / "examples/nurturing/foresee.txt").read_text("utf-8")
    subprocess.run([*command, str(tmp_path)], cwd=ROOT, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hot.svg", "product-a.svg", "product-b.svg"]
