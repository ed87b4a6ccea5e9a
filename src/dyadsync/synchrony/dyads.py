"""The synchrony of each dyad: the association of two persons' changes over its sessions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice, check_count, is_constant
from dyadsync.errors import InputError
from dyadsync.study.roles import PERSONS
from dyadsync.synchrony.measures import MEASURES, fisher_z, null_variance
from dyadsync.synchrony.pairs import pair_up

FEWEST_SESSIONS = 3
"""From two pairs of changes, a correlation is always 1 or -1."""


def dyad_synchrony(
    changes: pd.DataFrame, measure: str = "pearson", min_sessions: int = 3
) -> pd.DataFrame:
    """Compute each dyad's synchrony: the association of the two persons' changes over its sessions.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``, as `session_changes` gives it. Where
        ``dyad_id`` is categorical, every category has a row, also a dyad without a session.
    measure : str
        A name in `MEASURES`.
    min_sessions : int
        Fewest pairs a dyad may have, at least 3: from two pairs ``|r|`` is always 1.

    Returns
    -------
    DataFrame
        One row per dyad: ``dyad_id``; ``n_sessions``, the pairs there are; ``synchrony`` on the
        scale of r; ``z``, atanh of it, finite by the rule of `largest_z` (synchrony itself stays as
        computed); ``variance``, of z at that number of pairs without association
        (`null_variance`: exact for Pearson's r of normal changes, not known for other measures and
        there NaN); ``reason``, why the dyad has none, else empty; ``measure``, by which it was
        made, so that what holds for Pearson's r only can refuse the others (`require_pearson`).

    Raises
    ------
    InputError
        For an unknown measure, fewer than 3 sessions asked for or more than any dyad has, or
        missing columns.

    Notes
    -----
    Detrended levels (see `session_changes`) count as one session fewer than there are, since two
    lines were fitted to them: r then has the distribution of one from ``n_sessions`` pairs.

    A dyad has no synchrony (NaN, with the reason) where it has fewer than ``min_sessions`` pairs,
    or where one person's changes do not vary: their range is at most 1e-10 of the largest change of
    that role in the sample.

    Examples
    --------
    >>> changes = pd.DataFrame({"dyad_id": ["D1"] * 4 + ["D2"] * 2, "session": [4, 8, 12, 16, 4, 8],
    ...                         "patient": [1.0, 2.0, 0.0, 1.0, 1.0, 2.0],
    ...                         "therapist": [0.5, 1.0, 0.5, 0.0, 1.0, 2.0]})
    >>> table = dyad_synchrony(changes)
    >>> table[["dyad_id", "n_sessions", "synchrony", "z"]].round(3)
      dyad_id  n_sessions  synchrony      z
    0      D1           4        0.5  0.549
    1      D2           2        NaN    NaN
    >>> table.loc[1, "reason"]
    '2 usable sessions; at least 3 needed'
    """
    check_choice("measure", measure, MEASURES)
    check_count("min_sessions", min_sessions, least=FEWEST_SESSIONS)
    pairs = pair_up(changes)
    counted = pairs.counted
    most = int(counted.max(initial=0))
    if FEWEST_SESSIONS <= most < min_sessions:
        raise InputError(
            f"min_sessions is {min_sessions}, but no dyad has more than {most} sessions with "
            f"values of both persons; give at most {most}."
        )
    enough = counted >= min_sessions
    flat = {role: enough & is_constant(getattr(pairs, role)) for role in PERSONS}
    usable = enough & ~flat["patient"] & ~flat["therapist"]
    r = np.full(pairs.n.size, np.nan)
    chosen = MEASURES[measure]
    if chosen.whole_sample:
        if usable.any():
            r[usable] = chosen.statistic(
                pairs.patient[usable], pairs.therapist[usable], pairs.spent
            )
    else:
        for k in np.unique(pairs.n[usable]):
            rows = usable & (pairs.n == k)
            r[rows] = chosen.statistic(pairs.patient[rows, :k], pairs.therapist[rows, :k])
    reason = np.full(pairs.n.size, "", dtype=object)
    reason[~enough] = [
        f"{k} usable session{'' if k == 1 else 's'}; at least {min_sessions} needed"
        for k in counted[~enough]
    ]
    reason[usable & np.isnan(r)] = f"{measure} is not defined for these changes"
    for role in PERSONS:
        reason[flat[role]] = f"the {role}'s changes do not vary"
    reason[flat["patient"] & flat["therapist"]] = "neither person's changes vary"
    variance = null_variance(counted) if measure == "pearson" else np.nan
    return pd.DataFrame(
        {
            "dyad_id": pairs.dyads,
            "n_sessions": counted,
            "synchrony": r,
            "z": fisher_z(r, counted, measure),
            "variance": np.where(np.isnan(r), np.nan, variance),
            "reason": reason.astype(str),
            "measure": measure,
        }
    )
