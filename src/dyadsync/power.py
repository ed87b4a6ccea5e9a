"""What a design can find: the published analysis repeated over simulated trials.

Each trial of `dyadsync.simulate.draw_trials` is analysed as the paper would: synchrony is
Pearson's r of the two persons' raw changes (post minus pre), symptom reduction is minus the
least-squares slope times the planned weeks, the paths are least squares, the indirect effect has a
quasi-Bayesian interval. All trials are analysed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.simulate import Design, Trials, draw_trials

__all__ = [
    "PathEstimates",
    "analyse_trials",
    "describe_process",
    "expand_grid",
    "first_seed",
    "follows_seed_rule",
    "power",
]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Grid = Design | Mapping[str, Any] | Sequence[Design | Mapping[str, Any]]

_BLOCK = 500  # trials analysed together: bounds the memory
_SHORTHANDS: dict[str, Callable[[Design, int], Design]] = {
    "n_dyads": Design.with_dyads,
    "n_sessions": Design.with_sessions,
}
_DEFAULTS = Design()
_FIELDS = [one.name for one in fields(Design)]


# The analysis of many trials at once --------------------------------------------------------------


def _synchrony(oxytocin: FloatArray, min_sessions: int = 3) -> FloatArray:
    """Pearson's r of the raw changes of the two persons, (T, N); NaN below `min_sessions` pairs."""
    change = oxytocin[..., 1] - oxytocin[..., 0]
    paired: BoolArray = np.asarray(np.isfinite(change).all(axis=-1))
    n_pairs = paired.sum(axis=-1)
    change = np.where(paired[..., None], change, 0.0)
    mean = change.sum(axis=-2) / np.maximum(n_pairs, 1)[..., None]
    centred = np.where(paired[..., None], change - mean[..., None, :], 0.0)
    sums = (centred**2).sum(axis=-2)
    scale = np.sqrt(sums[..., 0] * sums[..., 1])
    known = (n_pairs >= min_sessions) & (scale > 0)
    r = (centred[..., 0] * centred[..., 1]).sum(axis=-1) / np.where(known, scale, 1.0)
    return np.where(known, np.clip(r, -1, 1), np.nan)


def _reduction(hrsd: FloatArray) -> FloatArray:
    """Minus the least-squares weekly slope times the planned weeks, (T, N)."""
    n_weeks = hrsd.shape[-1]
    seen = np.isfinite(hrsd)
    count = np.maximum(seen.sum(axis=-1, keepdims=True), 1)
    week = np.where(seen, np.arange(n_weeks), 0.0)
    week = np.where(seen, week - week.sum(axis=-1, keepdims=True) / count, 0.0)
    variation = (week**2).sum(axis=-1)
    covariation = (week * np.where(seen, hrsd, 0.0)).sum(axis=-1)
    slope = covariation / np.where(variation > 0, variation, np.nan)
    return -slope * (n_weeks - 1)


@dataclass(frozen=True, eq=False)
class PathEstimates:
    """Least-squares paths of many trials; every array has one value a trial.

    Attributes
    ----------
    a, b
        Slope of synchrony on impairment; slope of symptom reduction on synchrony given impairment.
    se_a, se_b
        Their classical standard errors.
    p_a, p_b
        Two-sided p-values (t with n - 2 and n - 3 degrees of freedom).
    p_ab
        Probability that the product of two normal draws, of a and of b, is above 0: the share of
        quasi-Bayesian draws on the unclaimed side, with infinitely many draws.
    """

    a: FloatArray
    b: FloatArray
    se_a: FloatArray
    se_b: FloatArray
    p_a: FloatArray
    p_b: FloatArray
    p_ab: FloatArray

    @property
    def ab(self) -> FloatArray:
        """Indirect effect, a times b."""
        return self.a * self.b

    def supports_a(self, alpha: float = 0.05) -> BoolArray:
        """Whether a is negative with p below `alpha`."""
        return (self.a < 0) & (self.p_a < alpha)

    def supports_b(self, alpha: float = 0.05) -> BoolArray:
        """Whether b is positive with p below `alpha`."""
        return (self.b > 0) & (self.p_b < alpha)

    def supports_mediation(self, alpha: float = 0.05) -> BoolArray:
        """Whether the interval of the indirect effect at level 1 - `alpha` lies below 0."""
        return self.p_ab < alpha / 2

    def supports_pattern(self, alpha: float = 0.05) -> BoolArray:
        """Whether the trial shows the published pattern: a, b and the mediation."""
        return self.supports_a(alpha) & self.supports_b(alpha) & self.supports_mediation(alpha)


