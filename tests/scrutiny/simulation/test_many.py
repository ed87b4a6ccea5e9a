"""Many trials at once are analysed as `mediate` analyses each."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.mediation.mediate import mediate
from dyadsync.scrutiny.simulation.cell import Cell, draw_tables
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.many import TRIAL_ANALYSES, Findings, analyse_tables

N_TRIALS = 6


@pytest.fixture(scope="module")
def tables():
    """Trials with gaps in all three variables."""
    made = draw_tables(Cell(Design(), missing=0.05), N_TRIALS, np.random.default_rng(3))
    made.x[0, 3] = made.y[1, 4] = np.nan
    return made


def generators():
    return [np.random.default_rng(100 + trial) for trial in range(N_TRIALS)]


@pytest.mark.parametrize("name", TRIAL_ANALYSES)
def test_estimates_and_intervals_are_those_of_mediate(tables, name):
    found = analyse_tables(tables, name, generators(), n_draws=200)
    analysis = TRIAL_ANALYSES[name]
    for trial in range(N_TRIALS):
        table = pd.DataFrame(
            {
                "x": tables.x[trial],
                "m": (tables.rho if analysis.known_synchrony else tables.m)[trial],
                "y": tables.y[trial],
                "n_sessions": tables.n_sessions[trial],
            }
        )
        result = mediate(
            table, "x", "m", "y", method=analysis.method, n_draws=200, rng=generators()[trial]
        )
        acme, paths = result.table.loc["ACME"], result.paths["estimate"]
        ours = [found.estimate[trial, 2], found.lower[trial, 2], found.upper[trial, 2]]
        np.testing.assert_allclose(ours, acme[["estimate", "ci_lower", "ci_upper"]], rtol=1e-7)
        np.testing.assert_allclose(found.estimate[trial, :2], paths[["a", "b"]], rtol=1e-9)
    # the latent model may lie at a boundary, where it tells no effect
    assert found.failed.sum() <= (name == "latent")


def test_path_intervals_of_least_squares_are_those_of_the_t_test(tables):
    from scipy.stats import linregress, t

    found = analyse_tables(tables, "quasi-bayesian", generators(), n_draws=200)
    rows = np.isfinite(tables.x[0]) & np.isfinite(tables.m[0]) & np.isfinite(tables.y[0])
    line = linregress(tables.x[0, rows], tables.m[0, rows])
    reach = t.ppf(0.975, rows.sum() - 2) * line.stderr
    np.testing.assert_allclose(
        [found.lower[0, 0], found.upper[0, 0]], [line.slope - reach, line.slope + reach]
    )


def test_path_intervals_of_all_at_once_are_those_of_one_by_one(tables):
    from dyadsync.scrutiny.simulation.many import _one_by_one

    for method in ("quasi-bayesian", "bootstrap"):
        together = analyse_tables(tables, method, generators(), n_draws=200)
        alone = _one_by_one(tables, method, generators(), 200, 0.95)
        for part in ("estimate", "lower", "upper"):
            np.testing.assert_allclose(
                getattr(together, part), getattr(alone, part), rtol=1e-6, atol=1e-9
            )


@pytest.mark.parametrize("name", ["quasi-bayesian", "bootstrap", "robust", "known"])
def test_a_trial_that_cannot_be_analysed_has_failed_and_spoils_no_other(name):
    made = draw_tables(Cell(Design()), 3, np.random.default_rng(4))
    made.y[0, 4:] = np.nan  # four dyads are one too few
    made.x[1] = 1.0
    found = analyse_tables(made, name, generators()[:3], n_draws=100)
    assert found.failed.tolist() == [True, True, False]
    assert np.isfinite(found.lower[2]).all()


def test_blocks_of_findings_join_in_their_order():
    one, two = (Findings.of_none(n) for n in (2, 1))
    two.estimate[:] = 1
    joined = Findings.join([one, two])
    assert joined.estimate.shape == (3, 3)
    assert (joined.estimate[2] == 1).all()
