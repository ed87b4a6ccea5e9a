"""Sensitivity to an unmeasured confounder."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.confounding import sensitivity
from tests.reference_tables import SIZES, dyads, of_r


@pytest.mark.parametrize("n", SIZES)
def test_agrees_with_rs_medsens(n):
    """Kinds exact (1e-3 of the interval's width) and grid 0.01 of tests/reference/README.md."""
    reference = of_r(n, "linear")
    result = sensitivity(dyads(n), "x", "m", "y", rho=[-0.3, 0.1, 0.3])
    table = result.table.set_index("rho")
    assert result.rho_at_zero == pytest.approx(reference["rho_at_acme_zero"], abs=0.01)
    for rho in (-0.3, 0.1, 0.3):
        at = f"acme_at_rho_{rho}"
        width = reference[f"{at}.ci_upper"] - reference[f"{at}.ci_lower"]
        for column, suffix in [("acme", ""), ("ci_lower", ".ci_lower"), ("ci_upper", ".ci_upper")]:
            assert table.loc[rho, column] == pytest.approx(reference[at + suffix], abs=1e-3 * width)


def test_pingouin_data_give_the_exact_rho():
    result = sensitivity(pingouin.read_dataset("mediation"), "X", "M", "Y")
    assert result.rho_at_zero == pytest.approx(0.5401398738, abs=5e-11)


def test_framing_agrees_with_r():
    """R's medsens on lm(as.numeric(english)): rho at zero .28 on a grid of .01."""
    folder = Path(find_spec("statsmodels").origin).parent
    framing = pd.read_csv(folder / "stats" / "tests" / "results" / "framing.csv")
    levels = ["Strongly Favor", "Favor", "Oppose", "Strongly Oppose"]
    framing["english"] = framing["english"].map({v: i + 1.0 for i, v in enumerate(levels)})
    covariates = ["age", "educ", "gender", "income"]
    result = sensitivity(framing, "treat", "emo", "english", covariates=covariates)
    assert result.rho_at_zero == pytest.approx(0.28, abs=0.01)


def test_acme_at_rho_zero_is_the_product_of_paths():
    from dyadsync.mediation.mediate import mediate

    data = dyads(120)
    table = sensitivity(data, "x", "m", "y", covariates=["c"]).table.set_index("rho")
    expected = mediate(data, "x", "m", "y", covariates=["c"], n_draws=100).table
    assert table.loc[0.0, "acme"] == pytest.approx(expected.loc["ACME", "estimate"])


def test_a_planted_confounder_is_undone_at_its_rho():
    """With errors that correlate by .5 the ACME at rho = .5 is the true one (n large)."""
    rng = np.random.default_rng(1)
    n = 200_000
    x = rng.normal(size=n)
    e = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=n)
    data = pd.DataFrame({"x": x, "m": 0.6 * x + e[:, 0]})
    data["y"] = 0.4 * data["m"] + 0.2 * x + e[:, 1]
    table = sensitivity(data, "x", "m", "y", rho=[0.0, 0.5]).table.set_index("rho")
    assert table.loc[0.0, "acme"] > 0.5
    assert table.loc[0.5, "acme"] == pytest.approx(0.24, abs=0.01)


def test_benchmark_is_the_partial_r_squared_of_a_covariate():
    """By statsmodels' residual sums of squares."""
    import statsmodels.formula.api as smf

    data = dyads(120)
    ours = sensitivity(data, "x", "m", "y", covariates=["c"]).benchmarks.loc["c"]
    shares = []
    for full, reduced in [("m ~ x + c", "m ~ x"), ("y ~ x + m + c", "y ~ x + m")]:
        ssr = [smf.ols(formula, data).fit().ssr for formula in (full, reduced)]
        shares.append(1 - ssr[0] / ssr[1])
    assert ours[["r2_mediator", "r2_outcome"]].tolist() == pytest.approx(shares)
    assert ours["rho"] == pytest.approx(np.sqrt(shares[0] * shares[1]))


def test_impossible_rho_is_refused():
    with pytest.raises(InputError, match="between -1 and 1"):
        sensitivity(dyads(37), "x", "m", "y", rho=[0.0, 1.0])


def test_several_mediators_are_refused():
    with pytest.raises(InputError, match="one mediator"):
        sensitivity(dyads(37), "x", ["m", "c"], "y")


def test_an_exact_fit_is_refused_by_name():
    data = dyads(37)
    with pytest.raises(InputError, match="fits 'y' exactly"):
        sensitivity(data.assign(y=2 * data["m"] + data["x"]), "x", "m", "y")
