"""What a study calls everything."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dyadsync import load_study
from dyadsync.study.load import Study
from dyadsync.study.words import SHIPPED, Words
from tests.data_packages import described, lab


def test_a_package_without_roles_has_the_words_of_the_study_that_the_book_follows(
    study: Study, tmp_path: Path
) -> None:
    assert study.words == SHIPPED
    assert load_study(lab(tmp_path / "lab")).words == SHIPPED


def test_a_package_with_roles_is_told_in_its_own_words(tmp_path: Path) -> None:
    words = load_study(described(tmp_path)).words
    assert words == Words(
        signal="cortisol",
        signal_title="cortisol",
        unit="nmol/L",
        first="mother",
        second="child",
        before="before play",
        after="after play",
        cause="warmth",
        cause_title="warmth",
        cause_unit="points",
        cause_reversed=True,
        outcome="wellbeing",
        scale="WHO-5",
        outcome_unit="points",
        reduction="gain in wellbeing",
        fall="rise",
        therapist="centre",
        time="month",
        time_title="month of the study",
        times="months",
        ratings="ratings of wellbeing",
    )
    assert (words.firsts, words.seconds, words.therapists) == ("mothers", "children", "centres")
    assert words.claims() == {
        "a": "Lower warmth goes with lower synchrony",
        "b": "Lower synchrony goes with less gain in wellbeing",
        "c": "Synchrony mediates between warmth and gain in wellbeing",
    }


def test_no_word_is_left_of_the_study_that_the_book_follows(tmp_path: Path) -> None:
    own = vars(load_study(described(tmp_path)).words)
    same = {name for name, word in vars(SHIPPED).items() if own[name] == word}
    assert same == {"outcome_unit", "change", "positive"}


def test_texts_that_the_package_made_are_told_anew(tmp_path: Path) -> None:
    words = load_study(described(tmp_path)).words
    assert words.tell("Patients of one therapist differ in social impairment.") == (
        "Mothers of one centre differ in lack of warmth."
    )
    assert words.tell("the therapist's changes do not vary") == "the child's changes do not vary"
    table = pd.DataFrame({"symptom_reduction": ["all therapists"]}, index=["oxytocin"])
    told = words.tell(table)
    assert (told.index[0], told.columns[0], told.iloc[0, 0]) == (
        "cortisol",
        "gain in wellbeing",
        "all centres",
    )
    assert words.tell("psychotherapist's") == "psychotherapist's"
    assert SHIPPED.tell(table) is table
