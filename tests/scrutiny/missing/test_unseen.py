"""Delta-adjusted imputation: exact where it can be, and the point at which an interval turns."""

import numpy as np
import pandas as pd
import pytest

from dyadsync import InputError, mediate
from dyadsync.scrutiny.missing.unseen import TippingPoint, tipping_point

FEW = {"n_imputations": 10, "n_draws": 500, "rng": 1}


def gaps():
    rng = np.random.default_rng(4)
    x, e, u = rng.standard_normal((3, 60))
    m = 0.6 * x + e
    table = pd.DataFrame({"x": x, "m": m, "y": 0.6 * m + u})
    table.loc[table["m"] > 1, "y"] = np.nan
    return table


def test_no_shift_is_the_imputed_mediation():
    found = tipping_point(gaps(), "x", "m", "y", shifts=[-1, 1], **FEW)
    row = found.table.set_index("shift").loc[0.0]
    acme = mediate(gaps(), "x", "m", "y", missing="impute", **FEW).table.loc["ACME"]
    for part in ("estimate", "ci_lower", "ci_upper"):
        assert row[part] == pytest.approx(acme[part])


def test_the_estimate_moves_with_the_outcome_along_a_straight_line():
    """Least squares is linear in y: equal steps of the shift move the ACME by equal amounts."""
    found = tipping_point(gaps(), "x", "m", "y", shifts=[-2, -1, 1, 2], **FEW)
    np.testing.assert_allclose(np.diff(found.table["estimate"], 2), 0, atol=1e-10)
    assert found.table["units"].to_numpy() == pytest.approx(found.table["shift"] * found.sd)


def test_unseen_outcomes_that_are_much_worse_turn_the_verdict():
    """Those with the highest mediator are unseen: lower outcomes for them take path b to 0."""
    found = tipping_point(gaps(), "x", "m", "y", **FEW)
    below, above = found.turns_at
    assert -2 < below < 0
    assert np.isnan(above)
    assert found.shifted == "y"
    assert "the interval of the indirect effect leaves out zero. It contains zero once" in (
        found.in_words()
    )
    assert "lower than expected" in found.in_words()


def test_the_mediator_can_be_moved_too_and_is_where_no_outcome_is_missing():
    table = gaps().rename(columns={"m": "y", "y": "m"})
    assert tipping_point(table, "x", "m", "y", shifts=[1], **FEW).shifted == "m"
    with pytest.raises(InputError, match="No value of 'y' is missing"):
        tipping_point(table, "x", "m", "y", shifted="y", **FEW)


def made(low, high):
    shifts = np.arange(len(low)) - len(low) // 2.0
    table = pd.DataFrame(
        {"shift": shifts, "estimate": 0.0, "ci_lower": low, "ci_upper": high, "units": shifts}
    )
    return TippingPoint(table, "y", 3, 2.0, 30, 0.95)


def test_tipping_points_lie_where_an_end_of_the_interval_crosses_zero():
    found = made([-3, -1, 1, 2, -2], [1, 2, 3, 4, 5])
    assert found.turns_at == pytest.approx((-0.5, 1.5))
    assert "0.5 standard deviations lower or 1.5 standard deviations higher" in (found.in_words())
    steady = made([-1, -1, -1], [1, 1, 1])
    assert np.isnan(steady.turns_at).all()
    assert "and so it does with them moved by up to 1 SDs either way" in steady.in_words()
