"""Imputed mediations: exact results where there are some, maximum likelihood, and what is said."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from dyadsync import InputError, mediate
from dyadsync.scrutiny.missing.imputation import impute, prepare_imputed


def made(n=37, seed=3):
    rng = np.random.default_rng(seed)
    x, e, u, w = rng.standard_normal((4, n))
    m = -0.5 * x + e
    y = 0.5 * m + u
    return pd.DataFrame(
        {
            "x": x,
            "m": m,
            "y": y,
            "w": y + w,
            "group": rng.choice(["s", "se", "other"], n),
            "therapist": rng.integers(6, size=n).astype(float),
        }
    )


def with_gaps(n=37, **rows):
    table = made(n)
    for column, lost in rows.items():
        table.loc[lost, column] = np.nan
    return table


GAPS = {"m": [0, 1, 2, 3], "y": [3, 4, 5, 6, 7]}
FEW = {"missing": "impute", "n_imputations": 10, "n_draws": 1000, "rng": 1}


@pytest.mark.parametrize("method", ["quasi-bayesian", "bootstrap", "robust"])
def test_with_nothing_missing_imputation_changes_no_number(method):
    dropped = mediate(made(), "x", "m", "y", method=method, n_draws=500, rng=1)
    imputed = mediate(
        made(), "x", "m", "y", method=method, missing="impute", n_draws=500, rng=1, auxiliary="w"
    )
    pd.testing.assert_frame_equal(dropped.table, imputed.table, check_exact=True)
    pd.testing.assert_frame_equal(dropped.draws, imputed.draws, check_exact=True)
    assert imputed.n_imputations == len(imputed.imputed) == 0


def test_with_only_outcomes_missing_path_a_is_that_of_all_rows_and_b_that_of_the_complete_ones():
    """Exact: the posterior mean of b is the complete cases' estimate, and imputed rows repeat it.

    The tolerance is four standard errors of a mean over 400 imputations.
    """
    table = with_gaps(y=[0, 1, 2, 3, 4, 5, 6, 7])
    result = mediate(table, "x", "m", "y", missing="impute", n_imputations=400, rng=1)
    whole, complete = (mediate(one, "x", "m", "y", rng=1) for one in (made(), table))
    assert result.paths.loc["a"].tolist() == pytest.approx(whole.paths.loc["a"].tolist())
    found = prepare_imputed(
        table, "x", ["m"], "y", n_imputations=400, rng=np.random.default_rng(1)
    ).samples
    b = [np.linalg.lstsq(one.outcome_design, one.y)[0][2] for one in found]
    assert np.mean(b) == pytest.approx(result.paths.loc["b", "estimate"])
    tolerance = 4 * np.std(b) / np.sqrt(400)
    assert abs(np.mean(b) - complete.paths.loc["b", "estimate"]) < tolerance


def test_an_imputed_value_is_drawn_as_in_a_bayesian_regression():
    """Predictive variance ``s^2 (1 + h) df / (df - 2)``, t with df = n - p (Rubin 1987, ch. 5)."""
    table = with_gaps(y=[0]).loc[:20, ["x", "m", "y"]].to_numpy()
    drawn = impute(table, 1500, None, np.random.default_rng(1))[:, 0, 2]
    X = np.column_stack([np.ones(20), table[1:, :2]])
    coef, rss = np.linalg.lstsq(X, table[1:, 2])[:2]
    new = np.array([1.0, *table[0, :2]])
    df = 20 - 3
    variance = rss[0] / (df - 2) * (1 + new @ np.linalg.inv(X.T @ X) @ new)
    assert drawn.mean() == pytest.approx(new @ coef, abs=4 * np.sqrt(variance / 1500))
    assert drawn.var() == pytest.approx(variance, rel=0.15)


def maximum_likelihood(columns):
    """Mean and covariance of incomplete normal data, by the EM algorithm."""
    mean, covariance = np.nanmean(columns, 0), np.diag(np.nanvar(columns, 0))
    for _ in range(60):
        filled, extra = columns.copy(), np.zeros_like(covariance)
        for row, values in enumerate(columns):
            gone = np.isnan(values)
            if not gone.any():
                continue
            inverse = np.linalg.inv(covariance[np.ix_(~gone, ~gone)])
            slopes = covariance[np.ix_(gone, ~gone)] @ inverse
            filled[row, gone] = mean[gone] + slopes @ (values[~gone] - mean[~gone])
            left = covariance[np.ix_(gone, gone)] - slopes @ covariance[np.ix_(~gone, gone)]
            extra[np.ix_(gone, gone)] += left
        mean = filled.mean(0)
        covariance = ((filled - mean).T @ (filled - mean) + extra) / len(columns)
    return mean, covariance


def test_the_pooled_estimate_is_near_the_maximum_of_the_incomplete_datas_likelihood():
    """Large n, m missing the more often the lower y is: complete cases are off, imputation not.

    Tolerance .02: prior and Monte Carlo error are of order 1/n and 1/sqrt(I).
    """
    table = made(800)
    rng = np.random.default_rng(5)
    table.loc[rng.uniform(size=800) < 1 / (1 + np.exp(1 + 2 * table["y"])), "m"] = np.nan
    table.loc[rng.uniform(size=800) < 0.2, "x"] = np.nan
    _, s = maximum_likelihood(table[["x", "m", "y"]].to_numpy())
    a = s[0, 1] / s[0, 0]
    b = np.linalg.solve(s[:2, :2], s[:2, 2])[1]
    imputed = mediate(table, "x", "m", "y", **FEW | {"n_imputations": 40})
    dropped = mediate(table, "x", "m", "y", rng=1)
    assert imputed.paths.loc["a", "estimate"] == pytest.approx(a, abs=0.02)
    assert imputed.paths.loc["b", "estimate"] == pytest.approx(b, abs=0.02)
    assert abs(dropped.paths.loc["b", "estimate"] - b) > 0.05


def test_missing_answers_are_drawn_with_the_probability_that_the_rest_gives_them():
    rng = np.random.default_rng(2)
    x = rng.standard_normal(600)
    y = (rng.standard_normal(600) < 1.2 * x).astype(float)
    columns = np.column_stack([x, y])
    columns[x > 1, 1] = np.nan
    drawn = impute(columns, 200, 1, rng)[:, x > 1, 1]
    assert set(np.unique(drawn)) <= {0.0, 1.0}
    assert drawn.mean() == pytest.approx(ndtr(1.2 * x[x > 1]).mean(), abs=0.05)


def test_a_binary_outcome_is_imputed_for_effects_on_probabilities():
    table = with_gaps(120, **GAPS)
    table["y"] = table["y"].gt(0).astype(float).where(table["y"].notna())
    result = mediate(table, "x", "m", "y", outcome="logit", covariates=["w"], **FEW)
    assert result.n_obs == 120
    assert np.isfinite(result.table.to_numpy()).all()
    assert result.table.loc["ACME", "estimate"] < 0


@pytest.mark.parametrize("method", ["quasi-bayesian", "bootstrap", "robust", "huber", "median"])
def test_every_completed_sample_gives_its_share_of_the_draws_and_seeds_repeat(method):
    table = with_gaps(**GAPS)
    options = FEW | {"n_draws": 505, "method": method}
    result = mediate(table, "x", "m", "y", **options)
    again = mediate(table, "x", "m", "y", **options)
    assert len(result.draws) == 505
    pd.testing.assert_frame_equal(result.table, again.table, check_exact=True)
    assert result.n_obs == 37
    assert result.n_dropped == 0
    low, estimate, high = result.table.loc["ACME", ["ci_lower", "estimate", "ci_upper"]]
    assert low < estimate < high
    assert (result.paths["se"] > 0).all()


def test_the_table_the_report_and_the_counts_say_what_was_imputed():
    result = mediate(with_gaps(**GAPS), "x", "m", "y", **FEW)
    assert dict(result.imputed) == {"m": 4, "y": 5}
    assert sum(result.imputed.values()) == 9
    assert "means over 10 imputations of 4 of m, 5 of y; n = 37" in repr(result)
    assert "n = 37, 10 imputations of 4 of m, 5 of y)" in result.report()


def test_rows_without_a_cluster_or_without_cause_mediator_and_outcome_are_left_out():
    table = with_gaps(**GAPS, therapist=[8])
    table.loc[9, ["x", "m", "y"]] = np.nan
    result = mediate(table, "x", "m", "y", cluster="therapist", small_sample=True, **FEW)
    assert (result.n_obs, result.n_dropped) == (35, 2)
    assert result.n_clusters == 6


def test_clusters_are_in_the_imputation_model_where_auxiliary_names_them():
    """Clusters 10 apart: an unseen y is drawn about its own cluster's level, or about all of y."""
    table = with_gaps(60, y=[0, 1, 2, 3, 4, 5])
    table["y"] += 10 * table["therapist"]
    level = 10 * table.loc[:5, "therapist"].to_numpy()

    def off(auxiliary):
        found = prepare_imputed(
            table,
            "x",
            ["m"],
            "y",
            cluster="therapist",
            auxiliary=auxiliary,
            n_imputations=20,
            rng=np.random.default_rng(1),
        )
        return np.abs(np.mean([one.y[:6] for one in found.samples], 0) - level).max()

    assert off(["therapist"]) < 4  # y's own SD is 1.1, and a level rests on ten dyads
    assert off([]) > 8
    asked = {"cluster": "therapist", **FEW}
    [note] = mediate(table, "x", "m", "y", **asked).notes[:1]
    assert note.startswith("Missing values are imputed as if dyads of one cluster")
    known = mediate(table, "x", "m", "y", auxiliary=["therapist"], **asked)
    assert not any(note.startswith("Missing values") for note in known.notes)


