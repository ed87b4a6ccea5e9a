"""Every analysis that somebody could defend: all combinations, less what means nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.scrutiny.multiverse.choices import CHOICES, METHOD_OPTIONS, Choice, choices_of
from dyadsync.scrutiny.multiverse.ingredients import SYNCHRONY_CHOICES, Ingredients
from dyadsync.study.load import Study
from dyadsync.synchrony.measures import MEASURES

DROPPED = ["choices", "reason", "analyses"]
"""Columns of a table of what was left out."""

_WHERE_NAMED = {
    ("missing", "imputed"): "Too slow to be run where nobody names it.",
    ("method", "mixed"): "Asks about dyads of one therapist: run where somebody names it.",
}
"""Options that are run only where they are named, and why."""

_FEWEST_RESAMPLES = 100_000
"""Distinct resamples of whole clusters below which a bootstrap of them is left out."""


def specifications(study: Study, **choices: Sequence[Any] | Any) -> pd.DataFrame:
    """List the analyses that combine these options, one row per analysis.

    Parameters
    ----------
    study : Study
        From `load_study`. It decides which combinations repeat each other.
    **choices : list
        Options to take, by the name of a choice in `CHOICES`; of a
        choice that is not named every option, but neither imputed values, which are slow, nor mixed
        models, whose slopes are those within therapists.

    Returns
    -------
    DataFrame
        Columns are the choices. The first row is the main analysis (each choice's first option) as
        far as these options hold it. ``attrs["dropped"]`` lists the combinations left out:
        ``choices reason analyses``.

    Raises
    ------
    InputError
        For an unknown choice or option.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study
    >>> study = simulate_study(Design(), rng=1)
    >>> specs = specifications(study, change="difference", below_loq="keep", outcome="slope",
    ...                        covariates="none", method=["HC3", "robust"])
    >>> len(specs), specs.attrs["dropped"][0]["reason"]
    (36, "Shrunken synchrony is a slope and no correlation: Fisher's z is not for it.")
    """
    specs, dropped = _sifted(study, choices)
    kept = specs.loc[specs["reason"] == "", list(CHOICES)]
    kept = kept.reset_index(drop=True).rename_axis("analysis")
    kept.attrs["dropped"] = dropped
    return kept


def left_out(study: Study, **choices: Sequence[Any] | Any) -> pd.DataFrame:
    """List the combinations that `specifications` leaves out, one row each, with the ``reason``.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study
    >>> study = simulate_study(Design(), rng=1)
    >>> one = dict(change="difference", below_loq="keep", outcome="slope", covariates="none")
    >>> out = left_out(study, **one, measure="pearson", min_sessions=3, missing="complete",
    ...                method=["HC3", "robust"])
    >>> out.groupby("reason").size().to_dict()
    {'6 therapists can be resampled in only 462 ways.': 2, 'HC3 takes dyads as independent.': 2}
    """
    specs, _ = _sifted(study, choices)
    return specs[specs["reason"] != ""].reset_index(drop=True)


def _sifted(study: Study, choices: dict[str, Any]) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Give every combination with the reason why it is left out, and those reasons in short."""
    options = _checked_options(choices, choices_of(study))
    specs = pd.MultiIndex.from_product(options.values(), names=options).to_frame(index=False)
    specs["reason"] = ""
    dropped: list[dict[str, Any]] = []
    ingredients = Ingredients.of(study)

    def leave_out(named: str, reason: str, rows: pd.Index[Any]) -> None:
        dropped.append(dict(zip(DROPPED, (named, reason, len(rows)), strict=True)))
        specs.loc[rows, "reason"] = reason

    for rule in (_meaningless, _not_of_this_study, _few_therapists, _nothing_missing):
        for named, reason, mask in rule(specs, ingredients):
            rows = specs.index[mask & (specs["reason"] == "")]
            if len(rows):
                leave_out(named, reason, rows)
    for (choice, option), reason in _WHERE_NAMED.items():
        rows = specs.index[specs[choice].eq(option) & (specs["reason"] == "")]
        if choice not in choices and len(rows):
            leave_out(f"{choice}={option}", reason, rows)
    left = specs[specs["reason"] == ""]
    for named, reason, rows in _repeats(left, ingredients):
        leave_out(named, reason, rows)
    return specs, dropped


def _checked_options(
    choices: Mapping[str, Any], forks: Mapping[str, Choice]
) -> dict[str, list[Any]]:
    """Give every choice's options in their order: those named, or all."""
    for name in choices:
        check_choice("choice", name, forks)
    options = {}
    for name, choice in forks.items():
        known = {str(option): option for option in choice.options}
        asked = choices.get(name, list(choice.options))
        asked = [asked] if isinstance(asked, str) or not isinstance(asked, Iterable) else asked
        taken = {check_choice(name, str(option), known) for option in asked}
        if not taken:
            raise InputError(f"{name} needs at least one of its options: {', '.join(known)}.")
        options[name] = [option for text, option in known.items() if text in taken]
    return options


Found = Iterable[tuple[str, str, "pd.Series[bool]"]]


def _that(holds: str) -> list[str]:
    """Name the methods of which a fact of the registry holds."""
    return [name for name, one in METHOD_OPTIONS.items() if getattr(METHODS[one["method"]], holds)]


def _meaningless(specs: pd.DataFrame, _: Ingredients) -> Found:
    """Find what means nothing, or something else, whatever the study."""
    of_correlations = specs["method"].isin(_that("of_correlations"))
    of_clusters = [*_that("clusters_only"), "CR2"]
    slopes = [name for name, one in MEASURES.items() if one.whole_sample]
    yield (
        "measure=shrunken, scale=z",
        "Shrunken synchrony is a slope and no correlation: Fisher's z is not for it.",
        specs["measure"].isin(slopes) & specs["scale"].eq("z"),
    )
    yield (
        "method=latent, measure other than pearson",
        "The latent model rests on the distribution of Pearson's r.",
        of_correlations & specs["measure"].ne("pearson"),
    )
    yield (
        "method=latent, change other than log_ratio",
        "The latent model takes changes as normal, which only the log ratio comes near.",
        of_correlations & specs["change"].ne("log_ratio"),
    )
    yield (
        "method=latent, scale=synchrony",
        "The latent model's effects are per unit of z: the same analysis as with scale=z.",
        of_correlations & specs["scale"].ne("z"),
    )
    yield (
        "method=HC3, clustering=therapists",
        "HC3 takes dyads as independent.",
        specs["method"].eq("HC3") & specs["clustering"].eq("therapists"),
    )
    yield (
        "missing=imputed, method that cannot join completed samples",
        "Draws of completed samples are joined, which this method does not do.",
        specs["missing"].eq("imputed") & ~specs["method"].isin(_that("imputed")),
    )
    yield (
        "missing=imputed, method=robust, huber or median",
        "Imputed values come from a normal model that odd dyads move, which these methods avoid.",
        specs["missing"].eq("imputed") & specs["method"].isin(_that("withstands_outliers")),
    )
    yield (
        "method of clusters, clustering=none",
        "CR2, the wild cluster bootstrap and random effects are about therapists.",
        specs["method"].isin(of_clusters) & specs["clustering"].eq("none"),
    )


def _not_of_this_study(specs: pd.DataFrame, ingredients: Ingredients) -> Found:
    """Find what a study has no data for."""
    study = ingredients.study
    if study.limit_of_quantification is None:
        yield (
            "below_loq other than keep",
            "The study states no limit of quantification.",
            specs["below_loq"].ne("keep"),
        )
    if not study.positive_signal:
        yield (
            "change=log_ratio",
            "The signal may be 0 or negative; such values have no logarithm.",
            specs["change"].eq("log_ratio"),
        )
    if not study.has_phases:
        yield (
            "covariates=two persons",
            "With one sample per session a person's mean change is the level.",
            specs["covariates"].eq("two persons"),
        )


def _nothing_missing(specs: pd.DataFrame, ingredients: Ingredients) -> Found:
    """Find imputed analyses that have nothing to impute: they repeat the complete ones."""
    parts = [*SYNCHRONY_CHOICES, "outcome", "covariates"]
    imputed = specs.loc[specs["missing"].eq("imputed") & (specs["reason"] == ""), parts]
    complete = []
    for *made, outcome, covariates in imputed.drop_duplicates().itertuples(index=False):
        try:
            absent = ingredients.without("synchrony", tuple(made))
            absent = absent | ingredients.without("outcome", outcome)
            absent = absent | ingredients.without("covariates", covariates)
            complete.append(not absent.any())
        except InputError:  # these are refused, or left out, for a reason of their own
            complete.append(False)
    repeats = pd.Series(False, specs.index)
    repeats[imputed.index] = np.array(complete, bool)[imputed.groupby(parts, sort=False).ngroup()]
    yield "missing=imputed, no value missing", "The same as with complete dyads.", repeats


def _few_therapists(specs: pd.DataFrame, ingredients: Ingredients) -> Found:
    n = int(ingredients.study.dyads["therapist_id"].nunique())
    clustered = specs["clustering"].eq("therapists")
    if not ingredients.study.has_therapists:
        yield "clustering=therapists", "Nobody is shared by several dyads.", clustered
        return
    if n < 2:
        yield "clustering=therapists", "There is only one therapist.", clustered
        return
    distinct = comb(2 * n - 1, n)
    if distinct < _FEWEST_RESAMPLES:
        yield (
            "method that resamples, clustering=therapists",
            f"{n} therapists can be resampled in only {distinct:,} ways.",
            clustered & specs["method"].isin(_that("resamples")),
        )


def _repeats(
    specs: pd.DataFrame, ingredients: Ingredients
) -> Iterable[tuple[str, str, pd.Index[Any]]]:
    """Find synchronies that repeat, dyad by dyad, one that stands before them.

    An option with which every synchrony repeats that with another option is found once.
    """
    first: dict[bytes, tuple[Any, ...]] = {}
    same: dict[tuple[Any, ...], list[tuple[Any, Any, pd.Index[Any]]]] = {}
    keys = []
    for key, rows in specs.groupby(list(SYNCHRONY_CHOICES), sort=False):
        keys.append(key)
        try:
            before = first.setdefault(ingredients.fingerprint(key), key)
        except InputError as error:
            yield _named(key), str(error), rows.index
            continue
        if before != key:
            pairs = zip(SYNCHRONY_CHOICES, key, before, strict=True)
            differ = tuple(pair for pair in pairs if pair[1] != pair[2])
            same.setdefault(differ, []).append((key, before, rows.index))
    for differ, found in same.items():
        [(name, option, other), *more] = differ
        place = list(SYNCHRONY_CHOICES).index(name)
        if not more and len(found) == sum(key[place] == option for key in keys):
            rows = found[0][2].append([index for _, _, index in found[1:]])
            yield f"{name}={option}", f"The same numbers as {name}={other}.", rows
            continue
        for key, before, index in found:
            yield _named(key), f"The same numbers as {_named(before)}.", index


def _named(key: Iterable[Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(SYNCHRONY_CHOICES, key, strict=True))
