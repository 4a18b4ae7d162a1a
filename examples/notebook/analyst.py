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
# A company sells software to other companies in Japan. In a year it met many people: at fairs, through search, in webinars, on a
# bought list. A **playbook** gives them points and ranks, and sales calls those of rank A.
#
# Does that work? Today we find out:
#
# 1. **Score** everybody, and see who is where, and why.
# 2. **Calibrate**: do those with a better rank buy more often?
# 3. **Learn** what the points should be, write the next playbook, and **backtest** it against the present one.
# 4. **Attribute** deals to channels, and set **cost against return**.
# 5. Look back, and say **what to do next**.
#
# The same as a program: `python analyst.py --leads 1000000`. The data are made up by `sample.py`; the words under each result
# are put together from what was found, so they stay true with other data. The pictures are drawn in `charts.py`.

# %%
import sys
import time
from datetime import timedelta

import charts
import duckdb
import ikusei
import pandas as pd
import polars as pl
from ikusei import analytics
from IPython.display import display
from present import HERE, say, settings, show
from sample import AT, make
from tqdm import tqdm

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
leads.drop("email", "source.campaign").head(3)

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
# The playbook says what counts; compiled once, it is an engine. `lint` tells what a playbook says and cannot mean.

# %%
playbook = ikusei.Playbook.load(HERE / "playbook.yaml")
engine = playbook.compile()
card = playbook.to_dict()["scorecards"]["overall"]
lint = playbook.lint()
possible = lint.ranges["overall"]
say(
    f"`{playbook.name}` has {len(card['rules'])} rules; totals lie between {possible.min:g} and {possible.max:g}. "
    f"Lint finds {len(lint.findings) or 'nothing'} to mend."
)

# %% [markdown]
# Now everybody at once. The result is a table as well.

# %%
began = time.perf_counter()
with tqdm(total=leads.height, unit=" leads", unit_scale=True, file=sys.stdout) as bar:
    scored = engine.assess_table(leads, activities, at=AT, segments="booleans", progress=bar.update)
seconds = time.perf_counter() - began
say(f"**{leads.height / seconds:,.0f} leads a second**, with {activities.height / seconds:,.0f} activities a second.")

# %% [markdown]
# It does not matter which library holds the table: the first thousand again, this time in pandas.

# %%
again = engine.assess_table(leads.head(1_000).to_pandas(), activities.to_pandas(), at=AT).to_pandas()
same = again["overall.total"].equals(scored.to_pandas()["overall.total"].head(1_000))
say(f"Polars and pandas give {'the same points to the bit' if same else '**different points**'}.")

# %% [markdown]
# ### Who is where
#
# DuckDB asks the result directly: it is read through Arrow, and nothing is copied or written.

# %%
ranks = pl.DataFrame(duckdb.sql("""
    select l."source.channel" as channel, s."overall.rank" as rank, count(*) as leads, avg(s."overall.total") as points
    from scored s join leads l using (id)
    group by all order by all
"""))
ranks.pivot("rank", index="channel", values="leads")

# %%
show(charts.ranks(ranks.with_columns(share=pl.col("leads") / pl.col("leads").sum().over("channel"))), "1-ranks")

# %%
table = scored.to_polars().with_columns(rank=pl.col("overall.rank").cast(pl.String), points=pl.col("overall.total"))
step = (pl.col("points") / 5).floor() * 5
bars = table.group_by("rank", step.alias("from"), (step + 5).alias("to")).agg(leads=pl.len()).sort("from", "rank")
floors = pl.DataFrame([{"rank": rank["rank"], "points": rank["at_least"]} for rank in card["ranks"] if "at_least" in rank])
show(charts.histogram(bars, floors), "2-points")

# %% [markdown]
# ### What carries rank A
#
# `ledger=3` adds to each lead the three entries that weigh most. Opened out and counted, they say which rules make leads hot.

