"""Every number of other software beside ours, with the difference that is allowed.

R's results stand in ``tests/reference/`` with the script that made them; the exact values on
data that Python packages ship are below. The draws have a seed of their own, so that a change of
a parameter elsewhere moves nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.mediation import MediationResult, mediate
from dyadsync.sensitivity import sensitivity

SEED = 20_211_123
N_DRAWS = 20_000
SIZES = (37, 120)
COLUMNS = ["software", "data", "case", "quantity", "reference", "ours", "difference", "tolerance"]

_R_MEDIATION: dict[str, dict[str, Any]] = {
    "linear": {},
    "covariate": {"covariates": ["c"]},
    "covariate HC3": {"covariates": ["c"], "vcov": "HC3"},
    "covariate cluster": {"covariates": ["c"], "cluster": "therapist"},
    "interaction x=-1..1": {"covariates": ["c"], "interaction": True, "contrast": (-1, 1)},
    "binary outcome logit": {"covariates": ["c"], "outcome": "logit"},
    "covariate bootstrap percentile": {"covariates": ["c"], "method": "bootstrap"},
}


def compare_with_r(folder: str | Path) -> pd.DataFrame:
    """Compute what R computed, on the same tables.

    Parameters
    ----------
    folder : path
        Holds ``dyads_N.csv``, ``dyads_N_contaminated.csv`` and ``dyads_N.r.csv``.

    Returns
    -------
    DataFrame
        One row a number: `COLUMNS` and ``ok``. The tolerance of a Monte Carlo row is a share of
        the interval's width (5 %, 8 % for the logit case) or .04 (.06) for a p-value; of an exact
        row 1e-6 of its value, of a sensitivity or Huber row 1e-3 of the interval's width; of an
        MM row the larger of 1e-3 of its value and half a percent of the standard error.
    """
    frames = []
    for n in SIZES:
        tables = {
            "clean": pd.read_csv(Path(folder) / f"dyads_{n}.csv"),
            "contaminated": pd.read_csv(Path(folder) / f"dyads_{n}_contaminated.csv"),
        }
        reference = pd.read_csv(Path(folder) / f"dyads_{n}.r.csv")
        for case, rows in reference.groupby("case", sort=False):
            expected = rows.set_index("quantity")
            ours = _of_case(str(case), tables)
            for quantity, value in ours.items():
                row = expected.loc[quantity]
                frames.append(
                    (
                        _package(str(case)),
                        f"{n} dyads",
                        case,
                        quantity,
                        row["value"],
                        value,
                        abs(value - row["value"]),
                        _tolerance(str(case), quantity, str(row["kind"]), expected["value"]),
                    )
                )
    return _judged(frames)


def _of_case(case: str, tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Our values of the quantities that R reports for a case."""
    if case in _R_MEDIATION:
        return _mediation_quantities(case, tables["clean"])
    raise KeyError(f"no computation of ours for R's case '{case}'")


def _mediation_quantities(case: str, table: pd.DataFrame) -> dict[str, float]:
    y = "response" if "logit" in case else "y"
    result = mediate(table, "x", "m", y, n_draws=N_DRAWS, rng=SEED, **_R_MEDIATION[case])
    if case == "covariate cluster":
        effects = _drawn_apart(result)
    else:
        effects = result.table.drop(index="Prop. mediated")
    quantities = {
        f"{effect}.{column}": float(value)
        for effect, row in effects.iterrows()
        for column, value in row.items()
    }
    if case == "linear":
        quantities |= _sensitivity_quantities(table)
    return quantities


def _sensitivity_quantities(table: pd.DataFrame) -> dict[str, float]:
    result = sensitivity(table, "x", "m", "y", rho=[-0.3, 0.1, 0.3])
    quantities = {"rho_at_acme_zero": result.rho_at_zero}
    for row in result.table.itertuples():
        at = f"acme_at_rho_{row.rho:.1f}"
        quantities[at] = row.acme
        quantities[f"{at}.ci_lower"], quantities[f"{at}.ci_upper"] = row.ci_lower, row.ci_upper
    return quantities


def _drawn_apart(result: MediationResult) -> pd.DataFrame:
    """Effects as R draws them under clustering: the two models apart.

    We draw both models together, because a cluster's members connect their errors; to compare
    the covariances themselves with R's, they are drawn apart here.
    """
    from dyadsync.mediation import summarise_draws

    assert result.covariance is not None
    rng = np.random.default_rng(SEED)
    mediator, outcome = result.m[0], result.y

    def draw(model: str) -> pd.DataFrame:
        table = result.models[model]
        covariance = result.covariance.loc[model, model]  # type: ignore[union-attr]
        draws = rng.multivariate_normal(table["estimate"], covariance, size=N_DRAWS)
        return pd.DataFrame(draws, columns=table.index)

    m, y = draw(mediator), draw(outcome)
    acme, ade = m[result.x] * y[mediator], y[result.x]
    draws = {"ACME": acme, "ADE": ade, "Total effect": acme + ade}
    rows = {
        effect: summarise_draws(
            float(result.table.loc[effect, "estimate"]),
            values.to_numpy(),
            result.confidence_level,
        )
        for effect, values in draws.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=result.table.columns)


def _package(case: str) -> str:
    starts = {"mm ": "R robustbase", "robust mediation": "R robmed"}
    starts |= {"huber": "R WRS2", "robust correlation": "R WRS2"}
    return next((name for start, name in starts.items() if case.startswith(start)), "R mediation")


