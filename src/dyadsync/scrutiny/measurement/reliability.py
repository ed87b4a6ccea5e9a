"""How well a dyad's synchrony measures its true value, and what that leaves of a mediation."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_choice, check_level, check_share
from dyadsync.errors import InputError
from dyadsync.printed import Printed, written
from dyadsync.scrutiny.measurement.density import fisher_z_log_density
from dyadsync.scrutiny.measurement.true_synchrony import (
    ZETA,
    Moments,
    likelihood_region,
    moments,
    nonparametric_masses,
    normal_masses,
)
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.measures import fisher_z, require_pearson


@dataclass(frozen=True, repr=False)
class Reliability(Printed):
    """How well synchrony is measured, and what that does to a mediation (see `reliability`).

    Attributes
    ----------
    table : DataFrame
        One row per number of pairs: ``n_sessions reliability ci_lower ci_upper reliability_npmle
        attenuation_a attenuation_b attenuation_ab``.
    summary : DataFrame
        One row per quantity, for the numbers of pairs that the dyads have: ``quantity estimate
        ci_lower ci_upper``.
    distribution : DataFrame
        True synchrony as deconvolved: ``rho``, its density under the normal model (``density``)
        and the probability masses of the nonparametric estimate (``npmle``).
    reliability, ci_lower, ci_upper : float
        Squared correlation of synchrony with its true value, over the dyads' own numbers of pairs.
    mean_z, sd_z, sd_rho : float
        True synchrony: mean and SD on the scale of atanh(rho), SD on the scale of rho.
    p_value : float
        Likelihood-ratio test that the dyads do not differ in true synchrony (sd_z = 0).
    sessions_needed : float
        Fewest pairs with a reliability of ``target``; inf where no number reaches it.
    target, confidence_level : float
        As asked for.
    n_dyads : int
        Dyads with a synchrony.
    reason : str
        Why there is no estimate, else empty.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    distribution: pd.DataFrame
    reliability: float
    ci_lower: float
    ci_upper: float
    mean_z: float
    sd_z: float
    sd_rho: float
    p_value: float
    sessions_needed: float
    target: float
    confidence_level: float
    n_dyads: int
    reason: str = ""

    @property
    def left(self) -> pd.Series:
        """What is left of the slopes ``a``, ``b`` and ``ab`` on average; NaN where not known."""
        return pd.Series({path: self._row(_LEFT.format(path))[0] for path in ("a", "b", "ab")})

    def in_words(self) -> str:
        """Give the reliability with its interval, or say why it is not known."""
        if not np.isfinite(self.reliability):
            return f"not known ({self.reason})"
        level = f"{100 * self.confidence_level:.10g} %"
        return (
            f"estimated as {self.reliability:z.2f} "
            f"({level} interval {self.ci_lower:z.2f} to {self.ci_upper:z.2f})"
        )

    def differ_in_words(self) -> str:
        """Say whether dyads differ in true synchrony, by `p_value` at the 5 % level."""
        if not np.isfinite(self.p_value):
            return "it is not known whether dyads differ in true synchrony"
        p = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.3f}"
        verb = "differ" if self.p_value < 0.05 else "cannot be shown to differ"
        return f"dyads {verb} in true synchrony at the 5 % level ({p})"

    def sessions_in_words(self) -> str:
        """Say how many sessions a reliability of `target` takes, with the interval."""
        goal = f"for a reliability of {self.target:g}"
        needed, fewest, most = self._row(_SESSIONS.format(self.target))
        if np.isnan(needed):
            return f"it is not known how many sessions are needed {goal}"
        upper = shown_sessions(most) if np.isfinite(most) else "no upper end"
        interval = f" (interval {shown_sessions(fewest)} to {upper})" if np.isfinite(fewest) else ""
        if np.isinf(needed):
            return f"no number of sessions is enough {goal}{interval}"
        return f"{shown_sessions(needed)} sessions are needed {goal}{interval}"

    def left_in_words(self) -> str:
        """Say what is left of the paths, and of the indirect effect, on average."""
        a, b, ab = (f"{v:.2f}" if np.isfinite(v) else "an unknown share" for v in self.left)
        return f"{a} of path a, {b} of path b and {ab} of the indirect effect"

    def _row(self, quantity: str) -> tuple[float, float, float]:
        """Estimate and interval of a quantity of the summary; NaN where it has none."""
        rows = self.summary[self.summary["quantity"] == quantity]
        if not len(rows):
            return np.nan, np.nan, np.nan
        estimate, lower, upper = rows[["estimate", "ci_lower", "ci_upper"]].iloc[0]
        return float(estimate), float(lower), float(upper)

    def _shown(self) -> pd.DataFrame:
        return written(self.summary)


