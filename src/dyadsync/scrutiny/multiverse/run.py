"""Every analysis of a multiverse, run side by side; what analyses share is fitted once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import check_choice, check_count, check_level, check_seed
from dyadsync.claims.verdict import CLAIMS, verdict
from dyadsync.counting import of_all
from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import Settings
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.mediation.paths import Summary, paths_and_acme
from dyadsync.mediation.sample import MediationData
from dyadsync.printed import Printed, written
from dyadsync.regression.mm import ExactFitWarning
from dyadsync.regression.predictors import ConvergenceWarning
from dyadsync.scrutiny.missing.pooling import fit_each, pool
from dyadsync.scrutiny.multiverse.choices import CHOICES, COVARIATES, choices_of
from dyadsync.scrutiny.multiverse.forks import moved_by, turning_choices
from dyadsync.scrutiny.multiverse.ingredients import (
    CAUSE,
    SYNCHRONY_CHOICES,
    Ingredients,
    Samples,
    analysis_columns,
)
from dyadsync.scrutiny.multiverse.specifications import DROPPED
from dyadsync.scrutiny.shared_fits import shared_fits
from dyadsync.study.load import Study
from dyadsync.workers import run_tasks

EFFECTS = {"a": "path a", "b": "path b", "acme": "ACME"}
"""Prefixes of the table's columns, and what they are about."""

_CLAIM = {"a": "a", "b": "b", "acme": "c"}
_PARTS = ("estimate", "ci_lower", "ci_upper", "p_value")


