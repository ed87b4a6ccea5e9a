"""The mediator as what each dyad's correlation measures, with its sampling error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dyadsync.mediation.coefficients import Coefficients, Fit, Settings
from dyadsync.mediation.methods.quasi_bayesian import quasi_bayesian
from dyadsync.mediation.sample import MediationData
from dyadsync.scrutiny.latent.fit import latent_mediation
from dyadsync.synchrony.measures import fisher_z


def latent(data: MediationData, settings: Settings, rng: np.random.Generator) -> Fit:
    """Correct the mediation for the sampling error of each dyad's correlation.

    The mediator is the column of correlations; the effects are per unit of atanh of the true
    correlation, with the posterior of `latent_mediation`, and with ratings allow for the error of
    the slopes as well. ``naive`` is the quasi-Bayesian fit on atanh(r), which ignores both errors.
    """
    r = data.m[:, 0]
    assert data.n_sessions is not None
    assert data.outcome in ("linear", "logit", "probit")  # as the registry says
    fit = latent_mediation(
        r,
        data.n_sessions,
        data.x,
        data.y,
        data.covariates,
        outcome=data.outcome,
        cluster=data.cluster,
        ratings=data.ratings,
        n_draws=settings.n_draws,
        rng=rng,
    )
    naive = replace(data, m=fisher_z(r, data.n_sessions)[:, None])
    return Fit(
        Coefficients(fit.mediator[None], fit.outcome, mediator_cov=np.full((1, 1), fit.tau**2)),
        Coefficients(
            fit.mediator_draws[:, None],
            fit.outcome_draws,
            mediator_cov=fit.tau_draws[:, None, None] ** 2,
        ),
        fit.mediator_se[None],
        fit.outcome_se,
        fit.total,
        notes=fit.notes,
        naive=quasi_bayesian(naive, settings, rng),
    )
