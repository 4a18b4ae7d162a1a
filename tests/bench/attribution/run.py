"""Attribution of millions of touches, beside a computation in numpy and public attribution packages.

Journeys of twelve channels, four touches long on average, of which some 18 in a hundred convert. The Markov credits are compared with the
absorbing chain solved by numpy, and the linear credits with a sum in numpy, before anything is timed. Peers are installed from their
registry into the target folder; they are given fewer journeys where they take minutes, and the figures are per million touches.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests/setup"))

import packages as built  # noqa: E402
from runner import need  # noqa: E402

PEERS = ("numpy", "pandas", "matplotlib", "ChannelAttribution==2.2.5")


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/bench/run attribution", description=__doc__)
    parser.add_argument("--built", action="store_true", help="use the wheel that tests/run --release has built")
    parser.add_argument("--touches", type=float, default=10.0, help="millions of touches")
    arguments = parser.parse_args()
    python = built.measurable("python") / "venv/bin/python" if arguments.built else built.python_wheel()
    modules = built.TARGET / "bench/attribution/python"
    if not (modules / "ChannelAttribution").is_dir():
        need(python, "-m", "pip", "install", "--quiet", "--target", modules, *PEERS)
    # A process of its own for each side: what one holds does not count for the other.
    for side in ("coded", "memory", "peer"):
        subprocess.run([python, HERE / "measure.py", modules, side, str(arguments.touches)], check=True)


main()
