"""Coefficients by name, and draws that are joined or selected."""

import numpy as np
import pytest

from dyadsync.mediation.coefficients import Coefficients, stack


def drawn(n, *, interaction=True, residuals=True):
    """Two mediators and one covariate; every number is another."""
    rng = np.random.default_rng(n)
    columns = 1 + 1 + 2 * (1 + interaction) + 1
    cov = rng.normal(size=(n, 2, 2)) if residuals else None
    return Coefficients(rng.normal(size=(n, 2, 3)), rng.normal(size=(n, columns)), interaction, cov)


def test_names_of_the_columns_one_x_m_products_covariates():
    draws = drawn(3)
    for found, columns in [
        (draws.b, [2, 3]),
        (draws.x_by_m, [4, 5]),
        (draws.outcome_covariates, [6]),
    ]:
        assert found.tolist() == draws.outcome[:, columns].tolist()
    plain = drawn(3, interaction=False)
    assert plain.x_by_m is None
    assert plain.outcome_covariates.tolist() == plain.outcome[:, [4]].tolist()
    assert draws.a.tolist() == draws.mediator[:, :, 1].tolist()
    assert draws.c_prime.tolist() == draws.outcome[:, 1].tolist()


@pytest.mark.parametrize("interaction", [True, False])
@pytest.mark.parametrize("residuals", [True, False])
def test_joined_draws_are_those_of_the_parts_in_order(interaction, residuals):
    options = {"interaction": interaction, "residuals": residuals}
    parts = [drawn(3, **options), drawn(2, **options)]
    joined = stack(parts)
    assert joined.interaction is interaction
    assert joined.mediator.shape == (5, 2, 3)
    for rows, part in zip((slice(0, 3), slice(3, 5)), parts, strict=True):
        again = joined[rows]
        assert again.mediator.tolist() == part.mediator.tolist()
        assert again.outcome.tolist() == part.outcome.tolist()
        assert again.interaction is interaction
        if residuals:
            assert again.mediator_cov.tolist() == part.mediator_cov.tolist()
        else:
            assert joined.mediator_cov is again.mediator_cov is None
