"""What must not matter to a build: where, when, by whom and in which language it is made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dyadsync
from millbook.project import Project
from tests.books import copy_small_book, shipped

BUILD = [sys.executable, "-m", "dyadsync", "build", "--profile", "quick"]


def build(root: Path, output: Path, *, jobs: int = 1, **environment: str) -> dict[str, str]:
    command = [*BUILD, "--output", str(output), "--jobs", str(jobs)]
    subprocess.run(command, cwd=root, env=os.environ | environment, check=True)
    return shipped(output)


def without_chromium() -> str:
    """The PATH without the folders that have a browser; git and Python stay."""
    folders = os.environ["PATH"].split(os.pathsep)
    kept = [folder for folder in folders if not (Path(folder) / "chromium").exists()]
    return os.pathsep.join(kept)


@pytest.mark.book
def test_language_clock_permissions_seed_threads_paths_and_browser_do_not_matter(
    small_book: Project, tmp_path: Path
) -> None:
    """All at once: if the bytes are equal, none of them matters."""
    root = copy_small_book(tmp_path / "ein Büchlein, 2")
    package = Path(dyadsync.__file__).parent
    shutil.copytree(package, tmp_path / "das Päckchen" / package.name)
    before = os.umask(0o077)
    try:
        made = build(
            root,
            tmp_path / "das gebaute Büchlein",
            jobs=3,
            TZ="Pacific/Kiritimati",
            LANG="tr_TR.UTF-8",
            LC_ALL="C",
            PYTHONHASHSEED="99",
            OMP_NUM_THREADS="4",
            OPENBLAS_NUM_THREADS="4",
            COLUMNS="40",
            PYTHONPATH=str(tmp_path / "das Päckchen"),
            PATH=without_chromium(),
        )
    finally:
        os.umask(before)
    assert made == shipped(small_book.output)


@pytest.mark.book
@pytest.mark.skipif(
    shutil.which("setpriv") is None or os.geteuid() != 0, reason="only root becomes somebody else"
)
def test_another_user_builds_the_same(small_book: Project) -> None:
    """Nobody, without a home, from files that root owns."""
    place = Path("/tmp") / f"dyadsync-nobody-{os.getpid()}"  # pytest's folders are root's alone
    copy_small_book(place / "book")
    output = place / "out"
    output.mkdir()
    os.chown(output, 65534, 65534)
    # Nobody may read root's files, as Python may lie in root's home, but write none of them.
    reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *reads]
    try:
        done = subprocess.run(
            [*nobody, *BUILD, "--jobs", "1", "--output", str(output / "build")],
            cwd=place / "book",
            env=os.environ | {"HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert shipped(output / "build") == shipped(small_book.output)
    finally:
        shutil.rmtree(place)


def test_a_book_unpacked_inside_another_repository_has_no_commit_of_it(tmp_path: Path) -> None:
    from millbook.provenance import commit

    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "x"], check=True)
    root = copy_small_book(tmp_path / "book")
    assert commit(root) is None
    subprocess.run([*git, "add", "book"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "y"], check=True)
    assert commit(root) is not None
