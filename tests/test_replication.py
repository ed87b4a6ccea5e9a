"""The same mediation by every method, and moved dyads."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dyadsync import mediate
from dyadsync.contamination import PATTERNS, contaminated_dyads
from dyadsync.errors import InputError
from dyadsync.replication import (
    METHODS,
    contamination_walk,
    move_dyads,
    regression_programs,
    replicate,
    steps_withstood,
    without_path,
)

XMY = ("x", "m", "y")


@pytest.fixture(scope="module")
def table():
    dyads = contaminated_dyads(37, share=0.0, rng=4).drop(columns="outlier")
    return dyads.assign(therapist=np.arange(37) % 6)


@pytest.fixture(scope="module")
def replication(table):
    return replicate(table, *XMY, cluster="therapist", n_draws=500, rng=3)


@pytest.mark.parametrize("name", METHODS)
def test_the_acme_is_what_mediate_gives_with_the_same_seed(table, replication, name):
    options = dict(METHODS[name])
    cluster = "therapist" if options.pop("clustered", False) else None
    expected = mediate(table, *XMY, cluster=cluster, n_draws=500, rng=3, **options)
    found = replication.of("ACME").loc[name]
    columns = ["estimate", "ci_lower", "ci_upper"]
    assert found[columns].to_list() == pytest.approx(
        expected.table.loc["ACME", columns].to_list(), rel=1e-9
    )
    slopes = [replication.of(f"path {path}").loc[name, "estimate"] for path in "ab"]
    assert slopes == pytest.approx(expected.paths["estimate"][["a", "b"]].to_list())


def test_classical_intervals_of_the_paths_are_the_textbooks_t_intervals(table, replication):
    import statsmodels.formula.api as smf

    a = smf.ols("m ~ x", table).fit().conf_int().loc["x"]
    b = smf.ols("y ~ m + x", table).fit().conf_int().loc["m"]
    for method in ("quasi-Bayesian", "small-sample t"):
        for path, expected in (("path a", a), ("path b", b)):
            found = replication.of(path).loc[method, ["ci_lower", "ci_upper"]]
            assert found.to_list() == pytest.approx(expected.to_list())


def test_clustered_intervals_of_the_paths_have_one_degree_of_freedom_less_than_clusters(
    table, replication
):
    paths = mediate(table, *XMY, cluster="therapist", small_sample=True, rng=1).paths
    row = replication.of("path a").loc["therapist clusters"]
    reach = stats.t.ppf(0.975, 5) * paths.loc["a", "se"]
    assert row["ci_upper"] - row["estimate"] == pytest.approx(reach)


def test_bootstrap_intervals_of_the_paths_lie_where_t_intervals_lie(replication):
    for path in ("path a", "path b"):
        found = replication.of(path)
        width = found.loc["quasi-Bayesian", "ci_upper"] - found.loc["quasi-Bayesian", "ci_lower"]
        for method in ("bootstrap", "BCa bootstrap", "MM-regression", "Huber covariance"):
            ends = found.loc[method, ["ci_lower", "ci_upper"]]
            away = np.abs(ends - found.loc["quasi-Bayesian", ["ci_lower", "ci_upper"]]).max()
            assert away < 0.4 * width


def test_a_method_that_cannot_use_the_data_is_listed_with_its_reason(table):
    one = table.assign(therapist="T1")
    found = replicate(
        one, *XMY, cluster="therapist", methods=["HC3", "therapist clusters"], n_draws=100, rng=1
    )
    assert list(found.of("ACME").index) == ["HC3"]
    assert "only one cluster" in found.failures["therapist clusters"]


def test_without_a_column_of_clusters_the_clustered_method_is_left_out(table):
    found = replicate(table, *XMY, n_draws=100, rng=1)
    assert "therapist clusters" not in found.of("ACME").index
    assert not found.failures


def test_the_same_seed_or_generator_gives_the_same_numbers(table):
    def run(rng):
        return replicate(table, *XMY, methods=["bootstrap"], n_draws=100, rng=rng).table

    pd.testing.assert_frame_equal(run(1), run(1))
    pd.testing.assert_frame_equal(run(np.random.default_rng(1)), run(np.random.default_rng(1)))


def test_an_unknown_method_is_refused(table):
    with pytest.raises(InputError, match="choose among quasi-Bayesian"):
        replicate(table, *XMY, methods=["magic"])


def test_claims_are_judged_by_every_method(replication):
    claims = replication.claims()
    assert len(claims) == 3 * len(METHODS)
    judged = {(claim.id, claim.method): claim for claim in claims}
    row = replication.of("path b").loc["MM-regression"]
    assert judged["b", "MM-regression"].estimate == row["estimate"]


def test_the_wide_table_shows_estimate_and_interval(replication):
    row = replication.of("ACME").loc["HC3"]
    text = f"{row.estimate:.3f} [{row.ci_lower:.3f}, {row.ci_upper:.3f}]"
    assert replication.wide(3).loc["HC3", "ACME"] == text


@given(
    n_moved=st.integers(0, 10),
    pattern=st.sampled_from(PATTERNS),
    towards=st.booleans(),
    seed=st.integers(0, 50),
)
@settings(max_examples=40, deadline=None)
def test_moving_moves_as_many_dyads_as_asked_and_leaves_the_rest(n_moved, pattern, towards, seed):
    table = contaminated_dyads(30, share=0.0, rng=seed).drop(columns="outlier")
    after = move_dyads(table, *XMY, n_moved, pattern, towards=towards)
    same = (after[list(XMY)] == table[list(XMY)]).all(axis=1)
    assert (same == ~after["moved"]).all()
    assert after["moved"].sum() == n_moved
    if n_moved:
        fewer = move_dyads(table, *XMY, n_moved - 1, pattern, towards=towards)
        assert (after["moved"] | ~fewer["moved"]).all()


@pytest.mark.parametrize(("pattern", "path"), [("vertical_y", "b"), ("vertical_m", "a")])
def test_moving_against_a_path_weakens_it_and_towards_it_strengthens_it(table, pattern, path):
    def slope(data):
        return mediate(data, *XMY, n_draws=100, rng=1).paths.loc[path, "estimate"]

    assert slope(move_dyads(table, *XMY, 4, pattern)) < slope(table)
    assert slope(move_dyads(table, *XMY, 4, pattern, towards=True)) > slope(table)


def test_rows_with_a_missing_value_stay_and_limits_hold(table):
    holed = table.assign(m=table["m"].mask(table.index == 3))
    after = move_dyads(holed, *XMY, 20, "vertical_m", limits=(-1, 1))
    assert np.isnan(after.loc[3, "m"])
    assert not after.loc[3, "moved"]
    assert after.loc[after["moved"], "m"].between(-1, 1).all()


def test_clustered_dyads_stand_three_standard_deviations_out_and_together(table):
    after = move_dyads(table, *XMY, 4, "clustered_leverage")
    place = (after.loc[after["moved"], "x"] - table["x"].median()) / table["x"].std()
    assert place.between(2.9, 3.1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"pattern": "odd"}, "no pattern"), ({"n_moved": 38}, "cannot be moved")],
)
def test_what_cannot_be_moved_is_refused(table, options, message):
    with pytest.raises(InputError, match=message):
        move_dyads(table, *XMY, **{"n_moved": 1, **options})


@pytest.mark.parametrize("path", ["a", "b"])
def test_a_path_taken_out_is_zero_and_the_other_stays(table, path):
    before = mediate(table, *XMY, n_draws=100, rng=1).paths["estimate"]
    after = mediate(without_path(table, *XMY, path), *XMY, n_draws=100, rng=1).paths["estimate"]
    assert after[path] == pytest.approx(0, abs=1e-12)
    other = "b" if path == "a" else "a"
    assert after[other] == pytest.approx(before[other])


def test_a_walk_begins_at_the_table_and_robust_holds_longer_than_least_squares(table):
    methods = ["quasi-Bayesian", "MM-regression"]
    options = {"methods": methods, "n_draws": 300, "rng": 1}
    walk = contamination_walk(table, *XMY, 4, **options)
    assert sorted(walk["n_moved"].unique()) == [0, 1, 2, 3, 4]
    first = replicate(table, *XMY, **options).of("ACME")["estimate"]
    assert walk.loc[walk["n_moved"] == 0, "estimate"].to_list() == first.to_list()
    moves = walk.groupby("method")["estimate"].agg(lambda values: np.ptp(values))
    assert moves["MM-regression"] < moves["quasi-Bayesian"] / 2


def test_a_walk_from_nothing_starts_at_zero_and_makes_an_effect_of_the_old_sign(table):
    options = {"methods": ["quasi-Bayesian"], "n_draws": 100, "rng": 1}
    walk = contamination_walk(table, *XMY, 6, start="nothing", **options)
    found = mediate(table, *XMY, n_draws=100, rng=1).table.loc["ACME", "estimate"]
    assert walk["estimate"].iloc[0] == pytest.approx(0, abs=1e-12)
    assert walk["estimate"].iloc[-1] * found > 0
    with pytest.raises(InputError, match="walk starts"):
        contamination_walk(table, *XMY, 1, start="anywhere")


def test_steps_withstood_counts_to_the_first_change_of_the_story():
    walk = pd.DataFrame(
        {
            "n_moved": [0, 1, 2, 3] * 2,
            "method": ["ours"] * 4 + ["theirs"] * 4,
            "ci_lower": [1, 1, -1, 1, -1, -1, -1, -1],
            "ci_upper": [2, 2, 2, 2, 1, 1, 1, 1],
        }
    )
    assert steps_withstood(walk).to_numpy().tolist() == [[1, True], [3, False]]


def test_programs_agree_without_outliers_and_differ_by_their_divisor():
    table = contaminated_dyads(400, share=0.0, rng=1)
    programs = regression_programs(table, *XMY)
    assert np.ptp(programs["path a"]) < 0.1
    assert np.ptp(programs["path b"]) < 0.1
    few = regression_programs(table.iloc[:25], *XMY)
    # The S-scale with divisor n - p is larger, here by more than the search can differ.
    assert (few.loc["mm_regression"] > few.loc["RLMDetSMM"])[["scale m", "scale y"]].all()
