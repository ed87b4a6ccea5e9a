"""What cannot be computed with a study, however right its tables are, and why."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dyadsync.checks import is_constant
from dyadsync.errors import InputError
from dyadsync.mediation.sample import fewest_rows
from dyadsync.study.load import Study
from dyadsync.study.outcome import symptom_reduction
from dyadsync.study.roles import PERSONS
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyad_table import dyad_table
from dyadsync.synchrony.dyads import FEWEST_SESSIONS, dyad_synchrony

FEWEST_DYADS = 10
"""Below so many dyads in the models, resamples and robust fits often have no answer."""

FEWEST_ROWS = fewest_rows(3)
"""The model of the outcome has three coefficients."""

_SYNCHRONY = "Synchrony, and all that follows from it,"
_MEDIATION = "The mediation"


@dataclass(frozen=True)
class Limit:
    """A result that cannot be computed, and why not, as it continues a sentence."""

    part: str
    reason: str

    def in_words(self) -> str:
        """Say both in a sentence."""
        return f"{self.part} cannot be computed: {self.reason}."


def study_limits(
    study: Study,
    *,
    change: str = "difference",
    below_loq: str = "keep",
    measure: str = "pearson",
    min_sessions: int = 3,
    symptom_method: str = "slope",
) -> list[Limit]:
    """Find what cannot be computed with a study, however right its tables are.

    Parameters
    ----------
    study : Study
        From `load_study`.
    change, below_loq, measure, min_sessions, symptom_method
        As in `session_changes`, `dyad_synchrony` and `symptom_reduction`.

    Returns
    -------
    list of Limit
        In the study's words; empty where everything can be.

    Raises
    ------
    InputError
        If a parameter asks for more than any dyad has.

    Examples
    --------
    >>> from dyadsync import Design, simulate_study
    >>> study_limits(simulate_study(Design(), rng=1))
    []
    """
    changes = session_changes(study, change, below_loq)
    most = int(dyad_synchrony(changes)["n_sessions"].max()) if len(changes) else 0
    if most < FEWEST_SESSIONS:
        lack = f"no dyad has {FEWEST_SESSIONS} sessions with values of both persons"
        return [Limit(_SYNCHRONY, lack)]
    synchrony = dyad_synchrony(changes, measure, min_sessions)
    if synchrony["synchrony"].isna().all():
        reasons = synchrony.loc[synchrony["n_sessions"] >= min_sessions, "reason"]
        reason = reasons.mode().iloc[0]
        for role, name in zip(PERSONS, (study.words.first, study.words.second), strict=True):
            reason = reason.replace(f"the {role}'s", f"the {name}'s")
        return [Limit(_SYNCHRONY, f"in no dyad is it known: {reason}")]
    return _of_models(study, synchrony, symptom_method)


def _of_models(study: Study, synchrony: pd.DataFrame, symptom_method: str) -> list[Limit]:
    """Find what the models of mediator and outcome lack."""
    table = dyad_table(study, synchrony, method="slope").set_index("dyad_id")
    try:
        table["symptom_reduction"] = symptom_reduction(study, symptom_method)
    except InputError as error:  # such as a mixed model that does not converge
        return [Limit(_MEDIATION, str(error).rstrip("."))]
    cause, mediator, outcome = "social_impairment", "synchrony", "symptom_reduction"
    complete = table.dropna(subset=[cause, mediator, outcome])
    if not study.has_cause:
        return [Limit(_MEDIATION, "these data have no cause")]
    if not study.has_outcome:
        return [Limit(_MEDIATION, "these data have no outcome")]
    if table[outcome].isna().all():
        return [Limit(_MEDIATION, "no dyad has ratings at two times or more")]
    if len(complete) < FEWEST_ROWS:
        has = "1 dyad has" if len(complete) == 1 else f"{len(complete)} dyads have"
        reason = f"{has} all that its models need, and they need {FEWEST_ROWS}"
        return [Limit(_MEDIATION, reason)]
    names = {
        cause: study.words.cause,
        mediator: "synchrony",
        outcome: f"improvement in {study.words.outcome}",
    }
    for column, name in names.items():
        if is_constant(complete[column].to_numpy(float)):
            return [Limit(_MEDIATION, f"every dyad has the same {name}, so nothing goes with it")]
    if len(complete) < FEWEST_DYADS:
        reason = (
            f"with {len(complete)} dyads in the models, some resamples and robust fits have no "
            "answer"
        )
        return [Limit("Some of the other methods and checks", reason)]
    return []
