"""Changes as arrays: the pairs of each dyad, and whether a person's changes vary at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import Array, BoolArray, FloatArray, IntArray
from dyadsync.checks import numeric_column
from dyadsync.errors import InputError
from dyadsync.study.roles import PERSONS
from dyadsync.synchrony.changes import CHANGE_COLUMNS


@dataclass(frozen=True)
class Pairs:
    """Changes as arrays: dyads by sessions, packed to the left, NaN beyond a dyad's own number."""

    dyads: list[Any]
    n: IntArray
    patient: FloatArray
    therapist: FloatArray
    session: Array
    spent: int = 0
    """Sessions' worth of each dyad's data that the changes have used up."""

    @property
    def counted(self) -> IntArray:
        """Pairs that would tell as much if nothing were used up."""
        return np.maximum(self.n - self.spent, 0)

    def of(self, rows: BoolArray) -> Pairs:
        """Pairs of some dyads."""
        return Pairs(
            [dyad for dyad, use in zip(self.dyads, rows, strict=True) if use],
            self.n[rows],
            self.patient[rows],
            self.therapist[rows],
            self.session[rows],
            self.spent,
        )


def pair_up(changes: pd.DataFrame) -> Pairs:
    """Arrange changes, one row per session, as arrays of dyads by sessions.

    A row in which a change is missing or infinite is no pair. Where ``dyad_id`` is categorical,
    every category is a dyad.

    Raises
    ------
    InputError
        For a missing column, changes that are no numbers, or a session given twice.

    Examples
    --------
    >>> changes = pd.DataFrame({"dyad_id": ["D1", "D1", "D2"], "session": [8, 4, 4],
    ...                         "patient": [2.0, 1.0, 5.0], "therapist": [1.0, 0.0, 3.0]})
    >>> pair_up(changes).patient
    array([[ 1.,  2.],
           [ 5., nan]])
    """
    if not isinstance(changes, pd.DataFrame):
        raise InputError(f"changes must be a pandas DataFrame, not {type(changes).__name__}.")
    columns = list(changes.columns)
    for name in CHANGE_COLUMNS:
        if name not in columns:
            raise InputError(
                f"changes has no column {name!r}; it must have {', '.join(CHANGE_COLUMNS)} "
                "(see session_changes)."
            )
        if columns.count(name) > 1:
            raise InputError(f"changes has more than one column {name!r}; rename one of them.")
    column = changes["dyad_id"]
    if column.isna().any():
        raise InputError(
            f"changes: row {column.index[int(column.isna().argmax())]!r} has no dyad_id."
        )
    values = {role: numeric_column(changes, role, finite=False) for role in PERSONS}
    if isinstance(column.dtype, pd.CategoricalDtype):
        row, dyads = column.cat.codes.to_numpy(), column.cat.categories
    else:
        row, dyads = pd.factorize(column)
    sessions = changes["session"]
    when, _ = pd.factorize(sessions, sort=True)
    order = np.lexsort((when, when < 0, row))  # one without a session is a dyad's last
    order = order[np.isfinite(values["patient"] + values["therapist"])[order]]
    row, when = row[order], when[order]
    twice = (np.diff(row) == 0) & (np.diff(when) == 0)
    if twice.any():
        first = changes.iloc[order[twice.argmax()]]
        raise InputError(
            f"changes: session {first['session']} of dyad {first['dyad_id']} is given more than "
            "once."
        )
    place = np.arange(row.size) - np.searchsorted(row, row)
    n = np.bincount(row, minlength=len(dyads)).astype(np.int64)
    shape = (len(dyads), int(n.max(initial=0)))
    arrays = {}
    for role in PERSONS:
        arrays[role] = np.full(shape, np.nan)
        arrays[role][row, place] = values[role][order]
    session = np.full(shape, None, dtype=object)
    session[row, place] = sessions.to_numpy(dtype=object)[order]
    spent = changes.attrs.get("spent", 0)
    return Pairs(dyads.tolist(), n, arrays["patient"], arrays["therapist"], session, spent)
