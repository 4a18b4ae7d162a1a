"""The stage of Apache Spark: its own environment, for Spark is large and wants pandas before 3."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from packages import OUT, python_wheel, virtualenv
from runner import REPORT, ROOT, Counts, check, execute, note, pytest_counts, say, suite


def missing() -> str | None:
    """Why Spark cannot run here, after trying to install what it needs."""
    if shutil.which("java") is None:
        execute([ROOT / "scripts/apt-install", "default-jre-headless"], ROOT, None, 10)
        if shutil.which("java") is None:
            return "no Java, and it could not be installed"
    began = time.monotonic()
    pip = [virtualenv(OUT / "spark/venv"), "-m", "pip", "install", "--quiet"]
    if execute([*pip, "-r", ROOT / "tests/setup/spark-requirements.txt"], ROOT, None, 15)[0] != 0:
        return "pyspark could not be installed"
    note(f"spark: installed in {time.monotonic() - began:.0f} s")
    return None


def spark() -> None:
    """Tables on a cluster of Apache Spark with two executors."""
    python_wheel()
    (wheel,) = (OUT / "python/wheels").glob("*.whl")
    reason = missing()
    if reason is not None:
        say(f"SKIPPED: tables on Spark: {reason}")
        REPORT.record("tables on Spark", Counts(skipped=1))
        return
    python = OUT / "spark/venv/bin/python"
    tests, example = ROOT / "tests/spark", ROOT / "examples/spark"
    check("the wheel beside pyspark", python, "-m", "pip", "install", "--quiet", wheel)
    suite(
        *("pytest on Spark", pytest_counts, python, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--durations=5"),
        tests,
        cwd=OUT / "spark",
        minutes=20,
    )
    check(
        *("mypy on Spark", python, "-m", "mypy", f"--cache-dir={OUT / 'spark/mypy'}"),
        *("--config-file", ROOT / "bindings-python/pyproject.toml", *tests.glob("*.py"), *example.glob("*.py")),
        env={"MYPYPATH": str(ROOT / "examples/notebook")},
        cwd=tests,
    )
