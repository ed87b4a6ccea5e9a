"""A package from one table of a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from dyadsync.errors import InputError
from dyadsync.study.importing import import_table, read_map
from dyadsync.study.load import check_study, load_study

LONG = {
    "dyad": "pair",
    "session": "visit",
    "person": "who",
    "phase": "when",
    "signal": "cort",
    "cause": "stress",
    "outcome": "mood",
}


def long_table(path: Path, *, separator: str = ",", decimal: str = ".") -> Path:
    lines = [separator.join(["pair", "visit", "who", "when", "cort", "stress", "mood", "site"])]
    for pair in ("p1", "p2", "p3"):
        for visit in (1, 2, 3, 4):
            for who in ("mother", "child"):
                for when in ("after", "before"):
                    value = f"{int(pair[1]) + visit % 3 + (when == 'after') * visit / 4:.2f}"
                    cells = [pair, visit, who, when, value, pair[1] + ".5", 10 + visit, "north"]
                    texts = [str(cell) for cell in cells]
                    lines.append(
                        separator.join(
                            text.replace(".", decimal) if text != pair else text for text in texts
                        )
                    )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", ","), ("\t", ".")])
def test_a_long_table_becomes_a_package_that_is_right(
    tmp_path: Path, separator: str, decimal: str
) -> None:
    table = long_table(tmp_path / "t.csv", separator=separator, decimal=decimal)
    said = import_table(table, LONG, tmp_path / "p", unit="nmol/L", better="higher")
    assert check_study(tmp_path / "p") == []
    study = load_study(tmp_path / "p")
    assert (len(study.dyads), len(study.samples), len(study.symptoms)) == (3, 48, 12)
    assert study.words.first == "mother"
    assert study.words.before == "before"
    assert study.samples["signal"].iloc[0] == 2  # pair 1, visit 1, before
    assert study.dyads["social_impairment"].tolist() == [1.5, 2.5, 3.5]
    assert study.dyads["site"].tolist() == ["north"] * 3
    assert study.higher_is_better
    assert any(line.startswith("The phases are before and after") for line in said)
    assert any("site (words)" in line for line in said)


def test_a_wide_table_has_its_sessions_in_the_names_of_columns(tmp_path: Path) -> None:
    names = [f"{who}_{when}_{s}" for who in "mc" for when in "ba" for s in (1, 2, 3)]
    rows = [["pair", "stress", *names, "mood_0", "mood_6"]]
    rows += [[f"p{n}", n, *range(n, n + len(names)), 20, 20 - n] for n in (1, 2, 3)]
    table = tmp_path / "wide.csv"
    table.write_text("\n".join(",".join(map(str, row)) for row in rows))
    settings = (
        *("dyad=pair", "cause=stress", "outcome=mood_{time}"),
        *("mother.before=m_b_{session}", "mother.after=m_a_{session}"),
        *("child.before=c_b_{session}", "child.after=c_a_{session}"),
    )
    import_table(table, read_map(settings), tmp_path / "p", signal="cortisol", unit="nmol/L")
    study = load_study(tmp_path / "p")
    assert len(study.samples) == 3 * 12
    assert study.symptoms["time"].tolist() == [0, 6] * 3
    one = study.samples.query("dyad_id == 'p2' and session == 3")
    assert one["signal"].tolist() == [4, 7, 10, 13]  # m_b, m_a, c_b, c_a of the third session


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dyad": "couple"}, "no such column. The columns are pair, visit"),
        ({"cause": ""}, "the role cause"),
        ({"signal": "who"}, "must be numbers; row 2 has 'mother'"),
        ({"person": "pair"}, "person must have two values"),
        ({"session": "stress"}, "must be whole numbers"),
        ({"cause": "cort"}, "has the role cause, but some dyads have two values"),
    ],
)
def test_what_cannot_be_a_package_is_refused_and_nothing_is_written(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    roles = {role: column for role, column in {**LONG, **change}.items() if column}
    with pytest.raises(InputError, match=words):
        import_table(long_table(tmp_path / "t.csv"), roles, tmp_path / "p")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n", "rows below it"),
        (b"a,a\n1,2\n", "twice"),
        (b"a,b\n1,2,3\n", "row 2: 3 cells, but there are 2 columns"),
        (b"PK\x03\x04", "CSV UTF-8"),
    ],
)
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InputError, match=words):
        import_table(tmp_path / "t.csv", LONG, tmp_path / "p")


@pytest.mark.parametrize(
    ("setting", "words"),
    [("dyad", "ROLE=COLUMN"), ("colour=red", "the role is one of"), ("=x", "ROLE=COLUMN")],
)
def test_a_map_that_is_none_is_refused(setting: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_map((setting,))


def test_names_and_values_stay_text(tmp_path: Path) -> None:
    text = long_table(tmp_path / "t.csv").read_text().replace("north", "=1+1 <b>`$x$`")
    (tmp_path / "t.csv").write_text(text.replace("p1", "<script>"))
    import_table(tmp_path / "t.csv", LONG, tmp_path / "p")
    study = load_study(tmp_path / "p")
    assert study.dyads["site"].iloc[0] == "=1+1 <b>`$x$`"
    assert study.dyads["dyad_id"].iloc[0] == "<script>"
