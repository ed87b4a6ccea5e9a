"""Chapters told in the words of other data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dyadsync.study.words import Words
from millbook.conditions import holds
from millbook.pages.retell import _retell_source, retell, retell_notebook
from tests.told import NOT_OF_A_SESSION, OF_PHASES

WORDS = Words(
    signal="cortisol",
    signal_title="cortisol in hair",
    first="mother",
    second="child",
    cause="warmth",
    reduction="gain in wellbeing",
    outcome="wellbeing",
    fall="rise",
    therapist="centre",
)

TOLD = {
    "Oxytocin of patients.": "{word}`Signal` of {word}`firsts`.",
    "social impairment and impairment": "{word}`burden` and {word}`burden`",
    "how much symptoms fell": "how much {word}`it_fell`",
    "less relief from depression": "{word}`less_reduction`",
    "poorer social functioning": "{word}`worse_cause`",
    '<details class="patient"><summary>Whole therapists.</summary>': (
        '<details class="patient"><summary>Whole centres.</summary>'
    ),
    "The paper's method": "{word}`The_followed` method",
    "a [patient](data.ipynb#patient)": "a [{word}`first`](data.ipynb#patient)",
    "{term}`Social impairment` at 0": "{word}`Burden` at 0",
    "{term}`path a <path a>` of oxytocin": "{term}`path a <path a>` of {word}`signal`",
    "{ref}`Oxytocin in saliva <data-oxytocin>`": "{ref}`Cortisol in hair <data-oxytocin>`",
}
KEPT = [
    "`oxytocin` and ``patient``",
    "{eval}`oxytocin:.2f`",
    "```{only} not therapists\nNobody.\n```",
    "{footcite:p}`oxytocin2021`",
    "(data-oxytocin)=",
    "```python\noxytocin = 1\n```",
    "$oxytocin$",
    '<details class="patient">',
    "```{followed}\nOxytocin of 37 patients.\n```",
    "````{followed}\nPatients.\n```{note}\nTherapists.\n```\n````",
    "psychotherapist's",
]


@pytest.mark.parametrize("text", TOLD)
def test_a_text_is_told_in_the_words_of_the_data(text: str) -> None:
    assert retell(text, WORDS) == TOLD[text]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_prose_or_is_about_the_followed_study_stays(text: str) -> None:
    assert retell(text, WORDS) == text


def test_text_in_a_directive_is_told_and_its_name_is_not() -> None:
    told = retell("```{note} Patients\n:class: patient\nTherapists.\n```", WORDS)
    assert told == "```{note} {word}`Firsts`\n:class: patient\n{word}`Therapists`.\n```"


@pytest.mark.parametrize("hostile", ["<script>", "`x`", "{eval}`1/0`", "](javascript:x)"])
def test_a_word_from_the_data_is_never_markup(hostile: str) -> None:
    words = Words(signal=hostile, signal_title=hostile)
    assert retell("oxytocin", words) == "{word}`signal`"
    told = retell("{ref}`Oxytocin in saliva <data-oxytocin>`", words)
    inside = told.removeprefix("{ref}`").removesuffix(" <data-oxytocin>`")
    assert not set("`<>{}[]") & set(inside)


def cell(**more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": "oxytocin = 1", "outputs": []} | more


def test_what_a_command_said_stays_as_it_was() -> None:
    output = {"text": "dyad_id,week,symptoms"}
    retell_notebook({"cells": [cell(metadata={"tags": ["as-typed"]}, outputs=[output])]}, WORDS)
    assert output == {"text": "dyad_id,week,symptoms"}


def test_a_therapist_beside_a_patient_is_the_second_person() -> None:
    shown = {"image": {"alt": "Patients above, therapists below."}}
    table = "<th>patient</th><th>therapist</th><td>missing of therapists</td>"
    one_of_them = "<td>patients of one therapist</td>"
    code = cell(
        metadata={"mystnb": shown},
        outputs=[{"data": {"text/html": [table]}}, {"data": {"text/html": [one_of_them]}}],
    )
    retell_notebook({"cells": [code]}, WORDS)
    assert shown["image"]["alt"] == "Mothers above, children below."
    first, second = (output["data"]["text/html"] for output in code["outputs"])
    assert first == "<th>mother</th><th>child</th><td>missing of children</td>"
    assert second == "<td>mothers of one centre</td>"


def test_outputs_values_and_figures_of_a_notebook_are_told() -> None:
    value = {"status": "ok", "data": {"text/plain": "'6 therapists'"}}
    shown = {"figure": {"caption": "Patients"}, "image": {"alt": "Patients"}}
    text = cell(cell_type="markdown", source=["Patients"], metadata={"user_expressions": []})
    text["metadata"]["user_expressions"] = [{"expression": "x", "result": value}]
    code = cell(
        metadata={"mystnb": shown},
        outputs=[
            {"data": {"text/plain": ["therapists"], "text/html": ["<td>therapists</td>"]}},
            {"text": "one patient"},
        ],
    )
    retell_notebook({"cells": [text, code]}, Words(first="a<b", therapist="centre"))
    assert text["source"] == "{word}`Firsts`"
    assert value["data"]["text/plain"] == "'6 centres'"
    assert shown == {"figure": {"caption": "{word}`Firsts`"}, "image": {"alt": "A<bs"}}
    assert code["source"] == "oxytocin = 1"
    assert code["outputs"][0]["data"] == {"text/plain": "centres", "text/html": "<td>centres</td>"}
    assert code["outputs"][1]["text"] == "one a<b"


LEVELS = Words(
    *("affect", "affect", "", "sister", "brother", "before", "after", "envy", "envy"),
    outcome="quarrels",
    reduction="reduction in quarrels",
    therapist="family",
    change="level",
    positive=False,
)


def _prose(kind: list[str]) -> Iterator[tuple[str, str]]:
    """Give what a book of data of a kind says, place by place, without what is of other data."""
    chapters = Path(__file__).parents[2] / "chapters"
    for page in sorted(chapters.glob("*.md")):
        yield page.stem, page.read_text(encoding="utf-8")
    for page in sorted(chapters.glob("*.ipynb")):
        notebook = json.loads(page.read_text(encoding="utf-8"))
        if not holds(notebook["metadata"].get("dyadsync", {}).get("only"), kind):
            continue
        for cell in notebook["cells"]:
            if holds(cell["metadata"].get("dyadsync", {}).get("only"), kind):
                shown = cell["metadata"].get("mystnb", {})
                yield page.stem, shown.get("figure", {}).get("caption", "")
                yield page.stem, shown.get("image", {}).get("alt", "")
                if cell["cell_type"] == "markdown":
                    yield page.stem, "".join(cell["source"])


def test_a_book_of_levels_speaks_of_no_changes() -> None:
    kind = ["outcome"]
    only = re.compile(r"^```\{only\} ([\w ]+)\n(.*?)^```$", re.M | re.S)
    other = re.compile(r"^(`{3,}|:{3,})\{followed\}.*?^\1$", re.M | re.S)
    said = LEVELS.as_dict()
    found = []
    for page, text in _prose(kind):
        text = only.sub(lambda block: block[2] if holds(block[1], kind) else "", text)
        told = retell(other.sub("", text), LEVELS)
        told = re.sub(r"\{word\}`(\w+)`", lambda word: said[word[1]], told)
        if page not in NOT_OF_A_SESSION:
            found += [
                (page, told[max(0, m.start() - 40) : m.end() + 40])
                for m in OF_PHASES.finditer(told)
            ]
    assert found == []


def test_words_of_a_session_are_of_two_samples_of_a_person_or_of_one() -> None:
    text = "Over each session the patient's change; one of the four samples is missing."
    of_one = "In each session the sister's level; one of the two samples is missing."
    assert LEVELS.tell(text) == of_one
    assert WORDS.tell(text) == text.replace("patient", "mother")
    turned = Words(change="level", first="therapist", second="patient")
    columns = "Four columns for each session: patient before and after, therapist before and after"
    assert turned.tell(columns) == "Two columns for each session: therapist and patient"


@pytest.mark.parametrize("tags", [["phases"], []])
def test_the_glossary_explains_a_session_s_change_where_there_is_one(tags: list[str]) -> None:
    words = replace(WORDS, change="change" if tags else "level").as_dict()
    app: Any = SimpleNamespace(
        config=SimpleNamespace(millbook_build={"tags": tags, "words": words}),
        env=SimpleNamespace(doc2path=lambda page: f"{page}.md"),
        tags=tags,
    )
    glossary = Path(__file__).parents[2] / "chapters" / "glossary.md"
    source = [glossary.read_text(encoding="utf-8")]
    _retell_source(app, "chapters/glossary", source)
    assert ("after a session compared with before it" in source[0]) is bool(tags)
    assert "\nsynchrony\n" in source[0]
