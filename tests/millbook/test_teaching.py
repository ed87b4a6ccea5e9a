"""Slides and the list of exercises, made of executed chapters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from millbook.pages.teaching import exercise_list, slides

SVG = '<svg width="10pt">one\ntwo</svg>'


def cell(kind: str, text: str, name: str = "one", **metadata: Any) -> dict[str, Any]:
    return {"cell_type": kind, "id": name, "source": text, "metadata": metadata, "outputs": []}


def number(expression: str, text: str) -> dict[str, Any]:
    return {
        "expression": expression,
        "result": {"status": "ok", "data": {"text/plain": repr(text)}},
    }


SLIDE, FRAGMENT = ({"slide_type": kind} for kind in ("slide", "fragment"))
PICTURE = cell("code", "draw()", slideshow=FRAGMENT) | {
    "outputs": [{"data": {"image/svg+xml": SVG}}],
}
PICTURE["metadata"]["mystnb"] = {
    "figure": {"caption": "A line.", "name": "fig-line"},
    "image": {"alt": 'It "rises".'},
}
CHAPTER = {
    "cells": [
        cell("markdown", "# Synchrony\n\nIs there any {footcite:p}`one2021`?", slideshow=SLIDE),
        PICTURE,
        cell("markdown", "Not on a slide."),
        cell("markdown", "(a-label)=\n## A section"),
        cell(
            "markdown",
            "It is {eval}`mean:.2f`.",
            slideshow=SLIDE,
            user_expressions=[number("mean:.2f", "−0.25")],
        ),
        cell("markdown", "### A stricter rule\n\nAsk.", "exercise-stricter", tags=["exercise"]),
    ]
}


def test_slides_are_what_the_cells_show_below_their_heading(tmp_path: Path) -> None:
    text = slides(CHAPTER, tmp_path / "figures")
    [figure] = (tmp_path / "figures").iterdir()
    assert figure.read_text(encoding="utf-8") == SVG
    assert text == (
        "## Synchrony\n\nIs there any?\n\n"
        f':::{{figure}} /figures/{figure.name}\n:alt: "It \\"rises\\"."\n\nA line.\n:::\n\n'
        "## A section\n\nIt is −0.25.\n"
    )


def test_the_list_of_exercises_links_to_each_below_its_chapter() -> None:
    assert exercise_list(CHAPTER, "synchrony") == (
        "**[Synchrony](synchrony.ipynb)**\n\n"
        "- {numref}`synchrony-exercise-stricter`: A stricter rule\n"
    )
    assert exercise_list({"cells": [cell("markdown", "# Nothing")]}, "none") == ""
