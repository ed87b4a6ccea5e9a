"""The index of the search: sections with their text, without code."""

from docutils import nodes
from docutils.utils import new_document

from millbook.pages.search import sections


def test_a_section_has_its_own_text_and_no_code():
    page = new_document("page")
    first = nodes.section(
        "", nodes.title("", "Rain"), nodes.paragraph("", "It rains."), ids=["rain"]
    )
    second = nodes.section("", nodes.title("", "Days"), ids=["days"])
    second += nodes.literal_block("", "import rain")
    second += nodes.paragraph("", "", nodes.Text("In "), nodes.emphasis("", "May"))
    first += second
    page += first
    assert list(sections(page)) == [("", "Rain", "It rains."), ("days", "Days", "In May")]
