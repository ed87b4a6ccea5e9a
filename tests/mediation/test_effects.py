"""What coefficients mean, against predictions of statsmodels and adaptive quadrature."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import expit, ndtr

from dyadsync.mediation.effects import logistic_normal_mean, probit_normal_mean
from dyadsync.mediation.mediate import mediate
from tests.reference_tables import dyads


def expected_outcome(data, t, at):
    """Mean of Y(t, M(at)) over the rows, by predictions: the models are linear in m and c."""
    m, y = smf.ols("m ~ x + c", data).fit(), smf.ols("y ~ x * m + c", data).fit()
    mediator = m.predict(data.assign(x=at))
    return y.predict(data.assign(x=t, m=mediator)).mean()


@pytest.mark.parametrize(("low", "high"), [(-0.5, 2.0), (2.0, -0.5)])
def test_effects_with_interaction_and_covariates_are_differences_of_predictions(low, high):
    """Imai, Keele & Yamamoto 2010, doi:10.1214/10-STS321, equations 1 to 3."""
    data = dyads(120).assign(c=lambda d: d["c"] + 3)  # a covariate whose mean is not 0
    options = {"covariates": ["c"], "interaction": True, "contrast": (low, high), "n_draws": 100}
    found = mediate(data, "x", "m", "y", **options).table["estimate"]
    y = {(t, at): expected_outcome(data, t, at) for t in (low, high) for at in (low, high)}
    expected = {
        "ACME (control)": y[low, high] - y[low, low],
        "ACME (treated)": y[high, high] - y[high, low],
        "ADE (control)": y[high, low] - y[low, low],
        "ADE (treated)": y[high, high] - y[low, high],
        "Total effect": y[high, high] - y[low, low],
    }
    assert found[list(expected)].to_dict() == pytest.approx(expected)
    for effect in ("ACME", "ADE"):
        average = (expected[f"{effect} (control)"] + expected[f"{effect} (treated)"]) / 2
        assert found[effect] == pytest.approx(average)
    assert found["Prop. mediated"] == pytest.approx(found["ACME"] / found["Total effect"])


@pytest.mark.parametrize("interaction", [False, True])
def test_specific_effects_are_averages_over_the_two_values_of_x(interaction):
    """a_j (b_j + d_j t) (x1 - x0), averaged over t = x0 and x1; coefficients by statsmodels."""
    data = dyads(120).assign(second=lambda d: d["c"] + np.sin(5 * d["m"]) + d["x"] / 3)
    low, high = -0.5, 2.0
    options = {"interaction": interaction, "contrast": (low, high), "n_draws": 100}
    found = mediate(data, "x", ["m", "second"], "y", **options).table["estimate"]
    formula = "y ~ x * (m + second)" if interaction else "y ~ x + m + second"
    b = smf.ols(formula, data).fit().params
    for name in ("m", "second"):
        a = smf.ols(f"{name} ~ x", data).fit().params["x"]
        slopes = [b[name] + b.get(f"x:{name}", 0.0) * t for t in (low, high)]
        expected = a * np.mean(slopes) * (high - low)
        assert found[f"ACME ({name})"] == pytest.approx(expected)


@pytest.mark.parametrize("method", ["quasi-bayesian", "bootstrap"])
def test_effects_on_a_probit_outcome_agree_with_the_closed_form(method):
    """E[Phi(eta + b e)] = Phi(eta / sqrt(1 + b^2 s^2)), s^2 statsmodels' residual variance."""
    data = dyads(37)
    options = {"outcome": "probit", "contrast": (-1, 1), "n_draws": 100, "method": method}
    found = mediate(data, "x", "m", "response", **options).table["estimate"]
    m = smf.ols("m ~ x", data).fit()
    y = smf.probit("response ~ x + m", data).fit(disp=False, tol=1e-12).params
    scale = np.sqrt(1 + y["m"] ** 2 * m.mse_resid)

    def mean_outcome(t, at):
        mediator = m.params["Intercept"] + m.params["x"] * at
        return ndtr((y["Intercept"] + y["x"] * t + y["m"] * mediator) / scale)

    assert found["ACME (control)"] == pytest.approx(mean_outcome(-1, 1) - mean_outcome(-1, -1))
    assert found["ADE (treated)"] == pytest.approx(mean_outcome(1, 1) - mean_outcome(-1, 1))


@settings(max_examples=150, deadline=None)
@given(eta=st.floats(-8, 8), sd=st.just(0.0) | st.floats(0.001, 10), widest=st.floats(0.001, 10))
def test_logistic_normal_mean_keeps_its_promise_everywhere(eta, sd, widest):
    """Within 1e-6 of SciPy's adaptive quadrature, whatever else is in the same call."""

    def integrand(z):
        return expit(eta + sd * z) * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)

    middle = float(np.clip(-eta / sd, -12, 12)) if sd else 0.0
    parts = [
        integrate.quad(integrand, low, high, epsabs=1e-11, limit=200)[0]
        for low, high in ((-12.5, middle), (middle, 12.5))
    ]
    ours = logistic_normal_mean(np.array(eta), np.array([sd, widest]))[0]
    assert ours == pytest.approx(sum(parts), abs=1e-6)


def test_logistic_normal_mean_survives_huge_predictors():
    ours = logistic_normal_mean(np.array([-1e5, 1e5]), np.array([1.0]))
    assert ours == pytest.approx([0, 1])


def test_probit_normal_mean_agrees_with_adaptive_quadrature():
    def integrand(z):
        return ndtr(0.4 + 1.7 * z) * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)

    exact = integrate.quad(integrand, -12, 12)[0]
    assert probit_normal_mean(np.array(0.4), np.array(1.7)) == pytest.approx(exact, abs=1e-10)
