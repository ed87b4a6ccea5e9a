"""The whole book of a study with one sample of a person a session, and without an outcome."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.told import NOT_OF_A_SESSION, OF_PHASES, own_words
from tests.unusual_packages import KINDS, write

ROOT = Path(__file__).parents[1]


@pytest.mark.book
def test_a_book_of_levels_without_an_outcome_is_built_and_speaks_of_no_changes(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", replace(KINDS["affect"], rated=False))
    command = [sys.executable, "-m", "dyadsync", "build", "--profile", "quick"]
    command += ["--data", str(tmp_path / "data"), "--output", str(tmp_path / "out")]
    command += ["--set", "n_draws=100", "--set", "n_trials=200"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {page.stem: page for page in (tmp_path / "out" / "html" / "chapters").glob("*.html")}
    assert {"index", "data", "synchrony", "measurement", "teaching"} <= set(pages)
    assert not {"mediation", "robust", "multiverse", "reviewer", "change"} & set(pages)
    found = []
    for name, page in pages.items():
        text = own_words(page)
        words = OF_PHASES.finditer(text) if name not in NOT_OF_A_SESSION else ()
        found += [(name, text[max(0, m.start() - 40) : m.end() + 40]) for m in words]
        if name in ("index", "data", "synchrony"):  # nobody is shared by several dyads
            assert not re.search(r"(?i)\bgroups?\b", text), name
    assert found == []
