import sys

import numpy as np
import pandas as pd
import pytest

from millbook.prose import as_text, load_ipython_extension, split_format
from tests.programs import ended


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x", ("x", "")),
        ("x:.2f", ("x", ".2f")),
        (" x : .2f ", ("x", ".2f")),
        ('t.loc["ACME", "estimate"]:+.2f', ('t.loc["ACME", "estimate"]', "+.2f")),
        ('d["a:b"]:.1%', ('d["a:b"]', ".1%")),
        ("x[1:3]", ("x[1:3]", "")),
        ("x[1:3].mean():,.0f", ("x[1:3].mean()", ",.0f")),
        ("{1: 2}[1]:d", ("{1: 2}[1]", "d")),
        ("(lambda: 3)():d", ("(lambda: 3)()", "d")),
        ('f"{x:.2f} to {y:.2f}"', ('f"{x:.2f} to {y:.2f}"', "")),
        ("when:%H:%M", ("when", "%H:%M")),
    ],
)
def test_a_format_begins_where_the_expression_is_whole(text, parts):
    assert split_format(text) == parts


@pytest.mark.parametrize("text", ["", ":.2f", "x y", "x =", "1 +:d"])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(SyntaxError, match="no Python expression"):
        split_format(text)


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (-1.005, ".1f", "−1.0"),
        (np.float64(-0.25), ".2f", "−0.25"),
        (1e-5, ".0e", "1e−05"),
        (np.int64(-3), "", "−3"),
        (1234567, ",d", "1,234,567"),
        (-0.0034, ".2f", "−0.003"),
        (-0.3, ".0f", "−0.3"),
        (-1e-17, ".2f", "0.00"),
        (-0.0, ".1f", "0.0"),
        (0.0034, ".2f", "0.00"),
        (float("nan"), ".2f", "–"),
        (np.float32("nan"), "", "–"),
        (pd.NA, ".2f", "–"),
        (pd.Timestamp("2021-01-02"), "%d-%m", "02-01"),
        ("nan", "", "nan"),
        (
            "-1 to -.5 (2021-22, HRSD-17, weeks 0-16)",
            "",
            "−1 to −.5 (2021-22, HRSD-17, weeks 0-16)",
        ),
        ("two\n  lines", "", "two lines"),
    ],
)
def test_a_value_is_written_as_prose_does(value, spec, text):
    assert as_text(value, spec) == text


class Shell:
    """What IPython's shell does with expressions, without a format."""

    def __init__(self, **names):
        self.user_global_ns = self.user_ns = names

    def user_expressions(self, expressions):
        return {
            name: {"status": "ok", "data": {"text/html": str(eval(text, self.user_ns))}}
            for name, text in expressions.items()
        }


def ask(text, **names):
    shell = Shell(**names)
    load_ipython_extension(shell)
    load_ipython_extension(shell)  # a second time changes nothing
    return shell.user_expressions({"a": text})["a"]


def test_a_kernel_answers_as_ipython_does():
    assert ask("x:.1f", x=-2) == {"status": "ok", "data": {"text/plain": "'−2.0'"}, "metadata": {}}
    assert ask("[x]", x=2) == {"status": "ok", "data": {"text/html": "[2]"}}


@pytest.mark.parametrize(
    ("text", "name"), [("y", "NameError"), ("x:.q", "ValueError"), ("x +", "SyntaxError")]
)
def test_a_kernel_says_what_was_wrong(text, name):
    answer = ask(text, x=1)
    assert (answer["status"], answer["ename"]) == ("error", name)
    assert answer["evalue"]
    assert answer["traceback"]


def test_the_extension_is_light():
    """It is loaded by every kernel, before any number."""
    code = "import sys, millbook.prose; print({'numpy', 'pandas'} & set(sys.modules))"
    done = ended([sys.executable, "-c", code])
    assert done.stdout == "set()\n"
