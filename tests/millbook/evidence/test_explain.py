"""The way of a number, on the command line."""

import json

import pytest
from click.testing import CliRunner

from dyadsync.cli import main
from millbook.evidence.build_numbers import Number
from millbook.evidence.explain import _rank
from millbook.provenance import data_hash


def explain(book, what, monkeypatch):
    monkeypatch.chdir(book.root)
    done = CliRunner().invoke(main, ["explain", what])
    return done.exit_code, done.output


def test_a_number_leads_to_its_expression_code_parameters_data_and_package(small_book, monkeypatch):
    mean = json.loads((small_book.results / "draws.json").read_text(encoding="utf-8"))["mean"]
    code, words = explain(small_book, f"{mean:.3f}", monkeypatch)
    assert code == 0
    for part in (
        "chapter     one",
        "expression  mean:.3f",
        "made by",
        "mean = mass",
        "n_draws = 100",
    ):
        assert part in words
    assert "draws.json" in words, "the published number rounds to it"
    assert data_hash(small_book.data) in words


def test_a_negative_number_is_no_option(small_book, monkeypatch):
    code, words = explain(small_book, "-0.12", monkeypatch)
    assert (code, 'expression  effect["a|b"]:.2f' in words) == (0, True)


@pytest.mark.parametrize("name", ["mass", "effects"])
def test_a_name_leads_to_all_numbers_published_of_it(small_book, monkeypatch, name):
    code, words = explain(small_book, name, monkeypatch)
    assert code == 0
    for column in ("estimate", "ci_lower", "ci_upper"):
        assert f": {column}" in words
    assert "publish(" in words


def test_a_build_that_somebody_changed_is_not_explained(book_copy, monkeypatch):
    (book_copy.results / "draws.json").write_text("{}", encoding="utf-8")
    code, words = explain(book_copy, "4.1", monkeypatch)
    assert (code, "results/draws.json does not match SHA256SUMS" in words) == (2, True)


@pytest.mark.parametrize(
    ("what", "said"), [("123456", "No chapter of"), ("q", "give a number as a page shows it")]
)
def test_what_is_not_in_the_book_is_said(small_book, monkeypatch, what, said):
    code, words = explain(small_book, what, monkeypatch)
    assert (code, said in words) == (2, True)


def test_a_sentence_comes_before_the_line_of_a_table():
    def ranks(wanted, *numbers):
        return [_rank(Number("c", "cell", name, value), wanted) for name, value in numbers]

    sentence = "result.in_words()", "estimated as 0.17 (95 % interval 0.00 to 0.48)"
    table = "output, line 2", "0 | D01 | 4 | 0.17 | 0.48"
    assert ranks("0.17", ("r:.2f", "0.17"), sentence, table, ("r:.2f", "0.171")) == [1, 2, 3, 0]
    assert ranks("0.48", sentence, table) == [2, 3]
