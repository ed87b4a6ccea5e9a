"""MM-regression, fast-and-robust bootstrap, Huber covariance, median regression.

Reference numbers: tests/reference (robustbase 0.95-0, robmed 1.2.2, WRS2 1.1-7).
"""

from __future__ import annotations

import itertools
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyadsync import robust
from dyadsync.errors import InputError
from dyadsync.mediation import mediate
from dyadsync.robust import (
    ConvergenceWarning,
    ExactFitWarning,
    efficiency_constant,
    fast_robust_bootstrap,
    huber_covariance,
    median_regression,
    mm_regression,
    scale_constant,
)
from tests.reference_tables import dyads, of_r

TABLES = [(n, kind) for n in (37, 120) for kind in ("clean", "contaminated")]


def table(n: int, kind: str) -> pd.DataFrame:
    return dyads(n, contaminated=kind == "contaminated")


def designs(data: pd.DataFrame, covariates: tuple[str, ...] = ()) -> dict[str, tuple]:
    extra = [data[name] for name in covariates]
    one = np.ones(len(data))
    return {
        "m~x": (np.column_stack([one, data.x, *extra]), data.m.to_numpy()),
        "y~m+x": (np.column_stack([one, data.m, data.x, *extra]), data.y.to_numpy()),
    }


def counts_of(n: int, n_resamples: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)


