"""Size of the surrogate tests: how often each finds synchrony where nobody is in step.

Trials of `null_changes`: 37 dyads of six therapists, four sessions, changes of patients and
therapists drawn apart. Settings: nothing shared; a fifth of the variance of each role's changes
shared by the dyads of a therapist; a fifth shared by everybody in a session.

    python benchmarks/surrogate_size.py [TRIALS]   writes surrogate_size.csv (1,000: 5 min)
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from dyadsync import __version__
from dyadsync.checks import check_count, check_level
from dyadsync.errors import InputError
from dyadsync.scrutiny.measurement.chance import CHANCE_TESTS
from dyadsync.scrutiny.measurement.surrogates import surrogate_test

SEED = 2018
SETTINGS = {
    "nothing shared": {},
    "therapist's dyads alike": {"therapist_share": 0.2},
    "sessions alike for all": {"session_share": 0.2},
}


def null_changes(
    patients_per_therapist: Sequence[int] = (9, 8, 7, 6, 4, 3),
    sessions: Sequence[int] = (4, 8, 12, 16),
    *,
    therapist_share: float = 0.0,
    session_share: float = 0.0,
    rng: np.random.Generator | int | None = None,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Simulate changes of dyads that are not in step, with therapist and session effects.

    Parameters
    ----------
    patients_per_therapist : sequence of int
        Dyads of each therapist.
    sessions : sequence
        Sessions with samples.
    therapist_share : float
        Share of the variance of each role's changes, in each session, that is common to the dyads
        of one therapist; drawn apart for the two roles, so that it makes no synchrony.
    session_share : float
        Share that is common to everybody, patients and therapists, in that session.
    rng : int, Generator or None
        Randomness.

    Returns
    -------
    changes : DataFrame
        ``dyad_id session patient therapist``; standard normal changes.
    therapists : dict
        Each dyad's therapist.

    Raises
    ------
    InputError
        If the shares are negative or exceed 1 together.

    Examples
    --------
    >>> changes, therapists = null_changes((2, 1), rng=1)
    >>> len(changes), therapists
    (12, {'D1': 'T1', 'D2': 'T1', 'D3': 'T2'})
    """
    own = 1 - therapist_share - session_share
    if therapist_share < 0 or session_share < 0 or own < 0:
        raise InputError(
            f"therapist_share {therapist_share} and session_share {session_share} must not be "
            "negative, nor exceed 1 together."
        )
    generator = np.random.default_rng(rng)
    group = np.repeat(np.arange(len(patients_per_therapist)), patients_per_therapist)
    n_dyads, n = group.size, len(sessions)
    everybody = generator.normal(size=n)
    roles = [
        np.sqrt(session_share) * everybody
        + np.sqrt(therapist_share) * generator.normal(size=(group.max() + 1, n))[group]
        + np.sqrt(own) * generator.normal(size=(n_dyads, n))
        for _ in range(2)
    ]
    names = [f"D{i + 1}" for i in range(n_dyads)]
    changes = pd.DataFrame(
        {
            "dyad_id": np.repeat(names, n),
            "session": np.tile(list(sessions), n_dyads),
            "patient": roles[0].ravel(),
            "therapist": roles[1].ravel(),
        }
    )
    return changes, {name: f"T{g + 1}" for name, g in zip(names, group, strict=True)}


def surrogate_size(
    *,
    n_trials: int = 1000,
    n_surrogates: int = 499,
    level: float = 0.05,
    statistic: str = "mean_z",
    alternative: str = "two-sided",
    rng: np.random.Generator | int | None = None,
    **null: object,
) -> pd.DataFrame:
    """Simulate how often each surrogate test rejects where there is no synchrony.

    Parameters
    ----------
    n_trials : int
        Simulated trials (`null_changes`).
    n_surrogates : int
    statistic, alternative : str
        Of each test (`surrogate_test`).
    level : float
        A test rejects at a p-value up to this.
    rng : int, Generator or None
        Randomness.
    **null
        Passed to `null_changes`: ``patients_per_therapist``, ``sessions``,
        ``therapist_share``, ``session_share``.

    Returns
    -------
    DataFrame
        One row a test: ``test size mc_se n_trials level``; ``size`` is the share of trials in which
        it rejects and ``mc_se`` the Monte Carlo standard error of that share.

    Examples
    --------
    >>> for test in surrogate_size(n_trials=5, n_surrogates=19, rng=1)["test"]:
    ...     print(test)
    pseudo-dyads, any
    pseudo-dyads, other therapists
    therapists exchanged
    sessions shuffled
    """
    check_count("n_trials", n_trials)
    check_level(level, "level")
    generator = np.random.default_rng(rng)
    rejected = np.zeros(len(CHANCE_TESTS))
    for _ in range(n_trials):
        changes, therapists = null_changes(rng=generator, **null)  # type: ignore[arg-type]
        for row, options in enumerate(CHANCE_TESTS.values()):
            result = surrogate_test(
                changes,
                statistic=statistic,
                alternative=alternative,
                therapists=therapists,
                n_surrogates=n_surrogates,
                rng=generator,
                **options,
            )
            rejected[row] += result.p_value <= level
    size = rejected / n_trials
    return pd.DataFrame(
        {
            "test": list(CHANCE_TESTS),
            "size": size,
            "mc_se": np.sqrt(size * (1 - size) / n_trials),
            "n_trials": n_trials,
            "level": level,
        }
    )


def main(n_trials: int) -> None:
    """Run every setting and write the table."""
    tables = [
        surrogate_size(n_trials=n_trials, n_surrogates=199, rng=SEED, **shares).assign(
            setting=setting, **{"therapist_share": 0.0, "session_share": 0.0, **shares}
        )
        for setting, shares in SETTINGS.items()
    ]
    table = pd.concat(tables).round(4).assign(seed=SEED, dyadsync=__version__)
    table.to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
