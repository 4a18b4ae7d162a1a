"""Whole tables: ikusei beside Polars, DuckDB and pandas, over the same files and rules, in one run.

A: a million leads, 40 rules over 12 columns. B: ten million activities of half a million leads, rules with window, decay
and cap; the peers' ages are whole days, as ours are. Every program's answer is compared before its time counts. Then the peak
of memory: of both tables over input and output, and of a stream of 5 GB.
The peers' programs and the generator are those of the folder `../shared/bench` beside the repository.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests/setup"))

import packages as built  # noqa: E402
from runner import need  # noqa: E402

OUT = built.TARGET / "bench/tables"
PEERS = ROOT.parent / "shared/bench"
WHOLE_DAYS = {
    "b_polars.py": (
        '(pl.lit(AS_OF)-pl.col("ts")).dt.total_microseconds().cast(pl.Float64)*(-LN2/30/86400e6)',
        '((pl.lit(AS_OF)-pl.col("ts")).dt.total_microseconds()//86_400_000_000).cast(pl.Float64)*(-LN2/30)',
    ),
    "b_pandas.py": (".astype(np.int64)/86400e6", ".astype(np.int64)//86_400_000_000"),
}
"""What makes the peers count whole days."""
A_JOBS: list[tuple[str, ...]] = [
    ("a_ikusei.py",),
    ("a_polars.py", "--engine", "streaming"),
    ("a_polars.py", "--engine", "in-memory"),
    ("a_duckdb.py",),
    ("a_ikusei.py", "--variant", "cat"),
    ("a_polars.py", "--variant", "cat", "--engine", "streaming"),
]
B_JOBS: list[tuple[str, ...]] = [
    ("b_ikusei.py",),
    ("b_ikusei.py", "--variant", "cat"),
    ("b_ikusei.py", "--form", "sorted"),
    ("b_polars.py",),
    ("b_polars.py", "--variant", "cat"),
    ("b_pandas.py", "--variant", "cat"),
]


def prepare(python: Path, scale: int) -> None:
    for folder in ("data", "results"):
        (OUT / folder).mkdir(parents=True, exist_ok=True)
    for program in [*PEERS.glob("*.py"), *HERE.glob("*_*.py")]:
        text = program.read_text(encoding="utf-8")
        if program.name in WHOLE_DAYS:
            before, after = WHOLE_DAYS[program.name]
            if before not in text:
                raise SystemExit(f"{program.name} is not the program that this benchmark knows")
            text = text.replace(before, after)
        text = text.replace("events_10m", f"events_{10_000_000 // scale}")
        (OUT / program.name).write_text(text, encoding="utf-8")
    rules = json.loads((PEERS / "rules.json").read_text(encoding="utf-8"))
    rules["behaviour"] = [rule for rule in rules["behaviour"] if rule["kind"] == "decay"]
    (OUT / "rules.json").write_text(json.dumps(rules, ensure_ascii=False), encoding="utf-8")
    leads, events, known = (str(number // scale) for number in (1_000_000, 10_000_000, 500_000))
    for file, words in (
        (f"data/leads_{leads}.parquet", ("leads", leads)),
        (f"data/events_{events}.parquet", ("events", events, known)),
    ):
        if not (OUT / file).is_file():
            need(python, "gen.py", *words, file, cwd=OUT)


def result(python: Path, job: tuple[str, ...], threads: int) -> dict[str, object]:
    command = [str(python), *job, "--threads", str(threads)]
    done = subprocess.run(command, cwd=OUT, stdout=subprocess.PIPE, text=True, check=True)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    return json.loads(line[7:])


def compare(python: Path, jobs: list[tuple[str, ...]], threads: int, rounds: int) -> None:
    times: dict[tuple[str, ...], list[float]] = {job: [] for job in jobs}
    worked: dict[tuple[str, ...], list[float]] = {job: [] for job in jobs}
    digests, loads = set(), []
    size = 0
    for _ in range(rounds):
        for job in jobs:
            loads.append(os.getloadavg()[0])
            found = result(python, job, threads)
            size = int(str(found["n"]))
            times[job] += found["wall"]  # type: ignore[arg-type]
            worked[job] += found["cpu"]  # type: ignore[arg-type]
            digests.add(found.get("digest") if job[0].startswith("a_") else None)
    if len(digests) != 1:
        raise SystemExit(f"the answers differ: {digests}")
    ours = [job for job in jobs if "ikusei" in job[0]]
    print(f"load of the machine: median {statistics.median(loads):.1f}, most {max(loads):.1f}, of {os.cpu_count()} processors")
    print("M/s by the clock, and per second of processor time, which others on the machine disturb less; medians; and how many times")
    print(f"as fast ({', '.join(' '.join(own) for own in ours)}) are by each")
    speeds = [{job: size / statistics.median(found) / 1e6 for job, found in taken.items()} for taken in (times, worked)]
    for job in jobs:
        columns = []
        for speed in speeds:
            columns.append(f"{speed[job]:7.2f}  " + " ".join(f"{speed[own] / speed[job]:5.2f}" for own in ours))
        print(f"{' '.join(job):50} {threads} thread(s)  {'   |'.join(columns)}   | best {size / min(times[job]) / 1e6:7.2f}")


def memory(python: Path, leads: str) -> None:
    for case in ("leads", "activities", "stream"):
        found = result(python, ("m_ikusei.py", "--case", case, "--n", leads), 1)
        figures = "  ".join(f"{name} {value}" for name, value in found.items() if name not in ("cat", "peer", "case", "threads"))
        print(f"memory, {case} (MB): {figures}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--built", action="store_true", help="take the wheel that tests/run --release has installed")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--only", choices=["a", "b", "memory"])
    parser.add_argument("--scale", type=int, default=1, help="divide the tables by so much")
    arguments = parser.parse_args()
    if not PEERS.is_dir():
        raise SystemExit(f"the peers' programs are not there: {os.path.relpath(PEERS, ROOT)}")
    python = built.measurable("python") / "venv/bin/python" if arguments.built else built.python_wheel()
    prepare(python, arguments.scale)
    if arguments.only in (None, "b"):
        need(python, "b_pandas.py", "--make", "1", "--reps", "1", cwd=OUT)
    sized = [(*job, "--n", str(1_000_000 // arguments.scale)) for job in A_JOBS]
    for threads in arguments.threads:
        if arguments.only in (None, "a"):
            compare(python, sized, threads, arguments.rounds)
        if arguments.only in (None, "b"):
            compare(python, B_JOBS, threads, arguments.rounds)
    if arguments.only in (None, "memory"):
        memory(python, str(1_000_000 // arguments.scale))


if __name__ == "__main__":
    main()
