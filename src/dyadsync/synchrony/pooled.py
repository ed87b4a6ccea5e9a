"""One synchrony for the whole sample, with its interval by several routes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray, IntArray
from dyadsync.checks import check_choice, check_count, check_level, check_rng, is_constant
from dyadsync.errors import InputError
from dyadsync.intervals import known_draws_interval, standard_error_interval
from dyadsync.study.roles import PERSONS
from dyadsync.synchrony.pairs import Pairs, pair_up
from dyadsync.synchrony.slopes import random_slope_fit, standardised_contrasts
from dyadsync.synchrony.therapists import Therapists, therapist_groups

POOLED_METHODS = ("rm_corr", "mixed")


@dataclass(frozen=True)
class _Sums:
    """Within-dyad sums of squares and products, and degrees of freedom; one value per dyad."""

    therapist: FloatArray
    product: FloatArray
    patient: FloatArray
    df: FloatArray


def _within_sums(pairs: Pairs) -> _Sums:
    x, y = standardised_contrasts(pairs.therapist), standardised_contrasts(pairs.patient)
    return _Sums(
        np.nansum(x**2, axis=1),
        np.nansum(x * y, axis=1),
        np.nansum(y**2, axis=1),
        np.maximum(pairs.counted - 1.0, 0),
    )


def _repeated_measures_correlation(sums: _Sums, weights: FloatArray) -> FloatArray:
    """Correlation of what is left of the changes when each dyad's means are taken out."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (weights @ sums.product) / np.sqrt(
            (weights @ sums.therapist) * (weights @ sums.patient)
        )


def _standard_error(sums: _Sums, weights: FloatArray) -> FloatArray:
    """Give the standard error of atanh of the repeated-measures correlation.

    It is the root of the sum of squares of each dyad's influence, the derivative of r by the dyad's
    weight, and takes the spread of the dyads as it is: they need not share one correlation.
    """
    x, y = weights @ sums.therapist, weights @ sums.patient
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (weights @ sums.product) / np.sqrt(x * y)
        influence = sums.product / np.sqrt(x * y)[:, None] - r[:, None] / 2 * (
            sums.therapist / x[:, None] + sums.patient / y[:, None]
        )
        return np.asarray(np.sqrt(np.sum(weights * influence**2, axis=1)) / (1 - r**2))


def _studentised(sums: _Sums, weights: FloatArray, draws: FloatArray) -> FloatArray:
    """Draws of the correlation whose percentiles are the studentised interval, on the z scale.

    Each resample's distance from the estimate is counted in the resample's own standard error and
    taken back from the estimate in the estimate's (Efron & Tibshirani 1993, section 12.5).
    """
    whole = np.ones((1, sums.df.size))
    z = np.arctanh(_repeated_measures_correlation(sums, whole))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = (np.arctanh(draws) - z) / _standard_error(sums, weights)
        return np.asarray(np.tanh(z - t * _standard_error(sums, whole)))


def _average_slope(sums: _Sums, weights: FloatArray) -> FloatArray:
    """Average slope of the random-slope model for each row of dyad weights, by REML over a grid.

    With one variance component the restricted likelihood depends on the ratio t of the slopes'
    variance to the residual variance alone, and every sum in it is linear in the weights of the
    dyads; so all resamples are two matrix products.
    """
    t = np.concatenate([[0.0], np.geomspace(1e-3, 1e2, 200)])
    shrink = 1 + t * sums.therapist[:, None]
    info = weights @ (sums.therapist[:, None] / shrink)
    cross = weights @ (sums.product[:, None] / shrink)
    squares = weights @ (sums.patient[:, None] - t * sums.product[:, None] ** 2 / shrink)
    log_det = weights @ np.log(shrink)
    df = (weights @ sums.df)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = cross / info
        residual = squares - slope * cross
        likelihood = -((df - 1) * np.log(residual) + log_det + np.log(info)) / 2
        best = np.argmax(np.nan_to_num(likelihood, nan=-np.inf), axis=1)
        # Standardised anew by the resample's own spreads.
        scale = np.sqrt((weights @ sums.therapist) / (weights @ sums.patient))
        return np.asarray(slope[np.arange(len(best)), best] * scale)


def _cluster_weights(cluster: IntArray, n_resamples: int, rng: np.random.Generator) -> FloatArray:
    """How often each dyad occurs in each bootstrap sample of whole clusters."""
    k = int(cluster.max()) + 1
    counts = rng.multinomial(k, np.full(k, 1 / k), size=n_resamples)
    return counts[:, cluster].astype(np.float64)


