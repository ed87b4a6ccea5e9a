"""What the report says, of the shipped study, of one of levels, and of poor ones."""

import csv
import inspect
from dataclasses import replace
from pathlib import Path

import methods
import numpy as np
import pandas as pd
import pytest
import sentences
import yaml
from analysis import Analysis, Settings, through_truth
from click.testing import CliRunner
from statsmodels.stats.multitest import multipletests

from dyadsync import Design, load_study
from dyadsync.cli.compare_command import compare
from dyadsync.cli.report import check, facts
from dyadsync.scrutiny.simulation.trial_analysis import (
    analyse_trials,
    observed_reduction,
    observed_synchrony,
)
from dyadsync.scrutiny.simulation.trials import draw_trials
from dyadsync.study.writing import TO_FILL_IN
from millbook.errors import InputError
from tests.data_packages import column, describe
from tests.poor_studies import POOR, constant, poor_package
from tests.report.studies import HOSTILE, HUSBANDS, SIBLINGS, simulated
from tests.unusual_packages import KINDS

ROOT = Path(__file__).parents[2]
QUICK = Settings(n_draws=200, n_trials=200, n_analyses=50)
FEW = Design(patients_per_therapist=(7, 5), n_dropouts=0, n_single_gaps=0)
OURS = ("social_impairment", "symptom_reduction", "patient", "therapist", "oxytocin", "nan")


def told(a):
    """Give everything that the report says of a study, sentences and tables, by function."""
    said = {}
    for module in (sentences, methods):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and list(inspect.signature(function).parameters) == ["a"]:
                said[name] = as_text(function, a)
    return said


def as_text(function, a):
    found = function(a)
    if isinstance(found, pd.DataFrame):
        return " ".join(map(str, [*found.columns, *found.to_numpy().ravel()]))
    return str(found or "")


def foreign(said):
    """Find words of ours in what is said; roles are named in the data dictionary."""
    return {
        name: word
        for name, text in said.items()
        for word in OURS
        if word in text.lower() and name not in ("dictionary_table", "parameters_table")
    }


