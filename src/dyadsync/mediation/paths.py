"""The paths a and b and the ACME of one fit: estimate, interval and p-value of each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import is_constant, numeric_column
from dyadsync.errors import InputError
from dyadsync.intervals import (
    imputed_degrees_of_freedom,
    standard_error_interval,
    summarise_draws,
)
from dyadsync.mediation.coefficients import Fit
from dyadsync.mediation.sample import MediationData, fewest_rows, require_columns
from dyadsync.regression.linear import fit_linear

Summary = tuple[float, float, float, float]
"""Estimate, lower and upper end of the interval, p-value."""


def paths_and_acme(
    fit: Fit, sample: MediationData, confidence_level: float, *, resampled: bool
) -> dict[str, Summary]:
    """Summarise ``path a``, ``path b`` and the ``ACME`` of linear models with one mediator.

    The ACME has the interval and the p-value of `mediate`. So have the paths of a method that
    resamples, or draws from a posterior, whose draws are all there is; else they are estimates plus
    and minus standard errors times a quantile of Student's t with n - p degrees of freedom, or one
    less than there are clusters; of completed samples those of `imputed_degrees_of_freedom`.
    """
    estimates, draws, left = (
        None if part is None else {"path a": part.a[..., 0], "path b": part.b[..., 0]}
        for part in (fit.estimate, fit.draws, fit.jackknife)
    )
    assert estimates is not None
    assert draws is not None
    for part in (estimates, draws, left):
        if part is not None:
            part["ACME"] = part["path a"] * part["path b"]
    drawn = draws if resampled else {"ACME": draws["ACME"]}
    found = {
        effect: summarise_draws(
            float(estimates[effect].mean()),
            values,
            confidence_level,
            None if left is None else left[effect],
        )
        for effect, values in drawn.items()
    }
    if resampled:
        return found
    errors = {
        "path a": (fit.mediator_se[0, 1], sample.mediator_design.shape[1]),
        "path b": (fit.outcome_se[2], sample.outcome_design.shape[1]),
    }
    by_error = {
        effect: _by_standard_error(
            estimates[effect],
            float(se),
            confidence_level,
            sample.n_clusters - 1 if sample.n_clusters else sample.n_obs - p,
        )
        for effect, (se, p) in errors.items()
    }
    return by_error | found


def first_path(
    data: pd.DataFrame, x: str, m: str, *, confidence_level: float = 0.95
) -> tuple[float, float, float]:
    """Estimate path a alone, the slope of the mediator on the cause, which needs no outcome.

    Parameters
    ----------
    data : DataFrame
        One row per dyad; rows that lack one of the two are left out.
    x, m : str
        Columns of the cause and of the mediator.
    confidence_level : float, default 0.95
        Of the interval by Student's t.

    Returns
    -------
    tuple of float
        Estimate, lower and upper end of the interval.

    Raises
    ------
    InputError
        If there are fewer than four rows, or one of the two does not vary.

    Examples
    --------
    >>> data = pd.DataFrame({"x": [1, 2, 3, 4], "m": [0.2, 0.1, 0.4, 0.3]})
    >>> [round(number, 3) for number in first_path(data, "x", "m")]
    [0.06, -0.183, 0.303]
    """
    require_columns(data, [m], [x, m])
    complete = data.dropna(subset=[x, m])
    needed = fewest_rows(2)
    if len(complete) < needed:
        raise InputError(
            f"Too few rows: {len(complete)} complete ones, but this model needs at least {needed}."
        )
    values = {name: numeric_column(complete, name) for name in (x, m)}
    for name, column in values.items():
        if is_constant(column):
            raise InputError(f"Column '{name}' is constant ({column[0]:g} in every complete row).")
    fit = fit_linear(np.column_stack([np.ones(len(complete)), values[x]]), values[m])
    estimate, se = float(fit.coef[1]), float(np.sqrt(fit.covariance("classical")[1, 1]))
    low, high = standard_error_interval(estimate, se, confidence_level, fit.df_resid)
    return estimate, float(low), float(high)


def _by_standard_error(
    estimates: Array, se: float, confidence_level: float, complete_df: float
) -> Summary:
    from scipy.special import stdtr

    estimate, df = float(estimates.mean()), complete_df
    if estimates.ndim:
        df = imputed_degrees_of_freedom(estimates, se**2, complete_df)
    low, high = standard_error_interval(estimate, se, confidence_level, df)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * float(stdtr(df, -np.abs(np.divide(estimate, se))))
    return estimate, float(low), float(high), p_value
