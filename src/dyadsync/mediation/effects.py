"""What coefficients mean: indirect, direct and total effects, from any draws of them.

With ``x0`` and ``x1`` the two values compared (`contrast`) and ``t`` either of them
(Imai, Keele & Yamamoto 2010, doi:10.1214/10-STS321):

- ``ACME(t) = E[Y(t, M(x1)) - Y(t, M(x0))]``, control at t = x0, treated at t = x1;
- ``ADE(t) = E[Y(x1, M(t)) - Y(x0, M(t))]``;
- total effect ``= E[Y(x1, M(x1)) - Y(x0, M(x0))] = ACME(t) + ADE(1 - t)``.

The expectation is over the observed covariates and over the mediators' residual noise, which is
integrated out, not simulated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dyadsync.arrays import Array, BoolArray
from dyadsync.mediation.coefficients import Coefficients
from dyadsync.mediation.sample import MediationData

# A block of linear predictors of this size stays in the processor's cache (512 KB).
_BLOCK_PREDICTORS = 65_536


def mediation_effects(
    coefficients: Coefficients,
    data: MediationData,
    contrast: tuple[float, float],
    rows: BoolArray | None = None,
) -> dict[str, Array]:
    """Effects of moving x from ``contrast[0]`` to ``contrast[1]``, in units of x.

    The coefficients are those of the plain models (see `simple_coefficients`), with any leading
    axes, which the effects then have; the effects are averaged over the covariates of all rows of
    the sample, or of some.

    Returns
    -------
    dict of str to array
        ``ACME``, ``ADE``, ``Total effect``, ``Prop. mediated``; where the effects depend on the
        level of x also their ``(control)`` and ``(treated)`` versions, of which ``ACME`` and
        ``ADE`` are the averages; with several mediators the specific effects ``ACME (name)``,
        in which the other mediators keep their distribution.
    """
    compute = _linear_effects if data.linear else _averaged_effects
    covariates, weights = _profiles(data, rows)
    acme, ade, specific = compute(coefficients, data, contrast, covariates, weights)
    effects = {
        "ACME": (acme[0] + acme[1]) / 2,
        "ADE": (ade[0] + ade[1]) / 2,
        "Total effect": acme[0] + ade[1],
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        effects["Prop. mediated"] = effects["ACME"] / effects["Total effect"]
    if data.outcome != "linear" or data.interaction:
        effects["ACME (control)"], effects["ACME (treated)"] = acme
        effects["ADE (control)"], effects["ADE (treated)"] = ade
    if data.n_mediators > 1:
        for j, name in enumerate(data.names["m"]):
            effects[f"ACME ({name})"] = specific[j]
    return effects


def _profiles(data: MediationData, rows: BoolArray | None) -> tuple[Array, Array]:
    """Distinct rows of covariates, shape (u, q), and the share of the sample at each."""
    chosen = slice(None) if rows is None else rows
    weights = np.ones(data.n_obs) if data.weights is None else data.weights
    profiles, place = np.unique(data.covariates[chosen], axis=0, return_inverse=True)
    shares = np.bincount(place.ravel(), weights=weights[chosen])
    return profiles, shares / shares.sum()


_Parts = tuple[list[Array], list[Array], list[Array]]


def _linear_effects(
    coefficients: Coefficients,
    data: MediationData,
    contrast: tuple[float, float],
    covariates: Array,
    weights: Array,
) -> _Parts:
    """Compute ``ACME(t) = (x1 - x0) sum_j a_j (b_j + d_j t)``, d the slopes of x*m."""
    shift = contrast[1] - contrast[0]
    a, b, d = coefficients.a, coefficients.b, coefficients.x_by_m
    if d is None:
        parts = [shift * a[..., j] * b[..., j] for j in range(data.n_mediators)]
        indirect = sum(parts[1:], parts[0])
        direct = shift * coefficients.c_prime
        return [indirect, indirect], [direct, direct], parts
    typical = np.concatenate([[1.0, 0.0], weights @ covariates])
    level = coefficients.mediator @ typical
    acme = [shift * (a * (b + d * t)).sum(-1) for t in contrast]
    ade = [shift * (coefficients.c_prime + (d * (level + a * t)).sum(-1)) for t in contrast]
    middle = sum(contrast) / 2
    specific = shift * a * (b + d * middle)
    return acme, ade, [specific[..., j] for j in range(data.n_mediators)]


def _averaged_effects(
    coefficients: Coefficients,
    data: MediationData,
    contrast: tuple[float, float],
    covariates: Array,
    weights: Array,
) -> _Parts:
    """Differences of expected potential outcomes: of probabilities, counts or means."""
    leading, k = coefficients.outcome.shape[:-1], data.n_mediators
    cov = coefficients.mediator_cov
    flat = Coefficients(
        coefficients.mediator.reshape(-1, *coefficients.mediator.shape[-2:]),
        coefficients.outcome.reshape(-1, coefficients.outcome.shape[-1]),
        coefficients.interaction,
        None if cov is None else cov.reshape(-1, k, k),
    )

    def expected(t: float, mediators_at: Sequence[float]) -> Array:
        return _expected_outcome(flat, data, t, mediators_at, covariates, weights)

    y = {(t, s): expected(contrast[t], [contrast[s]] * k) for t in (0, 1) for s in (0, 1)}
    acme = [(y[t, 1] - y[t, 0]).reshape(leading) for t in (0, 1)]
    ade = [(y[1, s] - y[0, s]).reshape(leading) for s in (0, 1)]
    specific = []
    if k > 1:
        for j in range(k):
            change = np.zeros(len(flat.outcome))
            for t in (0, 1):
                at = [contrast[t]] * k
                at[j] = contrast[1 - t]
                change += (1 - 2 * t) * (expected(contrast[t], at) - y[t, t]) / 2
            specific.append(change.reshape(leading))
    return acme, ade, specific


def _expected_outcome(
    coefficients: Coefficients,
    data: MediationData,
    t: float,
    mediators_at: Sequence[float],
    covariates: Array,
    weights: Array,
) -> Array:
    """Mean of Y(t, M_1(s_1), ..., M_k(s_k)) over weighted rows of covariates, shape (B,).

    Given covariates a linear mediator makes the outcome's linear predictor normal: its mean is
    linear in the covariates, its variance ``beta' Sigma beta`` comes from the mediators'
    residuals. A binary mediator makes it one of two values.
    """
    d = coefficients.x_by_m
    beta = coefficients.b if d is None else coefficients.b + d * t
    mediator, outcome = coefficients.mediator, coefficients.outcome
    base = outcome[:, 0] + coefficients.c_prime * t
    level = mediator[..., 0] + mediator[..., 1] * np.asarray(mediators_at)
    slopes = coefficients.outcome_covariates
    if data.mediator_model == "linear":
        base = base + (beta * level).sum(-1)
        slopes = slopes + np.einsum("bk,bkq->bq", beta, mediator[..., 2:])
        assert coefficients.mediator_cov is not None
        variance = np.einsum("bk,bkl,bl->b", beta, coefficients.mediator_cov, beta)
        sd = np.sqrt(np.maximum(variance, 0))
    means = np.empty(len(base))
    block = max(1, _BLOCK_PREDICTORS // len(covariates))
    for start in range(0, len(base), block):
        part = slice(start, start + block)
        eta = base[part, None] + slopes[part] @ covariates.T
        if data.mediator_model == "linear":
            mean = _normal_mean(eta, sd[part, None], data.outcome)
        else:
            of_mediator = level[part] + mediator[part, 0, 2:] @ covariates.T
            p = _inverse_link(of_mediator, data.mediator_model)
            there = _inverse_link(eta + beta[part], data.outcome)
            mean = p * there + (1 - p) * _inverse_link(eta, data.outcome)
        means[part] = mean @ weights
    return means


def _inverse_link(eta: Array, model: str) -> Array:
    """Mean of a response at its linear predictor."""
    from scipy.special import expit, ndtr

    inverse = {"linear": np.asarray, "logit": expit, "probit": ndtr}.get(model, np.exp)
    return np.asarray(inverse(eta))


def _normal_mean(eta: Array, sd: Array, model: str) -> Array:
    """Mean of a response whose linear predictor is normal."""
    if model == "logit":
        return logistic_normal_mean(eta, sd)
    if model == "probit":
        return probit_normal_mean(eta, sd)
    return eta if model == "linear" else np.exp(eta + sd**2 / 2)


def probit_normal_mean(eta: Array, sd: Array) -> Array:
    """``E[Phi(eta + sd Z)]`` for standard normal Z: ``Phi(eta / sqrt(1 + sd^2))``."""
    from scipy.special import ndtr

    return np.asarray(ndtr(eta / np.sqrt(1 + sd**2)))


def logistic_normal_mean(eta: Array, sd: Array) -> Array:
    """``E[expit(eta + sd Z)]`` for standard normal Z, to 1e-6 in absolute size; both broadcast.

    The trapezoidal rule on an equidistant grid, the normal's tails beyond 5.25 cut. For an
    integrand analytic in a strip its error falls exponentially in the inverse step (Trefethen &
    Weideman 2014, doi:10.1137/130932132). Here a step of 1 errs by no more than 1e-8, unless the
    poles of the logistic function at height ``pi / sd`` are near, whose residues err by up to
    ``2 sqrt(2 pi) / sd exp(pi^2 / (2 sd^2) - 2 pi^2 / (sd step))``; the step keeps that at 5e-7.

    Examples
    --------
    >>> logistic_normal_mean(np.array([0.0, 1.0]), np.array([2.0])).round(5).tolist()
    [0.5, 0.64773]
    """
    largest = float(np.max(sd))
    step = 1.0
    if largest > 0.5:
        exponent = np.log(2 * np.sqrt(2 * np.pi) / largest / 5e-7) + (np.pi / largest) ** 2 / 2
        step = min(step, 2 * np.pi**2 / (largest * exponent))
    reach = int(np.ceil(5.25 / step))
    z = step * np.arange(-reach, reach + 1)
    density = np.exp(-0.5 * z**2)
    density /= density.sum()
    mean = np.zeros(np.broadcast_shapes(eta.shape, sd.shape))
    term = np.empty_like(mean)
    with np.errstate(over="ignore"):  # exp(large) = inf gives a probability of 0, as it should
        for node, weight in zip(z, density, strict=True):
            np.add(eta, sd * node, out=term)
            np.negative(term, out=term)
            np.exp(term, out=term)
            term += 1
            np.divide(weight, term, out=term)
            mean += term
    return mean
