"""Is synchrony more than chance? The dyads' synchrony against surrogates that never met.

A pseudo-dyad (`pseudo_dyads`) keeps what all patients and all therapists have
in common over the sessions. Shuffling a dyad's sessions (`session_orders`)
breaks it, and asks a weaker question. Every surrogate is a lookup in a table that is computed once,
so thousands cost milliseconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray, IntArray
from dyadsync.checks import check_choice, check_count, check_rng
from dyadsync.errors import InputError
from dyadsync.intervals import percentile_interval
from dyadsync.printed import Printed
from dyadsync.scrutiny.measurement.pseudo_dyads import deal_series, exchange_therapists, pair_table
from dyadsync.scrutiny.measurement.session_orders import (
    at_least,
    check_surrogates,
    share_of_surrogates,
    shuffled_samples,
)
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.pairs import pair_up
from dyadsync.synchrony.therapists import Therapists, therapist_groups

KINDS = ("pseudo_dyads", "therapists", "sessions")
ALTERNATIVES = ("two-sided", "greater", "less")


def _of_known(
    function: Callable[..., FloatArray], values: FloatArray, **options: int
) -> FloatArray:
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # where none is known
        return np.asarray(function(values, axis=-1, **options))


STATISTICS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "mean_z": lambda _, z: _of_known(np.nanmean, z),  # is there synchrony at all?
    "mean_synchrony": lambda r, _: _of_known(np.nanmean, r),
    "sd_z": lambda _, z: _of_known(np.nanstd, z, ddof=1),  # do dyads differ more than by chance?
}
"""Statistics of a sample of dyads by name; each takes synchrony and z, dyads on the last axis."""


@dataclass(frozen=True, repr=False)
class SurrogateTest(Printed):
    """Result of `surrogate_test`.

    Attributes
    ----------
    kind, statistic, alternative : str
        As asked for.
    observed : float
        The statistic of the real dyads.
    surrogates : ndarray
        The statistic of each surrogate sample.
    p_value : float
        (k + 1)/(B + 1) with k surrogates as extreme as the observed; where all were enumerated, the
        observed one among them, the exact share. NaN where there is no test.
    exact : bool
        Whether every surrogate was enumerated.
    n_dyads : int
        Dyads in the test.
    reason : str
        Why there is no test, else empty.
    """

    decimals = 3

    kind: str
    statistic: str
    alternative: str
    observed: float
    p_value: float
    exact: bool
    n_dyads: int
    reason: str = ""
    surrogates: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """One row: the observed statistic beside the surrogates' mean, SD and 95 % range."""
        some = self.surrogates.size > 0
        lower, upper = percentile_interval(self.surrogates, 0.95) if some else (np.nan, np.nan)
        return pd.DataFrame(
            {
                "kind": [self.kind],
                "statistic": [self.statistic],
                "observed": [self.observed],
                "surrogate_mean": [self.surrogates.mean() if some else np.nan],
                "surrogate_sd": [self.surrogates.std() if some else np.nan],
                "surrogate_lower": [lower],
                "surrogate_upper": [upper],
                "p_value": [self.p_value],
                "alternative": [self.alternative],
                "n_surrogates": [self.surrogates.size],
                "exact": [self.exact],
                "n_dyads": [self.n_dyads],
                "reason": [self.reason],
            }
        )


