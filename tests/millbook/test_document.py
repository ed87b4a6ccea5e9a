"""A book as PDF and Word: what keeps together, and letters that no font has."""

import sys
from html import unescape
from zipfile import ZipFile

import nbformat
import pytest
from pypdf import PdfReader

from millbook.document import missing_letters, write_documents
from tests.programs import ended


@pytest.fixture(autouse=True)
def _no_fonts_of_the_machine(monkeypatch):
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", list)


def notebook(folder, *outputs):
    shown = [nbformat.v4.new_output("display_data", data=data) for data in outputs]
    cell = nbformat.v4.new_code_cell("show()", outputs=shown)
    path = folder / "page.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def test_letters_that_no_font_has_are_found_in_order(tmp_path):
    # The folder has no fonts, so every letter beyond Latin is missing.
    assert missing_letters("é — 심박 ⁨a⁩ α", [tmp_path]) == "α—박심"


READ = """
import sys
from pathlib import Path
from millbook.document import write_documents

write_documents([Path("page.ipynb")], "A title", Path())
print("matplotlib" in sys.modules)
"""


def test_documents_need_no_settings_of_matplotlib(tmp_path):
    """Else a home that cannot be written would be complained of, and a user's own file read."""
    notebook(tmp_path, {"text/markdown": "Greek α and Japanese 日本."})
    done = ended([sys.executable, "-c", READ], cwd=tmp_path)
    assert done.stdout.strip() == "False"


def test_the_pdf_says_which_letters_are_boxes(tmp_path):
    page = notebook(tmp_path, {"text/markdown": "심 was measured."})
    pdf, _ = write_documents([page], "Pulse {boxes}", tmp_path)
    text = " ".join(PdfReader(pdf).pages[0].extract_text().split())
    assert "has the letters U+C2EC, which are boxes here" in text
    assert "Pulse {boxes}" in text


def test_both_documents_name_title_and_authors_as_text(tmp_path):
    title, authors = 'A "quoted" \\ #emph[title]', ["Student <b>", "W. S. Gosset"]
    pdf, docx = write_documents(
        [notebook(tmp_path, {"text/markdown": "x"})], title, tmp_path, authors
    )
    told = PdfReader(pdf)
    assert (told.metadata.title, told.metadata.author) == (title, ", ".join(authors))
    assert "Student <b>, W. S. Gosset" in told.pages[0].extract_text()
    with ZipFile(docx) as parts:
        core = unescape(parts.read("docProps/core.xml").decode())
    assert f"<dc:title>{title}</dc:title><dc:creator>{'; '.join(authors)}</dc:creator>" in core


def test_text_fills_the_page_that_a_figure_does_not_fit_on(tmp_path):
    filling = [{"text/markdown": "\n\n".join(["Some text."] * 30)}, {"text/markdown": "Behind it."}]
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="300pt"/>'
    figure = {"image/svg+xml": drawing}
    page = notebook(tmp_path, filling[0], figure, filling[1])
    pdf, _ = write_documents([page], "Pulse", tmp_path)
    first, second = (one.extract_text() for one in PdfReader(pdf).pages)
    assert "Behind it." in first
    assert "Figure 1." in second


def test_a_word_of_many_letters_stays_within_the_page(tmp_path):
    cells = "".join(f"<td>{letter * 200}</td>" for letter in "OQ")
    table = {"text/html": f"<table><tbody><tr>{cells}</tr></tbody></table>"}
    pdf, _ = write_documents([notebook(tmp_path, table)], "Pulse", tmp_path)
    shown = PdfReader(pdf).pages[0].extract_text()
    assert (shown.count("O"), shown.count("Q")) == (200, 200)
    assert all(line.count("O") + line.count("Q") < 50 for line in shown.splitlines())


def test_a_table_stays_with_what_introduces_it(tmp_path):
    filling = {"text/markdown": "\n\n".join(["Some text."] * 30)}
    rows = "".join(f"<tr><td>{row}</td></tr>" for row in range(15))
    table = {"text/html": f"<table><tbody>{rows}</tbody></table>"}
    page = notebook(tmp_path, filling, {"text/markdown": "This introduces it."}, table)
    pdf, _ = write_documents([page], "Pulse", tmp_path)
    [on] = [
        one.extract_text() for one in PdfReader(pdf).pages if "introduces" in one.extract_text()
    ]
    assert "14" in on.split("introduces it.")[1]
