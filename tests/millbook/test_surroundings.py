"""What must not matter to a build: where, when, by whom and in which language it is made."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import millbook
from tests.books import copy_small_book, shipped
from tests.programs import ended

BUILD = [sys.executable, "-m", "dyadsync", "build", "--profile", "quick"]


def build(root, output, *, jobs=1, **environment):
    command = [*BUILD, "--output", str(output), "--jobs", str(jobs)]
    subprocess.run(command, cwd=root, env=os.environ | environment, check=True)
    return shipped(output)


def without_chromium():
    """The PATH without the folders that have a browser; git and Python stay."""
    folders = os.environ["PATH"].split(os.pathsep)
    kept = [folder for folder in folders if not (Path(folder) / "chromium").exists()]
    return os.pathsep.join(kept)


def strange_home(folder):
    """Settings of a user's own, each of which would change figures or kernels, or stop them."""
    startup = folder / "startup.py"
    rc = folder / "matplotlibrc"
    profile = folder / "ipython" / "profile_default"
    kernel = folder / "jupyter" / "kernels" / "python3"
    shadow = folder / "shadow"
    for place in (profile, kernel, shadow):
        place.mkdir(parents=True)
    startup.write_text("raise SystemExit('a startup file ran')\n")
    rc.write_text("figure.figsize: 1, 1\nsvg.fonttype: path\n")
    (profile / "ipython_config.py").write_text("raise SystemExit('a configuration ran')\n")
    spec = {"argv": ["false"], "display_name": "Another Python", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    (shadow / "numbers.py").write_text("raise ImportError('not the module of Python')\n")
    home = folder / "home"
    home.mkdir(mode=0o500)
    return {
        "HOME": str(home),
        "PYTHONSTARTUP": str(startup),
        "MATPLOTLIBRC": str(rc),
        "MPLBACKEND": "agg",
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_PATH": str(folder / "jupyter"),
        "PYTHONPATH": str(shadow),
        "PYTHONIOENCODING": "cp1252",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "99",
        "SOURCE_DATE_EPOCH": "86400",
        "DISPLAY": ":77",
        "TZ": "Pacific/Kiritimati",
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "C",
        "OMP_NUM_THREADS": "4",
        "OPENBLAS_NUM_THREADS": "4",
        "COLUMNS": "40",
        "HTTPS_PROXY": "http://localhost:9",
        "PATH": without_chromium(),
    }


@pytest.mark.book
def test_language_clock_permissions_settings_paths_and_browser_do_not_matter(small_book, tmp_path):
    """All at once: if the bytes are equal, none of them matters."""
    root = copy_small_book(tmp_path / "ein Büchlein, 2")
    surroundings = strange_home(tmp_path / "elsewhere")
    own = Path(millbook.__file__).parents[1]
    surroundings["PYTHONPATH"] += f"{os.pathsep}{own}"
    before = os.umask(0o077)
    try:
        made = build(root, tmp_path / "das gebaute Büchlein", jobs=3, **surroundings)
    finally:
        os.umask(before)
    assert made == shipped(small_book.output)


CLOCK = """
import time

apart = {seconds} - time.time()
real, local, utc, written = time.time, time.localtime, time.gmtime, time.strftime
time.time = lambda: real() + apart
time.time_ns = lambda: int(1e9 * time.time())
time.localtime = lambda seconds=None: local(time.time() if seconds is None else seconds)
time.gmtime = lambda seconds=None: utc(time.time() if seconds is None else seconds)
time.strftime = lambda form, when=None: written(form, when or time.localtime())
"""


@pytest.mark.book
def test_a_clock_that_is_wrong_does_not_matter(tmp_path):
    """Kernels and Sphinx take it to be 1970, then 2040; the book's package lies beside the clock.

    It is that of the module `time`: `datetime`'s own cannot be put in the place of another.
    """
    root = copy_small_book(tmp_path / "book")
    package = tmp_path / "packages" / "penguins"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    engine = Path(millbook.__file__).parent
    for name in ("millbook", "dyadsync"):  # the command looks nowhere else than where it lies
        (package.parent / name).symlink_to(engine.with_name(name))
    config = root / "_config.yml"
    told = config.read_text(encoding="utf-8")
    if "millbook:\n" not in told:
        told += "\nmillbook:\n"
    config.write_text(told.replace("millbook:\n", "millbook:\n  package: penguins\n"))
    made = []
    for seconds in (86_400, 2_211_000_000):
        clock = CLOCK.replace("{seconds}", str(seconds))
        (package.parent / "sitecustomize.py").write_text(clock, encoding="utf-8")
        output = tmp_path / f"built {seconds}"
        made.append(build(root, output, PYTHONPATH=str(package.parent)))
    assert made[0] == made[1]


@pytest.mark.book
@pytest.mark.skipif(
    shutil.which("setpriv") is None or os.geteuid() != 0, reason="only root becomes somebody else"
)
def test_another_user_builds_the_same(small_book):
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
        done = ended(
            [*nobody, *BUILD, "--jobs", "1", "--output", str(output / "build")],
            cwd=place / "book",
            env=os.environ | {"HOME": "/nonexistent"},
        )
        assert done.returncode == 0, done.stderr
        assert shipped(output / "build") == shipped(small_book.output)
    finally:
        shutil.rmtree(place)


def test_a_book_unpacked_inside_another_repository_has_no_commit_of_it(tmp_path, monkeypatch):
    from millbook.provenance import commit

    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "x"], check=True)
    root = copy_small_book(tmp_path / "book")
    assert commit(root) is None
    subprocess.run([*git, "add", "book"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "y"], check=True)
    named = commit(root)
    assert named is not None
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as in a hook
    assert commit(root) == named
