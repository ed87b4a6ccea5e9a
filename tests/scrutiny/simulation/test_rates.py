"""Rates and errors of findings that can be counted by hand."""

import numpy as np
import pytest

from dyadsync.scrutiny.simulation.cell import Cell
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.many import Findings
from dyadsync.scrutiny.simulation.rates import RATES, summarise_findings

TRUTH = Design().planted_effect  # about -1.89


def findings(acme, found=(True, True)):
    made = Findings.of_none(len(acme))
    made.estimate[:, :2] = made.lower[:, :2] = made.upper[:, :2] = [-1.0, 1.0]
    for j, yes in enumerate(found):
        made.lower[:, j], made.upper[:, j] = ((-2, -1), (1, 2))[j] if yes else (-1, 1)
    made.estimate[:, 2], made.lower[:, 2], made.upper[:, 2] = np.transpose(acme)
    return made


def test_rates_of_five_trials_are_counted():
    rows = [
        (-1.0, -2.0, -0.5),  # found, and holds the truth
        (-3.0, -4.0, -2.0),  # found, and misses the truth
        (0.5, 0.1, 1.0),  # the wrong sign
        (-0.5, -2.0, 0.2),
        (np.nan, np.nan, np.nan),
    ]
    row = summarise_findings(findings(rows), Cell(Design()))
    assert row["power"] == row["pattern"] == 2 / 5
    assert row["path_a"] == row["path_b"] == 4 / 5  # the failed trial finds nothing
    assert row["coverage"] == 2 / 4
    assert row["failures"] == 1 / 5
    assert row["type_s"] == pytest.approx(1 / 3)
    assert row["type_m"] == pytest.approx((1 + 3 + 0.5) / 3 / abs(TRUTH))
    assert row["mean"] == pytest.approx(-1.0)
    assert row["bias"] == pytest.approx(-1.0 - TRUTH)
    assert row["rmse"] == pytest.approx(
        np.sqrt(np.mean((np.array([-1, -3, 0.5, -0.5]) - TRUTH) ** 2))
    )
    assert row["width"] == pytest.approx((1.5 + 2 + 0.9 + 2.2) / 4)
    assert row["mean_in_pattern"] == -2.0
    assert np.isnan(row["type_1"])
    assert row["power_se"] == pytest.approx(np.sqrt(0.4 * 0.6 / 5))
    assert all(f"{name}_se" in row for name in RATES)


def test_without_an_effect_both_sides_are_errors_and_no_sign_is_wrong():
    rows = [(-1.0, -2.0, -0.5), (1.0, 0.5, 2.0), (0.0, -1.0, 1.0), (0.1, -1.0, 1.0)]
    row = summarise_findings(findings(rows), Cell(Design(a=0.0)))
    assert row["truth"] == 0
    assert row["type_1"] == 2 / 4
    assert row["power"] == 1 / 4
    assert np.isnan(row["type_s"])
    assert np.isnan(row["type_m"])


def test_the_side_is_the_planted_one():
    rows = [(1.0, 0.5, 2.0), (-1.0, -2.0, -0.5)]
    row = summarise_findings(findings(rows), Cell(Design(a=0.4, b=0.4)))
    assert row["power"] == 1 / 2
    assert row["path_a"] == 0  # the intervals of path a lie below 0
    assert row["path_b"] == 1


def test_exaggeration_is_a_ratio_of_means_with_an_error_like_the_bootstraps():
    rng = np.random.default_rng(1)
    estimate = rng.normal(-1, 0.5, size=2000)
    rows = [(one, one - 1, one + 1) for one in estimate]
    row = summarise_findings(findings(rows), Cell(Design()))
    shown = estimate < -1
    assert row["exaggeration"] == pytest.approx(estimate[shown].mean() / estimate.mean())
    picked = rng.integers(2000, size=(400, 2000))
    chosen = np.where(shown, estimate, 0)[picked].sum(axis=1) / shown[picked].sum(axis=1)
    bootstrap = (chosen / estimate[picked].mean(axis=1)).std()
    assert row["exaggeration_se"] == pytest.approx(bootstrap, rel=0.15)


def test_a_ratio_to_a_mean_that_may_as_well_be_0_is_not_told():
    rows = [(1.0, 0.5, 2.0), (-1.0, -2.0, -0.5)] * 10
    assert np.isnan(summarise_findings(findings(rows), Cell(Design()))["exaggeration"])


def test_the_planted_effect_is_the_slope_of_the_planted_course():
    design = Design()
    slope = np.polyfit(np.arange(17), design.course, 1)[0] * 16
    assert design.planted_effect == pytest.approx(-0.5 * 0.65 * 6 * slope)


@pytest.mark.parametrize("design", [Design(), Design(a=0.0)])
def test_where_every_trial_failed_there_is_no_rate(design):
    row = summarise_findings(Findings.of_none(3), Cell(design))
    assert row.pop("failures") == 1
    assert row.pop("failures_se") == 0
    assert row.pop("truth") == design.planted_effect
    assert all(np.isnan(value) for value in row.values())
