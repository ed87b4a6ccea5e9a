"""What a fresh clone relies on: pins, licences, versions in step, cheap imports."""

import importlib.util
import os
import re
import shutil
import sys
import tomllib
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import dyadsync
from tests.programs import ended

ROOT = Path(__file__).parents[1]
NEEDS_MAKE = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("make") is None, reason="needs make"
)
LOCKS = {
    name: (ROOT / f"requirements{name}.lock").read_text(encoding="utf-8")
    for name in ("", "-dev", "-setup")
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(lock):
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", LOCKS[lock], flags=re.MULTILINE))


PINS = pins("-dev")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_no_address_stands_in_a_lock(lock):
    assert LOCKS[lock].count("--hash=sha256:") >= len(pins(lock)) > 0
    assert "://" not in LOCKS[lock]
    assert "--index-url" not in LOCKS[lock]


@pytest.mark.parametrize("lock", LOCKS)
def test_book_and_tests_run_on_the_same_pins(lock):
    assert pins(lock).items() <= PINS.items()


EXTRAS = PROJECT["optional-dependencies"]


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *chain(*EXTRAS.values())])
def test_lock_satisfies_what_the_package_asks_for(line):
    wanted = Requirement(line)
    assert wanted.specifier.contains(PINS[wanted.name.lower().replace("_", "-")])


def test_the_book_needs_none_of_the_tests_packages():
    assert not {"pytest", "mypy", "playwright", "jupyterlab", "distributed"} & set(pins(""))


def test_this_environment_is_the_locked_one():
    for name in ("numpy", "pandas", "statsmodels", "pingouin", "jupyter-book", "papermill"):
        assert version(name) == PINS[name]


def test_conda_users_get_the_same_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, packages = environment["dependencies"]
    assert pip == "pip"
    assert packages == {"pip": ["--requirement requirements-dev.lock"]}
    assert Requirement("python" + PROJECT["requires-python"]).specifier.contains(
        python.removeprefix("python=")
    )


def release():
    spec = importlib.util.spec_from_file_location("release", ROOT / ".ci/release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FILES = ("src/dyadsync/__init__.py", "CHANGELOG.md", "CITATION.cff")


def said_in(texts):
    """Versions, and days of release, that the files name."""
    code, changelog, citation = (texts[name] for name in FILES)
    cited = yaml.safe_load(citation)
    newest, day = re.search(r"^## \[(\d\S+)\] - (\S+)$", changelog, flags=re.MULTILINE).groups()
    version = re.search(r'^__version__ = "(.+)"$', code, flags=re.MULTILINE)[1]
    return {version, newest, cited["version"]}, {day, str(cited["date-released"])}


def test_package_changelog_and_citation_name_one_version_and_day():
    """hatchling reads the package's version, so that what is built cannot name another."""
    versions, days = said_in({name: (ROOT / name).read_text(encoding="utf-8") for name in FILES})
    assert versions == {dyadsync.__version__}
    assert len(days) == 1
    assert PROJECT["dynamic"] == ["version"]


def test_a_release_says_its_version_and_day_everywhere_and_keeps_the_entries():
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in FILES}
    before = "# Changelog\n\n## [Unreleased]\n\n- News.\n\n## [0.1.0] - 2026-11-23\n"
    after = release().released({**texts, "CHANGELOG.md": before}, "10.0.0", "2030-01-02")
    assert said_in(after) == ({"10.0.0"}, {"2030-01-02"})
    assert (
        "## [Unreleased]\n\n## [10.0.0] - 2030-01-02\n\n- News.\n\n## [0" in after["CHANGELOG.md"]
    )


@pytest.mark.parametrize(
    ("version", "news", "said"),
    [
        ("0.0.9", "- News.", "above"),
        ("1.0", "- News.", "three numbers"),
        ("", "- News.", "three numbers"),
        ("10.0.0", "", "no entry"),
    ],
)
def test_a_release_is_refused_in_a_sentence(version, news, said):
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in FILES}
    texts["CHANGELOG.md"] = f"## [Unreleased]\n\n{news}\n\n## [0.1.0] - 2026-11-23\n\n- First.\n"
    with pytest.raises(SystemExit, match=said):
        release().released(texts, version, "2030-01-02")


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, dyadsync; print(sorted(set(sys.modules) & set(sys.argv[1].split())))"
    heavy = "numpy pandas scipy statsmodels pingouin matplotlib seaborn frictionless sphinx"
    done = ended([sys.executable, "-c", code, heavy])
    assert done.stdout.strip() == "[]"


@NEEDS_MAKE
def test_the_image_copies_what_its_environment_is_made_of(tmp_path):
    """The Dockerfile's copies before `make .venv/.dev`, as its builder would make them."""
    before = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("RUN make .venv/.dev")[0]
    for line in re.findall(r"^COPY --chown=reader (.+)$", before, flags=re.MULTILINE):
        *sources, target = line.split()
        (tmp_path / target).mkdir(parents=True, exist_ok=True)
        for source in chain.from_iterable(ROOT.glob(one) for one in sources):
            shutil.copy(source, tmp_path / target)
    planned = ended(["make", "--dry-run", ".venv/.dev"], cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr


@NEEDS_MAKE
def test_jupyterlab_opens_for_root_and_takes_options():
    """What make would run: nothing is begun."""
    done = ended(["make", "--dry-run", "lab", "ARGS=--port 9999"], cwd=ROOT)
    root = "--allow-root " if hasattr(os, "getuid") and os.getuid() == 0 else ""
    assert f"jupyter lab {root}--port 9999 chapters" in " ".join(done.stdout.split())


def test_readme_example_runs(monkeypatch):
    """The lines of Python in the README, as they stand there."""
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", readme, flags=re.DOTALL)[1]
    names = {}
    exec("\n".join(line.strip() for line in block.splitlines()), names)
    assert len(names["table"]) == 37
