"""What one small lead costs through each binding, beside the core alone and beside general rule engines.

Forty attribute rules, a thousand leads. Every side's answers are compared before it is timed. Peers are installed
from their registries into the target folder. Figures are microseconds per lead: the best of many rounds (what the code
costs) and the median (what this machine gave it meanwhile).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests/setup"))

import packages as built  # noqa: E402
from runner import need  # noqa: E402

OUT = built.TARGET / "bench/crossing"
NODE_PEERS = {"@gorules/zen-engine": "0.54.0", "json-logic-engine": "5.0.7", "json-rules-engine": "7.3.1"}
PYTHON_PEERS = ("datalogic-py==5.9.0", "zen-engine==2.1.3")


def packages(smoke: bool, as_built: bool) -> tuple[Path, Path, Path | None]:
    """The interpreter that has the wheel, and the installed packages of Node and of the browser."""
    if smoke or as_built:
        of = built.OUT.joinpath if smoke else built.measurable
        python = of("python") / "venv/bin/python"
        node, wasm = of("node") / "installed", of("wasm") / "installed"
    else:
        python, node, wasm = built.python_wheel(), built.node_package(), built.wasm_package()
    browser = wasm / "node_modules/ikusei-wasm"
    return python, node / "node_modules/ikusei", browser if browser.is_dir() else None


def peers(python: Path) -> tuple[Path, Path]:
    """A folder with the peers for Node, and one with those for Python."""
    folder, modules = OUT / "node", OUT / "python"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = json.dumps(NODE_PEERS)
    stamp = folder / "installed.json"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != manifest:
        packages = [f"{name}@{version}" for name, version in NODE_PEERS.items()]
        (folder / "package.json").write_text('{ "private": true, "type": "module" }', encoding="utf-8")
        need("npm", "install", "--no-audit", "--no-fund", "--silent", "--save-exact", *packages, cwd=folder)
        stamp.write_text(manifest, encoding="utf-8")
    if not all((modules / name).is_dir() for name in ("datalogic_py", "zen")):
        need(python, "-m", "pip", "install", "--quiet", "--target", modules, *PYTHON_PEERS)
    return folder, modules


def results(*command: str | Path, cwd: Path) -> list[dict[str, object]]:
    words = [str(word) for word in command]
    output = subprocess.run(words, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line[7:]) for line in output.splitlines() if line.startswith("RESULT ")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests/bench/run crossing", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="compare the answers, and measure nothing worth reading")
    parser.add_argument("--built", action="store_true", help="use the packages that tests/run --release has built")
    parser.add_argument("--seconds", type=float, default=3.0, help="time for each figure")
    arguments = parser.parse_args()
    seconds = "0" if arguments.smoke else str(arguments.seconds)
    python, node, wasm = packages(arguments.smoke, arguments.built)
    folder, modules = peers(python)
    need(sys.executable, HERE / "prepare.py", OUT)
    data = OUT / "crossing.json"

    found: list[dict[str, object]] = []
    if not arguments.smoke:
        need("cargo", "build", "--release", "--quiet", "-p", "ikusei-tests", "--example", "crossing", minutes=30)
        found += results(built.TARGET / "release/examples/crossing", data, seconds, cwd=ROOT)
    sides = [f"Node={node}", *([f"WASM in Node={wasm}"] if wasm else []), "peers"]
    found += results("node", HERE / "node.mjs", data, seconds, *sides, cwd=folder)
    found += results(python, HERE / "python.py", data, seconds, modules, cwd=folder)

    if arguments.smoke:
        print(f"{len(found)} sides answered alike; nothing was measured")
        return
    (yardstick,) = (float(str(each["best"])) for each in found if each["name"] == "json-logic-engine, compiled")
    print(f"{'':58} {'best':>9} {'median':>9}   {'beside json-logic-engine':>24}")
    for each in found:
        low, middle = float(str(each["best"])), float(str(each["median"]))
        print(f"{each['name']:58} {low:7.2f} us {middle:6.2f} us   {low / yardstick:23.2f}x")
    print("all answers equal; leads are objects made before, and answers are read as attributes")


main()
