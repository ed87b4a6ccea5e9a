"""How strong unmeasured confounders would have to be: of mediator and outcome, and of the cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import check_level
from dyadsync.errors import InputError
from dyadsync.intervals import standard_error_interval
from dyadsync.mediation.sample import MediationData, prepare
from dyadsync.printed import Printed, written
from dyadsync.regression.linear import fit_linear


@dataclass(frozen=True, repr=False)
class SensitivityResult(Printed):
    """What `sensitivity` found."""

    rho_at_zero: float
    """Residual correlation of mediator and outcome at which the ACME would be 0."""
    table: pd.DataFrame
    """One row per value of rho: ``rho acme ci_lower ci_upper r2_residual r2_total``."""
    benchmarks: pd.DataFrame
    """One row per covariate: ``r2_mediator r2_outcome rho``, a confounder as strong as it is."""
    paths: pd.DataFrame
    """One row per pair that a confounder may join: ``path estimate robustness_value
    robustness_value_ci``."""
    e_value: float
    """Smallest association, as a risk ratio, that would explain the ACME away."""
    e_value_ci: float
    """The same for the end of its interval that is nearer to 0; 1 where that contains 0."""
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

    @property
    def rho_at_zero_ci(self) -> float:
        """The rho of the table nearest to 0 at which the interval contains 0."""
        rho = self.table.query("ci_lower <= 0 <= ci_upper")["rho"]
        return float(min(rho, key=abs, default=self.rho_at_zero))

    def benchmarks_in_words(self) -> str:
        """Say how the strongest observed covariate compares with what would undo the effect."""
        if not len(self.benchmarks):
            return "There is no observed covariate to compare with."
        name = self.benchmarks["rho"].idxmax()
        largest = self.benchmarks.loc[name, "rho"]
        needed = abs(self.rho_at_zero)
        compared = (
            "enough to undo" if largest >= needed else f"less than the {needed:.2f} that undoes"
        )
        return (
            f"A hidden cause as strong as the strongest observed covariate, {name}, would make "
            f"ρ = {largest:.2f}, {compared} the estimate."
        )

    def _title(self) -> str:
        return f"Sensitivity of the ACME of {self.x} -> {self.m} -> {self.y} (n = {self.n_obs})"

    def _shown(self) -> pd.DataFrame:
        return written(self.benchmarks if len(self.benchmarks) else self.table, 3)

    def _text(self) -> str:
        compared = "; the table has confounders as strong as an observed covariate"
        return (
            f"The ACME is 0 where the residuals of {self.m} and {self.y} correlate by rho = "
            f"{self.rho_at_zero:.3f}. A confounder would have to explain shares of the two "
            f"residual variances whose product is {self.r2_residual_at_zero:.3f} (of the total "
            f"variances: {self.r2_total_at_zero:.3f}){compared if len(self.benchmarks) else ''}."
        )


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

    which is 0 at rho = r. The band is the delta method on a and on the covariance of those
    residuals, with quantiles of t. It is wider than that of R's ``medsens``, which takes the
    residual standard deviations as known and so covers less the further rho is from 0.

    Confounders of the cause are covered, too. ``paths`` has the robustness value of each path
    (Cinelli & Hazlett 2020, doi:10.1111/rssb.12348): the share of the residual variance of both of
    its variables that a confounder would have to explain to make it 0, or to let its interval
    reach 0. The mediational E-value (Smith & VanderWeele 2019, doi:10.1097/EDE.0000000000001064)
    is the association that a confounder would need with both, on the scale of risk ratios, to
    explain the ACME away; a linear outcome's ratio is taken as ``exp(0.91 d)``, d the ACME in
    standard deviations of the outcome.

    Parameters
    ----------
    data : DataFrame
        One row per dyad.
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
    grid = np.arange(-95, 96) / 100
    if rho is not None:
        grid = np.asarray(rho)
        grid = grid.astype(float) if np.issubdtype(grid.dtype, np.number) else np.empty(0)
    if grid.ndim != 1 or not len(grid) or not (np.abs(grid) < 1).all():
        raise InputError("rho must be a list of correlations between -1 and 1, both excluded.")
    confidence_level = check_level(confidence_level)
    if isinstance(m, (list, tuple)):
        raise InputError("sensitivity takes one mediator; name one column as m.")
    sample, _, _ = prepare(data, x, [m], y, covariates=covariates)
    if sample.x.ndim > 1:
        raise InputError(
            f"Column '{x}' holds text or categories, but sensitivity needs a cause in numbers."
        )
    X_m, X_y, mediator = sample.mediator_design, sample.outcome_design, sample.m[:, 0]
    fit = fit_linear(X_m, mediator)
    for response, design, values in ((m, X_m, mediator), (y, X_y, sample.y)):
        if fit_linear(design, values).residuals.std() <= 1e-10 * values.std():
            raise InputError(
                f"The model fits '{response}' exactly, so no error is left that a confounder could "
                "explain; sensitivity has no meaning here."
            )
    e_m, e_y = fit.residuals, fit_linear(X_m, sample.y).residuals
    r = float(e_m @ e_y / np.sqrt((e_m @ e_m) * (e_y @ e_y)))
    df = sample.n_obs - X_y.shape[1]
    a, variance_a = fit.coef[1], fit.covariance("classical")[1, 1]
    # The last value of rho, 0, is that of the analysis itself, of which the E-values are.
    b, variance_b = _path_b(np.cov(e_m, e_y, ddof=X_m.shape[1]), df, np.append(grid, 0.0))
    errors = np.sqrt(b**2 * variance_a + a**2 * variance_b)
    acme = a * b
    low, high = standard_error_interval(acme, errors, confidence_level, df)
    nearest = 0.0 if low[-1] * high[-1] < 0 else min(low[-1], high[-1], key=abs)
    per_sd = 0.91 / sample.y.std(ddof=1)
    r2_mediator = 1 - float(e_m @ e_m) / float(((mediator - mediator.mean()) ** 2).sum())
    e_outcome = fit_linear(X_y, sample.y).residuals
    r2_outcome = 1 - float(e_outcome @ e_outcome) / float(((sample.y - sample.y.mean()) ** 2).sum())
    table = pd.DataFrame(
        {
            "rho": grid,
            "acme": acme[:-1],
            "ci_lower": low[:-1],
            "ci_upper": high[:-1],
            "r2_residual": grid**2,
            "r2_total": grid**2 * (1 - r2_mediator) * (1 - r2_outcome),
        }
    )
    return SensitivityResult(
        r,
        table,
        _benchmarks(sample, covariates),
        _path_robustness(sample, confidence_level),
        e_value(np.exp(per_sd * acme[-1])),
        e_value(np.exp(per_sd * nearest)),
        r2_mediator,
        r2_outcome,
        confidence_level,
        x,
        m,
        y,
        sample.n_obs,
    )


def e_value(risk_ratio: float) -> float:
    """Give the E-value of a risk ratio (VanderWeele & Ding 2017, doi:10.7326/M16-2607).

    Examples
    --------
    >>> round(e_value(3.9), 2), round(e_value(1 / 3.9), 2)
    (7.26, 7.26)
    """
    ratio = max(risk_ratio, 1 / risk_ratio)
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def robustness_value(t: float, df: int, alpha: float | None = None) -> float:
    """Give the partial R squared with both variables at which an effect, or its interval, is 0.

    Parameters
    ----------
    t : float
        The effect divided by its standard error.
    df : int
        Residual degrees of freedom.
    alpha : float, optional
        Level of the test whose interval should reach 0.

    Examples
    --------
    >>> round(robustness_value(4.18445, 783), 3), round(robustness_value(4.18445, 783, 0.05), 3)
    (0.139, 0.076)
    """
    from scipy.special import stdtrit

    f = abs(t) / np.sqrt(df)
    if alpha is not None:
        f -= stdtrit(df - 1, 1 - alpha / 2) / np.sqrt(df - 1)
    return 0.0 if f <= 0 else float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2)


def _path_robustness(sample: MediationData, confidence_level: float) -> pd.DataFrame:
    """Robustness values of the paths, by the pair of variables that a confounder may join."""
    X, outcome = sample.mediator_design, fit_linear(sample.outcome_design, sample.y)
    (x,), (m,), (y,) = (sample.names[part] for part in "xmy")
    fits = [
        (f"{x} and {m}", "a", fit_linear(X, sample.m[:, 0]), 1),
        (f"{m} and {y}", "b", outcome, 2),
        (f"{x} and {y}", "c", fit_linear(X, sample.y), 1),
    ]
    rows = {}
    for pair, path, fit, place in fits:
        t = fit.coef[place] / np.sqrt(fit.covariance("classical")[place, place])
        values = [robustness_value(t, fit.df_resid, a) for a in (None, 1 - confidence_level)]
        rows[pair] = (path, float(fit.coef[place]), *values)
    columns = ["path", "estimate", "robustness_value", "robustness_value_ci"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _path_b(residual_cov: Array, df: int, rho: Array) -> tuple[Array, Array]:
    """Path b at each rho and its variance, from the covariance S of the residuals.

    S is that of the residuals of ``m ~ x + c`` and ``y ~ x + c``, and
    ``b(rho) = (s12 - rho sqrt(det S / (1 - rho^2))) / s22``, s22 the variance of m's. With normal
    errors S is independent of path a and follows a Wishart distribution, so
    ``cov(s_ij, s_kl) = (s_ik s_jl + s_il s_jk) / df``. At rho = 0 both are those of least squares.
    """
    (s22, s12), (_, s11) = residual_cov
    root = np.sqrt(s11 * s22 - s12**2)
    k = rho / np.sqrt(1 - rho**2)
    b = (s12 - k * root) / s22
    # Derivatives of b by s22, s12 and s11.
    d22 = -(k * s11 / (2 * root) + b) / s22
    d12 = (1 + k * s12 / root) / s22
    d11 = -k / (2 * root)
    variance = (
        2 * (d22 * s22) ** 2
        + d12**2 * (s11 * s22 + s12**2)
        + 2 * (d11 * s11) ** 2
        + 4 * d22 * d12 * s22 * s12
        + 4 * d22 * d11 * s12**2
        + 4 * d12 * d11 * s12 * s11
    ) / df
    return b, variance


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
            full, reduced = (fit_linear(X, response).residuals for X in (design, without))
            shares.append(1 - float(full @ full) / float(reduced @ reduced))
        rows[name] = [*shares, float(np.sqrt(shares[0] * shares[1]))]
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["r2_mediator", "r2_outcome", "rho"]
    )
