"""Gives the answers to generated cases again: ``python replay.py FILE``."""

import json
import sys

from test_conformance import steps


def main(path: str) -> int:
    cases = calls = different = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            cases += 1
            calls += len(case["steps"])
            try:
                for step in steps(case):
                    step.holds()
            except AssertionError as problem:
                different += 1
                if different <= 5:
                    print(f"{case['name']}: {problem}")
    print(f"{cases} cases, {calls} calls, {different} cases different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
