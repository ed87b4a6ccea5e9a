"""The front door: agreement with other software, properties, errors."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from dyadsync.errors import InputError
from dyadsync.mediation import mediate, summarise_draws
from tests.reference_tables import dyads

MAIN = ["ACME", "ADE", "Total effect"]


# --- numbers of others (R's and published ones: test_validation.py) ------------------------------


def test_clustered_draws_of_both_models_are_joint():
    """The total effect's draws spread as the cluster-robust error of path c says (CR1)."""
    result = mediate(dyads(120), "x", "m", "y", cluster="therapist", n_draws=50_000, rng=1)
    assert result.draws["Total effect"].std() == pytest.approx(
        result.paths.loc["c", "se"], rel=0.02
    )


def test_logit_estimates_agree_with_statsmodels_glm():
    import statsmodels.formula.api as smf

    data = dyads(120)
    result = mediate(data, "x", "m", "response", outcome="logit", covariates=["c"], n_draws=100)
    peer = smf.logit("response ~ x + m + c", data).fit(disp=False)
    assert result.models["response"]["estimate"].to_numpy() == pytest.approx(
        peer.params[["Intercept", "x", "m", "c"]].to_numpy(), rel=1e-8
    )
    assert result.models["response"]["se"].to_numpy() == pytest.approx(
        peer.bse[["Intercept", "x", "m", "c"]].to_numpy(), rel=1e-6
    )


@pytest.mark.parametrize("kind", ["HC3", "cluster"])
def test_robust_standard_errors_agree_with_statsmodels(kind):
    import statsmodels.formula.api as smf

    data = dyads(37)
    if kind == "HC3":
        ours, theirs = {"vcov": "HC3"}, {"cov_type": "HC3"}
    else:
        ours = {"cluster": "therapist"}
        theirs = {"cov_type": "cluster", "cov_kwds": {"groups": data["therapist"]}}
    result = mediate(data, "x", "m", "y", n_draws=100, **ours)
    for response, formula in [("m", "m ~ x"), ("y", "y ~ x + m")]:
        peer = smf.ols(formula, data).fit(**theirs)
        assert result.models[response]["se"].to_numpy() == pytest.approx(
            peer.bse.to_numpy(), rel=1e-8
        )


def test_small_sample_cluster_covariance_is_the_jackknife_over_clusters():
    """CR3 by its definition: leave out each cluster, refit with NumPy's least squares."""
    data = dyads(37)
    result = mediate(data, "x", "m", "y", cluster="therapist", small_sample=True, n_draws=100)
    X = np.column_stack([np.ones(37), data["x"], data["m"]])
    full = np.linalg.lstsq(X, data["y"])[0]
    left_out = np.stack(
        [
            np.linalg.lstsq(X[data["therapist"] != g], data["y"][data["therapist"] != g])[0]
            for g in sorted(data["therapist"].unique())
        ]
    )
    groups = len(left_out)
    expected = (groups - 1) / groups * (left_out - full).T @ (left_out - full)
    assert result.covariance.loc["y", "y"].to_numpy() == pytest.approx(expected, rel=1e-8)


def test_small_sample_draws_are_t_distributed():
    """Draws of b have the t distribution's 97.5 % point at n - p degrees of freedom."""
    from scipy import stats

    result = mediate(dyads(37), "x", "m", "y", small_sample=True, n_draws=200_000, rng=2)
    scaled = (result.draws["ADE"] - result.paths.loc["c_prime", "estimate"]) / result.paths.loc[
        "c_prime", "se"
    ]
    assert np.quantile(scaled, 0.975) == pytest.approx(stats.t.ppf(0.975, 37 - 3), abs=0.02)


def test_two_mediators_agree_with_their_own_regressions():
    """Specific effects are products of a (m_j ~ x) and b (y ~ x + m1 + m2)."""
    rng = np.random.default_rng(3)
    x, m1 = rng.normal(size=(2, 80))
    data = pd.DataFrame({"x": x, "m1": m1 + x, "m2": rng.normal(size=80) - x + m1})
    data["y"] = data["m1"] - 0.5 * data["m2"] + rng.normal(size=80)
    result = mediate(data, "x", ["m1", "m2"], "y", n_draws=4000, rng=1)
    X = np.column_stack([np.ones(80), data["x"]])
    b = np.linalg.lstsq(np.column_stack([X, data[["m1", "m2"]]]), data["y"])[0]
    for j, name in enumerate(["m1", "m2"]):
        a = np.linalg.lstsq(X, data[name])[0][1]
        assert result.table.loc[f"ACME ({name})", "estimate"] == pytest.approx(a * b[2 + j])
    specific = result.table.loc[["ACME (m1)", "ACME (m2)"], "estimate"].sum()
    assert result.table.loc["ACME", "estimate"] == pytest.approx(specific)


