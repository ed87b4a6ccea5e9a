"""What leaving samples below the limit out does is counted dyad by dyad."""

from __future__ import annotations

import numpy as np
import pytest

from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.quantification import LoqEffect, loq_effect
from tests.made_changes import make_study


def test_each_rule_has_the_synchrony_of_its_own_changes():
    study = make_study(20, limit=3.0)
    found = loq_effect(study, "log_ratio", "spearman", 4)
    assert list(found.by_rule) == ["keep", "substitute", "omit"]
    for rule, table in found.by_rule.items():
        own = dyad_synchrony(session_changes(study, "log_ratio", rule), "spearman", 4)
        np.testing.assert_array_equal(table["synchrony"], own["synchrony"])


def test_lost_and_moved_dyads_are_counted_one_by_one():
    study = make_study(40, limit=2.2, seed=3)
    found = loq_effect(study)
    kept, omitted = (found.by_rule[rule]["synchrony"] for rule in ("keep", "omit"))
    lost = [np.isnan(o) and not np.isnan(k) for k, o in zip(kept, omitted, strict=True)]
    moved = [abs(k - o) > 0.2 for k, o in zip(kept, omitted, strict=True)]
    assert found.n_lost == sum(lost) > 0
    assert found.n_moved == sum(moved) > 0
    assert found.n_below == (study.samples["signal"] < 2.2).sum()


def test_a_study_without_a_limit_has_one_rule():
    found = loq_effect(make_study(limit=None))
    assert list(found.by_rule) == ["keep"]
    assert (found.limit, found.n_below, found.n_lost, found.n_moved) == (None, 0, 0, 0)


@pytest.mark.parametrize(
    ("limit", "n_below", "n_lost", "n_moved", "words"),
    [
        (None, 0, 0, 0, "So all samples were kept as they are."),
        (2.0, 0, 0, 0, "So each of the rules gives the same."),
        (2.0, 9, 0, 1, "costs no dyads their synchrony, and moves that of 1 other by more than .2"),
        (2.0, 9, 1, 0, "costs 1 dyad its synchrony, and moves that of no others by more than .2."),
        (2.0, 9, 7, 3, "costs 7 dyads their synchrony, and moves that of 3 others by more than"),
    ],
)
def test_words_are_true_for_none_one_and_many(limit, n_below, n_lost, n_moved, words):
    assert words in LoqEffect({}, limit, n_below, n_lost, n_moved).in_words()
