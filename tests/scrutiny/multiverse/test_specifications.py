from dataclasses import replace

import pytest

from dyadsync import Design, simulate_study, specifications
from dyadsync.errors import InputError
from dyadsync.scrutiny.multiverse.choices import CHOICES, METHOD_OPTIONS, choice_table
from dyadsync.scrutiny.multiverse.ingredients import Ingredients
from dyadsync.scrutiny.multiverse.specifications import DROPPED
from dyadsync.study.load import Study

FEW = {"below_loq": "keep", "outcome": "slope", "covariates": "none"}


@pytest.fixture(scope="module")
def full(study):
    return specifications(study)


def test_every_option_has_a_reason_to_take_it():
    table = choice_table()
    assert len(table) == sum(len(choice.options) for choice in CHOICES.values())
    assert table["why"].str.endswith(".").all()


def test_the_first_row_is_the_main_analysis(full):
    assert full.iloc[0].to_dict() == {name: one.default for name, one in CHOICES.items()}


def test_at_full_size_at_least_5000_analyses_remain_and_none_twice(full):
    assert len(full) >= 5000
    assert not full.duplicated().any()


def test_all_combinations_are_listed_or_dropped_with_a_reason(full):
    everything = 1
    for choice in CHOICES.values():
        everything *= len(choice.options)
    assert len(full) + sum(row["analyses"] for row in full.attrs["dropped"]) == everything
    assert all(list(row) == DROPPED and row["reason"] for row in full.attrs["dropped"])


def test_latent_is_of_pearson_correlations_of_log_ratios(full):
    latent = full[full["method"] == "latent"]
    assert set(latent["measure"]) == {"pearson"}
    assert set(latent["change"]) == {"log_ratio"}
    assert set(latent["scale"]) == {"z"}
    assert set(latent["clustering"]) == {"none", "therapists"}


def test_methods_of_clusters_need_clusters(full):
    for method in ("CR2", "wild-cluster"):
        assert set(full.loc[full["method"] == method, "clustering"]) == {"therapists"}


def test_shrunken_synchrony_has_no_z(full):
    assert set(full.loc[full["measure"] == "shrunken", "scale"]) == {"synchrony"}


def test_six_therapists_are_too_few_to_resample(full):
    clustered = full[full["clustering"] == "therapists"]
    # C(11, 6) = 462 multisets of six out of six
    drawn_without = {"quasi-bayesian", "small-sample", "latent", "CR2", "wild-cluster"}
    assert set(clustered["method"]) == drawn_without
    assert any("462 ways" in row["reason"] for row in full.attrs["dropped"])


def test_many_therapists_can_be_resampled():
    study = simulate_study(Design(patients_per_therapist=(3,) * 12), rng=1)
    specs = specifications(study, **FEW, change="difference", measure="pearson")
    clustered = specs[specs["clustering"] == "therapists"]
    # the latent model is for log ratios, mixed models ask another question
    assert set(clustered["method"]) == set(METHOD_OPTIONS) - {"HC3", "latent", "mixed"}


def test_rules_for_a_limit_that_is_not_stated_mean_nothing(study):
    without = replace(study, descriptor={})
    specs = specifications(
        without, **FEW | {"below_loq": ["keep", "omit"]}, measure="pearson", method="HC3"
    )
    assert set(specs["below_loq"]) == {"keep"}
    reasons = [row["reason"] for row in specs.attrs["dropped"]]
    assert "The study states no limit of quantification." in reasons


def test_a_rule_that_changes_nothing_is_dropped_as_a_repeat(study):
    samples = study.samples.assign(signal=study.samples["signal"] + 5)
    specs = specifications(
        replace(study, samples=samples),
        **FEW | {"below_loq": ["keep", "omit"]},
        change="difference",
        measure="pearson",
        min_sessions=3,
        method="HC3",
    )
    assert set(specs["below_loq"]) == {"keep"}
    [dropped] = [row for row in specs.attrs["dropped"] if "same numbers" in row["reason"]]
    assert dropped["choices"] == "below_loq=omit"
    assert dropped["reason"] == "The same numbers as below_loq=keep."


def test_a_repeat_of_some_synchronies_only_is_named_in_full(study, monkeypatch):
    def fingerprint(self, key):
        change, below_loq, measure, _ = key
        return f"{change} {measure} {below_loq if measure == 'spearman' else ''}".encode()

    monkeypatch.setattr(Ingredients, "fingerprint", fingerprint)
    specs = specifications(
        study,
        **FEW | {"below_loq": ["keep", "omit"]},
        change="difference",
        measure=["pearson", "spearman"],
        min_sessions=3,
        method="HC3",
    )
    [dropped] = [row for row in specs.attrs["dropped"] if "same numbers" in row["reason"]]
    alike = "change=difference, below_loq={}, measure=pearson, min_sessions=3"
    assert dropped["choices"] == alike.format("omit")
    assert dropped["reason"] == f"The same numbers as {alike.format('keep')}."
    assert dropped["analyses"] + len(specs) == 4 * len(specs) // 3


def test_without_positive_values_there_is_no_logarithm(study, monkeypatch):
    monkeypatch.setattr(Study, "positive_signal", False)
    specs = specifications(study, **FEW, measure="pearson", method="HC3")
    assert "log_ratio" not in set(specs["change"])
    reasons = [row["choices"] for row in specs.attrs["dropped"]]
    assert reasons.count("change=log_ratio") == 1


def test_options_may_be_single_and_their_order_does_not_matter(study):
    one = specifications(study, **FEW, method=["HC3", "quasi-bayesian"], min_sessions=4)
    other = specifications(study, **FEW, method=["quasi-bayesian", "HC3"], min_sessions=["4"])
    assert one.equals(other)
    assert set(one["min_sessions"]) == {4}


def test_unknown_names_are_refused(study):
    with pytest.raises(InputError, match="choice is 'colour'; it must be one of 'change'"):
        specifications(study, colour="red")
    with pytest.raises(InputError, match="method is 'lasso'; it must be one of 'quasi-bayesian'"):
        specifications(study, method=["HC3", "lasso"])
    with pytest.raises(InputError, match="method needs at least one of its options"):
        specifications(study, method=[])


@pytest.mark.parametrize(
    ("choice", "option", "why"),
    [("method", "mixed", "dyads of one therapist"), ("missing", "imputed", "Too slow")],
)
def test_some_options_are_run_only_where_they_are_named(study, choice, option, why):
    few = {"change": "difference", "measure": "pearson", "covariates": "none", "outcome": "slope"}
    usual = specifications(study, **few)
    assert option not in set(usual[choice])
    reasons = {one["choices"]: one["reason"] for one in usual.attrs["dropped"]}
    assert why in reasons[f"{choice}={option}"]
    assert option in set(specifications(study, **few, **{choice: [option]})[choice])
