"""Option lines: what a figure's cell says of its figure."""

import pytest

from millbook.errors import InputError
from millbook.figures.cell_options import figure_metadata, is_figure, read_options, without_options

CELL = """\
#| label: fig-weights
#| caption: Weight by species, a dot a penguin.
#|   The line is the mean.
#| alt: "Dots: those of the third lie highest."
# a comment
plot(weights)
"""


def test_a_text_goes_on_over_lines_and_code_begins_below():
    options = read_options(CELL)
    assert options["caption"] == "Weight by species, a dot a penguin. The line is the mean."
    assert without_options(CELL) == "# a comment\nplot(weights)\n"
    assert is_figure(options)
    assert not is_figure(read_options("plot()  #| label: no"))


def test_a_figure_has_what_myst_nb_asks_for():
    assert figure_metadata(read_options(CELL)) == {
        "figure": {
            "caption": "Weight by species, a dot a penguin. The line is the mean.",
            "name": "fig-weights",
        },
        "image": {"alt": "Dots: those of the third lie highest."},
    }


def test_a_colon_in_a_text_without_quotes_is_named_with_its_line():
    with pytest.raises(InputError, match=r"cell c7 are no YAML at “alt: Dots: many”; .* quotes"):
        read_options("#| label: fig-a\n#| alt: Dots: many\nplot()", "c7")
