"""The frame of a figure: whose colours are a scale, and stay in the dark."""

import pytest

from millbook.pages.figure_frame import has_colour_scale


@pytest.mark.parametrize(("n_colours", "scale"), [(3, False), (12, False), (25, True)])
def test_many_colours_are_a_scale(n_colours, scale):
    paths = (f'<path style="fill: #{10 * k:02x}40ff"/>' for k in range(n_colours))
    assert has_colour_scale("".join(paths)) is scale
