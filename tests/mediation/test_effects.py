"""Integrals over the mediator's noise."""

import numpy as np
import pytest
from scipy import integrate
from scipy.special import expit, ndtr

from dyadsync.mediation.effects import logistic_normal_mean, probit_normal_mean


@pytest.mark.parametrize("sd", [0.0, 0.3, 1.0, 2.5, 8.0])
@pytest.mark.parametrize("eta", [-6.0, -0.7, 0.0, 3.0])
def test_logistic_normal_mean_agrees_with_adaptive_quadrature(eta, sd):
    def integrand(z):
        return expit(eta + sd * z) * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)

    exact = integrate.quad(integrand, -12, 12, epsabs=1e-12, points=[-eta / sd if sd else 0])[0]
    ours = logistic_normal_mean(np.array([[eta]]), np.array([[sd]]))[0, 0]
    assert ours == pytest.approx(exact, abs=2e-6)


def test_logistic_normal_mean_survives_huge_predictors():
    ours = logistic_normal_mean(np.array([-1e5, 1e5]), np.array([1.0]))
    assert ours == pytest.approx([0, 1])


def test_probit_normal_mean_agrees_with_adaptive_quadrature():
    def integrand(z):
        return ndtr(0.4 + 1.7 * z) * np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)

    exact = integrate.quad(integrand, -12, 12)[0]
    assert probit_normal_mean(np.array(0.4), np.array(1.7)) == pytest.approx(exact, abs=1e-10)