def _tolerance(case: str, quantity: str, kind: str, values: pd.Series) -> float:
    """How far from R's value ours may lie; see tests/reference/README.md."""
    value = abs(values[quantity])
    if kind.startswith("grid"):
        return float(kind.split()[1])
    if kind == "mm":
        se = values.get(quantity.replace("coef.", "se."), 0.0)
        return float(max(1e-3 * value, 0.005 * se))
    effect = quantity.rsplit(".", 1)[0] if not quantity.startswith("acme_at") else quantity
    for suffix in (".ci_lower", ".ci_upper"):
        effect = effect.removesuffix(suffix)
    ends = [
        (values.get(f"{effect}.ci_lower{kind_}"), values.get(f"{effect}.ci_upper{kind_}"))
        for kind_ in ("", "_percentile")
    ]
    width = next((high - low for low, high in ends if low is not None), np.nan)
    if kind == "exact":
        narrow = quantity.startswith("acme_at") or case.startswith("huber")
        return float(1e-3 * width if narrow else 1e-6 * value)
    logit = "logit" in case
    if quantity.endswith("p_value"):
        return 0.06 if logit else 0.04
    return float((0.08 if logit else 0.05) * width)


def compare_exact() -> pd.DataFrame:
    """Exact values on data that pingouin and statsmodels ship.

    Returns
    -------
    DataFrame
        As `compare_with_r`; the tolerance is half a unit of the last digit that is printed in
        the source (one unit where the source's last digit is not rounded).
    """
    frames = [
        (software, data, case, quantity, reference, ours, abs(ours - reference), tolerance)
        for computation in (_pingouin_values, _framing_values)
        for software, data, case, quantity, reference, ours, tolerance in computation()
    ]
    return _judged(frames)


_Row = tuple[str, str, str, str, float, float, float]


def _pingouin_values() -> Iterator[_Row]:
    import pingouin

    data = pingouin.read_dataset("mediation")
    result = mediate(data, "X", "M", "Y", n_draws=N_DRAWS, rng=SEED)
    paths = result.paths
    rho = sensitivity(data, "X", "M", "Y").rho_at_zero
    for quantity, reference, ours, tolerance in [
        ("a", 0.5610153161, paths.loc["a", "estimate"], 1e-10),
        ("a, standard error", 0.0944804803, paths.loc["a", "se"], 2e-10),
        ("b", 0.6354945872, paths.loc["b", "estimate"], 1e-10),
        ("b, standard error", 0.1005340, paths.loc["b", "se"], 1e-7),
        ("c_prime", 0.0396039204, paths.loc["c_prime", "estimate"], 1e-10),
        ("c", 0.3961261171, paths.loc["c", "estimate"], 1e-10),
        ("ACME", 0.3565221967, result.table.loc["ACME", "estimate"], 1e-10),
        ("rho at zero", 0.5401398738, rho, 1e-10),
    ]:
        yield "exact", "pingouin mediation", "linear", quantity, reference, float(ours), tolerance


def _framing_values() -> Iterator[_Row]:
    data = framing()
    covariates = ["age", "educ", "gender", "income"]
    names = ["ACME (control)", "ACME (treated)", "ADE (control)", "ADE (treated)", "Total effect"]
    exact = {
        False: [0.0841180, 0.0851487, 0.0115622, 0.0125930, 0.0967109],
        True: [0.0776886, 0.1013657, -0.0077526, 0.0159246, 0.0936131],
    }
    for interaction, values in exact.items():
        result = mediate(
            data, "treat", "emo", "cong_mesg", covariates=covariates, outcome="probit",
            interaction=interaction, n_draws=1000, rng=SEED,
        )  # fmt: skip
        case = "probit with emo x treat" if interaction else "probit"
        for name, reference in zip(names, values, strict=True):
            ours = float(result.table.loc[name, "estimate"])
            yield "exact", "statsmodels framing", case, name, reference, ours, 1e-7
    result = mediate(
        data, "treat", "emo", "english", covariates=covariates, n_draws=N_DRAWS, rng=SEED
    )
    of_r = {"ACME": (0.1157, 0.0465, 0.2021), "ADE": (-0.0241, -0.2345, 0.1845)}
    for effect, references in of_r.items():
        for column, reference in zip(("estimate", "ci_lower", "ci_upper"), references, strict=True):
            ours = float(result.table.loc[effect, column])
            tolerance = 0.05 * (references[2] - references[1])
            yield (
                "R mediation", "statsmodels framing", "linear", f"{effect}.{column}",
                reference, ours, tolerance,
            )  # fmt: skip
    rho = sensitivity(data, "treat", "emo", "english", covariates=covariates).rho_at_zero
    yield "R mediation", "statsmodels framing", "linear", "rho_at_acme_zero", 0.28, rho, 0.01


def framing() -> pd.DataFrame:
    """Load the framing experiment that statsmodels ships (n = 265).

    Brader, Valentino & Suhay (2008), doi:10.1111/j.1540-5907.2008.00353.x; ``english`` as the
    numbers 1 (strongly favour) to 4 (strongly oppose).
    """
    from importlib.util import find_spec

    spec = find_spec("statsmodels")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "stats" / "tests" / "results"
    data = pd.read_csv(folder / "framing.csv")
    levels = ["Strongly Favor", "Favor", "Oppose", "Strongly Oppose"]
    numbers = {level: float(i) for i, level in enumerate(levels, start=1)}
    return data.assign(english=data["english"].map(numbers))


def _judged(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(ok=table["difference"] <= table["tolerance"])


def require_agreement(table: pd.DataFrame) -> None:
    """Stop where a number disagrees.

    Raises
    ------
    AssertionError
        Naming every row that is not ``ok``.
    """
    wrong = table[~table["ok"]]
    if len(wrong):
        raise AssertionError(
            f"{len(wrong)} of {len(table)} numbers disagree with their reference:\n"
            + wrong.to_string()
        )
