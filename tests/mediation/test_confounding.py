"""Sensitivity to an unmeasured confounder."""

import numpy as np
import pandas as pd
import pingouin
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.confounding import e_value, robustness_value, sensitivity
from tests.reference.validation import medsens
from tests.reference_tables import dyads


@pytest.mark.parametrize("side", [1, -1])
def test_the_interval_reaches_zero_before_the_estimate_does(side):
    data = pingouin.read_dataset("mediation").assign(Y=lambda of: side * of["Y"])
    result = sensitivity(data, "X", "M", "Y")
    assert 0 < side * result.rho_at_zero_ci < side * result.rho_at_zero
    rows = result.table.set_index((side * 100 * result.table["rho"]).round().astype(int))
    first = round(side * 100 * result.rho_at_zero_ci)
    contains = (rows["ci_lower"] <= 0) & (rows["ci_upper"] >= 0)
    assert contains.loc[first]
    assert not contains.loc[0 : first - 1].any()


def test_an_interval_with_zero_in_it_reaches_zero_at_no_correlation():
    x, m, y = np.random.default_rng(1).normal(size=(3, 50))
    assert sensitivity(pd.DataFrame({"x": x, "m": m, "y": y}), "x", "m", "y").rho_at_zero_ci == 0


def test_a_planted_confounder_is_undone_at_its_rho():
    """With errors that correlate by .5 the ACME at rho = .5 is the true one (n large)."""
    rng = np.random.default_rng(1)
    n = 200_000
    x = rng.normal(size=n)
    e = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=n)
    data = pd.DataFrame({"x": x, "m": 0.6 * x + e[:, 0]})
    data["y"] = 0.4 * data["m"] + 0.2 * x + e[:, 1]
    table = sensitivity(data, "x", "m", "y", rho=[0.0, 0.5]).table.set_index("rho")
    assert table.loc[0.0, "acme"] > 0.5
    assert table.loc[0.5, "acme"] == pytest.approx(0.24, abs=0.01)


def test_benchmark_is_the_partial_r_squared_of_a_covariate():
    """By statsmodels' residual sums of squares."""
    import statsmodels.formula.api as smf

    data = dyads(120)
    ours = sensitivity(data, "x", "m", "y", covariates=["c"]).benchmarks.loc["c"]
    shares = []
    for full, reduced in [("m ~ x + c", "m ~ x"), ("y ~ x + m + c", "y ~ x + m")]:
        ssr = [smf.ols(formula, data).fit().ssr for formula in (full, reduced)]
        shares.append(1 - ssr[0] / ssr[1])
    assert ours[["r2_mediator", "r2_outcome"]].tolist() == pytest.approx(shares)
    assert ours["rho"] == pytest.approx(np.sqrt(shares[0] * shares[1]))


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        *(
            ({}, {"rho": rho}, "between -1 and 1")
            for rho in ([0.0, 1.0], [], [np.nan], 0.5, "high")
        ),
        *(({}, {"confidence_level": one}, "between 0 and 1") for one in (95, 0, 1, "high")),
        ({}, {"m": ["m", "c"]}, "one mediator"),
        ({"y": lambda data: 2 * data["m"] + data["x"]}, {}, "fits 'y' exactly"),
        (
            {"x": lambda data: np.where(data["x"] > 0, "high", "low")},
            {},
            "needs a cause in numbers",
        ),
    ],
)
def test_what_has_no_sensitivity_is_refused(change, options, said):
    names = {"x": "x", "m": "m", "y": "y"} | options
    with pytest.raises(InputError, match=said):
        sensitivity(dyads(37).assign(**change), **names)


def test_columns_named_by_numbers_are_read():
    numbered = dyads(37).rename(columns={"x": 0, "m": 1, "y": 2})
    named = sensitivity(dyads(37), "x", "m", "y")
    assert sensitivity(numbered, 0, 1, 2).rho_at_zero == named.rho_at_zero


