"""What pages show of all chapters: their list, exercises, single figures."""

import json

import pytest

from millbook.errors import InputError
from millbook.pages.of_chapters import chapter_list, exercise_list, figure_of

SVG = '<svg width="10pt">one\ntwo</svg>'


def cell(kind, text, name="one", **metadata):
    return {"cell_type": kind, "id": name, "source": text, "metadata": metadata, "outputs": []}


PICTURE = cell("code", "draw()") | {"outputs": [{"data": {"image/svg+xml": SVG}}]}
PICTURE["metadata"]["mystnb"] = {
    "figure": {"caption": "A line, as [before](#lines).", "name": "fig-line"},
    "image": {"alt": 'It "rises".'},
}
CHAPTER = {
    "cells": [
        cell("markdown", "# Rain\n\nIt rains. Does it rain more?\n\n## Days"),
        PICTURE,
        cell("markdown", "### A wetter rule\n\nAsk.", "exercise-wetter", tags=["exercise"]),
    ]
}


def test_a_figure_is_shown_elsewhere_with_its_caption_and_alternative_text(tmp_path):
    text = figure_of(CHAPTER, "fig-line", tmp_path / "figures")
    [figure] = (tmp_path / "figures").iterdir()
    assert figure.read_text(encoding="utf-8") == SVG
    assert text == (
        f':::{{figure}} /figures/{figure.name}\n:alt: "It \\"rises\\"."\n\nA line, as before.\n:::'
    )
    with pytest.raises(InputError, match="fig-lines"):
        figure_of(CHAPTER, "fig-lines", tmp_path)


def test_chapters_are_listed_by_parts_with_their_questions(tmp_path):
    (tmp_path / "rain.ipynb").write_text(json.dumps(CHAPTER), encoding="utf-8")
    (tmp_path / "words.md").write_text("# Words\n\nAs here.\n", encoding="utf-8")
    toc = {"parts": [{"caption": "Weather", "chapters": [{"file": "rain"}, {"file": "words"}]}]}
    assert chapter_list(tmp_path, toc) == (
        "**Weather**\n\n- [Rain](rain.ipynb): Does it rain more?\n- [Words](words.md): As here.\n"
    )


def test_the_list_of_exercises_links_to_each_below_its_chapter():
    assert exercise_list(CHAPTER, "rain") == (
        "**[Rain](rain.ipynb)**\n\n- {numref}`rain-exercise-wetter`: A wetter rule\n"
    )
    assert exercise_list({"cells": [cell("markdown", "# Nothing")]}, "none") == ""
