"""What designs can find.

Calibration: simulation.md's prototype (20,000 trials), within four standard errors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.simulation.analysis import analyse_trials
from dyadsync.simulation.design import Design
from dyadsync.simulation.power import power
from dyadsync.simulation.trials import draw_trials


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


def test_trials_of_several_blocks_are_counted_once() -> None:
    [row] = power(Design(), n_trials=501, rng=3).to_dict("records")
    for name in ("a", "b", "mediation", "pattern"):
        assert row[name] * 501 == pytest.approx(round(row[name] * 501))
    assert row["n_trials"] == 501


def test_rates_and_means_are_those_of_the_same_trials() -> None:
    design = Design()
    # power gives each design a child of the generator
    trials = draw_trials(design, 400, np.random.default_rng(3).spawn(1)[0])
    found, known = analyse_trials(trials), analyse_trials(trials, known_synchrony=True)
    [row] = power(design, n_trials=400, rng=3).to_dict("records")
    shown = found.supports_pattern()
    assert row["a"] == found.supports_a().mean()
    assert row["b"] == found.supports_b().mean()
    assert row["mediation"] == found.supports_mediation().mean()
    assert row["pattern"] == shown.mean()
    assert row["mediation_known"] == known.supports_mediation().mean()
    assert row["pattern_known"] == known.supports_pattern().mean()
    assert row["ab_mean"] == pytest.approx(found.ab.mean())
    assert row["ab_in_pattern"] == pytest.approx(found.ab[shown].mean())
    assert row["exaggeration"] == pytest.approx(found.ab[shown].mean() / found.ab.mean())
