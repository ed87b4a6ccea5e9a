import gzip
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dyadsync import Design, run_multiverse, simulate_study, specifications
from dyadsync.claims.verdict import verdict
from dyadsync.errors import InputError
from dyadsync.scrutiny.multiverse.choices import CHOICES, METHOD_OPTIONS
from dyadsync.scrutiny.multiverse.file import (
    data_digest,
    multiverse_provenance,
    read_multiverse,
    write_multiverse,
)
from dyadsync.scrutiny.multiverse.forks import moved_by
from dyadsync.scrutiny.multiverse.run import EFFECTS
from tests.scrutiny.multiverse.alone import one_analysis


@pytest.fixture(scope="module")
def some(study):
    """A random sample of the analyses, seven at least of every method."""
    specs = specifications(study, min_sessions=3)
    rng = np.random.default_rng(2)
    return specs.groupby("method").sample(7, random_state=rng).sample(frac=1, random_state=rng)


@pytest.fixture(scope="module")
def result(study, some):
    return run_multiverse(study, some, n_draws=200, rng=7, n_jobs=1)


def test_every_analysis_equals_mediate_called_alone(study, some, result):
    assert len(result.table) == len(some) == 7 * (len(METHOD_OPTIONS) - 1) >= 60  # none is mixed
    assert list(result.table.index) == list(some.index)
    for _, row in result.table.iterrows():
        alone = one_analysis(study, row, n_draws=200, rng=7)
        found = [row[f"acme_{part}"] for part in ("estimate", "ci_lower", "ci_upper", "p_value")]
        np.testing.assert_allclose(found, alone.table.loc["ACME"], rtol=1e-12)
        np.testing.assert_allclose(
            [row["a_estimate"], row["b_estimate"]], alone.paths.loc[["a", "b"], "estimate"]
        )
        assert row["n_obs"] == alone.n_obs


def test_neither_order_nor_company_nor_workers_change_a_number(study, some, result):
    few = some.iloc[::-5]
    again = run_multiverse(study, few, n_draws=200, rng=7, n_jobs=2)
    pd.testing.assert_frame_equal(again.table, result.table.loc[few.index])


def test_verdicts_are_those_of_the_intervals_on_the_claimed_side(result):
    for effect, sign in (("a", -1), ("b", 1), ("acme", -1)):
        parts = [f"{effect}_{part}" for part in ("estimate", "ci_lower", "ci_upper")]
        judged = [verdict(*row, sign) for row in result.table[parts].to_numpy()]
        assert judged == list(result.table[f"{effect}_verdict"])
        shares = result.verdicts().loc[effect, ["supported", "inconclusive", "contradicted"]]
        assert shares.sum() == pytest.approx(1)


def test_the_mediator_is_fitted_once_for_all_outcomes(study, monkeypatch):

    from dyadsync.mediation.methods import robust
    from dyadsync.regression.mm import mm_regression

    fitted = []

    def counted(X, y, *, names):
        fitted.append(X.shape[1])
        return mm_regression(X, y, names=names)

    monkeypatch.setattr(robust, "mm_regression", counted)
    outcomes = list(CHOICES["outcome"].options)
    specs = specifications(study, **_ONE | {"method": "robust", "outcome": outcomes})
    run_multiverse(study, specs, n_draws=200, n_jobs=1)
    assert sorted(fitted) == [2, 3, 3, 3, 3]  # the mediator's model has two coefficients


def test_an_analysis_that_cannot_be_made_is_dropped_with_its_reason(study):
    study = type(study)(
        study.samples, study.dyads.assign(arm="S"), study.symptoms, study.descriptor
    )
    specs = specifications(study, **_ONE | {"covariates": ["none", "arm"]}, clustering="none")
    result = run_multiverse(study, specs, n_draws=100, n_jobs=1)
    assert set(result.table["covariates"]) == {"none"}
    last = result.dropped.iloc[-1]
    assert last["reason"] == "Covariate 'arm' is constant in the rows that are complete."
    assert "covariates=arm" in last["choices"]
    assert last["analyses"] == len(specs) - len(result.table)


def test_choices_without_a_column_are_the_main_analysis_s(study):
    result = run_multiverse(study, pd.DataFrame({"method": ["HC3"]}), n_draws=100, n_jobs=1)
    assert result.main["outcome"] == "slope"
    assert len(result.table) == 1


