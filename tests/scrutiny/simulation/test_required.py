"""The reverse question, on rates whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.required import required


def table(**columns):
    n = np.array([20, 40, 80, 160])
    rate = ndtr(0.3 * np.sqrt(n) - 1.96)  # a normal test
    return pd.DataFrame({"n_dyads": n, "method": "one", "power": rate, "power_se": 0.01} | columns)


def test_a_normal_test_is_solved_exactly():
    [row] = required(table(), "n_dyads", ["n_dyads", "method"]).to_dict("records")
    assert row["needed"] == pytest.approx(((1.96 + 0.8416212) / 0.3) ** 2, rel=1e-5)
    assert row["ci_lower"] < row["needed"] < row["ci_upper"]
    assert (row["method"], row["reached"]) == ("one", "in the grid")


def test_nothing_is_read_beyond_the_grid():
    small, large = table(power=[0.1, 0.2, 0.3, 0.4]), table(power=0.95, method="two")
    rows = required(pd.concat([small, large]), "n_dyads", ["method"])
    assert rows["needed"].isna().all()
    assert rows["reached"].tolist() == ["not in the grid", "below the grid"]


def test_a_rate_that_falls_by_chance_is_averaged():
    rows = required(table(power=[0.5, 0.82, 0.78, 0.9]), "n_dyads", ["method"])
    assert rows["needed"].item() == pytest.approx(40)


def test_a_cell_in_which_every_trial_failed_does_not_reach_the_level():
    failed = table()
    failed.loc[:2, ["power", "power_se"]] = np.nan
    [row] = required(failed, "n_dyads", ["method"]).to_dict("records")
    assert 80 < row["needed"] < 160


def test_another_setting_is_solved_for_on_its_own_scale():
    rows = pd.DataFrame(
        {"effect": [1.0, 2.0], "pattern": ndtr([0.0, 2.0]), "pattern_se": 0.0, "n_dyads": 37}
    )
    found = required(rows, "effect", ["effect", "n_dyads"], level=float(ndtr(1.0)), rate="pattern")
    assert found["needed"].item() == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("name", "rate", "words"),
    [
        ("sessions", "power", "fewer than two values of 'sessions'"),
        ("n_dyads", "coverage", "rate is 'coverage'"),
        ("arm", "power", "'arm' is not a number"),
    ],
)
def test_what_cannot_be_solved_for_is_named(name, rate, words):
    with pytest.raises(InputError, match=words):
        required(table(arm=["S", "SE", "S", "SE"]), name, ["method"], rate=rate)


def test_a_value_that_is_there_twice_is_refused():
    with pytest.raises(InputError, match="twice"):
        required(pd.concat([table(), table()]), "n_dyads", ["method"])