SCALES = ("synchrony", "z")
_MOST_SESSIONS = 4096
_LEFT = "share of {} that is left"
_SESSIONS = "sessions for a reliability of {:g}"
SUMMARY_COLUMNS = ["quantity", "estimate", "ci_lower", "ci_upper"]
RELIABILITY_COLUMNS = [
    "n_sessions",
    "reliability",
    "ci_lower",
    "ci_upper",
    "reliability_npmle",
    "attenuation_a",
    "attenuation_b",
    "attenuation_ab",
]


def shown_sessions(needed: float) -> str:
    """Write a number of sessions; beyond a thousand nobody needs it exactly."""
    return "more than 1,000" if needed > 1000 else f"{needed:.0f}"


def reliability(
    synchrony: pd.DataFrame,
    *,
    scale: str = "synchrony",
    explained: float = 0.0,
    target: float = 0.7,
    confidence_level: float = 0.95,
) -> Reliability:
    """Estimate how well Pearson synchrony measures its true value, and what follows.

    The correlations' exact sampling distribution is deconvolved from their spread over dyads: true
    synchrony zeta = atanh(rho) is normal between dyads with mean and SD by maximum likelihood; a
    nonparametric estimate stands beside it.

    Parameters
    ----------
    synchrony : DataFrame
        What `dyad_synchrony` returns with ``measure="pearson"`` (or changes, from which it is
        computed).
    scale : {"synchrony", "z"}
        The scale on which synchrony is used: r against rho, or z (kept finite) against zeta.
    explained : float
        Share of the variance of true synchrony that the predictor x explains; it enters the
        attenuation of b, which is estimated given x.
    target : float
        Reliability to be reached, for ``sessions_needed``.
    confidence_level : float
        Of the profile-likelihood intervals.

    Returns
    -------
    Reliability
        See there. Attenuations are what is left of a slope on average: a (synchrony on x),
        b (outcome on synchrony, given x), and of their product; at ``explained=0`` the product is
        the reliability.

    Raises
    ------
    InputError
        For an unknown scale, a share, a target or a level that is not between 0 and 1, a missing
        column, or synchrony that is not Pearson's r.

    Notes
    -----
    Reliability is the squared correlation between the observed and the true value: the squared
    covariance of E[r | rho] with rho over the product of the variances of r and rho. Its interval
    is that of the profile likelihood: the range over every mean and SD whose log likelihood is
    within half the chi-square quantile of the largest.
    Changes are taken as bivariate normal; assay noise lowers rho itself and is not corrected. With
    fewer than three dyads, or where all have the same value, there is no estimate.

    References
    ----------
    Hotelling (1953), doi:10.1111/j.2517-6161.1953.tb00135.x.
    Laird (1978). Nonparametric maximum likelihood estimation of a mixing distribution. Journal of
    the American Statistical Association 73, 805-811. doi:10.1080/01621459.1978.10480103

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rho = np.tanh(rng.normal(0.2, 0.6, 60))[:, None]
    >>> therapist = rng.normal(size=(60, 4))
    >>> patient = rho * therapist + np.sqrt(1 - rho**2) * rng.normal(size=(60, 4))
    >>> changes = pd.DataFrame({"dyad_id": np.repeat(np.arange(60), 4),
    ...                         "session": np.tile([4, 8, 12, 16], 60),
    ...                         "patient": patient.ravel(), "therapist": therapist.ravel()})
    >>> result = reliability(changes)
    >>> 0 <= result.ci_lower < result.reliability < result.ci_upper <= 1
    True
    """
    from scipy import stats

    check_choice("scale", scale, SCALES)
    check_share("explained", explained)
    check_share("target", target)
    check_level(confidence_level)
    if "patient" in synchrony.columns:
        synchrony = dyad_synchrony(synchrony)
    for column in ("n_sessions", "synchrony"):
        if column not in synchrony.columns:
            raise InputError(f"reliability: the table of synchrony has no column {column!r}.")
    require_pearson(synchrony, "reliability")
    usable = synchrony[synchrony["synchrony"].notna()]
    n = usable["n_sessions"].to_numpy(np.int64)
    z = fisher_z(usable["synchrony"], n)
    if n.size < 3 or np.ptp(z) == 0:
        reason = (
            f"{n.size} dyad{'' if n.size == 1 else 's'} with a synchrony; at least 3 needed"
            if n.size < 3
            else "all dyads have the same synchrony"
        )
        unknown = ("reliability", "ci_lower", "ci_upper", "mean_z", "sd_z", "sd_rho")
        return Reliability(
            pd.DataFrame(columns=RELIABILITY_COLUMNS),
            pd.DataFrame(columns=SUMMARY_COLUMNS),
            pd.DataFrame(columns=["rho", "density", "npmle"]),
            **dict.fromkeys((*unknown, "p_value", "sessions_needed"), np.nan),
            target=target,
            confidence_level=confidence_level,
            n_dyads=int(n.size),
            reason=reason,
        )

    likelihood = np.exp(fisher_z_log_density(z[:, None], ZETA, n[:, None]))
    drop = float(stats.chi2.ppf(confidence_level, 1)) / 2
    mean, sd, log_likelihood = likelihood_region(likelihood, drop)
    best = int(np.argmax(log_likelihood))
    inside = log_likelihood >= log_likelihood[best] - drop
    no_spread = np.linspace(-3.0, 3.0, 601)
    null = fisher_z_log_density(z[:, None], no_spread, n[:, None]).sum(axis=0).max()
    ratio = max(2 * (log_likelihood[best] - null), 0.0)

    masses = normal_masses(mean, sd)
    npmle = nonparametric_masses(likelihood)[None]
    overall = moments(masses, n, scale).reliability
    lowest, highest = (
        int(f(np.where(inside, overall, o))) for f, o in ((np.argmin, np.inf), (np.argmax, -np.inf))
    )
    three = masses[[best, lowest, highest]]
    needed = [_sessions_needed(row[None], target, scale) for row in three]

    rows = []
    for k in range(3, 17):
        count = np.array([k])
        at_k = moments(masses, count, scale)
        value = at_k.reliability
        rows.append(
            (
                k,
                value[best],
                value[inside].min(),
                value[inside].max(),
                moments(npmle, count, scale).reliability[0],
                *_attenuation(at_k, best, explained),
            )
        )
    table = pd.DataFrame(rows, columns=RELIABILITY_COLUMNS)
    rho = np.tanh(ZETA)
    sd_rho = np.sqrt(np.maximum(masses @ rho**2 - (masses @ rho) ** 2, 0.0))
    observed = _attenuation(moments(masses, n, scale), best, explained)
    summary = pd.DataFrame(
        [
            ("reliability", overall[best], overall[inside].min(), overall[inside].max()),
            ("reliability (nonparametric)", moments(npmle, n, scale).reliability[0], *_NO_INTERVAL),
            ("mean of true z", mean[best], mean[inside].min(), mean[inside].max()),
            ("SD of true z", sd[best], sd[inside].min(), sd[inside].max()),
            ("SD of true rho", sd_rho[best], sd_rho[inside].min(), sd_rho[inside].max()),
            (_LEFT.format("a"), observed[0], *_NO_INTERVAL),
            (_LEFT.format("b"), observed[1], *_NO_INTERVAL),
            (_LEFT.format("ab"), observed[2], *_NO_INTERVAL),
            (_SESSIONS.format(target), needed[0], needed[2], needed[1]),
        ],
        columns=SUMMARY_COLUMNS,
    )
    step = ZETA[1] - ZETA[0]
    distribution = pd.DataFrame(
        {"rho": rho, "density": masses[best] / step * np.cosh(ZETA) ** 2, "npmle": npmle[0]}
    )
    return Reliability(
        table,
        summary,
        distribution,
        reliability=float(overall[best]),
        ci_lower=float(overall[inside].min()),
        ci_upper=float(overall[inside].max()),
        mean_z=float(mean[best]),
        sd_z=float(sd[best]),
        sd_rho=float(sd_rho[best]),
        # At the edge of the parameter space the ratio is 0 half the time (Self & Liang 1987).
        p_value=float(stats.chi2.sf(ratio, 1) / 2 if ratio > 0 else 1.0),
        sessions_needed=needed[0],
        target=target,
        confidence_level=confidence_level,
        n_dyads=int(n.size),
    )


_NO_INTERVAL = (np.nan, np.nan)


def _attenuation(moments: Moments, row: int, explained: float) -> tuple[float, float, float]:
    """Shares of a, of b given x, and of ab that are left on average."""
    covariance, true, observed = (
        float(part[row])
        for part in (moments.covariance, moments.true_variance, moments.observed_variance)
    )
    if true <= 1e-12:
        return np.nan, 0.0, 0.0
    a = covariance / true
    # What x explains of the true synchrony it explains, a-fold, of the observed one.
    b = covariance * (1 - explained) / (observed - a**2 * true * explained)
    return a, b, a * b


def _sessions_needed(masses: FloatArray, target: float, scale: str) -> float:
    """Fewest pairs that reach the target; inf where not even thousands do."""

    def reached(k: int) -> bool:
        return bool(moments(masses, np.array([k]), scale).reliability[0] >= target)

    low = high = 3
    while not reached(high):
        if high >= _MOST_SESSIONS:
            return np.inf
        low, high = high + 1, 2 * high
    return float(bisect_left(range(high), True, lo=low, key=reached))
