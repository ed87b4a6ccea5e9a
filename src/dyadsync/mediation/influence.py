"""Which dyads, and which therapists, carry the result: leave each out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dyadsync.arrays import Array
from dyadsync.checks import check_choice
from dyadsync.mediation.models import weighted_coefficients
from dyadsync.mediation.resampling import leave_one_out
from dyadsync.mediation.sample import MediationData, prepare
from dyadsync.printed import Printed
from dyadsync.regression.linear import fit_linear


def influence(
    data: pd.DataFrame,
    x: str,
    m: str | Sequence[str],
    y: str,
    *,
    covariates: Sequence[str] = (),
    unit: str | None = None,
) -> pd.DataFrame:
    """Leave out each dyad, or each therapist, and see what becomes of the paths a, b and ab.

    Parameters
    ----------
    data : DataFrame
        One row per dyad.
    x, y : str
        Columns of the cause and the (linear) outcome.
    m : str or list of str
        Column of the mediator, or of several.
    covariates : list of str
        As in `mediate`.
    unit : str, optional
        Column whose values name what is left out together (``"therapist_id"``); each row by
        default, named by the index.

    Returns
    -------
    DataFrame
        One row per unit and path, columns ``unit n_rows path estimate without change standardised
        influential sign_changes``. ``estimate`` is that of all rows, ``without`` that of the
        others, ``change`` the former minus the latter (a DFBETA), ``standardised`` the change in
        standard errors (DFBETAS: the residual SD of the fit without the unit; by the delta method
        for ab), ``influential`` where it exceeds ``2 / sqrt(units)`` in size, and ``sign_changes``
        where the path without the unit has the other sign. NaN where a model cannot be fitted
        without a unit.

    Raises
    ------
    InputError
        As `mediate`.

    References
    ----------
    Belsley, Kuh & Welsch (1980), doi:10.1002/0471725153.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> data = pd.DataFrame(rng.standard_normal((12, 3)), columns=["x", "m", "y"])
    >>> data.loc[5] = 4, 8, 12
    >>> table = influence(data, "x", "m", "y")
    >>> table.loc[table["path"].eq("ab") & table["influential"], "unit"].tolist()
    [0, 5]
    """
    mediators = [m] if isinstance(m, str) else list(m)
    sample, kept, _ = prepare(
        data, x, mediators, y, covariates=covariates, cluster=unit, cluster_argument="unit"
    )
    units, codes = _units(kept, unit)
    weights = np.concatenate(list(leave_one_out(sample)))
    full = weighted_coefficients(sample, np.ones((1, sample.n_obs)))
    without = weighted_coefficients(sample, weights)
    se_a, se_b = _deleted_standard_errors(sample, weights, without.mediator, without.outcome)
    se_ab = np.sqrt(full.a**2 * se_b**2 + full.b**2 * se_a**2)
    rows = []
    for j, name in enumerate(mediators):
        suffix = f" ({name})" if len(mediators) > 1 else ""
        for path, estimate, left, se in (
            ("a", full.a[0, j], without.a[:, j], se_a[:, j]),
            ("b", full.b[0, j], without.b[:, j], se_b[:, j]),
            ("ab", (full.a * full.b)[0, j], (without.a * without.b)[:, j], se_ab[:, j]),
        ):
            rows.append(_tidy(units, codes, path + suffix, float(estimate), left, se))
    return pd.concat(rows, ignore_index=True)


@dataclass(frozen=True, repr=False)
class LeftOut(Printed):
    """What leaving out one unit after the other does to one path.

    Attributes
    ----------
    path : str
        Its name.
    estimate : float
        With all units.
    table : DataFrame
        Indexed by the unit left out, the largest change first: ``n_rows estimate without change
        standardised influential sign_changes`` of `influence`.
    """

    path: str
    estimate: float
    table: pd.DataFrame

    @property
    def lowest(self) -> float:
        """Smallest estimate without a unit."""
        return float(self.table["without"].min())

    @property
    def highest(self) -> float:
        """Largest estimate without a unit."""
        return float(self.table["without"].max())

    @property
    def bound(self) -> float:
        """Standardised change beyond which a unit is called influential."""
        return float(2 / np.sqrt(len(self.table)))

    @property
    def n_influential(self) -> int:
        """Units beyond the bound."""
        return int(self.table["influential"].sum())

    def _text(self) -> str:
        return self.in_words()

    def in_words(self) -> str:
        """Say how far the estimate ranges, whether its sign changes, and what cannot be estimated.

        Examples
        --------
        >>> one = pd.DataFrame({"n_rows": [1, 1], "without": [0.5, 0.8], "sign_changes": False})
        >>> LeftOut("ab", 0.7, one).in_words()
        'Without one dyad the ACME ranges from 0.50 to 0.80, and its sign does not change.'
        """
        table = self.table
        single = bool((table["n_rows"] == 1).all())
        unit = "one dyad" if single else "one therapist's dyads"
        what = "the ACME" if self.path == "ab" else f"path {self.path}"
        turned = table.index[table["sign_changes"]]
        sign = f"changes without {_listed(turned)}" if len(turned) else "does not change"
        found = (
            f"Without {unit} {what} ranges from {self.lowest:z.2f} to {self.highest:z.2f}, "
            f"and its sign {sign}."
        )
        untold = table.index[table["without"].isna()]
        if len(untold) == len(table):
            return f"Without {unit} {what} cannot be estimated."
        return (
            f"{found} Without {_listed(untold)} it cannot be estimated." if len(untold) else found
        )


def leaving_out(table: pd.DataFrame, path: str = "ab") -> LeftOut:
    """Sum up what leaving out each unit does to one path.

    Parameters
    ----------
    table : DataFrame
        From `influence`.
    path : str
        One of its paths.

    Returns
    -------
    LeftOut

    Raises
    ------
    InputError
        For a path that the table does not have.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> data = pd.DataFrame(rng.standard_normal((12, 3)), columns=["x", "m", "y"])
    >>> data.loc[5] = 4, 8, 12
    >>> leaving_out(influence(data, "x", "m", "y")).table.index[0].item()
    5
    """
    check_choice("path", path, list(dict.fromkeys(table["path"])))
    rows = table[table["path"] == path].set_index("unit").drop(columns="path")
    order = np.argsort(-rows["change"].abs().to_numpy(), kind="stable")
    return LeftOut(path, float(rows["estimate"].iloc[0]), rows.iloc[order])


def _listed(units: pd.Index) -> str:
    """Name up to three units; count more."""
    if len(units) > 3:
        return f"any of {len(units)} of them"
    return " or ".join(map(str, units))


def _deleted_standard_errors(
    sample: MediationData, weights: Array, mediator: Array, outcome: Array
) -> tuple[Array, Array]:
    """Compute the standard errors of a and b, (units, k), with the residual SD without the unit."""
    X, X_outcome = sample.mediator_design, sample.outcome_design
    k = sample.n_mediators
    n_left = weights.sum(axis=1)

    def residual_sd(design: Array, response: Array, coefs: Array) -> Array:
        squares = weights * np.square(response - coefs @ design.T)
        sd: Array = np.sqrt(squares.sum(axis=1) / (n_left - design.shape[1]))
        return sd

    bread_a = fit_linear(X, sample.y).bread[1, 1]
    bread_b = np.diag(fit_linear(X_outcome, sample.y).bread)[2 : 2 + k]
    sd_m = np.column_stack([residual_sd(X, sample.m[:, j], mediator[:, j]) for j in range(k)])
    sd_y = residual_sd(X_outcome, sample.y, outcome)
    return sd_m * np.sqrt(bread_a), sd_y[:, None] * np.sqrt(bread_b)


def _units(data: pd.DataFrame, unit: str | None) -> tuple[pd.Index, Array]:
    """List what is left out, in order, and which of it each row belongs to."""
    if unit is None:
        return data.index, np.arange(len(data))
    codes, units = pd.factorize(data[unit], sort=True)
    return pd.Index(units), codes


def _tidy(
    units: pd.Index, codes: Array, path: str, estimate: float, without: Array, se: Array
) -> pd.DataFrame:
    change = estimate - without
    with np.errstate(invalid="ignore", divide="ignore"):
        standardised = np.where(change == 0, 0.0, change / se)
    return pd.DataFrame(
        {
            "unit": units,
            "n_rows": np.bincount(codes, minlength=len(units)),
            "path": path,
            "estimate": estimate,
            "without": without,
            "change": change,
            "standardised": standardised,
            "influential": np.abs(standardised) > 2 / np.sqrt(len(units)),
            "sign_changes": without * estimate < 0,
        }
    )
