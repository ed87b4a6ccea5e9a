"""The second drawing of a figure, for phones."""

import json
import re
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

from millbook.figures.narrow import draw_again, remember


def drawn(tmp_path, code, **names):
    """Run the code as a kernel does, put the figures away, and draw them again."""
    shell = SimpleNamespace(user_ns={"plt": plt, **names}, transform_cell=lambda text: text)
    remember(shell)
    exec(code, shell.user_ns)
    plt.close("all")
    before = dict(shell.user_ns)
    draw_again(shell, code, str(tmp_path / "again.json"))
    assert shell.user_ns == before
    return json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))


def width(svg):
    found = re.search(r'<svg [^>]*\bwidth="([\d.]+)pt"', svg)
    assert found
    return float(found[1]) / 72


def test_every_figure_of_a_cell_is_as_wide_as_a_phone_with_text_of_11_pixels(tmp_path):
    code = "for _ in 'ab':\n    fig, ax = plt.subplots(figsize=(9, 3))\n    ax.plot([1, 2])"
    with plt.rc_context({"svg.fonttype": "none"}):  # as the build sets it
        again = drawn(tmp_path, code)
    assert len(again) == 2
    assert all(3 < width(svg) <= 3.6 for svg in again)
    sizes = [float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)px", again[0])]
    assert min(sizes) * 4 / 3 >= 11  # an SVG's px are points of the drawing: 72 an inch, not 96
    assert plt.get_fignums() == []


def test_random_numbers_are_those_of_the_wide_drawing(tmp_path):
    code = "fig, ax = plt.subplots()\nax.set_title(f'{rng.random():.6f} {np.random.rand():.6f}')"
    rng = np.random.default_rng(1)
    expected = f"{np.random.default_rng(1).random():.6f}"
    np.random.seed(2)  # noqa: NPY002
    legacy = f"{np.random.RandomState(2).rand():.6f}"
    [svg] = drawn(tmp_path, code, rng=rng, np=np)
    assert f"{expected} {legacy}" in svg
    assert np.random.rand() == np.random.RandomState(2).rand(2)[1]  # noqa: NPY002


def test_panels_side_by_side_stand_below_each_other(tmp_path):
    code = "fig, (a, b) = plt.subplots(1, 2, figsize=(8, 3))\nshape = a.get_gridspec().nrows"
    code += "\na.set_title(f'{shape} rows')"
    [svg] = drawn(tmp_path, code, shape=0)
    assert "2 rows" in svg
    assert width(svg) <= 3.6


def test_long_titles_are_broken_into_lines(tmp_path):
    text = "a title of an axis that is far too long for the screen of a phone of any make"
    [svg] = drawn(tmp_path, f"plt.subplots()[1].set_xlabel({text!r})")
    assert text not in svg
    assert "a title of an axis" in svg


def test_show_ends_no_figure_before_it_is_kept(tmp_path):
    assert len(drawn(tmp_path, "plt.subplots()\nplt.show()")) == 1
