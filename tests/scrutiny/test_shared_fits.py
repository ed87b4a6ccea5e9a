import numpy as np
import pingouin
import pytest

from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.methods import median as median_module
from dyadsync.regression.median_regression import median_regression
from dyadsync.scrutiny.shared_fits import remembered, shared_fits


def test_a_generator_is_left_in_the_state_that_the_call_leaves_it_in():
    draw = remembered(lambda n, rng: rng.standard_normal(n))
    alone = np.random.default_rng(1)
    first, then = alone.standard_normal(3), alone.standard_normal()
    with shared_fits():
        for _ in range(2):
            rng = np.random.default_rng(1)
            assert np.array_equal(draw(3, rng), first)
            assert rng.standard_normal() == then


def test_nothing_is_remembered_outside():
    calls = []
    count = remembered(lambda value: calls.append(value))
    with shared_fits():
        count(1)
        count(1)
    count(1)
    count(1)
    assert len(calls) == 3


@pytest.mark.parametrize("method", ["quasi-bayesian", "bootstrap-bca", "robust", "huber", "median"])
def test_shared_fits_change_no_number(method):
    table = (
        pingouin.read_dataset("mediation").head(40).assign(Y2=lambda rows: rows["Y"] + rows.X**2)
    )
    options = {"method": method, "n_draws": 200, "rng": 3}
    alone = [mediate(table, "X", "M", y, **options).table for y in ("Y", "Y2")]
    with shared_fits():
        for _ in range(2):
            shared = [mediate(table, "X", "M", y, **options).table for y in ("Y", "Y2")]
            for one, other in zip(alone, shared, strict=True):
                assert one.equals(other)


def test_outside_the_block_the_functions_are_as_they_were():
    with shared_fits():
        assert median_module.median_regression is not median_regression
    assert median_module.median_regression is median_regression


def test_the_mediator_is_fitted_once_for_several_outcomes(monkeypatch):
    table = pingouin.read_dataset("mediation").head(40)
    fitted = []

    def counted(X, y, *, counts=None):
        fitted.append(X.shape[1])
        return median_regression(X, y, counts=counts)

    monkeypatch.setattr(median_module, "median_regression", counted)
    with shared_fits():
        for y in ("Y", "Ybin"):
            mediate(table, "X", "M", y, method="median", n_draws=200, rng=1)
    assert sorted(fitted) == [2, 2, 3, 3, 3, 3]  # sample and resamples: mediator once, outcomes
