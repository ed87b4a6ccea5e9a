"""What the assay's own noise takes from a correlation of changes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from dyadsync.errors import InputError

ASSAY_CVS = (0.0, 0.02, 0.05, 0.07, 0.10, 0.15, 0.20)
"""Coefficients of variation of assays from perfect to poor."""


def assay_attenuation(log_changes: pd.DataFrame, cv: npt.ArrayLike = ASSAY_CVS) -> pd.DataFrame:
    """Find what assay noise leaves of the true correlation of a dyad's log changes.

    A log concentration from an assay with coefficient of variation CV has about CV^2 of variance
    from the assay, so a log change, which takes two, has 2 CV^2. What is left of a correlation
    is the root of the product of what is left of the two variances (Spearman 1904)::

        left = sqrt[(1 - 2 CV^2 / v_patient) (1 - 2 CV^2 / v_therapist)]

    where v is the variance of the measured changes within dyads, pooled.

    Parameters
    ----------
    log_changes : DataFrame
        ``dyad_id session patient therapist``: `session_changes` with ``"log_ratio"``.
    cv : array_like of float
        Coefficients of variation of the assay, as shares.

    Returns
    -------
    DataFrame
        Indexed by ``CV``; ``left``: the factor on rho, 0 where the assay alone would vary more than
        the changes do, and NaN where no dyad has two sessions, or nobody's changes vary.

    Raises
    ------
    InputError
        If a coefficient of variation is negative.

    References
    ----------
    Spearman (1904). The proof and measurement of association between two things. The American
    Journal of Psychology 15, 72-101. doi:10.2307/1412159

    Examples
    --------
    >>> log_changes = pd.DataFrame({"dyad_id": ["D1"] * 3, "session": [4, 8, 12],
    ...                             "patient": [0.0, 0.2, 0.4], "therapist": [0.0, -0.4, 0.4]})
    >>> assay_attenuation(log_changes, [0.0, 0.1])["left"].round(3).tolist()
    [1.0, 0.661]
    """
    cvs = np.asarray(cv, np.float64)
    if np.any(cvs < 0):
        raise InputError("A coefficient of variation of an assay is not negative; 7 % is 0.07.")
    grouped = log_changes.groupby("dyad_id", observed=True)[["patient", "therapist"]]
    degrees = grouped.count() - 1
    sums = (grouped.var() * degrees).sum()
    within = (sums / degrees.sum()).where(sums > 0)
    kept = [np.clip(1 - 2 * cvs**2 / within[role], 0, None) for role in ("patient", "therapist")]
    return pd.DataFrame({"left": np.sqrt(kept[0] * kept[1])}, index=pd.Index(cvs, name="CV"))
