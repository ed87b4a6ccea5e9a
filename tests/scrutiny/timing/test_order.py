"""The order of two series within dyads: what it is invariant to, finds, and does not claim."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dyadsync import InputError, load_study, session_changes, session_order
from dyadsync.scrutiny.timing.order import (
    SYMPTOMS_FIRST,
    SYNCHRONY_FIRST,
    _exchanged,
    order_of_series,
)


def drawn(n, n_sessions, lag, back=0.0, seed=1):
    """Two series with levels of their own, autoregressions of .3 and these cross-lags."""
    rng = np.random.default_rng(seed)
    slopes = np.array([[0.3, back], [lag, 0.3]])
    levels, within = rng.normal(size=(2, n, 2))
    series = np.empty((n, n_sessions, 2))
    for session in range(n_sessions):
        series[:, session] = levels + within
        within = within @ slopes.T + rng.normal(size=(n, 2))
    return series


def stable(n, seed):
    """Dyads that differ for good: level and course of ratings go with a stable synchrony."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(n, 1))
    synchrony = trait + rng.normal(size=(n, 4))
    ratings = 20 - trait - 2 * trait * np.log1p(np.arange(4)) + rng.normal(size=(n, 4))
    return np.stack([synchrony, ratings], axis=-1)


def test_a_planted_cross_lag_is_found_and_its_direction():
    assert order_of_series(drawn(200, 5, lag=0.4)).verdict == SYNCHRONY_FIRST
    assert order_of_series(drawn(200, 5, lag=0, back=0.4)).verdict == SYMPTOMS_FIRST


def test_dyads_that_differ_for_good_show_no_order():
    """What misled windows of time, and a model with levels only: 100 studies, 100 dyads.

    Both tests hold 5 % together by Holm; the Monte Carlo standard error is .022.
    """
    verdicts = [
        order_of_series(stable(100, seed), n_permutations=199, rng=seed).verdict
        for seed in range(100)
    ]
    assert np.mean([verdict != "no order" for verdict in verdicts]) <= 0.05 + 2 * 0.022


def test_with_four_sessions_it_is_two_pooled_regressions():
    """Symptoms first: two waves with own terms, errors by dyad, by statsmodels."""
    series = drawn(50, 4, lag=0.2)
    c, r = series[..., 0], series[..., 1]
    long = pd.DataFrame(
        {
            "later": np.concatenate([c[:, 1] - c[:, 2:].mean(1), c[:, 2] - c[:, 3]]),
            "rating": np.concatenate([r[:, 0], r[:, 1]]),
            "wave": np.repeat([0, 1], 50),
            "dyad": np.tile(np.arange(50), 2),
        }
    )
    # Given all earlier sessions: each wave has its own slopes of them.
    for wave, earlier in ((0, [0]), (1, [0, 1])):
        for session in earlier:
            long[f"c{wave}{session}"] = np.where(long["wave"] == wave, np.tile(c[:, session], 2), 0)
    X = sm.add_constant(long.drop(columns=["later", "dyad"]).astype(float))
    fit = sm.OLS(long["later"], X).fit()
    row = order_of_series(series, rng=1).table.loc[SYMPTOMS_FIRST]
    unit = r.std() / c.std()
    assert row["estimate"] == pytest.approx(unit * fit.params["rating"])
    # Each dyad's score divided by one less its share. Normal series permute to about Student's t
    # with 46 degrees of freedom: 2.0129; a quantile of 2,000 draws has an error of about .06.
    x = sm.OLS(X["rating"], X.drop(columns="rating")).fit().resid
    sums = pd.DataFrame({"score": x * fit.resid, "share": x**2}).groupby(long["dyad"]).sum()
    scores = sums["score"] / (1 - sums["share"] / sums["share"].sum())
    se = np.sqrt((scores**2).sum()) / sums["share"].sum()
    half = (row["ci_upper"] - row["ci_lower"]) / 2
    assert half == pytest.approx(2.0129 * unit * se, rel=0.1)


def test_exchanged_sessions_are_those_of_the_dyad():
    c = drawn(30, 5, lag=0.3)[..., 0]
    c[::4, 2] = np.nan
    exchanged = _exchanged(c, 50, np.random.default_rng(1))
    assert (np.isnan(exchanged) == np.isnan(c)).all()
    assert (np.sort(exchanged, axis=-1)[:, 1] == np.sort(c, axis=-1)[1]).all()
    assert len(np.unique(exchanged[:, 1], axis=0)) > 30
    count = order_of_series(drawn(30, 4, 0.3), n_permutations=199, rng=1).table["p_value"] * 200
    assert count.to_numpy() == pytest.approx(count.round(), abs=1e-9)  # out of the real and 199


def test_products_of_few_dyads_show_no_order_too_often():
    """Products have outliers: by Student's t, 6.5 % of such trials claimed one.

    200 trials of 37 dyads; the Monte Carlo standard error is .015.
    """
    claims = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        series = stable(37, seed)
        first, second = rng.normal(size=(2, 37, 4))
        rho = np.tanh(series[:, :1, 0])
        series[..., 0] = first * (rho * first + np.sqrt(1 - rho**2) * second)
        claims += order_of_series(series, n_permutations=199, rng=seed).verdict != "no order"
    assert claims / 200 <= 0.05 + 2 * 0.015


def test_units_do_not_matter():
    series = drawn(80, 4, lag=0.3)
    scaled = order_of_series(series * [1e-3, 40.0] + [7.0, -3.0], rng=1)
    assert scaled.table.to_numpy() == pytest.approx(order_of_series(series, rng=1).table.to_numpy())


def test_p_values_are_adjusted_over_both_orders_by_holm():
    table = order_of_series(drawn(60, 4, lag=0.2, seed=3)).table
    first, second = sorted(table["p_value"])
    expected = {first: min(1, 2 * first), second: max(second, min(1, 2 * first))}
    for row in table.itertuples():
        assert row.p_adjusted == pytest.approx(expected[row.p_value])


def test_missing_values_cost_only_what_needs_them():
    series = drawn(60, 4, lag=0.3)
    whole = order_of_series(series, rng=1)
    series[:20, 3, 1] = np.nan  # the last rating: nothing of the reverse order uses it
    without = order_of_series(series, rng=1)
    columns = ["p_value"]
    assert without.table.loc[SYMPTOMS_FIRST, columns].tolist() == pytest.approx(
        whole.table.loc[SYMPTOMS_FIRST, columns].tolist()
    )


def test_the_shipped_study_says_its_order_in_words():
    study = load_study("data")
    found = session_order(study, session_changes(study))
    assert (found.n_dyads, found.n_sessions) == (37, 4)
    assert found.verdict in found.in_words()


@pytest.mark.parametrize(
    ("series", "said"), [(drawn(40, 3, 0.3), "four sessions"), (drawn(9, 4, 0.3), "10 or more")]
)
def test_too_little_is_refused(series, said):
    with pytest.raises(InputError, match=said):
        order_of_series(series)
