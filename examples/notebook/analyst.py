# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # An analyst's day
#
# A company sells software to other companies in Japan. In a year it met a million people: at fairs, through search, in
# webinars, on a bought list. A **playbook** gives them points and ranks, and sales calls those of rank A.
#
# Does that work? Today we find out:
#
# 1. **Score** everybody, and see who is where, and why.
# 2. **Calibrate**: do those with a better rank buy more often?
# 3. **Learn** what the points should be, write the next playbook, and **backtest** it against the present one.
# 4. **Attribute** deals to channels, and set **cost against return**.
# 5. Look back, and say **what to do next**.
#
# The same as a program: `python analyst.py --leads 1000000`. The data are made up by `sample.py`; the words under each result are
# put together from what was found, so they stay true with other data.

# %%
import time
from datetime import timedelta

import altair as alt
import duckdb
import pandas as pd
import polars as pl
from IPython.display import display
from tqdm import tqdm

import ikusei
from ikusei import analytics
from present import COLOURS, HERE, RANKS, say, settings, show
from sample import AT, make

chosen = settings()

# %% [markdown]
# ## 1. Everybody, scored
#
# A year of data lies in Parquet files, as an export from the CRM would.

# %%
make(chosen.leads).write(chosen.out)
leads = pl.read_parquet(chosen.out / "leads.parquet")
activities = pl.read_parquet(chosen.out / "activities.parquet")
say(f"**{leads.height:,} leads** did **{activities.height:,} things** in a year.")
leads.head(3)

# %%
activities.tail(4)

# %% [markdown]
# Sales keeps its part in pandas. ikusei takes both: whatever speaks Arrow.

# %%
deals = pd.read_parquet(chosen.out / "deals.parquet")
follow_ups = pd.read_parquet(chosen.out / "follow_ups.parquet")
spend = pd.read_parquet(chosen.out / "spend.parquet")
deals.head(3)

# %% [markdown]
# The playbook says what counts. Compiled once, it is an engine; `lint` would tell what it says and cannot mean.

# %%
playbook = ikusei.Playbook.load(HERE / "playbook.yaml")
engine = playbook.compile()
card = playbook.to_dict()["scorecards"]["overall"]
lint = playbook.lint()
possible = lint.ranges["overall"]
say(
    f"`{playbook.name}` has {len(card['rules'])} rules; totals lie between {possible.min:g} and {possible.max:g}. "
    f"Lint finds {len(lint.findings) or 'nothing'}{' things' if lint.findings else ''} to mend."
)

# %% [markdown]
# Now everybody at once. The result is a table as well.

# %%
began = time.perf_counter()
with tqdm(total=leads.height, unit=" leads", unit_scale=True) as bar:
    scored = engine.assess_table(leads, activities, at=AT, segments="booleans", progress=bar.update)
seconds = time.perf_counter() - began
say(f"**{leads.height / seconds:,.0f} leads a second**, with {activities.height / seconds:,.0f} activities a second.")

# %% [markdown]
# ### Who is where
#
# DuckDB asks the result directly: it is read through Arrow, and nothing is copied or written.

# %%
ranks = duckdb.sql("""
    select l."source.channel" as channel, s."overall.rank" as rank, count(*) as leads, avg(s."overall.total") as points
    from scored s join leads l using (id)
    group by all order by all
""").pl()
ranks.pivot("rank", index="channel", values="leads")

# %%
share = ranks.with_columns(share=pl.col("leads") / pl.col("leads").sum().over("channel"))
best = share.filter(pl.col("rank") == "A").sort("share")
show(
    alt.Chart(share, title=alt.Title("Ranks by channel", subtitle=f"rank A: {best['share'][-1]:.1%} of {best['channel'][-1]}, {best['share'][0]:.1%} of {best['channel'][0]}"))
    .mark_bar()
    .encode(
        y=alt.Y("channel:N", title=None, sort=best["channel"].reverse().to_list()),
        x=alt.X("share:Q", title="share of the channel's leads", axis=alt.Axis(format="%")),
        color=alt.Color("rank:N", title="rank", scale=RANKS),
        order="rank:N",
        tooltip=["channel", "rank", alt.Tooltip("leads", format=","), alt.Tooltip("share", format=".2%")],
    ),
    "1-ranks",
)

