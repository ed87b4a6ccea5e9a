"""Tables with outliers: generated, and made by moving dyads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.contamination import contaminated_dyads
from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.scrutiny.contamination.outliers import (
    Contamination,
    least_squares_paths,
    move_dyads,
    without_path,
)
from dyadsync.scrutiny.simulation.displace import PATTERNS

XMY = ("x", "m", "y")


@pytest.fixture(scope="module")
def table():
    return contaminated_dyads(37, share=0.0, rng=4).drop(columns="outlier")


def slopes(table):
    one = np.ones(len(table))
    a = np.linalg.lstsq(np.column_stack([one, table.x]), table.m)[0][1]
    b = np.linalg.lstsq(np.column_stack([one, table.x, table.m]), table.y)[0][2]
    return a, b


def test_without_outliers_the_paths_are_the_planted_ones():
    table = contaminated_dyads(50_000, share=0, design=Contamination(a=0.3, b=-0.7), rng=1)
    assert slopes(table) == pytest.approx((0.3, -0.7), abs=0.02)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_share_of_outliers_is_rounded(pattern):
    assert contaminated_dyads(37, pattern, 0.1, rng=1)["outlier"].sum() == 4


@pytest.mark.parametrize("pattern", PATTERNS)
def test_clean_dyads_are_the_same_whatever_the_contamination(pattern):
    clean = contaminated_dyads(40, share=0, rng=5)
    table = contaminated_dyads(40, pattern, 0.2, rng=5)
    kept = ~table["outlier"]
    columns = ["x", "m", "y"]
    assert table.loc[kept, columns].equals(clean.loc[kept, columns])
    assert (table.loc[~kept, "y"] != clean.loc[~kept, "y"]).all()


def test_outliers_in_y_have_ordinary_x_and_m_and_mislead_b():
    clean = contaminated_dyads(20_000, share=0, rng=2)
    table = contaminated_dyads(20_000, "vertical_y", 0.1, rng=2)
    assert table[["x", "m"]].equals(clean[["x", "m"]])
    a, b = slopes(table)
    assert a == pytest.approx(0.5, abs=0.02)
    # E[change of slope] = -shift share E|m| (1 - R2 of m on x) / Var(m | x), here about -.57
    assert b < 0.1


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


def test_rows_with_a_missing_value_stay_and_limits_hold(table):
    holed = table.assign(m=table["m"].mask(table.index == 3))
    after = move_dyads(holed, *XMY, 20, "vertical_m", limits=(-1, 1))
    assert np.isnan(after.loc[3, "m"])
    assert not after.loc[3, "moved"]
    assert after.loc[after["moved"], "m"].between(-1, 1).all()


@pytest.mark.parametrize("path", ["a", "b"])
def test_a_path_taken_out_is_zero_and_the_other_stays(table, path):
    before = mediate(table, *XMY, n_draws=100, rng=1).paths["estimate"]
    after = mediate(without_path(table, *XMY, path), *XMY, n_draws=100, rng=1).paths["estimate"]
    assert after[path] == pytest.approx(0, abs=1e-12)
    other = "b" if path == "a" else "a"
    assert after[other] == pytest.approx(before[other])


@pytest.mark.parametrize(("pattern", "column"), [("vertical_y", "y"), ("vertical_m", "m")])
@pytest.mark.parametrize("towards", [False, True])
def test_vertical_moves_are_shift_standard_deviations_of_the_farthest_dyads(
    table, pattern, column, towards
):
    after = move_dyads(table, *XMY, 3, pattern, towards=towards, signs=(1, 1))
    lever = table["m" if pattern == "vertical_y" else "x"]
    away = lever - lever.median()
    farthest = away.abs().nlargest(3).index
    assert set(after.index[after["moved"]]) == set(farthest)
    moved = (after[column] - table[column])[farthest] / table[column].std()
    expected = np.sign(away[farthest]) * (5 if towards else -5)
    assert moved.tolist() == pytest.approx(expected.tolist())


@pytest.mark.parametrize(("towards", "place"), [(False, (3, -1, -2)), (True, (3, 1, 2))])
def test_clustered_dyads_lie_where_the_study_puts_them(table, towards, place):
    """`Contamination.cluster`, in standard deviations from the medians; a and b positive."""
    after = move_dyads(table, *XMY, 4, "clustered_leverage", towards=towards, signs=(1, 1))
    where = (after.loc[after["moved"], list(XMY)] - table.median()) / table.std()
    assert abs(where - np.array(place)).max(axis=None) < 0.11
    assert len(where.drop_duplicates()) == 4


def test_least_squares_paths_are_those_of_mediate(table):
    expected = mediate(table, *XMY, n_draws=100, rng=1).paths["estimate"][["a", "b"]]
    assert least_squares_paths(table, *XMY) == pytest.approx(tuple(expected))


@pytest.mark.parametrize(
    ("function", "options", "said"),
    [
        (contaminated_dyads, {"n_dyads": 20, "pattern": "wild"}, "pattern is 'wild'"),
        (contaminated_dyads, {"n_dyads": 20, "share": 0.5}, r"at least 0 and below 0\.5"),
        (move_dyads, {"n_moved": 1, "pattern": "odd"}, "pattern is 'odd'"),
        (move_dyads, {"n_moved": 38}, "whole number from 0 to 37"),
        (without_path, {"path": "c"}, "path is 'c'"),
    ],
)
def test_what_cannot_be_is_refused(table, function, options, said):
    given = () if function is contaminated_dyads else (table, *XMY)
    with pytest.raises(InputError, match=said):
        function(*given, **options)


def test_clustered_outliers_lie_in_one_place():
    table = contaminated_dyads(1000, "clustered_leverage", 0.1, rng=2)
    centre = table.loc[table["outlier"], ["x", "m", "y"]].mean()
    assert centre.to_numpy() == pytest.approx([3, -1, -2], abs=0.05)


@pytest.mark.parametrize(("pattern", "path"), [("vertical_y", "b"), ("vertical_m", "a")])
def test_moving_against_a_path_weakens_it_and_towards_it_strengthens_it(table, pattern, path):
    def slope(data):
        return mediate(data, *XMY, n_draws=100, rng=1).paths.loc[path, "estimate"]

    assert slope(move_dyads(table, *XMY, 4, pattern)) < slope(table)
    assert slope(move_dyads(table, *XMY, 4, pattern, towards=True)) > slope(table)


def test_outliers_in_m_mislead_a_only():
    a, b = slopes(contaminated_dyads(20_000, "vertical_m", 0.1, rng=2))
    # E[change of slope] = -shift share E|x| = -.8 sqrt(2/pi)
    assert a == pytest.approx(0.5 - 0.8 * np.sqrt(2 / np.pi), abs=0.03)
    assert b == pytest.approx(0.5, abs=0.02)
