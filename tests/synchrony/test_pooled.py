"""Pooled synchrony agrees with published numbers and with other programs."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.synchrony.pairs import pair_up
from dyadsync.synchrony.pooled import (
    _average_slope,
    _cluster_weights,
    _repeated_measures_correlation,
    _standard_error,
    _within_sums,
    pooled_synchrony,
)
from dyadsync.synchrony.slopes import standardised_contrasts
from tests.made_changes import (
    correlated_changes,
    detrended,
    fitted_without_lines,
    make_changes,
    random_changes,
)


@pytest.mark.parametrize("method", ["rm_corr", "mixed"])
def test_pooled_bootstrap_is_reproducible_and_has_a_row_for_therapists(method):
    changes = correlated_changes(12, 4, 0.3, 0.4)
    therapists = {f"D{i:02d}": i % 3 for i in range(12)}
    tables = [
        pooled_synchrony(changes, method, therapists=therapists, n_resamples=200, rng=5)
        for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*tables)
    clusters = {"rm_corr": [12, 12, 12, 3], "mixed": [12, 12, 3]}
    assert tables[0]["n_clusters"].tolist() == clusters[method]
    assert (tables[0]["ci_lower"] < tables[0]["estimate"]).all()
    assert (tables[0]["estimate"] < tables[0]["ci_upper"]).all()


def test_one_therapist_only_has_no_bootstrap_over_therapists():
    changes = correlated_changes(5, 4, 0.3, 0.4)
    therapists = pd.DataFrame({"dyad_id": [f"D{i:02d}" for i in range(5)], "therapist_id": "T1"})
    table = pooled_synchrony(changes, therapists=therapists, n_resamples=100, rng=0)
    assert table["ci_lower"].isna().tolist() == [False, False, False, True]


def test_a_role_that_never_varies_has_no_pooled_synchrony():
    changes = random_changes().assign(patient=1.0)
    with pytest.raises(InputError, match="patient's changes vary within no dyad"):
        pooled_synchrony(changes)


def test_an_unknown_pooled_method_is_an_error():
    with pytest.raises(InputError, match="'rm_corr', 'mixed'"):
        pooled_synchrony(random_changes(), "mean")


def test_the_model_s_interval_has_the_level_asked_for():
    # Fisher's z of r with df residual degrees of freedom: +- 1.644854 / sqrt(df - 1) at 90 %
    changes = correlated_changes(12, 4, 0.3, 0.4)
    row = pooled_synchrony(changes, confidence_level=0.9, n_resamples=100, rng=0).iloc[0]
    half = 1.644854 / np.sqrt(12 * 3 - 1 - 1)
    expected = np.tanh(np.arctanh(row["estimate"]) + np.array([-half, half]))
    np.testing.assert_allclose([row["ci_lower"], row["ci_upper"]], expected, atol=1e-7)


def test_detrended_levels_count_as_one_session_fewer():
    """A line in each dyad costs each a degree of freedom: 12 (4 - 2) - 1, less 1 for Fisher's z."""
    changes = detrended(correlated_changes(12, 4, 0.3, 0.4))
    row = pooled_synchrony(changes, n_resamples=100, rng=0).iloc[0]
    half = 1.959964 / np.sqrt(12 * 2 - 1 - 1)
    expected = np.tanh(np.arctanh(row["estimate"]) + np.array([-half, half]))
    np.testing.assert_allclose([row["ci_lower"], row["ci_upper"]], expected, atol=1e-7)
    mixed = pooled_synchrony(changes, "mixed", n_resamples=100, rng=0).iloc[0]
    slope, se, _ = fitted_without_lines(changes)
    found = mixed["estimate"], mixed["ci_upper"]
    assert found == pytest.approx((slope, slope + 1.959964 * se), rel=1e-6)


def test_the_mixed_model_s_p_is_that_of_its_estimate_over_its_standard_error():
    from scipy import stats

    changes = correlated_changes(20, 4, 0.3, 0.6, seed=2)
    row = pooled_synchrony(changes, "mixed", n_resamples=100, rng=0).iloc[0]
    se = (row["ci_upper"] - row["estimate"]) / 1.959964
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(row["estimate"] / se), rel=1e-4)


