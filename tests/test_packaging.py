"""What a fresh clone relies on: pins, licences, versions in step, cheap imports."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import dyadsync

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", LOCK, flags=re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_pin_has_hashes_and_no_address_stands_in_the_lock():
    assert LOCK.count("--hash=sha256:") >= len(PINS) > 100
    assert "://" not in LOCK
    assert "--index-url" not in LOCK


@pytest.mark.parametrize("line", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
def test_lock_satisfies_what_the_package_asks_for(line):
    wanted = Requirement(line)
    assert wanted.specifier.contains(PINS[wanted.name.lower().replace("_", "-")])


def test_this_environment_is_the_locked_one():
    for name in ("numpy", "pandas", "statsmodels", "pingouin", "jupyter-book", "papermill"):
        assert version(name) == PINS[name]


def test_conda_users_get_the_same_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, packages = environment["dependencies"]
    assert pip == "pip"
    assert packages == {"pip": ["--requirement requirements.lock"]}
    assert Requirement("python" + PROJECT["requires-python"]).specifier.contains(
        python.removeprefix("python=")
    )


def test_versions_are_in_step():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\S+)\]", changelog, flags=re.MULTILINE)[1]
    assert dyadsync.__version__ == PROJECT["version"] == citation["version"] == newest


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, dyadsync; print(sorted(set(sys.modules) & set(sys.argv[1].split())))"
    heavy = "numpy pandas scipy statsmodels pingouin matplotlib seaborn frictionless sphinx"
    done = subprocess.run(
        [sys.executable, "-c", code, heavy], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", dyadsync.__all__)
def test_every_public_name_exists(name):
    assert getattr(dyadsync, name) is not None


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="synch"):
        dyadsync.synch  # noqa: B018


NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def test_there_are_chapters():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_clean_and_has_the_frame_of_a_chapter(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    text = "\n".join(
        "".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    )
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    frame = ["Overview", "Prerequisites", "Exercises", "Key takeaways", "What next", "References"]
    assert [heading for heading in headings if heading in frame] == frame
    assert "Time to learn" in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_has_alt_text_and_a_caption(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        shown = cell["metadata"].get("mystnb", {})
        if "figure" in shown or "image" in shown:
            assert len(shown["image"]["alt"]) > 40
            assert len(shown["figure"]["caption"]) > 20


def test_readme_shows_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make book\nmake test" in readme


def test_readme_example_runs(monkeypatch):
    """The lines of Python in the README, as they stand there."""
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", readme, flags=re.DOTALL)[1]
    names: dict[str, object] = {}
    exec("\n".join(line.strip() for line in block.splitlines()), names)
    assert len(names["table"]) == 37
