"""The mediation with the noise of synchrony ignored beside the one that models it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.mediation.result import MediationResult
from dyadsync.printed import Printed, written


@dataclass(frozen=True, repr=False)
class SideBySide(Printed):
    """What `side_by_side` gives; a notebook shows it as a table."""

    table: pd.DataFrame
    """One row per analysis, such as ``log ratio, latent``: ``path a``, ``path b``, the indirect
    effect as ``estimate ci_lower ci_upper``, and ``dyads``."""

    def in_words(self, score: str, model: str) -> str:
        """Write the indirect effect with its interval, or say that there is none.

        Parameters
        ----------
        score : str
            Change score, such as ``"log_ratio"``.
        model : {"naive", "latent"}
            Which of the two.
        """
        row = self.table.loc[f"{_shown(score)}, {model}"]
        if not np.isfinite(row["estimate"]):
            return "not identified"
        return f"{row['estimate']:z.2f} ({row['ci_lower']:z.2f} to {row['ci_upper']:z.2f})"

    def _shown(self) -> pd.DataFrame:
        names = {"estimate": "indirect effect", "ci_lower": "from", "ci_upper": "to"}
        return written(self.table.rename(columns=names))


def side_by_side(fits: Mapping[str, MediationResult]) -> SideBySide:
    """Lay out the naive and the latent mediation of each change score.

    Parameters
    ----------
    fits : mapping
        Results of ``mediate(method="latent")`` by the change score behind their synchrony; the
        analysis that ignores the noise is in their ``naive``.

    Returns
    -------
    SideBySide
        ``.table .in_words()``.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> def found(a, b, low, high, naive=None):
    ...     effect = {"estimate": a * b, "ci_lower": low, "ci_upper": high}
    ...     paths = pd.DataFrame({"estimate": [a, b]}, index=["a", "b"])
    ...     table = pd.DataFrame(effect, index=["ACME"])
    ...     return SimpleNamespace(paths=paths, table=table, n_obs=37, naive=naive)
    >>> fit = found(-0.5, 2.0, -2.0, 0.1, naive=found(-0.5, 1.0, -1.0, 0.0))
    >>> both = side_by_side({"log_ratio": fit})
    >>> both.in_words("log_ratio", "latent")
    '-1.00 (-2.00 to 0.10)'
    """
    rows = {}
    for score, fit in fits.items():
        for model, result in (("naive", fit.naive), ("latent", fit)):
            assert result is not None
            rows[f"{_shown(score)}, {model}"] = {
                "path a": result.paths.loc["a", "estimate"],
                "path b": result.paths.loc["b", "estimate"],
                **result.table.loc["ACME", ["estimate", "ci_lower", "ci_upper"]],
                "dyads": result.n_obs,
            }
    return SideBySide(pd.DataFrame.from_dict(rows, orient="index").astype({"dyads": int}))


def _shown(score: str) -> str:
    return score.replace("_", " ")