@dataclass(frozen=True, repr=False)
class MultiverseResult(Printed):
    """What `run_multiverse` found."""

    table: pd.DataFrame
    """One row per analysis: its choices; for each of ``a b acme`` its ``_estimate _ci_lower
    _ci_upper _p_value _verdict``; ``n_obs``; ``x_sd m_sd y_sd``, spreads in its sample; ``notes``.
    """
    dropped: pd.DataFrame
    """What was left out: ``choices reason analyses``."""
    seed: int
    n_draws: int
    confidence_level: float = 0.95

    def _title(self) -> str:
        return f"Multiverse of {len(self.table):,} analyses: share of each verdict"

    def _shown(self) -> pd.DataFrame:
        return written(self.verdicts().rename(index=EFFECTS))

    def _text(self) -> str:
        return self.in_words()

    def in_words(self) -> str:
        """Say in how many of the analyses each claim is supported."""
        shares = ", ".join(
            f"{EFFECTS[effect]} in {row['supported']:.0%}"
            for effect, row in self.verdicts().iterrows()
        )
        left_out = int(self.dropped["analyses"].sum())
        return (
            f"{len(self.table):,} analyses, {self.n_draws:,} draws each, {left_out:,} combinations "
            f"left out. Share of the analyses that support the claim: {shares}."
        )

    def verdict_in_words(self, effect: str) -> str:
        """Say how often each verdict on one effect's claim is given."""
        check_choice("effect", effect, EFFECTS)
        shares = self.verdicts().loc[effect, list(_VERDICTS)]
        rounded = {word: f"{100 * share:.0f}" for word, share in shares.items()}
        words = [
            f"{word} in {'under 1' if shares[word] > 0 and percent == '0' else percent} %"
            for word, percent in rounded.items()
        ]
        return f"{words[0]} of {len(self.table):,} analyses, {words[1]} and {words[2]}"

    def agreement_in_words(self, whole: MultiverseResult | None) -> str:
        """Say how far a run agrees with a file of the whole one, or that there is none.

        Options that were added since the file was made are named.

        Raises
        ------
        AssertionError
            Where an analysis is missing from the file, or its numbers are others than here.
        """
        if whole is None:
            return (
                "These data have no file of a whole run, so all that follows is about the "
                f"{len(self.table):,} analyses that were run here; those drawn at random stand "
                "for the rest."
            )
        is_new = {name: ~self.table[name].isin(whole.table[name]) for name in CHOICES}
        options = [one for name, rows in is_new.items() for one in self.table[name][rows].unique()]
        with_new = int(pd.DataFrame(is_new).any(axis=1).sum())
        both = self.table.merge(whole.table, on=list(CHOICES), suffixes=("", "_whole"))
        known = len(self.table) - with_new
        assert len(both) == known, "the file lacks analyses that were run here"
        largest = 0.0
        for effect in EFFECTS:
            width = both[f"{effect}_ci_upper"] - both[f"{effect}_ci_lower"]
            for part in ("estimate", "ci_lower", "ci_upper"):
                gap = (both[f"{effect}_{part}"] - both[f"{effect}_{part}_whole"]).abs() / width
                largest = max(largest, float(gap.max()))
        assert largest < 1e-3, "the file's numbers are others than those made here"
        more = (
            f" {with_new} more have {', '.join(map(str, options))}, which all that follows leaves "
            "out until the file is made anew."
            if options
            else ""
        )
        return (
            f"The {known:,} analyses that were run here agree with the file's "
            f"{len(whole.table):,}: no estimate or end of an interval differs by more than "
            f"a {'millionth' if largest < 1e-6 else 'thousandth'} of the interval's width.{more}"
        )

    @property
    def main(self) -> pd.Series:
        """The analysis in which every choice is the default one; else the first."""
        defaults = pd.Series({name: choice.default for name, choice in CHOICES.items()})
        is_main = (self.table[list(CHOICES)] == defaults).all(axis=1)
        return self.table.iloc[int(np.argmax(is_main))]

    def verdicts(self) -> pd.DataFrame:
        """Share of the analyses with each verdict, and with the claimed sign, a row per effect."""
        rows = {}
        for effect in EFFECTS:
            shares = self.table[f"{effect}_verdict"].value_counts(normalize=True)
            sign = CLAIMS[_CLAIM[effect]][1]
            rows[effect] = {
                **{word: float(shares.get(word, 0.0)) for word in _VERDICTS},
                "claimed_sign": float((sign * self.table[f"{effect}_estimate"] > 0).mean()),
            }
        return pd.DataFrame.from_dict(rows, orient="index")

    def standardised(self, effect: str) -> pd.Series:
        """Estimates in standard deviations, so that analyses in other units can be compared.

        Path a is in SDs of synchrony per SD of impairment, b in SDs of the outcome per SD of
        synchrony, the ACME in SDs of the outcome per SD of impairment. The latent method's a and b
        are in units of a z that is not observed and have none.
        """
        check_choice("effect", effect, EFFECTS)
        estimate = self.table[f"{effect}_estimate"] * standard_unit(self.table, effect)
        return cast("pd.Series[Any]", estimate).rename(effect)

    def moved_by(self, effect: str = "acme") -> pd.DataFrame:
        """How much of the estimates' variance each choice, and each pair of choices, accounts for.

        See `dyadsync.scrutiny.multiverse.forks.moved_by`; the estimates are `standardised`.
        """
        return moved_by(self.table, self.standardised(effect))

    def turning_choices(self, effect: str = "acme") -> pd.DataFrame:
        """Which single change from the main analysis turns its verdict.

        See `dyadsync.scrutiny.multiverse.forks.turning_choices`.
        """
        check_choice("effect", effect, EFFECTS)
        return turning_choices(self.table, self.main, effect)

    def turning_in_words(self) -> str:
        """Name the single changes that turn the ACME's verdict: the end of "the verdict is"."""
        changed = self.turning_choices("acme")
        turning = changed[changed["turns"]]
        if turning.empty:
            return f"turned by none of {len(changed)} single changes"
        named = ", ".join(
            f"{CHOICES[row.choice].title.lower()} {row.option}" for row in turning.itertuples()
        )
        return f"turned by {of_all(len(turning), len(changed), 'single changes')}: {named}"

    def strength_in_words(self) -> str:
        """Say how far the ACME's verdict depends on the choices: the end of a sentence on it."""
        supported = self.verdicts().loc["acme", "supported"]
        if supported > 0.95:
            words = "hardly depends on the choices"
        elif supported > 0.5:
            words = "holds for most choices, not for all"
        elif supported > 0.05:
            words = "depends on the choices"
        else:
            words = "is found by hardly any of the choices"
        return f"{words}: it is supported in {100 * supported:.0f} % of the analyses"


_VERDICTS = ("supported", "inconclusive", "contradicted")


def standard_unit(table: pd.DataFrame, effect: str) -> pd.Series:
    """Give what takes an estimate, or an end of its interval, to standard deviations."""
    cause, response = {"a": ("x", "m"), "b": ("m", "y"), "acme": ("x", "y")}[effect]
    unit = table[f"{cause}_sd"] / table[f"{response}_sd"]
    return unit if effect == "acme" else unit.where(table["method"] != "latent")


