"""Logistic and probit regression against statsmodels, of one sample and of weighted ones."""

import numpy as np
import pytest
import statsmodels.api as sm

from dyadsync.errors import InputError
from dyadsync.regression.glm import fisher_scoring, fit_glm

MODELS = {"logit": sm.Logit, "probit": sm.Probit}


def binary_sample(n, seed):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(3, 2, n), rng.standard_normal(n)])
    return X, (X @ [-1, 0.4, 0.6] + rng.logistic(size=n) > 0).astype(float)


@pytest.mark.parametrize("link", MODELS)
def test_coefficients_and_expected_information_equal_statsmodels(link):
    X, y = binary_sample(80, seed=1)
    fit = fit_glm(X, y, link, ["Intercept", "x", "c"])
    glm_link = {"logit": sm.families.links.Logit(), "probit": sm.families.links.Probit()}[link]
    theirs = sm.GLM(y, X, family=sm.families.Binomial(glm_link)).fit(tol=1e-12)
    np.testing.assert_allclose(fit.coef, theirs.params, rtol=1e-7)
    np.testing.assert_allclose(fit.covariance("classical"), theirs.cov_params(), rtol=1e-5)
    np.testing.assert_allclose(fit.residuals, y - theirs.fittedvalues, atol=1e-7)
    hat = theirs.get_influence(observed=False).hat_matrix_diag
    np.testing.assert_allclose(fit.leverage, hat, rtol=1e-5)
    assert fit.leverage.sum() == pytest.approx(3)  # the trace of a projection on 3 columns
    assert fit.dispersion == 1
    assert fit.df_resid == 77


@pytest.mark.parametrize("link", MODELS)
def test_scores_are_the_derivatives_of_each_rows_log_likelihood(link):
    X, y = binary_sample(40, seed=2)
    fit = fit_glm(X, y, link, ["Intercept", "x", "c"])
    np.testing.assert_allclose(fit.scores, MODELS[link](y, X).score_obs(fit.coef), atol=1e-7)


@pytest.mark.parametrize("link", MODELS)
def test_a_weight_counts_a_row_as_often_as_repeating_it(link):
    X, y = binary_sample(60, seed=3)
    counts = np.random.default_rng(4).multinomial(60, np.full(60, 1 / 60), size=5)
    coef, converged = fisher_scoring(X, y, counts.astype(float), link)
    assert converged.all()
    for found, times in zip(coef, counts, strict=True):
        theirs = MODELS[link](np.repeat(y, times), np.repeat(X, times, axis=0)).fit(disp=False)
        np.testing.assert_allclose(found, theirs.params, rtol=1e-5)


def test_separated_and_singular_resamples_have_not_converged_and_leave_the_others_alone():
    X, y = binary_sample(60, seed=3)
    X = np.column_stack([X, np.arange(60) < 10])
    weights = np.ones((3, 60))
    weights[1, y == 0] = 0  # only ones: no finite intercept
    weights[2, :10] = 0  # the indicator's rows are gone
    coef, converged = fisher_scoring(X, y, weights, "logit")
    assert converged.tolist() == [True, False, False]
    np.testing.assert_allclose(coef[0], sm.Logit(y, X).fit(disp=False).params, rtol=1e-5)


@pytest.mark.parametrize("link", MODELS)
@pytest.mark.parametrize("response", [0.0, 1.0])
def test_a_category_with_one_response_only_has_no_finite_estimate(link, response):
    X, y = binary_sample(60, seed=3)
    X = np.column_stack([X, np.arange(60) < 10])
    y[:10] = response
    assert not fisher_scoring(X, y, np.ones((1, 60)), link)[1][0]
    with pytest.raises(InputError, match="'group'"):
        fit_glm(X, y, link, ["Intercept", "x", "c", "group"])


def test_too_few_iterations_have_not_converged(monkeypatch):
    monkeypatch.setattr("dyadsync.regression.glm._MOST_ITERATIONS", 2)
    X, y = binary_sample(60, seed=3)
    assert not fisher_scoring(X, y, np.ones((1, 60)), "logit")[1][0]


@pytest.mark.parametrize("link", MODELS)
def test_a_predictor_that_separates_alone_is_named(link):
    X, y = binary_sample(40, seed=5)
    X[:, 2] = np.where(y > 0, 1, -1) * np.linspace(0.1, 2, 40)
    with pytest.raises(InputError, match=r"separated by 'c'\. Leave it out"):
        fit_glm(X, y, link, ["Intercept", "x", "c"])


def test_predictors_that_separate_together_are_named_and_no_others():
    X, _ = binary_sample(40, seed=6)
    arm = np.random.default_rng(6).integers(2, size=40)
    y = (X[:, 1] + X[:, 2] > 3).astype(float)
    with pytest.raises(InputError, match=r"separated by 'x' and 'c'\. "):
        fit_glm(np.column_stack([X, arm]), y, "logit", ["Intercept", "x", "c", "arm"])
