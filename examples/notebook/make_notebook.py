"""Makes `analyst.ipynb` of `analyst.py`: the same cells, run once, with what they show.

python examples/notebook/make_notebook.py
"""

from __future__ import annotations

import base64
import io
import time
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from PIL import Image

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
    client = NotebookClient(notebook, timeout=minutes * 60, resources={"metadata": {"path": str(HERE)}}, coalesce_streams=True)
    client.execute()
    return notebook


def lasting(notebook: Any) -> Any:
    """What is worth keeping: no times of cells, and small pictures without what they are drawn from."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data = {"image/png": smaller(output.data["image/png"])}
    notebook.metadata.pop("widgets", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    return notebook


def smaller(picture: str) -> str:
    """A picture with as many colours as a chart needs."""
    before = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    after = io.BytesIO()
    before.quantize(64, dither=Image.Dither.NONE).save(after, "PNG", optimize=True)
    return base64.b64encode(after.getvalue()).decode("ascii")


def main() -> None:
    """Runs the script's cells and writes the notebook."""
    began = time.monotonic()
    notebook = lasting(run(cells()))
    nbformat.validate(notebook)
    NOTEBOOK.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    print(f"{NOTEBOOK.name}: {len(notebook.cells)} cells, {NOTEBOOK.stat().st_size // 1024} KB, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
