"""How coefficient draws are made: one small function a method.

Every method answers the same question, "which coefficients of the mediator model and of the
outcome model are compatible with the data?", with a `Fit`: the estimate and draws around it.
What the coefficients *mean* (indirect, direct and total effects) is computed from any such draws
by `dyadsync.effects`, which knows no method. To add a method, write one function that returns a
`Fit` and name it in `ESTIMATORS`.

The models are ``m = [1, x, c] @ mediator`` and ``y = [1, x, m, x*m, c] @ outcome`` (a linear
predictor where the outcome is binary), for one or several parallel mediators m and covariates c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dyadsync.errors import InputError
from dyadsync.regression.binary import fisher_scoring, fit_binary
from dyadsync.regression.linear import ModelFit, fit_linear, standardise
from dyadsync.robust import (
    huber_mediation,
    median_mediation,
    robust_bca_mediation,
    robust_mediation,
)

Array = NDArray[Any]
Outcome = Literal["linear", "logit", "probit"]

# Resamples are fitted in blocks of this many weights, so that memory stays bounded (16 MB).
_BLOCK_WEIGHTS = 2_000_000


@dataclass(frozen=True)
class MediationData:
    """One complete-case sample as arrays; n rows, k mediators, q covariate columns."""

    x: Array
    """The cause, shape (n,)."""
    m: Array
    """The mediators, shape (n, k)."""
    y: Array
    """The outcome, shape (n,); 0 and 1 where it is binary."""
    covariates: Array
    """Covariates, categorical ones as indicator columns, shape (n, q)."""
    cluster: NDArray[np.intp] | None = None
    """Cluster codes 0 .. G-1, shape (n,)."""
    n_sessions: Array | None = None
    """Pairs of changes behind each dyad's synchrony, shape (n,); the latent model reads it."""
    outcome: Outcome = "linear"
    interaction: bool = False
    names: Mapping[str, list[str]] = field(default_factory=dict)
    """Column names under the keys ``x``, ``m``, ``y`` and ``covariates``."""

    @property
    def n_obs(self) -> int:
        """Rows."""
        return len(self.y)

    @property
    def n_mediators(self) -> int:
        """Parallel mediators, k."""
        return self.m.shape[1]

    @property
    def mediator_design(self) -> Array:
        """Columns ``[1, x, c]``, shape (n, 2 + q)."""
        return np.column_stack([np.ones(self.n_obs), self.x, self.covariates])

    @property
    def outcome_design(self) -> Array:
        """Columns ``[1, x, m, x*m, c]`` (the products only with ``interaction``)."""
        products = [self.x[:, None] * self.m] if self.interaction else []
        return np.column_stack([np.ones(self.n_obs), self.x, self.m, *products, self.covariates])

    @property
    def mediator_terms(self) -> list[str]:
        """Names of the columns of `mediator_design`."""
        return ["Intercept", *self.names["x"], *self.names["covariates"]]

    @property
    def outcome_terms(self) -> list[str]:
        """Names of the columns of `outcome_design`."""
        x = self.names["x"]
        products = [f"{x[0]}:{name}" for name in self.names["m"]] if self.interaction else []
        return ["Intercept", *x, *self.names["m"], *products, *self.names["covariates"]]

    @property
    def n_clusters(self) -> int:
        """Clusters, 0 without any."""
        return 0 if self.cluster is None else int(self.cluster.max()) + 1


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of both models, any leading axes (none for the estimate, draws otherwise)."""

    mediator: Array
    """Shape (..., k, 2 + q), columns as `MediationData.mediator_design`."""
    outcome: Array
    """Shape (..., p), columns as `MediationData.outcome_design`."""
    interaction: bool = False
    mediator_cov: Array | None = None
    """Residual covariance of the mediators, shape (..., k, k); binary outcomes need it."""

    @property
    def n_mediators(self) -> int:
        """Parallel mediators, k."""
        return self.mediator.shape[-2]

    @property
    def a(self) -> Array:
        """Slopes of the mediators on x, shape (..., k)."""
        return self.mediator[..., 1]

    @property
    def b(self) -> Array:
        """Slopes of the outcome on the mediators (at x = 0), shape (..., k)."""
        return self.outcome[..., 2 : 2 + self.n_mediators]

    @property
    def c_prime(self) -> Array:
        """Slope of the outcome on x (at m = 0), shape (...)."""
        return self.outcome[..., 1]

    @property
    def x_by_m(self) -> Array | None:
        """Slopes of the outcome on the products x*m, shape (..., k); None without interaction."""
        k = self.n_mediators
        return self.outcome[..., 2 + k : 2 + 2 * k] if self.interaction else None

    @property
    def outcome_covariates(self) -> Array:
        """Slopes of the outcome on the covariates, shape (..., q)."""
        k = self.n_mediators
        return self.outcome[..., 2 + k * (1 + self.interaction) :]

    def __getitem__(self, index: Any) -> Coefficients:
        """Select along the draw axis."""
        cov = None if self.mediator_cov is None else self.mediator_cov[index]
        return Coefficients(self.mediator[index], self.outcome[index], self.interaction, cov)


def stack(parts: list[Coefficients]) -> Coefficients:
    """Join draws along their first axis."""
    if len(parts) == 1:
        return parts[0]
    cov = [part.mediator_cov for part in parts if part.mediator_cov is not None]
    return Coefficients(
        np.concatenate([part.mediator for part in parts]),
        np.concatenate([part.outcome for part in parts]),
        parts[0].interaction,
        np.concatenate(cov) if cov else None,
    )


@dataclass(frozen=True)
class Settings:
    """What the caller may choose about the draws."""

    n_draws: int = 10_000
    vcov: Literal["classical", "HC3"] = "classical"
    small_sample: bool = False
    confidence_level: float = 0.95


@dataclass(frozen=True)
class Fit:
    """What an estimator returns."""

    estimate: Coefficients
    draws: Coefficients
    mediator_se: Array
    """Standard errors, shape (k, 2 + q)."""
    outcome_se: Array
    """Standard errors, shape (p,)."""
    total: tuple[float, float]
    """Path c (the slope of y on x without the mediators) and its standard error."""
    interval: Literal["percentile", "bca"] = "percentile"
    covariance: Array | None = None
    """Covariance of all mediator, then all outcome coefficients, where the method has one."""
    jackknife: Coefficients | None = None
    """Leave-one-out (or leave-one-cluster-out) coefficients; BCa intervals need them."""
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What one method alone has to show (robustness weights, the naive fit, ...)."""


