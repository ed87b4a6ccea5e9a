"""The way of a number, on the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dyadsync.cli import main
from millbook.project import Project
from millbook.provenance import data_hash


def explain(book: Project, what: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.chdir(book.root)
    done = CliRunner().invoke(main, ["explain", what])
    return done.exit_code, done.output


def test_a_number_leads_to_its_expression_code_parameters_data_and_package(
    small_book: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    mean = json.loads((small_book.results / "draws.json").read_text(encoding="utf-8"))["mean"]
    code, words = explain(small_book, f"{mean:.3f}", monkeypatch)
    assert code == 0
    for part in ("chapter     one", "expression  mean:.3f", "made by", "random", "n_draws = 100"):
        assert part in words
    assert "draws.json" in words, "the published number rounds to it"
    assert data_hash(small_book.data) in words
    assert "dyadsync 0" in words


def test_a_negative_number_is_no_option(
    small_book: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, words = explain(small_book, "-0.12", monkeypatch)
    assert (code, 'expression  effect["a|b"]:.2f' in words) == (0, True)


def test_a_claim_leads_to_all_its_numbers(
    small_book: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, words = explain(small_book, "(a)", monkeypatch)
    assert code == 0
    for column in ("estimate", "ci_lower", "ci_upper"):
        assert f": {column}" in words
    assert "publish(" in words


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("123456", "No chapter of"),
        ("12 apples", "neither a number nor a claim"),
        ("q", "publishes claim"),
    ],
)
def test_what_is_not_in_the_book_is_said(
    small_book: Project, monkeypatch: pytest.MonkeyPatch, what: str, said: str
) -> None:
    code, words = explain(small_book, what, monkeypatch)
    assert (code, said in words) == (2, True)
