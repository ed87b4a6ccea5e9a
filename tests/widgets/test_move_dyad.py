"""Move a dyad: the lines that the page computes are those of the package."""

import json
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from widgets.fragment import shown_number
from widgets.move_dyad import move_dyad, slopes

from dyadsync.errors import InputError
from dyadsync.regression.bisquare import efficiency_constant, scale_constant
from dyadsync.regression.mm import mm_regression
from tests.reference_tables import SIZES
from tests.regression.samples import designs, table

SCRIPT = files("widgets").joinpath("mm.js").read_text(encoding="utf-8")


def dyads(n=37, seed=3):
    rng = np.random.default_rng(seed)
    r = rng.uniform(-1, 1, n).round(4)
    y = (8 + 5 * r + rng.normal(0, 5, n)).round(4)
    return pd.DataFrame({"r": r, "y": y}, index=[f"D{k:02d}" for k in range(n)])


@pytest.fixture(scope="module")
def fit(browser):
    """What mm.js makes of a line."""
    page = browser.new_page()
    constants = f"{scale_constant()!r}, {efficiency_constant(0.85)!r}"

    def fit_one(x, y):
        points = json.dumps([np.asarray(x).tolist(), np.asarray(y).tolist()])
        return page.evaluate(f"{{ {SCRIPT}; mmLine(...{points}, {constants}) }}")

    yield fit_one
    page.close()


def agrees(fit, x, y):
    mine = mm_regression(np.column_stack([np.ones(len(x)), x]), y)
    theirs = fit(x, y)
    assert [theirs["level"], theirs["slope"]] == pytest.approx(mine.coef, rel=1e-6, abs=1e-8)
    assert theirs["scale"] == pytest.approx(mine.scale, rel=1e-8)
    assert theirs["weights"] == pytest.approx(mine.weights, abs=1e-6)


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["clean", "contaminated"])
@pytest.mark.parametrize("n", SIZES)
def test_the_script_agrees_with_mm_regression_on_the_reference_tables(fit, n, kind):
    X, y = designs(table(n, kind))["m~x"]
    agrees(fit, X[:, 1], y)


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(8))
def test_the_script_agrees_with_mm_regression_wherever_a_dyad_is_moved(fit, seed):
    data, rng = dyads(seed=seed), np.random.default_rng(seed)
    moved = data["y"].to_numpy().copy()
    far = rng.choice(37, seed + 1, replace=False)
    moved[far] = rng.uniform(-60, 60, seed + 1)
    agrees(fit, data["r"].to_numpy(), moved)


def test_the_table_has_the_slopes_as_found_and_moved():
    data = dyads()
    html = move_dyad(data, "r", "y").html
    for slope in slopes(data["r"].to_numpy(), data["y"].to_numpy()):
        assert f"<td>{shown_number(slope)}</td>" in html


def test_few_dyads_are_refused():
    with pytest.raises(InputError, match="9 dyads"):
        move_dyad(dyads(9), "r", "y")


def said(page):
    return page.locator('[data-part="numbers"] td').all_inner_texts()


@pytest.mark.browser
def test_keys_move_a_dyad_and_both_lines_follow(show):
    data = dyads()
    page = show(move_dyad(data, "r", "y", limits=(-1, 1)))
    found = [shown_number(one) for one in slopes(data["r"].to_numpy(), data["y"].to_numpy())]
    assert said(page) == [found[0], found[0], found[1], found[1]]
    page.get_by_label("Dyad", exact=True).select_option(label="D05")
    page.get_by_label("Its y").focus()
    page.keyboard.press("Home")
    page.get_by_label("Its r").focus()
    page.keyboard.press("End")
    moved = data.copy()
    moved.loc["D05"] = [
        min(1, data["r"].max() + 0.1 * np.ptp(data["r"])),
        data["y"].min() - 0.75 * np.ptp(data["y"]),
    ]
    now = [shown_number(one) for one in slopes(moved["r"].to_numpy(), moved["y"].to_numpy())]
    assert said(page) == [found[0], now[0], found[1], now[1]]
    page.get_by_role("button", name="Put all back").press("Enter")
    assert said(page) == [found[0], found[0], found[1], found[1]]


@pytest.mark.browser
def test_a_pointer_drags_the_dyad_it_takes(show):
    page = show(move_dyad(dyads(), "r", "y", limits=(-1, 1)))
    before = said(page)
    dot = page.locator("svg circle.here").bounding_box()
    x, y = dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 60)
    page.mouse.up()
    after = page.locator("svg circle.here").bounding_box()
    assert after["y"] - dot["y"] == pytest.approx(60, abs=3)
    assert said(page) != before


@pytest.mark.browser
def test_a_finger_drags_the_dyad_it_takes_and_else_the_page(show):
    page = show(move_dyad(dyads(), "r", "y", limits=(-1, 1)), has_touch=True)
    page.evaluate("document.body.style.height = '3000px'")
    dot = page.locator("svg circle.here").bounding_box()
    plot = page.locator("[data-part=plot]").bounding_box()
    session = page.context.new_cdp_session(page)

    def drag(x, y, by):
        touch = "Input.dispatchTouchEvent"
        session.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 7):
            points = [{"x": x, "y": y + by * step / 6}]
            session.send(touch, {"type": "touchMove", "touchPoints": points})
        session.send(touch, {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(100)

    drag(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2, -60)
    after = page.locator("svg circle.here").bounding_box()
    assert after["y"] - dot["y"] == pytest.approx(-60, abs=3)
    assert page.evaluate("scrollY") == 0
    before = said(page)
    drag(plot["x"] + 60, plot["y"] + plot["height"] - 5, -60)
    assert page.evaluate("scrollY") > 0
    assert said(page) == before