@pytest.mark.parametrize("outcome", ["logit", "probit"])
def test_two_mediators_with_a_binary_outcome_agree_with_simulated_potential_outcomes(outcome):
    """The integrals against brute force: half a million simulated mediators."""
    from scipy.special import expit, ndtr

    rng = np.random.default_rng(5)
    n = 400
    x, c = rng.normal(size=(2, n))
    noise = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=n)
    data = pd.DataFrame({"x": x, "c": c, "m1": 0.8 * x + noise[:, 0], "m2": -x + noise[:, 1]})
    data["y"] = (data["m1"] + 0.5 * data["m2"] + c + rng.logistic(size=n) > 0).astype(int)
    result = mediate(
        data, "x", ["m1", "m2"], "y", covariates=["c"], outcome=outcome, interaction=True,
        n_draws=100, contrast=(-0.5, 1), rng=1,
    )  # fmt: skip
    models = {name: table["estimate"] for name, table in result.models.items()}
    design = np.column_stack([np.ones(n), x, c])
    residuals = np.column_stack([data[m] - design @ models[m] for m in ("m1", "m2")])
    sigma = residuals.T @ residuals / (n - 3)
    draws = 500_000
    rows = rng.integers(n, size=draws)
    e = rng.multivariate_normal([0, 0], sigma, size=draws)
    link = expit if outcome == "logit" else ndtr
    y = models["y"]

    def mean_outcome(t, at):
        m = [
            models[f"m{j + 1}"]["Intercept"] + models[f"m{j + 1}"]["x"] * at[j]
            + models[f"m{j + 1}"]["c"] * c[rows] + e[:, j]
            for j in (0, 1)
        ]  # fmt: skip
        eta = y["Intercept"] + y["x"] * t + y["c"] * c[rows]
        for j, name in enumerate(["m1", "m2"]):
            eta = eta + (y[name] + y[f"x:{name}"] * t) * m[j]
        return link(eta).mean()

    low, high = -0.5, 1
    expected = {
        "ACME (control)": mean_outcome(low, [high, high]) - mean_outcome(low, [low, low]),
        "ADE (treated)": mean_outcome(high, [high, high]) - mean_outcome(low, [high, high]),
        "ACME (m1)": (
            mean_outcome(low, [high, low]) - mean_outcome(low, [low, low])
            + mean_outcome(high, [high, high]) - mean_outcome(high, [low, high])
        ) / 2,
    }  # fmt: skip
    for name, value in expected.items():
        assert result.table.loc[name, "estimate"] == pytest.approx(value, abs=0.001), name


# --- intervals and p-values --------------------------------------------------------------------


def test_p_value_counts_draws_and_is_never_zero():
    """min(1, 2 (k + 1) / (B + 1)) with k = 0 of B = 999."""
    assert summarise_draws(1.0, np.full(999, 1.0), 0.95)[3] == pytest.approx(2 / 1000)


def test_draws_of_exactly_zero_are_evidence_for_zero():
    """Medians of rounded scales give many; they count on both sides."""
    draws = np.concatenate([np.zeros(900), np.ones(99)])
    assert summarise_draws(0.0, draws, 0.95)[3] == 1.0
    assert summarise_draws(0.0, np.zeros(999), 0.95)[3] == 1.0


def test_bca_without_bias_or_acceleration_is_the_percentile_interval():
    draws = ndtri(np.arange(1, 2000) / 2000) + 0.7
    symmetric = np.array([0.5, 0.9])
    bca = summarise_draws(0.7, draws, 0.95, jackknife=symmetric)
    assert bca[1:3] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=1e-6)


