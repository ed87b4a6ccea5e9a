"""The process: means over 400 trials against the values the design asks for."""

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.trials import draw_trials


@pytest.fixture(scope="module")
def many():
    return draw_trials(Design(), 400, rng=20210)


def test_synchrony_depends_on_impairment_as_designed(many):
    z = np.arctanh(many.rho)
    assert z.mean() == pytest.approx(0.25, abs=0.02)
    assert z.std() == pytest.approx(0.70, abs=0.02)
    assert np.corrcoef(z.ravel(), many.impairment.ravel())[0, 1] == pytest.approx(-0.5, abs=0.02)
    assert many.rho.std() == pytest.approx(0.505, abs=0.01)


def test_symptoms_fall_by_the_paths_of_the_design(many):
    design = many.design
    z = (np.arctanh(many.rho) - design.synchrony_mean) / design.synchrony_sd
    X = np.column_stack([np.ones(z.size), z.ravel(), many.impairment.ravel()])
    coef = np.linalg.lstsq(X, many.reduction.ravel(), rcond=None)[0]
    # standard errors are about .04 at 14,800 dyads
    assert coef == pytest.approx([9.5, 0.65 * 6, -0.05 * 6], abs=0.15)
    assert many.reduction.std() == pytest.approx(6, abs=0.1)


def test_therapists_share_the_variance_of_the_design():
    design = Design(synchrony_icc=0.3, a=0.0)
    trials = draw_trials(design, 2000, rng=4)
    z = (np.arctanh(trials.rho) - design.synchrony_mean) / design.synchrony_sd
    # two patients of one therapist correlate by the intraclass correlation
    assert (z[:, 0] * z[:, 1]).mean() == pytest.approx(0.3, abs=0.06)
    assert (z[:, 0] * z[:, -1]).mean() == pytest.approx(0.0, abs=0.06)


def test_changes_of_a_dyad_correlate_by_its_rho():
    # without noise between mean changes and in the assay, the log changes correlate by tanh(alpha)
    exact = Design(a=0, synchrony_sd=1e-9, synchrony_mean=0.6, change_mean_sd=0, assay_cv=0)
    log = np.log(draw_trials(exact, 300, rng=2).oxytocin)
    change = (log[..., 1] - log[..., 0]).reshape(-1, 2)
    change = change[np.isfinite(change).all(axis=1)]
    assert np.corrcoef(change.T)[0, 1] == pytest.approx(np.tanh(0.6), abs=0.01)
    assert change.mean(axis=0) == pytest.approx([0.08, 0.04], abs=0.01)
    assert change.std(axis=0) == pytest.approx([0.40, 0.35], abs=0.01)


def test_a_concentration_that_rounds_to_nothing_is_a_hundredth():
    values = draw_trials(Design(signal_median=0.0001), 2, rng=1).oxytocin
    assert set(values[np.isfinite(values)]) == {0.01}


def test_ratings_are_whole_points_of_the_scale_and_above_14_at_intake(many):
    seen = many.hrsd[np.isfinite(many.hrsd)]
    assert ((seen >= 0) & (seen <= 52) & (seen == np.rint(seen))).all()
    assert np.isfinite(many.hrsd[..., 0]).all()
    assert many.hrsd[..., 0].min() > 14


def test_every_trial_has_the_gaps_of_the_design(many):
    assert (np.isfinite(many.oxytocin).sum(axis=(1, 2, 3, 4)) == 580).all()
    rated = np.isfinite(many.hrsd[..., 1:12]).mean()  # before anyone leaves
    assert rated == pytest.approx(0.95, abs=0.005)


def test_arms_are_allocated_one_to_one(many):
    assert set(many.arm.sum(axis=1).tolist()) == {18}


def test_an_effect_of_the_arm_moves_its_patients():
    trials = draw_trials(Design(arm_effect=4.0), 400, rng=1)
    gap = trials.reduction[trials.arm == 1].mean() - trials.reduction[trials.arm == 0].mean()
    assert gap == pytest.approx(4.0, abs=0.4)


def test_no_trial_is_an_input_error():
    with pytest.raises(InputError, match="at least 1"):
        draw_trials(Design(), 0)


def test_symptoms_fall_along_the_course_that_is_half_done_after_six_weeks():
    # h(t) = log(1 + t/8) / log 3: .369 after 4 weeks, .631 after 8, 1 after 16
    still = Design(weekly_sd=0, missed_weeks=0, n_dropouts=0, n_single_gaps=0)
    trials = draw_trials(still, 20, rng=5)
    fall = trials.hrsd[..., :1] - trials.hrsd[..., [4, 8, 16]]
    expected = trials.reduction[..., None] * [0.3691, 0.6309, 1.0]
    seen = (trials.hrsd > 0).all(axis=-1)  # the scale ends at 0
    assert np.abs(fall - expected)[seen].max() <= 1.01  # both ratings are rounded


def test_who_drops_out_is_last_rated_between_the_last_two_sampled_sessions():
    trials = draw_trials(Design(missed_weeks=0), 300, rng=6)
    left = np.isnan(trials.hrsd[..., -1])
    assert (left.sum(axis=1) == 2).all()
    last = np.isfinite(trials.hrsd[left]).sum(axis=1) - 1
    assert set(last.tolist()) == {12, 13, 14}
    assert np.isnan(trials.oxytocin[left][:, -1]).all()
    assert np.isfinite(trials.oxytocin[left][:, :-1]).all()


def test_logarithms_of_concentrations_vary_as_designed(many):
    log = np.log(many.oxytocin)
    # trait, day, half of the change, half of the mean change, assay
    patient = 0.25**2 + 0.35**2 + 0.20**2 + 0.04**2 + np.log1p(0.07**2)
    therapist = 0.25**2 + 0.10**2 + 0.35**2 + 0.175**2 + 0.04**2 + np.log1p(0.07**2)
    for role, expected in enumerate((patient, therapist)):
        for phase in (0, 1):
            found = np.nanvar(log[:, :, :, role, phase])
            assert found == pytest.approx(expected, rel=0.03)


def test_a_change_lies_half_before_and_half_after_the_session():
    log = np.log(draw_trials(Design(patient_change_mean=0.8), 200, rng=3).oxytocin[..., 0, :])
    centre = np.log(4.5)
    assert np.nanmean(log, axis=(0, 1, 2)) == pytest.approx([centre - 0.4, centre + 0.4], abs=0.01)


def test_the_fall_of_symptoms_shares_the_therapist_by_its_own_intraclass_correlation():
    design = Design(reduction_icc=0.3, a=0.0, b=0.0, c=0.0)
    fall = (draw_trials(design, 2000, rng=4).reduction - 9.5) / 6
    assert (fall[:, 0] * fall[:, 1]).mean() == pytest.approx(0.3, abs=0.06)
    assert (fall[:, 0] * fall[:, -1]).mean() == pytest.approx(0.0, abs=0.06)


def test_concentrations_are_positive_skewed_and_near_the_median(many):
    values = many.oxytocin[np.isfinite(many.oxytocin)]
    assert values.min() > 0
    assert np.median(values) == pytest.approx(4.5, rel=0.02)
    assert values.mean() > np.median(values) * 1.05
    # simulation.md: 4.6 % below the limit of quantification
    assert (values < 2).mean() == pytest.approx(0.046, abs=0.005)
