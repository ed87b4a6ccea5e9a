"""The naive and the latent mediation beside each other."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from dyadsync.mediation.mediate import mediate
from dyadsync.scrutiny.latent.side_by_side import side_by_side
from dyadsync.synchrony.dyads import dyad_synchrony
from tests.made_changes import correlated_changes


def found(a, b, low, high, naive=None):
    return SimpleNamespace(
        paths=pd.DataFrame({"estimate": [a, b]}, index=["a", "b"]),
        table=pd.DataFrame({"estimate": a * b, "ci_lower": low, "ci_upper": high}, index=["ACME"]),
        n_obs=37,
        naive=naive,
    )


def test_the_rows_are_those_of_the_two_analyses():
    table = dyad_synchrony(correlated_changes(40, 8, 0.2, 0.8, seed=1))
    rng = np.random.default_rng(1)
    table["x"] = rng.normal(size=40)
    table["y"] = table["z"] + rng.normal(size=40)
    fit = mediate(table, "x", "synchrony", "y", method="latent", n_draws=200, rng=1)
    rows = side_by_side({"log_ratio": fit}).table
    assert rows.index.tolist() == ["log ratio, naive", "log ratio, latent"]
    for row, result in zip(rows.to_dict("records"), (fit.naive, fit), strict=True):
        assert row == {
            "path a": result.paths.loc["a", "estimate"],
            "path b": result.paths.loc["b", "estimate"],
            **result.table.loc["ACME", ["estimate", "ci_lower", "ci_upper"]],
            "dyads": 40,
        }


def test_an_effect_that_is_not_identified_says_so():
    fit = found(-0.5, np.nan, np.nan, np.nan, naive=found(-0.5, 1.0, -1.0, 0.25))
    both = side_by_side({"log_ratio": fit})
    assert both.in_words("log_ratio", "naive") == "-0.50 (-1.00 to 0.25)"
    assert both.in_words("log_ratio", "latent") == "not identified"
    nothing = found(-0.001, 1.0, -0.5, -0.001)
    zero = side_by_side({"log_ratio": found(0.0, 1.0, 0.0, 0.0, naive=nothing)})
    assert zero.in_words("log_ratio", "naive") == "0.00 (-0.50 to 0.00)"


def test_it_prints_with_readable_columns():
    fit = found(-0.5, np.nan, np.nan, np.nan, naive=found(-0.5, 1.0, -1.0, 0.25))
    html = side_by_side({"log_ratio": fit})._repr_html_()
    for text in ("indirect effect", "<th>from</th>", "log ratio, latent", "–"):
        assert text in html