# %%
hot = leads.join(table.filter(pl.col("rank") == "A"), on="id", how="semi")
about_it = pl.when(pl.col("side").str.starts_with("fit")).then(pl.lit("who it is")).otherwise(pl.lit("what it did"))
reasons = (
    engine.assess_table(hot, activities, at=AT, figures="none", ledger=3)
    .to_polars()
    .select("id", pl.col("overall.reasons"))
    .explode("overall.reasons")
    .unnest("overall.reasons")
    .filter(pl.col("rule").is_not_null(), pl.col("points") > 0)
    .group_by("rule", "label", about=about_it)
    .agg(leads=pl.col("id").n_unique(), points=pl.col("points").sum())
    .sort("leads", "rule", descending=True)
    .with_columns(share=pl.col("leads") / hot.height)
)
show(charts.reasons(reasons.head(10)), "3-reasons")
most = reasons.row(0, named=True)
say(f"Most often it is **{most['label']}** (`{most['rule']}`): a reason for {most['share']:.0%} of the A leads.")

# %% [markdown]
# ### One of them
#
# A table is for many; of one lead we want the whole story. We take a busy one that is just short of A; `records` makes lead
# records of rows.

# %%
busy = activities.filter(pl.col("at") > AT - timedelta(days=30)).group_by("lead_id").len()
near = table.filter(pl.col("rank") == "B", pl.col("points") > floors["points"][0] - 15)
who = near.join(busy, left_on="id", right_on="lead_id").sort("len", "points", "id", descending=True)["id"][0]
[record] = engine.records(leads.filter(pl.col("id") == who), activities.filter(pl.col("lead_id") == who))
engine.assess(record, AT)

# %%
print(engine.explain(record, AT, "ja"))

# %% [markdown]
# Why is it B, and what would make it A? Both are found by trying the very rules, not guessed. What marketing can bring about, and
# at what cost, is ours to say.

# %%
costs = {"seminar_attended": 6_500, "inquiry": 20_000, "download": 3_000, "mail_click": 500}
why, not_yet = engine.why(record, AT), engine.why_not(record, AT)
would = engine.what_would(record, AT, influence={"activities": [{"kind": kind, "cost": cost} for kind, cost in costs.items()]})
say("\n".join([
    f"- **Why:** {why.words['en']}.",
    f"- **Why not {not_yet.asked}:** {not_yet.words['en']}.",
    *(f"- **For ¥{way.cost:,.0f}:** {way.words['en']}." for way in would.suggestions[:3]),
]))

# %% [markdown]
# Its life so far: every change has its instant and its cause. Between two changes nothing changes, so the line is exact.

# %%
entered = leads.filter(pl.col("id") == who)["entered"][0]
life = engine.timeline(record, entered, AT)
steps = [{"at": entered, "points": float(life.start.scores["overall"].total), "what": "start"}]
for change in life.changes:
    if change.scores and "overall" in change.scores:
        points = float(change.scores["overall"].after.total)
        steps.append({"at": change.at.astimezone(AT.tzinfo), "points": points, "what": change.words["en"]})
show(charts.life(pl.DataFrame(steps), floors, record["fields"]["company"]), "4-timeline")
say(f"The last change: {steps[-1]['what']}.")

# %% [markdown]
# ## 2. Do the ranks mean what they say?
#
# An honest test looks at the past: score everybody **as they stood three months ago**, by what was known then, and see who bought
# since. Who had bought before, or was not there yet, is left out.

# %%
THEN = AT - timedelta(days=89)
won = pl.from_pandas(deals).with_columns(pl.col("won_at").dt.convert_time_zone("Asia/Tokyo"))
cohort = (
    leads.filter(pl.col("entered") < THEN)
    .join(won, left_on="id", right_on="lead_id", how="left")
    .filter(pl.col("won_at").is_null() | (pl.col("won_at") >= THEN))
    .with_columns(won=pl.col("won_at").is_not_null())
)


def judged(by: ikusei.Engine) -> pl.DataFrame:
    """What came of the cohort, beside what an engine would have said of it then."""
    found = by.assess_table(cohort, activities, at=THEN, figures="total").to_polars()
    return cohort.select("id", "won").with_columns(score=found["overall.total"], rank=found["overall.rank"].cast(pl.String))


before = judged(engine)
calibration = analytics.calibration(before.drop("id"), ranks=["A", "B", "C"])
show(calibration.tables["ranks"].chart("en"), "5-calibration")