def simulated(n: int, p: int, seed: int, outliers: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    y = X.sum(axis=1) + rng.standard_normal(n)
    y[: int(outliers * n)] += 8 + rng.standard_normal(int(outliers * n))
    return X, y


# --- tuning constants


def test_scale_constant_gives_breakdown_one_half_as_tabulated():
    # Rousseeuw & Yohai (1984): 1.547
    assert scale_constant() == pytest.approx(1.54764, abs=2e-5)


@pytest.mark.parametrize(
    ("efficiency", "k"),
    # Maronna, Martin & Yohai (2006), table 2.1 and robustbase's lmrob.control
    [(0.80, 3.136909), (0.85, 3.443689), (0.90, 3.882646), (0.95, 4.685061)],
)
def test_efficiency_constant_as_tabulated(efficiency, k):
    assert efficiency_constant(efficiency) == pytest.approx(k, abs=2e-5)


def test_r_squared_correction_at_95_percent_efficiency_is_robustbases():
    # robustbase's summary.lmrob: 1.207617 for the bisquare at k = 4.685061
    assert robust._r_squared_correction(4.685061) == pytest.approx(1.207617, abs=1e-6)


@pytest.mark.parametrize("efficiency", [0.1, 1.0, float("nan")])
def test_senseless_efficiency_is_refused(efficiency):
    with pytest.raises(InputError, match="efficiency"):
        efficiency_constant(efficiency)


# --- MM-regression against robustbase


@pytest.mark.parametrize("model", ["m~x", "y~m+x"])
@pytest.mark.parametrize(("n", "kind"), TABLES)
def test_mm_regression_equals_robustbase(n, kind, model):
    reference = of_r(n, f"mm {model} {kind}")
    fit = mm_regression(*designs(table(n, kind))[model])
    names = {"m~x": ["(Intercept)", "x"], "y~m+x": ["(Intercept)", "m", "x"]}[model]
    # Ten times as close as the tables ask for: only R's constants, given to six digits, differ.
    assert fit.coef == pytest.approx([reference[f"coef.{name}"] for name in names], rel=1e-4)
    assert fit.se == pytest.approx([reference[f"se.{name}"] for name in names], rel=1e-4)
    assert fit.scale == pytest.approx(reference["scale"], rel=1e-5)
    assert (fit.weights < 1e-3).sum() == reference["n_weight_below_0.001"]
    assert fit.converged


def test_scale_solves_the_s_equation_with_divisor_n_minus_p():
    X, y = simulated(37, 3, seed=1, outliers=0.2)
    fit = mm_regression(X, y)
    u = (y - X @ fit.initial_coef) / fit.scale / scale_constant()
    rho = 1 - np.maximum(1 - u**2, 0) ** 3
    assert rho.sum() / (37 - 3) == pytest.approx(0.5, abs=1e-9)


def test_coefficients_solve_the_m_equation():
    X, y = simulated(37, 3, seed=2, outliers=0.2)
    fit = mm_regression(X, y)
    assert X.T @ (fit.weights * fit.residuals) == pytest.approx(0, abs=1e-6)


def lowest_scale(X: np.ndarray, y: np.ndarray) -> float:
    """Smallest M-scale found from every elemental set, each descended by plain reweighting."""
    n, p = X.shape
    sets = np.array(list(itertools.combinations(range(n), p)))
    sets = sets[np.abs(np.linalg.det(X[sets])) > 1e-8]
    coefs = np.linalg.solve(X[sets], y[sets][:, :, None])[:, :, 0]
    scales = np.median(np.abs(y - coefs @ X.T), axis=1) + 0.1
    for _ in range(60):
        u = (y - coefs @ X.T) / scales[:, None] / scale_constant()
        inside = np.maximum(1 - u**2, 0)
        # One step of the scale and one of the coefficients.
        scales = scales * np.sqrt((1 - inside**3).sum(axis=1) / (0.5 * (n - p)))
        weights = inside**2 + 1e-12
        gram = np.einsum("kn,ni,nj->kij", weights, X, X)
        coefs = np.linalg.solve(gram, ((weights * y) @ X)[:, :, None])[:, :, 0]
    return float(scales.min())


@pytest.mark.parametrize("outliers", [0.0, 0.25, 0.45])
def test_s_step_finds_the_global_minimum(outliers):
    for seed in range(4):
        X, y = simulated(16, 3, seed, outliers)
        assert mm_regression(X, y).scale <= lowest_scale(X, y) * (1 + 1e-4)


@given(seed=st.integers(0, 10_000), outliers=st.sampled_from([0.0, 0.2, 0.4]))
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter(seed, outliers):
    X, y = simulated(30, 3, seed, outliers)
    order = np.random.default_rng(seed).permutation(30)
    first, second = mm_regression(X, y), mm_regression(X[order], y[order])
    assert second.coef == pytest.approx(first.coef, rel=1e-8, abs=1e-10)
    assert second.weights == pytest.approx(first.weights[order], abs=1e-7)


@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 1000), shift=st.floats(-50, 50))
@settings(max_examples=25, deadline=None)
def test_regression_is_equivariant(seed, factor, shift):
    X, y = simulated(25, 2, seed, outliers=0.2)
    fit = mm_regression(X, y)
    moved = mm_regression(X * [1, factor], -factor * y + shift * X[:, 1])
    slope = -fit.coef[1] + shift / factor
    assert moved.coef[1] == pytest.approx(slope, rel=1e-5, abs=1e-5 * (1 + abs(shift) / factor))
    assert moved.scale == pytest.approx(factor * fit.scale, rel=1e-6)


def test_forty_percent_of_wild_outliers_leave_the_fit_alone():
    X, y = simulated(100, 3, seed=3)
    y[:40] = 1e6
    fit = mm_regression(X, y)
    assert fit.coef == pytest.approx([1, 1, 1], abs=0.5)
    assert fit.weights[:40].max() == 0


def test_without_outliers_efficiency_near_one_is_nearly_least_squares():
    X, y = simulated(200, 3, seed=4)
    ols = np.linalg.lstsq(X, y)[0]
    assert mm_regression(X, y, efficiency=0.999).coef == pytest.approx(ols, abs=0.01)


def test_robust_r_squared_is_consistent_at_the_normal():
    rng = np.random.default_rng(5)
    x = rng.standard_normal(5000)
    y = x + rng.standard_normal(5000)
    fit = mm_regression(np.column_stack([np.ones(5000), x]), y)
    assert fit.r_squared == pytest.approx(0.5, abs=0.03)  # Monte Carlo SE about .01


