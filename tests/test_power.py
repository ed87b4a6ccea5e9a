"""What designs can find."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.power import (
    _estimate_paths,
    _reduction,
    _synchrony,
    analyse_trials,
    describe_process,
    expand_grid,
    first_seed,
    follows_seed_rule,
    power,
)
from dyadsync.simulate import SHIPPED_SEED, Design, draw_trials, simulate_study
from dyadsync.study import Study, dyad_table, symptom_reduction
from dyadsync.synchrony import dyad_synchrony, session_changes


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The default design, more sessions, more dyads, nothing to find, and published effects."""
    grid: list[Any] = [
        Design(),
        {"n_sessions": [8, 16]},
        {"n_dyads": 74},
        {"a": 0.0, "b": 0.0, "c": 0.0},
        {"a": -0.25, "b": 0.28},
    ]
    rows = power(grid, n_trials=2_000, rng=2021)
    return rows.set_axis(["default", "8", "16", "74", "null", "published"])


# The analysis of arrays is that of the package -------------------------------------------------


def test_synchrony_and_reduction_are_those_of_the_package() -> None:
    trials = draw_trials(Design(), 1, rng=9)
    made = simulate_study(Design(), rng=9)
    package = dyad_synchrony(session_changes(made))
    np.testing.assert_allclose(
        np.sort(_synchrony(trials.oxytocin)[0]), np.sort(package["synchrony"]), rtol=1e-9
    )
    np.testing.assert_allclose(
        np.sort(_reduction(trials.hrsd)[0]), np.sort(symptom_reduction(made)), rtol=1e-9
    )


def test_paths_are_those_of_statsmodels(study: Study) -> None:
    from statsmodels.regression.linear_model import OLS

    rows = dyad_table(study, dyad_synchrony(session_changes(study)))
    x, m, y = (
        rows[name].to_numpy()[None]
        for name in ("social_impairment", "synchrony", "symptom_reduction")
    )
    found = _estimate_paths(x, m, y)
    ones = np.ones(x.size)
    path_a = OLS(m[0], np.column_stack([ones, x[0]])).fit()
    path_b = OLS(y[0], np.column_stack([ones, m[0], x[0]])).fit()
    for ours, fit in [
        ((found.a, found.se_a, found.p_a), path_a),
        ((found.b, found.se_b, found.p_b), path_b),
    ]:
        expected = [fit.params[1], fit.bse[1], fit.pvalues[1]]
        assert np.ravel(ours) == pytest.approx(expected, rel=1e-9)


def test_left_out_estimates_are_those_of_the_smaller_sample() -> None:
    trials = draw_trials(Design(), 2, rng=3)
    X, M, Y = trials.impairment, _synchrony(trials.oxytocin), _reduction(trials.hrsd)
    keep = 1 - np.eye(37)[[0, 5]]
    left_out = _estimate_paths(X, M, Y, keep)
    without = np.arange(37) != 5
    small = _estimate_paths(X[:, without], M[:, without], Y[:, without])
    np.testing.assert_allclose(left_out.b[:, 1], small.b)
    np.testing.assert_allclose(left_out.se_b[:, 1], small.se_b)


def test_the_share_of_positive_products_is_that_of_many_draws() -> None:
    found = analyse_trials(draw_trials(Design(), 5, rng=12))
    rng = np.random.default_rng(1)
    a = found.a + found.se_a * rng.standard_normal((200_000, 5))
    b = found.b + found.se_b * rng.standard_normal((200_000, 5))
    # Monte Carlo standard error at most .0011
    np.testing.assert_allclose(found.p_ab, (a * b > 0).mean(axis=0), atol=0.005)


def test_a_dyad_with_two_pairs_has_no_synchrony() -> None:
    oxytocin = draw_trials(Design(), 1, rng=1).oxytocin
    oxytocin[0, 0, :2, 0, 0] = np.nan
    oxytocin[0, 1, :, 1, 1] = oxytocin[0, 1, :, 1, 0]  # a constant change
    assert np.isnan(_synchrony(oxytocin)[0, :2]).all()


# Calibration: simulation.md's prototype (20,000 trials), within four standard errors ------------


@pytest.mark.parametrize(
    ("row", "column", "prototype"),
    [
        *[
            ("default", name, rate)
            for name, rate in [("a", 0.43), ("b", 0.44), ("mediation", 0.17)]
        ],
        ("default", "pattern", 0.166),
        ("default", "pattern_known", 0.84),
        ("8", "pattern", 0.47),
        ("16", "pattern", 0.68),
        ("74", "pattern", 0.53),
    ],
)
def test_rates_are_those_of_the_prototype(
    table: pd.DataFrame, row: str, column: str, prototype: float
) -> None:
    error = np.sqrt(prototype * (1 - prototype) / 2_000)
    assert table.loc[row, column] == pytest.approx(prototype, abs=4 * error)


def test_the_pattern_is_possible_and_not_the_rule(table: pd.DataFrame) -> None:
    assert 0.10 < table.loc["default", "pattern"] < 0.25


def test_nothing_is_hardly_ever_found_where_there_is_nothing(table: pd.DataFrame) -> None:
    # the prototype: .03 %; three independent one-sided tests can hardly exceed .025 x .025
    assert table.loc["null", "pattern"] < 0.004
    assert np.isnan(table.loc["null", "exaggeration"])


