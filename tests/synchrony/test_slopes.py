"""Shrunken synchrony is the mixed model's."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from dyadsync import Design, load_study, session_changes, simulate_study
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.slopes import random_slope_fit, shrunken, standardised_contrasts
from tests.made_changes import (
    correlated_changes,
    detrended,
    fitted_without_lines,
    random_changes,
)


def test_shrunken_does_not_depend_on_units():
    changes = correlated_changes(20, 4, 0.3, 0.6, seed=4)
    scaled = changes.assign(patient=1000 * changes["patient"], therapist=changes["therapist"] / 7)
    np.testing.assert_allclose(
        dyad_synchrony(scaled, "shrunken")["synchrony"],
        dyad_synchrony(changes, "shrunken")["synchrony"],
        atol=1e-4,
    )


def test_shrunken_of_one_dyad_is_not_defined_and_says_so():
    table = dyad_synchrony(random_changes(1), "shrunken")
    assert table["reason"].tolist() == ["shrunken is not defined for these changes"]


def test_shrunken_warns_where_the_slopes_do_not_vary():
    rng = np.random.default_rng(0)
    therapist = rng.normal(size=(10, 4))
    error = rng.normal(size=(10, 4))
    # Errors at right angles to the therapist's changes: every dyad's slope is exactly .5.
    for e, t in zip(error, therapist, strict=True):
        e -= e.mean()
        d = t - t.mean()
        e -= d * (e @ d) / (d @ d)
    with pytest.warns(UserWarning, match="average slope"):
        values = shrunken(0.5 * therapist + error, therapist)
    assert np.ptp(values) == 0


def test_slopes_that_vary_a_little_are_not_taken_for_one():
    # SD .3 between slopes in many dyads: a small variance, far above the optimiser's .001
    values = shrunken(
        *(
            correlated_changes(300, 4, 0.0, 0.3, seed=1)[role].to_numpy().reshape(300, 4)
            for role in ("patient", "therapist")
        )
    )
    assert 0 < values.std() < 0.25


def test_where_equal_slopes_are_most_likely_no_dyad_is_given_another():
    """lme4 1.1-31 on these changes: variance 0 (singular), average slope -0.1375111613."""
    changes = session_changes(simulate_study(Design(), rng=1), "absolute")
    with pytest.warns(UserWarning, match="average slope"):
        found = dyad_synchrony(changes, "shrunken")["synchrony"].dropna()
    np.testing.assert_allclose(found, -0.1375111613, rtol=1e-7)


def test_absolute_changes_of_the_shipped_study_have_the_slopes_of_highest_likelihood():
    """The restricted likelihood by hand; gradients alone stop at three times the variance."""
    changes = session_changes(load_study(Path(__file__).parents[2] / "data"), "absolute")
    wide = changes.pivot_table(index="dyad_id", columns="session", observed=True)
    y, x = (standardised_contrasts(_left(wide[who])) for who in ("patient", "therapist"))
    xx, xy, yy = (np.nansum(a * b, axis=1) for a, b in ((x, x), (x, y), (y, y)))
    n = np.isfinite(x).sum() - 1

    def at(ratio):
        shrink = 1 / (1 + ratio * xx)
        slope = (xy * shrink).sum() / (xx * shrink).sum()
        rest = yy - 2 * slope * xy + slope**2 * xx - ratio * shrink * (xy - slope * xx) ** 2
        return slope, rest.sum() / n, -np.log(shrink).sum() + np.log((xx * shrink).sum())

    best = minimize_scalar(
        lambda ratio: at(ratio)[2] + n * np.log(at(ratio)[1]),
        bounds=(0, 2), method="bounded", options={"xatol": 1e-10},
    ).x  # fmt: skip
    slope, residual, _ = at(best)
    fit = random_slope_fit(x, y)
    found = (fit.coef[0], fit.variance[0, 0], fit.residual)
    assert found == pytest.approx((slope, best * residual, residual), rel=1e-6)


def test_detrended_levels_are_two_values_of_four_sessions_to_the_model_not_three():
    """The same as from the coordinates in which four values without a line are two numbers."""
    changes = detrended(correlated_changes(30, 4, 0.3, 0.8, seed=3))
    _, _, each = fitted_without_lines(changes)
    found = dyad_synchrony(changes, "shrunken")["synchrony"]
    np.testing.assert_allclose(found, each, rtol=1e-6)


def _left(values):
    """Move each row's known values to its beginning, as dyad_synchrony does."""
    rows = np.full(values.shape, np.nan)
    for row, known in zip(rows, values.to_numpy(), strict=True):
        known = known[np.isfinite(known)]
        row[: len(known)] = known
    return rows
