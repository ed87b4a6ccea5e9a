"""Data packages that a test may spoil, and how to spoil them."""

import json

from dyadsync.study.load import check_study


def edit(folder, file, old, new):
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def append(folder, file, line):
    with (folder / file).open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")


def describe(folder, change):
    file = folder / "datapackage.json"
    descriptor = json.loads(file.read_text(encoding="utf-8"))
    change(descriptor)
    file.write_text(json.dumps(descriptor), encoding="utf-8")


def resource(descriptor, name):
    return next(one for one in descriptor["resources"] if one["name"] == name)


def column(descriptor, table, name):
    fields = resource(descriptor, table)["schema"]["fields"]
    return next(one for one in fields if one["name"] == name)


def expect_one_problem(folder, case):
    """Spoil a package and hold its one problem against what the case says."""
    spoil, file, row, column_name, rule, words = case
    spoil(folder)
    (problem,) = check_study(folder)
    found = (problem.file, problem.row, problem.column, problem.rule)
    assert found == (file, row, column_name, rule)
    assert problem.message.startswith(file)
    assert words in problem.message
    assert problem.message.endswith(".")
    assert "frictionless" not in problem.message.lower()


def lab(folder):
    """Numbered dyads, other sessions, few words of description."""
    folder.mkdir(exist_ok=True)
    resources = [
        {"name": name, "path": f"{name}.csv"} for name in ("oxytocin", "dyads", "symptoms")
    ]
    descriptor = {"name": "lab", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    rows = [
        f"{dyad},{session},{role},{phase},{1 + dyad + session / 10}"
        for dyad in (7, 10)
        for session in (1, 2, 9)
        for role in ("patient", "therapist")
        for phase in ("pre", "post")
    ]
    header = "dyad_id,session,role,phase,oxytocin_pg_ml"
    (folder / "oxytocin.csv").write_text("\n".join([header, *rows]))
    (folder / "dyads.csv").write_text(
        "dyad_id,therapist_id,arm,age,gender,social_impairment,bdi,site,note\n"
        "7,A,,41.5,,NA,22,north,x\n10,B,CBT,30,f,12,,south,\n,,,,,,,,\n"
    )
    weeks = [f"{dyad},{week},{30 - week}" for dyad in (7, 10) for week in (0, 2, 6)]
    (folder / "symptoms.csv").write_text("\n".join(["dyad_id,week,hrsd17", *weeks, "7,8,"]))
    return folder


def described(folder):
    """Three mothers with their children, with roles and without a single name of the book's own."""
    folder.mkdir(exist_ok=True)

    def field(name, role, kind, title, **more):
        own = {key.replace("better", "dyadsync:better"): value for key, value in more.items()}
        return {"name": name, "type": kind, "title": title, "dyadsync:role": role, **own}

    persons = [{"value": "M", "label": "Mother"}, {"value": "C", "label": "Child"}]
    phases = [{"value": "b", "label": "Before play"}, {"value": "a", "label": "After play"}]
    pair = field("pair", "dyad", "string", "Pair")
    tables = {
        "saliva": [
            pair,
            field("visit", "session", "integer", "Visit"),
            field("who", "person", "string", "Person", categories=persons),
            field("moment", "phase", "string", "Moment", categories=phases),
            field(
                *("cortisol", "signal", "number", "Cortisol"),
                unit="nmol/L",
                limitOfQuantification=0.5,
                constraints={"exclusiveMinimum": 0},
            ),
        ],
        "pairs": [
            pair,
            field("centre", "therapist", "string", "Centre"),
            field("warmth", "cause", "number", "Warmth", unit="points", better="higher"),
        ],
        "ratings": [
            pair,
            field("month", "time", "number", "Month of the study", unit="months"),
            field(
                *("wellbeing", "outcome", "number", "Wellbeing (WHO-5)"),
                unit="points",
                better="higher",
            ),
        ],
    }
    resources = [
        {"name": name, "path": f"{name}.csv", "schema": {"fields": fields}}
        for name, fields in tables.items()
    ]
    descriptor = {"name": "cortisol-pairs", "title": "Cortisol in pairs", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    samples = [
        f"{dyad},{visit},{who},{moment},{2 + number + visit % 3 + (moment == 'a') * visit / 7}"
        for number, dyad in enumerate(("p1", "p2", "p3"))
        for visit in (1, 2, 3, 5)
        for who in ("M", "C")
        for moment in ("b", "a")
    ]
    ratings = [
        f"{dyad},{month},{10 + month * (1 + number)}"
        for number, dyad in enumerate(("p1", "p2", "p3"))
        for month in (0, 3, 6)
    ]
    for name, header, rows in [
        ("saliva", "pair,visit,who,moment,cortisol", samples),
        ("pairs", "pair,centre,warmth", ["p1,north,3", "p2,north,5.5", "p3,south,4"]),
        ("ratings", "pair,month,wellbeing", ratings),
    ]:
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder
