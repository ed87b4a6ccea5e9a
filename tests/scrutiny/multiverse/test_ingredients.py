"""What analyses are made from is made once, and anew when a study's tables change."""

import numpy as np
import statsmodels.formula.api as smf

from dyadsync import Design, session_changes, simulate_study
from dyadsync.scrutiny.multiverse.ingredients import Ingredients
from tests.scrutiny.multiverse.alone import one_analysis

CHOICES = ("difference", "keep", "pearson", 3)


def test_equal_tables_share_and_a_changed_value_is_seen():
    study = simulate_study(Design(), rng=1)
    before = Ingredients.of(study).synchrony(*CHOICES)
    assert Ingredients.of(simulate_study(Design(), rng=1)).synchrony(*CHOICES) is before

    study.samples.loc[0, "signal"] *= 2
    after = Ingredients.of(study).synchrony(*CHOICES)
    assert (after["synchrony"] != before["synchrony"]).sum() == 1

    study.samples.loc[0, "signal"] /= 2
    again = Ingredients.of(study).synchrony(*CHOICES)
    assert again.equals(before)


def test_a_later_change_of_the_tables_does_not_reach_what_is_remembered():
    study = simulate_study(Design(), rng=2)
    kept = Ingredients.of(study)
    study.samples.loc[0, "signal"] *= 2
    changed = Ingredients.of(study).synchrony(*CHOICES)
    assert not kept.synchrony(*CHOICES).equals(changed)


def test_the_two_persons_are_their_mean_changes_and_levels():
    """Path b beside both persons' means and levels, from the study's tables by statsmodels."""
    study = simulate_study(Design(), rng=1)
    table = Ingredients.of(study).table(("absolute", "keep", "pearson", 3), "slope")
    changes = session_changes(study, "absolute").groupby("dyad_id", observed=True)
    levels = study.samples.groupby(["dyad_id", "role"], observed=True)["signal"].mean().unstack()
    for person in ("patient", "therapist"):
        expected = changes[person].mean().reindex(table["dyad_id"])
        np.testing.assert_allclose(table[f"{person}_change"], expected)
        np.testing.assert_allclose(table[f"{person}_level"], levels[person][table["dyad_id"]])
    persons = "patient_change + patient_level + therapist_change + therapist_level"
    fit = smf.ols(f"symptom_reduction ~ synchrony + social_impairment + {persons}", table).fit()
    found = one_analysis(study, {"change": "absolute", "covariates": "two persons"}, n_draws=100)
    np.testing.assert_allclose(found.paths.loc["b", "estimate"], fit.params["synchrony"])
