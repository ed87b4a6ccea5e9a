"""Is there anything in the whole curve, and in which of its analyses? Tests by flipped signs.

Each dyad adds a score to each regression: the part of its predictor that the other predictors leave
open, times the residual of the response in the model without that predictor. Where the path is 0 a
score is as likely to have the other sign. So signs are flipped at random, each dyad's in all
analyses together, which keeps whatever connects the analyses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import check_count, check_rng
from dyadsync.claims.verdict import CLAIMS
from dyadsync.counting import of_all
from dyadsync.errors import InputError
from dyadsync.printed import Printed
from dyadsync.scrutiny.multiverse.choices import choices_of
from dyadsync.scrutiny.multiverse.ingredients import (
    SYNCHRONY_CHOICES,
    Ingredients,
    Samples,
    analysis_columns,
)
from dyadsync.study.load import Study

_MODEL = [*SYNCHRONY_CHOICES, "scale", "outcome", "covariates"]
"""The choices that make a pair of least squares models; the others make its intervals."""

_PLAIN = {"method": "quasi-bayesian", "clustering": "none", "missing": "complete"}

_LEVEL = 0.05
_SIGNIFICANT = 1.959963984540054  # the normal's 97.5 % quantile
_BLOCK_COLUMNS = 4096  # of scores, flipped at once


@dataclass(frozen=True, repr=False)
class JointTests(Printed):
    """What `joint_tests` found."""

    table: pd.DataFrame
    """One row per effect (``a b acme``) and statistic (``median share stouffer``): ``effect
    statistic observed p_value``. The ACME has no observed value; its p-value is the larger of the
    two paths'."""
    models: pd.DataFrame
    """One row per pair of models: its choices, the statistics ``a b`` and, adjusted for all pairs,
    ``a_p_value b_p_value acme_p_value``."""
    n_flips: int
    n_dyads: int
    """Dyads in at least one analysis."""

    decimals: ClassVar[int] = 3

    def _title(self) -> str:
        return f"Joint tests of {len(self.models):,} pairs of models"

    def _text(self) -> str:
        return self.in_words("acme")

    def p_value(self, effect: str, statistic: str = "median") -> float:
        """Give the p-value of one statistic of the curve."""
        row = (self.table["effect"] == effect) & (self.table["statistic"] == statistic)
        return float(self.table.loc[row, "p_value"].iloc[0])

    def in_words(self, effect: str) -> str:
        """Say what the curve and its analyses show of one effect."""
        words = {"median": "the median", "share": "the significant share", "stouffer": "the sum"}
        found = {name: self.p_value(effect, name) for name in words}
        values = ", ".join(f"{p:.3g} for {words[name]}" for name, p in found.items())
        n_beyond = sum(p <= _LEVEL for p in found.values())
        beyond = of_all(n_beyond, len(words), "statistics of the curve", "is/are beyond chance")
        return f"{beyond} (p = {values}); {self._surviving_in_words(effect)}"

    def curve_in_words(self) -> str:
        """Say what the median of the ACME's curve, and its models one by one, come to."""
        p = self.p_value("acme")
        beyond = "is" if p <= _LEVEL else "is not"
        alone = self._surviving_in_words("acme")
        return f"the median of the curve {beyond} beyond chance (p = {p:.3g}), and {alone}"

    def _surviving_in_words(self, effect: str) -> str:
        n, verb = int(self.surviving()[effect]), "is/are significant after correction"
        return of_all(n, len(self.models), "pairs of models", verb)

    def surviving(self, level: float = _LEVEL) -> pd.Series:
        """How many pairs of models are significant after adjustment, by effect."""
        p_values = self.models[[f"{effect}_p_value" for effect in ("a", "b", "acme")]]
        counts = (p_values <= level).sum().set_axis(["a", "b", "acme"])
        return cast("pd.Series[Any]", counts.rename("models"))


