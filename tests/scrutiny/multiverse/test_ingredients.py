"""What analyses are made from is made once, and anew when a study's tables change."""

from dyadsync import Design, simulate_study
from dyadsync.scrutiny.multiverse.ingredients import Ingredients

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
