"""Files of other programs, other alphabets, and what stands around a table."""

import datetime
import unicodedata

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dyadsync import check_study, load_study
from dyadsync.errors import InputError
from dyadsync.importing.answers import Answers, Question
from dyadsync.importing.layout import read_map
from dyadsync.importing.package import import_table
from dyadsync.importing.receipt import departures
from tests.importing.test_cases import CASES

GERMAN = {
    "dyad": "Dyade",
    "session": "Sitzung",
    "person": "Person",
    "phase": "Zeitpunkt",
    "signal": "Oxytocin (pg/ml)",
    "cause": "Ängstlichkeit",
    "therapist": "Therapeut",
}


@pytest.fixture
def plain():
    return pd.read_csv(CASES / "plain.csv")


@pytest.fixture
def german(plain):
    table = plain.rename(columns=GERMAN)
    table["Person"] = table["Person"].map({"patient": "Patient", "therapist": "Therapeut"})
    table["Zeitpunkt"] = table["Zeitpunkt"].map({"pre": "vorher", "post": "nachher"})
    return table


def dry(path, roles=None, **answers):
    return import_table(path, roles or {}, path.parent / "p", Answers(**answers), dry_run=True)


def same_samples(done, plain):
    rows = done.tables[0].rows
    keys = ["dyad", "session", "person", "phase"]
    expected = plain.sort_values(keys, key=lambda c: c.replace("post", "qost"))["signal"]
    assert rows.iloc[:, -1].tolist() == expected.tolist()
    assert done.receipt["rows"] == {"read": 192, "used": 192}


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [("cp1252", ";"), ("utf-16", "\t"), ("utf-16-le", ";"), ("utf-8-sig", "|"), ("utf-8", "\t")],
)
def test_texts_of_any_alphabet_and_separator(encoding, separator, german, plain, tmp_path):
    path = tmp_path / "t.csv"
    german.to_csv(path, sep=separator, decimal=",", index=False, encoding=encoding)
    done = dry(path, GERMAN)
    same_samples(done, plain)
    assert done.receipt["persons"] == ["Patient", "Therapeut"]
    assert done.receipt["phases"] == ["vorher", "nachher"]
    assert done.receipt["dialect"]["decimalChar"] == ","


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-32"])
def test_english_texts_of_several_bytes_a_letter(encoding, plain, tmp_path):
    plain.to_csv(tmp_path / "t.csv", index=False, encoding=encoding)
    same_samples(dry(tmp_path / "t.csv"), plain)


def test_columns_separated_by_blanks(plain, tmp_path):
    (tmp_path / "t.txt").write_text(plain.to_string(index=False))
    same_samples(dry(tmp_path / "t.txt"), plain)