def test_bca_p_value_inverts_the_interval():
    """At confidence 1 - p the interval just reaches 0."""
    options = {"method": "bootstrap-bca", "n_draws": 20_000, "rng": 4}
    p = mediate(dyads(120), "x", "m", "y", **options).table.loc["Total effect", "p_value"]
    assert p < 0.5
    again = mediate(dyads(120), "x", "m", "y", confidence_level=1 - p, **options)
    ends = again.table.loc["Total effect", ["ci_lower", "ci_upper"]].abs()
    assert ends.min() < 0.01 * ends.max()


def test_bca_agrees_with_scipy_on_the_same_statistic():
    """SciPy's BCa interval of the product a*b (its own resamples, 9,999 of them)."""
    from scipy import stats

    data = dyads(37)

    def product(x, m, y):
        a = np.cov(x, m)[0, 1] / np.var(x, ddof=1)
        X = np.column_stack([np.ones(len(x)), x, m])
        return a * np.linalg.lstsq(X, y)[0][2]

    peer = stats.bootstrap(
        (data["x"], data["m"], data["y"]), product, paired=True, vectorized=False,
        n_resamples=4999, method="BCa", rng=1,
    ).confidence_interval  # fmt: skip
    ours = mediate(data, "x", "m", "y", method="bootstrap-bca", n_draws=50_000, rng=1)
    row = ours.table.loc["ACME"]
    width = peer.high - peer.low
    assert row["ci_lower"] == pytest.approx(peer.low, abs=0.06 * width)
    assert row["ci_upper"] == pytest.approx(peer.high, abs=0.06 * width)


def test_proportion_mediated_is_flagged_where_it_means_nothing():
    result = mediate(dyads(37), "x", "m", "y", n_draws=1000, rng=1)
    assert result.table.loc["Total effect", "ci_upper"] > 0
    assert not result.prop_mediated_meaningful
    assert any("proportion mediated" in note for note in result.notes)


def test_same_seed_same_draws_and_another_seed_others():
    first, again, other = (
        mediate(dyads(37), "x", "m", "y", n_draws=500, rng=seed) for seed in (7, 7, 8)
    )
    pd.testing.assert_frame_equal(first.draws, again.draws)
    assert not np.allclose(first.draws["ACME"], other.draws["ACME"])


def test_draws_do_not_touch_numpys_global_state():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    mediate(dyads(37), "x", "m", "y", n_draws=100, method="bootstrap")
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


# --- properties --------------------------------------------------------------------------------


def table(data, **options):
    return mediate(data, "x", "m", "y", **{"n_draws": 300, "rng": 11, **options}).table


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_row_order_does_not_matter(seed):
    data = dyads(37)
    shuffled = data.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(table(data), table(shuffled), rtol=1e-8, atol=1e-10)


OPTIONS = st.sampled_from(
    [
        {"method": "quasi-bayesian"},
        {"method": "quasi-bayesian", "vcov": "HC3"},
        {"method": "quasi-bayesian", "small_sample": True},
        {"method": "quasi-bayesian", "cluster": "therapist"},
        {"method": "quasi-bayesian", "cluster": "therapist", "small_sample": True},
        {"method": "bootstrap"},
        {"method": "bootstrap-bca"},
    ]
)
SIGNED = {"scale": st.floats(0.01, 100), "sign": st.sampled_from([-1, 1])}


@settings(max_examples=40, deadline=None)
@given(options=OPTIONS, shift=st.floats(-100, 100), **SIGNED)
def test_effects_follow_affine_changes_and_sign_flips_of_y(options, shift, scale, sign):
    data = dyads(37)
    factor = scale * sign
    before = table(data, **options)
    after = table(data.assign(y=shift + factor * data["y"]), **options)
    for effect in MAIN:
        ends = sorted(before.loc[effect, ["ci_lower", "ci_upper"]] * factor)
        expected = [before.loc[effect, "estimate"] * factor, *ends]
        assert after.loc[effect].iloc[:3].tolist() == pytest.approx(
            expected, rel=1e-5, abs=1e-6 * scale
        )
        assert after.loc[effect, "p_value"] == pytest.approx(
            before.loc[effect, "p_value"], rel=1e-3
        )


