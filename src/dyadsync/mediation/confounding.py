"""How strong an unmeasured confounder of mediator and outcome would have to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import check_level
from dyadsync.errors import InputError
from dyadsync.mediation.intervals import standard_error_interval
from dyadsync.mediation.sample import MediationData, prepare
from dyadsync.regression.linear import fit_linear

__all__ = ["SensitivityResult", "sensitivity"]


@dataclass(frozen=True)
class SensitivityResult:
    """What `sensitivity` found."""

    rho_at_zero: float
    """Residual correlation of mediator and outcome at which the ACME would be 0."""
    table: pd.DataFrame
    """One row a value of rho: ``rho acme ci_lower ci_upper r2_residual r2_total``."""
    benchmarks: pd.DataFrame
    """One row a covariate: ``r2_mediator r2_outcome rho``, a confounder as strong as it is."""
    r2_mediator: float
    """R squared of the mediator model."""
    r2_outcome: float
    """R squared of the outcome model."""
    confidence_level: float
    x: str
    m: str
    y: str
    n_obs: int

    @property
    def r2_residual_at_zero(self) -> float:
        """Product of the shares of residual variance a confounder would have to explain."""
        return self.rho_at_zero**2

    @property
    def r2_total_at_zero(self) -> float:
        """Product of the shares of total variance a confounder would have to explain."""
        return self.rho_at_zero**2 * (1 - self.r2_mediator) * (1 - self.r2_outcome)

    def benchmarks_in_words(self) -> str:
        """Say how the strongest observed covariate compares with what would undo the effect."""
        if not len(self.benchmarks):
            return "There is no observed covariate to compare with."
        name = self.benchmarks["rho"].idxmax()
        largest = self.benchmarks.loc[name, "rho"]
        enough = "enough" if largest >= abs(self.rho_at_zero) else "less than would be needed"
        return (
            f"A hidden cause as strong as the strongest observed covariate, {name}, would make "
            f"ρ = {largest:.2f}, which is {enough}."
        )

    def __repr__(self) -> str:
        lines = [
            f"Sensitivity of the ACME of {self.x} -> {self.m} -> {self.y} (n = {self.n_obs})",
            f"The ACME is 0 where the residuals of {self.m} and {self.y} correlate by rho = "
            f"{self.rho_at_zero:.3f}.",
            "A confounder would have to explain shares of the two residual variances whose "
            f"product is {self.r2_residual_at_zero:.3f} (of the total variances: "
            f"{self.r2_total_at_zero:.3f}).",
        ]
        if len(self.benchmarks):
            lines += ["As strong as an observed covariate:", self.benchmarks.round(3).to_string()]
        return "\n".join(lines)


def sensitivity(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    *,
    covariates: Sequence[str] = (),
    rho: Sequence[float] | Array | None = None,
    confidence_level: float = 0.95,
) -> SensitivityResult:
    """Ask how the ACME of linear models changes under unmeasured confounding.

    A confounder of m and y makes the errors of the two models correlate by rho, which the data
    cannot show. For each rho the ACME has a closed form (Imai, Keele & Yamamoto 2010,
    doi:10.1214/10-STS321, theorem 4): with r the correlation of the residuals of ``m ~ x + c``
    and ``y ~ x + c``, and s1, s2 the residual standard deviations of y and m,

    ``ACME(rho) = a s1 / s2 (r - rho sqrt((1 - r^2) / (1 - rho^2)))``,

    which is 0 at rho = r. The band is the delta method on (a, b) from generalised least squares
    of both equations with the errors' correlation held at rho.

    Parameters
    ----------
    data : DataFrame
        One row a dyad.
    x, m, y : str
        Columns of the cause, the one mediator and the outcome.
    covariates : list of str
        As for `mediate`.
    rho : array, optional
        Values of rho, each between -1 and 1; by default -0.95 to 0.95 by 0.01.
    confidence_level : float
        Coverage of the pointwise band.

    Returns
    -------
    SensitivityResult
        Its ``benchmarks`` say how strong a confounder would be that explained as much of the
        mediator and of the outcome as an observed covariate does (partial R squared given the
        other predictors): it would make rho as large as the square root of their product.

    Raises
    ------
    InputError
        As `mediate`, and for rho outside (-1, 1).

    Examples
    --------
    >>> import pingouin
    >>> result = sensitivity(pingouin.read_dataset("mediation"), "X", "M", "Y")
    >>> round(result.rho_at_zero, 10)
    0.5401398738
    """
    grid = np.round(np.arange(-0.95, 0.951, 0.01), 2) if rho is None else np.asarray(rho, float)
    if grid.ndim != 1 or not (np.abs(grid) < 1).all():
        raise InputError("rho must be a list of correlations between -1 and 1, both excluded.")
    confidence_level = check_level(confidence_level)
    if not isinstance(m, str):
        raise InputError("sensitivity takes one mediator; name one column as m.")
    sample, _, _ = prepare(data, x, [m], y, covariates=covariates)
    X_m, X_y, mediator = sample.mediator_design, sample.outcome_design, sample.m[:, 0]
    a = fit_linear(X_m, mediator).coef[1]
    e_m, e_y = _residuals(X_m, mediator), _residuals(X_m, sample.y)
    for response, design, values in ((m, X_m, mediator), (y, X_y, sample.y)):
        if _residuals(design, values).std() <= 1e-10 * values.std():
            raise InputError(
                f"The model fits '{response}' exactly, so no error is left that a confounder could "
                "explain; sensitivity has no meaning here."
            )
    r = float(e_m @ e_y / np.sqrt((e_m @ e_m) * (e_y @ e_y)))
    ratio = np.sqrt((e_y @ e_y) / (e_m @ e_m))
    acme = a * ratio * (r - grid * np.sqrt((1 - r**2) / (1 - grid**2)))
    errors = _standard_errors(X_m, X_y, mediator, sample.y, grid)
    low, high = standard_error_interval(acme, errors, confidence_level)
    r2_mediator = 1 - float(e_m @ e_m) / float(((mediator - mediator.mean()) ** 2).sum())
    e_outcome = _residuals(X_y, sample.y)
    r2_outcome = 1 - float(e_outcome @ e_outcome) / float(((sample.y - sample.y.mean()) ** 2).sum())
    table = pd.DataFrame(
        {
            "rho": grid,
            "acme": acme,
            "ci_lower": low,
            "ci_upper": high,
            "r2_residual": grid**2,
            "r2_total": grid**2 * (1 - r2_mediator) * (1 - r2_outcome),
        }
    )
    return SensitivityResult(
        r,
        table,
        _benchmarks(sample, covariates),
        r2_mediator,
        r2_outcome,
        confidence_level,
        x,
        m,
        y,
        sample.n_obs,
    )


def _residuals(X: Array, y: Array) -> Array:
    residuals: Array = y - X @ fit_linear(X, y).coef
    return residuals


def _standard_errors(X_m: Array, X_y: Array, m: Array, y: Array, grid: Array) -> Array:
    """Delta-method standard errors of a*b at each rho, by feasible generalised least squares.

    Both equations are fitted together with error covariance ``S = D [[1, rho], [rho, 1]] D``, D
    the standard deviations (divisor n - 1) of the last round's residuals, until these settle;
    all values of rho at once.
    """
    p_m, p_y = X_m.shape[1], X_y.shape[1]
    designs = [X_m, X_y]
    products = [[left.T @ right for right in designs] for left in designs]
    with_response = [[left.T @ response for response in (m, y)] for left in designs]
    slices = [slice(0, p_m), slice(p_m, p_m + p_y)]
    sd = np.stack([np.full(len(grid), _residuals(X_m, m).std(ddof=1)),
                   np.full(len(grid), _residuals(X_y, y).std(ddof=1))])  # fmt: skip
    for _ in range(1000):
        # Inverse of S for every rho, shape (len(grid), 2, 2).
        scale = 1 / (1 - grid**2)
        inverse = np.empty((len(grid), 2, 2))
        inverse[:, 0, 0] = scale / sd[0] ** 2
        inverse[:, 1, 1] = scale / sd[1] ** 2
        inverse[:, 0, 1] = inverse[:, 1, 0] = -grid * scale / (sd[0] * sd[1])
        information = np.empty((len(grid), p_m + p_y, p_m + p_y))
        right = np.zeros((len(grid), p_m + p_y))
        for j in (0, 1):
            for k in (0, 1):
                weight = inverse[:, j, k]
                information[:, slices[j], slices[k]] = weight[:, None, None] * products[j][k]
                right[:, slices[j]] += weight[:, None] * with_response[j][k]
        coef = np.linalg.solve(information, right[..., None])[..., 0]
        new = np.stack([
            (m - coef[:, slices[0]] @ X_m.T).std(axis=1, ddof=1),
            (y - coef[:, slices[1]] @ X_y.T).std(axis=1, ddof=1),
        ])  # fmt: skip
        settled = np.abs(new / sd - 1).max() < 1e-10
        sd = new
        if settled:
            break
    covariance = np.linalg.inv(information)
    i, j = 1, p_m + 2
    a, b = coef[:, i], coef[:, j]
    # The covariance of a and b is 0: m's residuals, on which b rests, are orthogonal to X_m.
    return np.sqrt(b**2 * covariance[:, i, i] + a**2 * covariance[:, j, j])


def _benchmarks(sample: MediationData, covariates: Sequence[str]) -> pd.DataFrame:
    """Partial R squared of each covariate with mediator and outcome, given all else."""
    rows = {}
    terms = sample.names["covariates"]
    for name in covariates:
        columns = [j for j, term in enumerate(terms) if term == name or term.startswith(f"{name}[")]
        shares = []
        for design, response in [
            (sample.mediator_design, sample.m[:, 0]),
            (sample.outcome_design, sample.y),
        ]:
            first = design.shape[1] - len(terms)
            without = np.delete(design, [first + j for j in columns], axis=1)
            full, reduced = _residuals(design, response), _residuals(without, response)
            shares.append(1 - float(full @ full) / float(reduced @ reduced))
        rows[name] = [*shares, float(np.sqrt(shares[0] * shares[1]))]
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["r2_mediator", "r2_outcome", "rho"]
    )