def run_multiverse(
    study: Study,
    specs: pd.DataFrame,
    *,
    n_draws: int = 2000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
    scheduler: str | None = None,
    n_jobs: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> MultiverseResult:
    """Run every analysis that a table of specifications lists.

    Every analysis starts from the same seed, so each equals `mediate` with that
    seed whatever else is run, in which order and by how many workers; and two analyses of as
    many dyads see the same resamples, so that they do not differ by chance.

    Parameters
    ----------
    study : Study
        From `load_study`.
    specs : DataFrame
        From `specifications`, or some rows of it. A choice without a column is the default one.
    n_draws : int
        Draws or resamples of each analysis.
    confidence_level : float
    rng : int, Generator or None
        As in `mediate`; a generator gives one seed for all.
    scheduler : str, optional
        Address of a Dask scheduler; by default the cores of this machine work.
    n_jobs : int, optional
        Processes on this machine, by default one a core.
    progress : callable, optional
        Called with the number of analyses that have just been done.

    Returns
    -------
    MultiverseResult
        An analysis that cannot be made of these data is in its ``dropped``, with the reason.

    Raises
    ------
    InputError
        For a table without analyses, an unknown option, or a scheduler that does not answer.

    References
    ----------
    Steegen, Tuerlinckx, Gelman & Vanpaemel (2016), doi:10.1177/1745691616658637.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study, specifications
    >>> study = simulate_study(Design(), rng=1)
    >>> specs = specifications(study, change="difference", below_loq="keep", outcome="slope",
    ...                        covariates="none", method="HC3")
    >>> result = run_multiverse(study, specs, n_draws=500, rng=1, n_jobs=1)
    >>> len(result.table), round(float(result.main["a_estimate"]), 2)
    (18, -0.21)
    """
    n_draws = check_count("n_draws", n_draws, least=100)
    check_level(confidence_level)
    seed = check_seed(rng, 2**32)
    if not study.has_outcome:
        raise InputError("These data have no outcome, so there is no mediation to vary.")
    specs = _checked(study, specs)
    tasks, refused = _tasks(study, specs, n_draws, confidence_level, seed)
    found: list[tuple[Any, Any]] = []
    for rows in run_tasks(
        _run_task,
        tasks,
        scheduler,
        n_jobs,
        None if progress is None else lambda index: progress(len(tasks[index].specs)),
    ):
        found += rows
    outcomes = dict(found) | refused
    reasons = [one if isinstance(one, str) else "" for one in map(outcomes.get, specs.index)]
    table = specs.assign(missing_reason=reasons)
    failed = table[table["missing_reason"] != ""]
    kept = specs[table["missing_reason"] == ""]
    if not len(kept):
        raise InputError(
            f"None of the {len(specs)} analyses can be made; the first one: "
            f"{failed['missing_reason'].iloc[0]}"
        )
    results = pd.DataFrame([outcomes[row] for row in kept.index], index=kept.index)
    dropped = pd.DataFrame([*specs.attrs.get("dropped", []), *_summarised(failed)], columns=DROPPED)
    return MultiverseResult(kept.join(results), dropped, seed, n_draws, confidence_level)


@dataclass(frozen=True)
class _Task:
    """The analyses of one synchrony: they share most of what is fitted."""

    table: pd.DataFrame
    outcomes: dict[str, Any]
    specs: list[tuple[Any, dict[str, Any]]]
    """Row names and choices."""
    n_draws: int
    confidence_level: float
    seed: int


def _checked(study: Study, specs: pd.DataFrame) -> pd.DataFrame:
    """Give the choices of each row, in the registry's order; refuse what is no option."""
    if not isinstance(specs, pd.DataFrame) or not len(specs):
        raise InputError("specs must be a table of analyses with at least one row.")
    if specs.index.has_duplicates:
        raise InputError("specs has a row name twice; reset_index(drop=True) gives new ones.")
    checked = pd.DataFrame(index=specs.index)
    for name, choice in choices_of(study).items():
        checked[name] = specs[name] if name in specs.columns else choice.default
        for value in checked[name].unique():
            if value not in choice.options:
                check_choice(name, value, map(str, choice.options))
    checked.attrs = dict(specs.attrs)
    return checked


def _tasks(
    study: Study, specs: pd.DataFrame, n_draws: int, confidence_level: float, seed: int
) -> tuple[list[_Task], dict[Any, str]]:
    """Group the analyses by their synchrony; with the rows for which there is none."""
    ingredients = Ingredients.of(study)
    outcomes: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for method in specs["outcome"].unique():
        try:
            outcomes[method] = ingredients.outcome(method).to_numpy()
        except InputError as error:
            refused[method] = str(error)
    without = {row: refused[name] for row, name in specs["outcome"].items() if name in refused}
    tasks: list[_Task] = []
    for key, rows in specs.drop(list(without)).groupby(list(SYNCHRONY_CHOICES), sort=False):
        try:
            table = ingredients.table(cast("tuple[str, str, str, int]", key))
        except InputError as error:
            without |= dict.fromkeys(rows.index, str(error))
            continue
        # Those that share a mediator model, so that tasks of a like size can be cut.
        for (covariates, _), part in rows.groupby(["covariates", "scale"], sort=False):
            columns = ["therapist_id", CAUSE, "n_sessions", "synchrony", "z", "measure"]
            columns += COVARIATES[covariates]
            listed = list(zip(part.index, part.to_dict("records"), strict=True))
            tasks.append(_Task(table[columns], outcomes, listed, n_draws, confidence_level, seed))
    return tasks, without


def _run_task(task: _Task) -> list[tuple[Any, dict[str, Any] | str]]:
    samples, made = Samples(task.table), dict[Any, _Sample | str]()
    results: list[tuple[Any, dict[str, Any] | str]] = []
    with shared_fits(), warnings.catch_warnings():
        # The fit's notes say it, and they are in the table.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", ExactFitWarning)
        for row, spec in task.specs:
            columns = analysis_columns(spec)
            latent = METHODS[columns["method"]].of_correlations
            key = columns["m"], columns["cluster"], latent, spec["outcome"], spec["missing"]
            if key not in made:
                made[key] = _Sample.of(samples, columns, task.outcomes[spec["outcome"]], task.seed)
            sample = made[key]
            found = sample if isinstance(sample, str) else _analyse(sample, columns, task)
            results.append((row, found))
    return results


@dataclass(frozen=True)
class _Sample:
    """What analyses of one sample share."""

    completed: list[MediationData]
    """One, or those in which missing values are imputed."""
    state: Mapping[str, Any]
    """In which imputing has left the generator."""
    described: dict[str, float]
    """Rows and spreads, by column of the table of results."""

    @classmethod
    def of(
        cls, samples: Samples, columns: Mapping[str, Any], response: Array, seed: int
    ) -> _Sample | str:
        """Make it, or say why there is none."""
        rng = np.random.default_rng(seed)
        try:
            found = samples.completed(columns, response, rng)
        except InputError as error:
            return str(error)
        spreads = {
            f"{name}_sd": float(np.mean([getattr(one, name).std(ddof=1) for one in found]))
            for name in "xmy"
        }
        return cls(found, rng.bit_generator.state, {"n_obs": found[0].n_obs, **spreads})

    def generator(self) -> np.random.Generator:
        """Give a generator in that state."""
        generator = np.random.default_rng(0)
        generator.bit_generator.state = self.state
        return generator


def _analyse(of: _Sample, columns: Mapping[str, Any], task: _Task) -> dict[str, Any] | str:
    sample = of.completed[0]
    settings = Settings(
        task.n_draws, columns.get("vcov", "classical"), columns.get("small_sample", False)
    )
    method = METHODS[columns["method"]]
    if sample.cluster is not None and (settings.vcov == "HC3" or not method.cluster):
        return "This method takes dyads as independent."
    if sample.cluster is None and (settings.vcov == "CR2" or method.clusters_only):
        return "This method is about clusters of dyads."
    try:
        fit = pool(fit_each(method.draw, of.completed, settings, of.generator()))
    except InputError as error:
        return str(error)
    drawn = columns["method"] != "quasi-bayesian" or settings.vcov == "CR2"
    found = paths_and_acme(fit, sample, task.confidence_level, resampled=drawn)
    return {
        **{
            f"{prefix}_{part}": value
            for prefix, effect in EFFECTS.items()
            for part, value in _judged(prefix, found[effect]).items()
        },
        **of.described,
        "notes": " ".join(fit.notes),
    }


def _judged(effect: str, found: Summary) -> dict[str, Any]:
    sign = cast("Literal[-1, 1]", CLAIMS[_CLAIM[effect]][1])
    return dict(zip(_PARTS, found, strict=True)) | {"verdict": verdict(*found[:3], sign)}


def _summarised(failed: pd.DataFrame) -> list[dict[str, Any]]:
    """Name what analyses that failed for one reason have in common."""
    rows = []
    for reason, group in failed.groupby("missing_reason", sort=False):
        common = [
            f"{name}={group[name].iloc[0]}" for name in CHOICES if len(group[name].unique()) == 1
        ]
        rows.append(dict(zip(DROPPED, (", ".join(common), reason, len(group)), strict=True)))
    return rows
