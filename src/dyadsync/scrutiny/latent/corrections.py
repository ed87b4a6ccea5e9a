"""Simpler corrections for a mediator measured with noise, to set beside the latent model.

All take atanh(r) for the true value plus an error whose variance is known: that of atanh(r) of so
many pairs without association. Path a, whose outcome carries the noise, needs no correction; path b
does. With s the moments of z and y given x, and w the error variance, the uncorrected slope is
``s_zy / s_zz``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_count, check_level, check_rng
from dyadsync.intervals import percentile_interval
from dyadsync.mediation.sample import prepare
from dyadsync.synchrony.measures import fisher_z, null_variance

_FULLER_ALPHA = 4.0
_SIMEX_ADDED = np.arange(0, 2.25, 0.25)
_GRID = 60


def corrected_mediation(
    dyads: pd.DataFrame,
    x: str,
    y: str,
    *,
    n_resamples: int = 1000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Indirect effect by simple corrections of path b, with bootstrap intervals over dyads.

    Parameters
    ----------
    dyads : DataFrame
        From `dyad_table`; rows with a missing value are left out.
    x, y : str
        Columns of cause and outcome.
    n_resamples : int
        Bootstrap resamples of dyads.
    confidence_level : float
    rng : int, Generator or None
        As in SciPy.

    Returns
    -------
    DataFrame
        One row per correction, by ``a b estimate ci_lower ci_upper``.

    References
    ----------
    Fuller (1987), doi:10.1002/9780470316665, section 2.5, for reliability-corrected regression with
    a correction that stops short of dividing by nothing.
    Cook & Stefanski (1994), doi:10.1080/01621459.1994.10476871, for simulation-extrapolation: more
    noise is added, and the slope's decline is followed back, by a parabola, to no noise at all. For
    a straight line the slope with noise added needs no simulation.
    Lai & Hsiao (2022), doi:10.1037/met0000410, for two-stage path analysis: a score of each dyad,
    shrunken by its own reliability, enters a path model that knows the reliabilities; the same as
    maximum likelihood with normal errors of known variance.

    Examples
    --------
    >>> from dyadsync.scrutiny.latent.likelihood import simulate_correlations
    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=800)
    >>> z = 0.25 - 0.5 * x + 0.6 * rng.normal(size=800)
    >>> r = simulate_correlations(z, 8, rng)
    >>> dyads = pd.DataFrame({"x": x, "synchrony": r, "n_sessions": 8})
    >>> found = corrected_mediation(dyads.assign(y=z + rng.normal(size=800)), "x", "y", rng=1)
    >>> found["estimate"].round(2).to_dict()
    {'no correction': -0.35, 'Fuller': -0.54, 'SIMEX': -0.48, 'two-stage path': -0.54}
    """
    check_count("n_resamples", n_resamples)
    check_level(confidence_level)
    sample, _, _ = prepare(dyads, x, ["synchrony"], y, n_sessions=True)
    n = sample.n_obs
    generator = check_rng(rng)
    counts = generator.multinomial(n, np.full(n, 1 / n), size=n_resamples).astype(float)
    weights = np.concatenate([np.ones((1, n)), counts])
    assert sample.n_sessions is not None
    z, noise = fisher_z(sample.m[:, 0], sample.n_sessions), null_variance(sample.n_sessions)
    moments = _given_x(sample.x, z, sample.y, weights)
    a, rows = moments[0], {}
    for name, correct in CORRECTIONS.items():
        b = correct(moments, noise, weights)
        effects = a * b
        low, high = percentile_interval(effects[1:], confidence_level, axis=0)
        rows[name] = (a[0], b[0], effects[0], low, high)
    columns = ["a", "b", "estimate", "ci_lower", "ci_upper"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


_Moments = tuple[FloatArray, ...]
"""Slope of z on x; z and y given x, shapes (B, n); their variances and covariance given x."""


def _given_x(x: FloatArray, z: FloatArray, y: FloatArray, weights: FloatArray) -> _Moments:
    def mean(values: FloatArray) -> FloatArray:
        return np.asarray((weights * values).sum(-1, keepdims=True) / weights.sum(-1)[:, None])

    x_, z_, y_ = (v - mean(v) for v in (x, z, y))
    a, c = (mean(x_ * v) / mean(x_**2) for v in (z_, y_))
    z_, y_ = z_ - a * x_, y_ - c * x_
    return a[:, 0], z_, y_, mean(z_**2)[:, 0], mean(y_**2)[:, 0], mean(z_ * y_)[:, 0]


def _none(moments: _Moments, *_noise_and_weights: FloatArray) -> FloatArray:
    return np.asarray(moments[5] / moments[3])


def _average(noise: FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(weights @ noise / weights.sum(-1))


def _fuller(moments: _Moments, noise: FloatArray, weights: FloatArray) -> FloatArray:
    """``s_zy / (s_zz - k w)``, k at most 1 and below what the data can bear."""
    _, _, _, s_zz, s_yy, s_zy = moments
    n, w = weights.shape[1], _average(noise, weights)
    bears = (s_zz - s_zy**2 / s_yy) / w
    k = np.minimum(1, bears - 1 / (n - 1)) - _FULLER_ALPHA / (n - 1)
    return np.asarray(s_zy / (s_zz - k * w))


def _simex(moments: _Moments, noise: FloatArray, weights: FloatArray) -> FloatArray:
    """Value at -1 of the parabola through the slopes with noise of 0 to 2 times w added."""
    _, _, _, s_zz, _, s_zy = moments
    powers = np.vander(_SIMEX_ADDED, 3)
    at_none = np.vander([-1.0], 3) @ np.linalg.pinv(powers)
    added = _average(noise, weights)[:, None] * _SIMEX_ADDED
    return np.asarray((s_zy[:, None] / (s_zz[:, None] + added)) @ at_none[0])


def _two_stage(moments: _Moments, noise: FloatArray, weights: FloatArray) -> FloatArray:
    """Maximum likelihood of z = true + noise, each dyad's noise of known variance.

    Given y the true value is normal about ``k y`` with variance v, and z about the same with
    ``v + noise``; a grid of v, from 0 to the variance of z, serves all samples.
    """
    _, z, y, s_zz, s_yy, _ = moments
    best, slope, spread = np.full(len(z), -np.inf), np.zeros(len(z)), np.zeros(len(z))
    for share in np.linspace(0, 1, _GRID) ** 2:
        v = share * s_zz
        precision = weights / (v[:, None] + noise)
        k = (precision * z * y).sum(-1) / (precision * y * y).sum(-1)
        left = (z - k[:, None] * y) ** 2
        loglik = (weights * np.log(v[:, None] + noise) + precision * left).sum(-1) / -2
        better = loglik > best
        best, slope = np.where(better, loglik, best), np.where(better, k, slope)
        spread = np.where(better, v, spread)
    return np.asarray(slope * s_yy / (spread + slope**2 * s_yy))


CORRECTIONS: dict[str, Callable[[_Moments, FloatArray, FloatArray], FloatArray]] = {
    "no correction": _none,
    "Fuller": _fuller,
    "SIMEX": _simex,
    "two-stage path": _two_stage,
}
"""Slope b of many weighted samples by the name of the correction."""
