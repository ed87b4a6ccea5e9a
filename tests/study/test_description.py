"""The descriptor, and files that cannot be read as it says."""

import pytest

from dyadsync.study.load import check_study, load_study
from tests.data_packages import append, column, describe, edit, expect_one_problem, resource


def as_utf16(folder):
    text = (folder / "dyads.csv").read_text(encoding="utf-8")
    (folder / "dyads.csv").write_bytes(text.encode("utf-16"))


def as_latin_1(folder):
    edit(folder, "dyads.csv", "woman", "café")
    text = (folder / "dyads.csv").read_text(encoding="utf-8")
    (folder / "dyads.csv").write_bytes(text.encode("latin-1"))


BAD = {
    "no descriptor": (
        lambda d: (d / "datapackage.json").unlink(),
        *("datapackage.json", None, None, "missing file"),
        "'dyadsync new' writes a package to fill in",
    ),
    "broken JSON": (
        lambda d: edit(d, "datapackage.json", '"version": "1.0.0",', '"version": "1.0.0"'),
        *("datapackage.json", 7, None, "broken JSON", "line 7"),
    ),
    "no resources": (
        lambda d: (d / "datapackage.json").write_text("[]"),
        *("datapackage.json", None, None, "no tables described", "a list 'resources'"),
    ),
    "table not described": (
        lambda d: describe(d, lambda j: j["resources"].pop(2)),
        *("datapackage.json", None, None, "missing table", "'symptoms'"),
    ),
    "unknown type": (
        lambda d: describe(
            d,
            lambda j: resource(j, "dyads")["schema"]["fields"].append(
                {"name": "bdi", "type": "score"}
            ),
        ),
        *("datapackage.json", None, None, "wrong description", "'dyads'"),
    ),
    "bound that is no number": (
        lambda d: describe(
            d, lambda j: column(j, "dyads", "age").update(constraints={"minimum": "young"})
        ),
        *("datapackage.json", None, None, "wrong description", "must be a number"),
    ),
    "categories that are a number": (
        lambda d: describe(
            d, lambda j: column(j, "dyads", "gender").update(constraints={"enum": 3})
        ),
        *("datapackage.json", None, None, "wrong description", "not of type 'array'"),
    ),
    "a dialect that is a number": (
        lambda d: describe(d, lambda j: resource(j, "dyads").update(dialect=3)),
        *("datapackage.json", None, None, "wrong description", "not of type 'object'"),
    ),
    "limit that is no number": (
        lambda d: describe(
            d, lambda j: column(j, "oxytocin", "oxytocin_pg_ml").update(limitOfQuantification="2")
        ),
        *("datapackage.json", None, None, "wrong entry", "positive concentration"),
    ),
    "weeks of 0": (
        lambda d: describe(d, lambda j: j.update({"dyadsync:planned_weeks": 0})),
        *("datapackage.json", None, None, "wrong entry", "such as 16"),
    ),
    "a licence that SPDX does not have": (
        lambda d: describe(d, lambda j: j.update(licenses=[{"name": "Licence foo"}])),
        *("datapackage.json", None, None, "wrong entry", "by its name at SPDX"),
    ),
    "sessions that are none": (
        lambda d: describe(d, lambda j: j.update({"dyadsync:planned_sessions": []})),
        *("datapackage.json", None, None, "wrong entry", "such as [4, 8, 12, 16]"),
    ),
    "a session below 0": (
        lambda d: describe(d, lambda j: j.update({"dyadsync:planned_sessions": [4, -1]})),
        *("datapackage.json", None, None, "wrong entry", "is [4, -1]"),
    ),
    "sessions that are true": (
        lambda d: describe(d, lambda j: j.update({"dyadsync:planned_sessions": [True]})),
        *("datapackage.json", None, None, "wrong entry", "is [True]"),
    ),
    "no path": (
        lambda d: describe(d, lambda j: resource(j, "dyads").pop("path")),
        *("datapackage.json", None, None, "missing path", 'such as "dyads.csv"'),
    ),
    "a description elsewhere": (
        lambda d: describe(d, lambda j: resource(j, "dyads").update(schema="dyads.json")),
        *("datapackage.json", None, None, "separate description"),
        "in this file, not in a separate one",
    ),
    "an encoding that does not exist": (
        lambda d: describe(d, lambda j: resource(j, "dyads").update(encoding="utf-9")),
        *("dyads.csv", None, None, "file encoding", "unknown encoding 'utf-9'"),
    ),
    "missing values that are no texts": (
        lambda d: describe(d, lambda j: resource(j, "dyads")["schema"].update(missingValues=[-9])),
        *("datapackage.json", None, None, "wrong description", "must be a list of texts"),
    ),
    "constraints that are a list": (
        lambda d: describe(d, lambda j: column(j, "dyads", "age").update(constraints=[])),
        *("datapackage.json", None, None, "wrong description", "must be an object"),
    ),
    "a title that is no text": (
        lambda d: describe(d, lambda j: column(j, "dyads", "age").update(title=["Age"])),
        *("datapackage.json", None, None, "wrong description"),
        "the 'title' of the column 'age' is ['Age']; give text",
    ),
    "a study without a readable title": (
        lambda d: describe(d, lambda j: j.update(title=7)),
        *("datapackage.json", None, None, "wrong description"),
        "the 'title' is 7 and must be a text",
    ),
    "categories that are no list": (
        lambda d: describe(d, lambda j: column(j, "dyads", "arm").update(categories=2)),
        *("datapackage.json", None, None, "wrong description"),
        "the 'categories' of the column 'arm' must be a list",
    ),
    "a column described twice": (
        lambda d: describe(
            d, lambda j: resource(j, "dyads")["schema"]["fields"].append({"name": "age"})
        ),
        *("datapackage.json", None, None, "wrong description"),
        "the column 'age' of the table 'dyads' is described twice",
    ),
    "a table described by a number": (
        lambda d: describe(d, lambda j: j["resources"].append(3)),
        *("datapackage.json", None, None, "wrong description", "a table is described by 3"),
    ),
    "a design that is a number": (
        lambda d: describe(d, lambda j: j["dyadsync:simulation"].update(design=5)),
        *("datapackage.json", None, None, "wrong entry", "delete it if the data are observed"),
    ),
    "half a simulation entry": (
        lambda d: describe(d, lambda j: j["dyadsync:simulation"].pop("seed")),
        *("datapackage.json", None, None, "wrong entry", "delete it if the data are observed"),
    ),
    "missing file": (
        lambda d: (d / "dyads.csv").unlink(),
        *("dyads.csv", None, None, "missing file", "no such file"),
    ),
    "empty file": (
        lambda d: (d / "symptoms.csv").write_bytes(b""),
        *("symptoms.csv", None, None, "empty file", "needs a header row"),
    ),
    "workbook": (
        lambda d: (d / "dyads.csv").write_bytes(b"PK\x03\x04\x14\x00"),
        *("dyads.csv", None, None, "not a CSV file", "spreadsheet"),
    ),
    "latin-1": (as_latin_1, "dyads.csv", 2, None, "file encoding", "save it as 'CSV UTF-8'"),
    "UTF-16": (as_utf16, "dyads.csv", None, None, "file encoding", "save it as 'CSV UTF-8'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named_in_one_sentence(package, case):
    expect_one_problem(package, BAD[case])


OUTSIDE = [
    *("../dyads.csv", "/etc/hosts", "file:///etc/hosts", "https://example.org/a.csv"),
    *("~/a.csv", "C:\\a.csv", "..\\a.csv"),
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_path_out_of_the_folder_is_refused(package, path):
    describe(package, lambda j: resource(j, "dyads").update(path=path))
    (problem,) = check_study(package)
    assert problem.rule == "path outside the folder"


def test_a_link_out_of_the_folder_is_refused(package, data_dir):
    (package / "dyads.csv").unlink()
    (package / "dyads.csv").symlink_to(data_dir / "dyads.csv")
    (problem,) = check_study(package)
    assert problem.rule == "path outside the folder"


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    (problem,) = check_study(tmp_path / "nowhere")
    assert problem.rule == "missing folder"
    assert "does not exist" in problem.message


def test_a_file_in_place_of_a_folder_is_named(data_dir):
    (problem,) = check_study(data_dir / "dyads.csv")
    assert "this is a file" in problem.message


def test_a_named_encoding_and_separator_are_used(package):
    edit(package, "dyads.csv", "woman", "café")
    text = (package / "dyads.csv").read_text(encoding="utf-8").replace(",", ";")
    (package / "dyads.csv").write_bytes(text.encode("latin-1"))

    def change(descriptor):
        resource(descriptor, "dyads").update(encoding="latin-1", dialect={"delimiter": ";"})
        column(descriptor, "dyads", "gender").pop("constraints")

    describe(package, change)
    assert "café" in load_study(package).dyads["gender"].tolist()


def test_a_lab_cannot_loosen_what_every_study_needs(package):
    def loosen(descriptor):
        column(descriptor, "oxytocin", "role")["constraints"] = {"enum": ["patient", "dog"]}
        column(descriptor, "oxytocin", "oxytocin_pg_ml").update(type="string", constraints={})

    describe(package, loosen)
    append(package, "oxytocin.csv", "D01,5,dog,pre,many")
    assert [problem.rule for problem in check_study(package)] == [
        "unknown category",
        "not a number",
    ]


def test_design_and_seed_are_all_that_a_simulation_names(package):
    simulated = {"dyadsync:simulation": {"design": {}, "seed": 1}}
    describe(package, lambda j: j.update(simulated))
    assert check_study(package) == []
