"""Session changes, dyad synchrony and the exact sampling distribution of a correlation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from dyadsync.errors import InputError
from dyadsync.synchrony import (
    CHANGES,
    MEASURES,
    below_loq_counts,
    concordance,
    correlation_density,
    correlation_log_density,
    dyad_synchrony,
    fisher_z,
    fisher_z_log_density,
    largest_z,
    null_variance,
    pearson,
    session_changes,
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
def test_one_null_dyad_in_a_thousand_reaches_the_cap(n):
    beyond = np.tanh(largest_z(n))
    t = beyond * np.sqrt((n - 2) / (1 - beyond**2))
    assert 2 * stats.t.sf(t, n - 2) == pytest.approx(0.001, rel=1e-6)


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
    r = np.sort(pearson(x, y))
    grid = np.linspace(-1, 1, 4001)[1:-1]
    cdf = np.cumsum(correlation_density(grid, 0.7, 5)) * (grid[1] - grid[0])
    distance = np.max(np.abs(np.searchsorted(r, grid) / r.size - cdf))
    assert distance < 1.63 / np.sqrt(r.size)  # Kolmogorov's 1 % point


def test_density_outside_its_range_is_an_error():
    for r, rho, n in [(0.5, 1.0, 4), (1.2, 0.0, 4), (0.5, 0.0, 2)]:
        with pytest.raises(InputError, match="at least 3"):
            correlation_log_density(r, rho, n)
