"""Intervals, tests, survival and rank statistics beside those of statsmodels, scipy and scikit-learn."""

import random
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from ikusei import analytics

proportion, survival = map(import_module, ("statsmodels.stats.proportion", "statsmodels.duration.survfunc"))
integrate, stats = map(import_module, ("scipy.integrate", "scipy.stats"))
metrics = import_module("sklearn.metrics")


def groups() -> list[tuple[int, int]]:
    """Leads and conversions, the ends included."""
    dice = random.Random(11)
    sizes = [1, 2, 7, 30, 400, 5_000, 90_000]
    return [(size, part) for size in sizes for part in {0, size, dice.randint(0, size), dice.randint(0, size)}]


def test_wilson_intervals_are_those_of_statsmodels() -> None:
    for size, part in groups():
        for level in (0.8, 0.95, 0.99):
            rows = [{"group": "a", "leads": size, "conversions": part}, {"group": "b", "leads": 5, "conversions": 1}]
            [found, _] = analytics.lift(rows, "b", level=level).rows
            low, high = proportion.proportion_confint(part, size, alpha=1 - level, method="wilson")
            assert (found["low"], found["high"]) == pytest.approx((low, high), abs=1e-9), (size, part, level)


def test_differences_are_those_of_statsmodels() -> None:
    pairs = list(zip(groups(), reversed(groups()), strict=True))
    for (size, part), (other, won) in pairs:
        rows = [{"group": "a", "leads": size, "conversions": part}, {"group": "b", "leads": other, "conversions": won}]
        found = next(row for row in analytics.lift(rows, "b").rows if row["group"] == "a")
        wanted = proportion.confint_proportions_2indep(part, size, won, other, method="newcomb", compare="diff")
        assert (found["lift_low"], found["lift_high"]) == pytest.approx(wanted, abs=1e-9), (size, part, other, won)
        if 0 < part + won < size + other:
            _, p_value = proportion.proportions_ztest([part, won], [size, other])
            assert found["p_value"] == pytest.approx(p_value, abs=1e-9)


def test_times_of_who_still_waits_are_those_of_statsmodels() -> None:
    dice = random.Random(5)
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    leads, times, events = [], [], []
    for _ in range(501):
        entered = start + timedelta(seconds=dice.randrange(150 * 86_400))
        won = entered + timedelta(seconds=int(dice.expovariate(1 / (70 * 86_400))))
        leads.append({"lead": entered.isoformat(), "won": won.isoformat() if won <= end else None})
        times.append((min(won, end) - entered) / timedelta(days=1))
        events.append(int(won <= end))
    [found] = analytics.funnel(leads, ["lead", "won"], at=end).tables["times"].rows
    curve = survival.SurvfuncRight(times, events)
    for name, part in (("all_p25", 0.25), ("all_median", 0.5), ("all_p75", 0.75), ("all_p90", 0.9)):
        wanted = curve.quantile(part)
        assert found[name] == (None if wanted != wanted else pytest.approx(wanted, abs=1e-9)), name
    assert found["waiting"] == events.count(0) > 0


def test_ranking_figures_are_those_of_scikit_learn() -> None:
    dice = random.Random(3)
    rows = []
    for _ in range(800):
        # Scores with many ties.
        score = dice.randrange(40)
        rows.append({"score": score, "won": dice.random() < score / 60, "probability": round(score / 50, 3)})
    found = analytics.calibration(rows).figures
    won = [row["won"] for row in rows]
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(won, [row["score"] for row in rows]), abs=1e-9)
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(won, [row["probability"] for row in rows]), abs=1e-9)


def test_the_chance_of_being_best_is_that_of_an_integral() -> None:
    counts = {"a": (500, 40), "b": (480, 52)}
    rows = [{"version": name, "sent": sent, "clicked": clicked} for name, (sent, clicked) in counts.items()]
    found = {row["version"]: row["best_chance"] for row in analytics.versions(rows, goal="clicked").tables["verdict"].rows}
    a, b = (stats.beta(1 + clicked, 1 + sent - clicked) for sent, clicked in counts.values())
    wanted, _ = integrate.quad(lambda x: b.pdf(x) * a.cdf(x), 0, 1, epsabs=1e-12, limit=500, points=[0.08, 0.11])
    assert found["b"] == pytest.approx(wanted, abs=1e-6)
    assert found["a"] + found["b"] == pytest.approx(1, abs=1e-9)


def test_weights_of_rules_are_those_of_scikit_learn() -> None:
    linear_model, preprocessing = map(import_module, ("sklearn.linear_model", "sklearn.preprocessing"))
    dice = random.Random(1)
    rows = []
    for _ in range(3_000):
        a, b = dice.choice("pqrs"), dice.choice("xyz")
        chance = {"p": 0.15, "q": 0.25, "r": 0.4, "s": 0.1}[a] * {"x": 1.3, "y": 0.7, "z": 1.0}[b]
        rows.append({"a": a, "b": b, "won": dice.random() < chance})
    found = {f"x{'ab'.index(row['feature'])}_{row['value']}": row["weight"] for row in analytics.learn(rows, ["a", "b"], ridge=2.0).rows}
    encoder = preprocessing.OneHotEncoder()
    features = encoder.fit_transform([[row["a"], row["b"]] for row in rows]).toarray()
    peer = linear_model.LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000, solver="newton-cholesky")
    peer.fit(features, [row["won"] for row in rows])
    wanted = dict(zip(encoder.get_feature_names_out(), peer.coef_[0], strict=True))
    assert found == pytest.approx(wanted, abs=1e-8)
