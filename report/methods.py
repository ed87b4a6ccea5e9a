"""The methods section, written from the parameters in force; of a plan in the future tense."""

from __future__ import annotations

import platform
import re
from dataclasses import fields
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
from analysis import Analysis, Settings
from apa import count, isolated, level, listed
from sentences import (
    BELOW_LIMIT,
    CHANGES,
    IMPROVEMENTS,
    MEASURE_NAMES,
    improvement,
    persons,
)

from dyadsync.cli.planned import PLAN, analysis_of, read_written_plan
from dyadsync.cli.planned import departures as departures_of
from dyadsync.study.roles import ROLES
from dyadsync.synchrony.measures import MEASURES

AUTHORS = "The authors add this."


def tense(a: Analysis, past: str, future: str) -> str:
    """Choose the past, or of a plan the future tense."""
    return future if a.settings.planned else past


def _was(a: Analysis) -> str:
    return tense(a, "was", "will be")


def _were(a: Analysis) -> str:
    return tense(a, "were", "will be")


def measures(a: Analysis) -> str:
    """Say how synchrony and outcome were measured."""
    s = a.settings
    text = (
        f"Synchrony {_was(a)} {MEASURE_NAMES[s.measure]} between the {a.what}s of {persons(a)} in "
        f"{isolated(a.names.signal)} over the sessions of a dyad ({_source(s.measure)}). "
        f"The {a.what} of a session {_was(a)} {CHANGES[a.change]}. Dyads with fewer than "
        f"{s.min_sessions} sessions with a {a.what} of both persons {_were(a)} left out."
    )
    if a.study.limit_of_quantification is not None:
        text += f" Samples below the limit of quantification {_were(a)} {BELOW_LIMIT[s.below_loq]}."
    if not a.distinguishable:
        text += (
            " As the two persons of a dyad cannot be told apart, only measures that do not depend "
            f"on their order {_were(a)} used."
        )
    if a.study.has_outcome:
        text += f" The {improvement(a)} {_was(a)} {IMPROVEMENTS[s.symptom_method]}."
    return text


def _source(measure: str) -> str:
    return re.sub(r" \((\d{4})\)", r", \1", MEASURES[measure].source)


def models(a: Analysis) -> str:
    """Say how the mediation was analysed."""
    if a.lacks_mediation and not a.settings.planned:
        return ""
    scale = "Fisher's z of synchrony" if a.m == "z" else "synchrony"
    missing = tense(
        a,
        " Dyads that lacked a value were left out of the main analysis"
        f"{'; their values were imputed in a second one' * (a.imputed is not None)}.",
        " Dyads that lack a value will be left out of the main analysis; their values will be "
        "imputed in a second one.",
    )
    if not a.settings.planned and len(a.complete) == len(a.table):
        missing = ""
    return (
        f"Two least squares models {_were(a)} fitted: {scale} on {isolated(a.names.cause)}, and "
        f"the {improvement(a)} on both, without covariates. Indirect (ACME), direct (ADE) and "
        f"total effect with {level(a.level)} intervals {_were(a)} taken from "
        f"{a.settings.n_draws:,} quasi-Bayesian draws of the coefficients (Imai, Keele & Tingley, "
        f"2010, doi:10.1037/a0020761); intervals of the paths {_were(a)} those of Student's t. "
        f"The tests of both paths {_were(a)} adjusted as a family by the method of "
        f"Holm (1979).{missing}"
    )


def checks(a: Analysis) -> str:
    """Say which checks were made."""
    if a.lacks_synchrony:
        return ""
    parts = []
    if a.testable:
        parts.append(
            "mean synchrony against surrogates (Moulder et al., 2018, doi:10.1037/met0000172)"
        )
    if a.reliability:
        parts.append("the reliability of synchrony from the exact distribution of a correlation")
    if a.checkable:
        parts += [
            "the mediation by robust regression (Alfons et al., 2022, "
            "doi:10.1177/1094428121999096), median regression and bootstraps",
            *["with weights by the precision of slopes"] * (a.precision is not None),
            *[f"by {isolated(a.names.arm)}"] * (a.moderated is not None),
            "without each dyad" + " and each group" * bool(a.clusters),
            "for an unmeasured common cause (Imai, Keele & Yamamoto, 2010, doi:10.1214/10-STS321)",
            "over a multiverse of defensible choices (Steegen et al., 2016, "
            "doi:10.1177/1745691616658637) with joint tests by sign flips (Girardi et al., 2024, "
            "doi:10.1007/s11336-024-09973-6)",
        ]
    return f"Checked {_were(a)} {listed(parts)}." if parts else ""


def software(a: Analysis) -> str:
    """Say with what it was computed."""
    names = ("dyadsync", "numpy", "scipy", "pandas", "statsmodels")
    versions = listed(f"{name} {metadata.version(name)}" for name in names)
    python = ".".join(platform.python_version_tuple()[:2])
    return (
        f"All computations {_were(a)} made with {versions} in Python {python}; the seed of the "
        f"random numbers is {a.settings.seed}."
    )


