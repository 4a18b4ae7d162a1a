"""The examples of the repository, run as a reader would."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_walk_through_capture() -> None:
    command = [sys.executable, "-X", "utf8", "examples/capture/walk.py"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert ran.stderr == ""
    assert ran.stdout == (ROOT / "examples/capture/expected.txt").read_text("utf-8")
