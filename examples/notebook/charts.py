"""The pictures of the day: each takes the table that it draws and what it says in words."""

from __future__ import annotations

import altair as alt
import polars as pl

COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999"]
"""Okabe and Ito's, as in the charts of ikusei: they can be told apart by anybody."""
FONT = "Noto Sans JP, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"
PERCENT = alt.Axis(format="%")
RANK = alt.Color("rank:N", title="rank", scale=alt.Scale(domain=["A", "B", "C"], range=["#0072B2", "#56B4E9", "#D9D9D9"]))
PLAYBOOK = alt.Color(
    "playbook:N", title="playbook", sort=["present", "candidate"], scale=alt.Scale(range=["#999999", "#D55E00"])
)
ABOUT = alt.Scale(domain=["who it is", "what it did"], range=["#56B4E9", "#0072B2"])


@alt.theme.register("ikusei", enable=True)
def theme() -> alt.theme.ThemeConfig:
    """One style for all."""
    return {
        "config": {
            "font": FONT,
            "background": "white",
            "view": {"continuousWidth": 560, "continuousHeight": 260, "stroke": None},
            "title": {"fontSize": 17, "anchor": "start", "subtitleFontSize": 13, "subtitleColor": "#555555", "offset": 14},
            "axis": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal", "labelLimit": 240, "gridColor": "#EEEEEE"},
            "legend": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal"},
            "range": {"category": COLOURS},
            "mark": {"color": COLOURS[0]},
        }
    }


def ranks(share: pl.DataFrame) -> alt.Chart:
    """Shares of ranks (`channel`, `rank`, `leads`, `share`), the channel with most A leads first."""
    best = share.filter(pl.col("rank") == "A").sort("share", descending=True)
    first, last = best.row(0, named=True), best.row(-1, named=True)
    subtitle = f"rank A: {first['share']:.1%} of {first['channel']}, {last['share']:.1%} of {last['channel']}"
    return (
        alt.Chart(share, title=alt.Title("Ranks by channel", subtitle=subtitle))
        .mark_bar()
        .encode(
            y=alt.Y("channel:N", title=None, sort=best["channel"].to_list()),
            x=alt.X("share:Q", title="share of the channel's leads", axis=PERCENT),
            color=RANK,
            order="rank:N",
            tooltip=["channel", "rank", alt.Tooltip("leads", format=","), alt.Tooltip("share", format=".2%")],
        )
    )


def histogram(bars: pl.DataFrame, floors: pl.DataFrame) -> alt.LayerChart:
    """Leads by points (`from`, `to`, `rank`, `leads`), with the thresholds of ranks (`rank`, `points`)."""
    counts = bars.group_by("rank").agg(pl.col("leads").sum()).sort("rank").iter_rows()
    subtitle = ", ".join(f"{rank}: {count:,}" for rank, count in counts) + " leads"
    columns = (
        alt.Chart(bars)
        .mark_bar()
        .encode(
            x=alt.X("from:Q", bin="binned", title="points"),
            x2="to:Q",
            y=alt.Y("leads:Q", title="leads", axis=alt.Axis(format="~s")),
            color=RANK,
            tooltip=["from", "to", "rank", alt.Tooltip("leads", format=",")],
        )
    )
    lines = alt.Chart(floors).mark_rule(strokeDash=[4, 4]).encode(x="points:Q")
    names = lines.mark_text(align="left", dx=4, y=8, fontSize=12).encode(text="rank:N")
    return (columns + lines + names).properties(title=alt.Title("Points of all leads", subtitle=subtitle))


def reasons(found: pl.DataFrame) -> alt.Chart:
    """Rules by how many A leads they carry (`rule`, `label`, `about`, `share`, `points`)."""
    subtitle = "share of the A leads that have the rule among their three weightiest reasons"
    return (
        alt.Chart(found, title=alt.Title("What makes a lead A", subtitle=subtitle))
        .mark_bar()
        .encode(
            y=alt.Y("label:N", title=None, sort="-x"),
            x=alt.X("share:Q", title="share of A leads", axis=PERCENT),
            color=alt.Color("about:N", title="about", scale=ABOUT),
            tooltip=["rule", "label", alt.Tooltip("share", format=".1%"), alt.Tooltip("points", format=",.0f")],
        )
    )


