"""One step instead of two: the latent model on the session changes themselves.

In one step a dyad's changes are bivariate normal with a correlation of the dyad's own. Where its
means and standard deviations are its own as well and nothing is known of them (flat priors of the
means and of the logs of the SDs), integrating them out leaves a likelihood of rho that depends on
the changes through r only, and is proportional to the density of r: location and scale form a
group, of which r is the maximal invariant (Jeffreys 1961, Theory of Probability, section 3.9; the
tests integrate it by hand). So the latent model *is* that one-step model, and loses nothing.

It would lose something if SDs held more information: if they were the same in all dyads. That
model is here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_count, check_level, check_rng
from dyadsync.errors import InputError
from dyadsync.intervals import percentile_interval
from dyadsync.mediation.sample import prepare
from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN
from dyadsync.scrutiny.latent.likelihood import Correlations
from dyadsync.scrutiny.latent.model import LinearOutcome
from dyadsync.scrutiny.latent.posterior import (
    draw_posterior,
    proposals_for,
    systematic_resample,
    weighted_summary,
)

_GRID = np.arange(-4, 4.005, 0.01)
_NODES = 15  # with five, whose places suit a correlation, path b is off by 6 %


@dataclass(frozen=True)
class CommonSpread:
    """Likelihood of rho from a dyad's changes where the SDs are those of all dyads, shape (n,)."""

    squares: FloatArray
    """Sums of squares of both persons' changes about the dyad's means, over the variances."""
    products: FloatArray
    """Sums of products, over the SDs."""
    df: FloatArray
    """Pairs less one."""
    z: FloatArray
    """atanh(rho) where the likelihood is largest."""
    n_pairs: FloatArray
    """Pairs behind an r whose likelihood is as curved there, for the quadrature's nodes."""

    @classmethod
    def of(cls, changes: pd.DataFrame, dyads: npt.ArrayLike) -> CommonSpread:
        """Take the changes of `dyads`, in their order, with SDs pooled within all of them."""
        by_dyad = changes.dropna(subset=["patient", "therapist"]).groupby("dyad_id")
        centred = by_dyad[["patient", "therapist"]].transform(lambda v: v - v.mean())
        products = centred.assign(
            dyad_id=changes["dyad_id"],
            patient=centred["patient"] ** 2,
            therapist=centred["therapist"] ** 2,
            both=centred["patient"] * centred["therapist"],
            df=1.0,
        )
        sums = products.groupby("dyad_id").sum().reindex(np.asarray(dyads))
        if sums.isna().to_numpy().any() or (sums["df"] < 3).any():
            raise InputError("Every dyad needs at least three sessions with both changes.")
        df = sums["df"].to_numpy() - 1
        variance = sums[["patient", "therapist"]].to_numpy().sum(0) / df.sum()
        squares = (sums[["patient", "therapist"]].to_numpy() / variance).sum(1)
        both = sums["both"].to_numpy() / np.sqrt(variance.prod())
        grid = _log_likelihood(_GRID[:, None], squares, both, df)
        at = np.clip(grid.argmax(0), 1, len(_GRID) - 2)
        around = np.stack([grid[at + k, np.arange(len(df))] for k in (-1, 0, 1)])
        curvature = -(around[0] - 2 * around[1] + around[2]) / (_GRID[1] - _GRID[0]) ** 2
        return cls(squares, both, df, _GRID[at], np.maximum(curvature, 0.5) + 1.5)

    def log_density(self, zeta: FloatArray) -> FloatArray:
        """Log likelihood of zeta = atanh(rho), shape (..., n)."""
        return _log_likelihood(np.clip(zeta, -8, 8), self.squares, self.products, self.df)


def _log_likelihood(
    zeta: FloatArray, squares: FloatArray, products: FloatArray, df: FloatArray
) -> FloatArray:
    """Log likelihood of a Wishart matrix with unit variances: ``1 / (1 - rho^2) = cosh^2 zeta``."""
    cosh, sinh = np.cosh(zeta), np.sinh(zeta)
    return np.asarray(df * np.log(cosh) - squares / 2 * cosh**2 + products * sinh * cosh)


def one_step_mediation(
    changes: pd.DataFrame,
    dyads: pd.DataFrame,
    x: str,
    y: str,
    *,
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Mediation by latent synchrony with the changes' SDs each dyad's own, and common to all.

    Parameters
    ----------
    changes : DataFrame
        From `session_changes`: one row per session.
    dyads : DataFrame
        From `dyad_table`, with the synchrony of these changes; rows with a missing value are left
        out.
    x, y : str
        Columns of cause and outcome.
    n_draws, confidence_level, rng
        As in `latent_mediation`.

    Returns
    -------
    DataFrame
        Rows ``SDs of each dyad's own`` (which is `latent_mediation`, as this module says) and ``SDs
        common to all dyads``; columns ``a b estimate ci_lower ci_upper``.

    Raises
    ------
    InputError
        As `latent_mediation`.
    """
    check_count("n_draws", n_draws)
    check_level(confidence_level)
    sample, used, _ = prepare(dyads, x, ["synchrony"], y, n_sessions=True)
    assert sample.n_sessions is not None
    own = Correlations.of(sample.m[:, 0], sample.n_sessions)
    common = CommonSpread.of(changes, used["dyad_id"])
    generator = check_rng(rng)
    unit, scale = sample.x.std(), sample.y.std()
    X = np.column_stack([np.ones(sample.n_obs), (sample.x - sample.x.mean()) / unit])
    standard = (sample.y - sample.y.mean()) / scale
    models = {
        "SDs of each dyad's own": LinearOutcome(own, X, standard, PRIOR_TAU_MEAN),
        "SDs common to all dyads": LinearOutcome(common, X, standard, PRIOR_TAU_MEAN, _NODES),
    }
    rows = {}
    for name, model in models.items():
        posterior = draw_posterior(model, proposals_for(n_draws), generator)
        drawn = posterior.draws
        slopes = np.column_stack([drawn.mediator[:, 1] / unit, drawn.b * scale])
        a, b = weighted_summary(slopes, posterior.weights)[0]
        chosen = systematic_resample(posterior.weights, n_draws, generator)
        rows[name] = [a, b, a * b, *percentile_interval(slopes[chosen].prod(1), confidence_level)]
    columns = ["a", "b", "estimate", "ci_lower", "ci_upper"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)
