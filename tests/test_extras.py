"""What `pip install .` brings is enough for the science; whatever else is needed is named."""

import contextlib
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.programs import ended

ROOT = Path(__file__).parents[1]

BLOCK = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in BLOCKED:
            raise ModuleNotFoundError(f"No module named {top!r}", name=top)

sys.meta_path.insert(0, Blocked())
"""

FRONT = """
import dyadsync
study = dyadsync.load_study(sys.argv[1])
changes = dyadsync.session_changes(study)
table = dyadsync.dyad_table(study, dyadsync.dyad_synchrony(changes))
names = "social_impairment", "synchrony", "symptom_reduction"
for method in ("quasi-bayesian", "bootstrap", "bootstrap-bca", "robust", "huber", "median"):
    dyadsync.mediate(table, *names, method=method, n_draws=100, rng=1)
print(dyadsync.mediate(table, *names, n_draws=200, rng=1))
dyadsync.sensitivity(table, *names)
dyadsync.replicate(table, *names, methods=["HC3", "missing imputed"], n_draws=100, rng=1)
dyadsync.pooled_synchrony(changes, n_resamples=100, rng=1)
dyadsync.correlation(table["synchrony"], table["z"], ["pearson", "percentage_bend"], rng=1)
"""


def installed_with(names):
    """Packages with all that they need in turn."""
    found = set()
    while names:
        one = Requirement(names.pop())
        name = one.name.lower().replace("-", "_")
        if name not in found and (one.marker is None or one.marker.evaluate({"extra": ""})):
            found.add(name)
            with contextlib.suppress(PackageNotFoundError):  # of another platform
                names += requires(name) or []
    return found


def not_brought():
    """Modules of packages that are installed here, but not by ``pip install .``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    brought = installed_with(list(project["dependencies"])) | {"dyadsync"}
    return {
        module
        for module, names in packages_distributions().items()
        if not brought & {name.lower().replace("-", "_") for name in names}
    }


def run(code, *arguments):
    return ended(
        [sys.executable, "-c", f"BLOCKED = {not_brought()!r}\n{BLOCK}\n{code}", *arguments],
        cwd=ROOT,
    )


def test_at_most_sixteen_packages_are_brought():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert len(installed_with(list(project["dependencies"])) | {"dyadsync"}) <= 16


def test_the_front_rooms_need_only_what_the_package_brings(data_dir):
    done = run(FRONT, str(data_dir))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "ACME" in done.stdout


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("dyadsync.specifications(study)", "needs the package joblib"),
        (
            "dyadsync.correlation(study.dyads['age'], study.dyads['age'], 'skipped')",
            "needs the package pingouin",
        ),
    ],
)
def test_who_lacks_an_extra_is_told_which(data_dir, code, words):
    done = run(f"import dyadsync\nstudy = dyadsync.load_study(sys.argv[1])\n{code}", str(data_dir))
    assert f"{words}, which is not installed: pip install 'dyadsync[book]'." in done.stderr


def test_a_table_that_is_not_plain_needs_frictionless(data_dir, tmp_path):
    for file in data_dir.glob("*.*"):
        text = file.read_text(encoding="utf-8")
        text = text.replace("D01", " D01", 1) if file.name == "dyads.csv" else text
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    done = run("import dyadsync\ndyadsync.check_study(sys.argv[1])", str(tmp_path))
    assert "needs the package frictionless" in done.stderr


def test_the_command_names_the_extra_that_it_needs():
    done = run("from dyadsync.__main__ import main\nmain()")
    assert done.stderr.strip() == (
        "The command needs the package click: pip install 'dyadsync[book]'."
    )
