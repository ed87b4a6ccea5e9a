"""Samples and changes made up for tests of synchrony and its measurement."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from dyadsync.regression.random_effects import random_effects_fit
from dyadsync.study.roles import PERSONS
from dyadsync.synchrony.changes import level_detrended

SESSIONS = (4, 8, 12, 16)


def study_of(samples, limit=None, positive=True):
    """What a study says of its samples, which tests then change."""
    return SimpleNamespace(
        samples=samples,
        dyads=samples[["dyad_id"]].drop_duplicates(),
        limit_of_quantification=limit,
        positive_signal=positive,
        words=SimpleNamespace(unit="pg/mL"),
    )


def make_study(n_dyads=6, limit=2.0, seed=0, sessions=SESSIONS):
    """Samples of n_dyads complete dyads, positive and right-skewed."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [
            [f"D{i:02d}" for i in range(n_dyads)],
            sessions,
            ["patient", "therapist"],
            ["pre", "post"],
        ],
        names=["dyad_id", "session", "role", "phase"],
    )
    samples = index.to_frame(index=False)
    samples["signal"] = np.round(np.exp(rng.normal(1.5, 0.5, len(samples))), 2)
    return study_of(samples, limit)


def make_changes(patient, therapist, dyads=None):
    """Changes from arrays of dyads by sessions; NaN leaves a session out."""
    patient, therapist = (
        np.atleast_2d(patient).astype(float),
        np.atleast_2d(therapist).astype(float),
    )
    n_dyads, n_sessions = patient.shape
    names = [f"D{i:02d}" for i in range(n_dyads)] if dyads is None else dyads
    frame = pd.DataFrame(
        {
            "dyad_id": pd.Categorical(np.repeat(names, n_sessions), categories=names),
            "session": np.tile(np.arange(1, n_sessions + 1) * 4, n_dyads),
            "patient": patient.ravel(),
            "therapist": therapist.ravel(),
        }
    )
    return frame.dropna(ignore_index=True)


def random_changes(n_dyads=8, n_sessions=4, seed=0):
    rng = np.random.default_rng(seed)
    return make_changes(*rng.normal(size=(2, n_dyads, n_sessions)))


def correlated_changes(n_dyads, n_sessions, mean_z, sd_z, seed=0):
    """Normal changes whose true synchrony is tanh of a normal variable."""
    rng = np.random.default_rng(seed)
    rho = np.tanh(rng.normal(mean_z, sd_z, n_dyads))[:, None]
    therapist, noise = rng.normal(size=(2, n_dyads, n_sessions))
    return make_changes(rho * therapist + np.sqrt(1 - rho**2) * noise, therapist)


def detrended(changes):
    """Changes with a line over a person's sessions taken out, as session_changes leaves levels."""
    where = changes["dyad_id"].to_numpy(), changes["session"].to_numpy(float)
    left = {role: level_detrended(*where, changes[role].to_numpy()) for role in PERSONS}
    changes = changes.assign(**left)
    changes.attrs["spent"] = 1
    return changes


def fitted_without_lines(changes):
    """Average slope, its standard error and each dyad's: the mixed model of coordinates.

    Without a level and a slope over its sessions, a dyad's values are two numbers fewer.
    """
    rows = {"group": [], "patient": [], "therapist": []}
    for number, (_, own) in enumerate(changes.groupby("dyad_id", observed=True)):
        line = np.column_stack([np.ones(len(own)), own["session"]])
        free = np.linalg.qr(line, mode="complete")[0][:, 2:]
        rows["group"] += [number] * free.shape[1]
        for role in PERSONS:
            rows[role] += list(free.T @ own[role].to_numpy())
    y, x = (np.array(rows[role]) / np.sqrt(np.mean(np.square(rows[role]))) for role in PERSONS)
    x = x[:, None]
    fit = random_effects_fit(x, y, x, np.array(rows["group"]))
    return fit.coef[0], np.sqrt(fit.covariance[0, 0]), fit.coef[0] + fit.effects[:, 0]


def synchronous(n_dyads=20, seed=0, strength=1.0, n_sessions=4):
    rng = np.random.default_rng(seed)
    therapist, noise = rng.normal(size=(2, n_dyads, n_sessions))
    patient = strength * therapist + noise
    return pd.DataFrame(
        {
            "dyad_id": np.repeat([f"D{i:02d}" for i in range(n_dyads)], n_sessions),
            "session": np.tile(np.arange(1, n_sessions + 1) * 4, n_dyads),
            "patient": patient.ravel(),
            "therapist": therapist.ravel(),
        }
    )


def series(changes, dyad, role):
    return changes[changes["dyad_id"] == dyad].set_index("session")[role]
