"""What a project tells the engine of itself, and what is said where it cannot."""

import sys
import types
from pathlib import Path

import pytest

from millbook.adapter import ask
from millbook.errors import AdapterError, InputError
from millbook.project import read_settings


@pytest.fixture
def adapter(monkeypatch):
    module = types.ModuleType("penguin_adapter")
    module.__file__ = "penguin_adapter.py"
    module.facts = lambda data: {"title": data.name}  # type: ignore[attr-defined]

    def check(data, values):
        if not values:
            raise InputError("There are no penguins.")
        return [f"{1 / values['n']:.1f} of a penguin"]  # type: ignore[operator]

    module.check = check  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "penguin_adapter", module)
    return "penguin_adapter"


def test_functions_that_a_project_lacks_have_a_neutral_answer(adapter):
    assert ask(adapter, "facts", {}, Path("ice")) == {"title": "ice"}
    assert ask(adapter, "last_words", "", Path("ice")) == ""
    assert ask(None, "check", [], Path("ice"), {}) == []


def test_what_the_user_can_mend_passes_and_a_mistake_names_function_and_file(adapter):
    assert ask(adapter, "check", [], Path("ice"), {"n": 2}) == ["0.5 of a penguin"]
    with pytest.raises(InputError, match="no penguins"):
        ask(adapter, "check", [], Path("ice"), {})
    with pytest.raises(AdapterError, match=r"check of penguin_adapter\.py raised ZeroDivision"):
        ask(adapter, "check", [], Path("ice"), {"n": 0})


def test_an_adapter_that_is_not_there_and_a_setting_that_is_none_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"names the adapter no\.such, which cannot be imported"):
        ask("no.such", "facts", {}, tmp_path)
    (tmp_path / "_config.yml").write_text("millbook: {adaptor: x}\n")
    with pytest.raises(InputError, match="has no setting adaptor; it has adapter"):
        read_settings(tmp_path)
