"""Compiled loops: the same numbers as their Python, and also where nothing can be kept."""

import os
import subprocess
import sys

import pytest

_FITS = """
import numpy as np
from dyadsync import mm_regression
from dyadsync.regression.linear import solve_normal_equations
from dyadsync.regression.median_regression import median_regression

rng = np.random.default_rng(3)
X = np.column_stack([np.ones(20), rng.standard_normal((20, 2))])
y = X.sum(axis=1) + rng.standard_t(2, 20)
counts = rng.multinomial(20, np.full(20, 0.05), size=5)
fit = mm_regression(X, y)
draws = median_regression(X, y, counts=counts)
systems = (counts @ np.einsum("ij,ik->ijk", X, X).reshape(20, 9)).reshape(5, 3, 3)
solutions, _ = solve_normal_equations(systems, counts @ (X * y[:, None]))
print(*fit.coef, fit.scale, *draws.ravel(), *solutions.ravel())
"""
_LOOP = """
from dyadsync.compiled import compiled

@compiled
def total(count):
    found = 0.0
    for one in range(count):
        found += one
    return found

print(total(5), total.__class__.__module__)
"""


def printed(*arguments, **variables):
    run = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split()


def test_loops_give_what_they_give_when_they_are_not_compiled():
    compiled, plain = (
        [float(number) for number in printed("-c", _FITS, NUMBA_DISABLE_JIT=off)] for off in "01"
    )
    assert len(plain) == 3 + 1 + 15 + 15
    assert plain == pytest.approx(compiled, rel=1e-12)


def test_loops_are_compiled_where_nothing_can_be_kept(tmp_path):
    # Files stand where the folders would be, which stops the superuser, too.
    module, home = tmp_path / "module.py", tmp_path / "home"
    module.write_text(_LOOP)
    home.write_text("")
    (tmp_path / "__pycache__").write_text("")
    found = printed(str(module), HOME=str(home), XDG_CACHE_HOME=str(home))
    assert found == ["10.0", "numba.core.registry"]


@pytest.mark.parametrize(("ending", "left"), [("nbi", 0), ("nbc", 99)])
def test_what_is_kept_and_damaged_is_made_anew(tmp_path, ending, left):
    module = tmp_path / "module.py"
    module.write_text(_LOOP)
    first = printed(str(module))
    [kept] = (tmp_path / "__pycache__").glob(f"*.{ending}")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:left])
    assert printed(str(module)) == first
    assert len(kept.read_bytes()) > len(whole) // 2


def test_what_cannot_be_kept_for_want_of_space_is_compiled(tmp_path):
    module = tmp_path / "module.py"
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
    module.write_text(limit + _LOOP)
    assert printed(str(module))[0] == "10.0"
    assert not list((tmp_path / "__pycache__").glob("*.nb*"))
