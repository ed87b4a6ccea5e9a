"""The runs in data/derived: which code they hang on, and that a design has one number."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks import derived

ROOT = Path(__file__).parents[1]


CODE = '''"""Words."""
import numpy

def double(x):
    """Double it."""
    # as it says
    return 2 * x
'''


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("Double it", "Twice it", True),
        ("# as it says", "# otherwise", True),
        ("import numpy", "import scipy", True),
        ("return 2", "return 3", False),
    ],
)
def test_words_and_imports_make_no_run_stale_but_code_does(tmp_path, old, new, same):
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text(CODE)
    second.write_text(CODE.replace(old, new))
    assert (derived._bare(first) == derived._bare(second)) is same


@pytest.mark.parametrize(
    ("run", "module"),
    [
        ("dyadsync.scrutiny.simulation.simulated_power", "scrutiny/simulation/trials.py"),
        ("dyadsync.scrutiny.simulation.simulated_power", "scrutiny/latent/posterior.py"),
        ("dyadsync.scrutiny.multiverse.run", "synchrony/measures.py"),
    ],
)
def test_a_run_hangs_on_what_its_modules_import(run, module):
    assert ROOT / "src/dyadsync" / module in derived._imported(run)


def test_a_file_of_other_code_is_named(monkeypatch, capsys):
    monkeypatch.setattr(derived, "expected", lambda: {derived.POWER: "other code"})
    assert derived.check() == 1
    assert "power.csv.gz may be stale" in capsys.readouterr().err


def test_every_grid_is_in_the_file_and_in_the_sample_that_checks_it():
    shipped, sample = pd.read_csv(derived.POWER), pd.read_csv(derived.SAMPLE)
    for table in (shipped, sample):
        assert list(dict.fromkeys(table["grid"])) == list(derived.GRIDS)
    for name, one in derived.GRIDS.items():
        rows = len(derived._keys(one))
        assert (shipped["grid"] == name).sum() == (sample["grid"] == name).sum() == rows


def test_a_design_that_stands_in_several_grids_has_one_number():
    shipped = pd.read_csv(derived.POWER)
    here = shipped[shipped["method"] == "quasi-bayesian"]
    same = pd.concat(
        [
            here.query("grid == 'headline' and a == -0.5"),
            here.query("grid == 'size' and n_dyads == 37 and sessions == 4"),
            here.query("grid == 'effect' and effect == 1"),
            here.query("grid == 'methods' and contamination == 0 and b == 0.65"),
        ]
    )
    assert len(same) == 4
    assert same[["n_trials", *derived.RATES]].nunique().max() == 1
    assert same["n_trials"].iloc[0] == 20_000