def test_what_is_no_table_of_analyses_is_refused(study):
    with pytest.raises(InputError, match="at least one row"):
        run_multiverse(study, pd.DataFrame())
    with pytest.raises(InputError, match="method is 'lasso'"):
        run_multiverse(study, pd.DataFrame({"method": ["lasso"]}))
    with pytest.raises(InputError, match="row name twice"):
        run_multiverse(study, pd.DataFrame({"method": ["HC3", "robust"]}, index=[0, 0]))
    with pytest.raises(InputError, match="rng is -1"):
        run_multiverse(study, pd.DataFrame({"method": ["HC3"]}), rng=-1)
    impossible = pd.DataFrame({"method": ["HC3"], "clustering": ["therapists"]})
    with pytest.raises(InputError, match=r"None of the 1 analyses .* independent"):
        run_multiverse(study, impossible, n_jobs=1)


def test_progress_counts_every_analysis(study):
    specs = specifications(study, **_ONE | {"outcome": ["slope", "percent"]}, method="HC3")
    done = []
    run_multiverse(study, specs, n_draws=100, n_jobs=1, progress=done.append)
    assert sum(done) == len(specs)


def test_standardised_estimates_do_not_depend_on_units(study):
    specs = specifications(study, **_ONE | {"method": "HC3"})
    coarse = type(study)(
        study.samples,
        study.dyads.assign(social_impairment=10 * study.dyads["social_impairment"]),
        study.symptoms,
        study.descriptor,
    )
    one, other = (run_multiverse(data, specs, rng=1, n_jobs=1) for data in (study, coarse))
    for effect in EFFECTS:
        np.testing.assert_allclose(one.standardised(effect), other.standardised(effect))
    assert not np.allclose(one.table["acme_estimate"], other.table["acme_estimate"])


def test_turning_choices_change_the_main_analysis_in_one_choice_only(study):
    specs = specifications(study, below_loq="keep", method=["quasi-bayesian", "HC3", "median"])
    main = pd.Series({name: one.default for name, one in CHOICES.items()})
    specs = specs[specs["min_sessions"] == 3]
    apart = (specs != main).sum(axis=1)
    others = specs[apart == 2].sample(40, random_state=1)
    specs = pd.concat([specs[apart <= 1], others])
    result = run_multiverse(study, specs, n_draws=100, rng=1, n_jobs=1)
    changed = result.turning_choices("acme")
    others = {name: list(one.options)[1:] for name, one in CHOICES.items()}
    others |= {"below_loq": [], "min_sessions": [], "method": ["HC3", "median"], "missing": []}
    expected = [(name, str(option)) for name, options in others.items() for option in options]
    assert list(zip(changed["choice"], changed["option"], strict=True)) == expected
    row = changed[changed["option"] == "median"].iloc[0]
    main = result.main.to_dict() | {"method": "median"}
    alone = one_analysis(study, main, n_draws=100, rng=1)
    assert row["estimate"] == pytest.approx(alone.table.loc["ACME", "estimate"])
    assert row["turns"] == (row["verdict"] != result.main["acme_verdict"])


def test_balanced_shares_are_those_of_the_analysis_of_variance():
    # y = 2 scale + 3 clustering + 1 (both), each 0 or 1: by hand, sums of squares of a 2 x 2 table
    # are (2.5^2, 3.5^2, 0.5^2), for main effects of 2.5 and 3.5 and an interaction of .5.
    table = pd.DataFrame(
        [(s, c) for s in ("synchrony", "z") for c in ("none", "therapists")] * 3,
        columns=["scale", "clustering"],
    )
    s, c = table["scale"] == "z", table["clustering"] == "therapists"
    found = moved_by(table, 2.0 * s + 3.0 * c + 1.0 * (s & c)).set_index("choices")["share"]
    total = 2.5**2 + 3.5**2 + 0.5**2
    assert found.to_dict() == pytest.approx(
        {
            "clustering": 3.5**2 / total,
            "scale": 2.5**2 / total,
            "clustering x scale": 0.5**2 / total,
        }
    )


def test_shares_of_an_unbalanced_table_sum_to_the_r_squared_of_all_choices(result):
    shares = result.moved_by("acme")
    single = shares[~shares["choices"].str.contains(" x ")]
    X = pd.get_dummies(result.table[list(single["choices"])].astype(str), dtype=float)
    y = result.standardised("acme")
    used = np.isfinite(y).to_numpy()
    X, y = X[used].assign(constant=1.0).to_numpy(), y[used].to_numpy()
    residuals = y - X @ np.linalg.lstsq(X, y)[0]
    assert single["share"].sum() == pytest.approx(1 - residuals.var() / y.var())
    assert (shares["share"] >= 0).all()


