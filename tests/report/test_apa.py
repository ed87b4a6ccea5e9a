"""Numbers and names as the report writes them."""

import re
from html import unescape

import apa
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt


def test_numbers_are_written_as_the_apa_asks():
    assert apa.share(-0.3) == "−.30"
    assert apa.p_value(0.00004) == "p < .001"
    assert apa.interval(-0.3, 0.04, 0.95, apa.share) == "95 % CI [−.30, .04]"
    assert apa.number(-0.001, 2) == "0.00"


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60))
@example("[A](javascript:alert(1))")
@example("<b>*x*</b> & `{eval}`")
@example("# 1. $x$ | y")
def test_a_name_is_shown_as_it_is_written(name):
    page = MarkdownIt("commonmark").render(apa.as_markdown(f"of {name}"))
    shown = unescape(re.sub(r"</?(?:p|em)>", "", page)).strip()
    assert shown.replace("\u00a0", " ") == f"of {name}".replace("\u00a0", " ")
    assert "<a " not in page
    assert "<code" not in page


def test_letters_of_statistics_are_in_italics():
    assert apa.as_markdown("(r = .3, n = 3)") == r"\(*r*~\=~\.3\, *n*~\=~3\)".replace("~", "\u00a0")
    assert apa.as_markdown("[−1.2, .3]") == r"\[−1\.2\,~\.3\]".replace("~", "\u00a0")
    assert apa.as_markdown("by Pearson's r") == r"by Pearson\'s~*r*".replace("~", "\u00a0")
