"""Simple corrections for noise in the mediator, each found in another way."""

import numpy as np
import pytest
from scipy import optimize

from dyadsync.errors import InputError
from dyadsync.scrutiny.latent.corrections import corrected_mediation
from dyadsync.synchrony.measures import fisher_z, null_variance
from tests.scrutiny.latent.samples import dyads_of, planted

DATA = planted(3, 150, np.resize([4, 8, 12], 150), tau=0.7)


@pytest.fixture(scope="module")
def found():
    return corrected_mediation(dyads_of(*DATA), "x", "y", n_resamples=200, rng=1)


def test_without_a_correction_b_is_the_slope_of_least_squares(found):
    r, n_pairs, x, y = DATA
    design = np.column_stack([np.ones(150), x, fisher_z(r, n_pairs)])
    expected = np.linalg.lstsq(design, y, rcond=None)[0][2]
    assert found.loc["no correction", "b"] == pytest.approx(expected)


def test_simex_is_the_parabola_through_simulated_slopes(found):
    """Cook & Stefanski (1994): noise really added, many times, at 0, .25, ... 2 times its size."""
    r, n_pairs, x, y = DATA
    z, rng = fisher_z(r, n_pairs), np.random.default_rng(2)
    sd = np.sqrt(null_variance(n_pairs))
    added, slopes = np.arange(0, 2.25, 0.25), []
    for factor in added:
        noisy = z + np.sqrt(factor) * sd * rng.normal(size=(2000, 150))
        design = np.stack([np.ones_like(noisy), np.broadcast_to(x, noisy.shape), noisy], axis=-1)
        slopes.append((np.linalg.pinv(design) @ y)[:, 2].mean())
    expected = np.polyval(np.polyfit(added, slopes, 2), -1)
    assert found.loc["SIMEX", "b"] == pytest.approx(expected, rel=0.03)


def test_two_stage_path_analysis_is_maximum_likelihood_with_scores_of_known_reliability(found):
    """Lai & Hsiao (2022): scores ``reliability z`` load on the truth by their reliability."""
    r, n_pairs, x, y = DATA
    z, noise = fisher_z(r, n_pairs), null_variance(n_pairs)
    left = np.eye(150) - np.column_stack([np.ones(150), x]) @ np.linalg.pinv(
        np.column_stack([np.ones(150), x])
    )
    z, y = left @ z, left @ y
    reliability = 0.4 / (0.4 + noise)  # any variance of the truth: the path model undoes it
    score, error = reliability * z, reliability**2 * noise

    def loss(p):
        variance, b, rest = np.exp(p[0]), p[1], np.exp(p[2])
        s_ss = reliability**2 * variance + error
        s_sy, s_yy = reliability * b * variance, b**2 * variance + rest
        det = s_ss * s_yy - s_sy**2
        form = (s_yy * score**2 - 2 * s_sy * score * y + s_ss * y**2) / det
        return (np.log(det) + form).sum() / 2

    best = optimize.minimize(loss, [-1.0, 0.5, 0.0], method="Nelder-Mead", options={"xatol": 1e-6})
    assert found.loc["two-stage path", "b"] == pytest.approx(best.x[1], rel=0.02)


def test_fullers_is_that_of_the_moments_with_a_correction_that_stops_short():
    """Fuller (1987), section 2.5, alpha = 4, where the data can bear less than all the noise."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 40))
    z = 0.2 * rng.normal(size=40) + 0.3 * y
    found = corrected_mediation(dyads_of(np.tanh(z), 4, x, y), "x", "y", n_resamples=2, rng=1)
    line = np.column_stack([np.ones(40), x])
    moments = np.cov(*(v - line @ np.linalg.lstsq(line, v)[0] for v in (z, y)), ddof=0)
    noise = float(null_variance(4))
    bears = (moments[0, 0] - moments[0, 1] ** 2 / moments[1, 1]) / noise
    k = bears - 1 / 39 - 4 / 39
    assert bears < 1
    expected = moments[0, 1] / (moments[0, 0] - k * noise)
    assert found.loc["Fuller", "b"] == pytest.approx(expected)


def test_fullers_stays_finite_where_there_is_less_variance_than_noise():
    rng = np.random.default_rng(5)
    r = np.tanh(0.2 * rng.normal(size=40))  # less than sampling error alone would give
    dyads = dyads_of(r, 4, rng.normal(size=40), rng.normal(size=40))
    found = corrected_mediation(dyads, "x", "y", rng=1)
    assert np.isfinite(found).all(axis=None)
    ends = found.loc["Fuller", ["ci_lower", "ci_upper"]]
    assert np.abs(ends).max() < 50


def test_resamples_must_be_counted():
    with pytest.raises(InputError, match="n_resamples"):
        corrected_mediation(dyads_of(*DATA), "x", "y", n_resamples=0)
