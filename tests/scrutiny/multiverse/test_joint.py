from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dyadsync import Design, joint_tests, simulate_study, specifications
from dyadsync.errors import InputError
from dyadsync.regression.linear import fit_linear
from dyadsync.scrutiny.multiverse import joint
from dyadsync.scrutiny.multiverse.run import run_multiverse

SMALL = {
    "change": ["difference", "log_ratio"],
    "below_loq": "keep",
    "measure": ["pearson", "spearman"],
    "outcome": ["slope", "difference"],
    "covariates": ["none", "age"],
    "method": "quasi-bayesian",
    "clustering": "none",
}


@pytest.fixture(scope="module")
def specs(study):
    return specifications(study, **SMALL)


@pytest.fixture(scope="module")
def tests(study, specs):
    return joint_tests(study, specs, n_flips=500, rng=1)


def test_the_statistic_is_the_t_test_s_with_the_null_model_s_residual_variance():
    rng = np.random.default_rng(1)
    n = 30
    X = np.column_stack([np.ones(n), rng.standard_normal((n, 2))])
    y = X @ [1.0, 0.5, 0.3] + rng.standard_normal(n)
    score = joint._Score.of(np.arange(n), X[:, 2], y, X[:, :2])
    statistic = float(joint._flipped([score], np.ones((1, n), np.float32))[0, 0])
    full, null = fit_linear(X, y), fit_linear(X[:, :2], y)
    expected = full.coef[2] / np.sqrt(full.bread[2, 2] * null.dispersion)
    assert statistic == pytest.approx(expected, rel=1e-5)


def test_the_median_of_the_curve_is_that_of_the_standardised_estimates(study, specs, tests):
    result = run_multiverse(study, specs, n_draws=100, rng=1, n_jobs=1)
    observed = tests.table.set_index(["effect", "statistic"])["observed"]
    for path in ("a", "b"):
        expected = result.standardised(path).median()
        assert observed[path, "median"] == pytest.approx(expected, rel=1e-4)


def test_adjusted_p_values_are_no_smaller_than_unadjusted_ones(study, tests):
    one = pd.DataFrame({"method": ["quasi-bayesian"]})  # the main analysis alone
    alone = joint_tests(study, one, n_flips=500, rng=1).models.iloc[0]
    together = tests.models.iloc[0]
    assert together["a"] == pytest.approx(alone["a"])
    assert together["a_p_value"] >= alone["a_p_value"]
    assert together["b_p_value"] >= alone["b_p_value"]


def test_the_indirect_effect_needs_both_paths(tests):
    models = tests.models
    assert (models["acme_p_value"] >= models[["a_p_value", "b_p_value"]].max(axis=1)).all()
    a, b, acme = (tests.table.loc[tests.table["effect"] == name] for name in ("a", "b", "acme"))
    larger = np.maximum(a["p_value"].to_numpy(), b["p_value"].to_numpy())
    assert list(acme["p_value"]) == list(larger)


def test_methods_share_their_pair_of_models(study, specs, tests):
    methods = specifications(study, **SMALL | {"method": ["HC3", "bootstrap", "median"]})
    assert joint_tests(study, methods, n_flips=500, rng=1).models.equals(tests.models)


def test_a_strong_effect_survives_adjustment(study):
    design = Design(a=-0.95, b=0.9, c=0.0, sessions=tuple(range(1, 17)))
    strong = simulate_study(Design.with_dyads(design, 120), rng=1)
    found = joint_tests(strong, specifications(strong, **SMALL), n_flips=300, rng=1)
    # The share is 1 in some flips too, so closely are the analyses related: it says less.
    telling = found.table[found.table["statistic"] != "share"]
    assert (telling["p_value"] <= 0.01).all()
    assert found.surviving()["a"] == len(found.models)
    assert found.surviving()["acme"] > 0


def test_an_outcome_that_cannot_be_made_is_left_out(study):
    """No mixed model weighs ratings that lie on lines."""
    weeks = study.symptoms["time"]
    falls = study.symptoms["dyad_id"].str[1:].astype(int) % 7 / 3
    lines = replace(study, symptoms=study.symptoms.assign(outcome=20 - falls * weeks))
    specs = specifications(lines, **SMALL | {"outcome": ["slope", "mixed"]})
    assert set(specs["outcome"]) == {"slope", "mixed"}
    found = joint_tests(lines, specs, n_flips=100, rng=1)
    assert set(found.models["outcome"]) == {"slope"}


def test_nothing_to_fit_is_said(study):
    constant = type(study)(
        study.samples, study.dyads.assign(social_impairment=1.0), study.symptoms, study.descriptor
    )
    with pytest.raises(InputError, match="can be fitted: Column 'social_impairment' is constant"):
        joint_tests(constant, specifications(constant, **SMALL), n_flips=100)


def test_size_of_both_tests_under_no_effect_of_either_path():
    rejected = null_rejections(Design(a=0.0, b=0.0, c=0.0), trials=40, seed=2)
    # 40 trials at 5 %: more than 6 rejections have a probability below .005.
    assert (rejected.sum() <= 6).all()


@pytest.mark.slow
@pytest.mark.parametrize(("a", "b"), [(0.0, 0.0), (0.0, 0.65), (-0.5, 0.0)])
def test_size_by_simulation(a, b):
    rejected = null_rejections(Design(a=a, b=b, c=0.0), trials=400, seed=3)
    null = [name for name in rejected if not (name[0] == "a" and a) and not (name[0] == "b" and b)]
    # 5 % of 400 with three standard errors of 1.1 %; the ACME's tests keep less.
    assert (rejected[null].mean() <= 0.083).all()


def null_rejections(design, trials, seed):
    from benchmarks.multiverse_size import rejections

    return rejections(design, n_trials=trials, n_flips=199, rng=seed)