# %%
rate = {row["rank"]: row["rate"] for row in calibration.tables["ranks"].rows}
figures = calibration.figures
order = "in order" if figures["ranks_fall"] else "**not in order**"
say(
    f"Of {figures['leads']:,} leads {figures['won']:,} bought ({figures['base_rate']:.2%}). An A bought "
    f"**{rate['A'] / rate['C']:.0f} times** as often as a C: the ranks are {order}. Put a buyer beside somebody who did not buy, "
    f"and the score tells which is which in **{figures['auc']:.0%}** of cases (AUC, between {figures['auc_low']:.2f} and "
    f"{figures['auc_high']:.2f})."
)
say("\n\n".join(calibration.notes))

# %% [markdown]
# ## 3. The next playbook
#
# What should the points be? `learn` asks the same cohort: two thirds to learn from, one third kept to judge by. We give it what
# the rules look at, lead by lead, **as known then**.

# %%
WATCHED = {"opens": "mail_open", "clicks": "mail_click", "downloads": "download", "inquiry": "inquiry"}
WATCHED |= {"booth": "booth_visit", "seminar": "seminar_attended", "pricing": "page_view"}
rules = {rule["id"]: rule for rule in card["rules"]}
days = {rule: int(rules[rule]["within"].removesuffix("d")) for rule in WATCHED}


def seen(rule: str) -> pl.Expr:
    """Whether there is an activity that the rule counts."""
    of_kind = pl.col("kind").cast(pl.String) == WATCHED[rule]
    page = pl.col("url").cast(pl.String) == "/pricing" if rule == "pricing" else pl.lit(True)
    return (of_kind & page & (pl.col("at") >= THEN - timedelta(days=days[rule]))).any()


did = activities.filter(pl.col("at") < THEN).group_by("lead_id").agg(seen(rule).alias(rule) for rule in WATCHED)
did.head(3)

# %%
BANDS = [0, 50, 300, 1000]
FACTS = ["industry", "size", "title", "free-mail", *WATCHED]
facts = cohort.join(did, left_on="id", right_on="lead_id", how="left").with_columns(
    pl.col(list(WATCHED)).fill_null(False),
    pl.coalesce(pl.when(pl.col("employees") >= band).then(pl.lit(str(band))) for band in reversed(BANDS)).alias("size"),
    pl.col("email").str.ends_with("@freemail.example").alias("free-mail"),
    (pl.col("id").str.slice(1).cast(pl.Int32) % 3 == 0).alias("test"),
)
learnt = analytics.learn(facts.select("won", "test", *FACTS), FACTS).to_polars()
learnt.filter(pl.col("feature").is_in(["industry", "seminar"])).select("feature", "value", "leads", "won", "rate", "points")

# %% [markdown]
# Ten points double the odds. Written into the playbook, a fact that may be there or not is worth the difference of the two; a rule
# that makes no difference goes.

# %%
value = {(row["feature"], row["value"]): row["points"] for row in learnt.iter_rows(named=True)}
worth = {rule: value[rule, "true"] - value[rule, "false"] for rule in ["free-mail", *WATCHED]}
draft = playbook.to_dict()
draft["name"] = "analyst-next"
overall = draft["scorecards"]["overall"]
for rule in overall["rules"]:
    match rule["id"]:
        case "industry" | "title" as fact:
            rule["points"]["table"] = {name: points for (of, name), points in value.items() if of == fact and name}
        case "size":
            rule["points"]["bands"] = {str(band): value["size", str(band)] for band in BANDS}
        case fact:
            rule["points"] = worth[fact]
            if fact in WATCHED:
                rule["cap"] = abs(worth[fact])
                rule.pop("decay", None)
overall["rules"] = [rule for rule in overall["rules"] if worth.get(rule["id"]) != 0]

# %% [markdown]
# Thresholds: as many leads of each rank as there were then, so that sales has no more to do. How many points that takes, the draft
# tells.

# %%
size = dict(before.group_by("rank").len().iter_rows())
overall["ranks"][0]["at_least"], overall["ranks"][1]["at_least"] = 1000, 999
totals = judged(ikusei.Playbook.parse(draft).compile())["score"].sort(descending=True)
overall["ranks"][0]["at_least"] = totals[size["A"] - 1]
overall["ranks"][1]["at_least"] = totals[size["A"] + size["B"] - 1]
candidate = ikusei.Playbook.parse(draft)
next_engine = candidate.compile()