def test_published_effects_are_rarely_found(table: pd.DataFrame) -> None:
    assert table.loc["published", "pattern"] < 0.025


def test_what_is_found_is_exaggerated_and_yet_below_the_truth(table: pd.DataFrame) -> None:
    row = table.loc["default"]
    assert row["exaggeration"] == pytest.approx(2.3, abs=0.25)
    assert row["ab_true"] == pytest.approx(-0.5 * 0.65 * 6)
    assert row["ab_true"] < row["ab_in_pattern"] < row["ab_mean"] < 0


def test_reliability_is_that_of_the_prototype_and_grows_with_sessions(table: pd.DataFrame) -> None:
    assert table.loc["default", "reliability"] == pytest.approx(0.35, abs=0.02)
    assert table["reliability"][["default", "8", "16"]].is_monotonic_increasing


def test_trials_look_as_the_prototype_says() -> None:
    found = describe_process(n_trials=1_000, rng=5)
    expected = {
        "correlation of latent synchrony and impairment": (-0.50, 0.02),
        "partial correlation of latent synchrony and fall of symptoms": (0.61, 0.02),
        "standardised indirect effect": (-0.325, 0.02),
        "observed r of dyads, mean": (0.14, 0.02),
        "observed r of dyads, SD": (0.66, 0.01),
        "observed |r| of dyads above .9, share": (0.21, 0.01),
        "HRSD-17 at intake, mean": (21.5, 0.2),
        "fall of HRSD-17, mean": (9.5, 0.3),
        "remission (7 or less at the last week), share": (0.28, 0.02),
        "response (half of intake or less), share": (0.45, 0.02),
        "samples below the limit of quantification, share": (0.046, 0.005),
    }
    for name, (value, tolerance) in expected.items():
        assert found[name] == pytest.approx(value, abs=tolerance), name


# The shipped seed -----------------------------------------------------------------------------


def test_the_shipped_seed_is_the_first_that_follows_the_rule() -> None:
    assert first_seed() == SHIPPED_SEED


def test_the_shipped_seed_shows_the_pattern_in_the_package(study: Study) -> None:
    from dyadsync.mediation.mediate import mediate

    rows = dyad_table(study, dyad_synchrony(session_changes(study)))
    result = mediate(rows, "social_impairment", "synchrony", "symptom_reduction", rng=1)
    assert result.table.loc["ACME", "ci_upper"] < 0
    found = analyse_trials(draw_trials(Design(), 1, SHIPPED_SEED))
    assert result.table.loc["ACME", "estimate"] == pytest.approx(found.ab[0], rel=1e-9)


def test_trials_without_the_pattern_do_not_follow_the_rule() -> None:
    trials = draw_trials(Design(), 60, rng=7)
    follows = follows_seed_rule(trials)
    pattern = analyse_trials(trials).supports_pattern()
    assert follows.any()
    assert not (follows & ~pattern).any()


def test_no_seed_in_range_is_an_input_error() -> None:
    with pytest.raises(InputError, match="from 0 to below 2"):
        first_seed(stop=2)


# Grids ----------------------------------------------------------------------------------------


def test_a_grid_is_all_combinations_in_order() -> None:
    rows = expand_grid({"b": [0.28, 0.65], "n_sessions": [4, 8]})
    assert [(s["b"], s["n_sessions"]) for s, _ in rows] == [
        *((0.28, 4), (0.28, 8), (0.65, 4), (0.65, 8)),
    ]
    assert rows[1][1] == Design(b=0.28).with_sessions(8)


def test_fields_that_are_lists_take_one_list_or_several() -> None:
    assert len(expand_grid({"sessions": (4, 8, 12)})) == 1
    assert len(expand_grid({"sessions": [(4, 8, 12), (1, 2, 3, 4)]})) == 2


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"session": 4}, "no setting 'session'"),
        ({"b": []}, "empty"),
        ([], "empty"),
        ("b", "give a Design"),
        (4, "give a Design"),
        ({"b": "large"}, "finite numbers"),
        ({"b": [0.2, 2.0]}, "more than all"),
        ({"n_dyads": 3}, "fewer than the 6 therapists"),
        ({"n_dyads": 40.5}, "whole number"),
        ({"n_dyads": "many"}, "not valid"),
        ({"n_sessions": 99}, "99 sessions"),
        ({"sessions": 4}, "not valid"),
    ],
)
def test_a_bad_grid_is_named(grid: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        power(grid, n_trials=10, rng=1)


@pytest.mark.parametrize("n_trials", [0, -1, 2.5, True])
def test_a_bad_number_of_trials_is_named(n_trials: Any) -> None:
    with pytest.raises(InputError, match="n_trials"):
        power(Design(), n_trials=n_trials)


def test_equal_seeds_give_equal_tables() -> None:
    first = power({"n_dyads": [20, 40]}, n_trials=30, rng=1)
    pd.testing.assert_frame_equal(first, power({"n_dyads": [20, 40]}, n_trials=30, rng=1))
    assert first["n_dyads"].tolist() == [20, 40]


def test_standard_errors_are_those_of_shares(table: pd.DataFrame) -> None:
    rate = table["pattern"]
    np.testing.assert_allclose(table["pattern_se"], np.sqrt(rate * (1 - rate) / 2_000))