@pytest.mark.slow
def test_standard_errors_are_the_spread_of_the_estimates():
    fits = [mm_regression(*simulated(100, 2, seed, outliers=0.05)) for seed in range(400)]
    spread = np.std([fit.coef[1] for fit in fits])
    assert np.mean([fit.se[1] for fit in fits]) == pytest.approx(spread, rel=0.12)


def test_one_regression_is_twenty_times_as_fast_as_statsmodels():
    from statsmodels.robust.resistant_linear_model import RLMDetSMM

    X, y = designs(table(37, "contaminated"))["y~m+x"]
    mm_regression(X, y)

    def fastest(function, repeats):
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
        return min(times)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = fastest(lambda: RLMDetSMM(y, X, efficiency=0.85).fit(), 3)
    assert fastest(lambda: mm_regression(X, y), 10) * 20 <= theirs


# --- MM-regression on bad input


def test_second_constant_column_is_named():
    X, y = simulated(20, 2, seed=0)
    X = np.column_stack([X, np.full(20, 3.0)])
    with pytest.raises(InputError, match="age is constant"):
        mm_regression(X, y, names=["Intercept", "x", "age"])


def test_collinear_column_is_refused():
    X, y = simulated(20, 3, seed=0)
    with pytest.raises(InputError, match="column 3 is a linear combination"):
        mm_regression(np.column_stack([X, X[:, 1] - 2 * X[:, 2]]), y)


def test_fewer_than_p_plus_2_rows_are_refused():
    X, y = simulated(4, 3, seed=0)
    with pytest.raises(InputError, match="at least 5"):
        mm_regression(X, y)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_non_finite_values_are_refused(value):
    X, y = simulated(20, 2, seed=0)
    y[7] = value
    with pytest.raises(InputError, match="row 7"):
        mm_regression(X, y)


def test_mismatched_shapes_are_refused():
    with pytest.raises(InputError, match="shapes"):
        mm_regression(np.ones((5, 1)), np.ones(4))


def test_more_than_half_identical_rows_are_refused():
    X, y = simulated(20, 2, seed=0)
    X[:11], y[:11] = X[0], y[0]
    with pytest.raises(InputError, match="11 of 20 rows are identical"):
        mm_regression(X, y)


def test_exact_fits_by_several_planes_are_refused():
    X, y = simulated(20, 3, seed=0)
    X[:13, 1], X[:13, 2], y[:13] = 1.0, np.tile([0.0, 1.0], 7)[:13], 2.0
    with pytest.raises(InputError, match="several regressions"):
        mm_regression(X, y)


def test_exact_fit_gives_the_plane_and_warns():
    X, y = simulated(20, 3, seed=0)
    y[:15] = X[:15] @ [1.0, 2.0, 3.0]
    with pytest.warns(ExactFitWarning, match="15 of 20"):
        fit = mm_regression(X, y)
    assert fit.coef == pytest.approx([1, 2, 3])
    assert fit.scale == 0
    assert fit.weights.tolist() == [1.0] * 15 + [0.0] * 5
    assert np.isnan(fit.se).all()


def test_many_zero_residuals_below_an_exact_fit_have_a_positive_scale():
    X, y = simulated(21, 3, seed=0)
    y[:11] = X[:11] @ [1.0, 2.0, 3.0]  # more than half, but fewer than (n + p)/2
    fit = mm_regression(X, y)
    assert fit.scale > 0
    assert fit.coef == pytest.approx([1, 2, 3], abs=0.2)


def test_a_rare_category_does_not_stop_the_starts():
    X, y = simulated(40, 2, seed=1)
    dummies = np.zeros((40, 3))
    dummies[:2, 0], dummies[2:4, 1], dummies[4:7, 2] = 1, 1, 1
    fit = mm_regression(np.column_stack([X, dummies]), y)
    assert fit.converged
    assert fit.coef[:2] == pytest.approx([1, 1], abs=0.6)