Estimator = Callable[[MediationData, Settings, np.random.Generator], Fit]


def fit_outcome(data: MediationData, *, total: bool = False) -> ModelFit:
    """Fit the outcome model, or the model of the total effect, which has no mediators."""
    X = data.mediator_design if total else data.outcome_design
    if data.outcome == "linear":
        return fit_linear(X, data.y)
    terms = data.mediator_terms if total else data.outcome_terms
    return fit_binary(X, data.y, data.outcome, terms)


# --- both models, many weighted samples at once ----------------------------------------------


def weighted_coefficients(data: MediationData, weights: Array) -> Coefficients:
    """Fit both models under each row of case weights; NaN where a model cannot be fitted.

    Parameters
    ----------
    data : MediationData
    weights : array, shape (B, n)
        Case weights, such as the counts of a bootstrap resample or 0 for a row left out.

    Returns
    -------
    Coefficients
        With B draws.
    """
    outcome_design = data.outcome_design
    n_outcome, n_mediators = outcome_design.shape[1], data.n_mediators
    mediators = list(range(2, 2 + n_mediators))
    response = [n_outcome]
    predictors = [0, 1, *range(n_outcome - data.covariates.shape[1], n_outcome)]
    # Centred and scaled columns keep the normal equations well conditioned.
    Z, location, spread = standardise(np.column_stack([outcome_design, data.y]))
    upper = np.triu_indices(n_outcome + 1)
    moments = np.empty((n_outcome + 1, n_outcome + 1, len(weights)))
    moments[upper] = (Z[:, upper[0]] * Z[:, upper[1]]).T @ weights.T
    moments[upper[1], upper[0]] = moments[upper]
    total = moments.diagonal().T.copy()
    solvable = np.ones(len(weights), bool)

    def regress(on: list[int], of: list[int], new: list[int]) -> Array:
        """Sweep `new` predictors into the regression and give its coefficients, (of, on, B)."""
        for column in new:
            pivot = moments[column, column].copy()
            # What is left of a predictor's sum of squares: 0 where the others determine it.
            np.logical_and(solvable, pivot > 1e-10 * total[column], out=solvable)
            pivot[~solvable] = 1.0
            row = moments[column] / pivot
            moments[:] -= moments[column][:, None] * row
            moments[column] = moments[:, column] = row
            moments[column, column] = -1 / pivot
        raw = moments[np.ix_(of, on)]
        raw *= spread[of][:, None, None] / spread[on][:, None]
        raw[:, 0] += location[of][:, None]
        raw[:, 0] -= np.einsum("jpb,p->jb", raw[:, 1:], location[on[1:]])
        raw[..., ~solvable] = np.nan
        return raw

    mediator = np.moveaxis(regress(predictors, mediators, predictors), -1, 0)
    if data.outcome == "linear":
        later = [column for column in range(n_outcome) if column not in predictors]
        outcome = regress(list(range(n_outcome)), response, later)[0].T
        return Coefficients(mediator, outcome, data.interaction)
    coef, converged = fisher_scoring(outcome_design, data.y, weights, data.outcome)
    residual = moments[np.ix_(mediators, mediators)] / (weights.sum(1) - len(predictors))
    residual *= np.outer(spread[mediators], spread[mediators])[..., None]
    return Coefficients(
        mediator,
        np.where(converged[:, None], coef, np.nan),
        data.interaction,
        np.moveaxis(residual, -1, 0),
    )


