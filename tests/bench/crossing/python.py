"""One lead through the binding and through general rule engines, in Python: python.py CROSSING.JSON SECONDS PEERS"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import ikusei

FILE, SECONDS, PEERS = sys.argv[1:]
DATA = json.loads(Path(FILE).read_text(encoding="utf-8"))
AT = datetime.fromisoformat(DATA["at"])
PART = 50

Answers = Sequence[list[Any]]


def figures(plus: int, minus: int) -> list[Any]:
    total = plus + minus
    return [plus, minus, total, next((rank for rank, least in DATA["ranks"] if total >= least), "C")]


def read(found: Any) -> list[Any]:
    sheet = found.scores["overall"]
    return [sheet.fit_plus, sheet.fit_minus, sheet.total, found.rank]


def measure(name: str, wanted: Answers, inputs: Sequence[Any], run: Callable[[Sequence[Any]], list[Any]]) -> None:
    """Measures in parts, so that an interruption spoils one part of a round only; the best of each part counts."""
    for index, (found, answer) in enumerate(zip(run(inputs), wanted)):
        if found != answer:
            raise SystemExit(f"{name}, lead {index}: {found}, not {answer}")
    parts = [inputs] if "assess_many" in name else [inputs[at : at + PART] for at in range(0, len(inputs), PART)]
    lows = [float("inf")] * len(parts)
    rounds = []
    until = time.perf_counter() + float(SECONDS)
    while len(rounds) < 3 or time.perf_counter() < until:
        times = []
        for part in parts:
            began = time.perf_counter()
            run(part)
            times.append((time.perf_counter() - began) * 1e6)
        lows = list(map(min, lows, times))
        rounds.append(sum(times) / len(inputs))
    best, median = sum(lows) / len(inputs), statistics.median(rounds)
    line = {"name": name, "best": best, "median": median, "equal": len(inputs)}
    print(f"RESULT {json.dumps(line)}", flush=True)


engine = ikusei.Playbook.parse(DATA["playbook"]).compile()
records = DATA["records"]
answers = DATA["answers"]
measure("Python: one lead", answers, records, lambda leads: [read(engine.assess(lead, AT)) for lead in leads])
measure(
    *("Python: one lead, without ledger", answers, records),
    lambda leads: [read(engine.assess(lead, AT, ledger=False)) for lead in leads],
)
measure("Python: assess_many of 1,000", answers, records, lambda leads: [read(found) for found in engine.assess_many(leads, AT)])

sys.path.insert(0, PEERS)
import datalogic_py  # noqa: E402
import zen  # noqa: E402


def decide(content: Any) -> Callable[[Sequence[Any]], list[Any]]:
    rules = zen.ZenEngine({"loader": {"type": "static", "content": {"rules": content}}})

    def one(lead: Any) -> list[Any]:
        result = rules.evaluate("rules", lead)["result"]
        return figures(result["pos"], result["neg"])

    return lambda leads: [one(lead) for lead in leads]


flat = DATA["flat"]
measure("zen-engine for Python", answers[:50], flat[:50], decide(DATA["zen"]))
measure("zen-engine for Python, without patterns", DATA["answers_plain"][:500], flat[:500], decide(DATA["zen_plain"]))


def datalogic() -> Callable[[Sequence[Any]], list[Any]]:
    engine = datalogic_py.Engine()
    plus, minus = (engine.compile(json.dumps(DATA["datalogic_plain"][side])) for side in ("pos", "neg"))
    session = engine.session()

    def one(lead: Any) -> list[Any]:
        handle = datalogic_py.DataHandle(lead)
        return figures(session.evaluate_int(plus, handle), session.evaluate_int(minus, handle))

    return lambda leads: [one(lead) for lead in leads]


measure("datalogic-py, without patterns", DATA["answers_plain"], flat, datalogic())
