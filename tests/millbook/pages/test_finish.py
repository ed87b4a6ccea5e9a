"""What is done to a page's HTML at the end, each on the smallest page that shows it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from millbook.pages.finish import finish
from millbook.pages.formulas import mathml

NO_TERMS = SimpleNamespace()
FIGURE_SPACE, POINT_SPACE = "\u2007", "\u2008"


def finished(body, images=None):
    return BeautifulSoup(finish(body, images or {}, NO_TERMS), "html.parser")  # type: ignore[arg-type]


def column(page, place):
    return [row.find_all(["th", "td"])[place].get_text() for row in page.select("tbody tr")]


def test_decimal_points_stand_under_each_other_and_what_is_missing_is_a_dash():
    table = pd.DataFrame({"r": ["0.5", "-0.25", "NaN", "1"]}, index=[*"abcd"]).to_html()
    page = finished(table)
    assert column(page, 1) == [
        f"0.5{FIGURE_SPACE}",
        "−0.25",
        "–",
        f"1{POINT_SPACE}{FIGURE_SPACE * 2}",
    ]
    assert all("number" in cell["class"] for cell in page.select("tbody td"))
    assert "number" in page.select_one("thead th")["class"]


def test_words_stay_left_under_a_header_on_the_left():
    page = finished(pd.DataFrame({"who": ["D01", "2 of 3"], "when": ["4 to 5", "1"]}).to_html())
    assert [cell.get("class") for cell in page.select("tbody tr:first-child td")] == [
        None,
        ["number"],
    ]
    assert not page.find_all(style=True)


def test_an_estimate_with_its_interval_is_a_number_with_a_real_minus():
    table = pd.DataFrame({"a": ["-0.29 [-0.47, -0.12]"], "b": ["44.9 (1.6)"], "c": ["6 % ± 1"]})
    page = finished(table.to_html(index=False))
    assert column(page, 0) == ["−0.29 [−0.47, −0.12]"]
    assert [cell.get("class") for cell in page.select("td")] == [["number"]] * 3


def test_a_bound_and_a_multiple_stand_below_numbers():
    table = pd.DataFrame({"p": ["< .001", ".031"], "power": ["under 2 %", "8 %"]})
    table = table.assign(times=["2.6 ×", "–"], word=["under way", "2"])
    found = [cell.get("class") for cell in finished(table.to_html(index=False)).select("th")]
    assert found == [["number"]] * 3 + [None]


def test_no_p_value_is_0_and_a_slope_may_be():
    table = pd.DataFrame({"slope": ["0.000", "1.200"], "p": ["0.000", "0.031"]})
    page = finished(table.to_html(index=False))
    assert column(page, 0) == ["0.000", "1.200"]
    assert column(page, 1) == ["< 0.001", "0.031"]
    assert page.select("tbody td.number")[1].get_text() == "< 0.001"


def test_a_bound_among_numbers_leaves_their_exponents_a_real_minus():
    table = pd.DataFrame({"difference": ["2.3e-11", "< 5e-09"]})
    assert column(finished(table.to_html(index=False)), 0) == ["2.3e−11", "< 5e−09"]


def test_a_number_among_words_has_a_real_minus_and_stays_with_its_per_cent():
    page = finished("<p>-0.5 of HRSD-17, 95 % or <a>9</a> % <code>--x=-1 5 %</code></p>")
    assert page.p.get_text() == "−0.5 of HRSD-17, 95\u00a0% or 9\u00a0% --x=-1 5 %"


def test_numbers_that_only_count_rows_go_and_names_of_rows_stay():
    inner = pd.DataFrame({"r": [0.5, 0.6]})
    page = finished(pd.concat({"x": inner, "y": inner}).to_html())
    assert [cell.get_text() for cell in page.select("tbody th")] == ["x", "y"]
    assert len(page.select("thead :is(th, td)")) == 2
    page = finished(pd.DataFrame({"r": [0.5]}, index=pd.Index([4], name="pairs")).to_html())
    assert page.select_one("tbody th").get_text() == "4"


def test_text_in_columns_keeps_its_lines_and_scrolls_by_keys():
    rows = "claim  estimate\n(a)      -0.29\n(b)       4.13\n"
    page = finished(f'<div class="output"><pre>{rows}</pre><pre>A sentence.  Another.</pre></div>')
    table, words = page.find_all("pre")
    assert (table["class"], table["tabindex"]) == (["columns"], "0")
    assert not words.get("class")


def test_a_long_line_among_columns_breaks_and_the_rows_do_not():
    command = "$ dyadsync import table.csv " + "--map signal=oxytocin " * 4
    rows = "claim  estimate\n(a)      -0.29\n" + "(b)" + " " * 60 + "4.13\n"
    table = finished(f'<div class="output"><pre>{command}\n{rows}</pre></div>').pre
    assert [line.get_text() for line in table.select("span.broken")] == [command]
    assert table.get_text() == f"{command}\n{rows}"


def test_pandas_own_look_goes():
    page = finished(pd.DataFrame({"r": [0.5]})._repr_html_())
    assert not page.find_all("style")


def test_the_line_that_names_the_index_joins_the_header():
    table = pd.DataFrame({"r": [0.5, np.nan]}, index=pd.Index(["a", "b"], name="dyad"))
    page = finished(table.to_html())
    assert [cell.get_text() for cell in page.select("thead th")] == ["dyad", "r"]
    assert len(page.select("thead tr")) == 1


def test_a_row_header_over_several_rows_moves_no_column():
    index = pd.MultiIndex.from_product([["x", "y"], ["p", "q"]])
    page = finished(pd.DataFrame({"n": [1, 2, 3, 4]}, index=index).to_html())
    assert [cell.get_text() for cell in page.select("td.number")] == ["1", "2", "3", "4"]
    assert not page.select("tbody th.number")


def test_a_table_that_a_phone_has_no_room_for_names_each_cell():
    """46 letters fit: two short columns stand, five columns of words or long numbers do not."""
    short = pd.DataFrame({"method": ["HC3"], "verdict": ["supported"]})
    assert finished(short.to_html(index=False)).table["class"] == ["dataframe"]
    table = short.assign(interval="−0.46 to −0.12", why="words that go on", reading="no sign")
    page = finished(table[["method", "verdict", "interval", "why", "reading"]].to_html(index=False))
    assert page.table["class"] == ["dataframe", "stacked"]
    assert [cell["data-label"] for cell in page.select("td")][:2] == ["", "verdict"]
    assert {row["role"] for row in page.find_all("tr")} == {"row"}
    long = pd.concat([table] * 101)
    assert finished(long.to_html(index=False)).table["class"] == ["dataframe"]


def test_a_table_in_a_box_has_less_room():
    """39 letters: they fit on a phone's page, not into the box of a solution."""
    table = pd.DataFrame({f"words{k}": [1] for k in range(5)}).to_html(index=False)
    assert finished(table).table["class"] == ["dataframe"]
    box = finished(f'<details class="solution">{table}</details>')
    assert box.table["class"] == ["dataframe", "stacked"]


