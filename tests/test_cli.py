import json
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
from click.testing import CliRunner

from dyadsync.claims.verdict import judge
from dyadsync.cli import main
from dyadsync.cli.book import claims_as_text
from dyadsync.study.load import check_study
from tests.books import FIXTURE
from tests.data_packages import edit
from tests.poor_studies import POOR, poor_package
from tests.programs import ended

_CONFIG = """
millbook:
  adapter: dyadsync.cli.book
"""
_TOC = """format: jb-book
root: chapters/index
chapters:
  - file: chapters/02_two
"""


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def small_root(tmp_path, monkeypatch, data_dir):
    """A book of one chapter with the shipped data, as the current folder."""
    root = tmp_path / "book"
    shutil.copytree(FIXTURE, root, ignore=shutil.ignore_patterns("data", "01_one.ipynb"))
    shutil.copytree(data_dir, root / "data")
    with (root / "_config.yml").open("a", encoding="utf-8") as file:
        file.write(_CONFIG)
    (root / "_toc.yml").write_text(_TOC, encoding="utf-8")
    (root / "chapters" / "index.md").write_text("# A small book\n", encoding="utf-8")
    two = root / "chapters" / "02_two.ipynb"
    two.write_text(two.read_text(encoding="utf-8").replace("See [one](01_one.ipynb).", ""))
    monkeypatch.chdir(root)
    return root


def test_simulate_writes_the_shipped_data_byte_for_byte(tmp_path, data_dir):
    result = run("simulate", tmp_path / "new")
    assert result.exit_code == 0
    for path in (tmp_path / "new").iterdir():
        assert path.read_bytes() == (data_dir / path.name).read_bytes(), path.name


def test_simulate_takes_another_seed_and_another_design(tmp_path):
    folder = tmp_path / "new"
    arguments = ["--seed", 9, "--set", "sessions=[2, 4, 6, 8]", "--set", "b=0.28"]
    assert run("simulate", folder, *arguments).exit_code == 0
    assert check_study(folder) == []
    rows = (folder / "oxytocin.csv").read_text().split()[1:]
    assert {int(row.split(",")[1]) for row in rows} == {2, 4, 6, 8}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sesions=[4]", "a field is 'sesions'"),
        ("sessions=4", "takes a list such as [4, 8, 12, 16]"),
        ("a=strong", "finite number"),
        ("a", "FIELD=VALUE"),
    ],
)
def test_a_wrong_design_is_refused_and_nothing_is_written(tmp_path, setting, words):
    result = run("simulate", tmp_path / "new", "--set", setting)
    assert (result.exit_code, (tmp_path / "new").exists()) == (2, False)
    assert words in result.stderr


def test_simulate_does_not_touch_a_folder_that_holds_something_else(tmp_path):
    (tmp_path / "dear.txt").write_text("Dear")
    result = run("simulate", tmp_path)
    assert (result.exit_code, [path.name for path in tmp_path.iterdir()]) == (2, ["dear.txt"])


def test_simulate_does_not_replace_the_data_of_a_lab(tmp_path):
    assert run("new", tmp_path / "lab").exit_code == 0
    before = (tmp_path / "lab" / "samples.csv").read_bytes()
    result = run("simulate", tmp_path / "lab", "--like", tmp_path / "lab")
    assert result.exit_code == 2
    assert "something else than a simulated data package" in result.stderr
    assert (tmp_path / "lab" / "samples.csv").read_bytes() == before


def test_simulate_again_replaces_a_package_and_leaves_its_readme(tmp_path):
    run("simulate", tmp_path)
    (tmp_path / "README.md").write_text("Mine")
    assert run("simulate", tmp_path, "--seed", 9).exit_code == 0
    assert (tmp_path / "README.md").read_text() == "Mine"