def joint_tests(
    study: Study,
    specs: pd.DataFrame,
    *,
    n_flips: int = 2000,
    rng: int | np.random.Generator | None = None,
) -> JointTests:
    """Test a whole multiverse at once, and each of its analyses with all others in mind.

    Only least squares models enter: every combination of synchrony, scale, outcome and covariates
    that occurs, whatever the method (quasi-Bayesian, HC3, t and the bootstraps share its estimate).
    Robust, median, Huber and latent fits have other scores and do not enter, nor do imputed values;
    dyads are taken as independent.

    The statistic of a path is its score over the score's standard error, which knows that the
    residuals were fitted (De Santis, Goeman, Davenport, Hemerik & Finos 2025). Of the curve, three
    statistics are compared with their values under flips, as Simonsohn, Simmons & Nelson (2020) do
    under shuffles: the median of the standardised estimates; the share of analyses that are
    significant (beyond 1.96) with the claimed sign; Stouffer's z, the sum of all statistics over
    the root of their number. Shuffling the cause would also cut it from the covariates; flips do
    not.

    For each pair of models the p-values of Girardi et al. (2024; PIMA) are those of the largest
    statistic over all pairs, so that the probability of any false finding is kept, however the
    analyses depend on each other. The indirect effect is 0 where a or b is, so its p-value is the
    larger of the paths' (the joint test). For the curve as a whole that is the larger of two
    p-values; for a pair of models both paths are first adjusted for both paths of all pairs, since
    one pair may have a = 0 and another b = 0.

    Parameters
    ----------
    study : Study
        From `load_study`.
    specs : DataFrame
        From `specifications`, or a multiverse's table.
    n_flips : int
        Random flips; the data as they are count as one more.
    rng : int, Generator or None

    Returns
    -------
    JointTests

    Raises
    ------
    InputError
        Where no pair of models can be fitted.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), doi:10.1038/s41562-020-0912-z; Girardi et al. (2024),
    doi:10.1007/s11336-024-09973-6; Hemerik, Goeman & Finos (2020), doi:10.1111/rssb.12369;
    De Santis et al. (2025), doi:10.1080/01621459.2025.2491775.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study, specifications
    >>> study = simulate_study(Design(), rng=1)
    >>> specs = specifications(study, below_loq="keep", measure="pearson", method="HC3")
    >>> joint_tests(study, specs, n_flips=500, rng=1).n_dyads
    37
    """
    check_count("n_flips", n_flips, least=100)
    forks = choices_of(study)
    chosen = pd.DataFrame(
        {name: specs[name] if name in specs.columns else forks[name].default for name in _MODEL},
        index=specs.index,
    ).drop_duplicates(ignore_index=True)
    models, scores = _all_scores(study, chosen)
    n_dyads = len(study.dyads)
    generator = check_rng(rng)
    flips = np.ones((n_flips + 1, n_dyads), np.float32)
    flips[1:] = 2.0 * generator.integers(2, size=(n_flips, n_dyads)) - 1.0
    curve, largest, observed = [], [], {}
    for path, of_path in scores.items():
        statistics = np.empty((n_flips + 1, len(models)), np.float32)
        for start, block in _blocks(of_path):
            statistics[:, start : start + len(block)] = _flipped(block, flips)
        observed[path] = statistics[0].astype(float)
        largest.append(np.abs(statistics).max(1))
        curve += _curve_rows(path, statistics, of_path)
    by_path = {
        path: _adjusted(observed[path], biggest)
        for path, biggest in zip(observed, largest, strict=True)
    }
    both = np.maximum(*largest)
    acme = np.maximum(*(_adjusted(statistic, both) for statistic in observed.values()))
    models = models.assign(
        a=observed["a"],
        b=observed["b"],
        a_p_value=by_path["a"],
        b_p_value=by_path["b"],
        acme_p_value=acme,
    )
    table = pd.DataFrame(curve, columns=["effect", "statistic", "observed", "p_value"])
    joint = table.groupby("statistic", sort=False)["p_value"].max().reset_index()
    table = pd.concat([table, joint.assign(effect="acme", observed=np.nan)], ignore_index=True)
    used = np.zeros(n_dyads, bool)
    for one in scores["a"]:
        used[one.rows] = True
    return JointTests(table, models, n_flips, int(used.sum()))


@dataclass(frozen=True)
class _Score:
    """What the score test of one coefficient needs."""

    rows: Array
    """Dyads in the sample."""
    predictor: Array
    """Residual of the predictor given the others."""
    residual: Array
    """Residual of the response in the model without the predictor."""
    others: Array
    """Orthonormal basis of the other predictors."""
    unit: float
    """Standard deviation of the predictor over that of the response."""

    @property
    def error_sd(self) -> float:
        """Residual standard deviation in the model without the predictor."""
        df = len(self.rows) - self.others.shape[1]
        return float(np.sqrt(self.residual @ self.residual / df))

    @classmethod
    def of(cls, rows: Array, predictor: Array, response: Array, others: Array) -> _Score:
        """Take the other predictors, the constant among them, out of both."""
        basis = np.linalg.qr(others)[0]
        return cls(
            rows,
            predictor - basis @ (basis.T @ predictor),
            response - basis @ (basis.T @ response),
            basis,
            float(predictor.std() / response.std()),
        )


