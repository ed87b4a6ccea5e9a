"""Session changes, dyad synchrony and the exact sampling distribution of a correlation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from dyadsync.correlation import pearson_correlation
from dyadsync.errors import InputError
from dyadsync.synchrony import (
    CHANGES,
    MEASURES,
    below_loq_counts,
    concordance,
    correlation_density,
    correlation_log_density,
    dyad_synchrony,
    expected_correlation,
    fisher_z,
    fisher_z_log_density,
    largest_z,
    null_variance,
    pooled_synchrony,
    reliability,
    session_changes,
    shrunken,
    therapist_of,
)

SESSIONS = (4, 8, 12, 16)
ARRAY_MEASURES = [name for name, measure in MEASURES.items() if not measure.whole_sample]


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
    samples["oxytocin_pg_ml"] = np.round(np.exp(rng.normal(1.5, 0.5, len(samples))), 2)
    return SimpleNamespace(samples=samples, limit_of_quantification=limit)


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


def sample(study, role, phase):
    rows = study.samples[(study.samples["role"] == role) & (study.samples["phase"] == phase)]
    return rows.set_index(["dyad_id", "session"])["oxytocin_pg_ml"].sort_index()


# Changes


def test_changes_have_one_row_a_session_and_the_contract_columns():
    changes = session_changes(make_study())
    assert changes.columns.tolist() == ["dyad_id", "session", "patient", "therapist"]
    assert len(changes) == 6 * 4


@pytest.mark.parametrize("role", ["patient", "therapist"])
@pytest.mark.parametrize(
    ("change", "formula"),
    [
        ("difference", lambda pre, post: post - pre),
        ("log_ratio", lambda pre, post: np.log(post) - np.log(pre)),
        ("absolute", lambda pre, post: np.abs(pre - post)),
        (
            "residualised",
            lambda pre, post: post - np.polyval(np.polyfit(pre, post, 1), pre),
        ),
    ],
)
def test_change_scores_follow_their_definition(change, formula, role):
    study = make_study()
    expected = formula(sample(study, role, "pre"), sample(study, role, "post"))
    changes = session_changes(study, change)
    np.testing.assert_allclose(changes[role], expected, atol=1e-12)


def test_residualised_fits_its_line_over_every_session_of_the_role():
    study = make_study()
    partner = (study.samples["role"] == "therapist") & (study.samples["dyad_id"] == "D00")
    study.samples = study.samples[~partner]
    pre, post = sample(study, "patient", "pre"), sample(study, "patient", "post")
    residual = post - np.polyval(np.polyfit(pre, post, 1), pre)
    changes = session_changes(study, "residualised").set_index(["dyad_id", "session"])
    assert len(changes) == 5 * 4
    np.testing.assert_allclose(changes["patient"], residual[changes.index], atol=1e-12)


def test_residual_of_a_perfect_line_is_no_change():
    pre = np.array([1.1, 2.7, 3.3, 4.9])
    assert (CHANGES["residualised"](pre, 0.3 + 1.7 * pre) == 0).all()


def test_a_missing_sample_leaves_its_session_out_for_both_persons():
    study = make_study()
    study.samples = study.samples.drop(index=0)  # D00, session 4, patient, pre
    changes = session_changes(study)
    assert changes.loc[changes["dyad_id"] == "D00", "session"].tolist() == [8, 12, 16]


def test_an_empty_concentration_counts_as_missing():
    study = make_study()
    study.samples.loc[0, "oxytocin_pg_ml"] = np.nan
    assert len(session_changes(study)) == 23


def test_a_dyad_without_a_usable_session_stays_in_the_table_of_synchrony():
    study = make_study()
    gone = (study.samples["dyad_id"] == "D03") & (study.samples["phase"] == "post")
    study.samples = study.samples[~gone]
    row = dyad_synchrony(session_changes(study)).set_index("dyad_id").loc["D03"]
    assert row["n_sessions"] == 0
    assert np.isnan(row["synchrony"])
    assert row["reason"] == "0 usable sessions; at least 3 needed"


def test_a_dyad_listed_without_samples_stays_in_the_table_of_synchrony():
    study = make_study(3)
    study.dyads = pd.DataFrame({"dyad_id": ["D00", "D01", "D02", "D99"]})
    assert dyad_synchrony(session_changes(study))["dyad_id"].tolist() == [
        "D00",
        "D01",
        "D02",
        "D99",
    ]


def test_no_samples_at_all_give_an_empty_frame():
    study = make_study(2)
    study.samples = study.samples.iloc[:0]
    changes = session_changes(study)
    assert changes.empty
    assert dyad_synchrony(changes).empty


def test_a_log_ratio_of_zero_names_the_sample():
    study = make_study()
    study.samples.loc[1, "oxytocin_pg_ml"] = 0.0
    with pytest.raises(InputError, match="dyad D00, session 4, patient, post"):
        session_changes(study, "log_ratio")


def test_a_sample_given_twice_is_an_error():
    study = make_study()
    study.samples = pd.concat([study.samples, study.samples.iloc[[5]]], ignore_index=True)
    with pytest.raises(InputError, match="more than once"):
        session_changes(study)


@pytest.mark.parametrize("column", ["role", "phase"])
def test_an_unknown_role_or_phase_is_an_error(column):
    study = make_study()
    study.samples.loc[3, column] = "other"
    with pytest.raises(InputError, match=f"{column} is 'other'"):
        session_changes(study)


def test_an_unknown_change_or_rule_lists_what_there_is():
    with pytest.raises(InputError, match="'residualised'"):
        session_changes(make_study(), "ratio")
    with pytest.raises(InputError, match="'substitute'"):
        session_changes(make_study(), below_loq="drop")


# Below the limit of quantification


def test_counts_below_the_limit_are_the_counts():
    study = make_study(limit=3.0)
    counts = below_loq_counts(study)
    below = study.samples["oxytocin_pg_ml"] < 3.0
    assert counts["n_below"].iloc[-1] == below.sum() > 0
    assert counts["n_below"].iloc[:-1].sum() == below.sum()
    assert counts["share"].iloc[-1] == pytest.approx(below.mean())


def test_counts_are_missing_without_a_limit():
    assert below_loq_counts(make_study(limit=None))["n_below"].isna().all()


def test_substitution_puts_the_limit_over_root_two():
    study = make_study(limit=3.0)
    study.samples.loc[:1, "oxytocin_pg_ml"] = [1.0, 5.0]  # D00, session 4, patient
    changes = session_changes(study, below_loq="substitute")
    assert changes["patient"].iloc[0] == pytest.approx(5.0 - 3.0 / np.sqrt(2))


def test_omission_leaves_the_sessions_with_a_low_sample_out():
    study = make_study(limit=3.0)
    low = study.samples[study.samples["oxytocin_pg_ml"] < 3.0]
    sessions_hit = len(low[["dyad_id", "session"]].drop_duplicates())
    assert 0 < sessions_hit < 24
    assert len(session_changes(study, below_loq="omit")) == 24 - sessions_hit


def test_keeping_is_the_default_and_needs_no_limit():
    study = make_study(limit=None)
    assert len(session_changes(study)) == 24


@pytest.mark.parametrize("rule", ["substitute", "omit"])
def test_a_rule_without_a_limit_is_an_error(rule):
    with pytest.raises(InputError, match="limit of quantification"):
        session_changes(make_study(limit=None), below_loq=rule)


# Measures


def test_synchrony_columns_are_the_contract():
    assert dyad_synchrony(random_changes()).columns.tolist() == [
        "dyad_id",
        "n_sessions",
        "synchrony",
        "z",
        "variance",
        "reason",
    ]


def test_pearson_agrees_with_scipy_for_each_dyad_whatever_its_number_of_pairs():
    changes = random_changes(6, 7).drop(index=[0, 8, 9, 15, 16, 17]).reset_index(drop=True)
    table = dyad_synchrony(changes).set_index("dyad_id")
    for dyad, rows in changes.groupby("dyad_id"):
        assert table.loc[dyad, "n_sessions"] == len(rows)
        expected = stats.pearsonr(rows["patient"], rows["therapist"]).statistic
        assert table.loc[dyad, "synchrony"] == pytest.approx(expected, abs=1e-12)


def test_spearman_agrees_with_scipy_with_ties():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 4, size=(2, 30, 6)).astype(float)
    ours = MEASURES["spearman"].statistic(x, y)
    for i in range(30):
        assert ours[i] == pytest.approx(stats.spearmanr(x[i], y[i]).statistic, abs=1e-12)


def test_concordance_follows_its_definition_by_hand():
    # means 2.5 and 3.5, variances (divisor 4) 1.25, covariance 1.25: 2.5 / (2.5 + 1) = 5/7
    assert concordance(np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 4, 5])) == pytest.approx(5 / 7)


def test_concordance_is_one_only_on_the_line_of_equality():
    x = np.array([1.0, 3, 2, 5])
    assert concordance(x, x) == pytest.approx(1.0)
    assert concordance(x, 2 * x) < 1.0


@pytest.mark.filterwarnings("ignore:Sample size is too small to estimate power")
@pytest.mark.parametrize("n", [4, 5, 8, 15])  # where pingouin rounds omega's rank as Wilcox does
def test_percentage_bend_agrees_with_pingouin(n):
    import pingouin as pg

    x, y = np.random.default_rng(n).normal(size=(2, 20, n))
    theirs = [pg.corr(a, b, method="percbend")["r"].iloc[0] for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(MEASURES["percentage_bend"].statistic(x, y), theirs, atol=1e-10)


def test_percentage_bend_of_three_pairs_takes_four_values_only():
    x, y = np.random.default_rng(0).normal(size=(2, 500, 3))
    values = MEASURES["percentage_bend"].statistic(x, y)
    np.testing.assert_allclose(np.unique(values.round(9)), [-1, -0.5, 0.5, 1])
    assert np.mean(np.abs(values) > 0.9) == pytest.approx(1 / 3, abs=0.07)  # 3 SE


def test_two_pairs_are_too_few_and_say_so():
    table = dyad_synchrony(make_changes([[1, 2, np.nan]], [[3, 5, 1]]))
    assert table.loc[0, "n_sessions"] == 2
    assert np.isnan(table.loc[0, ["synchrony", "z", "variance"]].astype(float)).all()
    assert table.loc[0, "reason"] == "2 usable sessions; at least 3 needed"


def test_min_sessions_moves_the_line():
    changes = make_changes([[1, 2, 4]], [[3, 5, 1]])
    assert dyad_synchrony(changes, min_sessions=3)["reason"].tolist() == [""]
    assert dyad_synchrony(changes, min_sessions=4)["synchrony"].isna().all()


def test_fewer_than_three_sessions_cannot_be_asked_for():
    with pytest.raises(InputError, match="at least 3"):
        dyad_synchrony(random_changes(), min_sessions=2)


@pytest.mark.parametrize("measure", list(MEASURES))
@pytest.mark.parametrize("role", ["patient", "therapist"])
def test_a_constant_series_has_no_synchrony_and_says_whose_it_is(measure, role):
    changes = random_changes(12)
    changes.loc[changes["dyad_id"] == "D02", role] = 0.7
    table = dyad_synchrony(changes, measure).set_index("dyad_id")
    assert np.isnan(table.loc["D02", "synchrony"])
    assert table.loc["D02", "reason"] == f"the {role}'s changes do not vary"
    assert (table["reason"] == "").sum() == 11


def test_a_difference_that_varies_only_by_rounding_is_constant():
    pre = np.array([1.0, 2.0, 3.0, 5.2])
    patient = (pre + 0.1) - pre
    assert np.ptp(patient) > 0
    table = dyad_synchrony(make_changes([patient], [[1, 2, 3, 0]]))
    assert table["reason"].tolist() == ["the patient's changes do not vary"]


def test_two_constant_series_say_so():
    assert dyad_synchrony(make_changes([[1, 1, 1]], [[2, 2, 2]]))["reason"].tolist() == [
        "neither person's changes vary"
    ]


def test_synchrony_of_identical_series_stays_one_and_its_z_is_finite():
    table = dyad_synchrony(make_changes([[1, 2, 4, 3]], [[1, 2, 4, 3]]))
    assert table.loc[0, "synchrony"] == 1.0
    assert table.loc[0, "z"] == pytest.approx(np.arctanh(0.999))


def test_identical_dyads_get_identical_values():
    one = random_changes(1)
    table = dyad_synchrony(make_changes([one["patient"]] * 5, [one["therapist"]] * 5))
    np.testing.assert_array_equal(table["synchrony"], table.loc[0, "synchrony"])


def test_one_dyad_alone_has_a_synchrony():
    assert dyad_synchrony(random_changes(1))["synchrony"].notna().all()


def test_plain_dyad_names_work_as_well_as_categories():
    changes = random_changes()
    plain = changes.assign(dyad_id=changes["dyad_id"].astype(str))
    pd.testing.assert_frame_equal(dyad_synchrony(plain), dyad_synchrony(changes))


def test_changes_without_a_column_are_an_error():
    with pytest.raises(InputError, match="no column 'therapist'"):
        dyad_synchrony(random_changes().drop(columns="therapist"))


def test_a_session_given_twice_is_an_error():
    changes = random_changes()
    with pytest.raises(InputError, match="more than once"):
        dyad_synchrony(pd.concat([changes, changes.iloc[[0]]]))


def test_an_unknown_measure_lists_what_there_is():
    with pytest.raises(InputError, match="'concordance'"):
        dyad_synchrony(random_changes(), "kendall")


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(1e-6, 1e6),
    shift=st.floats(-10, 10),
    measure=st.sampled_from(["pearson", "spearman"]),
)
def test_rescaling_one_persons_changes_leaves_synchrony_alone(seed, scale, shift, measure):
    changes = random_changes(5, 4, seed)
    moved = changes.assign(patient=changes["patient"] * scale + shift * scale)
    np.testing.assert_allclose(
        dyad_synchrony(moved, measure)["synchrony"],
        dyad_synchrony(changes, measure)["synchrony"],
        atol=1e-8,
    )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), measure=st.sampled_from(ARRAY_MEASURES))
def test_the_order_of_rows_does_not_matter(seed, measure):
    changes = random_changes(5, 4, seed)
    mixed = changes.sample(frac=1, random_state=seed)
    left, right = dyad_synchrony(changes, measure), dyad_synchrony(mixed, measure)
    np.testing.assert_allclose(left["synchrony"], right["synchrony"], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), measure=st.sampled_from(ARRAY_MEASURES))
def test_turning_one_series_round_turns_the_sign(seed, measure):
    changes = random_changes(5, 5, seed)
    if measure == "concordance":  # it also asks for equal means, so take them out
        means = changes.groupby("dyad_id")[["patient", "therapist"]].transform("mean")
        changes[["patient", "therapist"]] -= means
    turned = changes.assign(patient=-changes["patient"])
    left, right = dyad_synchrony(changes, measure), dyad_synchrony(turned, measure)
    np.testing.assert_allclose(left["synchrony"], -right["synchrony"], atol=1e-9)


# Fisher's z


def test_variance_of_z_is_exact_at_three_and_four_pairs():
    np.testing.assert_allclose(null_variance([3, 4]), [np.pi**2 / 4, np.pi**2 / 12])


@pytest.mark.parametrize("n", [3, 4, 5, 9, 30])
def test_variance_of_z_is_that_of_its_density(n):
    def density(z):
        return np.cosh(z) ** (2.0 - n)

    total = integrate.quad(density, -60, 60)[0]
    second = integrate.quad(lambda z: z**2 * density(z), -60, 60)[0]
    assert null_variance(n) == pytest.approx(second / total, rel=1e-7)


def test_z_is_atanh_below_the_cap():
    r = np.array([-0.99, -0.3, 0.0, 0.5, 0.998])
    np.testing.assert_allclose(fisher_z(r, 4), np.arctanh(r))


@pytest.mark.parametrize("n", [3, 4, 5, 12])
def test_z_stops_at_the_same_value_for_every_number_of_pairs(n):
    np.testing.assert_allclose(fisher_z([0.9995, 1.0, -1.0], n), np.arctanh([0.999, 0.999, -0.999]))


def test_the_cap_of_a_rank_correlation_stands_in_the_middle_of_what_one_means():
    # 2 of 24 orders give |r| = 1; |r| of Pearson is uniform at four pairs: 1 - 1/24
    assert np.tanh(largest_z(4, "spearman")) == pytest.approx(1 - 1 / 24)


# The density of r


@pytest.mark.parametrize("n", [3, 4, 5, 8, 30])
@pytest.mark.parametrize("rho", [-0.999, -0.5, 0.0, 0.3, 0.9, 0.999])
def test_density_integrates_to_one(n, rho):
    # with respect to z = atanh(r), where the ends of (-1, 1) are no trouble
    zeta = np.arctanh(rho)
    total = integrate.quad(
        lambda z: np.exp(fisher_z_log_density(z, zeta, n)), -40, 40, points=[zeta], limit=300
    )[0]
    assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("n", [3, 4, 5, 8, 30])
@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.6])
def test_both_forms_of_the_density_agree(n, rho):
    r = np.linspace(-0.99, 0.99, 41)
    direct = correlation_log_density(r, rho, n)
    by_z = fisher_z_log_density(np.arctanh(r), np.arctanh(rho), n) - np.log1p(-(r**2))
    np.testing.assert_allclose(direct, by_z, atol=1e-10)


def test_density_is_uniform_at_four_pairs_without_association():
    np.testing.assert_allclose(correlation_density(np.linspace(-1, 1, 21), 0, 4), 0.5)


def test_density_is_arcsine_at_three_pairs_without_association():
    r = np.linspace(-0.99, 0.99, 21)
    np.testing.assert_allclose(correlation_density(r, 0, 3), 1 / (np.pi * np.sqrt(1 - r**2)))


def test_density_at_the_ends_is_as_documented():
    with np.errstate(divide="ignore"):
        ends = correlation_log_density(1.0, 0.5, [3, 4, 5])
    assert np.isposinf(ends[0])
    assert np.isfinite(ends[1])
    assert np.isneginf(ends[2])


def test_density_agrees_with_simulated_correlations():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40_000, 5))
    y = 0.7 * x + np.sqrt(1 - 0.49) * rng.normal(size=(40_000, 5))
    r = np.sort(pearson_correlation(x, y))
    grid = np.linspace(-1, 1, 4001)[1:-1]
    cdf = np.cumsum(correlation_density(grid, 0.7, 5)) * (grid[1] - grid[0])
    distance = np.max(np.abs(np.searchsorted(r, grid) / r.size - cdf))
    assert distance < 1.63 / np.sqrt(r.size)  # Kolmogorov's 1 % point


def test_density_outside_its_range_is_an_error():
    for r, rho, n in [(0.5, 1.0, 4), (1.2, 0.0, 4), (0.5, 0.0, 2)]:
        with pytest.raises(InputError, match="at least 3"):
            correlation_log_density(r, rho, n)


# Shrunken synchrony


def test_shrunken_lies_nearer_the_average_than_the_slopes_themselves():
    changes = correlated_changes(37, 4, 0.3, 0.6, seed=3)
    raw = dyad_synchrony(changes)["synchrony"]
    blup = dyad_synchrony(changes, "shrunken")["synchrony"]
    assert blup.std() < 0.7 * raw.std()
    assert np.corrcoef(raw, blup)[0, 1] > 0.8


def test_shrunken_is_the_average_slope_plus_statsmodels_own_random_effects():
    from statsmodels.regression.mixed_linear_model import MixedLM

    changes = correlated_changes(37, 4, 0.3, 0.6, seed=3)
    x, y = (changes[role].to_numpy().reshape(37, 4) for role in ("therapist", "patient"))
    # Another route to the same model: deviations from the dyad's mean span what contrasts span.
    helmert = np.array([[1, -1, 0, 0], [1, 1, -2, 0], [1, 1, 1, -3]]) / np.sqrt([[2], [6], [12]])
    x, y = x @ helmert.T, y @ helmert.T
    x, y = x / np.sqrt(np.mean(x**2)), y / np.sqrt(np.mean(y**2))
    column = x.reshape(-1, 1)
    fit = MixedLM(y.ravel(), column, np.repeat(np.arange(37), 3), exog_re=column).fit()
    expected = [fit.fe_params[0] + float(fit.random_effects[i].iloc[0]) for i in range(37)]
    np.testing.assert_allclose(
        dyad_synchrony(changes, "shrunken")["synchrony"], expected, atol=1e-6
    )


def test_shrunken_does_not_depend_on_units():
    changes = correlated_changes(20, 4, 0.3, 0.6, seed=4)
    scaled = changes.assign(patient=1000 * changes["patient"], therapist=changes["therapist"] / 7)
    np.testing.assert_allclose(
        dyad_synchrony(scaled, "shrunken")["synchrony"],
        dyad_synchrony(changes, "shrunken")["synchrony"],
        atol=1e-4,
    )


def test_shrunken_of_one_dyad_is_not_defined_and_says_so():
    table = dyad_synchrony(random_changes(1), "shrunken")
    assert table["reason"].tolist() == ["shrunken is not defined for these changes"]


def test_shrunken_warns_where_the_slopes_do_not_vary():
    rng = np.random.default_rng(0)
    therapist = rng.normal(size=(10, 4))
    error = rng.normal(size=(10, 4))
    # Errors at right angles to the therapist's changes: every dyad's slope is exactly .5.
    for e, t in zip(error, therapist, strict=True):
        e -= e.mean()
        d = t - t.mean()
        e -= d * (e @ d) / (d @ d)
    with pytest.warns(UserWarning, match="average slope"):
        values = shrunken(0.5 * therapist + error, therapist)
    assert np.ptp(values) == 0


# Pooled synchrony


def test_rm_corr_agrees_with_bland_and_altman():
    # Bland & Altman (1995), as pingouin ships them: r -.5067697, p .0008471081, CI -.7067 to -.2319
    import pingouin as pg

    data = pg.read_dataset("rm_corr")
    changes = data.rename(columns={"Subject": "dyad_id", "pH": "therapist", "PacO2": "patient"})
    changes["session"] = changes.groupby("dyad_id").cumcount()
    row = pooled_synchrony(changes, n_resamples=10, rng=0).iloc[0]
    assert row["estimate"] == pytest.approx(-0.5067697, abs=1e-7)
    assert row["p_value"] == pytest.approx(0.0008471081, abs=1e-10)
    assert row["ci_lower"] == pytest.approx(-0.7067146, abs=1e-7)
    assert row["ci_upper"] == pytest.approx(-0.2318631, abs=1e-7)


def test_rm_corr_agrees_with_pingouin_with_missing_sessions():
    import pingouin as pg

    changes = correlated_changes(20, 4, 0.4, 0.4).drop(index=[1, 5, 6, 33]).reset_index(drop=True)
    theirs = pg.rm_corr(
        changes.assign(dyad_id=changes["dyad_id"].astype(str)),
        x="therapist",
        y="patient",
        subject="dyad_id",
    )
    ours = pooled_synchrony(changes, n_resamples=10, rng=0).iloc[0]
    assert ours["estimate"] == pytest.approx(theirs["r"].iloc[0], abs=1e-10)
    assert ours["p_value"] == pytest.approx(theirs["pval"].iloc[0], rel=1e-8)


def test_the_bootstrap_s_mixed_model_agrees_with_statsmodels():
    from dyadsync.synchrony import _average_slope, _within_sums

    for seed in range(3):
        changes = correlated_changes(37, 4, 0.3, 0.6, seed)
        patient, therapist = (
            changes[role].to_numpy().reshape(37, 4) for role in ("patient", "therapist")
        )
        grid = _average_slope(_within_sums(patient, therapist), np.ones((1, 37)))[0]
        fit = pooled_synchrony(changes, "mixed", n_resamples=10, rng=0)["estimate"].iloc[0]
        assert grid == pytest.approx(fit, abs=2e-3)


@pytest.mark.parametrize("method", ["rm_corr", "mixed"])
def test_pooled_bootstrap_is_reproducible_and_has_a_row_for_therapists(method):
    changes = correlated_changes(12, 4, 0.3, 0.4)
    therapists = {f"D{i:02d}": i % 3 for i in range(12)}
    tables = [
        pooled_synchrony(changes, method, therapists=therapists, n_resamples=200, rng=5)
        for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*tables)
    assert tables[0]["n_clusters"].tolist() == [12, 12, 3]
    assert (tables[0]["ci_lower"] < tables[0]["estimate"]).all()
    assert (tables[0]["estimate"] < tables[0]["ci_upper"]).all()


def test_one_therapist_only_has_no_bootstrap_over_therapists():
    changes = correlated_changes(5, 4, 0.3, 0.4)
    therapists = pd.DataFrame({"dyad_id": [f"D{i:02d}" for i in range(5)], "therapist_id": "T1"})
    table = pooled_synchrony(changes, therapists=therapists, n_resamples=50, rng=0)
    assert table["ci_lower"].isna().tolist() == [False, False, True]


def test_bootstrap_over_dyads_covers_where_dyads_differ():
    # 200 samples, true slope .3 in standard units: Monte Carlo SE of a coverage of .95 is .015.
    inside = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rho = np.clip(rng.normal(0.3, 0.3, 60), -0.95, 0.95)[:, None]
        therapist, noise = rng.normal(size=(2, 60, 4))
        changes = make_changes(rho * therapist + np.sqrt(1 - rho**2) * noise, therapist)
        row = pooled_synchrony(changes, n_resamples=400, rng=seed).iloc[1]
        inside += row["ci_lower"] <= 0.3 <= row["ci_upper"]
    assert 0.90 <= inside / 200 <= 0.99


def test_a_role_that_never_varies_has_no_pooled_synchrony():
    changes = random_changes().assign(patient=1.0)
    with pytest.raises(InputError, match="patient's changes vary within no dyad"):
        pooled_synchrony(changes)


def test_an_unknown_pooled_method_is_an_error():
    with pytest.raises(InputError, match="'rm_corr' or 'mixed'"):
        pooled_synchrony(random_changes(), "mean")


def test_a_dyad_without_a_therapist_is_an_error():
    with pytest.raises(InputError, match="dyad D2 has no therapist"):
        therapist_of(["D1", "D2"], {"D1": "T1"})


# Reliability


@pytest.mark.parametrize("n", [3, 4, 12])
@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.4])
def test_moments_of_r_are_those_of_its_density(n, rho):
    zeta = np.arctanh(rho)
    expected = [
        integrate.quad(
            lambda z, k=k: np.tanh(z) ** k * np.exp(fisher_z_log_density(z, zeta, n)),
            -40,
            40,
            points=[zeta],
            limit=300,
        )[0]
        for k in (1, 2)
    ]
    np.testing.assert_allclose(expected_correlation(rho, n), expected, atol=1e-9)


@pytest.mark.parametrize(("sd_rho", "published"), [(0.19, 0.08), (0.34, 0.24), (0.46, 0.40)])
def test_reliability_at_four_pairs_is_what_the_design_notes_state(sd_rho, published):
    # science.md: "about .08/.24/.40 for a true SD of .19/.34/.46", true mean 0
    from scipy import optimize

    from dyadsync.synchrony import _ZETA, _moments, _normal_masses

    def masses(sd):
        return _normal_masses(np.zeros(1), np.array([sd]))

    sd_z = optimize.brentq(lambda s: (masses(s) @ np.tanh(_ZETA) ** 2)[0] - sd_rho**2, 0.01, 2)
    value = _moments(masses(sd_z), np.array([4]), "synchrony").reliability[0]
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
    from dyadsync.synchrony import _moments, _normal_masses

    masses = _normal_masses(np.array([0.25]), np.array([0.7]))
    true = _moments(masses, np.array([4]), "synchrony").reliability[0]
    inside = 0
    for seed in range(200):
        result = reliability(correlated_changes(37, 4, 0.25, 0.7, seed=1000 + seed))
        inside += result.ci_lower <= true <= result.ci_upper
    assert inside / 200 >= 0.90  # Monte Carlo SE .015 about .95
