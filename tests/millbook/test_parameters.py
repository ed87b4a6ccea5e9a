from pathlib import Path

import pytest

from millbook.errors import InputError
from millbook.notebook_file import read_notebook
from millbook.parameters import (
    notebook_parameters,
    read_parameters,
    resolve_parameters,
    select_parameters,
)

CHAPTERS = Path(__file__).parents[2] / "chapters"
FIXTURE = Path(__file__).parent / "fixture" / "chapters"


@pytest.fixture(scope="module")
def declared():
    return read_parameters(CHAPTERS / "parameters.yml")


def test_the_quick_profile_draws_less_than_the_paper_profile(declared):
    assert resolve_parameters(declared, "quick")["n_draws"] == 1_000
    assert resolve_parameters(declared, "paper")["n_draws"] == 10_000


def test_a_setting_beats_the_file_and_the_file_the_profile(declared, tmp_path):
    file = tmp_path / "mine.yml"
    file.write_text("n_draws: 500\nseed: 1\n")
    values = resolve_parameters(declared, "quick", file, ["seed=2"])
    assert (values["n_draws"], values["seed"]) == (500, 2)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("n_draws=1_000", 1000),
        ("confidence_level=0.9", 0.9),
        ("confidence_level=9e-1", 0.9),
        ("change=log_ratio", "log_ratio"),
    ],
)
def test_a_setting_is_read_by_the_declared_type(declared, setting, value):
    assert resolve_parameters(declared, settings=[setting])[setting.split("=")[0]] == value


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("n_draw=500", "Did you mean n_draws"),
        ("zzz=1", "The parameters are data, seed"),
        ("n_draws=many", "a whole number, at least 100 and at most 100,000"),
        ("n_draws=500.5", "a whole number"),
        ("n_draws=true", "a whole number"),
        ("n_draws=99", "at least 100"),
        ("n_draws=100001", "at most 100,000"),
        ("n_draws=[", "a whole number"),
        ("confidence_level=0.5", "above 0.5"),
        ("confidence_level=1", "below 1"),
        ("change=ratio", "one of difference, log_ratio"),
        ("data=elsewhere", "--data DIR"),
        ("n_draws", "NAME=VALUE"),
        ("=3", "NAME=VALUE"),
    ],
)
def test_a_setting_that_is_not_allowed_says_what_is(declared, setting, words):
    with pytest.raises(InputError, match=words.replace("[", r"\[")):
        resolve_parameters(declared, settings=[setting])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("n_drows: 3", "Did you mean n_draws"),
        ("n_draws: '500'", "a whole number"),
        ("- 3", "names and values"),
        ("a: [", "is no YAML"),
    ],
)
def test_a_parameter_file_is_checked_like_a_setting(declared, tmp_path, text, words):
    file = tmp_path / "mine.yml"
    file.write_text(text)
    with pytest.raises(InputError, match=words):
        resolve_parameters(declared, file=file)


@pytest.mark.parametrize("text", ["nan", "NaN", ".nan", "inf", "-.inf"])
def test_what_is_no_number_is_refused_for_every_number(declared, text):
    """Of NaN every comparison with a bound is false, so no bound refuses it."""
    numbers = [one for one in declared.values() if one.schema.get("type") == "number"]
    assert len(numbers) >= 3
    for parameter in numbers:
        with pytest.raises(InputError, match=f"{parameter.name} cannot be"):
            resolve_parameters(declared, settings=[f"{parameter.name}={text}"])


def test_a_missing_parameter_file_is_named(declared, tmp_path):
    with pytest.raises(InputError, match=r"no file .*mine\.yml"):
        resolve_parameters(declared, file=tmp_path / "mine.yml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x: 3", "a mapping with a default"),
        ("x: {default: 1, profiles: 3}", "profiles are one, too"),
        ("x: {type: integer}", "a mapping with a default"),
        ("x: {type: nonsense, default: 1}", "x"),
        ("x: {type: integer, default: text}", "cannot be 'text'"),
        ("x: {type: integer, maximum: 5, default: 1, profiles: {quick: 9}}", "cannot be 9"),
        ("x: {type: integer, default: 1, profiles: {fast: 1}}", "the profiles are quick, paper"),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path, text, words):
    file = tmp_path / "parameters.yml"
    file.write_text(text)
    with pytest.raises(InputError, match=words):
        read_parameters(file)


def test_a_cell_of_parameters_may_only_assign_literals():
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "n = len('x')"}
    with pytest.raises(InputError, match="n = len"):
        notebook_parameters({"cells": [cell]})


def test_an_undeclared_parameter_of_a_notebook_is_refused(declared):
    with pytest.raises(InputError, match="There is no parameter n_draw"):
        select_parameters(declared, resolve_parameters(declared), ["n_draw"])


@pytest.mark.parametrize("folder", [CHAPTERS, FIXTURE], ids=["book", "fixture"])
def test_the_notebooks_repeat_the_declared_defaults(folder):
    declared = read_parameters(folder / "parameters.yml")
    for path in sorted(folder.glob("*.ipynb")):
        for name, value in notebook_parameters(read_notebook(path)).items():
            assert name in declared, f"{path.name}: {name} is not declared"
            assert value == declared[name].default, f"{path.name}: {name}"


def test_every_declared_parameter_says_what_it_is(declared):
    assert all(parameter.schema.get("help") for parameter in declared.values())


def test_the_choices_are_those_that_the_science_has(declared):
    from dyadsync.study.outcome import SYMPTOM_METHODS
    from dyadsync.synchrony.changes import BELOW_LOQ_RULES, CHANGES
    from dyadsync.synchrony.measures import MEASURES

    choices = {
        "change": CHANGES,
        "below_loq": BELOW_LOQ_RULES,
        "measure": MEASURES,
        "symptom_method": SYMPTOM_METHODS,
    }
    for name, known in choices.items():
        assert declared[name].schema["enum"] == list(known), name