def test_check_says_all_in_one_json_object(small_root):
    result = run("check", "data", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)["usable"]) == (0, True)
    edit(small_root / "data", "oxytocin.csv", "D01,4,patient,pre", "D01,four,patient,pre")
    edit(small_root / "data", "dyads.csv", "D02,", "D01,")
    result = run("check", "data", "--format", "json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["usable"]) == (2, False)
    assert {"file", "row", "column", "rule", "message"} == set(found["problems"][0])
    assert {one["file"] for one in found["problems"]} >= {"oxytocin.csv", "dyads.csv"}


@pytest.mark.parametrize("command", ["check", "build"])
def test_a_parameter_that_the_data_cannot_satisfy_is_found_first(small_root, command):
    with (small_root / "chapters" / "parameters.yml").open("a", encoding="utf-8") as file:
        file.write("min_sessions:\n  type: integer\n  default: 3\n")
    arguments = ["check", "data"] if command == "check" else ["build"]
    result = run(*arguments, "--set", "min_sessions=9")
    assert result.exit_code == 2
    assert "min_sessions is 9, but no dyad has more than 4 sessions" in result.stderr
    assert not (small_root / "_build").exists()
    (small_root / "data" / "parameters.yml").write_text("min_sessions: 9\n")
    assert run("check", "data").exit_code == 2


def test_check_warns_of_what_the_book_will_not_compute(data_dir, tmp_path):
    folder = poor_package(data_dir, tmp_path / "poor", POOR["constant outcome"])
    result = run("check", folder)
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: The mediation cannot be computed: every dyad")
    warnings = json.loads(run("check", folder, "--format", "json").stdout)["warnings"]
    assert [f"Warning: {one}" for one in warnings] == result.stderr.splitlines()


def test_new_import_and_check_go_together(tmp_path):
    folder = tmp_path / "mine"
    options = ["--signal", "cortisol", "--unit", "nmol/L", "--persons", "mother,child"]
    assert run("new", folder, *options, "--sessions", 8).exit_code == 0
    assert run("check", folder).exit_code == 0
    assert run("new", folder).exit_code == 2  # nothing of it is overwritten
    assert run("new", tmp_path / "other", "--persons", "mother").exit_code == 2


@pytest.mark.parametrize("command", ["check", "build"])
def test_what_is_wrong_with_data_is_said_by_file_row_and_column(small_root, command):
    table = small_root / "data" / "oxytocin.csv"
    rows = table.read_text(encoding="utf-8").split("\n")
    rows[4] = ",".join([*rows[4].split(",")[:-1], "many"])
    table.write_text("\n".join(rows), encoding="utf-8")
    result = run(command, "data") if command == "check" else run(command)
    assert result.exit_code == 2
    assert "oxytocin.csv, row 5, column oxytocin_pg_ml" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (small_root / "_build").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "n_drows=100"], "Did you mean n_draws"),
        (["--set", "n_draws=many"], "a whole number"),
        (["--set", "n_draws=1"], "at least 10"),
        (["--parameters", "missing.yml"], "no file"),
        (["--data", "missing"], "missing"),
        (["--output", "chapters"], "cannot go to"),
        (["--output", "_toc.yml"], "_toc.yml is a file"),
        (["--output", "_toc.yml/deeper"], "_toc.yml is a file"),
        (["--profile", "slow"], "quick"),
        (["--jobs", "0"], "--jobs"),
        (["--unknown"], "--unknown"),
    ],
)
def test_bad_input_to_build_exits_with_2_and_writes_nothing(small_root, arguments, words):
    result = run("build", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not (small_root / "_build").exists()


@pytest.mark.book
def test_build_ends_with_the_site(small_root, temporary):
    done = ended([sys.executable, "-m", "dyadsync", "build", "--profile", "quick", "--jobs", "2"])
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["chapter two", "site"]
    assert lines[-1] == f"The book is in {small_root / '_build' / 'html' / 'index.html'}"
    assert list(temporary.iterdir()) == []


STOPPED = """
import os, sys

class Stop:
    def find_spec(self, name, *_):
        if name == "{name}":
            os.kill(os.getpid(), 2)  # SIGINT

sys.modules.pop("{name}", None)
sys.meta_path.insert(0, Stop())
sys.argv = ["dyadsync", "build"]
from dyadsync.__main__ import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
@pytest.mark.parametrize(
    "name", ["signal", "click", "dyadsync.cli.build_command", "millbook.build", "papermill"]
)
def test_ctrl_c_while_modules_are_imported_gives_no_traceback(small_root, name):
    done = ended([sys.executable, "-c", STOPPED.replace("{name}", name)], cwd=small_root)
    assert done.returncode == 1
    assert done.stderr.strip() in ("Stopped.", "The build was stopped; the last good site stands.")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_while_many_processes_begin_gives_no_traceback():
    """A terminal sends it to all of them, and they import for seconds."""
    command = [sys.executable, "-m", "dyadsync", "power", "--trials", "100000", "--jobs", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as run:
        deadline = time.monotonic() + 100
        workers = []
        while len(workers) < 2:
            assert time.monotonic() < deadline
            children = psutil.Process(run.pid).children()
            workers = [one for one in children if "popen_loky_posix" in " ".join(one.cmdline())]
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGINT)
        said = run.communicate(timeout=30)[1].decode()
    assert (run.returncode, said.split()) == (1, ["Trials", "Stopped."])
    assert psutil.wait_procs(workers, timeout=60)[1] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.book
def test_a_build_that_is_told_to_end_ends_its_chapters_too(small_root, number, temporary):
    notebook = small_root / "chapters" / "02_two.ipynb"
    text = notebook.read_text(encoding="utf-8")
    waits = "import pathlib, time; pathlib.Path('running').touch(); time.sleep(300)\\n"
    notebook.write_text(text.replace("import pandas as pd", waits + "import pandas as pd"))
    running = small_root / "_build" / ".state" / "run" / "chapters" / "running"
    command = [sys.executable, "-m", "dyadsync", "build", "--profile", "quick", "--jobs", "2"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    ) as build:
        deadline = time.monotonic() + 300
        while not running.exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        children = psutil.Process(build.pid).children(recursive=True)
        if number == signal.SIGINT:  # a terminal sends Ctrl-C to every process of the group
            os.killpg(build.pid, number)
        else:
            build.send_signal(number)
        assert build.wait(timeout=60) == 1
        said = build.stderr.read().decode().strip()
    assert said == "The build was stopped; the last good site stands."
    assert children
    assert psutil.wait_procs(children, timeout=60)[1] == []
    assert list(temporary.iterdir()) == []


def test_a_folder_that_the_build_did_not_make_is_left_alone(small_root):
    mine = small_root / "mine"
    (mine / "html").mkdir(parents=True)
    (mine / ".state").mkdir()
    (mine / "html" / "page.html").write_text("mine")
    result = run("build", "--output", mine)
    assert (result.exit_code, (mine / "html" / "page.html").read_text()) == (2, "mine")
    assert "no build made" in result.stderr


def test_help_loads_none_of_the_heavy_packages():
    code = (
        "import sys\nfrom dyadsync.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'frictionless', 'jsonschema'} & set(sys.modules)\n"
        "sys.exit(bool(heavy))"
    )
    done = ended([sys.executable, "-c", code])
    assert done.returncode == 0, done.stderr
    assert "simulate" in done.stdout


def test_claims_are_laid_out_in_columns_with_the_analyses_that_agree():
    claims = [
        judge("b", "quasi-Bayesian", 2.04, 0.1, 3.996),
        judge("a", "quasi-Bayesian", -0.3, -0.6, -0.05),
        judge("a", "small-sample t", -0.3, -0.6, -0.05),
        judge("a", "bootstrap", -0.3, -0.7, 0.1),
    ]
    assert claims_as_text(claims).splitlines() == [
        "Claim  Method          Estimate  Interval        Verdict",
        "(a)    quasi-Bayesian  -0.30     -0.60 to -0.05  supported by 2 of 3 methods",
        "(b)    quasi-Bayesian  2.04      0.10 to 4.00    supported",
    ]


def test_power_writes_a_row_for_each_combination_and_method(tmp_path):
    import pandas as pd

    few = ["--trials", 10, "--draws", 100, "--jobs", 1]
    grid = ["--set", "n_dyads=20,37", "--set", "sessions=4,[2, 4, 6]", "--method", "bootstrap"]
    csv, packed = tmp_path / "power.csv", tmp_path / "power.csv.gz"
    assert run("power", *grid, *few, "--method", "known", "--output", csv).exit_code == 0
    table = pd.read_csv(csv)
    assert table[["n_dyads", "sessions", "method"]].to_numpy().tolist() == [
        [n, s, method] for n in (20, 37) for s in (4, 3) for method in ("bootstrap", "known")
    ]
    assert run("power", *few, "--output", packed).exit_code == 0
    assert pd.read_csv(packed)["method"].tolist() == ["quasi-bayesian"]


def test_power_prints_its_table_and_runs_nothing_twice(tmp_path):
    arguments = ["power", "--trials", 10, "--draws", 100, "--folder", tmp_path, "--jobs", 1]
    first = run(*arguments)
    assert first.exit_code == 0
    assert "quasi-bayesian" in first.output
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(written) == 1
    assert run(*arguments).stdout == first.stdout
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == written


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "n_dyads"], "must be of the form NAME=VALUE,VALUE"),
        (["--set", "n_dyads="], "must be of the form NAME=VALUE,VALUE"),
        (["--set", "n_dyad=37"], "a setting is 'n_dyad'"),
        (["--set", "b=0", "--set", "b=1"], "--set b is there twice"),
        (["--method", "wishes"], "method is 'wishes'"),
        (["--output", "power.xlsx"], "must end in .csv or .csv.gz"),
        (["--output", "nowhere/power.csv"], "folder nowhere does not exist"),
        (["--folder", "pyproject.toml"], "cannot hold finished cells"),
    ],
)
def test_power_names_bad_input(arguments, words):
    result = run("power", "--trials", 10, *arguments)
    assert result.exit_code == 2
    assert words in result.output


SMALL_MULTIVERSE = [
    *("--set", "change=difference,log_ratio", "--set", "measure=pearson", "--set", "outcome=slope"),
    *("--set", "covariates=none", "--set", "below_loq=keep", "--set", "method=HC3"),
    *("--draws", 200, "--jobs", 1),
]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_multiverse_writes_its_table_and_says_how_often_the_claims_hold(tmp_path, data_dir, suffix):
    import pandas as pd

    output = tmp_path / f"multiverse.{suffix}"
    result = run("multiverse", "--data", data_dir, *SMALL_MULTIVERSE, "--output", output)
    assert result.exit_code == 0, result.stderr
    # two changes x two fewest sessions x two scales
    assert result.stdout.startswith("8 analyses, 200 draws each")
    assert len(pd.read_csv(output)) == 8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "colour=red"], "choice is 'colour'; it must be one of 'change'"),
        (["--set", "method=lasso"], "method is 'lasso'"),
        (["--set", "method"], "must be of the form CHOICE=A,B"),
        (["--set", "method=latent", "--set", "measure=spearman"], "No combination"),
        (["--output", "multiverse.xlsx"], "must end in .csv or .csv.gz"),
        (["--output", "no/such/folder.csv"], "folder no/such does not exist"),
        (["--data", "nowhere"], "does not exist"),
    ],
)
def test_multiverse_refuses_what_it_cannot_do(data_dir, arguments, words):
    data = [] if "--data" in arguments else ["--data", data_dir]
    result = run("multiverse", *data, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_supplement_says_what_its_data_lack_before_anything_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr("dyadsync.cli.report.build_report", lambda *_, **__: pytest.fail("built"))
    result = run("supplement", "--data", tmp_path / "none", "--output", tmp_path / "one.zip")
    assert result.exit_code == 2
    assert "under whose name" in result.output
    (tmp_path / "datapackage.json").write_text('{"title": "A study"}', encoding="utf-8")
    result = run("supplement", "--data", tmp_path, "--output", tmp_path / "one.zip")
    assert result.exit_code == 2
    assert "'contributors' is missing" in result.output
    result = run("supplement", "--build", tmp_path, "--output", tmp_path / "one.zip")
    assert result.exit_code == 2
    assert "holds no whole build" in result.output
