"""The forks of the analysis: what could be chosen, and why somebody would choose it.

Change scores, measures and methods are those of their registries; any other option is a line here.
Where an option has no meaning beside others, there is a rule in `specifications`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dyadsync.mediation.methods.registry import METHODS
from dyadsync.study.load import Study
from dyadsync.study.roles import PERSONS
from dyadsync.synchrony.changes import CHANGES
from dyadsync.synchrony.measures import MEASURES


@dataclass(frozen=True)
class Choice:
    """One fork: a question, and its answers."""

    name: str
    """Column of a table of analyses."""
    title: str
    """What figures call it."""
    question: str
    options: Mapping[Any, str]
    """Why somebody would take each option; the first one is the main analysis's."""

    @property
    def default(self) -> Any:
        """The option of the main analysis."""
        return next(iter(self.options))


COVARIATES: dict[str, tuple[str, ...]] = {
    "none": (),
    "age": ("age",),
    "age+gender": ("age", "gender"),
    "arm": ("arm",),
    "first score": ("first_score",),
    "all": ("age", "gender", "arm", "first_score"),
    "two persons": tuple(f"{person}_{part}" for person in PERSONS for part in ("change", "level")),
}
"""Columns of each set of covariates; ``first_score`` is a patient's first rating of symptoms, and
the two persons have their mean change and level."""

MISSING_OPTIONS: dict[str, dict[str, Any]] = {
    "complete": {},
    "imputed": {"missing": "impute", "n_imputations": 20},
}
"""Options of `mediate` by what is done with missing values."""

_VARIANTS: dict[str, tuple[dict[str, Any], str]] = {
    "HC3": ({"vcov": "HC3"}, "Residuals may spread differently at different values."),
    "small-sample": (
        {"small_sample": True},
        "With so few dyads the residual variance is uncertain too.",
    ),
    "CR2": ({"vcov": "CR2"}, "Errors from few clusters are too small unless corrected."),
}
"""What else the quasi-Bayesian method is asked for, and why."""


def _methods() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Give the methods of `mediate` and the variants of the main one, those of clusters last."""
    main, *others = (name for name, method in METHODS.items() if method.why)
    variants = [(name, {"method": main, **part}, why) for name, (part, why) in _VARIANTS.items()]
    of_clusters = []
    yield main, {"method": main}, METHODS[main].why
    yield from (one for one in variants if one[0] != "CR2")
    for name in others:
        method = METHODS[name]
        if method.clusters_only:  # of which there are few
            few = {"small_sample": True} if method.small_sample else {}
            of_clusters.append((name, {"method": name, **few}, method.why))
        else:
            yield name, {"method": name}, method.why
    yield from (one for one in variants if one[0] == "CR2")
    yield from of_clusters


METHOD_OPTIONS: dict[str, dict[str, Any]] = {name: options for name, options, _ in _methods()}
"""Options of `mediate` by the name of a method here."""

CHOICES: dict[str, Choice] = {
    one.name: one
    for one in (
        Choice(
            "change",
            "Change score",
            "How is a session's change in oxytocin measured?",
            {name: one.why for name, one in CHANGES.items() if one.phases},
        ),
        Choice(
            "below_loq",
            "Below the limit",
            "What is done with samples below the assay's limit of quantification?",
            {
                "keep": "A measured value is the best guess there is.",
                "substitute": "Laboratories often report the limit over the root of 2.",
                "omit": "What the assay cannot quantify is not data.",
            },
        ),
        Choice(
            "measure",
            "Measure",
            "How is the association of two persons' changes measured?",
            {name: one.why for name, one in MEASURES.items()},
        ),
        Choice(
            "min_sessions",
            "Fewest sessions",
            "From how many sessions is a dyad's synchrony taken?",
            {
                3: "Every dyad that has a correlation at all.",
                4: "From three pairs a correlation is near 1 or -1 by chance too often.",
            },
        ),
        Choice(
            "scale",
            "Scale",
            "On which scale does synchrony enter the models?",
            {
                "synchrony": "A correlation is what readers understand.",
                "z": "Fisher's z is nearer to normal, and its error does not depend on its size.",
            },
        ),
        Choice(
            "outcome",
            "Outcome",
            "How is the reduction of symptoms measured?",
            {
                "slope": "The trial's registered outcome, from all ratings of a patient.",
                "mixed": "A mixed model uses ratings of patients who left early best.",
                "difference": "From the first to the last rating is what one sees.",
                "percent": "The same points are less where the first score is high.",
            },
        ),
        Choice(
            "covariates",
            "Covariates",
            "What are both models adjusted for?",
            {
                "none": "The paper's abstract names no covariate.",
                "age": "Oxytocin and depression may change with age.",
                "age+gender": "The usual pair of demographic covariates.",
                "arm": "Not everybody was treated alike.",
                "first score": "Who starts worse can improve more.",
                "all": "Whatever could confound is adjusted for.",
                "two persons": "Synchrony has to add to what each person's changes tell.",
            },
        ),
        Choice(
            "missing",
            "Missing values",
            "What is done with dyads without synchrony or outcome?",
            {
                "complete": "Only dyads with every value enter both models.",
                "imputed": "Dyads with gaps may differ from the others; what they tell is used.",
            },
        ),
        Choice(
            "method",
            "Method",
            "How are effects estimated, and their intervals made?",
            {name: why for name, _, why in _methods()},
        ),
        Choice(
            "clustering",
            "Clusters",
            "Are dyads of one therapist taken as alike?",
            {
                "none": "Therapists differ little in outcome.",
                "therapists": "Patients of one therapist are no independent observations.",
            },
        ),
    )
}
"""Every fork by the name of its column."""


LEVELS = Choice(
    "change",
    "Level",
    "How is a session's level taken?",
    {name: one.why for name, one in CHANGES.items() if not one.phases},
)
"""What stands in the place of the change scores where a person has one sample per session."""


def choices_of(study: Study) -> dict[str, Choice]:
    """Give the forks of a study: those of `CHOICES`, with levels where it has no changes."""
    return CHOICES if study.has_phases else {**CHOICES, "change": LEVELS}


def choice_table() -> pd.DataFrame:
    """List every option and why somebody would take it: ``choice option why``."""
    rows = [
        (choice.title, str(option), why)
        for choice in CHOICES.values()
        for option, why in choice.options.items()
    ]
    return pd.DataFrame(rows, columns=["choice", "option", "why"])