def test_covariates_are_imputed_too_with_their_categories_as_indicators():
    table = with_gaps(**GAPS)
    table["group"] = table["group"].where(table.index != 12)
    result = mediate(table, "x", "m", "y", covariates=["group"], **FEW)
    assert dict(result.imputed) == {"m": 4, "y": 5, "group": 1}
    assert list(result.models["y"].index) == ["Intercept", "x", "m", "group[s]", "group[se]"]


def test_an_auxiliary_column_helps_and_is_in_no_model():
    """w tells much of y, so that imputations of y differ less: path b's error falls."""
    table = with_gaps(200, y=list(range(100)))
    table["w"] = made(200)["y"] + 0.2 * table["w"]
    plain, helped = (
        mediate(table, "x", "m", "y", auxiliary=names, **FEW | {"n_imputations": 50})
        for names in ([], ["w"])
    )
    assert helped.paths.loc["b", "se"] < 0.9 * plain.paths.loc["b", "se"]
    assert list(helped.models["y"].index) == ["Intercept", "x", "m"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"missing": "mean"}, "missing is 'mean'; it must be one of 'drop', 'impute'"),
        ({"missing": "drop", "auxiliary": ["w"]}, "use it with missing='impute'"),
        ({"method": "bootstrap-bca"}, r"has no missing='impute'\. Methods that have: 'quasi-bay"),
        ({"method": "latent"}, "method='latent' has no missing='impute'"),
        ({"interaction": True}, "in which x and m do not interact"),
        ({"n_imputations": 1}, "n_imputations is 1"),
        ({"n_imputations": 500}, "from 2 to 100"),
        ({"auxiliary": ["gone"]}, "no column 'gone'"),
        ({"auxiliary": ["x"]}, "named twice"),
        ({"auxiliary": ["one"]}, r"'one' is constant \(1 in every complete row\)"),
        ({"auxiliary": ["w", "double"]}, "'double' is a linear combination"),
    ],
)
def test_what_has_no_meaning_is_refused(options, said):
    table = with_gaps(**GAPS).assign(one=1.0, double=lambda one: 2 * one["w"])
    with pytest.raises(InputError, match=said):
        mediate(table, "x", "m", "y", **FEW | options)


def test_too_few_complete_rows_are_refused_with_their_number():
    table = with_gaps(12, m=[0, 1, 2, 3], y=[4, 5, 6, 7])
    with pytest.raises(InputError, match="4 complete ones, but a joint model of these 3 columns"):
        mediate(table, "x", "m", "y", **FEW)
