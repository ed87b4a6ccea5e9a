"""The designer shows the published grid, and between its sizes what other sizes confirm."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from widgets.designer import designer
from widgets.fragment import shown_number

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.simulated_power import PowerResult


def grids(data_dir):
    """The published grids that the designer reads."""
    table = pd.read_csv(data_dir / "derived" / "power.csv.gz")
    settings = {
        "size": ("n_dyads", "sessions"),
        "designer": ("n_dyads", "sessions", "effect", "reliability"),
    }
    return {
        grid: PowerResult(table[table["grid"] == grid].reset_index(drop=True), names)
        for grid, names in settings.items()
    }


@pytest.fixture(scope="module")
def published(data_dir):
    return grids(data_dir)


def row_of(result, **cell):
    table = result.of("quasi-bayesian")
    [row] = table[np.logical_and.reduce([table[k] == v for k, v in cell.items()])].itertuples()
    return row


def between(one, other, n, column):
    """What lies between two numbers of dyads, in the square root of their number."""
    share = (np.sqrt(n) - np.sqrt(one.n_dyads)) / (np.sqrt(other.n_dyads) - np.sqrt(one.n_dyads))
    return (1 - share) * getattr(one, column) + share * getattr(other, column)


def power_between(one, other, n):
    quantiles = [row._replace(power=stats.norm.ppf(row.power)) for row in (one, other)]
    return float(stats.norm.cdf(between(*quantiles, n, "power")))


@pytest.mark.parametrize("sessions", [4, 8, 16])
def test_reading_between_two_sizes_agrees_with_a_size_that_was_run(published, sessions):
    # The grid "size" has 111 dyads, which the designer reads between 74 and 148; five standard
    # errors, since rates near 1 have small ones.
    size = published["size"]
    here = {"sessions": sessions}
    known = row_of(size, n_dyads=111, **here)
    ends = [row_of(size, n_dyads=n, **here) for n in (74, 148)]
    error = np.sqrt(0.25 / known.n_trials) if sessions < 16 else 0.01
    assert power_between(*ends, 111) == pytest.approx(known.power, abs=3 * error)
    assert between(*ends, 111, "exaggeration") == pytest.approx(
        known.exaggeration, abs=5 * known.exaggeration_se + 0.02
    )


def test_every_design_of_the_grid_is_there(published):
    grid = published["designer"]
    html = designer(grid).html
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', html, re.S)
    content = json.loads(text)
    assert len(content["cells"]) * len(content["dyads"]) == len(grid.table)
    k = [options.index(v) for options, v in zip(content["options"], (8, 0.5, 0.7), strict=True)]
    cell = content["cells"][np.ravel_multi_index(k, [len(one) for one in content["options"]])]
    row = row_of(grid, n_dyads=74, sessions=8, effect=0.5, reliability=0.7)
    at = content["dyads"].index(74)
    assert cell["power"][at] == pytest.approx(row.power)
    assert cell["exaggeration"][at] == pytest.approx(row.exaggeration, abs=1e-6)
    assert cell["reliability"][at] == pytest.approx(row.synchrony_reliability, abs=1e-6)
    assert cell["low"][at] < row.power < cell["high"][at]


def test_a_grid_with_gaps_is_refused(published):
    grid = published["designer"]
    with pytest.raises(InputError, match="every combination"):
        designer(PowerResult(grid.table.iloc[1:], grid.settings))


def shows(page, row):
    numbers = page.locator('[data-part="numbers"] td').all_inner_texts()
    assert numbers[0] == f"{100 * row.power:.0f} %"
    assert numbers[2] == shown_number(row.exaggeration, 1)
    ends = (row.exaggeration + sign * 1.96 * row.exaggeration_se for sign in (-1, 1))
    assert numbers[3] == " to ".join(shown_number(one, 1) for one in ends)
    assert numbers[4] == shown_number(row.synchrony_reliability)


@pytest.mark.browser
def test_keys_choose_a_design_and_the_numbers_are_those_of_the_grid(published, show):
    grid = published["designer"]
    page = show(designer(grid))
    chosen = {"n_dyads": 37, "sessions": 4, "effect": 1.0, "reliability": 0.9}
    shows(page, row_of(grid, **chosen))
    page.get_by_role("radio", name="4", exact=True).focus()
    page.keyboard.press("ArrowRight")
    shows(page, row_of(grid, **chosen | {"sessions": 8}))
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    shows(page, row_of(grid, **chosen | {"sessions": 8, "n_dyads": 148}))


@pytest.mark.browser
def test_between_two_sizes_it_reads_off_and_says_so(published, show):
    grid = published["designer"]
    page = show(designer(grid))
    page.get_by_role("slider").focus()
    for _ in range(13):
        page.keyboard.press("ArrowRight")
    rows = [row_of(grid, n_dyads=n, sessions=4, effect=1.0, reliability=0.9) for n in (37, 74)]
    numbers = page.locator('[data-part="numbers"] td').all_inner_texts()
    assert numbers[0] == f"{100 * power_between(*rows, 50):.0f} %"
    assert numbers[2] == shown_number(between(*rows, 50, "exaggeration"), 1)
    assert "between 37 and 74 dyads" in page.locator('[data-part="how"]').inner_text()