def pooled_synchrony(
    changes: pd.DataFrame,
    method: str = "rm_corr",
    *,
    therapists: Therapists | None = None,
    n_resamples: int = 10_000,
    confidence_level: float = 0.95,
    rng: np.random.Generator | int | None = None,
) -> pd.DataFrame:
    """Estimate one synchrony for the whole sample, with its interval by several routes.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``. Every dyad with two pairs or more takes part.
    method : {"rm_corr", "mixed"}
        ``"rm_corr"``: repeated-measures correlation, the association within dyads when each has its
        own level (Bland & Altman 1995; the number ``pingouin.rm_corr`` gives). ``"mixed"``: average
        slope of the patient's on the therapist's change in a mixed model, a random slope per dyad
        (REML), each dyad's means taken out and both changes standardised within dyads.
    therapists : DataFrame, Series or mapping, optional
        Each dyad's therapist; adds the bootstrap over therapists.
    n_resamples : int
        Bootstrap samples, at least 100.
    confidence_level : float
        Of all intervals.
    rng : int, Generator or None
        Randomness of the bootstrap.

    Returns
    -------
    DataFrame
        One row per interval (``model``; ``bootstrap over dyads``; for ``rm_corr`` also
        ``studentised bootstrap over dyads``; ``bootstrap over therapists``):
        ``method interval estimate ci_lower ci_upper p_value n_clusters n_dyads n_sessions``.
        Bootstrap intervals are percentiles, their p-value is min(1, 2 (k + 1)/(B + 1)). With fewer
        than two clusters a bootstrap has no interval (NaN).

    Raises
    ------
    InputError
        For an unknown method, a level or a number of resamples that is none, where no dyad has two
        pairs or one person never varies.

    Notes
    -----
    The model's interval treats dyads as independent; and for ``rm_corr`` also as sharing one
    correlation; where they differ it is too short, and the studentised bootstrap keeps its level
    (``benchmarks/pooled_coverage.csv``). With six therapists there are only 462 distinct resamples
    of therapists, and percentile intervals from so few clusters are too short: that row can warn,
    not prove.

    References
    ----------
    Bland & Altman (1995). Calculating correlation coefficients with repeated observations: Part 1.
    BMJ 310, 446. doi:10.1136/bmj.310.6977.446.
    Bakdash & Marusich (2017). Repeated measures correlation. Frontiers in Psychology 8, 456.
    doi:10.3389/fpsyg.2017.00456
    Efron & Tibshirani (1993). An introduction to the bootstrap. Section 12.5.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> changes = pd.DataFrame({"dyad_id": np.repeat(["D1", "D2", "D3"], 4),
    ...                         "session": np.tile([4, 8, 12, 16], 3),
    ...                         "patient": rng.normal(size=12), "therapist": rng.normal(size=12)})
    >>> pooled_synchrony(changes, rng=1)[["interval", "estimate"]].round(3)
                               interval  estimate
    0                             model    -0.226
    1              bootstrap over dyads    -0.226
    2  studentised bootstrap over dyads    -0.226
    """
    check_choice("method", method, POOLED_METHODS)
    check_level(confidence_level)
    check_count("n_resamples", n_resamples, least=100)
    pairs = pair_up(changes)
    pairs = pairs.of(pairs.n >= 2)
    for role in PERSONS:
        if is_constant(getattr(pairs, role)).all():
            raise InputError(
                f"pooled_synchrony: the {role}'s changes vary within no dyad; at least one dyad "
                "with two different changes is needed."
            )
    sums = _within_sums(pairs)
    resampled = _repeated_measures_correlation if method == "rm_corr" else _average_slope
    estimate, lower, upper, p = (
        _rm_corr_row(sums, confidence_level)
        if method == "rm_corr"
        else _mixed_row(pairs, confidence_level)
    )
    n_dyads = len(pairs.dyads)
    rows: list[tuple[str, float, float, float, int]] = [("model", lower, upper, p, n_dyads)]
    generator = check_rng(rng)
    clusters: dict[str, IntArray] = {"dyads": np.arange(n_dyads)}
    if therapists is not None:
        clusters["therapists"] = therapist_groups(pairs.dyads, therapists)
    for name, cluster in clusters.items():
        k = int(cluster.max()) + 1
        lower = upper = p = np.nan
        if k >= 2:
            weights = _cluster_weights(cluster, n_resamples, generator)
            draws = resampled(sums, weights)
            lower, upper, p = known_draws_interval(draws, confidence_level)
        rows.append((f"bootstrap over {name}", lower, upper, p, k))
        if name == "dyads" and method == "rm_corr" and k >= 2:
            draws = _studentised(sums, weights, draws)
            limits = known_draws_interval(draws, confidence_level)
            rows.append(("studentised bootstrap over dyads", *limits, k))
    table = pd.DataFrame(
        rows, columns=["interval", "ci_lower", "ci_upper", "p_value", "n_clusters"]
    )
    table.insert(0, "method", method)
    table.insert(2, "estimate", estimate)
    table["n_dyads"] = n_dyads
    table["n_sessions"] = int(pairs.n.sum())
    return table


def _rm_corr_row(sums: _Sums, confidence_level: float) -> tuple[float, float, float, float]:
    """Estimate, interval and p-value of the repeated-measures correlation.

    `pingouin.rm_corr` gives the same numbers but refuses two dyads, and its interval is that of
    95 % only, rounded to two decimals.
    """
    from scipy import stats

    r = float(_repeated_measures_correlation(sums, np.ones((1, sums.df.size)))[0])
    df = float(sums.df.sum()) - 1
    if df < 1:
        return r, np.nan, np.nan, np.nan
    with np.errstate(divide="ignore"):
        p = 2 * stats.t.sf(abs(r) * np.sqrt(df / (1 - r**2)) if abs(r) < 1 else np.inf, df)
        se = 1 / np.sqrt(df - 1) if df > 1 else np.inf
        lower, upper = np.tanh(standard_error_interval(np.arctanh(r), se, confidence_level))
    return r, float(lower), float(upper), float(p)


def _mixed_row(pairs: Pairs, confidence_level: float) -> tuple[float, float, float, float]:
    """Estimate, interval and p-value of the mixed model's average slope."""
    from scipy import stats

    x, y = standardised_contrasts(pairs.therapist), standardised_contrasts(pairs.patient)
    fit = random_slope_fit(x, y, pairs.spent)
    slope, se = float(fit.coef[0]), float(np.sqrt(fit.covariance[0, 0]))
    p = float(2 * stats.norm.sf(abs(slope) / se)) if se > 0 else np.nan
    return slope, *standard_error_interval(slope, se, confidence_level), p
