"""Every test against chance side by side: a statistic of the dyads by each kind of surrogate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.printed import Printed
from dyadsync.scrutiny.measurement.surrogates import SurrogateTest, surrogate_test
from dyadsync.synchrony.therapists import Therapists

CHANCE_TESTS: dict[str, dict[str, Any]] = {
    "pseudo-dyads, any": {"kind": "pseudo_dyads", "same_therapist": True},
    "pseudo-dyads, other therapists": {"kind": "pseudo_dyads", "same_therapist": False},
    "therapists exchanged": {"kind": "therapists"},
    "sessions shuffled": {"kind": "sessions"},
}
"""Options of `surrogate_test` by the label of a test."""

_OF_THERAPISTS = {"pseudo-dyads, other therapists", "therapists exchanged"}

_STATISTIC_WORDS = {"mean_z": "mean of z", "mean_synchrony": "mean of r", "sd_z": "SD of z"}


@dataclass(frozen=True, repr=False)
class ChanceTests(Printed):
    """What `against_chance` found."""

    decimals = 3

    statistic: str
    """Name of the statistic, as in `surrogate_test`."""
    tests: Mapping[str, SurrogateTest]
    """Each test by its label."""

    @property
    def p_values(self) -> dict[str, float]:
        """P-value of each test, NaN where there is no test."""
        return {name: test.p_value for name, test in self.tests.items()}

    @property
    def table(self) -> pd.DataFrame:
        """One row per test: ``statistic test observed``, the range of the surrogates and ``p``."""
        shown = {
            "observed": "observed",
            "surrogate_lower": "surrogates, 2.5 %",
            "surrogate_upper": "97.5 %",
            "p_value": "p",
        }
        rows = [
            {"statistic": _STATISTIC_WORDS[self.statistic], "test": name}
            | {shown[column]: float(test.table.loc[0, column]) for column in shown}
            for name, test in self.tests.items()
        ]
        return pd.DataFrame(rows)

    def in_words(self) -> str:
        """Say between which values the p-values lie, and which tests could not be made, and why.

        Examples
        --------
        >>> def found(p, reason=""):
        ...     return SurrogateTest("sessions", "mean_z", "two-sided", 0.2, p, False, 37, reason)
        >>> ChanceTests("mean_z", {"any": found(0.38), "shuffled": found(0.33)}).in_words()
        'the p-values lie between 0.330 and 0.380'
        """
        values = [p for p in self.p_values.values() if np.isfinite(p)]
        missing: dict[str, list[str]] = {}
        for name, test in self.tests.items():
            if np.isnan(test.p_value):
                missing.setdefault(test.reason, []).append(name)
        least, most = (f"{f(values):.3f}" for f in (min, max)) if values else ("", "")
        if not values:
            words = "there is no test"
        elif least == most:
            words = f"the p-value is {least}"
        else:
            words = f"the p-values lie between {least} and {most}"
        for reason, names in missing.items():
            words += f" (no test with {'; '.join(names)} – {reason})" if values else f" ({reason})"
        return words


def against_chance(
    changes: pd.DataFrame,
    *,
    therapists: Therapists | None = None,
    statistic: str = "mean_z",
    measure: str = "pearson",
    min_sessions: int = 3,
    n_surrogates: int = 10_000,
    rng: int | None = None,
) -> ChanceTests:
    """Test the dyads' synchrony against each kind of surrogate in `CHANCE_TESTS`.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``, as `session_changes` gives it.
    therapists : DataFrame, Series or mapping, optional
        Each dyad's therapist; without, the tests that need them are left out.
    statistic, measure : str
        As in `surrogate_test`.
    min_sessions : int
        Fewest sessions of a dyad.
    n_surrogates : int
        Surrogate samples of each test.
    rng : int or None
        Seed of each test.

    Returns
    -------
    ChanceTests
        ``.tests .p_values .table .in_words()``.

    Raises
    ------
    InputError
        As `surrogate_test` does.

    References
    ----------
    Moulder et al. (2018), doi:10.1037/met0000172

    Examples
    --------
    >>> from dyadsync import Design, session_changes, simulate_study
    >>> study = simulate_study(Design(), rng=1)
    >>> therapists = study.dyads.set_index("dyad_id")["therapist_id"]
    >>> changes = session_changes(study)
    >>> found = against_chance(changes, therapists=therapists, n_surrogates=99, rng=1)
    >>> list(found.p_values) == list(CHANCE_TESTS)
    True
    """
    return ChanceTests(
        statistic,
        {
            name: surrogate_test(
                changes,
                statistic=statistic,
                measure=measure,
                min_sessions=min_sessions,
                therapists=therapists,
                n_surrogates=n_surrogates,
                rng=rng,
                **options,
            )
            for name, options in CHANCE_TESTS.items()
            if therapists is not None or name not in _OF_THERAPISTS
        },
    )
