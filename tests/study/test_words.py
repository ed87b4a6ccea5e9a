"""What a study calls everything."""

from dyadsync import load_study
from dyadsync.study.words import Words
from tests.data_packages import described


def test_names_are_titles_labels_and_units_as_the_lab_writes_them(tmp_path):
    assert load_study(described(tmp_path)).words == Words(
        signal="Cortisol",
        unit="nmol/L",
        first="Mother",
        second="Child",
        before="Before play",
        after="After play",
        cause="Warmth",
        cause_unit="points",
        outcome="Wellbeing (WHO-5)",
        outcome_unit="points",
        group="Centre",
        arm="arm",
        time="months",
    )


def test_the_shipped_study_has_names_without_roles(study):
    assert (study.words.signal, study.words.unit) == ("Oxytocin in saliva", "pg/mL")
    assert (study.words.first, study.words.group) == ("The patient", "Therapist")