def _estimate_paths(
    X: FloatArray, M: FloatArray, Y: FloatArray, keep: FloatArray | None = None
) -> PathEstimates:
    """Both least-squares models of T trials, each with L selections of dyads.

    X, M, Y are (T, N); `keep` is (L, N) of 0 and 1, all dyads by default. Dyads with a NaN are left
    out. Estimates are (T, L), or (T,) without `keep`. Sums of products give every model in closed
    form.
    """
    from scipy.special import ndtr, stdtr

    selections = np.ones((1, X.shape[1])) if keep is None else np.asarray(keep, dtype=float)
    complete = np.isfinite(X) & np.isfinite(M) & np.isfinite(Y)
    n_all = np.maximum(complete.sum(axis=1, keepdims=True), 1)
    x, m, y = (np.where(complete, v, 0.0) for v in (X, M, Y))
    # Centring on the whole sample first keeps the sums of squares accurate.
    x, m, y = (np.where(complete, v - v.sum(axis=1, keepdims=True) / n_all, 0.0) for v in (x, m, y))

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(values @ selections.T)

    n = total(complete.astype(float))
    sums = {name: total(v) for name, v in (("x", x), ("m", m), ("y", y))}

    def products(name: str, other: str, values: FloatArray) -> FloatArray:
        return total(values) - sums[name] * sums[other] / n

    with np.errstate(divide="ignore", invalid="ignore"):
        xx, mm, yy = products("x", "x", x * x), products("m", "m", m * m), products("y", "y", y * y)
        xm, xy, my = products("x", "m", x * m), products("x", "y", x * y), products("m", "y", m * y)
        a = xm / xx
        residual_m = mm - xm**2 / xx
        se_a = np.sqrt(residual_m / (n - 2) / xx)
        residual_my = my - xm * xy / xx
        b = residual_my / residual_m
        residual_y = yy - xy**2 / xx - b * residual_my
        se_b = np.sqrt(np.maximum(residual_y, 0) / (n - 3) / residual_m)
        z_a, z_b = a / se_a, b / se_b
    p_a = 2 * stdtr(n - 2, -np.abs(z_a))
    p_b = 2 * stdtr(n - 3, -np.abs(z_b))
    # P(AB > 0) = P(A > 0) P(B > 0) + P(A < 0) P(B < 0) for independent A and B
    p_ab = ndtr(z_a) * ndtr(z_b) + ndtr(-z_a) * ndtr(-z_b)
    columns = [np.asarray(v) for v in (a, b, se_a, se_b, p_a, p_b, p_ab)]
    if keep is None:
        columns = [v[:, 0] for v in columns]
    return PathEstimates(*columns)


def analyse_trials(trials: Trials, *, known_synchrony: bool = False) -> PathEstimates:
    """Analyse every trial as the paper would.

    Parameters
    ----------
    trials
        From `dyadsync.simulate.draw_trials`.
    known_synchrony
        Use the true correlation of each dyad, which no study can, in place of the observed one.

    Returns
    -------
    PathEstimates
        Estimates and tests, one value a trial.

    Examples
    --------
    >>> found = analyse_trials(draw_trials(Design(), 200, rng=1))
    >>> bool(found.a.mean() < 0 < found.b.mean())
    True
    """
    M = trials.rho if known_synchrony else _synchrony(trials.oxytocin)
    return _estimate_paths(trials.impairment, M, _reduction(trials.hrsd))


# Power --------------------------------------------------------------------------------------------


def expand_grid(grid: Grid) -> list[tuple[dict[str, Any], Design]]:
    """Turn a grid into designs, each with the settings that tell it from the default.

    Parameters
    ----------
    grid
        A `Design`; or a mapping from fields of `Design`, ``n_dyads`` or ``n_sessions`` to one value
        or a list of values, of which all combinations are taken; or a list of such.

    Returns
    -------
    list of (settings, Design)
        In the order given; the last field varies fastest.

    Raises
    ------
    InputError
        If a name is unknown, a list is empty or a value cannot be.

    Examples
    --------
    >>> [settings for settings, _ in expand_grid({"n_sessions": [4, 8], "b": 0.28})]
    [{'n_sessions': 4, 'b': 0.28}, {'n_sessions': 8, 'b': 0.28}]
    """
    if isinstance(grid, Design):
        changed = {
            name: getattr(grid, name)
            for name in _FIELDS
            if getattr(grid, name) != getattr(_DEFAULTS, name)
        }
        return [(changed, grid)]
    if isinstance(grid, Mapping):
        return _combinations(grid)
    if isinstance(grid, str) or not isinstance(grid, Sequence):
        raise InputError(
            f"power: the grid is {grid!r}; give a Design, a mapping such as "
            '{"n_sessions": [4, 8]}, or a list of these.'
        )
    if not grid:
        raise InputError("power: the grid is empty; give at least one design.")
    return [one for part in grid for one in expand_grid(part)]