# %%
table = scored.to_polars().with_columns(pl.col("overall.rank").cast(pl.String).alias("rank"), pl.col("overall.total").alias("points"))
bars = table.group_by((pl.col("points") // 5 * 5).alias("from"), "rank").agg(pl.len().alias("leads")).with_columns(to=pl.col("from") + 5).sort("from", "rank")
thresholds = pl.DataFrame([{"rank": rank["rank"], "points": rank["at_least"]} for rank in card["ranks"] if "at_least" in rank])
counts = dict(table.group_by("rank").len().iter_rows())
histogram = (
    alt.Chart(bars)
    .mark_bar()
    .encode(
        x=alt.X("from:Q", bin="binned", title="points"),
        x2="to:Q",
        y=alt.Y("leads:Q", title="leads", axis=alt.Axis(format="~s")),
        color=alt.Color("rank:N", title="rank", scale=RANKS),
        tooltip=["from", "to", "rank", alt.Tooltip("leads", format=",")],
    )
)
lines = alt.Chart(thresholds).mark_rule(strokeDash=[4, 4]).encode(x="points:Q")
names = lines.mark_text(align="left", dx=4, y=8, fontSize=12).encode(text=alt.Text("rank:N"))
title = alt.Title("Points of all leads", subtitle=", ".join(f"{rank}: {counts[rank]:,}" for rank in sorted(counts)) + " leads")
show((histogram + lines + names).properties(title=title), "2-points")

# %% [markdown]
# ### What carries rank A
#
# `ledger=3` adds to each lead the three entries that weigh most. Opened out and counted, they say which rules make leads hot.

# %%
hot = leads.join(table.filter(pl.col("rank") == "A"), on="id", how="semi")
reasons = (
    engine.assess_table(hot, activities, at=AT, figures="none", ledger=3)
    .to_polars()
    .select("id", "overall.reasons")
    .explode("overall.reasons")
    .unnest("overall.reasons")
    .filter(pl.col("rule").is_not_null(), pl.col("points") > 0)
    .with_columns(about=pl.when(pl.col("side").str.starts_with("fit")).then(pl.lit("who it is")).otherwise(pl.lit("what it did")))
    .group_by("rule", "label", "about")
    .agg(leads=pl.col("id").n_unique(), points=pl.col("points").sum())
    .sort("leads", descending=True)
    .with_columns(share=pl.col("leads") / counts["A"])
)
show(
    alt.Chart(reasons.head(10), title=alt.Title("What makes a lead A", subtitle="share of the A leads that have the rule among their three best reasons"))
    .mark_bar()
    .encode(
        y=alt.Y("label:N", title=None, sort="-x"),
        x=alt.X("share:Q", title="share of A leads", axis=alt.Axis(format="%")),
        color=alt.Color("about:N", title="about", scale=alt.Scale(domain=["who it is", "what it did"], range=[COLOURS[4], COLOURS[0]])),
        tooltip=["rule", "label", alt.Tooltip("share", format=".1%"), alt.Tooltip("points", format=",.0f")],
    ),
    "3-reasons",
)
lines_up = reasons.row(0, named=True)
say(f"Most often it is **{lines_up['label']}** (`{lines_up['rule']}`): a reason for {lines_up['share']:.0%} of the A leads.")

# %% [markdown]
# ### One of them
#
# A table is for many; for one lead we want the whole story. `records` makes lead records of rows.

# %%
recent = activities.filter(pl.col("at") > AT - timedelta(days=30)).group_by("lead_id").len()
near = table.filter(pl.col("rank") == "B", pl.col("points") > thresholds["points"][0] - 15).join(recent, left_on="id", right_on="lead_id").sort("len", "points", "id", descending=[True, True, False])
[record] = engine.records(leads.filter(pl.col("id") == near["id"][0]), activities.filter(pl.col("lead_id") == near["id"][0]))
engine.assess(record, AT)

# %%
print(engine.explain(record, AT, "ja"))

# %% [markdown]
# Why is it B, and what would make it A? Both are computed by trying the very rules, not guessed. What marketing can bring about, and at
# what cost, is ours to say.

# %%
why = engine.why(record, AT)
influence = {"activities": [{"kind": "seminar_attended", "cost": 6_500}, {"kind": "inquiry", "cost": 20_000}, {"kind": "download", "cost": 3_000}, {"kind": "mail_click", "cost": 500}]}
would = engine.what_would(record, AT, influence=influence)
not_yet = engine.why_not(record, AT)
say("\n".join([
    f"- **Why:** {why.words['en']}.",
    f"- **Why not {not_yet.asked}:** {not_yet.words['en']}.",
    *(f"- **For ¥{way.cost:,.0f}:** {way.words['en']}." for way in would.suggestions[:3]),
]))

# %% [markdown]
# Its life so far: every change has its instant and its cause. Between two changes nothing changes, so the line is exact.

# %%
entered = leads.filter(pl.col("id") == record["id"])["entered"][0]
life = engine.timeline(record, entered, AT)
steps = pl.DataFrame(
    [{"at": entered, "points": float(life.start.scores["overall"].total), "what": "start"}]
    + [{"at": change.at.astimezone(AT.tzinfo), "points": float(change.scores["overall"].after.total), "what": change.words["en"]} for change in life.changes if "overall" in change.scores]
).with_columns(pl.col("at").dt.replace_time_zone(None))
story = (
    alt.Chart(steps)
    .mark_line(interpolate="step-after", strokeWidth=2)
    .encode(x=alt.X("at:T", title="day", axis=alt.Axis(format="%b %Y")), y=alt.Y("points:Q", title="points"), tooltip=["at:T", "points", "what"])
)
floors = alt.Chart(thresholds).mark_rule(strokeDash=[4, 4], color="#777777").encode(y="points:Q")
marks = floors.mark_text(align="left", x=4, dy=-7, color="#555555", fontSize=12).encode(text="rank:N")
show((story + floors + marks).properties(title=alt.Title(f"The life of {record['fields']['company']}", subtitle=f"{len(life.changes)} changes in {(AT - entered).days} days")), "4-timeline")
say(f"The last one: {life.changes[-1].words['en']}.")

# %% [markdown]
# ## 2. Do the ranks mean what they say?
#
# An honest test looks at the past: score everybody **as they stood three months ago**, by what was known then, and see who bought
# since. Who had bought before, or was not there yet, is left out.

# %%
THEN = AT - timedelta(days=89)
won = pl.from_pandas(deals).select("lead_id", pl.col("won_at").dt.convert_time_zone("Asia/Tokyo"), "amount")
cohort = (
    leads.filter(pl.col("entered") < THEN)
    .join(won, left_on="id", right_on="lead_id", how="left")
    .filter(pl.col("won_at").is_null() | (pl.col("won_at") >= THEN))
    .with_columns(won=pl.col("won_at").is_not_null())
)


def judged(engine: ikusei.Engine) -> pl.DataFrame:
    """The cohort with what the engine would have said then."""
    found = engine.assess_table(cohort, activities, at=THEN, figures="total").to_polars()
    return cohort.select("id", "won", "amount").with_columns(score=found["overall.total"], rank=found["overall.rank"].cast(pl.String))


before = judged(engine)
calibration = analytics.calibration(before.select("score", "rank", "won"), ranks=["A", "B", "C"])
show(calibration.tables["ranks"].chart("en"), "5-calibration")

# %%
rate = {row["rank"]: row["rate"] for row in calibration.tables["ranks"].rows}
figures = calibration.figures
say(
    f"Of {figures['leads']:,} leads {figures['won']:,} bought ({figures['base_rate']:.2%}). "
    f"An A bought **{rate['A'] / rate['C']:.0f} times** as often as a C: the ranks {'are in order' if figures['ranks_fall'] else 'are not in order'}. "
    f"Put a buyer beside somebody who did not buy, and the score tells which is which in **{figures['auc']:.0%}** of cases (AUC "
    f"{figures['auc_low']:.2f} to {figures['auc_high']:.2f}). "
    + "\n\n".join(calibration.notes)
)

# %% [markdown]
# ## 3. The next playbook
#
# What should the points be? `learn` asks the same cohort: two thirds to learn from, one third kept to judge by. We give it what the rules
# look at, lead by lead, **as known then**.

# %%
WATCHED = {"opens": ("mail_open", 90), "clicks": ("mail_click", 90), "downloads": ("download", 90), "booth": ("booth_visit", 120), "seminar": ("seminar_attended", 120), "inquiry": ("inquiry", 60)}
by_then = activities.lazy().filter(pl.col("at") < THEN).with_columns(kind=pl.col("kind").cast(pl.String))


def within(days: int) -> pl.Expr:
    return pl.col("at") >= THEN - timedelta(days=days)


did = by_then.group_by("lead_id").agg(
    *(((pl.col("kind") == kind) & within(days)).any().alias(rule) for rule, (kind, days) in WATCHED.items()),
    pricing=((pl.col("url").cast(pl.String) == "/pricing") & within(60)).any(),
).collect()
BANDS = [0, 50, 300, 1000]
engaged = [*WATCHED, "pricing"]
facts = cohort.join(did, left_on="id", right_on="lead_id", how="left").select(
    "id",
    "won",
    "industry",
    "title",
    pl.col(engaged).fill_null(False),
    size=pl.coalesce(pl.when(pl.col("employees") >= band).then(pl.lit(str(band))) for band in reversed(BANDS)),
    free_mail=pl.col("email").str.ends_with("@freemail.example"),
    test=pl.col("id").str.slice(1).cast(pl.Int32) % 3 == 0,
)
learnt = analytics.learn(facts.drop("id"), ["industry", "size", "title", "free_mail", *engaged])
points = learnt.to_polars().select("feature", "value", "leads", "won", "rate", "weight", "points")
points.filter(pl.col("feature").is_in(["industry", "seminar", "opens"]))

# %% [markdown]
# Ten points double the odds. Written into the playbook, a fact that may be there or not is worth the difference of the two.

# %%
value = {(feature, value): given for feature, value, given in points.select("feature", "value", "points").iter_rows()}
worth = {feature: value[feature, "true"] - value[feature, "false"] for feature in ["free_mail", *engaged]}
draft = playbook.to_dict()
draft["name"] = "analyst-next"
rules = {rule["id"]: rule for rule in draft["scorecards"]["overall"]["rules"]}
for feature in ("industry", "title"):
    rules[feature]["points"]["table"] = {name: given for (of, name), given in value.items() if of == feature and name}
rules["size"]["points"]["bands"] = {str(band): value["size", str(band)] for band in BANDS}
rules["free-mail"]["points"] = worth["free_mail"]
for rule in engaged:
    rules[rule] |= {"points": worth[rule], "cap": abs(worth[rule])}
    rules[rule].pop("decay", None)
dropped = [rule for rule in rules if rule in worth and worth[rule] == 0]
draft["scorecards"]["overall"]["rules"] = [rule for rule in rules.values() if rule["id"] not in dropped]

# %% [markdown]
# Thresholds: as many leads of each rank as now, so that sales has no more to do. The draft says how many points that takes.

# %%
floors_of = draft["scorecards"]["overall"]["ranks"]
floors_of[0]["at_least"], floors_of[1]["at_least"] = 1000, 999
drafted = judged(ikusei.Playbook.parse(draft).compile())["score"].sort(descending=True)
size = dict(before.group_by("rank").len().iter_rows())
floors_of[0]["at_least"] = drafted[size["A"] - 1]
floors_of[1]["at_least"] = drafted[size["A"] + size["B"] - 1]
candidate = ikusei.Playbook.parse(draft)
next_engine = candidate.compile()

# %% [markdown]
# ### What changes
#
# `diff` says what a change means, not which lines it touches: this goes into the pull request.

# %%
diff = playbook.diff(candidate)
say("\n".join(f"- {change.words['en']}" for change in diff.changes))

# %%
written = {rule["id"]: rule for rule in card["rules"]}
compared = pl.DataFrame(
    [
        {"rule": rules[rule]["label"], "playbook": name, "points": float(given)}
        for rule in engaged
        for name, given in (("present", written[rule]["points"]), ("learnt", rules[rule]["points"]))
    ]
)
dumbbell = alt.Chart(compared).encode(y=alt.Y("rule:N", title=None, sort=alt.EncodingSortField("points", op="max", order="descending")))
show(
    (
        alt.Chart(pl.DataFrame({"points": [0]})).mark_rule(color="#999999").encode(x="points:Q")
        + dumbbell.mark_line(color="#BBBBBB", strokeWidth=3).encode(x="points:Q", detail="rule:N")
        + dumbbell.mark_point(filled=True, size=140, opacity=1).encode(
            x=alt.X("points:Q", title="points when it happens for the first time"),
            color=alt.Color("playbook:N", title="playbook", sort=["present", "learnt"], scale=alt.Scale(range=["#999999", COLOURS[5]])),
            tooltip=["rule", "playbook", "points"],
        )
    ).properties(title="What behaviour is worth: said and learnt"),
    "6-learnt",
)
gap = {rule: float(rules[rule]["points"]) - float(written[rule]["points"]) for rule in engaged}
under, over = max(gap, key=lambda rule: gap[rule]), min(gap, key=lambda rule: gap[rule])
say(f"Worth more than was thought: **{rules[under]['label']}** ({gap[under]:+g}). Worth less: **{rules[over]['label']}** ({gap[over]:+g}).")

# %% [markdown]
# ### Backtest, on leads it has not seen
#
# The third that was kept: how many of the buyers are among the best tenth, by either playbook?

# %%
kept = facts.filter("test").select("id")
sides = {name: judged(side).join(kept, on="id") for name, side in (("present", engine), ("candidate", next_engine))}
tests = {name: analytics.calibration(side.select("score", "rank", "won"), ranks=["A", "B", "C"]) for name, side in sides.items()}
gains = pl.concat([test.tables["gains"].to_polars().select("part", "won_part", playbook=pl.lit(name)) for name, test in tests.items()])
origin = pl.DataFrame({"part": [0.0, 0.0], "won_part": [0.0, 0.0], "playbook": list(tests)})
curve = (
    alt.Chart(pl.concat([origin, gains]))
    .mark_line(point=True, strokeWidth=2.5)
    .encode(
        x=alt.X("part:Q", title="part of leads, best scores first", axis=alt.Axis(format="%")),
        y=alt.Y("won_part:Q", title="part of all buyers among them", axis=alt.Axis(format="%")),
        color=alt.Color("playbook:N", title="playbook", sort=["present", "candidate"], scale=alt.Scale(range=["#999999", COLOURS[5]])),
        tooltip=["playbook", alt.Tooltip("part", format=".0%"), alt.Tooltip("won_part", format=".1%")],
    )
)
chance = alt.Chart(pl.DataFrame({"part": [0.0, 1.0], "won_part": [0.0, 1.0]})).mark_line(strokeDash=[4, 4], color="#777777").encode(x="part:Q", y="won_part:Q")
tenth = {name: test.tables["gains"].rows[0]["won_part"] for name, test in tests.items()}
show((chance + curve).properties(title=alt.Title("Buyers found", subtitle=f"the best tenth holds {tenth['present']:.0%} of buyers by the present playbook, {tenth['candidate']:.0%} by the candidate")), "7-gains")

# %%
auc = {name: test.figures for name, test in tests.items()}
better = auc["candidate"]["auc"] - auc["present"]["auc"]
apart = auc["candidate"]["auc_low"] > auc["present"]["auc_high"]
say(
    f"AUC {auc['present']['auc']:.3f} → **{auc['candidate']['auc']:.3f}** ({better:+.3f}) on {auc['candidate']['leads']:,} leads that "
    f"it did not learn from; the intervals {'do not overlap' if apart else 'overlap: more deals are needed to be sure'}."
)

# %% [markdown]
# ### Who moves
#
# Today's million under both playbooks: from which rank to which.

# %%
after = next_engine.assess_table(leads, activities, at=AT, figures="total").to_polars()
moves = pl.DataFrame({"present": table["rank"], "candidate": after["overall.rank"].cast(pl.String)})
migration = moves.group_by("present", "candidate").agg(leads=pl.len()).sort("present", "candidate").with_columns(share=pl.col("leads") / pl.col("leads").sum().over("present"))
grid = alt.Chart(migration).encode(
    x=alt.X("candidate:N", title="rank by the candidate", axis=alt.Axis(orient="top", labelAngle=0)),
    y=alt.Y("present:N", title="rank by the present playbook"),
)
moved = moves.filter(pl.col("present") != pl.col("candidate")).height
show(
    (
        grid.mark_rect().encode(color=alt.Color("share:Q", title="share of the present rank", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=alt.Legend(format="%")))
        + grid.mark_text(fontSize=14).encode(
            text=alt.Text("leads:Q", format=","), color=alt.condition("datum.share > 0.55", alt.value("white"), alt.value("#222222"))
        )
    ).properties(width=360, height=220, title=alt.Title("Who moves", subtitle=f"{moved:,} of {moves.height:,} leads have another rank")),
    "8-migration",
)

# %% [markdown]
# And why? `diff` with leads names for each lead the rules that make the difference. A sample is enough for that.

# %%
SAMPLE = min(20_000, leads.height)
some = leads.sample(SAMPLE, seed=1, shuffle=True)
log = activities.join(some, left_on="lead_id", right_on="id", how="semi")
records = engine.records(some, log)
reviewed = playbook.diff(candidate, records, AT, limit=5).leads
assert reviewed is not None
reviewed.tables["movers"].to_polars().select("lead", "before", "after", "score_before", "score_after", "why")

# %%
culprits = reviewed.tables["rules"].to_polars().filter(pl.col("rule").is_not_null()).sort("leads", descending=True)
label = {name: rule["label"] for name, rule in rules.items()}
first, second = (label.get(name, name) for name in culprits["rule"][:2])
say(f"Among the leads that move, the points of **{first}** and **{second}** differ most often.")

# %% [markdown]
# `backtest` replays the half year up to today for the same sample, week by week, and every week knows only what was known then. For sales the load matters:
# how many new A leads come in a week, and do they stay?

# %%
of_sample = won.join(some.select("id"), left_on="lead_id", right_on="id")
sold: dict[str, list[dict[str, object]]] = {}
for number, (lead, at, amount) in enumerate(of_sample.iter_rows()):
    sold.setdefault(lead, []).append({"id": f"deal-{number}", "stage": "won", "at": at, "amount": f"{amount} JPY"})
for entry in records:
    if entry["id"] in sold:
        entry["deals"] = sold[entry["id"]]
replayed = engine.backtest(candidate, records, AT - timedelta(days=182), AT)
display(replayed.tables["quality"].to_polars().select("playbook", "hot", "won", "precision", "recall", "days_ahead"), replayed.tables["flapping"].to_polars())
say("\n\n".join(replayed.notes))

# %%
load = replayed.tables["load"].to_polars().with_columns(at=pl.col("at").str.to_datetime(time_zone="UTC").dt.replace_time_zone(None))
# The first look finds everybody who is hot already.
weeks = load.filter(pl.col("at") > load["at"].min())
mean = dict(weeks.group_by("playbook").agg(pl.col("leads").mean()).iter_rows())
show(
    alt.Chart(weeks, title=alt.Title("New A leads a week", subtitle="on average " + ", ".join(f"{mean[name]:.1f} ({name})" for name in ("present", "candidate")) + f", of {SAMPLE:,} leads"))
    .mark_line(point=True)
    .encode(
        x=alt.X("at:T", title="week up to", axis=alt.Axis(format="%-d %b")),
        y=alt.Y("leads:Q", title="leads that become A", scale=alt.Scale(zero=True)),
        color=alt.Color("playbook:N", title="playbook", sort=["present", "candidate"], scale=alt.Scale(range=["#999999", COLOURS[5]])),
        tooltip=["at:T", "playbook", "leads"],
    ),
    "9-load",
)

# %% [markdown]
# ## 4. Who brought the deals?
#
# A journey is the chain of touches up to a deal, or up to today. Same journeys are counted together, so that a million of them are a short table.

# %%
touches = activities.select("lead_id", "at", "via").join(won.lazy().collect(), on="lead_id", how="left").filter(pl.col("won_at").is_null() | (pl.col("at") <= pl.col("won_at")))
journeys = (
    touches.sort("lead_id", "at")
    .filter((pl.col("via") != pl.col("via").shift()).fill_null(True) | (pl.col("lead_id") != pl.col("lead_id").shift()))
    .group_by("lead_id")
    .agg(path=pl.col("via").cast(pl.String).str.join(" > "), value=pl.col("amount").first())
    .group_by("path")
    .agg(conversions=pl.col("value").is_not_null().sum(), value=pl.col("value").sum(), nulls=pl.col("value").is_null().sum())
    .sort("conversions", "nulls", "path", descending=True)
)
say(f"{journeys.select(pl.sum('conversions', 'nulls').sum()).sum_horizontal().item():,} journeys, {journeys.height:,} different ones, {journeys['conversions'].sum():,} that ended in a deal.")
journeys.head(4)

# %%
MODELS = ["first", "last_non_direct", "linear", "u", "markov", "shapley"]
attribution = analytics.attribution(journeys, models=MODELS, direct=["直接"], currency="JPY")
credits = attribution.to_polars().select("channel", "model", share=pl.col("conversions").cast(pl.Float64) / journeys["conversions"].sum())
order = credits.group_by("channel").agg(pl.col("share").mean()).sort("share", descending=True)["channel"].to_list()
dots = alt.Chart(credits).encode(y=alt.Y("channel:N", title=None, sort=order), x=alt.X("share:Q", title="share of deals", axis=alt.Axis(format="%")))
show(
    (
        dots.mark_line(color="#DDDDDD", strokeWidth=3).encode(detail="channel:N")
        + dots.mark_point(filled=True, size=110, opacity=0.9).encode(
            color=alt.Color("model:N", title="model", sort=MODELS, scale=alt.Scale(range=COLOURS)),
            shape=alt.Shape("model:N", title="model", sort=MODELS),
            tooltip=["channel", "model", alt.Tooltip("share", format=".1%")],
        )
    ).properties(title=alt.Title("Deals by channel, model beside model", subtitle="the longer the bar, the more it is a matter of opinion")),
    "10-attribution",
)

# %%
spread = credits.group_by("channel").agg(low=pl.col("share").min(), high=pl.col("share").max()).with_columns(spread=pl.col("high") - pl.col("low")).sort("spread", descending=True).row(0, named=True)
flattered = credits.filter(pl.col("channel") == spread["channel"]).sort("share")
say(
    f"The models disagree most about **{spread['channel']}**: {spread['low']:.0%} of deals by `{flattered['model'][0]}`, "
    f"{spread['high']:.0%} by `{flattered['model'][-1]}`. Decide about it by a test, not by a model."
)

# %% [markdown]
# ### What it cost, and what came back

# %%
campaigns = leads.select("id", campaign=pl.col("source.campaign").cast(pl.String)).join(won, left_on="id", right_on="lead_id", how="left")
returns = analytics.returns(
    spend,
    campaigns.filter(pl.col("campaign").is_not_null()).select("campaign", won=pl.col("won_at").is_not_null(), revenue=pl.col("amount"), earned_at="won_at"),
    stages=["won"],
    by=["campaign"],
    currency="JPY",
)
money = returns.to_polars().filter(pl.col("campaign").is_not_null())
money.select("campaign", "cost", "leads", "won", "cost_per_lead", "cost_per_won", "revenue", "roi", "payback_days")

# %%
sides_of = money.select("campaign", pl.col("cost").cast(pl.Float64) / 1e6, pl.col("revenue").cast(pl.Float64) / 1e6, "roi")
by_roi = sides_of.sort("roi", descending=True)
amounts = sides_of.unpivot(["cost", "revenue"], index=["campaign", "roi"], variable_name="what", value_name="amount")
pair = alt.Chart(amounts).encode(y=alt.Y("campaign:N", title=None, sort=by_roi["campaign"].to_list()))
show(
    (
        pair.mark_bar().encode(
            x=alt.X("amount:Q", title="million yen", axis=alt.Axis(format=",.0f")),
            yOffset="what:N",
            color=alt.Color("what:N", title=None, scale=alt.Scale(domain=["cost", "revenue"], range=["#999999", COLOURS[2]])),
            tooltip=["campaign", "what", alt.Tooltip("amount", format=",.1f")],
        )
        + pair.transform_filter("datum.what == 'revenue'").mark_text(align="left", dx=5, fontSize=12).encode(x="amount:Q", yOffset="what:N", text=alt.Text("roi:Q", format="+.0%"))
    ).properties(title=alt.Title("Cost and revenue", subtitle="beside the revenue: return on investment")),
    "11-returns",
)
losers = money.filter(pl.col("roi") < 0)["campaign"].to_list()
say(
    f"**{by_roi['campaign'][0]}** returns most ({by_roi['roi'][0]:+.0%}), **{by_roi['campaign'][-1]}** least ({by_roi['roi'][-1]:+.0%}). "
    + (f"Money was lost on {', '.join(losers)}." if losers else "None lost money.")
)

# %% [markdown]
# ## 5. Looking back, and forward
#
# What became of the leads that sales was given? `retrospective` ranks what to change, by what it would bring **at least**.

# %%
retrospective = analytics.retrospective(follow_ups=follow_ups)
show(retrospective.tables["speed"].chart("en"), "12-speed")


# %%
def listed(actions: pl.DataFrame) -> str:
    line = "{rank}. **{action}**: {effect:+,.0f} deals ({low:+,.0f} to {high:+,.0f}). {evidence}."
    return "\n".join(line.format(**row) for row in actions.iter_rows(named=True))


actions = retrospective.to_polars().filter("sure")
say(listed(actions) or "Nothing stands out.")

# %% [markdown]
# And which content goes before a deal? Who saw it is compared with leads of like fit and like activity who did not. The same picture for the
# meeting in Tokyo is `chart("ja")`.

# %%
contents = engine.score_lift(records, AT, content=["content"]).tables["precedes"]
show(contents.chart("ja"), "13-contents")

# %%
more = analytics.retrospective(contents=contents).to_polars().filter("sure")
say(f"Of the {SAMPLE:,} leads of the sample:\n\n" + (listed(more) or "Nothing stands out."))

# %% [markdown]
# ### The next round
#
# What the day came to, in one list for the meeting.

# %%
round_up = [
    f"Publish `{candidate.name}`: {len(diff.changes)} changes, AUC {better:+.3f}, as many A leads as now." if better > 0 else f"Keep `{playbook.name}`: the candidate is no better.",
    f"Move weight to {rules[under]['label']}, and away from {rules[over]['label']}.",
    *(f"{row['action'].capitalize()}: at least {row['low']:,.0f} deals." for row in actions.head(1).iter_rows(named=True)),
    *(f"{row['action'].capitalize()}." for row in more.head(1).iter_rows(named=True)),
    *(f"End or renegotiate {name}." for name in losers),
    f"Test {spread['channel']} with a group that is left alone, as models cannot tell what it brings.",
]
say("\n".join(f"{number}. {line}" for number, line in enumerate(round_up, start=1)))

# %% [markdown]
# The scores go back to the CRM, the playbook into its repository.

# %%
after.write_parquet(chosen.out / "scored.parquet")
(chosen.out / "playbook-next.json").write_text(candidate.to_json() + "\n", encoding="utf-8")
say(f"`scored.parquet`: {after.height:,} rows; `playbook-next.json`: {candidate.fingerprint}.")

# %% [markdown]
# ## 6. On real data
#
# All of the above was made up. Two public data sets show the same on data that was not: the phone campaigns of a Portuguese bank (Moro, Rita and
# Cortez: *Bank Marketing*, UCI, CC BY 4.0) and customer paths of the R package ChannelAttribution. `IKUSEI_DATA` names the folder where they lie.

# %%
bank = chosen.real / "bank/bank-full.csv"
if bank.is_file():
    calls = pl.read_csv(bank, separator=";").with_row_index("call")
    # How long a call took is known only after it: it would give the answer away.
    known = ["age", "job", "marital", "education", "balance", "housing", "loan", "contact", "month", "previous", "poutcome"]
    asked = calls.select(*known, won=pl.col("y") == "yes", test=pl.col("call") % 3 == 0)
    real = analytics.learn(asked, known)
    show(real.tables["quality"].chart("en"), "14-bank")
    say(
        f"Of {calls.height:,} people {asked['won'].sum():,} said yes. Points learnt on two thirds tell a yes from a no with an AUC of "
        f"**{real.figures['test_auc_rounded']:.2f}** on the rest; whole points cost {real.figures['test_loss_from_rounding']:.4f} of it."
    )
else:
    say(f"**Skipped:** there is no `{bank.parent.name}/{bank.name}` here.")

# %%
paths = chosen.real / "paths/mta_data.csv.gz"
if paths.is_file():
    walked = pl.read_csv(paths).select("path", conversions="total_conversions", value="total_conversion_value", nulls="total_null")
    ours = analytics.attribution(walked, models=["first", "last", "linear"]).to_polars()
    theirs = (
        pl.read_csv(paths.with_name("expected_channelattribution_heuristic.csv"))
        .select("channel_name", first="first_touch_conversions", last="last_touch_conversions", linear="linear_touch_conversions")
        .unpivot(index="channel_name", variable_name="model", value_name="published")
    )
    both = ours.join(theirs, left_on=["channel", "model"], right_on=["channel_name", "model"])
    furthest = both.select((pl.col("conversions").cast(pl.Float64) - pl.col("published")).abs().max()).item()
    say(f"{walked['conversions'].sum():,} conversions: in none of {both.height} credits do ikusei and ChannelAttribution differ by more than {furthest:.6f}.")
else:
    say(f"**Skipped:** there is no `{paths.parent.name}/{paths.name}` here.")
