"""Makes `analyst.ipynb` of `analyst.py`: the same cells, run once, with what they show.

    python examples/notebook/make_notebook.py
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
SCRIPT = HERE / "analyst.py"
NOTEBOOK = HERE / "analyst.ipynb"


def cells() -> Any:
    """The notebook of the script, not yet run. The ids of cells do not change with every making."""
    notebook = jupytext.read(SCRIPT)
    notebook.metadata.pop("jupytext", None)
    for number, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"cell-{number}"
    return notebook


def run(notebook: Any, minutes: int = 30) -> Any:
    """Runs all cells; raises `CellExecutionError` for the first that fails."""
    NotebookClient(notebook, timeout=minutes * 60, resources={"metadata": {"path": str(HERE)}}).execute()
    return notebook


def lasting(notebook: Any) -> Any:
    """What is worth keeping: no times of cells, of a bar its last state, pictures but not what they are drawn from."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = "".join(re.sub(r"^.*\r", "", line) for line in output.text.splitlines(keepends=True))
            elif "image/png" in output.get("data", {}):
                output.data = {"image/png": output.data["image/png"]}
    notebook.metadata.pop("widgets", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    return notebook


def main() -> None:
    """Runs the script's cells and writes the notebook."""
    began = time.monotonic()
    notebook = lasting(run(cells()))
    nbformat.validate(notebook)
    NOTEBOOK.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    print(f"{NOTEBOOK.name}: {len(notebook.cells)} cells, {NOTEBOOK.stat().st_size // 1024} KB, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