def _combinations(grid: Mapping[str, Any]) -> list[tuple[dict[str, Any], Design]]:
    known = [*_SHORTHANDS, *_FIELDS]
    choices: list[list[Any]] = []
    for name, values in grid.items():
        if name not in known:
            raise InputError(
                f"power: there is no setting {name!r} of a design; choose from {', '.join(known)}."
            )
        whole = isinstance(getattr(_DEFAULTS, name, None), tuple)
        listed = isinstance(values, list | tuple | np.ndarray | range)
        if whole:  # its one value is itself a list: a list of lists is several
            listed = listed and len(values) > 0 and isinstance(values[0], list | tuple)
        choices.append(list(values) if listed else [values])
        if not choices[-1]:
            raise InputError(f"power: the list of values for {name} is empty; give at least one.")
    return [
        (settings, _design(settings))
        for settings in (dict(zip(grid, values, strict=True)) for values in product(*choices))
    ]


def _design(settings: dict[str, Any]) -> Design:
    plain = {name: value for name, value in settings.items() if name not in _SHORTHANDS}
    try:
        design = replace(Design(), **plain)
        for name, shorthand in _SHORTHANDS.items():
            if name in settings:
                if isinstance(settings[name], bool) or int(settings[name]) != settings[name]:
                    raise InputError(f"power: {name} is {settings[name]!r}; give a whole number.")
                design = shorthand(design, int(settings[name]))
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        shown = ", ".join(f"{name} = {value!r}" for name, value in settings.items())
        raise InputError(f"power: the setting {shown} is not valid; give numbers.") from error
    return design


def power(
    grid: Grid, *, n_trials: int = 2_000, rng: int | np.random.Generator | None = None
) -> pd.DataFrame:
    """How often designs find what is there, and what they make of it.

    Every rate counts only findings on the claimed side: a below 0, b above 0, indirect effect
    below 0.

    Parameters
    ----------
    grid
        Designs; see `expand_grid`.
    n_trials
        Trials a design.
    rng
        Seed, generator or None.

    Returns
    -------
    pandas.DataFrame
        One row a design, in the order of the grid: the settings that vary; ``n_dyads n_sessions
        n_trials``; the rates ``a b mediation pattern`` (each with p < .05, or a 95 % interval) and
        ``mediation_known pattern_known`` (with true correlations in place of the observed ones),
        each with its Monte Carlo standard error in ``..._se``; ``ab_true`` (points per SD, through
        latent synchrony), ``ab_mean`` over all trials, ``ab_in_pattern`` over those that show the
        pattern and their ratio ``exaggeration`` (NaN if none does, or if ``ab_mean`` is within four
        standard errors of 0); ``reliability``, the squared correlation of observed r and true
        correlation.

    Raises
    ------
    InputError
        If the grid is not valid or `n_trials` is below 1.

    References
    ----------
    Exaggeration: Gelman & Carlin (2014), doi:10.1177/1745691614551642.

    Examples
    --------
    >>> table = power({"n_sessions": [4, 16]}, n_trials=200, rng=1)
    >>> bool(table["pattern"].is_monotonic_increasing)
    True
    """
    if isinstance(n_trials, bool) or not isinstance(n_trials, int | np.integer) or n_trials < 1:
        raise InputError(f"power: n_trials is {n_trials!r}; give a whole number of at least 1.")
    designs = expand_grid(grid)
    generators = np.random.default_rng(rng).spawn(len(designs))
    rows = [
        {
            **{name: value for name, value in settings.items() if name not in _SHORTHANDS},
            "n_dyads": design.n_dyads,
            "n_sessions": len(design.sessions),
            "n_trials": int(n_trials),
            **_study_design(design, int(n_trials), generator),
        }
        for (settings, design), generator in zip(designs, generators, strict=True)
    ]
    return pd.DataFrame(rows)