def differences(a: Analysis) -> str:
    """Say which parameters are not the defaults."""
    changed = [
        f"{one.name} = {getattr(a.settings, one.name)} (default {one.default})"
        for one in fields(Settings)
        if one.name != "planned" and getattr(a.settings, one.name) != one.default
    ]
    if not changed:
        return "All parameters have their default values."
    return f"Not the default values: {listed(changed)}."


def departures(a: Analysis, data: str) -> str:
    """Say where the analysis leaves the plan that lies beside the data; empty without one."""
    file = Path(data) / PLAN
    if a.settings.planned or not file.is_file():
        return ""
    changed = departures_of(read_written_plan(file), analysis(a))
    if not changed:
        return "The analysis is as planned."
    return f"The analysis leaves the plan: {'; '.join(changed)}."


def analysis(a: Analysis) -> dict[str, Any]:
    """Give what a plan fixes, as it is in this report."""
    parameters = {one.name: getattr(a.settings, one.name) for one in fields(Settings)}
    del parameters["planned"]
    return analysis_of(a.study, {**parameters, "change": a.change})


def analysis_table(a: Analysis) -> pd.DataFrame:
    """List it, for `dyadsync compare`."""
    return pd.DataFrame(analysis(a).items(), columns=["name", "value"])


def parameters_table(a: Analysis) -> pd.DataFrame:
    """List the parameters in force."""
    shown = [one for one in fields(Settings) if one.name != "planned"]
    values = [getattr(a.settings, one.name) for one in shown]
    if a.settings.change == "auto":
        chosen = f"auto: {a.change}"
        values = [
            chosen if one.name == "change" else v for one, v in zip(shown, values, strict=True)
        ]
    return pd.DataFrame(
        {
            "parameter": [one.name for one in shown],
            "value": list(map(str, values)),
            "default": [str(one.default) for one in shown],
        }
    )


def checklist(a: Analysis) -> str:
    """Say what the checklist is, or why there is none."""
    agrema = (
        "AGReMA, the guideline for reports of mediation analyses (Lee et al., 2021, "
        "doi:10.1001/jama.2021.14075)"
    )
    if a.lacks_mediation:
        return f"There is no mediation for {agrema}."
    return f"The items of {agrema}, and where this report answers them."


def agrema_table(a: Analysis) -> pd.DataFrame | None:
    """Fill in the AGReMA checklist (long form) as far as data and parameters say it."""
    if a.lacks_mediation:
        return None
    n = count(len(a.study.dyads), "dyad")
    rows = [
        ("1 Title", AUTHORS),
        ("2 Abstract", "Summary"),
        ("3 Background", AUTHORS),
        ("4 Objectives", f"Whether synchrony lies between {a.names.cause} and {_goal(a)}"),
        ("5 Registration", AUTHORS),
        ("6 Design and source", "Data; Methods"),
        ("7 Participants", f"{n}; eligibility, places and dates: the authors add them."),
        ("8 Sample size", "Power at this size: Summary. A calculation beforehand: the authors."),
        ("9 Effects of interest", "Indirect, direct and total effect: Mediation"),
        ("10 Causal model", f"{a.names.cause} → synchrony → {_goal(a)}"),
        ("11 Causal assumptions", "Mediation, last paragraph"),
        ("12 Measurement", "Methods; data dictionary; reliability: Synchrony"),
        (
            "13 Levels",
            "Sessions within dyads" + f", dyads within {a.names.group}" * bool(a.clusters),
        ),
        ("14 Statistical methods", "Methods; no covariates, no interaction in the main analysis"),
        ("15 Sensitivity analyses", "Mediation; Robustness"),
        ("16 Ethics", AUTHORS),
        ("17 Sample in the analysis", f"{len(a.complete)} of {n}: Data"),
        ("18 Estimates", "Mediation"),
        ("19 Results of sensitivity analyses", "Mediation; Robustness"),
        ("20 Limitations", "What a study like this can say: Summary"),
        ("21 Interpretation", AUTHORS),
        ("22 Implications", AUTHORS),
        ("23 Funding", AUTHORS),
        ("24 Conflicts of interest", AUTHORS),
        ("25 Data and code", "Methods; results as CSV beside this report"),
    ]
    return pd.DataFrame(rows, columns=["item", "here"])


def _goal(a: Analysis) -> str:
    return improvement(a) if a.study.has_outcome else "an outcome, which these data lack"


def dictionary_table(a: Analysis) -> pd.DataFrame:
    """List every column of the package: title, unit, role, values that are there."""
    rows = []
    columns = a.study.layout.columns
    roles = {
        (table, columns[table].get(name)): role
        for role, places in ROLES.items()
        for table, name in places
        if table in columns
    }
    for table, frame in a.study.tables.items():
        resource = a.study.layout.resources[table]
        described = {
            str(one.get("name")): one for one in (resource.get("schema") or {}).get("fields", [])
        }
        for column in frame:
            one = described.get(str(column), {})
            title = " ".join(str(one.get("title") or column).split())
            rows.append(
                {
                    "column": str(column),
                    "table": str(resource.get("name", "")),
                    "title": title,
                    "unit": str(one.get("unit", "")) or "–",
                    "role": roles.get((table, str(column)), "–"),
                    "n": f"{int(frame[column].notna().sum()):,}",
                }
            )
    return pd.DataFrame(rows)