# %% [markdown]
# ### What changes
#
# `diff` says what a change means, not which lines it touches: this goes into the pull request. (Caps follow the points and are
# left out here.)

# %%
diff = playbook.diff(candidate)
say("\n".join(f"- {change.words['en']}" for change in diff.changes if change.property != "cap"))

# %%
said = {rule: float(rules[rule]["points"]) for rule in WATCHED}
compared = [
    {"rule": rules[rule]["label"], "playbook": name, "points": float(points[rule])}
    for rule in WATCHED
    for name, points in (("present", said), ("candidate", worth))
]
show(charts.learnt(pl.DataFrame(compared)), "6-learnt")
gap = {rules[rule]["label"]: worth[rule] - said[rule] for rule in WATCHED}
over, *_, under = sorted(gap, key=lambda label: gap[label])
say(f"Worth more than was thought: **{under}** ({gap[under]:+g}). Worth less: **{over}** ({gap[over]:+g}).")

# %% [markdown]
# ### Backtest, on leads it has not seen
#
# The third that was kept: how many of the buyers are among the best tenth, by either playbook?

# %%
kept = facts.filter("test").select("id")
tests = {
    name: analytics.calibration(judged(by).join(kept, on="id").drop("id"), ranks=["A", "B", "C"])
    for name, by in (("present", engine), ("candidate", next_engine))
}
gains = pl.concat([test.tables["gains"].to_polars().with_columns(playbook=pl.lit(name)) for name, test in tests.items()])
tenth = {name: test.tables["gains"].rows[0]["won_part"] for name, test in tests.items()}
found = f"the best tenth holds {tenth['present']:.0%} of buyers by the present playbook, {tenth['candidate']:.0%} by the candidate"
show(charts.gains(gains, found), "7-gains")

# %%
auc = {name: test.figures for name, test in tests.items()}
better = auc["candidate"]["auc"] - auc["present"]["auc"]
apart = auc["candidate"]["auc_low"] > auc["present"]["auc_high"]
say(
    f"AUC {auc['present']['auc']:.3f} → **{auc['candidate']['auc']:.3f}** ({better:+.3f}) on {auc['candidate']['leads']:,} leads "
    f"that it did not learn from; the intervals {'do not overlap' if apart else 'overlap: more deals are needed to be sure'}."
)

# %% [markdown]
# ### Who moves
#
# Everybody, today, under both playbooks: from which rank to which.

# %%
after = next_engine.assess_table(leads, activities, at=AT, figures="total").to_polars()
moves = pl.DataFrame({"present": table["rank"], "candidate": after["overall.rank"].cast(pl.String)})
migration = moves.group_by("present", "candidate").agg(leads=pl.len()).sort("present", "candidate")
show(charts.migration(migration), "8-migration")

# %% [markdown]
# And why? `diff` with leads names for each lead the rules that make the difference. A sample is enough for that.

# %%
SAMPLE = min(20_000, leads.height)
some = leads.sample(SAMPLE, seed=1, shuffle=True)
records = engine.records(some, activities.join(some, left_on="lead_id", right_on="id", how="semi"))
moved = playbook.diff(candidate, records, AT, limit=5).leads
assert moved is not None
moved.tables["movers"].to_polars().select("lead", "before", "after", "score_before", "score_after", "why")

# %%
named = {rule: rules[rule]["label"] for rule in rules}
differing = moved.tables["rules"].to_polars().filter(pl.col("rule").is_in(list(named))).sort("leads", descending=True)
first, second = (named[rule] for rule in differing["rule"][:2])
say(f"Among the leads that move, the points of **{first}** and **{second}** differ most often.")

# %% [markdown]
# `backtest` replays the half year up to today for the same sample, week by week, and every week knows only what was known then. For
# sales the load matters: how many new A leads come in a week, and do they stay?

