"""Builds that are killed, or run out of disk: what is left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from millbook.build import build_book
from millbook.environment import CAN_FORK
from millbook.errors import BuildError, InputError
from millbook.tasks import files_below, hashes_below
from tests.books import leftovers, shipped
from tests.programs import ended

resource = pytest.importorskip("resource", reason="Windows ends processes otherwise")
COMMAND = [sys.executable, "-m", "dyadsync", "build", "--profile", "quick", "--jobs", "1"]


def change_a_page(book):
    with (book.chapters / "index.md").open("a", encoding="utf-8") as file:
        file.write("\nOne more sentence.\n")


# A swap of folders, a chapter, and Sphinx are at work at these files.
MOMENTS = ["published/one", "book/_toc.yml", "site/html", "site/html/_static"]


@pytest.mark.book
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_build_that_is_killed_leaves_the_old_site_and_the_next_is_right(
    book_copy, small_book, moment, temporary
):
    """The parts of a build that begin at the moment are killed with it, as by a power cut."""
    before = hashes_below(book_copy.html)
    change_a_page(book_copy)
    (book_copy.state / "made.json").unlink()  # every step is done again
    place = book_copy.state / moment
    begun = time.time_ns()
    with subprocess.Popen(
        COMMAND,
        cwd=book_copy.root,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            with contextlib.suppress(FileNotFoundError):
                if place.stat().st_mtime_ns > begun:
                    break
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "the build had ended before it was killed"
    assert hashes_below(book_copy.html) == before
    build_book(book_copy.root, profile="quick", jobs=1)
    assert leftovers(book_copy) == []
    assert list(temporary.iterdir()) == []
    text = (book_copy.html / "chapters" / "index.html").read_text(encoding="utf-8")
    assert "One more sentence." in text
    same = {
        name for name, digest in shipped(small_book.output).items() if name.startswith("results")
    }
    assert all(shipped(book_copy.output)[name] == shipped(small_book.output)[name] for name in same)


@pytest.mark.book
@pytest.mark.parametrize("server", ["millbook.warm", "millbook.site"])
def test_whatever_a_build_has_started_ends_with_it(book_copy, server, temporary):
    """The build alone is killed, as where memory runs out, while kernels or readers are at work."""
    names = [f"more{number}" for number in range(12)]  # so many pages are read side by side
    for name in names:
        (book_copy.chapters / f"{name}.md").write_text(f"# {name}\n\nSome words.\n" * 20)
    with (book_copy.root / "_toc.yml").open("a", encoding="utf-8") as contents:
        contents.writelines(f"  - file: chapters/{name}\n" for name in names)
    (book_copy.state / "made.json").unlink()
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(COMMAND, cwd=book_copy.root, **silent) as process:
        build = psutil.Process(process.pid)
        started, workers = set(), []
        while process.poll() is None and not workers:
            with contextlib.suppress(psutil.NoSuchProcess):
                servers = [one for one in build.children() if server in one.cmdline()]
                workers = [worker for one in servers for worker in one.children()]
                started = {*build.children(recursive=True), *workers}
                for worker in workers:
                    worker.suspend()  # by itself it would end soon
            time.sleep(0.002)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "the build had ended before it was killed"
    deadline = time.monotonic() + 20
    while any(_runs(one) for one in started) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = [one for one in started if _runs(one)]
    for one in left:
        one.kill()
    assert left == []
    assert _left_in(temporary) == []


@pytest.mark.skipif(not CAN_FORK, reason="no process outlives the build here")
def test_a_folder_of_a_killed_build_goes_though_no_kernel_was_asked_for_yet(temporary):
    """The folder of a kernel is made first, and the build may be killed right then."""
    code = """
import os, signal
from pathlib import Path
from millbook.kernels import KernelServer
from millbook.temporary import temporary_folder
with temporary_folder() as place:
    server = KernelServer([], Path(), os.environ, place)
    with temporary_folder(server.place) as own:
        (own / "kernel.json").touch()
        os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert _left_in(temporary) == []


def _left_in(temporary):
    """The server of kernels removes what a killed build cannot, once it has imported all."""
    deadline = time.monotonic() + 60
    while (left := list(temporary.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _runs(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


@contextlib.contextmanager
def small_disk(folder, size):
    """Let the folder be a disk of so many bytes; where nobody may mount one, files that small."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if ended(mount).returncode == 0:
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 20, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.book
@pytest.mark.parametrize("part", [0.06, 0.12, 0.25, 0.5])
def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing_half_made(book_copy, tmp_path, part):
    """The disk holds a part of the book: chapters, the stage or Sphinx meet its end."""
    size = int(part * sum(path.stat().st_size for path in files_below(book_copy.output)))
    with small_disk(tmp_path / "disk", size):
        output = tmp_path / "disk" / "build"
        done = ended([*COMMAND, "--output", str(output)], cwd=book_copy.root)
        assert done.returncode == 1, done.stderr
        assert "No space left on device" in done.stderr or "File too large" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (output / "html").exists()
        assert not (output / "manifest.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_an_output_that_may_not_be_written_is_said_in_a_sentence(book_copy):
    """Root may write almost anywhere, but not among the processes; others are told at once."""
    root = os.geteuid() == 0
    told = r"cannot write to /proc/build: .*--output" if root else r"write to /proc; .*--output"
    with pytest.raises(BuildError if root else InputError, match=told):
        build_book(book_copy.root, output=Path("/proc/build"))
