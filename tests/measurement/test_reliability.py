"""Reliability finds what was planted, and says where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.measurement.reliability import reliability
from dyadsync.measurement.true_synchrony import ZETA, moments, normal_masses
from dyadsync.regression.correlation import pearson_correlation
from dyadsync.synchrony.dyads import dyad_synchrony
from tests.made_changes import correlated_changes, make_changes, random_changes


@pytest.mark.parametrize(("sd_rho", "published"), [(0.19, 0.08), (0.34, 0.24), (0.46, 0.40)])
def test_reliability_at_four_pairs_is_what_the_design_notes_state(sd_rho, published):
    # science.md: "about .08/.24/.40 for a true SD of .19/.34/.46", true mean 0
    from scipy import optimize

    def masses(sd):
        return normal_masses(np.zeros(1), np.array([sd]))

    sd_z = optimize.brentq(lambda s: (masses(s) @ np.tanh(ZETA) ** 2)[0] - sd_rho**2, 0.01, 2)
    value = moments(masses(sd_z), np.array([4]), "synchrony").reliability[0]
    assert value == pytest.approx(published, abs=0.012)


@pytest.mark.parametrize("scale", ["synchrony", "z"])
def test_reliability_finds_the_planted_one_in_many_dyads(scale):
    changes = correlated_changes(1500, 4, 0.25, 0.6, seed=5)
    result = reliability(changes, scale=scale)
    rng = np.random.default_rng(5)
    zeta = rng.normal(0.25, 0.6, 1500)  # the first draw of correlated_changes
    table = dyad_synchrony(changes)
    observed = table["synchrony"] if scale == "synchrony" else table["z"]
    true = np.tanh(zeta) if scale == "synchrony" else zeta
    assert result.sd_z == pytest.approx(0.6, abs=0.05)
    assert result.reliability == pytest.approx(np.corrcoef(observed, true)[0, 1] ** 2, abs=0.04)
    assert result.ci_lower < result.reliability < result.ci_upper


def test_the_two_deconvolutions_agree_in_many_dyads():
    result = reliability(correlated_changes(1000, 4, 0.25, 0.6, seed=6))
    other = result.summary.set_index("quantity").loc["reliability (nonparametric)", "estimate"]
    assert other == pytest.approx(result.reliability, abs=0.06)
    assert result.distribution["npmle"].sum() == pytest.approx(1)


def test_attenuation_is_what_regressions_lose():
    # Plant slopes through the true synchrony and compare regressions on true and observed values.
    rng = np.random.default_rng(7)
    n_dyads = 60_000
    x = rng.normal(size=n_dyads)
    rho = np.clip(0.1 + 0.2 * x + 0.25 * rng.normal(size=n_dyads), -0.95, 0.95)
    therapist, noise = rng.normal(size=(2, n_dyads, 4))
    r = pearson_correlation(
        rho[:, None] * therapist + np.sqrt(1 - rho[:, None] ** 2) * noise, therapist
    )
    y = 2 * rho + 0.3 * x + rng.normal(size=n_dyads)

    def slopes(m):
        a = np.polyfit(x, m, 1)[0]
        b = np.linalg.lstsq(np.column_stack([np.ones(n_dyads), m, x]), y, rcond=None)[0][1]
        return np.array([a, b, a * b])

    explained = np.corrcoef(x, rho)[0, 1] ** 2
    table = pd.DataFrame({"synchrony": r[:1500], "n_sessions": 4})
    result = reliability(table, explained=explained)
    row = result.table.set_index("n_sessions").loc[4]
    left = slopes(r) / slopes(rho)
    np.testing.assert_allclose(
        row[["attenuation_a", "attenuation_b", "attenuation_ab"]].astype(float), left, atol=0.06
    )


def test_more_sessions_measure_better_and_the_target_is_where_it_says():
    result = reliability(correlated_changes(200, 4, 0.2, 0.6, seed=8), target=0.5)
    assert (np.diff(result.table["reliability"]) > 0).all()
    first = result.table.loc[result.table["reliability"] >= 0.5, "n_sessions"].iloc[0]
    assert result.sessions_needed == first


def test_at_no_explained_share_the_indirect_effect_keeps_the_reliability():
    table = reliability(correlated_changes(60, 4, 0.2, 0.6, seed=9)).table
    np.testing.assert_allclose(table["attenuation_ab"], table["reliability"])


def test_dyads_that_do_not_differ_have_no_reliability_to_speak_of():
    result = reliability(correlated_changes(400, 4, 0.3, 0.0, seed=10))
    assert result.ci_lower == 0
    assert result.reliability < 0.15
    assert result.p_value > 0.05


@pytest.mark.parametrize("n_dyads", [0, 1, 2])
def test_too_few_dyads_have_no_reliability_and_say_so(n_dyads):
    table = dyad_synchrony(random_changes(3)).iloc[:n_dyads]
    result = reliability(table)
    assert np.isnan(result.reliability)
    assert result.reason.startswith(f"{n_dyads} dyad")


def test_identical_dyads_have_no_reliability_and_say_so():
    one = random_changes(1)
    changes = make_changes([one["patient"]] * 5, [one["therapist"]] * 5)
    assert reliability(changes).reason == "all dyads have the same synchrony"


def test_reliability_refuses_what_has_no_meaning():
    table = dyad_synchrony(random_changes())
    for wrong in ({"scale": "r"}, {"explained": 1.0}, {"target": 1.5}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            reliability(table, **wrong)
    with pytest.raises(InputError, match="no column 'n_sessions'"):
        reliability(table.drop(columns="n_sessions"))


@pytest.mark.slow
def test_the_interval_of_reliability_covers():
    masses = normal_masses(np.array([0.25]), np.array([0.7]))
    true = moments(masses, np.array([4]), "synchrony").reliability[0]
    inside = 0
    for seed in range(200):
        result = reliability(correlated_changes(37, 4, 0.25, 0.7, seed=1000 + seed))
        inside += result.ci_lower <= true <= result.ci_upper
    assert inside / 200 >= 0.90  # Monte Carlo SE .015 about .95
