"""Both models by the robust regressions of other programs, beside ours."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.mediation.sample import prepare
from dyadsync.regression.bisquare import efficiency_constant
from dyadsync.regression.mm import mm_regression

__all__ = ["regression_programs"]


def regression_programs(data: pd.DataFrame, x: str, m: str, y: str) -> pd.DataFrame:
    """Fit both models by least squares and by the robust regressions of statsmodels and of ours.

    Parameters
    ----------
    data : DataFrame
        One row a dyad; rows with a missing value are left out.
    x, m, y : str
        Columns.

    Returns
    -------
    DataFrame
        Indexed by program: ``path a``, ``path b``, and the residual scale of each model, ``scale
        m`` and ``scale y``. NaN where a program cannot fit these data.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> regression_programs(table, "X", "M", "Y").round(2).loc["least squares"].to_list()
    [0.56, 0.64, 1.64, 1.63]
    """
    from statsmodels.regression.linear_model import OLS
    from statsmodels.robust.norms import HuberT, TukeyBiweight
    from statsmodels.robust.resistant_linear_model import RLMDetSMM
    from statsmodels.robust.robust_linear_model import RLM

    k = efficiency_constant(0.85)
    programs: dict[str, Callable[[Array, Array], Any]] = {
        "least squares": lambda X, v: OLS(v, X).fit(),
        "RLM, Huber": lambda X, v: RLM(v, X, M=HuberT()).fit(),
        "RLM, bisquare": lambda X, v: RLM(v, X, M=TukeyBiweight(k)).fit(),
        "RLMDetSMM": lambda X, v: RLMDetSMM(v, X, efficiency=0.85).fit(),
        "mm_regression": mm_regression,
    }
    sample, _, _ = prepare(data, x, [m], y)
    models = {
        "a": (sample.mediator_design, sample.m[:, 0], 1, "m"),
        "b": (sample.outcome_design, sample.y, 2, "y"),
    }
    table = pd.DataFrame(
        index=pd.Index(programs, name="program"),
        columns=["path a", "path b", "scale m", "scale y"],
        dtype=float,
    )
    for program, fit in programs.items():
        for path, (design, response, place, name) in models.items():
            # A robust scale can be zero, or the subsets too small, in a handful of dyads.
            with contextlib.suppress(ArithmeticError, ValueError, np.linalg.LinAlgError):
                found = fit(design, response)
                scale = np.sqrt(found.scale) if program == "least squares" else found.scale
                coef = found.coef if program == "mm_regression" else found.params
                table.loc[program, [f"path {path}", f"scale {name}"]] = coef[place], scale
    return table
