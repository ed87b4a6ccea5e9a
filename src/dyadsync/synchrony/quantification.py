"""What values below the assay's limit of quantification do to synchrony."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dyadsync.synchrony.changes import (
    BELOW_LOQ_RULES,
    HasSamples,
    below_loq_counts,
    session_changes,
)
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.versions import side_by_side

_FAR = 0.2


@dataclass(frozen=True)
class LoqEffect:
    """Synchrony by each rule for samples below the limit of quantification.

    Attributes
    ----------
    by_rule : dict of str to DataFrame
        What `dyad_synchrony` returns for each rule; ``keep`` alone where no limit is known.
    limit : float or None
        The assay's limit of quantification (pg/mL).
    n_below : int
        Samples below it; 0 where no limit is known.
    n_lost : int
        Dyads with a synchrony by ``keep`` that have none by ``omit``.
    n_moved : int
        Dyads with both, which are more than .2 apart.
    """

    by_rule: dict[str, pd.DataFrame]
    limit: float | None
    n_below: int
    n_lost: int
    n_moved: int

    def in_words(self) -> str:
        """Say what leaving such samples out changes, after a sentence that counts them."""
        if self.limit is None:
            return "So all samples were kept as they are."
        if self.n_below == 0:
            return "So each of the rules gives the same."
        lost = "1 dyad its" if self.n_lost == 1 else f"{self.n_lost or 'no'} dyads their"
        others = "1 other" if self.n_moved == 1 else f"{self.n_moved or 'no'} others"
        return (
            f"Leaving such samples out instead of keeping them costs {lost} synchrony, and moves "
            f"that of {others} by more than .2."
        )


def loq_effect(
    study: HasSamples, change: str = "difference", measure: str = "pearson", min_sessions: int = 3
) -> LoqEffect:
    """Compute synchrony by each rule for samples below the limit of quantification.

    Parameters
    ----------
    study : Study
        Anything with ``samples`` and ``limit_of_quantification``.
    change, measure : str
        As in `session_changes` and `dyad_synchrony`.
    min_sessions : int
        Fewest pairs a dyad may have, at least 3.

    Returns
    -------
    LoqEffect

    Raises
    ------
    InputError
        As `session_changes` and `dyad_synchrony` do.

    Examples
    --------
    >>> from itertools import product
    >>> from types import SimpleNamespace
    >>> keys = ["dyad_id", "session", "role", "phase"]
    >>> samples = pd.DataFrame(product(["D1", "D2"], [4, 8, 12], ["patient", "therapist"],
    ...                                ["pre", "post"]), columns=keys)
    >>> samples["signal"] = [1.5, *[3.0, 5.0, 4.0, 7.0, 2.5] * 4, 3.5, 6.0, 4.5]
    >>> loq_effect(SimpleNamespace(samples=samples, limit_of_quantification=2.0)).n_lost
    1
    """
    limit = study.limit_of_quantification
    by_rule = {
        rule: dyad_synchrony(session_changes(study, change, rule), measure, min_sessions)
        for rule in (BELOW_LOQ_RULES if limit is not None else ("keep",))
    }
    values = side_by_side(by_rule)
    kept, omitted = values["keep"], values["omit" if limit is not None else "keep"]
    return LoqEffect(
        by_rule=by_rule,
        limit=limit,
        n_below=0 if limit is None else int(below_loq_counts(study)["n_below"].iloc[-1]),
        n_lost=int((kept.notna() & omitted.isna()).sum()),
        n_moved=int(((kept - omitted).abs() > _FAR).sum()),
    )