def _study_design(design: Design, n_trials: int, rng: np.random.Generator) -> dict[str, float]:
    supported: list[FloatArray] = []
    ab: list[FloatArray] = []
    moments = np.zeros(6)
    for start in range(0, n_trials, _BLOCK):
        trials = draw_trials(design, min(_BLOCK, n_trials - start), rng)
        r = _synchrony(trials.oxytocin)
        reduction = _reduction(trials.hrsd)
        found = _estimate_paths(trials.impairment, r, reduction)
        known = _estimate_paths(trials.impairment, trials.rho, reduction)
        verdicts = [
            found.supports_a(),
            found.supports_b(),
            found.supports_mediation(),
            found.supports_pattern(),
            known.supports_mediation(),
            known.supports_pattern(),
        ]
        supported.append(np.column_stack(verdicts).astype(float))
        ab.append(found.ab)
        seen = np.isfinite(r)
        moments += _moments(r[seen], trials.rho[seen])

    names = ["a", "b", "mediation", "pattern", "mediation_known", "pattern_known"]
    verdict = np.vstack(supported)
    rates = verdict.mean(axis=0)
    row: dict[str, float] = {}
    for name, rate in zip(names, rates.tolist(), strict=True):
        row[name] = rate
        row[f"{name}_se"] = float(np.sqrt(rate * (1 - rate) / n_trials))
    products = np.concatenate(ab)
    shown = products[verdict[:, names.index("pattern")] > 0]
    mean = float(np.nanmean(products))
    in_pattern = float(shown.mean()) if shown.size else float("nan")
    row["ab_true"] = design.indirect_effect
    row["ab_mean"] = mean
    row["ab_in_pattern"] = in_pattern
    # a ratio to a mean that may as well be 0 says nothing
    mean_se = float(np.nanstd(products)) / np.sqrt(n_trials)
    row["exaggeration"] = in_pattern / mean if abs(mean) > 4 * mean_se else float("nan")
    row["reliability"] = _squared_correlation(moments)
    return row


def _moments(x: FloatArray, y: FloatArray) -> FloatArray:
    return np.array([x.size, x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum()])


def _squared_correlation(moments: FloatArray) -> float:
    n, x, y, xx, yy, xy = moments
    variation = (xx - x * x / n) * (yy - y * y / n)
    return float((xy - x * y / n) ** 2 / variation) if variation > 0 else float("nan")


def describe_process(
    design: Design | None = None,
    *,
    n_trials: int = 2_000,
    rng: int | np.random.Generator | None = None,
) -> pd.Series:
    """Describe what trials of a design look like on average, to judge whether it is realistic.

    Parameters
    ----------
    design
        The design; the default one if None.
    n_trials
        Trials to average over.
    rng
        Seed, generator or None.

    Returns
    -------
    pandas.Series
        Named quantities, averaged over trials (or pooled, where the name says dyads or samples).

    Examples
    --------
    >>> bool(20 < describe_process(n_trials=50, rng=1)["HRSD-17 at intake, mean"] < 23)
    True
    """
    design = Design() if design is None else design
    trials = draw_trials(design, n_trials, rng)
    X, z = trials.impairment, np.arctanh(trials.rho)
    r = _synchrony(trials.oxytocin)
    seen = np.isfinite(r)
    x, m, y = (_standardise(v) for v in (X, z, trials.reduction))
    a, m_y, x_y = ((u * v).mean(axis=1) for u, v in ((x, m), (m, y), (x, y)))
    partial = (m_y - a * x_y) / np.sqrt((1 - a**2) * (1 - x_y**2))
    b = (m_y - a * x_y) / (1 - a**2)
    intake = trials.hrsd[..., 0]
    last = trials.hrsd[..., -1]
    rated = np.isfinite(last)
    samples = trials.oxytocin[np.isfinite(trials.oxytocin)]
    return pd.Series(
        {
            "correlation of latent synchrony and impairment": a.mean(),
            "partial correlation of latent synchrony and fall of symptoms": partial.mean(),
            "standardised indirect effect": (a * b).mean(),
            "observed r of dyads, mean": r[seen].mean(),
            "observed r of dyads, SD": r[seen].std(),
            "observed |r| of dyads above .9, share": (np.abs(r[seen]) > 0.9).mean(),
            "reliability of observed r": _squared_correlation(_moments(r[seen], trials.rho[seen])),
            "HRSD-17 at intake, mean": intake.mean(),
            "fall of HRSD-17, mean": (intake - last)[rated].mean(),
            "remission (7 or less at the last week), share": (last[rated] <= 7).mean(),
            "response (half of intake or less), share": (last <= intake / 2)[rated].mean(),
            "samples below the limit of quantification, share": (
                samples < design.limit_of_quantification
            ).mean(),
            "therapist ICC of the therapists' log oxytocin": _therapist_icc(trials),
        },
        name="value",
    )


