"""The analyses on real data and against others: frames in, figures that pandas and scikit-learn give as well."""

import csv
import gzip
import io
import json
import math
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import ikusei
from ikusei import analytics

# By name, for they have no types of their own: `tests/setup/test-requirements.txt` pins them, so they are there.
altair, duckdb, pandas, polars, pyarrow = map(import_module, ("altair", "duckdb", "pandas", "polars", "pyarrow"))

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "../shared/data"


def data(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no test data: {name} is not beside the repository")
    return path


def test_heuristic_attribution_is_that_of_channelattribution() -> None:
    text = gzip.decompress(data("paths/mta_data.csv.gz").read_bytes()).decode()
    rows = [
        {"path": row["path"], "conversions": int(row["total_conversions"]), "value": row["total_conversion_value"], "nulls": int(row["total_null"])}
        for row in csv.DictReader(io.StringIO(text))
    ]
    found = analytics.attribution(rows, models=["first", "last", "linear", "markov"], digits=12, revenue_digits=12)
    credit = {(row["model"], row["channel"]): row for row in found.rows}
    wanted = list(csv.DictReader(data("paths/expected_channelattribution_heuristic.csv").open(encoding="utf-8")))
    assert len(wanted) == 12
    for channel in wanted:
        for model in ("first", "last", "linear"):
            row = credit[model, channel["channel_name"]]
            for ours, theirs in (("conversions", "conversions"), ("revenue", "value")):
                assert float(row[ours]) == pytest.approx(float(channel[f"{model}_touch_{theirs}"]), rel=1e-9, abs=1e-9)
    for model in ("first", "last", "linear", "markov"):
        mine = [row for row in found.rows if row["model"] == model]
        assert sum((row["conversions"] for row in mine), Decimal()) == found.figures["conversions"]
        assert sum((row["revenue"] for row in mine), Decimal()) == Decimal(found.figures["revenue"])


def olist() -> Any:
    leads = pandas.read_csv(data("olist/olist_marketing_qualified_leads_dataset.csv"))
    deals = pandas.read_csv(data("olist/olist_closed_deals_dataset.csv"))
    both = leads.merge(deals[["mql_id", "won_date"]], on="mql_id", how="left")
    for column in ("first_contact_date", "won_date"):
        both[column] = pandas.to_datetime(both[column].str[:10], format="%d-%m-%Y")
    return both


def test_the_olist_funnel_is_that_of_pandas() -> None:
    both = olist()
    found = analytics.funnel(both, ["first_contact_date", "won_date"], by=["origin"])
    assert found.figures["leads"] == len(both)
    counted = {(row["value"], row["stage"]): row["leads"] for row in found.rows if row["cut"] == "origin"}
    groups = both.groupby("origin", dropna=False)
    for origin, group in groups:
        name = None if isinstance(origin, float) and math.isnan(origin) else origin
        assert counted[name, "first_contact_date"] == len(group)
        assert counted[name, "won_date"] == group["won_date"].notna().sum()
    assert len(counted) == 2 * len(groups)
    (won,) = (row for row in found.rows if row["cut"] == "all" and row["stage"] == "won_date")
    assert won["rate"] == pytest.approx(both["won_date"].notna().mean(), abs=1e-12)
    days = (both["won_date"] - both["first_contact_date"]).dt.days.dropna()
    (times,) = (row for row in found.tables["times"].rows if row["cut"] == "all")
    assert found.figures["out_of_order"] == (days < 0).sum()
    for name, part in (("p25", 0.25), ("median", 0.5), ("p75", 0.75), ("p90", 0.9)):
        assert times[name] == pytest.approx(days[days >= 0].quantile(part), abs=1e-9)
    months = both.groupby(both["first_contact_date"].dt.strftime("%Y-%m"))["won_date"]
    cohorts = {row["month"]: (row["leads"], row["reached"]) for row in found.tables["cohorts"].rows}
    assert cohorts == {month: (len(group), group.notna().sum()) for month, group in months}


def test_frames_of_every_kind_give_the_same() -> None:
    rows = [{"path": "search > mail", "conversions": 3}, {"path": "fair", "conversions": None}]
    wanted = analytics.attribution(rows, models=["linear"]).to_dict()
    columns = {"path": ["search > mail", "fair"], "conversions": [3, None]}
    sql = "select * from (values ('search > mail', 3), ('fair', null)) as t(path, conversions)"
    kinds: dict[str, Any] = {
        "columns": columns,
        "pandas": pandas.DataFrame(columns),
        "polars": polars.DataFrame(columns),
        "polars, lazy": polars.LazyFrame(columns),
        "pyarrow": pyarrow.table(columns),
        "pyarrow, by batches": pyarrow.table(columns).to_reader(),
        "duckdb": duckdb.sql(sql),
    }
    for kind, table in kinds.items():
        assert analytics.attribution(table, models=["linear"]).to_dict() == wanted, kind


def test_answers_become_frames() -> None:
    rows = [{"path": "search > mail", "conversions": 3}, {"path": "fair", "conversions": None}]
    found = analytics.attribution(rows, models=["linear"])
    for frame in (found.to_pandas(), found.table.to_pandas()):
        assert frame.to_dict("records") == found.rows
    for frame in (found.to_polars(), found.table.to_polars()):
        assert frame.columns == found.columns
        assert frame["conversions"].to_list() == [row["conversions"] for row in found.rows]


def test_a_table_draws_itself() -> None:
    found = analytics.lift([{"group": "a", "leads": 9, "conversions": 3}, {"group": "b", "leads": 9, "conversions": 3}], "b")
    chart = found.chart("ja")
    spec = chart if isinstance(chart, dict) else chart.to_dict()
    assert "リフト" in json.dumps(spec, ensure_ascii=False)
    assert "<table>" in found._repr_html_()
    assert repr(found) == "<Analysis 'lift': lift>"
    assert list(found.table) == found.rows


def test_every_kind_of_picture_is_a_chart_of_altair() -> None:
    playbook = ikusei.Playbook.load(ROOT / "examples/dashboard/playbook.yaml")
    at = "2026-05-01T00:00:00Z"
    backtest = playbook.compile().backtest(playbook, [{"id": "lead-1"}, {"id": "lead-2", "fields": {"employees": 300}}], at, at)
    curve = analytics.calibration([{"score": score, "won": score > 4, "probability": score / 10} for score in range(10)])
    paths = analytics.attribution([{"path": "search > mail", "conversions": 3}], models=["first", "linear"])
    marks = set()
    for table in [*backtest.tables.values(), *curve.tables.values(), *paths.tables.values()]:
        chart = table.chart("en")
        if chart is not None:
            # Altair checks against Vega-Lite's schema, at its making and when it is written.
            assert isinstance(chart, altair.TopLevelMixin), table.name
            marks |= {layer["mark"]["type"] for layer in chart.to_dict()["layer"]}
    assert marks >= {"rect", "line", "point", "bar"}


def test_what_cannot_be_read_is_refused_with_its_place() -> None:
    with pytest.raises(ikusei.CallError) as caught:
        analytics.funnel([{"lead": "soon", "won": None}], ["lead", "won"])
    assert caught.value.code == "IK1001"
    assert caught.value.diagnostics[0].path == "/leads/lead/0"


def test_learnt_points_do_as_well_as_scikit_learn_on_bank_data() -> None:
    parts = ("compose", "linear_model", "metrics", "pipeline", "preprocessing")
    compose, linear_model, metrics, pipeline, preprocessing = (import_module(f"sklearn.{part}") for part in parts)
    bank = pandas.read_csv(data("bank/bank-full.csv"), sep=";").drop(columns="duration")
    bank["won"] = bank.pop("y") == "yes"
    bank = bank.sample(frac=1, random_state=7).reset_index(drop=True)
    bank["test"] = bank.index % 10 < 3
    features = [column for column in bank.columns if column not in ("won", "test")]
    found = analytics.learn(bank, features)
    numbers = bank[features].select_dtypes("number").columns.tolist()
    texts = [column for column in features if column not in numbers]
    transform = compose.make_column_transformer(
        (preprocessing.StandardScaler(), numbers), (preprocessing.OneHotEncoder(handle_unknown="ignore"), texts)
    )
    peer = pipeline.make_pipeline(transform, linear_model.LogisticRegression(max_iter=2_000))
    train, test = bank[~bank["test"]], bank[bank["test"]]
    peer.fit(train[features], train["won"])
    theirs = metrics.roc_auc_score(test["won"], peer.predict_proba(test[features])[:, 1])
    assert found.figures["test_auc"] > theirs - 0.01
    assert found.figures["test_auc_rounded"] > theirs - 0.01
    rates = [row["rate"] for row in found.tables["ranks"].rows]
    assert rates == sorted(rates, reverse=True)
    assert len(set(rates)) == 3
    print(f"AUC on held-out leads: {found.figures['test_auc']:.4f}, scikit-learn {theirs:.4f}, A, B, rest: {rates}")
