"""Figures that check a model show what they are given."""

from __future__ import annotations

import pandas as pd
import pytest

from dyadsync.figures import checks
from dyadsync.scrutiny.latent.check import LatentCheck


def test_predictions_have_a_panel_each_with_a_line_at_what_was_observed():
    predicted = pd.DataFrame({"mean of r": [0.0, 0.1, 0.2], "SD of r": [0.5, 0.6, 0.7]})
    table = pd.DataFrame(
        {"observed": [0.15, 0.9], "lower": [0.0, 0.5], "upper": [0.2, 0.7]},
        index=["mean of r", "SD of r"],
    )
    panels = checks.predictions_plot(LatentCheck(table, predicted, 0.95))
    assert [ax.get_title(loc="left") for ax in panels] == ["mean of r", "SD of r"]
    assert [ax.lines[0].get_xdata()[0] for ax in panels] == [0.15, 0.9]


def test_coverage_by_therapists_is_in_per_cent_and_by_way():
    coverage = pd.DataFrame(
        {
            "way": ["cluster bootstrap", "mixed"] * 2,
            "n_therapists": [6, 6, 20, 20],
            "coverage": [0.8, 0.9, 0.92, 0.95],
            "mc_se": 0.01,
        }
    )
    ax = checks.therapists_plot(coverage)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cluster bootstrap", "mixed"]
    first, second = (box[0].get_xdata() for box in ax.containers)
    assert first == pytest.approx([80, 90])
    assert second == pytest.approx([92, 95])


def test_recovery_is_a_share_of_the_truth_beside_coverage_a_row_a_design():
    recovered = pd.DataFrame(
        {
            "n_dyads": [37, 37, 200, 200],
            "n_pairs": 4,
            "tau": [0.35, 0.35, 0.5, 0.5],
            "method": ["naive", "latent"] * 2,
            "true_effect": -0.5,
            "median_estimate": [-0.1, -0.4, -0.2, -0.5],
            "median_se": 0.01,
            "coverage": [0.1, 0.96, 0.0, 0.94],
            "mc_se": 0.01,
        }
    )
    estimates, coverage = checks.recovery_plot(recovered)
    rows = [label.get_text() for label in estimates.get_yticklabels()]
    assert rows == ["37 × 4, SD 0.35", "200 × 4, SD 0.5"]
    naive, latent = (box[0].get_xdata() for box in estimates.containers)
    assert naive == pytest.approx([20, 40])
    assert latent == pytest.approx([80, 100])
    assert coverage.containers[1][0].get_xdata() == pytest.approx([96, 94])
