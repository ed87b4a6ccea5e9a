"""What a study cannot carry: the parts of the book that have no answer with its data, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from dyadsync.errors import InputError
from dyadsync.study.load import Study
from dyadsync.study.outcome import symptom_reduction
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.table import dyad_table

__all__ = ["FEWEST_DYADS", "Limit", "study_limits"]

FEWEST_DYADS = 10
"""Below so many dyads in the models, resamples and robust fits often have no answer."""

_FEWEST_ROWS = 5  # the model of the outcome has three coefficients
_ROUNDING = 1e-10  # of the largest value; what differs by less does not differ
_FEWEST_SESSIONS = 3  # from two pairs, a correlation is always 1 or -1


@dataclass(frozen=True)
class Limit:
    """One thing that cannot be computed.

    Attributes
    ----------
    part : str
        What cannot.
    reason : str
        Why not, as it continues a sentence.
    """

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
    found = _limits(study, change, below_loq, measure, min_sessions, symptom_method)
    return [replace(limit, reason=study.words.tell(limit.reason)) for limit in found]


def _limits(
    study: Study, change: str, below_loq: str, measure: str, min_sessions: int, symptom_method: str
) -> list[Limit]:
    changes = session_changes(study, change, below_loq)
    most = int(dyad_synchrony(changes)["n_sessions"].max()) if len(changes) else 0
    if most < _FEWEST_SESSIONS:
        return [
            Limit(
                "Synchrony, and all that follows from it,",
                f"no dyad has {_FEWEST_SESSIONS} sessions with a change of both persons",
            )
        ]
    if most < min_sessions:
        raise InputError(
            f"min_sessions is {min_sessions}, but no dyad has more than {most} sessions with a "
            f"change of both persons; give at most {most}."
        )
    synchrony = dyad_synchrony(changes, measure, min_sessions)
    if synchrony["synchrony"].isna().all():
        enough = synchrony.loc[synchrony["n_sessions"] >= min_sessions, "reason"]
        why = enough.mode().iloc[0]
        return [Limit("Synchrony, and all that follows from it,", f"in no dyad is it known: {why}")]
    return _of_models(study, synchrony, symptom_method)


def _of_models(study: Study, synchrony: pd.DataFrame, symptom_method: str) -> list[Limit]:
    """Find what the models of mediator and outcome lack."""
    table = dyad_table(study, synchrony, method="slope").set_index("dyad_id")
    try:
        table["symptom_reduction"] = symptom_reduction(study, symptom_method)
    except InputError as error:  # such as a mixed model that does not converge
        return [Limit("The mediation", str(error).rstrip("."))]
    cause, mediator, outcome = "social_impairment", "synchrony", "symptom_reduction"
    complete = table.dropna(subset=[cause, mediator, outcome])
    if not study.has_outcome:
        return [Limit("The mediation", "these data have no outcome")]
    if table[outcome].isna().all():
        return [Limit("The mediation", "no dyad has ratings at two times or more")]
    if len(complete) < _FEWEST_ROWS:
        has = "1 dyad has" if len(complete) == 1 else f"{len(complete)} dyads have"
        reason = f"{has} all that its models need, and they need {_FEWEST_ROWS}"
        return [Limit("The mediation", reason)]
    for column in (cause, mediator, outcome):
        if (
            complete[column].max() - complete[column].min()
            <= _ROUNDING * abs(complete[column]).max()
        ):
            reason = f"every dyad has the same {column.replace('_', ' ')}, so nothing goes with it"
            return [Limit("The mediation", reason)]
    if len(complete) < FEWEST_DYADS:
        reason = (
            f"with {len(complete)} dyads in the models, some resamples and robust fits have no "
            "answer"
        )
        return [Limit("Some of the other methods and checks", reason)]
    return []
