"""A multiverse packed for a page gives back its numbers, and small enough."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.scrutiny.multiverse.choices import CHOICES
from dyadsync.scrutiny.multiverse.compact import compact
from dyadsync.scrutiny.multiverse.run import EFFECTS, run_multiverse, standard_unit
from dyadsync.scrutiny.multiverse.specifications import left_out, specifications
from tests.unpacked import unpacked


@pytest.fixture(scope="module")
def both(multiverse, packed):
    """Every analysis of the file beside what came back."""
    table = multiverse.table.astype(dict.fromkeys(CHOICES, str))
    back = unpacked(packed)
    return table.merge(back[back["reason"] == ""], on=list(CHOICES), suffixes=("", "_back"))


def test_every_analysis_comes_back(multiverse, packed, both):
    back = unpacked(packed)
    assert len(both) == len(multiverse.table) == (back["reason"] == "").sum()
    assert len(back) == np.prod([len(fork["options"]) for fork in packed["forks"]])


def test_the_packed_numbers_of_the_shipped_run_are_small(packed):
    assert len(packed["packed"]) < 300_000


@pytest.mark.parametrize("effect", EFFECTS)
def test_numbers_are_off_by_less_than_is_shown(both, packed, effect):
    step = {column["name"]: column["step"] for column in packed["columns"]}
    unit = standard_unit(both, effect)
    known = unit.notna()
    off = (both[f"{effect}_estimate"] * unit - both[f"{effect}_estimate_back"])[known].abs()
    assert off.max() <= step[f"{effect}_estimate"] / 2 + 1e-6
    width = (both[f"{effect}_ci_upper"] - both[f"{effect}_ci_lower"]) * unit
    for end in ("ci_lower", "ci_upper"):
        off = (both[f"{effect}_{end}"] * unit - both[f"{effect}_{end}_back"]).abs()
        # Half a step of the estimate, of the width (a relative one) and of the lopsidedness.
        half = (step[f"{effect}_estimate"] + step[f"{effect}_skew"] / 2) / 2
        usual = half + step[f"{effect}_width"] * width / 4 + 1e-5
        assert (off[known] <= usual[known]).mean() > 0.995
        assert np.median(off[known]) < 0.0025  # a quarter of the last digit that is shown


@pytest.mark.parametrize("effect", EFFECTS)
def test_no_interval_comes_back_on_another_side_of_0(both, effect):
    assert ((both[f"{effect}_ci_lower"] > 0) == (both[f"{effect}_ci_lower_back"] > 0)).all()
    assert ((both[f"{effect}_ci_upper"] < 0) == (both[f"{effect}_ci_upper_back"] < 0)).all()


def test_dyads_and_own_units_come_back(both):
    assert (both["n_obs"] == both["n"]).all()
    own = both["acme_estimate_back"] * both["unit"]
    assert own.to_numpy() == pytest.approx(both["acme_estimate"].to_numpy(), abs=0.05)
    assert ((both["method"] == "latent") == (both["sd"] == 0)).all()


def test_equal_runs_give_equal_bytes(multiverse):
    few = type(multiverse)(
        multiverse.table.iloc[:400], multiverse.dropped, multiverse.seed, multiverse.n_draws
    )
    assert compact(few) == compact(few)


def test_a_small_run_says_why_other_combinations_are_missing(study):
    choices = {
        "change": ["difference", "log_ratio"],
        "below_loq": "keep",
        "measure": ["pearson", "shrunken"],
        "min_sessions": 3,
        "outcome": "slope",
        "covariates": "none",
        "missing": "complete",
        "method": ["quasi-bayesian", "HC3"],
    }
    specs = specifications(study, **choices)
    run = run_multiverse(study, specs.iloc[1:], n_draws=100, rng=1)
    back = unpacked(compact(run, left_out(study, **choices)))
    reasons = back.groupby("reason").size()
    assert reasons[""] == len(specs) - 1
    assert reasons["This analysis was not run."] == 1
    expected = pd.DataFrame(specs.attrs["dropped"]).groupby("reason")["analyses"].sum()
    assert reasons.drop(["", "This analysis was not run."]).to_dict() == expected.to_dict()