def surrogate_test(
    changes: pd.DataFrame,
    *,
    kind: str = "pseudo_dyads",
    statistic: str = "mean_z",
    measure: str = "pearson",
    min_sessions: int = 3,
    therapists: Therapists | None = None,
    same_therapist: bool = False,
    alternative: str = "two-sided",
    n_surrogates: int = 10_000,
    rng: np.random.Generator | int | None = None,
) -> SurrogateTest:
    """Test the dyads' synchrony against surrogate samples that have the same series but no meeting.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``, as ``session_changes`` gives it. Dyads without a
        synchrony of their own take no part.
    kind : {"pseudo_dyads", "therapists", "sessions"}
        How a surrogate sample is made. ``"pseudo_dyads"``: the therapist series are dealt out anew
        among the patients, sessions matched. ``"therapists"``: whole therapists are exchanged; the
        patients of one therapist get series of one therapist, so what the series of one therapist
        have in common is kept. ``"sessions"``: each dyad's sessions are shuffled.
    statistic : {"mean_z", "mean_synchrony", "sd_z"}
        A name in `STATISTICS`. ``"sd_z"`` asks whether dyads differ more than by chance.
    measure : str
        A name in `dyadsync.synchrony.measures.MEASURES`, ``"shrunken"`` excepted.
    min_sessions : int
        Fewest sessions of a dyad, and fewest common sessions of a pseudo-dyad; pseudo-dyads with
        fewer are left out of their surrogate's statistic.
    therapists : DataFrame, Series or mapping, optional
        Each dyad's therapist. Needed for ``kind="therapists"``.
    same_therapist : bool
        For ``"pseudo_dyads"``. If true, or without `therapists`, any deal of the series may occur,
        also one that leaves a series where it was: an ordinary permutation test. If false, every
        patient gets a series of another therapist.
    alternative : {"two-sided", "greater", "less"}
        Two-sided p-values are twice the smaller one-sided one, at most 1.
    n_surrogates : int
        Surrogate samples; where there are no more than that in all, each is made once and the
        p-value is exact.
    rng : int, Generator or None
        Randomness of the surrogates.

    Returns
    -------
    SurrogateTest
        ``.p_value .observed .surrogates .table``. With one dyad, one therapist, or a therapist with
        more than half of the dyads where others' series are asked for, there is no test: the
        p-value is NaN and ``.reason`` says why.

    Raises
    ------
    InputError
        For an unknown kind, statistic, measure or alternative, fewer than 1 surrogate, or
        therapists that are needed and missing.

    Notes
    -----
    ``"pseudo_dyads"`` takes dyads as independent: where the series of one therapist resemble each
    other and those of his or her patients do as well, its size exceeds its level; ``"therapists"``
    is for that case. ``"sessions"`` also takes sessions as exchangeable: where all patients and all
    therapists tend to change alike over the sessions, it finds synchrony in people who never met.
    `surrogate_size` shows by how much.

    References
    ----------
    Moulder et al. (2018), doi:10.1037/met0000172. Phipson & Smyth (2010). Permutation p-values
    should never be zero. Statistical Applications in Genetics and Molecular Biology 9, 39.
    doi:10.2202/1544-6115.1585

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> therapist = rng.normal(size=(12, 4))
    >>> patient = therapist + rng.normal(size=(12, 4))
    >>> changes = pd.DataFrame({"dyad_id": np.repeat(np.arange(12), 4),
    ...                         "session": np.tile([4, 8, 12, 16], 12),
    ...                         "patient": patient.ravel(), "therapist": therapist.ravel()})
    >>> surrogate_test(changes, n_surrogates=999, rng=1).p_value
    0.002
    """
    check_surrogates(measure, min_sessions)
    check_choice("kind", kind, KINDS)
    check_choice("statistic", statistic, STATISTICS)
    check_choice("alternative", alternative, ALTERNATIVES)
    check_count("n_surrogates", n_surrogates)
    if kind == "therapists" and therapists is None:
        raise InputError("kind='therapists' needs therapists: each dyad's therapist.")
    generator = check_rng(rng)
    table = dyad_synchrony(changes, measure, min_sessions)
    usable = table["synchrony"].notna().to_numpy()
    pairs = pair_up(changes).of(usable)
    own = table[usable]
    observed = float(
        STATISTICS[statistic](own["synchrony"].to_numpy(), own["z"].to_numpy())
        if usable.any()
        else np.nan
    )
    group = None if therapists is None else therapist_groups(pairs.dyads, therapists)
    none = SurrogateTest(kind, statistic, alternative, observed, np.nan, False, len(pairs.dyads))
    if reason := _no_test(kind, statistic, group, same_therapist, len(pairs.dyads)):
        return replace(none, reason=reason)
    if kind == "sessions":
        r, z, complete = shuffled_samples(pairs, measure, n_surrogates, generator)
        among = complete
    else:
        if kind == "therapists":
            assert group is not None
            deal = exchange_therapists(group, n_surrogates, generator)
            complete = among = False
        else:
            apart = None if same_therapist else group
            deal, complete = deal_series(len(pairs.dyads), apart, n_surrogates, generator)
            # Every deal of the series includes the real one; every deal to strangers leaves it out.
            among = complete and apart is None
        lookup = pair_table(pairs, measure, min_sessions)
        rows = np.arange(len(pairs.dyads))
        r, z = lookup.synchrony[rows, deal], lookup.z[rows, deal]
    surrogates = STATISTICS[statistic](r, z)
    surrogates = surrogates[np.isfinite(surrogates)]
    if not surrogates.size:
        return replace(none, reason="no two dyads share enough sessions to make a surrogate")
    greater = float(share_of_surrogates(at_least(surrogates, observed), among))
    less = float(share_of_surrogates(at_least(-surrogates, -observed), among))
    p = {"greater": greater, "less": less, "two-sided": min(1.0, 2 * min(greater, less))}
    return replace(none, p_value=p[alternative], exact=complete, surrogates=surrogates)


def _no_test(
    kind: str, statistic: str, group: IntArray | None, same_therapist: bool, n_dyads: int
) -> str:
    """Say why there can be no test; empty where there can."""
    if n_dyads == 0:
        return "no dyad has a synchrony"
    if kind == "sessions":
        return "one dyad has no spread" if statistic == "sd_z" and n_dyads == 1 else ""
    if n_dyads == 1:
        return "one dyad only: there is no other therapist series"
    if group is None or (kind == "pseudo_dyads" and same_therapist):
        return ""
    if group.max() == 0:
        return "one therapist only: there is no series of another therapist"
    if kind == "pseudo_dyads" and 2 * np.bincount(group).max() > n_dyads:
        return (
            "one therapist has more than half of the dyads: not every patient can be given a "
            "series of another therapist"
        )
    return ""