def test_a_workbook_with_titles_and_several_sheets(plain, tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Data"
    sheet.append(["Study X"])
    sheet.append([])
    sheet.append(list(plain.columns))
    for row in plain.itertuples(index=False):
        sheet.append(list(row))
    book.create_sheet("Notes").append(["a note"])
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(Question, match=r'Data, Notes.* --sheet "Data"'):
        dry(tmp_path / "t.xlsx")
    done = dry(tmp_path / "t.xlsx", sheet="Data")
    same_samples(done, plain)
    assert done.receipt["dialect"]["headerRows"] == [3]


SPSS = {"missing_ranges": {"signal": [-99.0], "visit": [{"lo": 1.0, "hi": 2.0}]}}
STATA = {"missing_user_values": {"signal": ["b"], "visit": ["z"]}}


@pytest.mark.parametrize(
    ("kind", "code", "shown", "says"),
    [
        ("sav", -99.0, "-99", SPSS),
        ("dta", "b", ".b", STATA),
        ("dta", "b", ".b", STATA | {"version": 8}),
        ("dta", "b", ".b", STATA | {"version": 12, "variable_format": {"visit": "%tdDD/NN/CCYY"}}),
    ],
)
def test_labels_dates_and_declared_missing_values_of_spss_and_stata(
    kind, code, shown, says, plain, tmp_path
):
    begin = datetime.date(2024, 3, 1)
    table = plain.assign(
        person=plain["person"].map({"patient": 1.0, "therapist": 2.0}),
        phase=plain["phase"].map({"pre": 1.0, "post": 2.0}),
        signal=plain["signal"].astype(object),
        visit=[begin + datetime.timedelta(7 * int(session)) for session in plain["session"]],
        outcome=30.0 - plain["session"],
        mood=1.0,
    )
    table.loc[[3, 5], "signal"] = code
    table.loc[9, ["signal", "visit"]] = np.nan
    if kind == "dta":
        table.loc[10, "visit"] = "z"
    labels = {
        "person": {1.0: "patient ", 2.0: "therapist"},
        "phase": {1.0: "before", 2.0: "after"},
        "signal": {code: "no sample"},
        "outcome": {30.0 - session: f"{session} better" for session in range(1, 5)},
        "mood": {1.0: "good", 2.0: "bad"},
    }
    path = tmp_path / f"t.{kind}"
    getattr(pyreadstat, f"write_{kind}")(table, str(path), variable_value_labels=labels, **says)
    roles = {"session": "visit", "time": "visit"}
    done = dry(path, roles, fill_down=False)
    assert done.receipt["dialect"]["format"] == kind
    assert done.receipt["phases"] == ["before", "after"]
    assert done.receipt["columns"][0]["missing"] == {shown: 2}
    empty = "10" if kind == "sav" else "10-11"
    assert done.receipt["left out"] == [{"why": "visit is empty", "rows": empty}]
    assert done.receipt["samples"] == (189 if kind == "sav" else 188)
    assert done.tables[0].rows["session_time"].unique().tolist() == [0, 7, 14, 21]
    assert done.tables[1].rows["mood"].unique() == ["good"]
    assert done.tables[2].rows["outcome"].tolist() == [29, 28, 27, 26] * 12


def test_stata_has_numbers_of_four_bytes_and_dates_in_many_units(plain, tmp_path):
    path = tmp_path / "t.dta"
    for unit, days in (("tm", [0, 31, 60, 91]), ("tq", [0, 91, 182, 274]), ("tc", [0, 31, 60, 91])):
        months = (plain["session"] - 1) * (3 if unit == "tq" else 1)
        when = pd.Series(np.datetime64("2024-01") + months.to_numpy().astype("timedelta64[M]"))
        table = plain.assign(session=when.astype("datetime64[s]"))
        table["signal"] = table["signal"].astype("float32")
        table.to_stata(path, write_index=False, convert_dates={"session": unit}, version=119)
        done = dry(path)
        same_samples(done, plain)
        assert done.tables[0].rows["session_time"].unique().tolist() == days
    plain.assign(session=datetime.datetime(1960, 1, 1, 9, 14)).to_stata(path, write_index=False)
    with pytest.raises(InputError, match="'09:14:00' is a time of day"):
        dry(path)


def test_an_old_stata_file_does_not_say_its_alphabet(plain, tmp_path):
    path = tmp_path / "t.dta"
    plain["dyad"] = plain["dyad"].replace("D01", "Mxller")
    plain.to_stata(path, write_index=False, version=114)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"Mxller", "Müller".encode("cp1252")))
    assert "It does not say its alphabet" in " ".join(dry(path).receipt["said"])
    path.write_bytes(raw.replace(b"Mxller", "Mśller".encode("cp1250")))
    done = dry(path, encoding="cp1250")
    assert "Mśller" in set(done.tables[1].rows["dyad_id"])
    assert "alphabet" not in " ".join(done.receipt["said"])
    path.write_bytes(raw.replace(b"Mxller", b"M\x81ller"))
    with pytest.raises(InputError, match=r"--encoding cp1252, cp1250 or macintosh may be right"):
        dry(path)


def test_a_damaged_file_of_statistics_is_said(plain, tmp_path):
    path = tmp_path / "t.dta"
    pyreadstat.write_dta(plain, str(path))
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"<N>") + 7] = 1  # four thousand million rows more than there are
    path.write_bytes(raw)
    with pytest.raises(InputError, match="cannot be read as a Stata file"):
        dry(path)


def test_codes_that_share_a_label_stay_codes(plain, tmp_path):
    plain["therapist"] = plain["therapist"].rank(method="dense")
    labels = {"therapist": dict.fromkeys([1.0, 2.0, 3.0, 4.0], "a therapist")}
    pyreadstat.write_dta(plain, str(tmp_path / "t.dta"), variable_value_labels=labels)
    n = plain["therapist"].nunique()
    assert dry(tmp_path / "t.dta").tables[1].rows["therapist"].nunique() == n > 1


