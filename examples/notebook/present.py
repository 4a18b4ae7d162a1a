"""How the day is told: settings, words and pictures, which a script shows as well as a notebook does."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import vl_convert
from IPython.core.getipython import get_ipython
from IPython.display import Markdown, display

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Settings:
    """What may be chosen; a notebook takes it from the environment, a script from its options too."""

    leads: int
    """How many leads are made up: IKUSEI_LEADS, a million unless told otherwise."""
    out: Path
    """Where pictures and results go: IKUSEI_OUT, the folder `out` beside this file unless told otherwise."""
    real: Path
    """Where real data may lie, for the last chapter: IKUSEI_DATA."""


def settings() -> Settings:
    """The settings; also says how tables are written."""
    parser = argparse.ArgumentParser(description="An analyst's day with a million leads.")
    get = os.environ.get
    parser.add_argument("--leads", type=int, default=int(get("IKUSEI_LEADS", 1_000_000)))
    parser.add_argument("--out", type=Path, default=Path(get("IKUSEI_OUT", HERE / "out")))
    parser.add_argument("--real", type=Path, default=Path(get("IKUSEI_DATA", HERE.parents[2] / "shared/data")))
    chosen = Settings(**vars(parser.parse_args([] if in_notebook() else sys.argv[1:])))
    chosen.out.mkdir(parents=True, exist_ok=True)
    _style.out = chosen.out
    pl.Config.set_tbl_hide_column_data_types(True).set_tbl_hide_dataframe_shape(True)
    pl.Config.set_tbl_rows(20).set_fmt_str_lengths(60).set_float_precision(3).set_tbl_width_chars(140)
    return chosen


def in_notebook() -> bool:
    """Whether a kernel runs this."""
    return getattr(get_ipython(), "kernel", None) is not None


def say(text: str) -> None:
    """A conclusion in words; nothing, where there is nothing to say."""
    if not text:
        return
    if in_notebook():
        display(Markdown(text))
    else:
        print(text.replace("**", ""), end="\n\n")


def show(chart: Any, name: str) -> None:
    """A chart: kept as a picture and as its specification; in a notebook one that answers to the mouse.

    Where no scripts run, as on the pages of a code host, the notebook shows the picture.
    """
    spec = chart if isinstance(chart, dict) else chart.to_dict()
    text = json.dumps(spec, ensure_ascii=False)
    (_style.out / f"{name}.vl.json").write_text(text + "\n", encoding="utf-8")
    picture = vl_convert.vegalite_to_png(text, scale=2)
    (_style.out / f"{name}.png").write_bytes(picture)
    if in_notebook():
        mime = f"application/vnd.vegalite.v{spec['$schema'].split('/v')[-1][0]}+json"
        # Twice as fine as it is wide; the width is the second number of a PNG's header.
        width = int.from_bytes(picture[16:20]) // 2
        display({mime: spec, "image/png": picture}, raw=True, metadata={"image/png": {"width": width}})
    else:
        print(f"[{name}.png]", end="\n\n")


class _Style:
    out = Path()


_style = _Style()
