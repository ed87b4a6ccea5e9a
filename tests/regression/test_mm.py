"""MM-regression, against robustbase 0.95-0 (tests/reference) and its own equations."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyadsync.errors import InputError
from dyadsync.regression.bisquare import scale_constant
from dyadsync.regression.mm import ExactFitWarning, mm_regression
from dyadsync.regression.predictors import ConvergenceWarning
from dyadsync.regression.s_step import s_estimate
from tests.regression.samples import simulated


def test_scale_solves_the_s_equation_with_divisor_n_minus_p():
    X, y = simulated(37, 3, seed=1, outliers=0.2)
    coef, scale, _ = s_estimate(X, y, 500)
    assert scale == pytest.approx(mm_regression(X, y).scale)
    u = (y - X @ coef) / scale / scale_constant()
    rho = 1 - np.maximum(1 - u**2, 0) ** 3
    assert rho.sum() / (37 - 3) == pytest.approx(0.5, abs=1e-9)


def test_coefficients_solve_the_m_equation():
    X, y = simulated(37, 3, seed=2, outliers=0.2)
    fit = mm_regression(X, y)
    assert X.T @ (fit.weights * fit.residuals) == pytest.approx(0, abs=1e-6)


def lowest_scale(X, y):
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


def test_without_outliers_efficiency_near_one_is_nearly_least_squares():
    X, y = simulated(200, 3, seed=4)
    ols = np.linalg.lstsq(X, y)[0]
    assert mm_regression(X, y, efficiency=0.999).coef == pytest.approx(ols, abs=0.01)


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (
            lambda X, y: (np.c_[X, np.full(20, 3.0)], y),
            {"names": [*"ixz", "age"]},
            "age is constant",
        ),
        (lambda X, y: (np.c_[X, X[:, 1] - 2 * X[:, 2]], y), {}, "column 3 is a linear combination"),
        (lambda X, y: (X[:4], y[:4]), {}, "at least 5"),
        (lambda X, y: (X, np.where(np.arange(20) == 7, np.nan, y)), {}, "row 7"),
        (lambda X, y: (X, np.where(np.arange(20) == 7, np.inf, y)), {}, "row 7"),
        (lambda X, y: (X, y[:4]), {}, "shapes"),
    ],
)
def test_what_has_no_regression_is_refused(change, options, said):
    with pytest.raises(InputError, match=said):
        mm_regression(*change(*simulated(20, 3, seed=0)), **options)


def test_more_than_half_identical_rows_are_refused():
    X, y = simulated(20, 2, seed=0)
    X[:11], y[:11] = X[0], y[0]
    with pytest.raises(InputError, match="11 of 20 rows are identical"):
        mm_regression(X, y)


def test_half_of_the_rows_identical_fit_several_lines_exactly():
    X, y = simulated(20, 2, seed=0)
    X[:10], y[:10] = X[0], y[0]  # with any one row more, 11 of 20 lie on a line
    with pytest.raises(InputError, match="several regressions"):
        mm_regression(X, y)


def test_exactly_half_of_n_minus_p_rows_off_the_plane_are_an_exact_fit():
    X, y = simulated(20, 2, seed=0)
    y[:11] = X[:11] @ [1.0, 2.0]  # 9 = (20 - 2)/2 rows are off: no positive scale solves for them
    with pytest.warns(ExactFitWarning, match="11 of 20"):
        assert mm_regression(X, y).scale == 0


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


def test_stopping_early_is_reported(monkeypatch):
    monkeypatch.setattr("dyadsync.regression.mm._MOST_ITERATIONS", 2)
    X, y = simulated(37, 3, seed=1, outliers=0.2)
    with pytest.warns(ConvergenceWarning, match="2 iterations"):
        fit = mm_regression(X, y)
    assert not fit.converged


def test_forty_percent_of_wild_outliers_leave_the_fit_alone():
    X, y = simulated(100, 3, seed=3)
    y[:40] = 1e6
    fit = mm_regression(X, y)
    assert fit.coef == pytest.approx([1, 1, 1], abs=0.5)
    assert fit.weights[:40].max() == 0


@pytest.mark.slow
def test_standard_errors_are_the_spread_of_the_estimates():
    fits = [mm_regression(*simulated(100, 2, seed, outliers=0.05)) for seed in range(400)]
    spread = np.std([fit.coef[1] for fit in fits])
    assert np.mean([fit.se[1] for fit in fits]) == pytest.approx(spread, rel=0.12)