def test_stopping_early_is_reported():
    X, y = simulated(37, 3, seed=1, outliers=0.2)
    with pytest.warns(ConvergenceWarning, match="2 iterations"):
        fit = mm_regression(X, y, max_iterations=2)
    assert not fit.converged


# --- fast-and-robust bootstrap


@pytest.mark.parametrize("covariates", [(), ("c",)])
@pytest.mark.parametrize(("n", "kind"), TABLES)
def test_bootstrap_interval_of_ab_equals_robmed(n, kind, covariates):
    reference = of_r(n, f"robust mediation {'covariate ' if covariates else ''}{kind}")
    models = designs(table(n, kind), covariates)
    counts = counts_of(n, 20_000, seed=1)
    fits = {name: mm_regression(X, y) for name, (X, y) in models.items()}
    a, b = (fast_robust_bootstrap(*models[name], fits[name], counts)[:, 1] for name in models)
    ends = np.array([reference[f"indirect.ci_{end}_percentile"] for end in ("lower", "upper")])
    assert np.quantile(a * b, [0.025, 0.975]) == pytest.approx(ends, abs=0.05 * np.ptp(ends))
    estimate = fits["m~x"].coef[1] * fits["y~m+x"].coef[1]
    assert estimate == pytest.approx(reference["indirect.estimate"], rel=1e-3)


def test_bootstrap_covariance_is_near_the_asymptotic_one():
    X, y = simulated(300, 3, seed=6, outliers=0.05)
    fit = mm_regression(X, y)
    draws = fast_robust_bootstrap(X, y, fit, counts_of(300, 20_000, seed=2))
    assert draws[:, 1:].std(axis=0) == pytest.approx(fit.se[1:], rel=0.1)


def test_bootstrap_of_each_row_once_returns_the_estimate():
    X, y = simulated(30, 3, seed=7, outliers=0.1)
    fit = mm_regression(X, y)
    draw = fast_robust_bootstrap(X, y, fit, np.ones((1, 30)))[0]
    assert draw == pytest.approx(fit.coef, abs=1e-7)


def test_bootstrap_approximates_refitting():
    X, y = simulated(120, 2, seed=8)
    fit = mm_regression(X, y)
    counts = counts_of(120, 60, seed=3)
    fast = fast_robust_bootstrap(X, y, fit, counts)[:, 1]
    slow = [
        mm_regression(np.repeat(X, c, axis=0), np.repeat(y, c)).coef[1] for c in counts.astype(int)
    ]
    assert np.corrcoef(fast, slow)[0, 1] > 0.95


def test_blocks_do_not_change_the_draws(monkeypatch):
    X, y = simulated(30, 3, seed=9)
    fit, counts = mm_regression(X, y), counts_of(30, 500, seed=4)
    whole = fast_robust_bootstrap(X, y, fit, counts)
    monkeypatch.setattr(robust, "_BLOCK_BYTES", 8 * 30 * 7)
    assert fast_robust_bootstrap(X, y, fit, counts) == pytest.approx(whole, rel=1e-12)


def test_resamples_without_a_category_are_not_a_number():
    X, y = simulated(30, 2, seed=10)
    X = np.column_stack([X, np.arange(30) < 3])
    fit, counts = mm_regression(X, y), counts_of(30, 400, seed=5)
    draws = fast_robust_bootstrap(X, y, fit, counts)
    assert np.isnan(draws).any(axis=1)[counts[:, :3].sum(axis=1) == 0].all()
    assert np.isfinite(draws[(counts[:, :3] > 0).all(axis=1)]).all()


def test_bootstrap_of_an_exact_fit_is_refused():
    X, y = simulated(20, 2, seed=0)
    y[:15] = X[:15].sum(axis=1)
    with pytest.warns(ExactFitWarning):
        fit = mm_regression(X, y)
    with pytest.raises(InputError, match="exactly"):
        fast_robust_bootstrap(X, y, fit, counts_of(20, 10, seed=0))


