"""What data should look like under the latent model, and how much of an answer is its prior's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_rng, is_constant
from dyadsync.intervals import percentile_interval
from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.sample import prepare
from dyadsync.printed import Printed
from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN, latent_mediation
from dyadsync.scrutiny.latent.likelihood import simulate_correlations

_FAR = 0.8


@dataclass(frozen=True, repr=False)
class LatentCheck(Printed):
    """What `check_latent` found."""

    table: pd.DataFrame
    """One row per statistic: ``observed``, the median and the ends of what the model predicts, and
    ``p_value``, the share of predictions at least as far from their median."""
    predicted: pd.DataFrame
    """Predictions, one column per statistic."""
    confidence_level: float

    def outside(self) -> list[str]:
        """Name the statistics that lie outside their prediction interval."""
        table = self.table
        out = (table["observed"] < table["lower"]) | (table["observed"] > table["upper"])
        return [str(name) for name in table.index[out]]

    def in_words(self) -> str:
        """Say which statistics the model does not expect."""
        level, out = f"{100 * self.confidence_level:g} %", self.outside()
        if not out:
            return f"all lie within the {level} prediction intervals"
        verb = "lies" if len(out) == 1 else "lie"
        return f"{' and '.join(out)} {verb} outside the {level} prediction interval"


def check_latent(
    dyads: pd.DataFrame,
    x: str,
    y: str,
    changes: pd.DataFrame,
    *,
    n_predictions: int = 1000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> LatentCheck:
    """Compare correlations and changes with what the latent model predicts of them.

    For each of many draws from the posterior new correlations are drawn for the same x and numbers
    of pairs, and summed up as the observed ones are (posterior predictive check; Gelman, Meng &
    Stern 1996). That changes are normal within a dyad predicts the skewness of each person's
    changes whatever the parameters are, since it has no location and no scale: normal numbers of
    the same counts have it. For a person whose values never vary in any dyad it is missing (NaN).

    Parameters
    ----------
    dyads : DataFrame
        From `dyad_table`; rows with a missing value are left out.
    x, y : str
        Columns of cause and outcome.
    changes : DataFrame
        The session changes behind r: ``dyad_id patient therapist``.
    n_predictions : int
    confidence_level : float
    rng : int, Generator or None

    Returns
    -------
    LatentCheck
    """
    generator = check_rng(rng)
    sample, _, _ = prepare(dyads, x, ["synchrony"], y, n_sessions=True)
    assert sample.n_sessions is not None
    draws = latent_mediation(sample, Settings(n_predictions), generator).draws
    assert draws.mediator_cov is not None
    mean = draws.mediator[:, 0] @ sample.mediator_design.T
    tau = np.sqrt(draws.mediator_cov[:, 0])
    z = mean + tau * generator.standard_normal(mean.shape)
    drawn = simulate_correlations(z, sample.n_sessions, generator)
    observed = _of_correlations(sample.m[:, 0])
    predicted = _of_correlations(drawn)
    complete = changes.dropna(subset=["patient", "therapist"])
    code, count = np.unique(complete["dyad_id"], return_inverse=True, return_counts=True)[1:]
    for person in ("patient", "therapist"):
        spread = complete.groupby("dyad_id", observed=True)[person].transform(np.ptp)
        varies = ~is_constant(np.stack([spread, 0 * spread], axis=-1), complete[person].abs().max())
        usable = (count[code] >= 3) & varies
        values = complete[person].to_numpy(float)[usable]
        noise = generator.standard_normal((n_predictions, len(values)))
        name = f"skewness of the {person}s' changes"
        observed[name] = _skewness(values[None], code[usable])[0]
        predicted[name] = _skewness(noise, code[usable])
    columns = pd.DataFrame(predicted)
    low, high = percentile_interval(columns.to_numpy(), confidence_level, axis=0)
    middle = columns.median()
    seen = pd.Series(observed)
    p = ((columns - middle).abs() >= (seen - middle).abs()).mean()
    p = p.where(seen.notna() & middle.notna())  # nothing can be compared with what is not known
    table = pd.DataFrame(
        {"observed": seen, "predicted": middle, "lower": low, "upper": high, "p_value": p}
    )
    return LatentCheck(table, columns, confidence_level)


def _of_correlations(r: FloatArray) -> dict[str, FloatArray]:
    return {
        "mean of r": r.mean(-1),
        "SD of r": r.std(-1, ddof=1),
        f"share of r beyond ±{_FAR:g}": (np.abs(r) > _FAR).mean(-1),
    }


def _skewness(values: FloatArray, code: npt.NDArray[np.intp]) -> FloatArray:
    """Mean over dyads of the skewness of a dyad's values, shape (B,) for values (B, sessions)."""
    if not len(code):
        return np.full(len(values), np.nan)
    present, code = np.unique(code, return_inverse=True)
    members = np.zeros((values.shape[1], len(present)))
    members[np.arange(len(code)), code] = 1
    share = members / members.sum(0)
    centred = values - (values @ share) @ members.T
    second, third = centred**2 @ share, centred**3 @ share
    return np.asarray((third / second**1.5).mean(-1))


def prior_sensitivity(
    dyads: pd.DataFrame,
    x: str,
    y: str,
    *,
    ratings: pd.DataFrame | None = None,
    factors: Sequence[float] = (0.5, 1, 2),
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Fit the latent model under priors of the latent SD whose means are multiples of the stated.

    Parameters
    ----------
    dyads : DataFrame
        From `dyad_table`; rows with a missing value are left out.
    x, y : str
        Columns of cause and outcome.
    ratings : DataFrame, optional
        As in `mediate`.
    factors : sequence of float
        What the prior's mean is multiplied by.
    n_draws : int
    confidence_level : float
    rng : int, Generator or None

    Returns
    -------
    DataFrame
        One row per prior, by its mean: ``latent SD`` (posterior median), ``estimate``, ``ci_lower``
        and ``ci_upper`` of the indirect effect.
    """
    seed = int(check_rng(rng).integers(2**32))
    sample, _, _ = prepare(dyads, x, ["synchrony"], y, n_sessions=True, ratings=ratings)
    rows = {}
    for mean in (factor * PRIOR_TAU_MEAN for factor in factors):
        fit = latent_mediation(sample, Settings(n_draws), np.random.default_rng(seed), mean)
        assert fit.estimate.mediator_cov is not None
        rows[f"prior mean {mean:.2f}"] = [
            float(np.sqrt(fit.estimate.mediator_cov[0, 0])),
            float(fit.estimate.a[0] * fit.estimate.b[0]),
            *percentile_interval(fit.draws.a[:, 0] * fit.draws.b[:, 0], confidence_level),
        ]
    columns = ["latent SD", "estimate", "ci_lower", "ci_upper"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)
