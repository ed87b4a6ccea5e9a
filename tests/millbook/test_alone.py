"""The engine alone: a book about penguins is built, verified, explained, compared and packed."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

import millbook
from tests.books import copy_small_book
from tests.programs import ended

ENGINE = Path(millbook.__file__).parent
WORDS = re.compile("dyad|synchrony|oxytocin|patient|therapist|claim", re.IGNORECASE)

SCRIPT = """
import sys
from pathlib import Path

from millbook.build import build_book
from millbook.evidence.compare import compare_builds
from millbook.evidence.explain import find_origins
from millbook.evidence.manifest import open_build
from millbook.evidence.supplement import make_supplement
from millbook.evidence.verify import verify_build

if __name__ == "__main__":
    root = Path(sys.argv[1])
    book = build_book(root, profile="quick", jobs=1)
    print(verify_build(root, jobs=1).in_words())
    other = build_book(root, profile="quick", settings=["seed=8"], output=root / "other", jobs=1)
    print(compare_builds(book.output, other.output).in_words())
    print(find_origins(open_build(root), "mass")[0].in_words())
    make_supplement({"book": book}, root, root.parent / "supplement.zip")
"""

CITATION = """cff-version: 1.2.0
title: Penguins
authors: [{name: The makers}]
version: 1.0.0
date-released: 2030-01-02
license: MIT
"""


@pytest.mark.book
def test_a_book_about_something_else_needs_the_engine_only(tmp_path):
    """Whatever imports a package of this project but the engine fails, in every process."""
    alone = tmp_path / "alone"
    shutil.copytree(ENGINE, alone / "millbook")
    (alone / "dyadsync.py").write_text("raise ImportError('the engine needs no such package')\n")
    (tmp_path / "script.py").write_text(SCRIPT)
    root = copy_small_book(tmp_path / "book")
    (root / "CITATION.cff").write_text(CITATION)
    done = ended(
        [sys.executable, str(tmp_path / "script.py"), str(root)],
        env=os.environ | {"PYTHONPATH": str(alone)},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    for words in (
        "chapter one: ",
        "made again, it is the same byte for byte",
        "Verdicts: none of 1 differ.",
        "  seed: 7 → 8\n",
        "mass, above 3 kg: estimate",
        "made by     cell c2:",
    ):
        assert words in done.stdout
    assert (tmp_path / "supplement.zip").stat().st_size > 100_000
    assert str(alone) not in (root / "_build" / "manifest.json").read_text(encoding="utf-8")


def test_no_file_of_the_engine_speaks_of_what_one_book_is_about():
    texts = [
        path
        for path in ENGINE.rglob("*.*")
        if path.suffix in (".py", ".css", ".js", ".html", ".toml")
    ]
    assert len(texts) > 50
    found = {
        f"{path.relative_to(ENGINE)}: {line.strip()}"
        for path in texts
        for line in path.read_text(encoding="utf-8").splitlines()
        if WORDS.search(line)
    }
    assert found == set()