def test_counts_of_another_sample_are_refused():
    X, y = simulated(20, 2, seed=0)
    with pytest.raises(InputError, match="shape"):
        fast_robust_bootstrap(X, y, mm_regression(X, y), counts_of(19, 10, seed=0))


def test_five_thousand_resamples_of_both_models_take_at_most_60_ms():
    models = designs(table(37, "contaminated"))

    def analysis(seed):
        counts = np.random.default_rng(seed).multinomial(37, np.full(37, 1 / 37), size=5000)
        start = time.perf_counter()
        draws = [
            fast_robust_bootstrap(X, y, mm_regression(X, y), counts) for X, y in models.values()
        ]
        np.quantile(draws[0][:, 1] * draws[1][:, 1], [0.025, 0.975])
        return time.perf_counter() - start

    assert min(analysis(seed) for seed in range(8)) < 0.060


# --- Huber covariance


def huber_paths(data: np.ndarray) -> float:
    """The product a*b by least squares; columns x, m, y."""
    x, m, y = data.T
    one = np.ones(len(x))
    a = np.linalg.lstsq(np.column_stack([one, x]), m)[0][1]
    return a * np.linalg.lstsq(np.column_stack([one, x, m]), y)[0][2]


@pytest.mark.parametrize(("n", "kind"), TABLES)
def test_huber_covariance_equals_wrs2(n, kind):
    reference = of_r(n, f"huber covariance {kind}")
    moments = huber_covariance(table(n, kind)[["x", "m", "y"]].to_numpy())
    width = reference["indirect.ci_upper"] - reference["indirect.ci_lower"]
    difference = huber_paths(moments.cleaned) - reference["indirect.estimate"]
    assert abs(difference) < 1e-3 * width


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_huber_covariance_is_affine_equivariant(seed):
    rng = np.random.default_rng(seed)
    data = rng.standard_t(2, size=(30, 3))
    matrix = rng.standard_normal((3, 3)) + 3 * np.eye(3)
    first, second = huber_covariance(data), huber_covariance(data @ matrix + 5)
    assert second.cov == pytest.approx(matrix.T @ first.cov @ matrix, rel=1e-6, abs=1e-6)
    assert second.mean == pytest.approx(first.mean @ matrix + 5, rel=1e-6, abs=1e-6)


def test_cleaned_rows_have_hubers_mean_and_covariance():
    moments = huber_covariance(table(37, "contaminated")[["x", "m", "y"]].to_numpy())
    assert moments.cleaned.mean(axis=0) == pytest.approx(moments.mean, abs=1e-9)
    assert np.cov(moments.cleaned.T, ddof=0) == pytest.approx(moments.cov, abs=1e-9)


def test_huber_covariance_is_consistent_at_the_normal():
    data = np.random.default_rng(0).standard_normal((20_000, 3))
    assert huber_covariance(data).cov == pytest.approx(np.eye(3), abs=0.04)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.column_stack([np.arange(9.0), np.ones(9)]), "column 1 of the data is constant"),
        (np.column_stack([np.arange(9.0), 2 * np.arange(9.0)]), "linear combination"),
        (np.full((9, 2), np.nan), "finite"),
        (np.random.default_rng(0).standard_normal((3, 2)), "too few"),
    ],
)
def test_huber_covariance_of_bad_data_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        huber_covariance(data)


def test_huber_kappa_outside_0_1_is_refused():
    with pytest.raises(InputError, match="kappa"):
        huber_covariance(simulated(20, 3, 0)[0][:, 1:], kappa=1.5)


def test_huber_covariance_stopped_early_warns():
    data = table(37, "contaminated")[["x", "m", "y"]].to_numpy()
    with pytest.warns(ConvergenceWarning):
        assert not huber_covariance(data, max_iterations=2).converged


# --- median regression