def test_a_number_above_a_column_is_named_where_the_table_is_a_list():
    levels = pd.MultiIndex.from_product([[0.5, 1.0], ["naive", "latent"]], names=["SD", "method"])
    table = pd.DataFrame([[123456.5] * 4] * 2, index=["a", "b"], columns=levels)
    page = finished(table.to_html())
    labels = [cell["data-label"] for cell in page.select("td[data-label]")][:2]
    assert labels == ["SD 0.5, naive", "SD 0.5, latent"]


def test_a_row_of_a_few_letters_stays_on_one_line():
    page = finished(pd.DataFrame({"a": [1, 2]}, index=["3 pairs", "all of the pairs"]).to_html())
    assert [row.get_text() for row in page.select("tbody th")] == [
        "3\u00a0pairs",
        "all of the pairs",
    ]


def test_a_first_row_of_headers_is_the_head():
    rows = "<tr><td></td><th>coef</th></tr><tr><th>x</th><td>1.0</td></tr>"
    page = finished(f"<table>{rows}</table>")
    assert page.select_one("thead").get_text() == "coef"
    assert page.select_one("tbody").get_text() == "x1.0"


def test_only_words_of_code_that_have_a_colour_are_elements():
    code = highlight("total = sum([1, 2])  # three", PythonLexer(), HtmlFormatter())
    page = finished(code)
    assert page.get_text() == BeautifulSoup(code, "html.parser").get_text()
    assert {word["class"][0] for word in page.select("span")} == {"nb", "mi", "c1"}


def test_options_of_a_command_stay_whole():
    words = "dyadsync build --set change=log_ratio --output changed--twice"
    for page in (
        f"<p><code>{words}</code></p>",
        f'<div class="highlight"><pre>{words}</pre></div>',
    ):
        done = finished(page)
        assert done.get_text() == words
        assert [word.get_text() for word in done.select(".option")] == ["--set", "--output"]


def test_cells_that_show_nothing_share_one_box_and_keep_their_anchors():
    cell = '<div class="cell" id="code-cell-{0}"><div class="cell_input"><pre>{0}</pre></div></div>'
    page = finished("".join(map(cell.format, "123")))
    [box] = page.select("details.code")
    assert [pre.get_text() for pre in box.select("pre")] == ["1", "2", "3"]
    assert [one["id"] for one in page.select("[id]")] == [
        "code-cell-1",
        "code-cell-2",
        "code-cell-3",
    ]


def test_code_is_folded_and_its_output_is_not():
    cell = (
        '<div class="cell"><details class="hide above-input">'
        "<summary>Show code cell source</summary>"
        '<div class="cell_input"><pre>1 + 1</pre></div></details>'
        '<div class="cell_output"><p>2</p></div></div>'
    )
    page = finished(cell)
    assert page.select_one("details.code > summary").get_text() == "Code"
    assert page.select_one("details.code .cell_input pre")
    assert not page.select("details .cell_output")
    assert len(page.select("details")) == 1


def test_a_dropdown_opens_without_a_script():
    box = '<div class="admonition dropdown"><p class="admonition-title">More</p><p>It.</p></div>'
    page = finished(box)
    assert page.details.summary.get_text() == "More"
    assert page.details.p.get_text() == "It."


def test_images_know_their_size_and_wait_until_they_are_near(tmp_path):
    drawn = tmp_path / "a.svg"
    drawn.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"/>')
    body = '<img alt="one" src="../_images/a.svg"/><img alt="two" src="../_images/a.svg"/>'
    first, second = finished(body, {"a.svg": drawn}).find_all("img")
    assert (first["width"], first["height"]) == ("96", "48")
    assert first.get("loading") is None
    assert second["loading"] == "lazy"


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("c'", '<mrow><mi>c</mi><mo lspace="0" rspace="0">&#x02032;</mo></mrow>'),
        (r"\tanh z", "<mrow><mi>tanh</mi>"),
        (r"\operatorname{atanh}\rho", "<mrow><mi>atanh</mi>"),
    ],
)
def test_formulas_are_set_as_books_set_them(latex, expected):
    assert expected in mathml(latex)