def test_r_squared_columns_are_shares_of_residual_and_total_variance():
    """Imai, Keele & Yamamoto 2010, section 5: rho^2, and that times (1 - R2_m) (1 - R2_y)."""
    import statsmodels.formula.api as smf

    data = dyads(120)
    result = sensitivity(data, "x", "m", "y", covariates=["c"], rho=[-0.4, 0.2])
    r2_m = smf.ols("m ~ x + c", data).fit().rsquared
    r2_y = smf.ols("y ~ x + m + c", data).fit().rsquared
    assert (result.r2_mediator, result.r2_outcome) == pytest.approx((r2_m, r2_y))
    unexplained = (1 - r2_m) * (1 - r2_y)
    assert result.table["r2_residual"].tolist() == pytest.approx([0.16, 0.04])
    expected = [0.16 * unexplained, 0.04 * unexplained]
    assert result.table["r2_total"].tolist() == pytest.approx(expected)
    assert result.r2_residual_at_zero == pytest.approx(result.rho_at_zero**2)
    assert result.r2_total_at_zero == pytest.approx(result.rho_at_zero**2 * unexplained)


def test_band_at_rho_zero_is_sobels_with_quantiles_of_t():
    """Where errors do not correlate both equations are least squares of their own.

    sqrt(b^2 var(a) + a^2 var(b)) (Sobel 1982, doi:10.2307/270723), by statsmodels.
    """
    import statsmodels.formula.api as smf

    data = dyads(37)
    m, y = smf.ols("m ~ x", data).fit(), smf.ols("y ~ x + m", data).fit()
    a, b = m.params["x"], y.params["m"]
    se = np.sqrt(b**2 * m.bse["x"] ** 2 + a**2 * y.bse["m"] ** 2)
    row = sensitivity(data, "x", "m", "y", rho=[0.0], confidence_level=0.9).table.iloc[0]
    # 1.690924: the 95 % point of t with 34 degrees of freedom
    assert row["ci_upper"] - row["acme"] == pytest.approx(1.690924 * se, rel=1e-6)
    assert row["acme"] - row["ci_lower"] == pytest.approx(1.690924 * se, rel=1e-6)


def test_default_grid_reaches_from_minus_95_to_95_hundredths():
    rho = sensitivity(dyads(37), "x", "m", "y").table["rho"]
    assert (len(rho), rho.iloc[0], rho.iloc[-1]) == (191, -0.95, 0.95)
    assert (rho == 0).sum() == 1


def test_benchmark_of_a_text_covariate_takes_all_its_indicators():
    import statsmodels.formula.api as smf

    data = dyads(120)
    data["site"] = np.array(["one", "two", "three"])[data.index % 3]
    ours = sensitivity(data, "x", "m", "y", covariates=["site", "c"]).benchmarks
    full, reduced = (smf.ols(f, data).fit().ssr for f in ("m ~ x + site + c", "m ~ x + c"))
    assert ours.loc["site", "r2_mediator"] == pytest.approx(1 - full / reduced)


def test_the_strongest_covariate_is_compared_with_what_would_undo_the_effect():
    rng = np.random.default_rng(3)
    x, strong, weak, e, u = rng.standard_normal((5, 200))
    data = pd.DataFrame({"x": x, "strong": strong, "weak": weak, "m": x + strong + e})
    data["y"] = data["m"] / 2 + strong + weak / 9 + u
    found = sensitivity(data, "x", "m", "y", covariates=["weak", "strong"])
    rho = found.benchmarks.loc["strong", "rho"]
    assert rho > found.rho_at_zero > found.benchmarks.loc["weak", "rho"]
    words = f"covariate, strong, would make ρ = {rho:.2f}, enough to undo the estimate."
    assert found.benchmarks_in_words().endswith(words)
    alone = sensitivity(data, "x", "m", "y", covariates=["weak"])
    needed = f"less than the {alone.rho_at_zero:.2f} that undoes the estimate."
    assert alone.benchmarks_in_words().endswith(needed)
    none = sensitivity(data, "x", "m", "y")
    assert none.benchmarks_in_words() == "There is no observed covariate to compare with."


