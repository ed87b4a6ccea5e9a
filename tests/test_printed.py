"""Results print the same way."""

from dataclasses import dataclass

import pandas as pd

from dyadsync.printed import Printed


@dataclass(frozen=True, repr=False)
class Found(Printed):
    table: pd.DataFrame
    notes: tuple[str, ...] = ("a < b",)

    def _title(self):
        return "What was found"

    def _text(self):
        return "One dyad."


def test_a_result_prints_its_title_its_table_its_sentence_and_its_notes():
    result = Found(pd.DataFrame({"r": [0.126, None]}, index=["D1", "D2"]))
    assert [line.strip() for line in repr(result).split("\n")] == [
        "What was found",
        "r",
        "D1  0.13",
        "D2     –",
        "One dyad.",
        "a < b",
    ]
    page = result._repr_html_()
    assert page.startswith("<p><strong>What was found</strong></p>")
    assert "<td>0.13</td>" in page
    assert page.endswith("<p><small>One dyad.<br>a &lt; b</small></p>")


def test_a_number_that_is_rounded_to_zero_has_no_sign():
    assert "<td>0.00</td>" in Found(pd.DataFrame({"r": [-0.001]}))._repr_html_()


def test_rows_that_are_only_counted_have_no_names():
    page = Found(pd.DataFrame({"r": [0.5]}))._repr_html_()
    assert "<th>0</th>" not in page
