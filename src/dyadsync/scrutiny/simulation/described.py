"""A simulated trial under the names, persons, units and directions of another study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from dyadsync.study.load import Study
from dyadsync.study.roles import COLUMNS

_SCALE = 52  # points of the scale that is simulated, from 0


def as_described(study: Study) -> Study:
    """Give a simulated study, under another one's descriptor, what that descriptor describes."""
    samples, dyads = study.samples.copy(), study.dyads.copy()
    own = study.layout.columns["dyads"]
    if "therapist_id" in own:
        letter = study.words.group[:1].upper()
        dyads["therapist_id"] = letter + dyads["therapist_id"].str.removeprefix("T")
    else:
        dyads["therapist_id"] = dyads["dyad_id"]
    for name in ("arm", "gender", "age"):
        if name not in own:
            dyads[name] = dyads[name].where(dyads[name].isna())
    if "phase" not in study.layout.columns["samples"]:
        samples = _levels(samples)
    if not study.positive_signal:
        samples["signal"] = np.log(samples["signal"]).round(2)
    symptoms = _rated(study) if study.has_outcome else study.symptoms.iloc[:0]
    return replace(study, samples=samples, dyads=dyads, symptoms=symptoms)


def _levels(samples: pd.DataFrame) -> pd.DataFrame:
    """One value per session, which goes from session to session as the change over it would."""
    keys = ["dyad_id", "session", "role"]
    wide = samples.pivot_table("signal", keys, "phase", sort=False).dropna()
    usual = samples["signal"].median()
    level = (usual * wide["post"] / wide["pre"]).round(2).rename("signal")
    return level.reset_index()[[name for name in COLUMNS["samples"] if name in {*keys, "signal"}]]


def _rated(study: Study) -> pd.DataFrame:
    """Ratings between the bounds of the outcome, turned round if higher is better there."""
    field = study.layout.field("symptoms", "outcome")
    rules = field.get("constraints") or {}
    low, high = rules.get("minimum", 0), rules.get("maximum", _SCALE)
    share = study.symptoms["outcome"] / _SCALE
    if study.higher_is_better:
        share = 1 - share
    value = low + share * (high - low)
    whole = field.get("type") == "integer"
    return study.symptoms.assign(outcome=value.round().astype(int) if whole else value.round(1))