@settings(max_examples=40, deadline=None)
@given(options=OPTIONS, shift=st.floats(-100, 100), **SIGNED)
def test_effects_do_not_depend_on_the_unit_and_sign_of_m(options, shift, scale, sign):
    data = dyads(37)
    changed = data.assign(m=shift + scale * sign * data["m"])
    pd.testing.assert_frame_equal(
        table(data, **options), table(changed, **options), rtol=1e-4, atol=1e-6
    )


@settings(max_examples=15, deadline=None)
@given(factor=st.floats(0.1, 10))
def test_linear_effects_scale_with_the_contrast(factor):
    data = dyads(37)
    once, scaled = table(data), table(data, contrast=(1, 1 + factor))
    columns = ["estimate", "ci_lower", "ci_upper"]
    assert np.allclose(scaled.loc[MAIN, columns], factor * once.loc[MAIN, columns])


def test_reversing_the_contrast_reverses_the_effects():
    data = dyads(37)
    forth = table(data, interaction=True, contrast=(0, 1))
    back = table(data, interaction=True, contrast=(1, 0))
    assert back.loc["ACME (control)", "estimate"] == pytest.approx(
        -forth.loc["ACME (treated)", "estimate"]
    )
    assert back.loc["Total effect", "estimate"] == pytest.approx(
        -forth.loc["Total effect", "estimate"]
    )


@pytest.mark.parametrize("method", ["quasi-bayesian", "bootstrap"])
def test_names_of_clusters_do_not_matter(method):
    data = dyads(37)
    renamed = data["therapist"].map(lambda code: f"therapist {code}")
    pd.testing.assert_frame_equal(
        table(data, method=method, cluster="therapist"),
        table(data, method=method, cluster=renamed.to_numpy()),
    )


def test_total_effect_is_the_sum_of_its_parts():
    result = table(dyads(120), interaction=True, covariates=["c"], contrast=(-1, 2))
    assert result.loc["Total effect", "estimate"] == pytest.approx(
        result.loc["ACME (control)", "estimate"] + result.loc["ADE (treated)", "estimate"]
    )
    assert result.loc["Total effect", "estimate"] == pytest.approx(
        result.loc["ACME", "estimate"] + result.loc["ADE", "estimate"]
    )


def test_text_covariate_equals_its_indicator():
    data = dyads(120)
    group = np.where(np.arange(120) % 3 == 0, "SE", "S")
    as_text = table(data.assign(arm=group), covariates=["arm"])
    as_number = table(data.assign(arm=(group == "SE").astype(float)), covariates=["arm"])
    pd.testing.assert_frame_equal(as_text, as_number)


# --- one sample, said -------------------------------------------------------------------------


def test_missing_values_leave_one_sample_for_both_models():
    """Rows without y must not enter the model of m either."""
    data = dyads(37)
    data.loc[[0, 5], "y"] = np.nan
    data.loc[9, "m"] = np.nan
    result = mediate(data, "x", "m", "y", n_draws=200, rng=0)
    complete = mediate(data.dropna(), "x", "m", "y", n_draws=200, rng=0)
    assert (result.n_obs, result.n_dropped) == (34, 3)
    pd.testing.assert_frame_equal(result.table, complete.table)


def test_result_prints_as_text_html_and_markdown():
    result = mediate(dyads(37), "x", "m", "y", n_draws=1000, rng=1, covariates=["c"])
    for text in (repr(result), result._repr_html_(), result.to_markdown()):
        for part in ("ACME", "95% CI", "n = 37", "adjusted for c"):
            assert part in text


def test_contrast_is_printed_without_digits_that_mean_nothing():
    result = mediate(dyads(37), "x", "m", "y", n_draws=200, rng=1, contrast=(-1.1657523, 100.0))
    assert "x from -1.166 to 100;" in repr(result)


def test_caption_says_how_the_draws_were_made():
    options = {"n_draws": 200, "rng": 1}
    assert "200 t draws" in repr(mediate(dyads(37), "x", "m", "y", small_sample=True, **options))
    assert "HC3 standard errors" in repr(mediate(dyads(37), "x", "m", "y", vcov="HC3", **options))
    assert "in 6 clusters" in repr(
        mediate(dyads(37), "x", "m", "y", cluster="therapist", **options)
    )


def test_confidence_level_is_printed_as_it_is():
    result = mediate(dyads(37), "x", "m", "y", n_draws=200, rng=1, confidence_level=0.975)
    assert "97.5% CI" in repr(result)
    assert "97.5% CI" in result.report()


