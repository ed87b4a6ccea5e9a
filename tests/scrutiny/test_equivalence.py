"""Equivalence: the percentiles it reads, and each of its verdicts."""

import numpy as np
import pandas as pd
import pytest

from dyadsync import InputError, mediate
from dyadsync.scrutiny.equivalence import equivalence


def result(seed=1, n=80, b=0.5, **options):
    rng = np.random.default_rng(seed)
    x, e, u = rng.standard_normal((3, n))
    m = 0.5 * x + e
    table = pd.DataFrame({"x": x, "m": m, "y": b * m + u})
    return mediate(table, "x", "m", "y", n_draws=1000, rng=1, **options)


def test_the_interval_is_that_of_a_mediation_at_level_1_minus_2_alpha():
    found = equivalence(result(), 0.2, alpha=0.025)
    same = result(confidence_level=0.95).table.loc["ACME"]
    assert (found.ci_lower, found.ci_upper) == pytest.approx((same.ci_lower, same.ci_upper))


def test_small_by_the_test_is_small_by_the_interval():
    """The larger one-sided p-value is at most alpha where the 90 % interval lies inside."""
    for smallest in (0.1, 0.3, 0.6, 1.0):
        found = equivalence(result(), smallest)
        assert found.small == (found.p_value <= 0.05)


@pytest.mark.parametrize(
    ("b", "n", "smallest", "verdict"),
    [
        (0.0, 400, 0.3, "too small to matter"),
        (0.5, 400, 1.0, "there, but too small to matter"),
        (1.0, 400, 0.1, "large enough to matter"),
        (0.5, 80, 0.25, "different from zero, but it is unclear whether it matters"),
        (0.0, 20, 0.1, "unclear"),
    ],
)
def test_every_verdict(b, n, smallest, verdict):
    found = equivalence(result(n=n, b=b), smallest)
    assert found.verdict == verdict
    assert f"the effect is {verdict}: the 90 % interval" in found.in_words()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"smallest": 0}, "must be a number above 0"),
        ({"smallest": 1, "effect": "a"}, "effect is 'a'"),
        ({"smallest": 1, "alpha": 0.5}, "alpha is 0.5"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments, said):
    with pytest.raises(InputError, match=said):
        equivalence(result(), **arguments)
    with pytest.raises(InputError, match="percentiles of the draws"):
        equivalence(result(method="bootstrap-bca"), 1)
