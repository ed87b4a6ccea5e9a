"""Problems as text."""

from dyadsync.study.problems import DataError, Problem, format_problems, problem_at


def test_long_lists_of_problems_are_cut_and_counted():
    many = [Problem("a.csv", row, None, "rule", f"a.csv, row {row}: no.") for row in range(2, 40)]
    text = format_problems(many)
    assert text.startswith("38 problems in the data:")
    assert text.endswith("a.csv: 28 more problems.")
    assert len(text.splitlines()) == 12


def test_ten_problems_of_a_file_are_shown_and_the_eleventh_is_counted():
    many = [Problem("a.csv", row, None, "rule", f"a.csv, row {row}: no.") for row in range(2, 13)]
    assert format_problems(many[:10]).splitlines()[-1] == "a.csv, row 11: no."
    assert format_problems(many).splitlines()[-2:] == [
        "a.csv, row 11: no.",
        "a.csv: 1 more problem.",
    ]


def test_files_are_counted_apart_and_together():
    found = [Problem(file, None, None, "rule", f"{file}: no.") for file in ("a.csv", "b.csv")]
    assert format_problems(found) == "2 problems in the data:\na.csv: no.\nb.csv: no."
    assert format_problems(found[:1]) == "1 problem in the data:\na.csv: no."
    assert format_problems([]) == ""


def test_the_error_holds_every_problem():
    error = DataError(iter([problem_at("a.csv", 2, "age", "rule", "no.")]))
    assert [str(problem) for problem in error.problems] == ["a.csv, row 2, column age: no."]
    assert str(error).endswith("a.csv, row 2, column age: no.")


def test_a_sentence_begins_with_what_is_known_of_the_place():
    assert problem_at("a.csv", None, "age", "rule", "no.").message == "a.csv, column age: no."
    assert problem_at("a.csv", 1, None, "rule", "no.").message == "a.csv, row 1: no."


def test_two_more_problems_are_several():
    found = [Problem("a.csv", row, None, "rule", "a.csv: no.") for row in (2, 3, 4)]
    assert format_problems(found, per_file=1).endswith("a.csv: 2 more problems.")
