"""The tuning constants of Tukey's bisquare."""

import pytest

from dyadsync.errors import InputError
from dyadsync.regression.bisquare import efficiency_constant, scale_constant


def test_scale_constant_gives_breakdown_one_half_as_tabulated():
    # Rousseeuw & Yohai (1984): 1.547
    assert scale_constant() == pytest.approx(1.54764, abs=2e-5)


@pytest.mark.parametrize(
    ("efficiency", "k"),
    # Maronna, Martin & Yohai (2006), table 2.1 and robustbase's lmrob.control
    [(0.80, 3.136909), (0.85, 3.443689), (0.90, 3.882646), (0.95, 4.685061)],
)
def test_efficiency_constant_as_tabulated(efficiency, k):
    assert efficiency_constant(efficiency) == pytest.approx(k, abs=2e-5)


@pytest.mark.parametrize("efficiency", [0.1, 1.0, float("nan")])
def test_senseless_efficiency_is_refused(efficiency):
    with pytest.raises(InputError, match="efficiency"):
        efficiency_constant(efficiency)
