"""What holds of every widget: it fits a phone and every reader, and needs no script."""

import pytest
from widgets.confounder import confounder
from widgets.designer import designer
from widgets.explorer import dyad_explorer
from widgets.move_dyad import move_dyad
from widgets.switchboard import switchboard, switchboard_script

from dyadsync.mediation.confounding import sensitivity
from tests.widgets.test_confounder import table
from tests.widgets.test_designer import grids
from tests.widgets.test_move_dyad import dyads

pytestmark = pytest.mark.browser

CAUSES = ("x", "m", "the_y")
WIDGETS = {
    "confounder": lambda _: confounder(sensitivity(table(1), *CAUSES, covariates=["age"])),
    "designer": lambda get: designer(grids(get("data_dir"))["designer"]),
    "explorer": lambda get: dyad_explorer(get("awkward"), unit="pg/mL", rng=1),
    "move a dyad": lambda _: move_dyad(dyads(), "r", "y"),
    "switchboard": lambda get: switchboard(get("packed"), get("multiverse")),
}


@pytest.fixture(params=WIDGETS)
def page(request, show):
    """Open a page with the widget, which then has what it loads late."""
    name, get = request.param, request.getfixturevalue
    files = {"_static/switchboard.js": switchboard_script(get("packed"))}

    def open_page(**options):
        opened = show(WIDGETS[name](get), files=files if name == "switchboard" else {}, **options)
        if name == "switchboard" and options.get("java_script_enabled", True):
            opened.get_by_role("button", name="Surprise me").wait_for()
        return opened

    return open_page


@pytest.mark.book
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_every_reader(page, check_page, scheme):
    check_page(page(color_scheme=scheme))


def test_without_scripts_a_table_stands_there_and_nothing_to_press(page):
    opened = page(java_script_enabled=False)
    assert opened.get_by_role("table").is_visible()
    assert opened.locator("button:visible, input:visible, select:visible").count() == 0