def published():
    """Give the numbers of the claims that the book publishes."""
    with (ROOT / "published" / "numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row[1] == "claims.csv" and row[0] == "mediation"]
    return {f"{row[2][0]} {row[2].rpartition(' ')[2]}": float(row[3]) for row in rows}


def test_the_numbers_of_the_shipped_study_are_those_of_the_book():
    a = Analysis(load_study(ROOT / "data"), Settings())
    book = published()
    for letter, effect in {"a": "path a", "b": "path b", "c": "ACME"}.items():
        for end in ("estimate", "ci_lower", "ci_upper"):
            ours = a.effects.loc[effect, end]
            assert ours == pytest.approx(book[f"{letter} {end}"], rel=1e-4)


@pytest.fixture(scope="module")
def siblings(tmp_path_factory):
    return Analysis(load_study(simulated(tmp_path_factory.mktemp("x"), SIBLINGS, FEW)), QUICK)


@pytest.fixture(scope="module")
def husbands(tmp_path_factory):
    """Persons who cannot be told apart."""
    folder = simulated(tmp_path_factory.mktemp("x"), HUSBANDS, FEW, alike=True)
    return Analysis(load_study(folder), QUICK)


def test_a_study_of_levels_is_told_in_its_own_names(siblings):
    a = siblings
    said = told(a)
    assert foreign(said) == {}
    assert "Sister and Brother" in said["design"]
    assert "between the levels of Sister and Brother" in said["synchrony_method"]
    assert "fall in Quarrels" in said["path_b"]
    assert a.multiverse is not None
    assert a.joint is not None
    assert set(a.multiverse["change"]) == {"level", "level_detrended"}


def test_persons_who_cannot_be_told_apart_have_no_measure_of_their_order(husbands):
    a = husbands
    assert "cannot be told apart" in sentences.order(a)
    assert not {"shrunken"} & set(a.versions.columns.get_level_values(1))
    assert a.chance is not None
    assert set(a.chance["test"]) == {"sessions shuffled"}
    assert "in which sessions are paired at random" in sentences.chance(a)
    assert " any test" not in sentences.chance(a)


@pytest.mark.parametrize("setting", [("measure", "shrunken"), ("change", "residualised")])
def test_what_depends_on_the_order_is_refused_for_persons_without_one(tmp_path, setting):
    values = vars(QUICK) | dict([setting])
    folder = simulated(tmp_path, replace(HUSBANDS, phases=("before", "after")), FEW)
    assert check(folder, values) == []
    alike = {"dyadsync:distinguishable": False}
    describe(folder, lambda said: column(said, "one", "k2").update(alike))
    with pytest.raises(InputError, match="depends on who is first in a dyad"):
        check(folder, values)


def test_synchrony_does_not_depend_on_who_is_first(husbands):
    samples = husbands.study.samples
    other = samples["role"].map({"patient": "therapist", "therapist": "patient"})
    swapped = Analysis(replace(husbands.study, samples=samples.assign(role=other)), QUICK)
    pd.testing.assert_frame_equal(husbands.versions, swapped.versions)


def test_names_that_look_like_markup_are_shown_as_they_are(tmp_path):
    a = Analysis(load_study(simulated(tmp_path, HOSTILE, FEW)), QUICK)
    assert '<b>"OT"</b> & *x*' in sentences.signal(a)
    assert "=HYPERLINK(1)" in sentences.path_a(a)


def test_equal_names_are_told_apart(tmp_path):
    kind = replace(SIBLINGS, signal="Score", cause="Score", outcome="S" * 70, group="S" * 80)
    names = Analysis(load_study(simulated(tmp_path, kind, FEW)), QUICK).names
    assert (names.signal, names.cause) == ("Score (signal)", "Score (cause)")
    assert names.outcome == "S" * 59 + "… (outcome)"
    assert (names.first, names.second) == ("Sister", "Brother")


def test_without_an_outcome_path_a_is_told_and_what_is_missing(tmp_path):
    kind = replace(SIBLINGS, rated=False)
    a = Analysis(load_study(simulated(tmp_path, kind, FEW)), QUICK)
    assert sentences.no_mediation(a) == (
        "The mediation cannot be computed: these data have no outcome."
    )
    assert "synchrony (r) differs by" in sentences.path_a_alone(a)
    assert a.multiverse is None
    assert sentences.no_power(a) == (
        "Without both a cause and an outcome, there is no indirect effect to find."
    )
    assert "path b" not in sentences.reliability(a)


@pytest.fixture(scope="module")
def shipped():
    return Analysis(load_study(ROOT / "data"), QUICK)


def test_a_cause_has_no_more_decimals_than_its_range_asks_for():
    a = Analysis(load_study(ROOT / "examples" / "cortisol"), QUICK)
    assert "M = −0.12 SD, SD = 0.63, range −1.29 to 1.30" in sentences.cause(a)


def test_an_article_within_a_sentence_is_small(shipped):
    assert sentences.design(shipped).startswith("37 dyads of the patient and the therapist took")


def test_the_two_paths_are_adjusted_as_a_family(shipped):
    raw = sorted(shipped.effects.loc[["path a", "path b"], "p_value"])
    holm = multipletests(raw, method="holm")[1]
    said = sentences.adjusted(shipped)
    assert all(sentences.p_value(p) in said for p in holm)
    assert said.endswith(f"the indirect effect has {sentences.p_value(raw[1])}.")


def test_unreliable_synchrony_tells_nothing_of_true_paths(tmp_path):
    few = poor_package(ROOT / "data", tmp_path / "x", POOR["five dyads"])
    a = Analysis(load_study(few), QUICK)  # whose synchrony has an estimated reliability of 0
    assert a.power is not None
    assert a.own not in set(a.power["label"])
    assert "cannot be told where the reliability of synchrony is below .10" in sentences.power(a)


def test_the_data_dictionary_has_the_roles_of_columns_that_declare_none(shipped):
    table = methods.dictionary_table(shipped).set_index(["table", "column"])["role"]
    assert (table["oxytocin", "role"], table["symptoms", "hrsd17"]) == ("person", "outcome")
    assert table["dyads", "arm"] == "–"


def test_exaggeration_is_that_of_the_studies_that_find_the_indirect_effect(shipped):
    assert shipped.power is not None
    assert shipped.design is not None
    table = shipped.power.set_index("label")
    assert np.isnan(table.loc["small", "exaggeration"])  # fewer than ten of 200 find it
    large = replace(shipped.design, a=-0.5, b=0.5)
    exact = analyse_trials(draw_trials(large, 4000, rng=1))  # in closed form, without draws
    found = exact.ab[exact.p_ab < 0.025].mean() / exact.ab.mean()
    assert table.loc["large", "exaggeration"] == pytest.approx(found, rel=0.2)


def test_power_that_no_trial_shows_is_not_called_none(shipped):
    """None of 200 trials: at most 3 / 200, rounded (Hanley & Lippman-Hand 1983)."""
    assert shipped.power is not None
    a = Analysis(shipped.study, QUICK)
    a.__dict__["power"] = shipped.power.assign(power=0.0)
    assert "is under 2 % if both true paths are small" in sentences.power(a)
    assert set(sentences.power_table(a)["power"]) == {"under 2 %"}


def test_percent_is_the_unit_of_every_effect():
    a = Analysis(load_study(ROOT / "data"), replace(QUICK, symptom_method="percent"))
    said = told(a)
    for name in ("path_b", "acme", "units", "outcome", "facts_table", "replicated", "without_one"):
        assert "% of the first rating" in said[name], name
    assert "points" in said["outcome"]  # the ratings themselves
    assert "points" not in said["acme"]


def test_equal_slopes_are_said_in_words():
    settings = replace(QUICK, measure="shrunken", change="absolute", below_loq="substitute")
    a = Analysis(load_study(ROOT / "examples/cortisol"), settings)
    assert sentences.synchrony_found(a) == "All 24 dyads have the same synchrony, r = .22."
    assert "every dyad has the same synchrony" in sentences.no_mediation(a)
    assert len(sentences.choices_table(a)) == 8


def test_one_dyad_lacks_a_value(shipped):
    a = Analysis(shipped.study, QUICK)
    a.__dict__["complete"] = a.complete.iloc[1:]
    a.__dict__["imputed"] = None
    assert sentences.missing(a) == "1 dyad of 37 lacks a value and is left out."


def test_chance_is_asked_of_the_measure_that_was_chosen():
    study = load_study(ROOT / "data")
    a = Analysis(study, replace(QUICK, measure="spearman"))
    assert a.chance["observed"].to_numpy() == pytest.approx(a.known["z"].mean())
    a = Analysis(study, replace(QUICK, measure="shrunken"))
    assert sentences.chance(a).endswith("a measure that all dyads share.")


def test_an_interval_by_few_clusters_is_called_a_rough_guess(shipped):
    assert "With 6 groups, the interval by clusters is a rough guess" in sentences.replicated(
        shipped
    )


def test_the_effects_of_two_arms_are_told_with_their_difference(shipped):
    said = sentences.moderated(shipped)
    effects = shipped.moderated.conditional.xs("ACME", level="effect")["estimate"]
    difference = shipped.moderated.moderation.loc["ACME", "estimate"]
    assert difference == pytest.approx(effects["S"] - effects["SE"])
    assert said.index("in S (n = 19)") < said.index("in SE (n = 18)")
    assert "; the difference is" in said


def test_dyads_with_fewer_ratings_weigh_less(shipped):
    assert shipped.precision is None  # 15 to 17 ratings each
    study = shipped.study
    half = study.symptoms[~(study.symptoms["dyad_id"].eq("D01") & (study.symptoms["time"] > 5))]
    a = Analysis(replace(study, symptoms=half), QUICK)
    assert a.precision is not None
    lightest = a.complete["dyad_id"][a.precision.idxmin()]
    assert lightest == "D01"
    assert "the smallest weight is" in sentences.weighted(a)


def test_paths_found_in_a_large_trial_lead_back_to_those_planted(shipped):
    """The errors of synchrony that trials draw are not left in the paths, nor taken out twice."""
    assert shipped.design is not None
    design = replace(shipped.design, a=-0.6, b=0.5).with_therapists(8000, 8000)
    trial = draw_trials(design, 1, rng=1)
    x, y = trial.impairment[0], observed_reduction(trial.hrsd)[0]
    r = observed_synchrony(trial.oxytocin)[0]
    xr, xy, ry = (np.corrcoef(*pair)[0, 1] for pair in ((x, r), (x, y), (r, y)))
    b = (ry - xr * xy) / (1 - xr**2)
    true = np.corrcoef(r, trial.rho[0])[0, 1] ** 2  # known in a trial only
    assert through_truth(abs(xr), b, true) == pytest.approx((0.6, 0.5), abs=0.03)
    assert shipped.expected_reliability(design) == pytest.approx(true, abs=0.03)


def test_a_constant_signal_is_told_in_the_summary_and_in_its_section(tmp_path):
    change = constant("oxytocin", "oxytocin_pg_ml", 5.0)
    a = Analysis(load_study(poor_package(ROOT / "data", tmp_path / "x", change)), QUICK)
    why = "in no dyad do the changes of both persons vary"
    assert why in sentences.no_findings(a)
    assert why in sentences.no_synchrony(a)
    others = (sentences.no_power, sentences.no_mediation, sentences.nothing_to_check)
    assert all(tell(a) and why not in tell(a) for tell in (*others, methods.checklist))


def test_authors_are_named_as_far_as_they_are_filled_in(tmp_path):
    folder = simulated(tmp_path, SIBLINGS, FEW)
    people = [
        {"title": "Student", "familyName": "Gosset", "givenName": "W. S."},
        {"title": "Guinness"},
        {"familyName": TO_FILL_IN},
        "nobody",
    ]
    describe(folder, lambda said: said.update(contributors=people))
    assert facts(folder)["authors"] == ["W. S. Gosset", "Guinness"]


def test_many_sessions_that_are_alike_are_said_to_be_so_beside_what_they_bear_on(shipped):
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(6, 300, 2)).cumsum(axis=1)
    steps[0, :, 1] = steps[0, :, 0]
    keys = pd.MultiIndex.from_product([list("abcdef"), range(300)], names=["dyad_id", "session"])
    frame = pd.DataFrame(steps.reshape(-1, 2), keys, ["patient", "therapist"]).reset_index()
    a = Analysis(shipped.study, replace(QUICK, measure="spearman"))
    a.__dict__["changes"] = frame
    assert "known of Pearson's r only. Successive changes of a person correlate by r = .9" in (
        sentences.no_reliability(a)
    )
    assert "In 1 dyad (a), both persons have the same changes throughout" in sentences.left_out(a)


