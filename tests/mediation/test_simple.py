"""Simple slopes are the plain models that the whole ones are at one value."""

from dataclasses import replace

import numpy as np
import pytest

from dyadsync.mediation.coefficients import Coefficients
from dyadsync.mediation.sample import MediationData
from dyadsync.mediation.simple import simple_coefficients


@pytest.mark.parametrize("interaction", [False, True])
@pytest.mark.parametrize("r", [1, 2])
def test_predictions_at_a_value_of_the_moderator_are_those_of_the_whole_models(interaction, r):
    """Two mediators, three covariates; a moderator of one column or two."""
    rng = np.random.default_rng(1)
    x, m, covariates = rng.normal(size=8), rng.normal(size=(8, 2)), rng.normal(size=(8, 3))
    plain = MediationData(x, m, x, covariates, interaction=interaction)
    at = rng.normal(size=r)
    whole = replace(plain, moderator=np.tile(at, (8, 1)))
    assert_same_predictions(whole, plain, rng, at=at)


@pytest.mark.parametrize("interaction", [False, True])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_predictions_of_a_value_of_the_cause_are_those_of_the_whole_models(interaction, level):
    rng = np.random.default_rng(2)
    x, m, covariates = rng.normal(size=8), rng.normal(size=(8, 2)), rng.normal(size=(8, 3))
    plain = MediationData(x, m, x, covariates, interaction=interaction)
    causes = np.zeros((8, 3))
    causes[:, level] = x
    assert_same_predictions(replace(plain, x=causes), plain, rng, level=level)


def assert_same_predictions(whole, plain, rng, **where):
    drawn = Coefficients(
        rng.normal(size=(4, 2, whole.mediator_design.shape[1])),
        rng.normal(size=(4, whole.outcome_design.shape[1])),
        whole.interaction,
    )
    simple = simple_coefficients(drawn, whole, **where)
    for ours, theirs in (
        (simple.mediator @ plain.mediator_design.T, drawn.mediator @ whole.mediator_design.T),
        (simple.outcome @ plain.outcome_design.T, drawn.outcome @ whole.outcome_design.T),
    ):
        np.testing.assert_allclose(ours, theirs)
