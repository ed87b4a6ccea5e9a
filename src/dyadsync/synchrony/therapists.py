"""Whose patient each dyad is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from dyadsync.arrays import IntArray
from dyadsync.errors import InputError

Therapists: TypeAlias = pd.DataFrame | pd.Series | Mapping[Any, Any]
"""A table with ``dyad_id`` and ``therapist_id`` like ``study.dyads``, or therapists by dyad."""


def therapist_groups(dyads: Sequence[Any], therapists: Therapists) -> IntArray:
    """Give each dyad the number of its therapist, in the order in which they first occur.

    Raises
    ------
    InputError
        Where a dyad has no therapist.

    Examples
    --------
    >>> therapist_groups(["D1", "D2", "D3"], {"D1": "T2", "D2": "T1", "D3": "T2"})
    array([0, 1, 0])
    """
    if isinstance(therapists, pd.DataFrame):
        known = dict(zip(therapists["dyad_id"], therapists["therapist_id"], strict=True))
    elif isinstance(therapists, pd.Series | Mapping):
        known = dict(therapists.items())
    else:
        raise InputError(
            "therapists must say the therapist of each dyad by its name: a table with dyad_id and "
            f"therapist_id, a Series or a dict, not {type(therapists).__name__}."
        )
    for dyad in dyads:
        if dyad not in known or pd.isna(known[dyad]):
            raise InputError(f"therapists: dyad {dyad} has no therapist; every dyad needs one.")
    names = pd.Series([known[dyad] for dyad in dyads], dtype=object)
    return np.asarray(pd.factorize(names)[0], np.int64)
