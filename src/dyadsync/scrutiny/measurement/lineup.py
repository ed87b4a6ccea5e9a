"""The line-up: the dyads' correlations among samples of noise of the same size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_count, check_level, check_rng
from dyadsync.intervals import percentile_interval
from dyadsync.printed import Printed
from dyadsync.synchrony.measures import require_pearson

MEAN, SPREAD = "mean of r", "SD of r"


@dataclass(frozen=True, repr=False)
class Lineup(Printed):
    """The observed correlations and samples of noise to compare them with (see `noise_lineup`)."""

    observed: FloatArray
    """Synchrony of the dyads that have one, shape (n_dyads,)."""
    samples: FloatArray
    """Synchrony of as many dyads of noise in each sample, shape (n_samples, n_dyads)."""
    confidence_level: float
    """Share of the samples that the range of noise holds."""

    @property
    def table(self) -> pd.DataFrame:
        """Rows ``mean of r`` and ``SD of r`` by ``observed``, ``noise, from`` and ``noise, to``."""
        rows = {}
        for name, statistic in ((MEAN, _mean), (SPREAD, _sd)):
            low, high = percentile_interval(statistic(self.samples), self.confidence_level)
            rows[name] = [float(statistic(self.observed)), low, high]
        return pd.DataFrame.from_dict(
            rows, orient="index", columns=["observed", "noise, from", "noise, to"]
        )

    def in_words(self, statistic: str) -> str:
        """Say where the observed value of a statistic lies.

        Parameters
        ----------
        statistic : {"mean of r", "SD of r"}
            A row of `table`.

        Examples
        --------
        >>> samples = np.array([[-0.5, 0.5], [0.0, 0.4], [-0.9, 0.9]])
        >>> Lineup(np.array([0.7, 0.9]), samples, 0.95).in_words("mean of r")
        '0.80, outside the range of noise (0.00 to 0.19 in 95 % of samples)'
        """
        value, low, high = self.table.loc[statistic].to_numpy(float)
        if not np.isfinite([value, low, high]).all():
            return "not defined for so few dyads"
        place = "inside" if low <= value <= high else "outside"
        level = f"{100 * self.confidence_level:.10g} %"
        return (
            f"{value:z.2f}, {place} the range of noise ({low:z.2f} to {high:z.2f} in {level} of "
            "samples)"
        )


def noise_lineup(
    synchrony: pd.DataFrame,
    *,
    n_samples: int = 10_000,
    confidence_level: float = 0.95,
    rng: np.random.Generator | int | None = None,
) -> Lineup:
    """Put the dyads' correlations among samples of noise with as many dyads and pairs.

    Parameters
    ----------
    synchrony : DataFrame
        ``n_sessions synchrony`` of each dyad, as `dyad_synchrony` gives them for Pearson's r; dyads
        without a synchrony take no part.
    n_samples : int
        Samples of noise.
    confidence_level : float
        Share of the samples that the range of noise holds.
    rng : int, Generator or None
        Randomness.

    Returns
    -------
    Lineup
        ``.observed .samples .table .in_words()``.

    Raises
    ------
    InputError
        For fewer than one sample, a level that is not between 0 and 1, or synchrony that is not
        Pearson's r.

    References
    ----------
    Buja et al. (2009). Statistical inference for exploratory data analysis and model diagnostics.
    Philosophical Transactions of the Royal Society A 367, 4361-4383. doi:10.1098/rsta.2009.0120

    Examples
    --------
    >>> synchrony = pd.DataFrame({"n_sessions": [4, 4, 4, 3], "synchrony": [0.9, 0.8, 0.7, 0.9]})
    >>> noise_lineup(synchrony, n_samples=1000, rng=1).table.round(2)
               observed  noise, from  noise, to
    mean of r      0.82        -0.55       0.56
    SD of r        0.10         0.21       0.92
    """
    check_count("n_samples", n_samples)
    check_level(confidence_level)
    require_pearson(synchrony, "noise_lineup")
    usable = synchrony[synchrony["synchrony"].notna()]
    return Lineup(
        usable["synchrony"].to_numpy(np.float64),
        noise_samples(usable["n_sessions"], n_samples, rng),
        confidence_level,
    )


def noise_samples(
    n_pairs: npt.ArrayLike, n_samples: int, rng: int | np.random.Generator | None = None
) -> FloatArray:
    """Draw Pearson's r of dyads of noise, (n_samples, n_dyads), with as many pairs, at least 3.

    Without association t = r sqrt((n - 2)/(1 - r^2)) has Student's distribution with n - 2 degrees
    of freedom (Hotelling 1953, doi:10.1111/j.2517-6161.1953.tb00135.x); r is drawn by way of t.
    """
    df = np.asarray(n_pairs, np.float64) - 2
    t = check_rng(rng).standard_t(df, size=(n_samples, df.size))
    return np.asarray(t / np.sqrt(t**2 + df))


def pairs_in_words(n_pairs: npt.ArrayLike) -> str:
    """Say how many dyads there are, and with how many pairs.

    Examples
    --------
    >>> pairs_in_words([4, 3, 4, 4])
    '4 dyads (3 with 4 pairs, 1 with 3 pairs)'
    """
    values, counts = np.unique(np.asarray(n_pairs, np.int64), return_counts=True)
    found = zip(counts[::-1], values[::-1], strict=True)
    words = ", ".join(f"{count} with {n} pairs" for count, n in found)
    total = int(counts.sum())
    return f"{total} dyad{'' if total == 1 else 's'}" + (f" ({words})" if words else "")


def _mean(r: FloatArray) -> FloatArray:
    """Mean over the dyads (last axis); NaN without a dyad."""
    return np.asarray(r.mean(axis=-1) if r.shape[-1] else np.full(r.shape[:-1], np.nan))


def _sd(r: FloatArray) -> FloatArray:
    """SD over the dyads (last axis); NaN with fewer than two."""
    return np.asarray(r.std(axis=-1, ddof=1) if r.shape[-1] > 1 else np.full(r.shape[:-1], np.nan))
