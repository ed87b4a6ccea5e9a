"""Shuffled sessions are counted by hand."""

import itertools

import numpy as np
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.measurement.session_orders import session_shuffles
from tests.made_changes import series, synchronous


def test_exact_p_of_a_dyad_counts_the_orders_by_hand():
    changes = synchronous(5, seed=3).drop(index=[19]).reset_index(drop=True)
    table = session_shuffles(changes)
    assert table["n_orders"].tolist() == [24, 24, 24, 24, 6]
    assert table["least_p"].tolist() == [1 / 24] * 4 + [1 / 6]
    for row in table.itertuples():
        x = series(changes, row.dyad_id, "patient").to_numpy()
        y = series(changes, row.dyad_id, "therapist").to_numpy()
        every = [np.corrcoef(x, order)[0, 1] for order in itertools.permutations(y)]
        assert row.p_greater == np.mean(np.array(every) >= row.synchrony - 1e-9)
        assert row.p_two_sided == np.mean(np.abs(every) >= abs(row.synchrony) - 1e-9)


def test_a_dyad_that_cannot_be_tested_says_why():
    changes = synchronous(3).drop(index=[0, 1]).reset_index(drop=True)
    table = session_shuffles(changes).set_index("dyad_id")
    assert table.loc["D00", "reason"] == "2 usable sessions; at least 3 needed"
    assert table.loc["D00", ["least_p", "p_greater", "p_two_sided"]].isna().all()
    assert table.loc["D00", "n_orders"] == 0


def test_orders_are_counted_up_to_seven_sessions_and_drawn_beyond():
    seven, eight = (synchronous(1, n_sessions=n) for n in (7, 8))
    assert session_shuffles(seven, n_surrogates=50, rng=0)["n_orders"].tolist() == [5040]
    assert session_shuffles(eight, n_surrogates=50, rng=0)["n_orders"].tolist() == [50]


def test_p_of_drawn_orders_is_never_zero():
    # eight sessions on a line: of 8! = 40,320 orders only the real one is as far
    changes = synchronous(1, n_sessions=8)
    changes["patient"] = changes["therapist"]
    row = session_shuffles(changes, n_surrogates=99, rng=0).iloc[0]
    assert row["p_greater"] == row["p_two_sided"] == row["least_p"] == 1 / 100


def test_fewer_surrogates_than_one_are_refused():
    with pytest.raises(InputError, match="n_surrogates is 0"):
        session_shuffles(synchronous(2), n_surrogates=0)