def test_no_cause_is_a_study_that_says_so(plain, tmp_path):
    plain.drop(columns=["cause", "therapist"]).to_csv(tmp_path / "t.csv", index=False)
    import_table(tmp_path / "t.csv", {}, tmp_path / "p")
    assert check_study(tmp_path / "p") == []
    study = load_study(tmp_path / "p")
    assert not study.has_cause
    assert study.dyads["social_impairment"].isna().all()


def test_an_outcome_in_pre_and_post(tmp_path):
    wide = pd.read_csv(CASES / "wide.csv")
    table = wide.rename(columns={"HRSD_w0": "hrsd_pre", "HRSD_w16": "hrsd_post"})
    table.drop(columns=["HRSD_w4", "HRSD_w8", "HRSD_w12"]).to_csv(tmp_path / "t.csv", index=False)
    roles = {"dyad": "ID", "signal": "T{session}_{phase}_{person}", "outcome": "hrsd_{phase}"}
    ratings = dry(tmp_path / "t.csv", roles).tables[2].rows
    assert ratings["time"].tolist() == [0, 1] * 12
    assert ratings.iloc[:2, 2].tolist() == [18, 11]


def test_an_outcome_that_both_persons_have(plain, tmp_path):
    rated = plain["session"] + 10 * (plain["person"] == "therapist")
    plain.assign(outcome=rated).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(Question, match="--of patient or --of therapist"):
        dry(tmp_path / "t.csv")
    ratings = dry(tmp_path / "t.csv", of="therapist").tables[2].rows
    assert ratings["outcome"].tolist() == [11, 12, 13, 14] * 12


def test_a_long_signal_has_its_moments_for_sessions(tmp_path):
    rng = np.random.default_rng(0)
    moments = np.arange(3000) / 2
    parts = [
        pd.DataFrame(
            {
                "dyad": f"D{dyad}",
                "second": moments,
                "hr_p": rng.normal(70, 5, 3000).round(),
                "hr_t": rng.normal(75, 5, 3000).round(),
            }
        )
        for dyad in range(5)
    ]
    pd.concat(parts).to_csv(tmp_path / "t.csv", index=False)
    roles = {"dyad": "dyad", "session": "second", "patient.": "hr_p", "therapist.": "hr_t"}
    done = dry(tmp_path / "t.csv", roles)
    samples = done.tables[0].rows
    assert len(samples) == 30_000
    assert samples.query("session == 4")["session_time"].unique().tolist() == [1.5]
    assert any("numbered in order" in one for one in done.receipt["said"])


