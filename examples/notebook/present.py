"""How the notebook looks: one style for all charts, and words and pictures that a script shows as well as a notebook."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import vl_convert
from IPython.core.getipython import get_ipython
from IPython.display import Markdown, display

HERE = Path(__file__).resolve().parent
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999"]
"""Okabe and Ito's, as in the charts of ikusei: they can be told apart by anybody."""
RANKS = alt.Scale(domain=["A", "B", "C"], range=["#0072B2", "#56B4E9", "#D9D9D9"])
FONT = "Noto Sans JP, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"


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
    """The settings, with the style of charts and tables switched on."""
    parser = argparse.ArgumentParser(description="An analyst's day with a million leads.")
    get = os.environ.get
    parser.add_argument("--leads", type=int, default=int(get("IKUSEI_LEADS", 1_000_000)))
    parser.add_argument("--out", type=Path, default=Path(get("IKUSEI_OUT", HERE / "out")))
    parser.add_argument("--real", type=Path, default=Path(get("IKUSEI_DATA", HERE.parents[2] / "shared/data")))
    chosen = Settings(**vars(parser.parse_args([] if in_notebook() else sys.argv[1:])))
    chosen.out.mkdir(parents=True, exist_ok=True)
    _style.out = chosen.out
    alt.theme.register("ikusei", enable=True)(_theme)
    pl.Config.set_tbl_hide_column_data_types(True).set_tbl_hide_dataframe_shape(True)
    pl.Config.set_tbl_rows(20).set_fmt_str_lengths(60).set_float_precision(3).set_tbl_width_chars(140)
    return chosen


def in_notebook() -> bool:
    """Whether a kernel runs this."""
    return getattr(get_ipython(), "kernel", None) is not None


def say(text: str) -> None:
    """A conclusion in words."""
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
    (_style.out / f"{name}.png").write_bytes(vl_convert.vegalite_to_png(text, scale=2))
    if in_notebook():
        mime = f"application/vnd.vegalite.v{spec['$schema'].split('/v')[-1][0]}+json"
        picture = vl_convert.vegalite_to_png(text, scale=1)
        display({mime: spec, "image/png": picture}, raw=True)
    else:
        print(f"[{name}.png]", end="\n\n")


class _Style:
    out = Path()


_style = _Style()


def _theme() -> alt.theme.ThemeConfig:
    return {
        "config": {
            "font": FONT,
            "background": "white",
            "view": {"continuousWidth": 560, "discreteWidth": 560, "continuousHeight": 260, "stroke": None},
            "title": {"fontSize": 17, "anchor": "start", "subtitleFontSize": 13, "subtitleColor": "#555555", "offset": 14},
            "axis": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal", "labelLimit": 240, "gridColor": "#EEEEEE"},
            "legend": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal"},
            "range": {"category": COLOURS},
            "mark": {"color": COLOURS[0]},
        }
    }
