"""The tests' size where nobody is in step."""

import numpy as np
import pytest

from benchmarks.surrogate_size import null_changes, surrogate_size
from dyadsync.errors import InputError


def test_null_changes_share_what_they_are_told_to():
    shares = []
    for seed in range(300):
        changes, _ = null_changes((2, 2), therapist_share=0.4, session_share=0.2, rng=seed)
        one, two, three, _ = changes["patient"].to_numpy().reshape(4, 4)  # dyads by sessions
        shares.append([one @ two / 4, one @ three / 4])
    within, between = np.mean(shares, axis=0)
    assert within == pytest.approx(0.6, abs=0.12)  # therapist and session share; 3 SE
    assert between == pytest.approx(0.2, abs=0.12)


def test_null_changes_refuse_shares_beyond_one():
    with pytest.raises(InputError, match="nor exceed 1"):
        null_changes(therapist_share=0.7, session_share=0.4)


def test_size_is_near_the_level_without_shared_effects():
    # 100 trials: Monte Carlo SE .022 about .05, so three SE reach .115
    table = surrogate_size(n_trials=100, n_surrogates=99, rng=7).set_index("test")["size"]
    assert (table < 0.115).all()
    assert (table > 0.0).all()


def test_shuffled_sessions_mistake_a_common_session_effect_for_synchrony():
    # 60 trials: Monte Carlo SE .028 about .05
    table = surrogate_size(n_trials=60, n_surrogates=99, session_share=0.3, rng=8)
    size = table.set_index("test")["size"]
    assert size["sessions shuffled"] > 0.3
    assert size["pseudo-dyads, any"] < 0.135


@pytest.mark.slow
def test_size_under_therapist_effects():
    # 1,000 trials, Monte Carlo SE .007: exchanging whole therapists keeps the level, and the
    # other tests do not where a third of the variance is shared within therapists.
    table = surrogate_size(n_trials=1000, n_surrogates=199, therapist_share=0.3, rng=9)
    size = table.set_index("test")["size"]
    assert size["therapists exchanged"] < 0.075
    assert size["pseudo-dyads, other therapists"] > 0.08
    mild = surrogate_size(n_trials=1000, n_surrogates=199, therapist_share=0.08, rng=10)
    assert (mild["size"] < 0.075).all()


def test_a_p_value_at_the_level_rejects_and_the_error_is_that_of_a_share():
    # With 19 surrogates the least one-sided p-value is 1/20: a test at 5 % rejects only there.
    table = surrogate_size(n_trials=20, n_surrogates=19, alternative="greater", rng=1)
    size = table["size"]
    assert size.max() > 0
    np.testing.assert_allclose(table["mc_se"], np.sqrt(size * (1 - size) / 20))


@pytest.mark.parametrize("options", [{"n_trials": 0}, {"level": 5}])
def test_no_trials_or_a_level_that_is_none_is_refused(options):
    with pytest.raises(InputError, match=next(iter(options))):
        surrogate_size(**options)