def test_estimates_that_do_not_vary_are_not_divided():
    with pytest.raises(InputError, match="do not vary over any choice"):
        moved_by(pd.DataFrame({"scale": ["z"] * 4}), pd.Series(np.arange(4.0)))


def test_it_prints_what_share_supports_each_claim(result):
    assert str(result).startswith(f"Multiverse of {len(result.table)} analyses")
    share = (result.table["acme_verdict"] == "supported").mean()
    assert str(result).endswith(f"ACME in {share:.0%}.")


@pytest.mark.parametrize("name", ["multiverse.csv", "multiverse.csv.gz"])
def test_a_file_gives_back_the_result_and_says_how_it_was_made(study, result, tmp_path, name):
    paths = [tmp_path / folder / name for folder in "ab"]
    for path in paths:
        path.parent.mkdir()
        write_multiverse(result, study, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    back = read_multiverse(paths[0])
    pd.testing.assert_frame_equal(
        back.table, result.table.reset_index(drop=True), rtol=1e-6, check_names=False
    )
    assert back.dropped.equals(result.dropped)
    made = multiverse_provenance(paths[0])
    assert made["data_sha256"] == data_digest(study)
    assert (made["seed"], made["n_draws"]) == (7, 200)
    other = simulate_study(Design(), rng=1)
    assert data_digest(other) != data_digest(study)


def test_files_of_others_are_refused(tmp_path):
    foreign = tmp_path / "foreign.csv"
    pd.DataFrame({"a": [1]}).to_csv(foreign)
    with pytest.raises(InputError, match=r"foreign.csv.json, which says how .* cannot be read"):
        read_multiverse(foreign)
    made = {"dropped": [], "seed": 1, "n_draws": 200, "confidence_level": 0.95}
    (tmp_path / "none.csv.json").write_text(json.dumps(made))
    with pytest.raises(InputError, match=r"none.csv cannot be read"):
        read_multiverse(tmp_path / "none.csv")


_ONE = {
    "change": "difference",
    "below_loq": "keep",
    "measure": "pearson",
    "min_sessions": 3,
    "scale": "synchrony",
    "outcome": "slope",
    "covariates": "none",
}


def test_a_folder_is_no_file_to_write(study, result, tmp_path):
    (tmp_path / "m.csv").mkdir()
    with pytest.raises(InputError, match=r"m.csv cannot be written"):
        write_multiverse(result, study, tmp_path / "m.csv")


@pytest.mark.parametrize("made", ["[]", "{}", '{"seed": 1}'])
def test_a_damaged_description_is_refused(tmp_path, made):
    (tmp_path / "m.csv.json").write_text(made)
    with pytest.raises(InputError, match=r"m.csv.json.* cannot be read: .* dropped, n_draws, seed"):
        read_multiverse(tmp_path / "m.csv")


def test_a_damaged_table_is_refused(study, result, tmp_path):
    path = tmp_path / "m.csv.gz"
    write_multiverse(result, study, path)
    whole = path.read_bytes()
    for damaged in whole[:5000], whole[:2000] + b"damaged" + whole[2007:], b"", b"text":
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"m.csv.gz cannot be read"):
            read_multiverse(path)
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    with pytest.raises(InputError, match=r"m.csv.gz cannot be read: it has no column .*_estimate"):
        read_multiverse(path)


def test_a_run_says_how_far_it_agrees_with_a_file_and_stops_where_it_does_not(result):
    words = result.agreement_in_words(result)
    assert words.startswith(f"The {len(result.table)} analyses that were run here agree")
    assert "all that follows is about" in result.agreement_in_words(None)
    other = replace(result, table=result.table.assign(b_estimate=result.table["b_estimate"] + 1))
    with pytest.raises(AssertionError, match="the file's numbers are others"):
        result.agreement_in_words(other)
    with pytest.raises(AssertionError, match="the file lacks analyses"):
        result.agreement_in_words(replace(result, table=result.table.iloc[1:]))


def test_an_option_newer_than_the_file_is_named(result):
    old = replace(result, table=result.table[result.table["measure"] != "spearman"])
    n = len(result.table) - len(old.table)
    words = result.agreement_in_words(old)
    assert words.startswith(f"The {len(old.table)} analyses that were run here agree with the file")
    assert f" {n} more have spearman, which all that follows leaves out" in words
    assert "more have" not in old.agreement_in_words(result)
    with pytest.raises(AssertionError, match="lacks analyses"):
        result.agreement_in_words(replace(old, table=old.table[1:]))
