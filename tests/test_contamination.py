"""The contamination study: what its outliers are, and what they do to the methods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dyadsync.contamination import (
    METHODS,
    PATTERNS,
    Contamination,
    contaminated_dyads,
    contamination_study,
)
from dyadsync.errors import InputError

PUBLISHED = Path(__file__).parents[1] / "benchmarks" / "contamination.csv"


def slopes(table: pd.DataFrame) -> tuple[float, float]:
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


def test_outliers_in_m_mislead_a_only():
    a, b = slopes(contaminated_dyads(20_000, "vertical_m", 0.1, rng=2))
    # E[change of slope] = -shift share E|x| = -.8 sqrt(2/pi)
    assert a == pytest.approx(0.5 - 0.8 * np.sqrt(2 / np.pi), abs=0.03)
    assert b == pytest.approx(0.5, abs=0.02)


def test_clustered_outliers_lie_in_one_place():
    table = contaminated_dyads(1000, "clustered_leverage", 0.1, rng=2)
    centre = table.loc[table["outlier"], ["x", "m", "y"]].mean()
    assert centre.to_numpy() == pytest.approx([3, -1, -2], abs=0.05)


@pytest.mark.parametrize(
    ("options", "message"), [({"pattern": "wild"}, "choose among"), ({"share": 0.6}, "between")]
)
def test_unknown_contamination_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        contaminated_dyads(20, **options)


def test_study_has_one_row_a_cell_and_method_and_repeats_with_the_seed():
    options = {"sizes": [20], "shares": [0.0, 0.1], "methods": ["bootstrap", "robust"]}
    first, second = (contamination_study(3, 1, n_draws=100, **options) for _ in range(2))
    assert first.equals(second)
    assert len(first) == (1 + len(PATTERNS)) * 2
    assert first["pattern"].unique().tolist() == ["none", *PATTERNS]


def test_tables_do_not_depend_on_other_cells_or_methods():
    options = {"sizes": [20], "n_draws": 100, "shares": [0.1]}
    every = contamination_study(3, 1, methods=["bootstrap", "robust"], **options)
    alone = contamination_study(3, 1, methods=["robust"], patterns=["vertical_m"], **options)
    same = every[(every["pattern"] == "vertical_m") & (every["method"] == "robust")]
    assert alone["bias"].tolist() == same["bias"].tolist()


@pytest.mark.parametrize("pattern", ["vertical_y", "vertical_m"])
def test_robust_withstands_ten_percent_of_vertical_outliers(pattern):
    table = contamination_study(
        60,
        3,
        sizes=[100],
        patterns=[pattern],
        shares=[0.1],
        methods=["bootstrap", "robust"],
        n_draws=300,
    ).set_index("method")
    assert abs(table.loc["robust", "bias"]) < abs(table.loc["bootstrap", "bias"]) / 5
    assert table.loc["robust", "coverage"] >= 0.85  # .94 less two Monte Carlo SEs at 60 trials
    assert table.loc["bootstrap", "coverage"] < 0.5


# --- the published table


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return pd.read_csv(PUBLISHED)


def cell(table: pd.DataFrame, n: int, pattern: str, share: float) -> pd.DataFrame:
    at = (table["n_dyads"] == n) & (table["pattern"] == pattern) & (table["share"] == share)
    return table[at].set_index("method")


def test_published_study_is_complete(published):
    cells = published.groupby(["n_dyads", "pattern", "share"])["method"].agg(set)
    assert len(cells) == 2 * (1 + 2 * len(PATTERNS))
    assert all(methods == set(METHODS) for methods in cells)
    assert published["trials"].min() >= 500


@pytest.mark.parametrize("pattern", ["vertical_y", "vertical_m"])
def test_published_robust_method_withstands_vertical_outliers(published, pattern):
    table = cell(published, 100, pattern, 0.1)
    assert abs(table.loc["robust", "bias"]) < abs(table.loc["quasi-bayesian", "bias"]) / 5
    assert table.loc["robust", "coverage"] >= 0.90


def test_published_robust_method_breaks_under_clustered_leverage(published):
    table = cell(published, 37, "clustered_leverage", 0.1)
    assert abs(table.loc["robust", "bias"]) > abs(table.loc["quasi-bayesian", "bias"]) / 2
    assert table.loc["robust", "coverage"] < 0.85


def test_published_study_agrees_with_fresh_trials(published):
    again = contamination_study(
        10, 1, sizes=[37], shares=[0.1], methods=["robust"], n_draws=100
    ).set_index("pattern")
    table = published[(published["method"] == "robust") & (published["n_dyads"] == 37)]
    expected = table[table["share"] == 0.1].set_index("pattern")["bias"]
    assert (abs(again["bias"] - expected) < 4 * again["bias_se"]).all()