@pytest.mark.parametrize(
    ("labels", "answers", "found"),
    [
        (["S01", "S02", "S03", "S04"], {}, [1, 2, 3, 4]),
        (["baseline", "week 4", "week 8", "week 12"], {"sessions": {"baseline": 0}}, [0, 4, 8, 12]),
        (["01.03.2024", "08.03.2024", "15.03.2024", "02.04.2024"], {}, [1, 2, 3, 4]),
        (["03/01/24", "03/08/24", "03/15/24", "04/02/24"], {}, [1, 2, 3, 4]),
        (["24-03-01", "24-03-08", "24-03-15", "24-04-02"], {"dates": "ymd"}, [1, 2, 3, 4]),
        (["20240301", "20240308", "20240315", "20240402"], {}, [1, 2, 3, 4]),
    ],
)
def test_sessions_named_by_words_and_dates(labels, answers, found, plain, tmp_path):
    named = plain["session"].map(dict(zip([1, 2, 3, 4], labels, strict=True)))
    plain.assign(session=named).to_csv(tmp_path / "t.csv", index=False)
    samples = dry(tmp_path / "t.csv", **answers).tables[0].rows
    assert samples["session"].unique().tolist() == found
    if labels[0] != "S01" and labels[0] != "baseline":
        assert samples["session_time"].unique().tolist() == [0, 7, 14, 32]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"session": ["baseline", "week 4", "week 8", "week 12"]}, r"--session \"baseline=0\""),
        ({"session": ["a", "b", "c", "d"]}, r"--session \"a=0,b=1,c=2\""),
        (
            {"session": ["01/02/24", "02/02/24", "03/02/24", "04/02/24"]},
            "several orders.* --dates dmy or --dates mdy or --dates ymd",
        ),
        ({"session": ["24-03-01", "24-03-08", "24-03-15", "24-04-02"]}, "--dates dmy or .*ymd"),
        ({"session": ["week 1", "week 2", "month 1", "month 2"]}, "does not say its number"),
        ({"phase": {"pre": "1", "post": "2"}}, "--phase pre=1,post=2, or --phase pre=2,post=1"),
        ({"person": {"patient": "A", "therapist": "B"}}, "--person A,B, or --person B,A"),
        ({"person": {"patient": "patient", "therapist": "Patient"}}, "--spellings same"),
        ({"dyad": {"D01": "Mean"}}, r"'Mean' in rows 2, .* --without \"Mean\""),
        ({"dyad": {"D02": None}}, "--fill-down, or --no-fill-down"),
    ],
)
def test_what_a_table_does_not_say_is_asked(change, words, plain, tmp_path):
    for column, values in change.items():
        if isinstance(values, list):
            plain[column] = plain[column].map(dict(zip([1, 2, 3, 4], values, strict=True)))
        else:
            assert isinstance(values, dict)
            plain[column] = plain[column].replace(values)
    plain.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(Question, match=words):
        dry(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("signal", "cause", "words"),
    [
        ("1,001 2,345 969", "50 51 52", r"'1,001' can be read in 2 ways.*1.001:.*1001:"),
        ("1.001 2.345 969", "50.5 51 52", r"'1.001' stands among whole numbers, so it may be 1001"),
        ("968,9 832,2 780,8", "50.8 51.3 52.1", "no one format reads both"),
        ("1,001.9 832.2 780.8", "50,8 51,3 52,1", "no one format reads both"),
        ("12 13 <LOD", "5 6 7", "--limit NUMBER"),
        ("<10 <8 14", "5 6 7", "<8, <10. that is not one number.*--limit 10 takes the highest"),
        ("12 13 >100", "5 6 7", "above a limit"),
        ("12 13 dry", "5 6 7", "--missing dry"),
        ("12 13 14", "5 6 <7", "only a signal may"),
        ("12 13 1e400", "5 6 7", "'1e400' is too large for a number"),
        ("12 13 -99", "5 6 7", "--missing=-99"),
        ("12 13 14", "5 6 999", "ause is 999"),
    ],
)
def test_numbers_that_can_be_read_in_two_ways(signal, cause, words, tmp_path):
    values, causes = signal.split(), cause.split()
    rows = ["dyad;session;person;signal;cause"]
    for dyad, its_cause in enumerate(causes):
        for session in range(3):
            for place, person in enumerate(("patient", "therapist")):
                value = values[(dyad + session + place) % 3]
                rows.append(f"D{dyad};{session};{person};{value};{its_cause}")
    (tmp_path / "t.csv").write_text("\n".join(rows))
    with pytest.raises(InputError, match=words):
        dry(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n", "rows below it"),
        (b"", "rows below it"),
        (b"dyad,dyad\n1,2\n", "several columns"),
        (b"dyad,signal\n1,2,3\n", "row 2: 3 cells, but only 2 columns"),
        (b"PK\x03\x04", "cannot be read as a workbook"),
        (b"PK\x03\x04", "open it in a spreadsheet and save it again, without a password"),
        (b'"dyad,signal"\n"D01,1"\n', "has one column, 'dyad,signal'; a table needs"),
        (b"%PDF-1.4\n1,2\n", "a PDF"),
        (b"$FL2@", "cannot be read as an SPSS file"),
        (b"<stata_dta>", "cannot be read as a Stata file"),
        (b'dyad,signal\n"1,2\n3,4\n', "row 2: the quotation marks"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(content, words, tmp_path):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InputError, match=words):
        dry(tmp_path / "t.csv")
    with pytest.raises(InputError, match="cannot be read"):
        dry(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("sessions", "words"),
    [
        (["1-Mar-24", "8-Mar-24", "15-Mar-24", "2-Apr-24"], "'1-Mar-24' is a date whose month is"),
        (["45352", "45359", "45366", "45384"], r"45352 may be .* a number \(2024-03-01\)"),
        (["2024-03-01", "2024-08-03", "15/03/2024", "02/04/2024"], "in another order of day"),
        (["30.02.2024", "08.03.2024", "15.03.2024", "02.04.2024"], "of which one is none"),
    ],
)
def test_a_date_that_cannot_be_read_is_said(sessions, words, plain, tmp_path):
    plain["session"] = plain["session"].map(dict(zip([1, 2, 3, 4], sessions, strict=True)))
    plain.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=words) as error:
        dry(tmp_path / "t.csv")
    assert type(error.value) is InputError  # no option would answer