def test_result_says_what_would_undo_the_effect():
    text = repr(sensitivity(dyads(120), "x", "m", "y", covariates=["c"]))
    assert "Sensitivity of the ACME of x -> m -> y (n = 120)" in text
    assert "confounders as strong as an observed covariate" in text


def test_robustness_values_are_those_of_the_darfur_example():
    """Cinelli & Hazlett 2020, table 1: t 4.18, df 783, RV 13.9 %, 7.6 % at the 5 % level."""
    assert robustness_value(4.184, 783) == pytest.approx(0.139, abs=5e-4)
    assert robustness_value(-4.184, 783, 0.05) == pytest.approx(0.076, abs=5e-4)
    assert robustness_value(1.0, 100, 0.05) == 0


def test_a_confounder_as_strong_as_the_robustness_value_makes_path_a_zero():
    """A made confounder with that partial R squared of cause and mediator, put into the model."""
    import statsmodels.formula.api as smf

    data = dyads(120)[["x", "m", "y"]]
    value = sensitivity(data, "x", "m", "y").paths.loc["x and m", "robustness_value"]
    x, m = (v / np.sqrt(v @ v) for v in (data[n] - data[n].mean() for n in "xm"))
    rest = m - (m @ x) * x
    rest /= np.sqrt(rest @ rest)
    noise = np.random.default_rng(1).normal(size=120)
    for column in (np.ones(120), x, rest):
        noise -= (noise @ column) / (column @ column) * column
    noise /= np.sqrt(noise @ noise)
    # z: partial R squared `value` with m given x, and with x alone
    strong = np.sqrt(value / (1 - value))
    sign = np.sign(m @ x)
    z = sign * strong * x + np.sqrt(value) * rest + np.sqrt(1 - value) * noise
    adjusted = smf.ols("m ~ x + z", data.assign(z=z)).fit()
    assert adjusted.params["x"] == pytest.approx(0, abs=1e-9)


def test_e_values():
    """VanderWeele & Ding 2017: a risk ratio of 3.9 has 7.26, its lower end 1.8 has 3.0."""
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.8) == pytest.approx(3.0, abs=0.005)
    found = sensitivity(pingouin.read_dataset("mediation"), "X", "M", "Y")
    data = pingouin.read_dataset("mediation")
    ratio = np.exp(0.91 * 0.3565221967 / data["Y"].std())  # ab: see tests/reference
    assert found.e_value == pytest.approx(e_value(ratio))
    assert 1 < found.e_value_ci < found.e_value


def test_acme_at_rho_zero_is_the_product_of_paths():
    from dyadsync.mediation.mediate import mediate

    data = dyads(120)
    table = sensitivity(data, "x", "m", "y", covariates=["c"]).table.set_index("rho")
    expected = mediate(data, "x", "m", "y", covariates=["c"], n_draws=100).table
    assert table.loc[0.0, "acme"] == pytest.approx(expected.loc["ACME", "estimate"])


def test_band_covers_far_from_rho_zero_where_rs_does_not():
    """400 trials, n = 400, errors that correlate by .8: R's band covers .91 at n = 1,000."""
    rng = np.random.default_rng(1)
    ours, theirs = [], []
    for _ in range(400):
        x, e, other = rng.normal(size=(3, 400))
        m = 0.5 * x + e
        y = 0.4 * m + 0.2 * x + 0.8 * e + 0.6 * other
        data = pd.DataFrame({"x": x, "m": m, "y": y})
        row = sensitivity(data, "x", "m", "y", rho=[0.8]).table.iloc[0]
        of_r = medsens(data, "x", "m", "y", [0.8]).iloc[0]
        ours.append(row.ci_lower < 0.2 < row.ci_upper)
        theirs.append(of_r.ci_lower < 0.2 < of_r.ci_upper)
    # Monte Carlo standard error of .95: .011.
    assert np.mean(ours) == pytest.approx(0.95, abs=0.025)
    assert np.mean(theirs) < 0.93