def test_the_bootstrap_s_model_is_restricted_likelihood_s():
    # By matrices: with V = I + t x x' within a dyad and one fixed slope, minus twice the log
    # restricted likelihood is (N - 1) log(rss) + log|V| + log(x' V^-1 x) (Patterson & Thompson
    # 1971, doi:10.1093/biomet/58.3.545). Five dyads: there the 1 in N - 1 counts.
    for seed in range(6):
        changes = correlated_changes(5, 4, 0.3, 1.0, seed)
        patient, therapist = (
            changes[role].to_numpy().reshape(5, 4) for role in ("patient", "therapist")
        )
        x, y = (standardised_contrasts(series) for series in (therapist, patient))
        best = np.inf, np.nan
        for t in np.concatenate([[0.0], np.geomspace(1e-3, 1e2, 200)]):
            V = np.zeros((15, 15))
            for k in range(5):
                rows = slice(3 * k, 3 * k + 3)
                V[rows, rows] = np.eye(3) + t * np.outer(x[k], x[k])
            inverse, X, Y = np.linalg.inv(V), x.ravel(), y.ravel()
            information = X @ inverse @ X
            slope = X @ inverse @ Y / information
            rss = (Y - slope * X) @ inverse @ (Y - slope * X)
            deviance = 14 * np.log(rss) + np.linalg.slogdet(V)[1] + np.log(information)
            best = min(best, (deviance, slope))
        grid = _average_slope(_within_sums(pair_up(changes)), np.ones((1, 5)))[0]
        assert grid == pytest.approx(best[1], abs=1e-9)


def test_the_bootstrap_draws_whole_therapists():
    # Of two therapists a sample has one twice (a quarter each) or both: three values, and the
    # ends of a 95 % interval are the two therapists' own repeated-measures correlations.
    import pingouin as pg

    changes = correlated_changes(8, 4, 0.3, 0.6, seed=1)
    therapists = {f"D{i:02d}": "T1" if i < 3 else "T2" for i in range(8)}
    table = pooled_synchrony(changes, therapists=therapists, n_resamples=1000, rng=0)
    plain = changes.assign(dyad_id=changes["dyad_id"].astype(str))
    own = plain["dyad_id"].map(therapists)
    ends = sorted(
        pg.rm_corr(plain[own == name], x="therapist", y="patient", subject="dyad_id")["r"].iloc[0]
        for name in ("T1", "T2")
    )
    row = table.set_index("interval").loc["bootstrap over therapists"]
    np.testing.assert_allclose([row["ci_lower"], row["ci_upper"]], ends, atol=1e-10)
    weights = _cluster_weights(np.array([0, 0, 1, 2]), 4000, np.random.default_rng(0))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 1:].sum(axis=1) == 3).all()
    assert weights.mean(axis=0) == pytest.approx(1, abs=0.05)  # SE sqrt(2/3/4000) = .013


@pytest.mark.parametrize(
    ("method", "statistic"),
    [("rm_corr", _repeated_measures_correlation), ("mixed", _average_slope)],
)
def test_the_bootstrap_is_of_the_method_s_own_estimate(method, statistic):
    changes = correlated_changes(12, 4, 0.3, 1.0)
    row = pooled_synchrony(changes, method, n_resamples=200, rng=0).iloc[1]
    weights = _cluster_weights(np.arange(12), 200, np.random.default_rng(0))
    ends = np.quantile(statistic(_within_sums(pair_up(changes)), weights), [0.025, 0.975])
    assert [row["ci_lower"], row["ci_upper"]] == pytest.approx(list(ends))


@pytest.mark.parametrize("turn", [1, -1])
def test_the_bootstrap_s_p_is_twice_the_smaller_side_and_never_zero(turn):
    changes = correlated_changes(12, 4, 1.5, 0.1)
    changes["patient"] *= turn
    table = pooled_synchrony(changes, n_resamples=199, rng=0)
    assert table["p_value"].iloc[1] == pytest.approx(2 / 200)
    therapists = {f"D{i:02d}": i for i in range(12)}
    mixed = pooled_synchrony(changes, "mixed", therapists=therapists, n_resamples=199, rng=0)
    assert mixed["p_value"].iloc[2] == pytest.approx(2 / 200)