def test_a_person_or_phase_in_each_row_of_its_own_is_said(plain, tmp_path):
    plain.assign(person=plain["person"] + plain["dyad"]).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=r"has 24 values: .* of the first person or of the second"):
        dry(tmp_path / "t.csv")
    clock = [f"{8 + row % 3:02d}:30" for row in plain.index]
    plain.assign(phase=clock).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=r"has 3 values: .* it is before or after"):
        dry(tmp_path / "t.csv")
    plain.drop(columns="person").to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match="each person has a table, put one below the other"):
        dry(tmp_path / "t.csv")


def test_what_no_one_sees_is_no_other_name(plain, tmp_path):
    table = plain.rename(columns={"signal": "Oxytocin\n(pg/ml)", "dyad": "Dyad  ID\u200e"})
    table.loc[::2, "Dyad  ID\u200e"] = "\u200b" + plain["dyad"] + "\u00a0"
    table.to_excel(tmp_path / "t.xlsx", index=False)
    table.to_csv(tmp_path / "t.csv", index=False)
    for name in ("t.xlsx", "t.csv"):
        roles = read_map(("signal=Oxytocin (pg/ml)", "dyad=Dyad  ID"))
        same_samples(dry(tmp_path / name, roles), plain)


def test_a_text_is_read_whatever_its_name_says(plain, tmp_path):
    plain.to_csv(tmp_path / "t.xls", sep="\t", index=False)
    same_samples(dry(tmp_path / "t.xls"), plain)
    plain.to_html(tmp_path / "t.xls", index=False)
    with pytest.raises(InputError, match="a page of the web"):
        dry(tmp_path / "t.xls")
    plain.to_json(tmp_path / "t.csv", orient="records")
    with pytest.raises(InputError, match="JSON"):
        dry(tmp_path / "t.csv")


def test_formulas_without_values_are_said(plain, tmp_path):
    formulas = plain.assign(signal="=1+" + plain["signal"].astype(str))
    formulas.to_excel(tmp_path / "t.xlsx", index=False)
    with pytest.raises(InputError, match=r"The signal has no value .* formulas"):
        dry(tmp_path / "t.xlsx")


def test_columns_are_listed_with_their_labels(plain, tmp_path):
    labels = {"signal": "Oxytocin in saliva"}
    pyreadstat.write_sav(plain, str(tmp_path / "t.sav"), column_labels=labels)
    with pytest.raises(InputError, match=r"phase, signal \(Oxytocin in saliva\), cause"):
        dry(tmp_path / "t.sav", {"signal": "ot"})


def test_a_column_may_be_called_as_those_of_a_package(plain, tmp_path):
    table = plain.rename(columns={"dyad": "ID"}).assign(dyad_id="study 1", row=5, nothing="NA")
    table.to_csv(tmp_path / "t.csv", index=False)
    done = import_table(tmp_path / "t.csv", {"dyad": "ID"}, tmp_path / "p")
    same_samples(done, plain)
    assert done.tables[1].rows["dyad_id"].tolist() == plain["dyad"].unique().tolist()
    assert set(done.tables[1].rows["dyad_id_"]) == {"study 1"}
    assert departures(tmp_path / "p") == []


def test_two_values_of_a_cause_are_named_where_they_stand(plain, tmp_path):
    plain.loc[3, "cause"] = 51.8
    plain.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=r"D01 has 50.8 \(row 2\) and 51.8 \(row 5\)"):
        dry(tmp_path / "t.csv")


def test_sessions_and_ratings_are_on_one_scale_of_time(plain, tmp_path):
    def day(number):
        return (pd.Timestamp("2024-03-01") + pd.Timedelta(days=number)).strftime("%Y-%m-%d")

    table = plain.assign(
        visit=[day(7 * session) for session in plain["session"]],
        rated=[day(-14 + 28 * session) for session in plain["session"]],
        week=4 * plain["session"],
        outcome=30.0 - plain["session"],
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    done = dry(tmp_path / "t.csv", {"session": "visit", "time": "rated"})
    assert done.tables[0].rows["session_time"].unique().tolist() == [-7, 0, 7, 14]
    assert done.tables[2].rows["time"].unique().tolist() == [0, 28, 56, 84]
    done = dry(tmp_path / "t.csv", {"session": "visit", "time": "week"})
    assert "session_time" not in done.tables[0].rows
    assert "The times of sessions are left out" in " ".join(done.receipt["said"])
    assert "unit" not in done.tables[2].fields[1].says
    done = dry(tmp_path / "t.csv", {"session": "session", "time": "week"})
    assert done.tables[0].rows["session_time"].unique().tolist() == [4, 8, 12, 16]


def test_a_time_of_day_is_no_time_of_a_session(plain, tmp_path):
    plain.assign(time="09:14").to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match="'09:14' is a time of day"):
        dry(tmp_path / "t.csv")