def _standardise(values: FloatArray) -> FloatArray:
    centred = values - values.mean(axis=1, keepdims=True)
    return np.asarray(centred / centred.std(axis=1, keepdims=True))


def _therapist_icc(trials: Trials) -> float:
    """One-way ANOVA estimate, of therapists' mean log concentrations of dyads, over all trials."""
    level = np.nanmean(np.log(trials.oxytocin[:, :, :, 1]), axis=(2, 3))
    member = np.eye(int(trials.therapist[-1]) + 1)[trials.therapist]
    size = member.sum(axis=0)
    means = level @ member / size
    n, k = level.shape[1], size.size
    if k < 2 or n <= k:
        return float("nan")
    between = (size * (means - level.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (k - 1)
    within = ((level - means[:, trials.therapist]) ** 2).sum(axis=1) / (n - k)
    n0 = (n - (size**2).sum() / n) / (k - 1)
    variance = (between.mean() - within.mean()) / n0
    return float(variance / (variance + within.mean()))


# The shipped seed ---------------------------------------------------------------------------------


def follows_seed_rule(trials: Trials) -> BoolArray:
    """Which trials could be shipped: see `dyadsync.simulate.SEED_RULE`.

    Parameters
    ----------
    trials
        From `dyadsync.simulate.draw_trials`.

    Returns
    -------
    array of bool
        One value a trial.

    References
    ----------
    Percentage-bend correlation: Wilcox (1994), doi:10.1007/BF02294395.
    """
    X, M, Y = trials.impairment, _synchrony(trials.oxytocin), _reduction(trials.hrsd)
    right = _estimate_paths(X, M, Y).supports_pattern()

    without_dyad = 1 - np.eye(X.shape[1])
    without_therapist = (trials.therapist != np.unique(trials.therapist)[:, None]).astype(float)
    left_out = _estimate_paths(X, M, Y, np.vstack([without_dyad, without_therapist]))
    right &= (left_out.a < 0).all(axis=1) & (left_out.b > 0).all(axis=1)
    for trial in np.flatnonzero(right):  # the few that are left
        right[trial] = _ranks_agree(X[trial], M[trial], Y[trial])
    return right


def _ranks_agree(x: FloatArray, m: FloatArray, y: FloatArray, alpha: float = 0.1) -> bool:
    """Whether Spearman's and the percentage-bend correlation show both paths too."""
    import pingouin

    complete = np.isfinite(x) & np.isfinite(m) & np.isfinite(y)
    x, m, y = x[complete], m[complete], y[complete]
    line = np.column_stack([np.ones_like(x), x])
    residuals = np.column_stack([m, y])
    residuals = residuals - line @ np.linalg.lstsq(line, residuals, rcond=None)[0]
    for method in ("spearman", "percbend"):
        path_a = pingouin.corr(x, m, method=method).iloc[0]
        path_b = pingouin.corr(residuals[:, 0], residuals[:, 1], method=method).iloc[0]
        p = "p_val" if "p_val" in path_a else "p-val"
        if not (path_a["r"] < 0 < path_b["r"] and max(path_a[p], path_b[p]) < alpha):
            return False
    return True


def first_seed(design: Design | None = None, *, start: int = 0, stop: int = 10_000) -> int:
    """Find the first seed of which the trial follows `dyadsync.simulate.SEED_RULE`.

    Parameters
    ----------
    design
        The design; the default one if None.
    start, stop
        Seeds to try, from `start` to below `stop`.

    Returns
    -------
    int
        The seed.

    Raises
    ------
    InputError
        If no seed in the range does.
    """
    design = Design() if design is None else design
    for seed in range(start, stop):
        if follows_seed_rule(draw_trials(design, 1, seed))[0]:
            return seed
    raise InputError(f"first_seed: no seed from {start} to below {stop} follows the rule.")
