"""The command: its receipt, the same again, a dry run, and what `check` says of a package."""

import json
import shlex
import shutil

import openpyxl
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
    for name in ("plain", "missing_999", "wide", "wide_without_phases"):
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


@pytest.mark.parametrize("word", ["tab", r"'\t'"])
def test_a_tab_may_be_typed(word, desk):
    text = (desk / "plain.csv").read_text()
    (desk / "t.txt").write_text(text.replace(",", "\t"))
    done = typed(f"import t.txt --separator {word} --dry-run")
    assert "separated by tabs" in done.stdout, done.output


def test_a_question_ends_with_2_and_writes_nothing(desk):
    before = sorted(desk.iterdir())
    done = typed("import missing_999.csv")
    assert done.exit_code == 2
    assert "--missing=999" in done.stderr
    assert sorted(desk.iterdir()) == before


@pytest.mark.parametrize("how", ["", " --dry-run"])
@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_written_before_the_last_check(there, how, desk):
    lines = (desk / "plain.csv").read_text().splitlines(keepends=True)
    (desk / "t.csv").write_text("".join(lines[:1] + [one for one in lines if ",1," in one]))
    if there:
        (desk / "t").mkdir()
    before = sorted(desk.rglob("*"))
    done = typed(f"import t.csv{how}")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no dyad has two sessions" in done.stderr
    assert sorted(desk.rglob("*")) == before
    again = typed(f"import plain.csv --output t{how}")
    assert again.exit_code == 0, again.output
    assert (desk / "t" / "samples.csv").exists() is not bool(how)


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
        ("--map =x", "ROLE=COLUMN"),
        ("--map colour=red", "the role is one of"),
        ("--map signal=Signal", "no such column. Did you mean 'signal'"),
        ("--decimal . --thousands .", "do not go together"),
        ("--person x,therapist", "no person 'x'"),
        ("--person patient,patient", "--person names 'patient' for both"),
        ("--phase pre=pre,post=pre", "--phase names 'pre' for both"),
        ("--without D1", "dyad has no such name; the nearest: D12, D11, D10"),
        ("--session 1=0,5=4", "--session 5: there is no such session; the table has 1, 2, 3, 4"),
    ],
)
def test_an_option_that_is_none_is_said(options, words, desk):
    done = typed(f"import plain.csv {options}")
    assert done.exit_code == 2
    assert words in done.stderr


WIDE = "--map dyad=ID --map signal=T{session}_{phase}_{person} --dry-run"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("wide.csv --map outcome=HRSD --map dyad=ID", 'may be --map "outcome=HRSD_w{time}"'),
        (f"wide.csv {WIDE} --map outcome=HRSD_w0", 'may be --map "outcome=HRSD_w{time}"'),
        ("wide.csv --map signal=T{sesion}_pre", "{sesion} is none of {session}, {person},"),
        ("wide.csv --map signal=T{session}patient_{phase}", "no such column. Did you mean 'T"),
        ("wide.csv --map signal=t{session}_{person}", '"signal=T{session}_{phase}_{person}"'),
        ("wide.csv --map dyad=ID --map signal=T{session}_pre_patient", "write {person} there"),
        ("units.csv", "'7 nmol/L' is a number and more; take 'nmol/L' out of the cells"),
        ("star.csv", "'7*' is a number and more; take '*' out of the cells"),
        ("percent.csv", "'7%' is a number and more; take '%' out of the cells"),
        ("march.csv", "'07. Mrz' is a date, which a spreadsheet may have made of it"),
        ("iso.csv", "'2021-03-07' is a date, which a spreadsheet may have made of it"),
        ("table --map dyad=ID", "Say with --output where the package goes"),
        (".", ". is a folder; name the table in it."),
    ],
)
def test_what_a_lab_may_try_is_answered_and_writes_nothing(command, words, desk):
    shutil.copy(desk / "wide.csv", desk / "table")
    cells = "pre,patient,7 nmol/L\npost,patient,8 nmol/L\npre,therapist,9\npost,therapist,9\n"
    rows = "".join(f"A,1,{row}\n" for row in cells.splitlines())
    written = {
        "units": "7 nmol/L",
        "star": "7*",
        "percent": "7%",
        "march": "07. Mrz",
        "iso": "2021-03-07",
    }
    for name, cell in written.items():
        text = f"dyad,session,phase,person,signal\n{rows}".replace("7 nmol/L", cell)
        (desk / f"{name}.csv").write_text(text)
    before = sorted(desk.iterdir())
    done = typed(f"import {command}")
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert sorted(desk.iterdir()) == before


def test_names_in_merged_cells_are_said_to_be_in_the_way(desk):
    book = openpyxl.Workbook()
    for row in [["pair", "", "mother", ""], ["", "visit", "pre", "post"], ["A", 1, 7.1, 8.2]]:
        book.active.append(row)
    book.active.append([None, 2, 6.1, 8.4])
    book.active.append(["B", 1, 6.4, 8.8])
    book.active.append(["B", 2, 6.6, 8.9])
    book.save(desk / "t.xlsx")
    done = typed("import t.xlsx")
    assert done.exit_code == 2
    assert "row 3 was taken as the row of names, which needs one name for each" in done.stderr
    done = typed("import t.xlsx --map session=visit")
    assert done.exit_code == 2


@pytest.mark.parametrize("setting", ["dyad", "colour=red", "=x"])
def test_a_map_that_is_none_is_refused(setting):
    with pytest.raises(InputError, match=r"ROLE=COLUMN|the role is one of"):
        read_map((setting,))