def test_one_dyad_has_a_report(tmp_path):
    one = Design(patients_per_therapist=(1,), n_dropouts=0, n_single_gaps=0)
    a = Analysis(load_study(simulated(tmp_path, KINDS["cortisol"], one)), QUICK)
    assert "the models need 5 dyads with all values, and 1 dyad has them" in sentences.no_mediation(
        a
    )
    assert "One dyad has a synchrony" in sentences.synchrony_found(a)
    assert sentences.pooled(a) == ""  # the same number again
    assert sentences.facts_table(a)["value"][0] == "1"


def test_a_plan_speaks_of_the_future(siblings):
    planned = Analysis(siblings.study, replace(QUICK, planned=True))
    assert "will be" in methods.measures(planned)
    assert " was " not in methods.measures(planned)


def test_a_report_says_where_it_leaves_the_plan(siblings, tmp_path):
    assert methods.departures(siblings, str(tmp_path)) == ""
    plan = tmp_path / methods.PLAN
    plan.write_text("{dyads: 20, cause: Envy, measure: spearman, n_draws: 200}", encoding="utf-8")
    assert methods.departures(siblings, str(tmp_path)) == (
        "The analysis leaves the plan: 20 dyads were planned, and the study has 12; measure is "
        "pearson instead of spearman."
    )