def resample_counts(data: MediationData, n_draws: int, rng: np.random.Generator) -> Iterator[Array]:
    """Yield blocks of bootstrap counts, shape (block, n): whole clusters where there are any.

    A row's count is the same in both models, so cases are resampled jointly.
    """
    units = data.n_clusters or data.n_obs
    block = max(1, _BLOCK_WEIGHTS // data.n_obs)
    for start in range(0, n_draws, block):
        size = min(block, n_draws - start)
        drawn = rng.integers(units, size=(size, units))
        drawn += (np.arange(size) * units)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units)
        if data.cluster is not None:
            counts = counts[:, data.cluster]
        yield counts.astype(float)


def leave_one_out(data: MediationData) -> Iterator[Array]:
    """Yield blocks of weights that leave out one row, or one cluster where there are any."""
    n = data.n_obs
    codes = np.arange(n) if data.cluster is None else data.cluster
    units = int(codes.max()) + 1
    block = max(1, _BLOCK_WEIGHTS // n)
    for start in range(0, units, block):
        left_out = np.arange(start, min(start + block, units))
        yield (codes != left_out[:, None]).astype(float)


def drop_failed(draws: Coefficients, what: str) -> tuple[Coefficients, tuple[str, ...]]:
    """Leave out draws in which a model could not be fitted, and say how many.

    Raises
    ------
    InputError
        Where more than one draw in five failed: what is left would not be the bootstrap's
        distribution any more.
    """
    ok: NDArray[np.bool_] = np.isfinite(draws.mediator.sum((1, 2)) + draws.outcome.sum(1))
    failed = int((~ok).sum())
    if not failed:
        return draws, ()
    if failed > 0.2 * len(ok):
        raise InputError(
            f"In {failed} of {len(ok)} {what} a model could not be fitted (a predictor was "
            "constant, collinear or separated the outcome). Use method='quasi-bayesian', or "
            "fewer covariates."
        )
    return draws[ok], (f"{failed} of {len(ok)} {what} could not be fitted and were left out.",)


# --- the methods -----------------------------------------------------------------------------


def quasi_bayesian(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Draw coefficients from their estimated sampling distribution.

    The quasi-Bayesian Monte Carlo approximation of Imai, Keele & Tingley (2010,
    doi:10.1037/a0020761), with these covariances:

    - classical or HC3: the two models are drawn independently; parallel mediators share one
      design, so their coefficients are drawn together with the residuals' covariance;
    - ``cluster``: both models are drawn together from the cluster-robust covariance of the
      stacked scores (Stata's CR1 factor ``G/(G-1) (n-1)/(n-p)``), because the errors of a
      cluster's members connect the models;
    - ``small_sample``: the residual variance is drawn too, which makes the coefficients
      multivariate t with n - p degrees of freedom, each model with its own; with ``cluster``,
      the leave-one-cluster-out jackknife covariance CR3 and G - 1 degrees of freedom
      (Bell & McCaffrey 2002; MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969).
    """
    mediators = [fit_linear(data.mediator_design, column) for column in data.m.T]
    outcome = fit_outcome(data)
    residual_cov = _residual_covariance(data, mediators)
    estimate = Coefficients(
        np.stack([fit.coef for fit in mediators]), outcome.coef, data.interaction, residual_cov
    )
    fits = [*mediators, outcome]
    total = fit_outcome(data, total=True)
    n_mediator = data.n_mediators * len(mediators[0].coef)
    center = np.concatenate([fit.coef for fit in fits])
    n_draws, p_m = settings.n_draws, len(mediators[0].coef)
    # Intercepts come last, so that a shift of a variable leaves the draws of the slopes alone.
    rows = np.arange(len(center))
    is_intercept = (rows == n_mediator) | ((rows < n_mediator) & (rows % p_m == 0))
    rows = np.concatenate([rows[~is_intercept], rows[is_intercept]])
    if data.cluster is not None:
        covariance = _cluster_covariance(data, fits, settings.small_sample)
        total_cov = _cluster_covariance(data, [total], settings.small_sample)
        parts = [(rows, data.n_clusters - 1)]
    else:
        if settings.vcov == "classical":
            mediator_cov = np.kron(residual_cov, mediators[0].bread)
        else:
            mediator_cov = _hc3_mediators(mediators)
        covariance = np.zeros((len(center), len(center)))
        covariance[:n_mediator, :n_mediator] = mediator_cov
        covariance[n_mediator:, n_mediator:] = outcome.covariance(settings.vcov)
        total_cov = total.covariance(settings.vcov)
        parts = [
            (rows[rows < n_mediator], mediators[0].df_resid),
            (rows[rows >= n_mediator], outcome.df_resid),
        ]
    draws = np.empty((len(center), n_draws))
    for part, df in parts:
        draws[part] = _draw(
            center[part],
            covariance[np.ix_(part, part)],
            df if settings.small_sample else None,
            n_draws,
            rng,
        )
    se = np.sqrt(np.diag(covariance))
    mediator_draws = draws[:n_mediator].reshape(data.n_mediators, -1, n_draws)
    return Fit(
        estimate,
        Coefficients(
            np.moveaxis(mediator_draws, -1, 0),
            draws[n_mediator:].T,
            data.interaction,
            np.broadcast_to(residual_cov, (n_draws, *residual_cov.shape)),
        ),
        se[:n_mediator].reshape(data.n_mediators, -1),
        se[n_mediator:],
        (float(total.coef[1]), float(np.sqrt(total_cov[1, 1]))),
        covariance=covariance,
    )


def bootstrap(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Resample rows (or whole clusters), refit both models, keep the percentile interval.

    Percentile intervals are the default bootstrap (Tibbe & Montoya 2022,
    doi:10.3389/fpsyg.2022.810258). Standard errors are the draws' standard deviations.
    """
    drawn = [weighted_coefficients(data, w) for w in resample_counts(data, settings.n_draws, rng)]
    draws, notes = drop_failed(stack(drawn), "resamples")
    return bootstrap_fit(data, least_squares_estimate(data), draws, notes)


def bootstrap_bca(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """`bootstrap` with bias-corrected and accelerated intervals (Efron 1987).

    The bias is taken from the draws on either side of the plug-in estimate, the acceleration
    from the jackknife over rows, or over clusters (doi:10.1080/01621459.1987.10478410).
    """
    fit = bootstrap(data, settings, rng)
    jackknife = stack([weighted_coefficients(data, weights) for weights in leave_one_out(data)])
    jackknife, notes = drop_failed(jackknife, "jackknife samples")
    return replace(fit, interval="bca", jackknife=jackknife, notes=fit.notes + notes)


def least_squares_estimate(data: MediationData) -> Coefficients:
    """Fit both models to the sample itself."""
    mediators = [fit_linear(data.mediator_design, column) for column in data.m.T]
    return Coefficients(
        np.stack([fit.coef for fit in mediators]),
        fit_outcome(data).coef,
        data.interaction,
        _residual_covariance(data, mediators),
    )


def _residual_covariance(data: MediationData, mediators: list[ModelFit]) -> Array:
    """Residual covariance of the mediators with divisor n - p, shape (k, k)."""
    fitted = data.mediator_design @ np.stack([fit.coef for fit in mediators]).T
    residuals = data.m - fitted
    return residuals.T @ residuals / mediators[0].df_resid


def bootstrap_fit(
    data: MediationData,
    estimate: Coefficients,
    draws: Coefficients,
    notes: tuple[str, ...] = (),
    extra: Mapping[str, Any] | None = None,
) -> Fit:
    """Make a `Fit` from an estimate and bootstrap draws of both models' coefficients.

    In a linear outcome model without interaction path c is c' plus the sum of the a*b; elsewhere
    it is the slope of y on x in the model without the mediators.
    """
    if data.outcome == "linear" and not data.interaction:
        total = estimate.c_prime + (estimate.a * estimate.b).sum(-1)
        total_se = (draws.c_prime + (draws.a * draws.b).sum(-1)).std(ddof=1)
    else:
        fit = fit_outcome(data, total=True)
        total, total_se = fit.coef[1], np.sqrt(fit.covariance("HC3")[1, 1])
    return Fit(
        estimate,
        draws,
        draws.mediator.std(0, ddof=1),
        draws.outcome.std(0, ddof=1),
        (float(total), float(total_se)),
        notes=notes,
        extra=extra or {},
    )


def _draw(
    center: Array, covariance: Array, df: int | None, n_draws: int, rng: np.random.Generator
) -> Array:
    """Draw coefficients around `center` from a normal, or with `df` a multivariate t.

    Returns shape (p, n_draws): all draws of one coefficient are next to each other in memory. The
    covariance may be singular (six clusters, seven coefficients); a root of the correlations by
    Cholesky, with signs from `center`, makes equal seeds give equal effects whatever the units and
    the signs of the variables.
    """
    sd = np.sqrt(np.maximum(np.diag(covariance), 0))
    scale = np.where(sd > 0, sd, 1)
    correlation = covariance / np.outer(scale, scale)
    root = np.linalg.cholesky(correlation + 1e-10 * np.eye(len(sd))) * sd[:, None]
    draws: Array = (root * np.where(center < 0, -1, 1)) @ rng.standard_normal((len(sd), n_draws))
    if df is not None:
        draws *= np.sqrt(df / rng.chisquare(df, n_draws))
    return draws + center[:, None]


def _hc3_mediators(fits: list[ModelFit]) -> Array:
    """HC3 covariance of all mediator models' coefficients together."""
    for fit in fits:
        fit.covariance("HC3")  # raises where it is not defined
    influence = np.hstack([(f.scores / (1 - f.leverage)[:, None]) @ f.bread for f in fits])
    return influence.T @ influence


def _cluster_covariance(data: MediationData, fits: list[ModelFit], small_sample: bool) -> Array:
    """Cluster-robust covariance of stacked models: CR1, or the jackknife CR3."""
    assert data.cluster is not None
    n, n_clusters = data.n_obs, data.n_clusters
    if small_sample:
        return _cr3(data, total_only=len(fits) == 1)
    rows = []
    for fit in fits:
        factor = n_clusters / (n_clusters - 1) * (n - 1) / fit.df_resid
        sums = np.zeros((n_clusters, fit.scores.shape[1]))
        np.add.at(sums, data.cluster, fit.scores)
        rows.append(np.sqrt(factor) * sums @ fit.bread)
    influence = np.hstack(rows)
    return influence.T @ influence


def _cr3(data: MediationData, total_only: bool) -> Array:
    """Jackknife covariance ``(G-1)/G sum (coef without g - coef)^2`` over clusters g."""
    weights = np.concatenate(list(leave_one_out(data)))
    if total_only:
        X = data.mediator_design
        left_out = np.stack([np.linalg.lstsq(X[w > 0], data.y[w > 0])[0] for w in weights])
        full = fit_linear(X, data.y).coef
    else:
        coefficients = weighted_coefficients(data, weights)
        left_out = np.column_stack(
            [coefficients.mediator.reshape(len(weights), -1), coefficients.outcome]
        )
        estimate = least_squares_estimate(data)
        full = np.concatenate([estimate.mediator.ravel(), estimate.outcome])
    if not np.isfinite(left_out).all():
        group = int(np.flatnonzero(~np.isfinite(left_out).all(1))[0])
        raise InputError(
            f"The small-sample correction leaves out each cluster in turn, but without cluster "
            f"number {group + 1} a model cannot be fitted: a covariate varies only there."
        )
    deviations = left_out - full
    return (len(weights) - 1) / len(weights) * deviations.T @ deviations


def latent(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Correct the mediation for the sampling error of each dyad's correlation.

    The mediator is the column of correlations; the effects are per unit of atanh of the true
    correlation, with the posterior of `dyadsync.latent.fit.latent_mediation`. ``extra["naive"]`` is
    the quasi-Bayesian fit on atanh(r), which ignores the error.
    """
    from dyadsync.latent.fit import latent_mediation
    from dyadsync.synchrony import fisher_z

    r = data.m[:, 0]
    assert data.n_sessions is not None
    fit = latent_mediation(
        r, data.n_sessions, data.x, data.y, data.covariates, n_draws=settings.n_draws, rng=rng
    )
    naive = replace(data, m=fisher_z(r, data.n_sessions)[:, None])
    return Fit(
        Coefficients(fit.mediator[None], fit.outcome),
        Coefficients(fit.mediator_draws[:, None], fit.outcome_draws),
        fit.mediator_se[None],
        fit.outcome_se,
        fit.total,
        notes=fit.notes,
        extra={"naive": quasi_bayesian(naive, settings, rng)},
    )


ESTIMATORS: dict[str, Estimator] = {
    "quasi-bayesian": quasi_bayesian,
    "bootstrap": bootstrap,
    "bootstrap-bca": bootstrap_bca,
    "robust": robust_mediation,
    "robust-bca": robust_bca_mediation,
    "huber": huber_mediation,
    "median": median_mediation,
    "latent": latent,
}
