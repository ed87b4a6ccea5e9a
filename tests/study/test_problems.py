"""Problems as text."""

from dyadsync.study.problems import DataError, Problem, format_problems, problem_at


def test_ten_problems_of_a_file_are_shown_and_the_eleventh_is_counted():
    many = [
        Problem("a.csv", row, None, "rule", f"a.csv, row {row}: no {row}.") for row in range(2, 40)
    ]
    assert format_problems(many[:10]).splitlines()[-1] == "a.csv, row 11: no 11."
    last = "a.csv, row 11: no 11."
    assert format_problems(many[:11]).splitlines()[-2:] == [last, "a.csv: 1 more problem."]
    text = format_problems([*many, Problem("b.csv", None, None, "rule", "b.csv: no.")])
    assert text.startswith("39 problems in the data:")
    assert text.splitlines()[-3:] == [last, "a.csv: 28 more problems.", "b.csv: no."]
    assert format_problems([]) == ""


def test_problems_that_differ_in_their_row_only_share_a_line():
    many = [problem_at("a.csv", row, "dyad", "rule", "no.") for row in range(2, 10)]
    text = format_problems([*many, problem_at("a.csv", 3, "time", "rule", "no.")])
    assert text.splitlines() == [
        "9 problems in the data:",
        "a.csv, row 2, column dyad: no. The same in rows 3, 4, 5, 6, 7 and 2 more.",
        "a.csv, row 3, column time: no.",
    ]


def test_the_error_holds_every_problem():
    error = DataError(iter([problem_at("a.csv", 2, "age", "rule", "no.")]))
    assert [str(problem) for problem in error.problems] == ["a.csv, row 2, column age: no."]
    assert str(error).endswith("a.csv, row 2, column age: no.")


def test_a_sentence_begins_with_what_is_known_of_the_place():
    assert problem_at("a.csv", None, "age", "rule", "no.").message == "a.csv, column age: no."
    assert problem_at("a.csv", 1, None, "rule", "no.").message == "a.csv, row 1: no."
