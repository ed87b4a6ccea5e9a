"""Reliability finds what was planted, and says where there is none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from dyadsync.errors import InputError
from dyadsync.regression.correlation import pearson_correlation
from dyadsync.scrutiny.measurement.density import fisher_z_log_density
from dyadsync.scrutiny.measurement.reliability import _attenuation, reliability
from dyadsync.scrutiny.measurement.true_synchrony import (
    ZETA,
    Moments,
    moments,
    nonparametric_masses,
    normal_masses,
)
from dyadsync.synchrony.dyads import dyad_synchrony
from tests.made_changes import correlated_changes, make_changes, random_changes


@pytest.fixture
def normal_only(monkeypatch):
    """Leave the nonparametric distribution, which takes long in many dyads, far from its end."""
    monkeypatch.setattr(
        "dyadsync.scrutiny.measurement.reliability.nonparametric_masses",
        lambda likelihood: nonparametric_masses(likelihood, n_steps=1),
    )


@pytest.mark.usefixtures("normal_only")
@pytest.mark.parametrize("scale", ["synchrony", "z"])
def test_reliability_finds_the_planted_one_in_many_dyads(scale):
    changes = correlated_changes(800, 4, 0.25, 0.6, seed=5)
    result = reliability(changes, scale=scale)
    rng = np.random.default_rng(5)
    zeta = rng.normal(0.25, 0.6, 800)  # the first draw of correlated_changes
    table = dyad_synchrony(changes)
    observed = table["synchrony"] if scale == "synchrony" else table["z"]
    true = np.tanh(zeta) if scale == "synchrony" else zeta
    assert result.sd_z == pytest.approx(0.6, abs=0.05)
    assert result.reliability == pytest.approx(np.corrcoef(observed, true)[0, 1] ** 2, abs=0.04)
    assert result.ci_lower < result.reliability < result.ci_upper


def test_the_two_deconvolutions_agree_in_many_dyads():
    result = reliability(correlated_changes(500, 4, 0.25, 0.6, seed=6))
    other = result.summary.set_index("quantity").loc["reliability (nonparametric)", "estimate"]
    assert other == pytest.approx(result.reliability, abs=0.06)
    assert result.distribution["npmle"].sum() == pytest.approx(1)


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
    for wrong in ({"scale": "r"}, {"explained": 1.0}, {"target": 1.5}, {"confidence_level": 1.5}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            reliability(table, **wrong)
    with pytest.raises(InputError, match="no column 'n_sessions'"):
        reliability(table.drop(columns="n_sessions"))


def log_likelihood(table):
    """Of true synchrony normal on the z scale, by plain numerical integration."""
    zeta = np.linspace(-12, 12, 1201)
    z, n = table["z"].to_numpy()[:, None], table["n_sessions"].to_numpy()[:, None]
    density = np.exp(fisher_z_log_density(z, zeta, n))

    def of(mean, sd):
        prior = np.exp(-(((zeta - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi))
        return np.log(density @ prior * (zeta[1] - zeta[0])).sum()

    return of


@pytest.fixture(scope="module")
def planted():
    return dyad_synchrony(correlated_changes(60, 4, 0.25, 0.8, seed=3))


@pytest.fixture(scope="module")
def measured(planted):
    return reliability(planted, target=0.6)


@pytest.mark.parametrize(("level", "quantile"), [(0.95, 3.841459), (0.8, 1.642374)])
def test_the_interval_ends_where_twice_the_log_likelihood_has_dropped_by_chi_square(
    planted, level, quantile
):
    # Quantiles of chi-square with one degree of freedom.
    result = reliability(planted, confidence_level=level)
    rows = result.summary.set_index("quantity")
    of = log_likelihood(planted)
    best = of(result.mean_z, result.sd_z)
    for end in ("ci_lower", "ci_upper"):
        sd = rows.loc["SD of true z", end]
        mean = optimize.minimize_scalar(
            lambda m, sd=sd: -of(m, sd), bounds=(-2, 2), method="bounded"
        ).x
        drop = 2 * (best - of(mean, sd))
        assert drop == pytest.approx(quantile, rel=0.02)


def test_the_estimate_is_where_the_likelihood_is_largest(planted):
    result, of = reliability(planted), log_likelihood(planted)
    best = optimize.minimize(lambda at: -of(*at), (0.1, 0.5), method="Nelder-Mead").x
    assert [result.mean_z, result.sd_z] == pytest.approx(best, abs=0.001)


def test_the_p_value_is_half_of_chi_square_s(planted):
    # Self & Liang (1987), doi:10.1080/01621459.1987.10478472, case 5: half a point mass at 0
    table = planted.head(15)
    result, of = reliability(table), log_likelihood(table)
    free = optimize.minimize(lambda p: -of(p[0], np.exp(p[1])), [0.2, -0.3], method="Nelder-Mead")
    z, n = table["z"].to_numpy(), table["n_sessions"].to_numpy()
    none = optimize.minimize_scalar(lambda m: -fisher_z_log_density(z, m, n).sum())
    assert result.mean_z == pytest.approx(free.x[0], abs=0.03)
    assert result.sd_z == pytest.approx(np.exp(free.x[1]), abs=0.03)
    expected = stats.chi2.sf(2 * (none.fun - free.fun), 1) / 2
    assert 0.001 < expected < 0.4
    assert result.p_value == pytest.approx(expected, rel=0.02)


def test_dyads_alike_beyond_chance_have_a_p_value_of_one():
    table = pd.DataFrame({"synchrony": [0.30, 0.31, 0.32, 0.33], "n_sessions": 12})
    assert reliability(table).p_value == 1


def test_fewer_sessions_are_needed_where_reliability_is_higher(measured):
    rows = measured.summary.set_index("quantity")
    row = rows.loc["sessions for a reliability of 0.6"]
    table = measured.table.set_index("n_sessions")
    first = {c: table.index[table[c] >= 0.6][0] for c in ("ci_upper", "reliability", "ci_lower")}
    assert row["ci_lower"] < row["estimate"] < row["ci_upper"]
    assert row["ci_lower"] == first["ci_upper"]
    assert row["estimate"] == measured.sessions_needed == first["reliability"]
    assert row["ci_upper"] == first["ci_lower"]


def test_three_sessions_may_do():
    wide = dyad_synchrony(correlated_changes(100, 4, 0.0, 1.5, seed=1))
    assert reliability(wide, target=0.1).sessions_needed == 3


def test_the_summary_says_what_the_result_says(planted):
    result = reliability(planted, explained=0.3)
    rows = result.summary.set_index("quantity")
    assert rows.loc["reliability", ["estimate", "ci_lower", "ci_upper"]].tolist() == [
        result.reliability,
        result.ci_lower,
        result.ci_upper,
    ]
    at_four = result.table.set_index("n_sessions").loc[4]
    for path in ("a", "b", "ab"):  # every dyad of these has four pairs
        assert rows.loc[f"share of {path} that is left", "estimate"] == pytest.approx(
            at_four[f"attenuation_{path}"]
        )
    rho = np.tanh(result.mean_z + result.sd_z * np.random.default_rng(0).normal(size=400_000))
    assert result.sd_rho == pytest.approx(rho.std(), abs=0.005)
    assert result.table["n_sessions"].tolist() == list(range(3, 17))


def test_three_dyads_are_enough():
    assert np.isfinite(reliability(dyad_synchrony(random_changes(3))).reliability)


@pytest.mark.parametrize("measure", ["spearman", "concordance", "percentage_bend", "shrunken"])
def test_reliability_refuses_any_measure_but_pearson(measure, tmp_path):
    table = dyad_synchrony(correlated_changes(12, 4, 0.2, 0.6), measure)
    table.to_csv(tmp_path / "synchrony.csv", index=False)
    for same in (table, table.iloc[:5], pd.read_csv(tmp_path / "synchrony.csv")):
        with pytest.raises(InputError, match=f"Pearson's r, but .* measured by '{measure}'"):
            reliability(same)


def test_what_is_left_of_the_paths_by_hand():
    # a: .2/.4. b given x: of covariance .2 x explains 30 %, of the observed variance .5 it
    # explains a^2 .4 .3 = .03, which leaves .14/.47.
    shares = Moments(*(np.array([value]) for value in (0.2, 0.4, 0.5)))
    assert _attenuation(shares, 0, 0.3) == pytest.approx((0.5, 0.14 / 0.47, 0.07 / 0.47))
    assert shares.reliability == pytest.approx(0.2**2 / (0.4 * 0.5))


def test_the_result_says_in_words_what_its_numbers_are(measured):
    rows = measured.summary.set_index("quantity")
    low, high = rows.loc["sessions for a reliability of 0.6", ["ci_lower", "ci_upper"]]
    assert measured.in_words() == (
        f"estimated as {measured.reliability:.2f} "
        f"(95 % interval {measured.ci_lower:.2f} to {measured.ci_upper:.2f})"
    )
    assert measured.sessions_in_words() == (
        f"{measured.sessions_needed:.0f} sessions are needed for a reliability of 0.6 "
        f"(interval {low:.0f} to {high:.0f})"
    )
    assert measured.left.to_dict() == {
        path: rows.loc[f"share of {path} that is left", "estimate"] for path in ("a", "b", "ab")
    }
    a, b, ab = (f"{measured.left[path]:.2f}" for path in ("a", "b", "ab"))
    expected = f"{a} of path a, {b} of path b and {ab} of the indirect effect"
    assert measured.left_in_words() == expected
    many = replace(measured, summary=rows.assign(estimate=3776.4).reset_index())
    assert many.sessions_in_words().startswith("more than 1,000 sessions are needed")


@pytest.mark.parametrize(
    ("p_value", "words"),
    [
        (0.0004, "dyads differ in true synchrony at the 5 % level (p < 0.001)"),
        (0.0491, "dyads differ in true synchrony at the 5 % level (p = 0.049)"),
        (0.05, "dyads cannot be shown to differ in true synchrony at the 5 % level (p = 0.050)"),
        (np.nan, "it is not known whether dyads differ in true synchrony"),
    ],
)
def test_a_difference_between_dyads_is_judged_in_words(measured, p_value, words):
    assert replace(measured, p_value=p_value).differ_in_words() == words


def test_no_number_of_sessions_is_said_to_be_enough_where_dyads_are_alike():
    alike = pd.DataFrame({"synchrony": [0.30, 0.31, 0.32, 0.33], "n_sessions": 12})
    result = reliability(alike)
    assert result.sessions_needed == np.inf
    words = result.sessions_in_words()
    assert words.startswith("no number of sessions is enough for a reliability of 0.7 (interval ")
    assert words.endswith(" to no upper end)")
    assert result.left_in_words().startswith("an unknown share of path a, 0.00 of path b")
    never = result.summary.assign(ci_lower=np.inf)
    assert replace(result, summary=never).sessions_in_words() == (
        "no number of sessions is enough for a reliability of 0.7"
    )


def test_what_is_not_known_is_said_in_words():
    none = reliability(dyad_synchrony(random_changes(2)))
    assert none.in_words() == "not known (2 dyads with a synchrony; at least 3 needed)"
    assert none.sessions_in_words().startswith("it is not known how many sessions")
    assert none.left.isna().all()
    assert none.left_in_words().count("an unknown share") == 3


@pytest.mark.usefixtures("normal_only")
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


@pytest.mark.parametrize(("sd_rho", "published"), [(0.19, 0.08), (0.34, 0.24), (0.46, 0.40)])
def test_reliability_at_four_pairs_is_what_the_design_notes_state(sd_rho, published):
    # science.md: "about .08/.24/.40 for a true SD of .19/.34/.46", true mean 0

    def masses(sd):
        return normal_masses(np.zeros(1), np.array([sd]))

    sd_z = optimize.brentq(lambda s: (masses(s) @ np.tanh(ZETA) ** 2)[0] - sd_rho**2, 0.01, 2)
    value = moments(masses(sd_z), np.array([4]), "synchrony").reliability[0]
    assert value == pytest.approx(published, abs=0.012)


@pytest.mark.slow
def test_the_interval_of_reliability_covers():
    masses = normal_masses(np.array([0.25]), np.array([0.7]))
    true = moments(masses, np.array([4]), "synchrony").reliability[0]
    inside = 0
    for seed in range(200):
        result = reliability(correlated_changes(37, 4, 0.25, 0.7, seed=1000 + seed))
        inside += result.ci_lower <= true <= result.ci_upper
    assert inside / 200 >= 0.90  # Monte Carlo SE .015 about .95


def test_nothing_hangs_on_the_order_of_dyads_whose_spread_is_estimated_as_none():
    z = np.random.default_rng(1).normal(0.4, 0.1, 14)
    table = dyad_synchrony(random_changes(14, 5)).assign(z=z, synchrony=np.tanh(z))
    first = reliability(table)
    assert (first.sd_z, first.reliability) == (0, 0)
    for seed in range(3):
        again = reliability(table.sample(frac=1, random_state=seed))
        pd.testing.assert_frame_equal(again.summary, first.summary, rtol=1e-6)
    rows = first.summary.set_index("quantity").loc["mean of true z"]
    # the likelihood of one common zeta, maximised without a grid
    found = optimize.minimize_scalar(
        lambda zeta: -fisher_z_log_density(z, zeta, 5).sum(), bounds=(0, 1), method="bounded"
    )
    assert rows["estimate"] == pytest.approx(found.x, abs=(ZETA[1] - ZETA[0]) / 2)
