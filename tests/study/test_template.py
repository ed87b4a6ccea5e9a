"""A package of made-up values to begin with."""

import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.limits import study_limits
from dyadsync.study.load import check_study, load_study
from dyadsync.study.template import new_package
from dyadsync.study.writing import credits_of


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"signal": "cortisol", "unit": "nmol/L", "persons": ("mother", "child"), "n_sessions": 8},
        {"signal": "RSA", "unit": "", "cause": "stress", "better": "higher", "groups": "centre"},
    ],
)
def test_a_new_package_is_right_and_carries_the_whole_book(tmp_path, options):
    new_package(tmp_path / "p", **options)  # type: ignore[arg-type]
    assert check_study(tmp_path / "p") == []
    study = load_study(tmp_path / "p")
    assert study_limits(study) == []
    assert study.positive_signal is (options.get("unit") != "")
    assert not study.simulated
    assert {path.name for path in (tmp_path / "p").iterdir()} == {
        *("README.md", "datapackage.json", "parameters.yml"),
        *("samples.csv", "dyads.csv", "ratings.csv"),
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"signal": "mood", "outcome": "Mood"}, "names of their own"),
        ({"signal": "phase"}, "names of their own"),
        ({"persons": ("child", "child")}, "two names"),
    ],
)
def test_names_that_clash_are_refused(tmp_path, options, words):
    with pytest.raises(InputError, match=words):
        new_package(tmp_path / "p", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "p").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something already"):
        new_package(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_authors_are_people_with_or_without_an_orcid_or_groups():
    said = credits_of(["Carberry, Josiah, 0000-0002-1825-0097", "Lab 2019"])["contributors"]
    assert said == [  # the person whom ORCID's own documentation invented
        {
            "familyName": "Carberry",
            "givenName": "Josiah",
            "path": "https://orcid.org/0000-0002-1825-0097",
        },
        {"title": "Lab 2019"},
    ]


@pytest.mark.parametrize(
    "author",
    [
        "Carberry, Josiah <0000-0002-1825-0097>",
        "Carberry, 0000-0002-1825-0097",
        "Carberry, Josiah, 0000-0002-1825-0097, Brown",
        "Carberry,",
    ],
)
def test_what_is_no_name_is_not_published_as_one(author):
    with pytest.raises(InputError, match="of the form FAMILY, GIVEN or FAMILY, GIVEN, ORCID"):
        credits_of([author])


def test_a_licence_that_spdx_does_not_have_is_refused():
    with pytest.raises(InputError, match="'Licence foo' must have a name at SPDX"):
        credits_of(licence="Licence foo")
