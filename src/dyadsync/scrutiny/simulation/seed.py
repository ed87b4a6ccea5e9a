"""The rule by which the shipped data's seed was chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import BoolArray, FloatArray
from dyadsync.checks import check_count
from dyadsync.extras import import_extra
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.trial_analysis import (
    analyse_trials,
    estimate_paths,
    observed_reduction,
    observed_synchrony,
)
from dyadsync.scrutiny.simulation.trials import Trials, draw_trials

SHIPPED_SEED = 4
SEED_RULE = (
    "The first seed, counting from 0, of which the trial shows the published pattern: the slope of "
    "synchrony on impairment is negative and the slope of symptom reduction on synchrony given "
    "impairment is positive, both at p < .05; the 95 % quasi-Bayesian interval of the indirect "
    "effect lies below 0; the Spearman and percentage-bend correlations of both paths (for the "
    "second, of the residuals given impairment) have the same signs at p < .1; and both slopes "
    "keep their sign when any one dyad or any one therapist is left out."
)


@dataclass(frozen=True)
class SeedChoice:
    """What a data package says about the seed that made it.

    Attributes
    ----------
    seed : int or None
        The seed; None if the data were drawn from a generator and cannot be made again.
    passed_over : int
        How many seeds before it were tried.
    rule : str or None
        The rule by which it was chosen; None if it was given.
    """

    seed: int | None
    passed_over: int = 0
    rule: str | None = None

    @classmethod
    def of(cls, simulation: dict[str, Any]) -> SeedChoice:
        """Read the ``dyadsync:simulation`` entry of a descriptor."""
        passed_over = simulation.get("seeds_passed_over", 0)
        return cls(simulation["seed"], passed_over, simulation.get("rule"))

    def in_words(self) -> str:
        """Say which seed it is and what was passed over for it.

        Examples
        --------
        >>> SeedChoice(4, 4, SEED_RULE).in_words()
        'the seed of these data is 4, and 4 seeds were passed over'
        >>> SeedChoice(7).in_words()
        'the seed of these data is 7, given by whoever simulated them; no rule is stated'
        """
        if self.seed is None:
            return "these data name no seed, so nobody can make them again"
        seed = f"the seed of these data is {self.seed}"
        if self.rule is None:
            return f"{seed}, given by whoever simulated them; no rule is stated"
        if self.rule != SEED_RULE:
            seed += f", chosen by another rule (“{self.rule}”)"
        passed_over = "1 seed was" if self.passed_over == 1 else f"{self.passed_over} seeds were"
        return f"{seed}, and {passed_over} passed over"


def follows_seed_rule(trials: Trials) -> BoolArray:
    """Which trials, by one value each, could be shipped: see `SEED_RULE`."""
    X, M, Y = (
        trials.impairment,
        observed_synchrony(trials.oxytocin),
        observed_reduction(trials.hrsd),
    )
    right = estimate_paths(X, M, Y).supports_pattern()

    without_dyad = 1 - np.eye(X.shape[1])
    without_therapist = (trials.therapist != np.unique(trials.therapist)[:, None]).astype(float)
    left_out = estimate_paths(X, M, Y, np.vstack([without_dyad, without_therapist]))
    right &= (left_out.a < 0).all(axis=1) & (left_out.b > 0).all(axis=1)
    for trial in np.flatnonzero(right):  # the few that are left
        right[trial] = _ranks_agree(X[trial], M[trial], Y[trial])
    return right


def _ranks_agree(x: FloatArray, m: FloatArray, y: FloatArray) -> bool:
    """Whether Spearman's and the percentage-bend correlation show both paths too."""
    pingouin = import_extra("pingouin", "The rule of the shipped seed")
    complete = np.isfinite(x) & np.isfinite(m) & np.isfinite(y)
    x, m, y = x[complete], m[complete], y[complete]
    line = np.column_stack([np.ones_like(x), x])
    residuals = np.column_stack([m, y])
    residuals = residuals - line @ np.linalg.lstsq(line, residuals, rcond=None)[0]
    for method in ("spearman", "percbend"):
        path_a = pingouin.corr(x, m, method=method).iloc[0]
        path_b = pingouin.corr(residuals[:, 0], residuals[:, 1], method=method).iloc[0]
        p = "p_val" if "p_val" in path_a else "p-val"
        if not (path_a["r"] < 0 < path_b["r"] and max(path_a[p], path_b[p]) < 0.1):
            return False
    return True


def try_seeds(design: Design, seeds: Iterable[int]) -> pd.DataFrame:
    """Analyse the trial of each seed, a whole number from 0, as the paper would.

    Returns
    -------
    DataFrame
        One row per seed (the index): ``a``, ``p of a``, ``b``, ``p of b``, ``ab`` (points per SD of
        impairment), and as yes or no ``pattern`` (the published one) and ``whole rule``, whether it
        meets `SEED_RULE`.

    Examples
    --------
    >>> try_seeds(Design(), [3, 4])["whole rule"].to_dict()
    {3: 'no', 4: 'yes'}
    """
    rows = {}
    for seed in seeds:
        trial = draw_trials(design, 1, check_count("seed", seed, least=0))
        found = analyse_trials(trial)
        rows[seed] = {
            "a": found.a[0],
            "p of a": found.p_a[0],
            "b": found.b[0],
            "p of b": found.p_b[0],
            "ab": found.ab[0],
            "pattern": "yes" if found.supports_pattern()[0] else "no",
            "whole rule": "yes" if follows_seed_rule(trial)[0] else "no",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("seed")