def test_one_dyad_of_three_pairs_is_a_plain_correlation():
    from scipy import stats

    changes = make_changes([[1, 2, 4]], [[3, 5, 4]])
    row = pooled_synchrony(changes).iloc[0]
    plain = stats.pearsonr([1, 2, 4], [3, 5, 4])
    assert row["estimate"] == pytest.approx(plain.statistic)
    assert row["p_value"] == pytest.approx(plain.pvalue)
    assert [row["ci_lower"], row["ci_upper"]] == [-1, 1]  # nothing is known of its spread
    none = pooled_synchrony(make_changes([[1, 2]], [[3, 5]])).iloc[0]
    assert np.isnan([none["p_value"], none["ci_lower"], none["ci_upper"]]).all()


def test_one_dyad_of_four_pairs_has_the_interval_of_a_plain_correlation():
    from scipy import stats

    row = pooled_synchrony(make_changes([[1, 2, 4, 3]], [[3, 5, 4, 1]])).iloc[0]
    interval = stats.pearsonr([1, 2, 4, 3], [3, 5, 4, 1]).confidence_interval()
    assert [row["ci_lower"], row["ci_upper"]] == pytest.approx(list(interval))


def test_a_dyad_takes_part_from_two_pairs_on():
    changes = make_changes([[1, 2, 4], [1, 3, np.nan], [5, np.nan, np.nan]], [[3, 5, 4]] * 3)
    table = pooled_synchrony(changes)
    assert (table["n_dyads"] == 2).all()
    assert (table["n_sessions"] == 5).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence_level": 95}, "confidence_level is 95; it must lie between 0 and 1"),
        ({"n_resamples": 99}, "n_resamples is 99; it must be a whole number of at least 100"),
    ],
)
def test_a_level_or_a_number_of_resamples_that_is_none_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        pooled_synchrony(random_changes(), **options)


def test_the_bootstrap_s_interval_has_the_level_asked_for():
    # Many dyads: nearly normal draws, whose 90 % range is 1.645 / .6745 times their 50 % range.
    changes = correlated_changes(60, 4, 0.3, 0.3)
    width = {}
    for level in (0.5, 0.9):
        row = pooled_synchrony(changes, confidence_level=level, n_resamples=4000, rng=0).iloc[1]
        width[level] = row["ci_upper"] - row["ci_lower"]
    assert width[0.9] / width[0.5] == pytest.approx(1.645 / 0.6745, rel=0.1)


@pytest.mark.parametrize("method", ["rm_corr", "mixed"])
def test_the_bootstrap_s_p_counts_the_resamples_on_the_other_side(method):
    # Of two therapists the first, with two dyads of eight, has a synchrony below 0; a quarter of
    # the resamples has him twice: p = 2/4, with a Monte Carlo error of .02.
    changes = correlated_changes(8, 4, 1.2, 0.1, seed=1)
    first = changes["dyad_id"].isin(["D00", "D01"])
    changes.loc[first, "patient"] *= -1
    therapists = {f"D{i:02d}": "T1" if i < 2 else "T2" for i in range(8)}
    table = pooled_synchrony(changes, method, therapists=therapists, n_resamples=2000, rng=0)
    assert table["estimate"].iloc[0] > 0
    over = table.set_index("interval").loc["bootstrap over therapists"]
    assert over["p_value"] == pytest.approx(0.5, abs=0.1)


def test_the_error_of_the_studentised_bootstrap_is_that_of_leaving_out_each_dyad_in_turn():
    """The jackknife over dyads (Efron & Tibshirani 1993, ch. 11), but for terms of order 1/n."""
    changes = correlated_changes(37, 4, 0.3, 0.7)
    sums = _within_sums(pair_up(changes))
    without = np.arctanh(_repeated_measures_correlation(sums, 1 - np.eye(37)))
    jackknife = np.sqrt(36 / 37 * np.sum((without - without.mean()) ** 2))
    assert _standard_error(sums, np.ones((1, 37)))[0] == pytest.approx(jackknife, rel=0.06)


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
