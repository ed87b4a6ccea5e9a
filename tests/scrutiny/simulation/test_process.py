"""What trials look like."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.process import describe_process
from dyadsync.scrutiny.simulation.trials import draw_trials


def test_trials_look_as_the_prototype_says():
    found = describe_process(n_trials=1_000, rng=5)
    expected = {
        "correlation of latent synchrony and impairment": (-0.50, 0.02),
        "partial correlation of latent synchrony and fall of symptoms": (0.61, 0.02),
        "standardised indirect effect": (-0.325, 0.02),
        "observed r of dyads, mean": (0.14, 0.02),
        "observed r of dyads, SD": (0.66, 0.01),
        "observed |r| of dyads above .9, share": (0.21, 0.01),
        "HRSD-17 at intake, mean": (21.5, 0.2),
        "fall of HRSD-17, mean": (9.5, 0.3),
        "remission (7 or less at the last week), share": (0.28, 0.02),
        "response (half of intake or less), share": (0.45, 0.02),
        "samples below the limit of quantification, share": (0.046, 0.005),
    }
    for name, (value, tolerance) in expected.items():
        assert found[name] == pytest.approx(value, abs=tolerance), name


def test_one_therapist_has_no_share_of_variance():
    alone = Design(patients_per_therapist=(12,))
    found = describe_process(alone, n_trials=5, rng=1)
    assert np.isnan(found["therapist ICC of the therapists' log oxytocin"])


def test_shares_count_their_limits_as_their_names_say():
    """At the limit of quantification a sample is not below it; 7 is remission, half a response."""
    found = describe_process(n_trials=50, rng=5)
    trials = draw_trials(Design(), 50, 5)
    samples = trials.oxytocin[np.isfinite(trials.oxytocin)]
    assert (samples == 2).any()
    share = found["samples below the limit of quantification, share"]
    assert share == np.mean([sample < 2 for sample in samples])
    intake, last = trials.hrsd[..., 0], trials.hrsd[..., -1]
    pairs = [pair for pair in zip(intake.flat, last.flat, strict=True) if np.isfinite(pair[1])]
    assert any(last == 7 for _, last in pairs)
    assert any(2 * last == first for first, last in pairs)
    share = found["remission (7 or less at the last week), share"]
    assert share == np.mean([last <= 7 for _, last in pairs])
    share = found["response (half of intake or less), share"]
    assert share == np.mean([2 * last <= first for first, last in pairs])
    assert found["HRSD-17 at intake, mean"] == pytest.approx(intake.mean())
    assert found["fall of HRSD-17, mean"] == pytest.approx(np.mean([-np.diff(p) for p in pairs]))


def test_the_therapist_icc_is_that_of_an_analysis_of_variance():
    """ICC(1) of unequal groups by Snedecor & Cochran's n0, of statsmodels' mean squares."""
    import statsmodels.formula.api as smf

    design = Design(patients_per_therapist=(5, 3, 2), n_dropouts=0, n_single_gaps=0)
    found = describe_process(design, n_trials=1, rng=3)
    trials = draw_trials(design, 1, 3)
    level = np.log(trials.oxytocin[0, :, :, 1]).mean(axis=(1, 2))
    table = pd.DataFrame({"level": level, "therapist": trials.therapist})
    fit = smf.ols("level ~ C(therapist)", table).fit()
    n0 = (10 - (5**2 + 3**2 + 2**2) / 10) / 2
    between = (fit.mse_model - fit.mse_resid) / n0
    icc = found["therapist ICC of the therapists' log oxytocin"]
    assert icc == pytest.approx(between / (between + fit.mse_resid))


def test_therapists_and_reliability_are_as_the_design_implies():
    found = describe_process(n_trials=1_000, rng=5)
    # between therapists .25^2; within: .10^2, and over 4 sessions the day's .35^2 and the assay
    within = 0.10**2 + (0.35**2 + np.log1p(0.07**2) / 2) / 4
    icc = 0.25**2 / (0.25**2 + within)
    assert found["therapist ICC of the therapists' log oxytocin"] == pytest.approx(icc, abs=0.03)
    assert found["reliability of observed r"] == pytest.approx(0.35, abs=0.02)