def life(steps: pl.DataFrame, floors: pl.DataFrame, who: str) -> alt.LayerChart:
    """The points of one lead as time goes (`at`, `points`, `what`)."""
    local = steps.with_columns(pl.col("at").dt.replace_time_zone(None))
    days = (steps["at"][-1] - steps["at"][0]).days
    story = (
        alt.Chart(local)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("at:T", title="day", axis=alt.Axis(format="%-d %b", tickCount=8)),
            y=alt.Y("points:Q", title="points"),
            tooltip=["at:T", "points", "what"],
        )
    )
    lines = alt.Chart(floors).mark_rule(strokeDash=[4, 4], color="#777777").encode(y="points:Q")
    names = lines.mark_text(align="left", x=4, dy=-7, color="#555555", fontSize=12).encode(text="rank:N")
    title = alt.Title(f"The life of {who}", subtitle=f"{steps.height - 1} changes in {days} days")
    return (story + lines + names).properties(title=title)


def learnt(compared: pl.DataFrame) -> alt.LayerChart:
    """Points of rules by two playbooks (`rule`, `playbook`, `points`)."""
    sort = alt.EncodingSortField("points", op="max", order="descending")
    base = alt.Chart(compared).encode(y=alt.Y("rule:N", title=None, sort=sort))
    zero = alt.Chart(pl.DataFrame({"points": [0]})).mark_rule(color="#999999").encode(x="points:Q")
    bars = base.mark_line(color="#BBBBBB", strokeWidth=3).encode(x="points:Q", detail="rule:N")
    ends = base.mark_point(filled=True, size=140, opacity=1).encode(
        x=alt.X("points:Q", title="points when it happens for the first time"),
        color=PLAYBOOK,
        tooltip=["rule", "playbook", "points"],
    )
    return (zero + bars + ends).properties(title="What behaviour is worth: said and learnt")


def gains(found: pl.DataFrame, subtitle: str) -> alt.LayerChart:
    """Buyers among the best leads (`playbook`, `part`, `won_part`), with the line of pure chance."""
    none = found.select("playbook").unique().with_columns(part=0.0, won_part=0.0)
    curves = (
        alt.Chart(pl.concat([none, found.select(none.columns)]))
        .mark_line(point=True, strokeWidth=2.5)
        .encode(
            x=alt.X("part:Q", title="part of leads, best scores first", axis=PERCENT),
            y=alt.Y("won_part:Q", title="part of all buyers among them", axis=PERCENT),
            color=PLAYBOOK,
            tooltip=["playbook", alt.Tooltip("part", format=".0%"), alt.Tooltip("won_part", format=".1%")],
        )
    )
    ends = pl.DataFrame({"part": [0.0, 1.0], "won_part": [0.0, 1.0]})
    chance = alt.Chart(ends).mark_line(strokeDash=[4, 4], color="#777777").encode(x="part:Q", y="won_part:Q")
    return (chance + curves).properties(title=alt.Title("Buyers found", subtitle=subtitle))