def test_compare_says_the_same_of_plan_and_report(siblings, tmp_path):
    (tmp_path / "results").mkdir()
    methods.analysis_table(siblings).to_csv(tmp_path / "results" / "analysis.csv", index=False)
    plan = tmp_path / methods.PLAN
    plan.write_text(yaml.safe_dump(methods.analysis(siblings)), encoding="utf-8")
    same = CliRunner().invoke(compare, [str(plan), str(tmp_path)])
    assert (same.exit_code, same.output) == (0, "The analysis is as planned.\n")
    plan.write_text("{dyads: 20, seed: 1}", encoding="utf-8")
    other = CliRunner().invoke(compare, [str(tmp_path), str(tmp_path)])
    assert other.exit_code == 1
    assert "20 dyads were planned, and the study has 12" in other.output
    assert "seed is 20210101 instead of 1" in other.output


def test_successive_values_that_are_alike_are_told(tmp_path):
    study = load_study(simulated(tmp_path, SIBLINGS, replace(FEW, weeks=40).with_sessions(40)))
    a = Analysis(study, QUICK)
    assert abs(a.successive[0]) < 0.1
    assert sentences.not_independent(a) == ""
    # An autoregressive series with phi = .8 for each person: Bartlett's share is .36/1.64.
    rng = np.random.default_rng(1)
    order = ["dyad_id", "role", "session"]
    samples = study.samples.sort_values(order, kind="stable").reset_index(drop=True)
    persons = samples.groupby(["dyad_id", "role"], observed=True).ngroup().to_numpy()
    values = rng.normal(size=len(samples)) / 0.6
    for i in range(1, len(values)):
        if persons[i] == persons[i - 1]:
            values[i] = 0.8 * values[i - 1] + 0.6 * values[i]
    b = Analysis(replace(study, samples=samples.assign(signal=values)), QUICK)
    assert b.independent == pytest.approx(0.36 / 1.64, abs=0.08)
    assert "reliability is overestimated" in sentences.reliability(b)


