"""One row per dyad: what mediation analyses need."""

from __future__ import annotations

import pandas as pd

from dyadsync.errors import InputError
from dyadsync.study.load import Study
from dyadsync.study.outcome import symptom_reduction
from dyadsync.study.roles import COLUMNS


def dyad_table(study: Study, synchrony: pd.DataFrame, *, method: str = "slope") -> pd.DataFrame:
    """One row per dyad: what mediation analyses need.

    Parameters
    ----------
    study : Study
        From `load_study`.
    synchrony : DataFrame
        From `dyad_synchrony`: one row per dyad with ``dyad_id n_sessions
        synchrony z``.
    method : str, default "slope"
        How symptom reduction is measured; see `symptom_reduction`.

    Returns
    -------
    DataFrame
        ``dyad_id therapist_id arm age gender social_impairment n_sessions synchrony z
        symptom_reduction``, the measure of synchrony where `synchrony` names it, and the numeric
        columns that a lab added to its dyads; in the order of ``study.dyads``. A dyad that
        `synchrony` does not have gets 0 sessions and NaN.

    Raises
    ------
    InputError
        If `synchrony` lacks a column, has a dyad twice or has one that the study does not know, or
        the method is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> from dyadsync import Design, simulate_study
    >>> study = simulate_study(Design(), rng=1)
    >>> one = pd.DataFrame({"dyad_id": ["D01"], "n_sessions": 4, "synchrony": 0.5, "z": 0.549})
    >>> dyad_table(study, one)[["dyad_id", "n_sessions", "synchrony"]].head(2)
      dyad_id  n_sessions  synchrony
    0     D01           4        0.5
    1     D02           0        NaN
    """
    wanted = ["dyad_id", "n_sessions", "synchrony", "z"]
    if len(missing := pd.Index(wanted).difference(synchrony.columns, sort=False)):
        raise InputError(
            f"dyad_table: the synchrony table has no column {', '.join(missing)}; "
            "give the table that dyad_synchrony returns."
        )
    if synchrony["dyad_id"].duplicated().any():
        raise InputError(
            "dyad_table: the synchrony table has a dyad twice; it needs one row per dyad."
        )
    unknown = sorted(set(synchrony["dyad_id"]) - set(study.dyads["dyad_id"]))
    if unknown:
        raise InputError(
            f"dyad_table: the synchrony table has the dyad {unknown[0]!r}, which this study does "
            "not know; use synchrony and study of the same data."
        )
    base = list(COLUMNS["dyads"])
    numbers = study.dyads.select_dtypes("number").columns
    own = numbers.difference([*base, *wanted, "measure", "symptom_reduction"], sort=False)
    named = ["measure"] if "measure" in synchrony.columns else []
    table = study.dyads[base].merge(
        synchrony[[*wanted, *named]], on="dyad_id", how="left", validate="1:1"
    )
    table["n_sessions"] = table["n_sessions"].fillna(0).astype("int64")
    reduction = symptom_reduction(study, method)
    table["symptom_reduction"] = reduction.to_numpy()
    table[own] = study.dyads[own].to_numpy()
    return table