# %%
sold = won.join(some.select("id"), left_on="lead_id", right_on="id").rows_by_key("lead_id", named=True)
for lead in records:
    for deal in sold.get(lead["id"], []):
        lead["deals"] = [{"id": "first", "stage": "won", "at": deal["won_at"], "amount": f"{deal['amount']} JPY"}]
replayed = engine.backtest(candidate, records, AT - timedelta(days=182), AT)
display(
    replayed.tables["quality"].to_polars().select("playbook", "hot", "won", "precision", "recall", "days_ahead"),
    replayed.tables["flapping"].to_polars(),
)
say("\n\n".join(replayed.notes))

# %%
load = replayed.tables["load"].to_polars()
load = load.with_columns(pl.col("at").str.to_datetime(time_zone="UTC").dt.replace_time_zone(None))
# The first look finds everybody who is hot already.
show(charts.load(load.filter(pl.col("at") > pl.col("at").min()), SAMPLE), "9-load")

# %% [markdown]
# ## 4. Who brought the deals?
#
# A journey is the chain of touches up to a deal, or up to today. Like journeys are counted together, so that many become a short
# table.

# %%
touches = activities.select("lead_id", "at", "via").join(won, on="lead_id", how="left")
touches = touches.filter(pl.col("won_at").is_null() | (pl.col("at") <= pl.col("won_at"))).sort("lead_id", "at")
new = (pl.struct("lead_id", "via") != pl.struct("lead_id", "via").shift()).fill_null(True)
journeys = (
    touches.filter(new)
    .group_by("lead_id")
    .agg(path=pl.col("via").cast(pl.String).str.join(" > "), value=pl.col("amount").first())
    .group_by("path")
    .agg(conversions=pl.col("value").count(), value=pl.col("value").sum(), nulls=pl.col("value").null_count())
    .sort("conversions", "nulls", "path", descending=True)
)
ended, open_ones = (int(journeys[column].sum()) for column in ("conversions", "nulls"))
say(f"{ended + open_ones:,} journeys, {journeys.height:,} different ones; {ended:,} ended in a deal.")
journeys.head(4)

# %%
MODELS = ["first", "last_non_direct", "linear", "u", "markov", "shapley"]
attribution = analytics.attribution(journeys, models=MODELS, direct=["直接"], currency="JPY")
credit = attribution.to_polars()
shares = credit.select("channel", "model", share=pl.col("conversions").cast(pl.Float64) / ended)
show(charts.attribution(shares, MODELS), "10-attribution")

# %%
spread = shares.sort("share").group_by("channel").agg(pl.all()).sort(pl.col("share").list.max() - pl.col("share").list.min())
torn = spread.row(-1, named=True)
say(
    f"The models disagree most about **{torn['channel']}**: {torn['share'][0]:.0%} of deals by `{torn['model'][0]}`, "
    f"{torn['share'][-1]:.0%} by `{torn['model'][-1]}`. Decide about it by a test, not by a model."
)

# %% [markdown]
# ### What it cost, and what came back

# %%
brought = leads.select("id", campaign=pl.col("source.campaign").cast(pl.String)).filter(pl.col("campaign").is_not_null())
brought = brought.join(won, left_on="id", right_on="lead_id", how="left")
earned = brought.select("campaign", won=pl.col("won_at").is_not_null(), revenue="amount", earned_at="won_at")
returns = analytics.returns(spend, earned, stages=["won"], by=["campaign"], currency="JPY")
money = returns.to_polars().filter(pl.col("campaign").is_not_null()).sort("roi", descending=True)
money.select("campaign", "cost", "leads", "won", "cost_per_lead", "cost_per_won", "revenue", "roi", "payback_days")