def test_the_imputed_effect_is_that_of_the_table_of_methods():
    """Two numbers of imputations gave two estimates of one thing before."""
    study = load_study(ROOT / "data")
    rated = study.symptoms[~study.symptoms["dyad_id"].isin(study.dyads["dyad_id"][:2])]
    a = Analysis(replace(study, symptoms=rated), QUICK)
    table = a.replication.table.set_index(["method", "effect"])
    assert a.imputed is not None
    assert a.imputed.table.loc["ACME", "estimate"] == pytest.approx(
        table.loc[("missing imputed", "ACME"), "estimate"], rel=1e-12
    )


def test_a_first_rating_is_nobodys_last():
    """Three dyads of ten are rated once, so seven have a last rating."""
    study = load_study(ROOT / "data")
    kept = study.symptoms[study.symptoms["dyad_id"].isin(study.dyads["dyad_id"][:10])]
    dropped = kept["dyad_id"].isin(study.dyads["dyad_id"][:3]) & (kept["time"] > 0)
    few = kept[~dropped]
    once = Analysis(replace(study, symptoms=few), QUICK)
    last = few[few["time"] > 0].sort_values("time").groupby("dyad_id")["outcome"].last()
    said = sentences.outcome(once)
    assert f"last rating M = {last.mean():.1f} (SD = {last.std():.1f}, n = 7)" in said
    never = Analysis(replace(study, symptoms=kept[kept["time"] == 0]), QUICK)
    assert "was rated once in 10 dyads" in sentences.outcome(never)
