"""The command: its receipt, the same again, a dry run, and what `check` says of a package."""

import json
import shlex
import shutil

import pytest
from click.testing import CliRunner

from dyadsync.cli import main
from dyadsync.errors import InputError
from dyadsync.importing.layout import read_map
from tests.importing.test_cases import CASES


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder that no book is around."""
    monkeypatch.chdir(tmp_path)
    for name in ("plain", "missing_999", "wide_without_phases"):
        shutil.copy(CASES / f"{name}.csv", tmp_path)
    return tmp_path


def typed(command):
    return CliRunner().invoke(main, shlex.split(command))


def test_the_command_that_is_shown_makes_the_same_bytes(desk):
    done = typed("import missing_999.csv --missing 999 --signal oxytocin --output one")
    assert done.exit_code == 0, done.output
    shown = next(line for line in done.output.splitlines() if line.startswith("  dyadsync import"))
    again = typed(shown.strip().removeprefix("dyadsync ").replace("--output one", "--output two"))
    assert again.exit_code == 0, again.output
    files = sorted(path.name for path in (desk / "one").iterdir())
    assert files == ["datapackage.json", "dyads.csv", "import.json", "samples.csv"]
    for name in files:
        assert (desk / "one" / name).read_bytes() == (desk / "two" / name).read_bytes()


def test_a_dry_run_shows_the_receipt_and_writes_nothing(desk):
    before = sorted(desk.iterdir())
    done = typed("import plain.csv --dry-run")
    assert done.exit_code == 0
    assert "plain.csv: 192 rows read, 192 used." in done.output
    assert "Nothing is written" in done.output
    assert sorted(desk.iterdir()) == before


def test_a_question_ends_with_2_and_writes_nothing(desk):
    before = sorted(desk.iterdir())
    done = typed("import missing_999.csv")
    assert done.exit_code == 2
    assert "--missing=999" in done.stderr
    assert sorted(desk.iterdir()) == before


def test_a_study_of_levels_passes_check_wherever_one_is(desk):
    done = typed("import wide_without_phases.csv --map signal=hr_{person}_{session}")
    assert done.exit_code == 0, done.output
    done = typed("check wide_without_phases")
    assert (done.exit_code, "nothing is wrong" in done.output) == (0, True)


def test_check_compares_a_package_with_its_receipt(desk):
    typed("import plain.csv")
    assert "as it was imported" not in typed("check plain").output
    table = desk / "plain" / "samples.csv"
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(lines[:-1]))
    done = typed("check plain")
    assert done.exit_code == 0  # a lab may correct its package
    assert "samples.csv is not as it was imported: rows was 192 and is 191" in done.output
    (desk / "plain" / "import.json").write_text("[]")
    assert "no receipt" in typed("check plain").output


def test_the_receipt_is_kept_whole(desk):
    typed("import missing_999.csv --missing 999")
    receipt = json.loads((desk / "missing_999" / "import.json").read_text())
    assert receipt["dialect"]["missingValues"] == ["999"]
    assert receipt["dialect"]["decimalChar"] == "."
    assert (receipt["dyads"], receipt["samples"], receipt["ratings"]) == (12, 189, 0)
    assert receipt["sessions"] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--person mother", "two names"),
        ("--phase before,after", "NAME=VALUE"),
        ("--phase pre=before", "pre=BEFORE,post=AFTER"),
        ("--session baseline=zero", "must be a number"),
        ("--time a=nan", "must be a number"),
        ("--separator ;;", "one character"),
        ("--map dyad", "ROLE=COLUMN"),
        ("--map signal=Signal", "no such column. Did you mean 'signal'"),
        ("--decimal . --thousands .", "do not go together"),
        ("--person x,therapist", "no person 'x'"),
    ],
)
def test_an_option_that_is_none_is_said(options, words, desk):
    done = typed(f"import plain.csv {options}")
    assert done.exit_code == 2
    assert words in done.stderr


@pytest.mark.parametrize("setting", ["dyad", "colour=red", "=x"])
def test_a_map_that_is_none_is_refused(setting):
    with pytest.raises(InputError, match=r"ROLE=COLUMN|the role is one of"):
        read_map((setting,))