def least_absolute_sum(X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    """Minimum of the weighted sum of absolute residuals, by linear programming."""
    from scipy.optimize import linprog

    n, p = X.shape
    return linprog(
        np.concatenate([np.zeros(p), weights, weights]),
        A_eq=np.column_stack([X, np.eye(n), -np.eye(n)]),
        b_eq=y,
        bounds=[(None, None)] * p + [(0, None)] * (2 * n),
    ).fun


@pytest.mark.parametrize(("n", "kind"), TABLES)
def test_median_regression_equals_statsmodels(n, kind):
    from statsmodels.regression.quantile_regression import QuantReg

    X, y = designs(table(n, kind))["y~m+x"]
    theirs = QuantReg(y, X).fit(q=0.5, p_tol=1e-10, max_iter=10_000).params
    assert median_regression(X, y) == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("rounded", [False, True])
def test_median_regression_of_resamples_is_optimal(rounded):
    X, y = designs(table(37, "contaminated"))["y~m+x"]
    if rounded:  # ties everywhere, solutions not unique
        X, y = np.round(X), np.round(y)
    counts = counts_of(37, 40, seed=6)
    coefs = median_regression(X, y, counts=counts)
    for weights, coef in zip(counts, coefs, strict=True):
        reached = weights @ np.abs(y - X @ coef)
        assert reached == pytest.approx(least_absolute_sum(X, y, weights), rel=1e-6, abs=1e-6)


def test_median_regression_on_a_constant_is_the_median():
    y = np.random.default_rng(0).standard_cauchy(31)
    assert median_regression(np.ones((31, 1)), y)[0] == np.median(y)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_median_regression_does_not_depend_on_the_order_of_rows(seed):
    X, y = simulated(25, 3, seed)
    X, y = np.round(X, 1), np.round(y)
    order = np.random.default_rng(seed).permutation(25)
    assert median_regression(X[order], y[order]) == pytest.approx(median_regression(X, y), abs=1e-8)


def test_median_regression_of_a_resample_without_a_category_is_not_a_number():
    X, y = simulated(30, 2, seed=10)
    X = np.column_stack([X, np.arange(30) < 3])
    counts = np.ones((2, 30))
    counts[1, :3] = 0
    coefs = median_regression(X, y, counts=counts)
    assert np.isfinite(coefs[0]).all()
    assert np.isnan(coefs[1]).all()


# --- through the front door


@pytest.mark.parametrize("covariates", [(), ("c",)])
@pytest.mark.parametrize(("n", "kind"), TABLES)
def test_mediate_robust_equals_robmed(n, kind, covariates):
    reference = of_r(n, f"robust mediation {'covariate ' if covariates else ''}{kind}")
    result = mediate(
        table(n, kind), "x", "m", "y", covariates=covariates, method="robust", n_draws=20_000, rng=1
    )
    ends = np.array([reference[f"indirect.ci_{end}_percentile"] for end in ("lower", "upper")])
    acme = result.table.loc["ACME"]
    assert acme["estimate"] == pytest.approx(reference["indirect.estimate"], rel=1e-3)
    assert acme[["ci_lower", "ci_upper"]].tolist() == pytest.approx(ends, abs=0.05 * np.ptp(ends))


@pytest.mark.parametrize(("n", "kind"), TABLES)
def test_mediate_huber_equals_wrs2(n, kind):
    reference = of_r(n, f"huber covariance {kind}")
    result = mediate(table(n, kind), "x", "m", "y", method="huber", n_draws=20_000, rng=1)
    ends = np.array([reference["indirect.ci_lower"], reference["indirect.ci_upper"]])
    acme = result.table.loc["ACME"]
    width = np.ptp(ends)
    assert acme["estimate"] == pytest.approx(reference["indirect.estimate"], abs=1e-3 * width)
    assert acme[["ci_lower", "ci_upper"]].tolist() == pytest.approx(ends, abs=0.05 * width)


def test_mediate_median_multiplies_the_median_regressions_paths():
    data = table(37, "clean")
    result = mediate(data, "x", "m", "y", method="median", n_draws=1000, rng=1)
    models = designs(data)
    a, b = (median_regression(*models[name])[1] for name in ("m~x", "y~m+x"))
    acme = result.table.loc["ACME"]
    assert acme["estimate"] == pytest.approx(a * b)
    assert acme["ci_lower"] < acme["estimate"] < acme["ci_upper"]


def test_mediate_robust_lists_the_weights_of_every_dyad():
    data = table(120, "contaminated")
    result = mediate(data, "x", "m", "y", method="robust", n_draws=100, rng=1)
    # robustbase gives 7 dyads in each model a weight below .001
    assert (result.weights < 1e-3).sum().to_dict() == {"m": 7, "y": 7}


def test_mediate_robust_bca_is_centred_where_the_draws_are():
    data = table(120, "clean")
    percentile = mediate(data, "x", "m", "y", method="robust", n_draws=5000, rng=1)
    bca = mediate(data, "x", "m", "y", method="robust-bca", n_draws=5000, rng=1)
    assert bca.interval == "bca"
    assert bca.table.loc["ACME", "estimate"] == percentile.table.loc["ACME", "estimate"]
    ends = ["ci_lower", "ci_upper"]
    shift = bca.table.loc["ACME", ends] - percentile.table.loc["ACME", ends]
    assert 0 < shift.abs().max() < 0.1


@pytest.mark.parametrize("method", ["robust", "robust-bca", "huber", "median"])
def test_robust_methods_take_parallel_mediators_covariates_and_clusters(method):
    data = table(120, "contaminated").assign(second=lambda d: d.c + np.sin(17 * d.y))
    result = mediate(
        data,
        "x",
        ["m", "second"],
        "y",
        covariates=["c"],
        cluster="therapist",
        method=method,
        n_draws=200,
        rng=1,
    )
    specific = result.table.loc[["ACME (m)", "ACME (second)"], "estimate"].sum()
    assert result.table.loc["ACME", "estimate"] == pytest.approx(specific)
    assert np.isfinite(result.table.loc[["ACME", "ADE", "Total effect"]]).all(axis=None)


@pytest.mark.parametrize("method", ["robust", "huber", "median"])
def test_one_wild_dyad_does_not_move_the_robust_methods(method):
    data = table(37, "clean")
    wild = data.copy()
    wild.loc[0, "y"] = 1e4
    before, after = (
        mediate(d, "x", "m", "y", method=method, n_draws=1000, rng=1).table.loc["ACME"]
        for d in (data, wild)
    )
    width = before["ci_upper"] - before["ci_lower"]
    assert abs(after["estimate"] - before["estimate"]) < 0.3 * width


def test_mediate_robust_takes_an_interaction_and_a_contrast():
    data = table(120, "clean")
    result = mediate(
        data, "x", "m", "y", interaction=True, contrast=(-1, 1), method="robust", n_draws=500, rng=1
    )
    a = mm_regression(*designs(data)["m~x"]).coef
    X = np.column_stack([np.ones(120), data.x, data.m, data.x * data.m])
    b = mm_regression(X, data.y).coef
    # ACME(t) = (x1 - x0) a (b + d t), here over t = -1, 1
    assert result.table.loc["ACME (control)", "estimate"] == pytest.approx(2 * a[1] * (b[2] - b[3]))
    assert result.table.loc["ACME (treated)", "estimate"] == pytest.approx(2 * a[1] * (b[2] + b[3]))


def test_mediate_huber_refuses_an_interaction():
    with pytest.raises(InputError, match="interaction"):
        mediate(table(37, "clean"), "x", "m", "y", interaction=True, method="huber")


def test_mediate_robust_refuses_an_exact_fit_with_a_sentence():
    data = table(37, "clean")
    data["y"] = data["x"] + data["m"]
    with pytest.warns(ExactFitWarning), pytest.raises(InputError, match="exactly"):
        mediate(data, "x", "m", "y", method="robust", n_draws=100)