def test_small_effects_keep_their_digits():
    data = dyads(37)
    text = repr(mediate(data.assign(y=data["y"] / 1e4), "x", "m", "y", n_draws=200, rng=1))
    assert "-1.35e-05" in text


def test_report_is_one_sentence_with_estimate_interval_and_p():
    report = mediate(dyads(37), "x", "m", "y", n_draws=1000, rng=1).report()
    assert report.startswith("The indirect effect of x on y through m was -0.135, 95% CI [")
    assert "1,000 draws, n = 37)." in report


# --- errors ------------------------------------------------------------------------------------


def bad(message, data=None, **options):
    data = dyads(37) if data is None else data
    arguments = {"x": "x", "m": "m", "y": "y", "n_draws": 200, "rng": 0, **options}
    names = [arguments.pop(key) for key in ("x", "m", "y")]
    with pytest.raises(InputError, match=message):
        mediate(data, *names, **arguments)


def test_unknown_column_is_named():
    bad("no column 'synch'. Columns: therapist, c, x", m="synch")


def test_a_column_cannot_play_two_parts():
    bad("'x' is named twice", m="x")


def test_text_in_a_number_column_is_named():
    bad("Column 'x' holds text", dyads(37).assign(x="high"))


def test_infinite_value_is_named_with_its_row():
    data = dyads(37)
    data.loc[4, "m"] = np.inf
    bad("Column 'm' holds an infinite value in row 4", data)


@pytest.mark.parametrize("column", ["x", "m", "y", "c"])
def test_constant_column_is_named(column):
    bad(f"'{column}' is constant", dyads(37).assign(**{column: 2.0}), covariates=["c"])


def test_collinear_covariate_is_named():
    data = dyads(37)
    bad("Column 'c2' is a linear combination", data.assign(c2=data["x"] - 3), covariates=["c2"])


def test_too_few_rows():
    bad("Too few rows: 4 complete ones, but these models need at least 5", dyads(37).head(4))


def test_all_rows_incomplete():
    bad("Too few rows: 0 complete", dyads(37).assign(y=np.nan))


def test_response_that_is_not_binary():
    bad("must hold only 0 and 1", outcome="logit")


def test_separation_names_the_variable():
    data = dyads(37)
    data["response"] = (data["m"] > data["m"].median()).astype(int)
    bad("separated by 'm'", data, y="response", outcome="logit")
    bad("separated by 'm'", data, y="response", outcome="probit")


def test_hc3_and_clusters_exclude_each_other():
    bad("use one of them", vcov="HC3", cluster="therapist")


def test_a_combination_without_meaning_lists_those_with_one():
    bad("method='bootstrap' has no vcov='HC3'. Methods that have: 'quasi-bayesian'",
        method="bootstrap", vcov="HC3")  # fmt: skip
    bad("Methods that have: 'quasi-bayesian'", method="bootstrap", small_sample=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "sobel"}, "no method 'sobel'. Methods: 'quasi-bayesian'"),
        ({"outcome": "poisson"}, "no outcome model 'poisson'"),
        ({"vcov": "HC0"}, "no vcov 'HC0'"),
        ({"n_draws": 10}, "n_draws must be a whole number of at least 100"),
        ({"n_draws": 1e4}, "n_draws must be a whole number"),
        ({"confidence_level": 95}, "between 0.5 and 1"),
        ({"contrast": (1, 1)}, "two different values"),
        ({"cluster": "clinic"}, "no column 'clinic' to cluster by"),
        ({"cluster": [1, 2]}, "it needs one value for each"),
        ({"outcome": "logit", "small_sample": True, "y": "response"}, "outcome='linear'"),
        ({"m": []}, "at least one mediator"),
        ({"contrast": ("low", "high")}, "two different values"),
        ({"contrast": 3}, "two different values"),
        ({"confidence_level": "high"}, "between 0.5 and 1"),
    ],
)
def test_wrong_options_are_explained(options, message):
    bad(message, **options)


def test_one_cluster_is_no_cluster():
    bad("only one cluster", cluster=np.ones(37))


def test_leverage_one_makes_hc3_undefined():
    data = dyads(37)
    data["only"] = 0.0
    data.loc[3, "only"] = 1.0
    bad("fits row 4 of the complete cases exactly", data, covariates=["only"], vcov="HC3")