def migration(found: pl.DataFrame) -> alt.LayerChart:
    """From which rank to which (`present`, `candidate`, `leads`)."""
    shares = found.with_columns(share=pl.col("leads") / pl.col("leads").sum().over("present"))
    moved = found.filter(pl.col("present") != pl.col("candidate"))["leads"].sum()
    base = alt.Chart(shares).encode(
        x=alt.X("candidate:N", title="rank by the candidate", axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("present:N", title="rank by the present playbook"),
        tooltip=["present", "candidate", alt.Tooltip("leads", format=","), alt.Tooltip("share", format=".1%")],
    )
    shade = alt.Scale(scheme="blues", domain=[0, 1])
    title = "share of the present rank"
    squares = base.mark_rect().encode(color=alt.Color("share:Q", title=title, scale=shade, legend=alt.Legend(format="%")))
    ink = alt.condition("datum.share > 0.55", alt.value("white"), alt.value("#222222"))
    numbers = base.mark_text(fontSize=14).encode(text=alt.Text("leads:Q", format=","), color=ink)
    subtitle = f"{moved:,} of {found['leads'].sum():,} leads have another rank"
    return (squares + numbers).properties(width=360, height=220, title=alt.Title("Who moves", subtitle=subtitle))


def load(weeks: pl.DataFrame, leads: int) -> alt.Chart:
    """How many leads become A in a week (`at`, `playbook`, `leads`)."""
    mean = weeks.group_by("playbook").agg(pl.col("leads").mean()).sort("playbook", descending=True).iter_rows()
    subtitle = "on average " + ", ".join(f"{count:.1f} ({name})" for name, count in mean) + f", of {leads:,} leads"
    return (
        alt.Chart(weeks, title=alt.Title("New A leads a week", subtitle=subtitle))
        .mark_line(point=True)
        .encode(
            x=alt.X("at:T", title="week up to", axis=alt.Axis(format="%-d %b")),
            y=alt.Y("leads:Q", title="leads that become A", scale=alt.Scale(zero=True)),
            color=PLAYBOOK,
            tooltip=["at:T", "playbook", "leads"],
        )
    )


def attribution(shares: pl.DataFrame, models: list[str]) -> alt.LayerChart:
    """Shares of deals (`channel`, `model`, `share`), model beside model."""
    order = shares.group_by("channel").agg(pl.col("share").mean()).sort("share", descending=True)["channel"].to_list()
    base = alt.Chart(shares).encode(
        y=alt.Y("channel:N", title=None, sort=order),
        x=alt.X("share:Q", title="share of deals", axis=PERCENT),
    )
    bars = base.mark_line(color="#DDDDDD", strokeWidth=3).encode(detail="channel:N")
    dots = base.mark_point(filled=True, size=110, opacity=0.9).encode(
        color=alt.Color("model:N", title="model", sort=models, scale=alt.Scale(domain=models, range=COLOURS)),
        shape=alt.Shape("model:N", title="model", sort=models, scale=alt.Scale(domain=models)),
        tooltip=["channel", "model", alt.Tooltip("share", format=".1%")],
    )
    title = alt.Title("Deals by channel, model beside model", subtitle="the longer the bar, the more it is a matter of opinion")
    return (bars + dots).properties(title=title)


def returns(money: pl.DataFrame) -> alt.LayerChart:
    """Cost and revenue of campaigns (`campaign`, `cost`, `revenue`, `roi`)."""
    millions = [pl.col(name).cast(pl.Float64) / 1e6 for name in ("cost", "revenue")]
    amounts = money.select("campaign", "roi", *millions).unpivot(["cost", "revenue"], index=["campaign", "roi"])
    order = money.sort("roi", descending=True)["campaign"].to_list()
    base = alt.Chart(amounts).encode(y=alt.Y("campaign:N", title=None, sort=order), yOffset="variable:N")
    bars = base.mark_bar().encode(
        x=alt.X("value:Q", title="million yen", axis=alt.Axis(format=",.0f")),
        color=alt.Color("variable:N", title=None, scale=alt.Scale(domain=["cost", "revenue"], range=["#999999", "#009E73"])),
        tooltip=["campaign", "variable", alt.Tooltip("value", format=",.1f")],
    )
    beside = base.transform_filter("datum.variable == 'revenue'").mark_text(align="left", dx=5, fontSize=12)
    numbers = beside.encode(x="value:Q", text=alt.Text("roi:Q", format="+.0%"))
    title = alt.Title("Cost and revenue", subtitle="beside the revenue: return on investment")
    return (bars + numbers).properties(title=title)
