"""Published numbers change by one command, which writes why."""

import csv
import datetime
import json

import pytest
from click.testing import CliRunner

from dyadsync.cli import main
from millbook.errors import InputError
from millbook.evidence.build_numbers import Number, differences, read_numbers
from millbook.evidence.published import accept, moved, published_file, read_published

DAY = datetime.date(2030, 1, 2)


def change_the_mean(book):
    path = book.results / "draws.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | {"mean": content["mean"] + 0.01}), encoding="utf-8")


def test_every_number_has_its_chapter_place_and_name(small_book):
    numbers = read_numbers(small_book)
    found = {(one.chapter, one.place, one.name): one.value for one in numbers}
    assert len(found) == len(numbers), "two numbers have one name"
    assert found["one", "parameters", "n_draws"] == "100"
    mean = json.loads((small_book.results / "draws.json").read_text(encoding="utf-8"))["mean"]
    assert found["one", "draws.json", "mean"] == repr(mean)
    assert f"{mean:.3f}" in {value for key, value in found.items() if key[2] == "mean:.3f"}
    assert found["two", "two.csv", "row 1: x"] == "7"


def test_numbers_of_a_table_are_named_by_the_words_of_their_row(small_book):
    names = [one.name for one in read_numbers(small_book) if one.place == "effects.csv"]
    assert names[0] == "mass, above 3 kg: estimate"


def test_published_numbers_are_one_readable_line_each(book_copy):
    accept(book_copy, "the first edition", DAY)
    with published_file(book_copy.root).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["chapter", "place", "name", "value"]
    assert len(rows) == len(read_numbers(book_copy))
    digits = [row["value"] for row in rows if row["place"] == "draws.json"]
    assert max(len(value.strip("-0.")) for value in digits) <= 6
    log = published_file(book_copy.root).with_name("changes.md").read_text(encoding="utf-8")
    assert "- 2030-01-02: the first edition (numbers: one" in log
    assert moved(book_copy) == []


def test_a_number_that_moved_is_named_until_it_is_accepted(book_copy):
    accept(book_copy, "the first edition", DAY)
    change_the_mean(book_copy)
    [line] = moved(book_copy)
    assert line.startswith("one, draws.json: mean was ")
    assert accept(book_copy, "another seed", DAY) == [line]
    assert moved(book_copy) == []
    log = published_file(book_copy.root).with_name("changes.md").read_text(encoding="utf-8")
    assert log.count("\n- ") == 2
    assert "another seed (numbers: one 1)" in log


def test_accepting_what_has_not_moved_writes_nothing(book_copy):
    accept(book_copy, "the first edition", DAY)
    files = [path.read_bytes() for path in sorted((book_copy.root / "published").iterdir())]
    assert accept(book_copy, "again", DAY) == []
    after = [path.read_bytes() for path in sorted((book_copy.root / "published").iterdir())]
    assert after == files


def test_rounding_leaves_the_published_text_as_it_is(book_copy):
    accept(book_copy, "the first edition", DAY)
    before = read_published(book_copy.root)
    path = book_copy.results / "draws.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | {"mean": content["mean"] * (1 + 1e-9)}), encoding="utf-8")
    assert accept(book_copy, "another processor", DAY) == []
    assert read_published(book_copy.root) == before


def test_a_reason_is_asked_for_before_anything_is_built(book_copy, monkeypatch):
    monkeypatch.chdir(book_copy.root)
    monkeypatch.setattr("millbook.build.build_book", lambda *_, **__: pytest.fail("built"))
    done = CliRunner().invoke(main, ["verify", "--accept", "  "])
    assert (done.exit_code, "Say why" in done.output) == (2, True)


def test_the_command_says_what_moved_and_exits_with_1(book_copy, monkeypatch):
    monkeypatch.chdir(book_copy.root)
    runner = CliRunner()
    done = runner.invoke(main, ["verify", "--published"])
    assert (done.exit_code, "There are no published numbers" in done.output) == (2, True)
    accept(book_copy, "the first edition", DAY)
    assert runner.invoke(main, ["verify", "--published"]).exit_code == 0
    change_the_mean(book_copy)
    done = runner.invoke(main, ["verify", "--published"])
    assert (done.exit_code, "1 numbers are not" in done.output) == (1, True)
    assert runner.invoke(main, ["verify", "--accept", "so", "--published"]).exit_code == 2


def test_a_number_that_is_gone_or_new_is_a_difference():
    one, other = (Number("chapter", "cell", name, "1") for name in "xy")
    assert differences([one], [other]) == [
        "chapter, cell cell: x was 1, is not there",
        "chapter, cell cell: y was not there, is 1",
    ]


def test_a_broken_file_of_published_numbers_is_refused(tmp_path):
    path = published_file(tmp_path)
    path.parent.mkdir()
    path.write_text("chapter,value\n", encoding="utf-8")
    with pytest.raises(InputError, match="is broken"):
        read_published(tmp_path)
