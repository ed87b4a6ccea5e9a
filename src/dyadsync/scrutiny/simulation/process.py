"""What trials of a design look like on average, to judge whether it is realistic."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import zscore

from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.trial_analysis import observed_synchrony
from dyadsync.scrutiny.simulation.trials import Trials, draw_trials


def describe_process(
    design: Design | None = None,
    *,
    n_trials: int = 2_000,
    rng: int | np.random.Generator | None = None,
) -> pd.Series:
    """Describe what trials of a design look like on average, to judge whether it is realistic.

    Returns
    -------
    Series
        Named quantities, averaged over trials (or pooled, where the name says dyads or samples).

    Examples
    --------
    >>> bool(20 < describe_process(n_trials=50, rng=1)["HRSD-17 at intake, mean"] < 23)
    True
    """
    design = Design() if design is None else design
    trials = draw_trials(design, n_trials, rng)
    X, z = trials.impairment, np.arctanh(trials.rho)
    r = observed_synchrony(trials.oxytocin)
    seen = np.isfinite(r)
    x, m, y = (zscore(v, axis=1) for v in (X, z, trials.reduction))
    a, m_y, x_y = ((u * v).mean(axis=1) for u, v in ((x, m), (m, y), (x, y)))
    partial = (m_y - a * x_y) / np.sqrt((1 - a**2) * (1 - x_y**2))
    b = (m_y - a * x_y) / (1 - a**2)
    intake = trials.hrsd[..., 0]
    last = trials.hrsd[..., -1]
    rated = np.isfinite(last)
    samples = trials.oxytocin[np.isfinite(trials.oxytocin)]
    return pd.Series(
        {
            "correlation of latent synchrony and impairment": a.mean(),
            "partial correlation of latent synchrony and fall of symptoms": partial.mean(),
            "standardised indirect effect": (a * b).mean(),
            "observed r of dyads, mean": r[seen].mean(),
            "observed r of dyads, SD": r[seen].std(),
            "observed |r| of dyads above .9, share": (np.abs(r[seen]) > 0.9).mean(),
            "reliability of observed r": np.corrcoef(r[seen], trials.rho[seen])[0, 1] ** 2,
            "HRSD-17 at intake, mean": intake.mean(),
            "fall of HRSD-17, mean": (intake - last)[rated].mean(),
            "remission (7 or less at the last week), share": (last[rated] <= 7).mean(),
            "response (half of intake or less), share": (last <= intake / 2)[rated].mean(),
            "samples below the limit of quantification, share": (
                samples < design.limit_of_quantification
            ).mean(),
            "therapist ICC of the therapists' log oxytocin": _therapist_icc(trials),
        },
        name="value",
    )


def _therapist_icc(trials: Trials) -> float:
    """One-way ANOVA estimate, of therapists' mean log concentrations of dyads, over all trials."""
    level = np.nanmean(np.log(trials.oxytocin[:, :, :, 1]), axis=(2, 3))
    member = np.eye(int(trials.therapist[-1]) + 1)[trials.therapist]
    size = member.sum(axis=0)
    means = level @ member / size
    n, k = level.shape[1], size.size
    if k < 2 or n <= k:
        return float("nan")
    between = (size * (means - level.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (k - 1)
    within = ((level - means[:, trials.therapist]) ** 2).sum(axis=1) / (n - k)
    n0 = (n - (size**2).sum() / n) / (k - 1)
    variance = (between.mean() - within.mean()) / n0
    return float(variance / (variance + within.mean()))
