"""The confounder says what `sensitivity` found, wherever its slider stands."""

import numpy as np
import pandas as pd
import pytest
from widgets.confounder import confounder
from widgets.fragment import shown_number

from dyadsync.mediation.confounding import sensitivity


def table(sign):
    rng = np.random.default_rng(5)
    x, age = rng.normal(size=(2, 60))
    m = -0.6 * x + 0.4 * age + rng.normal(size=60)
    y = sign * 0.7 * m + 0.4 * age + rng.normal(size=60)
    return pd.DataFrame({"x": x, "m": m, "the_y": y, "age": age})


@pytest.fixture(scope="module", params=[1, -1])
def result(request):
    return sensitivity(table(request.param), "x", "m", "the_y", covariates=["age"])


def sentence(row):
    return (
        f"At ρ = {shown_number(row.rho)} the indirect effect would be {shown_number(row.acme)}, "
        f"95\u00a0% interval {shown_number(row.ci_lower)} to {shown_number(row.ci_upper)}, which "
        + ("contains 0." if row.ci_lower <= 0 <= row.ci_upper else "leaves 0 out.")
    )


def at(result, rho):
    return result.table.iloc[int((result.table["rho"] - rho).abs().argmin())]


def test_where_scripts_do_not_run_a_table_has_a_row_without_a_hidden_cause(result):
    row = at(result, 0)
    numbers = "".join(f"<td>{shown_number(v)}</td>" for v in (row.acme, row.ci_lower, row.ci_upper))
    assert f'<th scope="row">0.00</th>{numbers}' in confounder(result).html


@pytest.mark.browser
def test_keys_move_the_hidden_cause_and_the_numbers_are_those_of_sensitivity(result, show):
    page = show(confounder(result))
    said = page.locator('[data-part="sentence"]')
    assert said.inner_text() == sentence(at(result, 0))
    page.get_by_role("slider").focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    assert said.inner_text() == sentence(at(result, 0.07))
    page.keyboard.press("Home")
    assert said.inner_text() == sentence(result.table.iloc[0])
    page.keyboard.press("End")
    assert said.inner_text() == sentence(result.table.iloc[-1])


@pytest.mark.browser
def test_landmarks_lie_on_the_side_that_can_undo_the_effect(result, show):
    page = show(confounder(result))
    said = page.locator('[data-part="sentence"]')
    page.get_by_role("button", name="Enough to undo it").press("Enter")
    assert said.inner_text() == sentence(at(result, result.rho_at_zero))
    page.get_by_role("button", name="As age").press("Enter")
    rho = np.copysign(result.benchmarks["rho"].iloc[0], result.rho_at_zero)
    assert said.inner_text() == sentence(at(result, rho))
    page.get_by_role("button", name="None").press("Enter")
    assert "as it stands" in page.locator('[data-part="shares"]').inner_text()