def test_a_sample_that_no_logarithm_takes_is_said(plain, tmp_path):
    plain.loc[[3, 4], "signal"] = [0, -1.5]
    plain.assign(time=plain.index).to_csv(tmp_path / "t.csv", index=False)
    said = " ".join(dry(tmp_path / "t.csv").receipt["said"])
    assert "The signal is 0 or below in rows 5, 6" in said
    assert "Times differ within sessions" in said


def test_what_is_unusual_is_said(plain, tmp_path):
    table = plain.assign(
        time=4 * plain["session"],
        outcome=(30 - 3 * plain["session"]).where(plain["session"] < 4),
        age=plain["dyad"].map(lambda dyad: {"D03": "99", "D04": ""}.get(dyad, "31")),
        visit_note="none",
    )
    table["visit_note"] = table.index.astype(str)
    table.to_csv(tmp_path / "t.csv", index=False)
    done = dry(tmp_path / "t.csv", missing=("99",))
    said = " ".join(done.receipt["said"])
    assert "12 sessions are after the last rating of the dyad." in said
    assert "Columns not used: visit_note." in said
    age = next(one for one in done.receipt["columns"] if one["column"] == "age")
    assert (age["n"], age["missing"]) == (10, {"empty": 1, "99": 1})
    assert done.receipt["times"] == [4, 12]


def test_one_umlaut_of_windows_is_not_taken_for_a_sign_of_the_macintosh(tmp_path):
    """charset-normalizer 3.4 takes a German table with an umlaut in one name for Mac Roman."""
    rows = "".join(f"P{k:03d};{18 + k % 9},{k % 10};w;{10 + k}\n" for k in range(1, 24))
    table = f"Patient;Soziale Beeinträchtigung;Geschlecht;BDI Welle 1\n{rows}"
    (tmp_path / "t.csv").write_bytes(table.encode("cp1252"))
    with pytest.raises(
        Question, match=r"'Soziale Beeinträchtigung' \(Western Europe\) or .*cp1252"
    ):
        dry(tmp_path / "t.csv", {"dyad": "Patient"})


def test_letters_that_two_encodings_read_differently_are_asked_for(german, tmp_path):
    path = tmp_path / "t.csv"
    german["Dyade"] = "Señor " + german["Dyade"].astype(str)
    german.to_csv(path, sep=";", decimal=",", index=False, encoding="cp1252")
    with pytest.raises(Question, match=r"'Señor .*--encoding cp1252 or --encoding cp1250"):
        dry(path, GERMAN)
    done = dry(path, GERMAN, encoding="cp1252")
    assert "--encoding cp1252" in done.receipt["command"]
    assert all(one.startswith("Señor") for one in done.tables[0].rows.iloc[:, 0])
    with pytest.raises(InputError, match="--encoding nosuch"):
        dry(path, GERMAN, encoding="nosuch")


@pytest.mark.parametrize("program", ["text", "workbook"])
def test_an_umlaut_saved_as_two_characters_is_the_same_letter(program, german, plain, tmp_path):
    apart = unicodedata.normalize("NFD", "Müller")
    german.loc[german["Dyade"] == german["Dyade"].iloc[0], "Dyade"] = "Müller"
    german.loc[german.index[german["Dyade"] == "Müller"][::2], "Dyade"] = apart
    german = german.rename(columns=lambda name: unicodedata.normalize("NFD", name))
    path = tmp_path / ("t.csv" if program == "text" else "t.xlsx")
    getattr(german, "to_csv" if program == "text" else "to_excel")(path, index=False)
    done = dry(path, GERMAN)
    assert done.receipt["dyads"] == plain["dyad"].nunique()
    assert "Müller" in set(done.tables[1].rows["dyad_id"])


def test_of_more_than_two_persons_the_known_ones_are_proposed(german, tmp_path):
    german.loc[0, "Person"] = "P/T"
    german.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(Question, match=r"has 3 values: .* --person Patient,Therapeut$"):
        dry(tmp_path / "t.csv", GERMAN)