# %%
show(charts.returns(money), "11-returns")
best, worst = money.row(0, named=True), money.row(-1, named=True)
losers = money.filter(pl.col("roi") < 0)["campaign"].to_list()
say(
    f"**{best['campaign']}** returns most ({best['roi']:+.0%}), **{worst['campaign']}** least ({worst['roi']:+.0%}). "
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
    return "\n".join(line.format(**row) for row in actions.iter_rows(named=True)) or "Nothing stands out."


actions = retrospective.to_polars().filter("sure")
say(listed(actions))

# %% [markdown]
# And which content goes before a deal? Who saw it is compared with leads of like fit and like activity who did not. For the meeting
# in Tokyo, charts speak Japanese.

# %%
contents = engine.score_lift(records, AT, content=["content"]).tables["precedes"]
show(contents.chart("ja"), "13-contents")

# %%
more = analytics.retrospective(contents=contents).to_polars().filter("sure")
say(f"Of the {SAMPLE:,} leads of the sample:\n\n{listed(more)}")

# %% [markdown]
# ### The next round
#
# What the day came to, in one list for the meeting.

# %%
handed = after.filter(pl.col("overall.rank") == "A").height / hot.height - 1
publish = f"Publish `{candidate.name}`: {len(diff.changes)} changes, AUC {better:+.3f}, {handed:+.0%} A leads today."
keep = f"Keep `{playbook.name}`: the candidate is no better."
agenda = [
    publish if better > 0 else keep,
    f"Move weight to {under}, and away from {over}.",
    *(f"{row['action'].capitalize()}: at least {row['low']:,.0f} deals." for row in actions.head(1).iter_rows(named=True)),
    *(f"{row['action'].capitalize()}." for row in more.head(1).iter_rows(named=True)),
    *(f"End or renegotiate {name}." for name in losers),
    f"Test {torn['channel']} with a group that is left alone, as models cannot tell what it brings.",
]
say("\n".join(f"{number}. {line}" for number, line in enumerate(agenda, start=1)))

# %% [markdown]
# The scores go back to the CRM, the playbook into its repository.

# %%
after.write_parquet(chosen.out / "scored.parquet")
(chosen.out / "playbook-next.json").write_text(candidate.to_json() + "\n", encoding="utf-8")
say(f"`scored.parquet`: {after.height:,} rows; `playbook-next.json`: `{candidate.fingerprint[:19]}…`")

# %% [markdown]
# ## 6. On real data
#
# All of the above was made up. Two public data sets show the same on data that was not: the phone campaigns of a Portuguese bank
# (Moro, Rita and Cortez: *Bank Marketing*, UCI, CC BY 4.0) and the customer paths that come with ChannelAttribution, by which
# others check their attribution. `IKUSEI_DATA` names the folder where they lie.

# %%
bank = chosen.real / "bank/bank-full.csv"
if bank.is_file():
    calls = pl.read_csv(bank, separator=";").with_row_index("call")
    # How long a call took is known only after it: it would give the answer away.
    known = ["age", "job", "marital", "education", "balance", "housing", "loan", "contact", "month", "previous", "poutcome"]
    real = analytics.learn(calls.select(*known, won=pl.col("y") == "yes", test=pl.col("call") % 3 == 0), known)
    show(real.tables["quality"].chart("en"), "14-bank")
    say(
        f"Points learnt on two thirds of {calls.height:,} calls tell a yes from a no with an AUC of "
        f"**{real.figures['test_auc_rounded']:.2f}** on the rest; whole points cost {real.figures['test_loss_from_rounding']:.4f} of it."
    )
else:
    say(f"**Skipped:** there is no `{bank.parent.name}/{bank.name}` here.")

# %%
paths = chosen.real / "paths/mta_data.csv.gz"
if paths.is_file():
    walked = pl.read_csv(paths)
    walked = walked.select("path", conversions="total_conversions", value="total_conversion_value", nulls="total_null")
    ours = analytics.attribution(walked, models=["first", "last", "linear"]).to_polars()
    published = pl.read_csv(paths.with_name("expected_channelattribution_heuristic.csv")).select(
        "channel_name", **{model: f"{model}_touch_conversions" for model in ("first", "last", "linear")}
    )
    theirs = published.unpivot(index="channel_name", variable_name="model", value_name="published")
    both = ours.join(theirs, left_on=["channel", "model"], right_on=["channel_name", "model"])
    furthest = both.select((pl.col("conversions").cast(pl.Float64) - pl.col("published")).abs().max()).item()
    say(
        f"{walked['conversions'].sum():,} conversions, {both.height} credits: ikusei and ChannelAttribution differ by "
        f"{furthest:.1e} at most."
    )
else:
    say(f"**Skipped:** there is no `{paths.parent.name}/{paths.name}` here.")
