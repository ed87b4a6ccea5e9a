"""What outliers do to the methods: walks of one table, and the study."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import contamination
from benchmarks.contamination import contaminated_dyads, contamination_study
from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.replication.replicate import replicate
from dyadsync.scrutiny.contamination.outliers import Contamination
from dyadsync.scrutiny.contamination.study import (
    COMPARED,
    contamination_walk,
    steps_withstood,
)
from dyadsync.scrutiny.simulation.displace import PATTERNS

PUBLISHED = Path(__file__).parents[3] / "benchmarks" / "contamination.csv"
XMY = ("x", "m", "y")


@pytest.fixture(scope="module")
def table():
    return contaminated_dyads(37, share=0.0, rng=4).drop(columns="outlier")


def test_a_walk_begins_at_the_table_and_robust_holds_longer_than_least_squares(table):
    methods = ["quasi-Bayesian", "MM-regression"]
    options = {"methods": methods, "n_draws": 300, "rng": 1}
    walk = contamination_walk(table, *XMY, 4, **options)
    assert sorted(walk["n_moved"].unique()) == [0, 1, 2, 3, 4]
    first = replicate(table, *XMY, **options).of("ACME")["estimate"]
    assert walk.loc[walk["n_moved"] == 0, "estimate"].to_list() == first.to_list()
    moves = walk.groupby("method")["estimate"].agg(lambda values: np.ptp(values))
    assert moves["MM-regression"] < moves["quasi-Bayesian"] / 2


@pytest.mark.parametrize("pattern", ["vertical_y", "vertical_m"])
def test_a_walk_from_nothing_starts_at_zero_and_makes_an_effect_of_the_old_sign(table, pattern):
    options = {"pattern": pattern, "methods": ["quasi-Bayesian"], "n_draws": 100, "rng": 1}
    walk = contamination_walk(table, *XMY, 6, start="nothing", **options)
    found = mediate(table, *XMY, n_draws=100, rng=1).table.loc["ACME", "estimate"]
    assert walk["estimate"].iloc[0] == pytest.approx(0, abs=1e-12)
    assert walk["estimate"].iloc[-1] * found > 0
    with pytest.raises(InputError, match="start is 'anywhere'"):
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


def test_a_method_that_cannot_use_the_dyads_has_no_story(table):
    methods = ["quasi-Bayesian", "therapist clusters"]  # a walk knows no therapists
    walk = contamination_walk(table, *XMY, 1, methods=methods, n_draws=100, rng=1)
    assert walk["method"].tolist() == methods * 2
    assert steps_withstood(walk).index.tolist() == ["quasi-Bayesian"]


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


@pytest.fixture(scope="module")
def published():
    return pd.read_csv(PUBLISHED)


def test_published_study_is_complete(published):
    cells = published.groupby(["n_dyads", "pattern", "share"])["method"].agg(set)
    assert len(cells) == 2 * (1 + 2 * len(PATTERNS))
    assert all(methods == set(COMPARED) for methods in cells)
    assert published["trials"].min() >= 500


def test_published_study_agrees_with_fresh_trials(published):
    again = contamination_study(
        10, 1, sizes=[37], shares=[0.1], methods=["robust"], n_draws=100
    ).set_index("pattern")
    table = published[(published["method"] == "robust") & (published["n_dyads"] == 37)]
    expected = table[table["share"] == 0.1].set_index("pattern")["bias"]
    assert (abs(again["bias"] - expected) < 4 * again["bias_se"]).all()


def test_a_study_summarises_its_trials(monkeypatch):
    """Estimates .1, .2, .6 with intervals -.1 to .3, .26 to .5 and .2 to 1; the truth is .25."""
    found = iter([(0.1, -0.1, 0.3), (0.2, 0.26, 0.5), (0.6, 0.2, 1.0)])

    class Result:
        def __init__(self, *row):
            names = ["estimate", "ci_lower", "ci_upper"]
            self.table = pd.DataFrame([row], index=["ACME"], columns=names)

    monkeypatch.setattr(contamination, "mediate", lambda *_, **__: Result(*next(found)))
    row = contamination_study(3, 1, sizes=[20], shares=[0.0], methods=["robust"]).iloc[0]
    assert row["bias"] == pytest.approx(0.3 - 0.25)
    assert row["bias_se"] == pytest.approx(np.std([0.1, 0.2, 0.6], ddof=1) / np.sqrt(3))
    assert row["width"] == pytest.approx((0.4 + 0.24 + 0.8) / 3)
    assert row["coverage"] == pytest.approx(2 / 3)
    assert row["coverage_se"] == pytest.approx(np.sqrt(2 / 9 / 3))
    assert row["excludes_zero"] == pytest.approx(2 / 3)
    assert row["trials"] == 3


def test_a_true_effect_below_zero_is_found_below_zero():
    table = contamination_study(
        4, 1, sizes=[100], shares=[0.0], methods=["bootstrap"], n_draws=100,
        design=Contamination(a=-0.8, b=0.8),
    )  # fmt: skip
    assert table["excludes_zero"].tolist() == [1.0]
    assert abs(table["bias"].iloc[0]) < 0.2


def test_a_walk_needs_a_number_of_dyads(table):
    with pytest.raises(InputError, match="n_moved is -1; it must be a whole number"):
        contamination_walk(table, *XMY, -1)


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