def test_column_that_is_there_twice():
    data = dyads(37)
    bad("more than one column 'm'", pd.concat([data, data[["m"]]], axis=1))


def test_not_a_table():
    with pytest.raises(InputError, match="pandas DataFrame, not dict"):
        mediate({"x": [1]}, "x", "m", "y")


# --- latent synchrony --------------------------------------------------------------------------


def correlations(n_dyads, n_pairs, tau, seed):
    """Dyads whose true synchrony follows the model; r from the exact distribution."""
    from dyadsync.latent.likelihood import simulate_correlations

    rng = np.random.default_rng(seed)
    x, e, u = rng.standard_normal((3, n_dyads))
    z = 0.25 - 0.5 * x + tau * e
    r = simulate_correlations(z, n_pairs, rng)
    return pd.DataFrame({"x": x, "r": r, "y": z + 0.3 * u, "n_sessions": n_pairs, "c": e + u})


def test_latent_method_gives_naive_and_corrected_effects_side_by_side():
    """With true ab = -.5 the naive estimate is near zero's side of it, the corrected nearer."""
    data = correlations(300, 4, 0.6, seed=2)
    result = mediate(data, "x", "r", "y", method="latent", n_draws=2000, rng=1)
    corrected = result.table.loc["ACME", "estimate"]
    naive = result.naive.table.loc["ACME", "estimate"]
    assert abs(corrected + 0.5) < abs(naive + 0.5)
    assert result.naive.method == "quasi-bayesian"


def test_latent_naive_result_is_the_analysis_of_atanh_r():
    data = correlations(60, 8, 0.6, seed=3)
    result = mediate(data, "x", "r", "y", method="latent", n_draws=1000, rng=1)
    direct = mediate(data.assign(r=np.arctanh(data["r"])), "x", "r", "y", n_draws=1000)
    assert result.naive.table["estimate"].to_numpy() == pytest.approx(
        direct.table["estimate"].to_numpy()
    )


def test_latent_method_leaves_out_dyads_with_two_pairs():
    data = correlations(60, 8, 0.6, seed=3)
    data.loc[:4, "n_sessions"] = 2
    result = mediate(data, "x", "r", "y", method="latent", n_draws=500, rng=1)
    assert (result.n_obs, result.n_dropped) == (55, 5)


def test_latent_effects_are_missing_at_the_boundary_with_a_sentence_why():
    """With no latent variance z is a line in x, and b and c' are not identified."""
    found = []
    for seed in range(20):
        data = correlations(40, 4, 0.0, seed=seed)
        result = mediate(data, "x", "r", "y", method="latent", n_draws=500, rng=1)
        if np.isnan(result.table.loc["ACME", "estimate"]):
            found.append(result)
    assert found
    assert any("not identified" in note for note in found[0].notes)
    assert "could not be estimated" in found[0].report()
    assert np.isfinite(found[0].paths.loc["a", "estimate"])


def test_latent_method_takes_missing_numbers_of_sessions():
    data = correlations(60, 8, 0.6, seed=3).astype({"n_sessions": "Int64"})
    data.loc[[0, 1], "n_sessions"] = pd.NA
    assert mediate(data, "x", "r", "y", method="latent", n_draws=500, rng=1).n_dropped == 2


def test_latent_effects_add_up_and_the_indirect_one_is_a_times_b():
    result = mediate(correlations(60, 8, 0.6, seed=3), "x", "r", "y", method="latent", rng=1)
    estimate, paths = result.table["estimate"], result.paths["estimate"]
    assert estimate["ACME"] == pytest.approx(paths["a"] * paths["b"])
    assert estimate["ACME"] + estimate["ADE"] == pytest.approx(paths["c"])


def test_latent_method_wants_correlations():
    data = correlations(60, 8, 0.6, seed=3)
    data.loc[7, "r"] = 1.5
    with pytest.raises(InputError, match="correlation"):
        mediate(data, "x", "r", "y", method="latent")


def test_latent_method_wants_numbers_of_sessions():
    data = correlations(60, 8, 0.6, seed=3).drop(columns="n_sessions")
    with pytest.raises(InputError, match="no column 'n_sessions'"):
        mediate(data, "x", "r", "y", method="latent")
