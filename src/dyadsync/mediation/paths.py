"""Estimate and interval of the paths a and b and of the indirect effect, whatever the method."""

from __future__ import annotations

from dyadsync.mediation.coefficients import Fit
from dyadsync.mediation.intervals import standard_error_interval, summarise_draws
from dyadsync.mediation.sample import MediationData

__all__ = ["path_effects"]


def path_effects(
    fit: Fit, sample: MediationData, confidence_level: float
) -> dict[str, dict[str, float]]:
    """Estimate and interval of a, b and a*b of a linear model with one mediator.

    Intervals of the ACME are those of `mediate`. Intervals of the paths are percentile (or BCa)
    intervals of the draws, unless the method draws from a covariance: then the estimate plus and
    minus standard errors times a quantile of the t distribution with n - p degrees of freedom, or
    one less than there are clusters.

    Parameters
    ----------
    fit : Fit
        What a method returned.
    sample : MediationData
        What was fitted.
    confidence_level : float
        Coverage of the intervals.

    Returns
    -------
    dict
        ``path a``, ``path b`` and ``ACME``, each by ``estimate ci_lower ci_upper``.
    """
    names = ("estimate", "ci_lower", "ci_upper")
    estimates, draws, left = (
        None if part is None else {"path a": part.a[..., 0], "path b": part.b[..., 0]}
        for part in (fit.estimate, fit.draws, fit.jackknife)
    )
    assert estimates is not None
    assert draws is not None
    for part in (estimates, draws, left):
        if part is not None:
            part["ACME"] = part["path a"] * part["path b"]
    found = {
        effect: summarise_draws(
            float(estimates[effect]),
            values,
            confidence_level,
            None if left is None else left[effect],
        )[:3]
        for effect, values in draws.items()
    }
    if fit.covariance is not None:
        errors = {
            "path a": (fit.mediator_se[0, 1], sample.mediator_design.shape[1]),
            "path b": (fit.outcome_se[2], sample.outcome_design.shape[1]),
        }
        for effect, (se, p) in errors.items():
            df = sample.n_clusters - 1 if sample.n_clusters else sample.n_obs - p
            estimate = float(estimates[effect])
            ends = standard_error_interval(estimate, float(se), confidence_level, df)
            found[effect] = (estimate, *ends)
    return {effect: dict(zip(names, values, strict=True)) for effect, values in found.items()}
