"""Runs commands, lets their output through, and counts what they came to."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
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
        with LOCK:
            self.total.add(counts)
            if counts.failed:
                self.failures.append(f"{what} ({counts.failed} failed)")


LOCK = threading.Lock()
REPORT = Report()
STAGE = threading.local()
"""The name of the stage that this thread runs, where several stages run at once: it stands before each of their lines,
with the minutes and seconds since the beginning, by which one finds what takes long."""
BEGAN = time.monotonic()


class StageError(Exception):
    """A step that later steps of the same stage need did not work."""


def say(text: str) -> None:
    name = getattr(STAGE, "name", None)
    if name is not None:
        minutes, seconds = divmod(int(time.monotonic() - BEGAN), 60)
        text = "\n".join(f"{name:9} {minutes:02}:{seconds:02} | {line}".rstrip() for line in text.split("\n"))
    with LOCK:
        print(text, flush=True)


def note(text: str) -> None:
    """A figure that the closing summary repeats."""
    say(text)
    with LOCK:
        REPORT.notes.append(text)


def execute(
    command: list[str | Path], cwd: Path, env: dict[str, str] | None, minutes: float
) -> tuple[int, str]:
    """Runs a command, lets its output through, and returns its exit code and that output."""
    words = [str(word) for word in command]
    shown = cwd.relative_to(ROOT) if cwd.is_relative_to(ROOT) else cwd
    say(f"$ {'' if cwd == ROOT else f'cd {shown}; '}{shlex.join(words)}")
    began = time.monotonic()
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
            say(line.removesuffix("\n"))
            lines.append(line)
        # Waited for by hand: `wait` does not tell the processor time, which is the same however busy the machine is.
        _, status, used = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        late = not timer.is_alive()
        timer.cancel()
    if late:
        say(f"stopped: not finished within {minutes:g} minutes")
    spent = used.ru_utime + used.ru_stime
    STAGE.spent = getattr(STAGE, "spent", 0.0) + spent
    if spent > 10:
        say(f"took {time.monotonic() - began:.0f} s, {spent:.0f} s of processor time")
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