def _all_scores(study: Study, chosen: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[_Score]]]:
    """Scores of both paths in every pair of models that can be fitted."""
    ingredients = Ingredients.of(study)
    scores: dict[str, list[_Score]] = {"a": [], "b": []}
    fitted = np.zeros(len(chosen), bool)
    reason = ""
    for key, rows in chosen.groupby(list(SYNCHRONY_CHOICES), sort=False):
        synchrony = cast("tuple[str, str, str, int]", key)
        samples: Samples | None = None
        for place, spec in rows.iterrows():
            columns = analysis_columns({**spec, **_PLAIN})
            try:
                samples = samples or Samples(ingredients.table(synchrony))
                outcome = ingredients.outcome(spec["outcome"]).to_numpy()
                sample, kept = samples.complete(columns, outcome)
            except InputError as error:  # such as a mixed model without a solution
                reason = reason or str(error)
                continue
            m, nuisance = sample.m[:, 0], np.delete(sample.mediator_design, 1, axis=1)
            scores["a"].append(_Score.of(kept, sample.x, m, nuisance))
            scores["b"].append(_Score.of(kept, m, sample.y, sample.mediator_design))
            fitted[cast("int", place)] = True
    if not fitted.any():
        raise InputError(f"None of the {len(chosen)} pairs of models can be fitted: {reason}")
    # In the order of the groups, as the scores are.
    order = np.concatenate(
        [rows.index for _, rows in chosen.groupby(list(SYNCHRONY_CHOICES), sort=False)]
    )
    return chosen.loc[order[fitted[order]]].reset_index(drop=True), scores


def _blocks(scores: list[_Score]) -> Iterator[tuple[int, list[_Score]]]:
    """Cut a list of scores so that their columns fit into memory."""
    size = max(1, _BLOCK_COLUMNS // max(1 + one.others.shape[1] for one in scores))
    for start in range(0, len(scores), size):
        yield start, scores[start : start + size]


def _flipped(scores: list[_Score], flips: Array) -> Array:
    """Give the statistic of every score under every flip, shape (flips, scores).

    With F the signs and H the projection on the other predictors, the score x'Fr has the variance
    s^2 x'F(I - H)Fx = s^2 (x'x - |Q'Fx|^2), Q the basis of H (De Santis et al. 2025).
    """
    widths = [1 + one.others.shape[1] for one in scores]
    columns = np.zeros((flips.shape[1], sum(widths)), np.float32)
    starts = np.cumsum([0, *widths[:-1]])
    for start, width, one in zip(starts, widths, scores, strict=True):
        columns[one.rows, start] = one.predictor * one.residual
        columns[one.rows, start + 1 : start + width] = one.predictor[:, None] * one.others
    sums = flips @ columns
    squares = np.add.reduceat(sums**2, starts, axis=1)
    score = sums[:, starts]
    squares -= score**2
    total = np.array([one.predictor @ one.predictor for one in scores], np.float32)
    sd = np.array([one.error_sd for one in scores], np.float32)
    variance = np.maximum(total - squares, 1e-6 * total)
    return np.asarray(score / (sd * np.sqrt(variance)))


def _curve_rows(
    path: str, statistics: Array, scores: list[_Score]
) -> list[tuple[str, str, float, float]]:
    sign = CLAIMS[path][1]
    # The estimate that a flipped score stands for, in standard deviations.
    unit = np.array(
        [one.unit * one.error_sd / np.sqrt(one.predictor @ one.predictor) for one in scores]
    )
    median = np.median(statistics * unit.astype(np.float32), axis=1)
    share = (sign * statistics > _SIGNIFICANT).mean(1)
    stouffer = statistics.sum(1) / np.sqrt(statistics.shape[1])
    return [
        (path, "median", float(median[0]), _p_value(np.abs(median))),
        (path, "share", float(share[0]), _p_value(share)),
        (path, "stouffer", float(stouffer[0]), _p_value(np.abs(stouffer))),
    ]


def _p_value(values: Array) -> float:
    """Share of the flips, the data as they are among them, with a value as large as theirs."""
    if np.isnan(values[0]):
        return float("nan")  # no flip is as large as what is not known, and none is smaller
    return float((values >= values[0] * (1 - 1e-6)).mean())


def _adjusted(observed: Array, largest: Array) -> Array:
    """Share of the flips in which the largest statistic of all is as large as each observed one."""
    ordered = np.sort(largest)
    below = np.searchsorted(ordered, np.abs(observed) * (1 - 1e-6), side="left")
    return np.asarray(1 - below / len(ordered))
