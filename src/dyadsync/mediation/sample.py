"""One complete-case sample for both models, made from a table or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dyadsync.arrays import Array
from dyadsync.checks import is_constant
from dyadsync.errors import InputError
from dyadsync.synchrony.measures import require_pearson

__all__ = [
    "MediationData",
    "Outcome",
    "check_columns",
    "check_not_collinear",
    "cluster_values",
    "covariate_columns",
    "fewest_rows",
    "numeric_column",
    "prepare",
]

Outcome = Literal["linear", "logit", "probit", "poisson", "negative-binomial"]
"""Models of the outcome."""
MediatorModel = Literal["linear", "logit", "probit"]
"""Models of the mediator."""


@dataclass(frozen=True)
class MediationData:
    """One complete-case sample as arrays; n rows, k mediators, q covariate columns."""

    x: Array
    """The cause, shape (n,); of unordered values indicators of all but the first, (n, L - 1)."""
    m: Array
    """The mediators, shape (n, k)."""
    y: Array
    """The outcome, shape (n,); 0 and 1 where it is binary."""
    covariates: Array
    """Covariates, categorical ones as indicator columns, shape (n, q)."""
    cluster: NDArray[np.intp] | None = None
    """Cluster codes 0 .. G-1, shape (n,)."""
    n_sessions: Array | None = None
    """Pairs of changes behind each dyad's synchrony, shape (n,); the latent model reads it."""
    outcome: Outcome = "linear"
    interaction: bool = False
    mediator_model: MediatorModel = "linear"
    weights: Array | None = None
    """Weights of the rows, shape (n,)."""
    moderator: Array | None = None
    """What multiplies cause and mediators: numbers or indicators, shape (n, r)."""
    names: Mapping[str, list[str]] = field(default_factory=dict)
    """Names of columns under the keys ``x``, ``m``, ``y``, ``covariates`` and ``moderator``."""

    @property
    def n_obs(self) -> int:
        """Rows."""
        return len(self.y)

    @property
    def n_mediators(self) -> int:
        """Parallel mediators, k."""
        return int(self.m.shape[1])

    @property
    def causes(self) -> Array:
        """The columns of the cause, shape (n, 1) or (n, L - 1)."""
        return self.x.reshape(self.n_obs, -1)

    @property
    def mediator_design(self) -> Array:
        """Columns ``[1, x, c]``, shape (n, 2 + q); with a moderator w also ``[w, x*w]``."""
        blocks = [np.ones(self.n_obs), self.x, self.covariates]
        if self.moderator is not None:
            blocks += [self.moderator, products(self.causes, self.moderator)]
        return np.column_stack(blocks)

    @property
    def outcome_design(self) -> Array:
        """Columns ``[1, x, m, x*m, c]`` (the products only with ``interaction``).

        With a moderator w also ``[w, x*w, m*w]``.
        """
        blocks = [np.ones(self.n_obs), self.x, self.m]
        if self.interaction:
            blocks.append(products(self.causes, self.m))
        blocks.append(self.covariates)
        if self.moderator is not None:
            blocks += [
                self.moderator,
                products(self.causes, self.moderator),
                products(self.m, self.moderator),
            ]
        return np.column_stack(blocks)

    @property
    def mediator_columns(self) -> list[int]:
        """Where the columns of `mediator_design` stand in `outcome_design`."""
        n_x, n_columns = self.causes.shape[1], self.outcome_design.shape[1]
        r = 0 if self.moderator is None else self.moderator.shape[1]
        after = n_columns - self.n_mediators * r  # the products of mediators and moderator
        return [*range(1 + n_x), *range(after - self.covariates.shape[1] - r - n_x * r, after)]

    @property
    def mediator_terms(self) -> list[str]:
        """Names of the columns of `mediator_design`."""
        x, w = self.names["x"], self.names.get("moderator", [])
        return ["Intercept", *x, *self.names["covariates"], *w, *_product_names(x, w)]

    @property
    def outcome_terms(self) -> list[str]:
        """Names of the columns of `outcome_design`."""
        x, m, w = self.names["x"], self.names["m"], self.names.get("moderator", [])
        crossed = _product_names(x, m) if self.interaction else []
        of_moderator = [*w, *_product_names(x, w), *_product_names(m, w)]
        return ["Intercept", *x, *m, *crossed, *self.names["covariates"], *of_moderator]

    @property
    def n_clusters(self) -> int:
        """Clusters, 0 without any."""
        return 0 if self.cluster is None else int(self.cluster.max()) + 1


def products(left: Array, right: Array) -> Array:
    """Multiply each column of one array by each of another, those of `right` running faster."""
    return np.einsum("ni,nj->nij", left, right).reshape(len(left), -1)


def _product_names(left: list[str], right: list[str]) -> list[str]:
    return [f"{a}:{b}" for a in left for b in right]


def prepare(
    data: pd.DataFrame,
    x: str,
    m: list[str],
    y: str,
    *,
    covariates: Sequence[str] = (),
    cluster: str | ArrayLike | None = None,
    outcome: Outcome = "linear",
    interaction: bool = False,
    n_sessions: bool = False,
) -> tuple[MediationData, pd.DataFrame, int]:
    """Turn columns of a table into one complete-case sample, or say why that cannot be.

    Returns
    -------
    sample : MediationData
    kept : DataFrame
        The rows of `data` that are in the sample.
    n_dropped : int
        Rows left out because a value was missing (with `n_sessions`: or pairs were fewer than 3).
    """
    wanted = [x, *m, y, *covariates, *(["n_sessions"] if n_sessions else [])]
    check_columns(data, m, wanted)
    groups = cluster_values(data, cluster)
    complete = data[wanted].notna().to_numpy().all(1)
    if n_sessions:  # a correlation of two pairs is always 1 or -1
        complete &= (pd.to_numeric(data["n_sessions"], errors="coerce") >= 3).to_numpy(
            bool, na_value=False
        )
    if groups is not None:
        complete &= pd.notna(groups)
    kept = data if complete.all() else data.loc[complete]
    codes = None
    if groups is not None:
        codes = pd.factorize(groups[complete], sort=True)[0]
        if codes.max(initial=-1) < 1:
            raise InputError(
                "cluster= names only one cluster; at least two are needed to compare clusters."
            )
    columns, terms = covariate_columns(kept, covariates)
    sample = MediationData(
        x=numeric_column(kept, x),
        m=np.column_stack([numeric_column(kept, name) for name in m]),
        y=numeric_column(kept, y),
        covariates=columns,
        cluster=codes,
        n_sessions=numeric_column(kept, "n_sessions") if n_sessions else None,
        outcome=outcome,
        interaction=interaction,
        names={"x": [x], "m": m, "y": [y], "covariates": terms},
    )
    _check_sample(sample)
    if n_sessions:
        require_pearson(
            kept.reindex(columns=["measure"]).assign(synchrony=sample.m[:, 0]), "method='latent'"
        )
    return sample, kept, len(data) - len(kept)


def check_columns(data: pd.DataFrame, m: list[str], wanted: list[str]) -> None:
    """Refuse data in which a column that has a part in the analysis is not there exactly once."""
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"data must be a pandas DataFrame, not {type(data).__name__}.")
    if not m:
        raise InputError("m must name at least one mediator.")
    missing = [name for name in wanted if name not in data.columns]
    if missing:
        have = ", ".join(map(str, data.columns))
        raise InputError(f"The data have no column '{missing[0]}'. Columns: {have}.")
    doubled = [name for name in wanted if list(data.columns).count(name) > 1]
    if doubled:
        raise InputError(f"The data have more than one column '{doubled[0]}'; rename one of them.")
    twice = [name for name in wanted if wanted.count(name) > 1]
    if twice:
        raise InputError(f"Column '{twice[0]}' is named twice; each column has one part to play.")


def cluster_values(data: pd.DataFrame, cluster: str | ArrayLike | None) -> NDArray[Any] | None:
    """Give the name of each row's cluster, None without clusters."""
    if cluster is None:
        return None
    if isinstance(cluster, str):
        if cluster not in data.columns:
            raise InputError(f"The data have no column '{cluster}' to cluster by.")
        return np.asarray(data[cluster])
    values = np.asarray(cluster)
    if values.shape != (len(data),):
        raise InputError(
            f"cluster= has shape {values.shape}, but the data have {len(data)} rows; "
            "it needs one value for each."
        )
    return values


def numeric_column(data: pd.DataFrame, name: str) -> Array:
    """Give one column as numbers, NaN where it has none, or name the first value that is none."""
    column = data[name]
    if not pd.api.types.is_numeric_dtype(column):
        raise InputError(
            f"Column '{name}' holds text or categories (first value: {column.iloc[0]!r}), "
            "but numbers are needed."
            if len(column)
            else f"Column '{name}' holds no values."
        )
    values: Array = column.to_numpy(dtype=float)
    if np.isinf(values).any():
        row = column.index[int(np.argmax(np.isinf(values)))]
        raise InputError(f"Column '{name}' holds an infinite value in row {row!r}.")
    return values


def covariate_columns(data: pd.DataFrame, covariates: Sequence[str]) -> tuple[Array, list[str]]:
    """Numeric covariates as they are, others as indicators of all but their first level.

    Both are NaN where a value is missing.
    """
    columns: list[Array] = []
    terms: list[str] = []
    for name in covariates:
        column = data[name]
        if pd.api.types.is_numeric_dtype(column):
            columns.append(numeric_column(data, name))
            terms.append(name)
            continue
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.cat.remove_unused_categories()
        indicators = pd.get_dummies(column, drop_first=True, dtype=float)
        indicators[column.isna()] = np.nan
        if not len(indicators.columns):
            raise InputError(f"Covariate '{name}' is constant in the rows that are complete.")
        columns += list(indicators.to_numpy().T)
        terms += [f"{name}[{level}]" for level in indicators.columns]
    if not columns:
        return np.empty((len(data), 0)), []
    return np.column_stack(columns), terms


def fewest_rows(n_coefficients: int) -> int:
    """Rows that a model needs: its errors have two degrees of freedom then."""
    return n_coefficients + 2


def _check_sample(sample: MediationData) -> None:
    """Refuse samples that the models cannot be fitted to, naming the variable."""
    design, terms = sample.outcome_design, sample.outcome_terms
    n, needed = sample.n_obs, fewest_rows(design.shape[1])
    if n < needed:
        raise InputError(
            f"Too few rows: {n} complete ones, but these models need at least {needed}."
        )
    response = sample.names["y"][0]
    columns = [*zip(terms[1:], design.T[1:], strict=True), (response, sample.y)]
    for name, values in columns:
        if is_constant(values):
            raise InputError(f"Column '{name}' is constant ({values[0]:g} in every complete row).")
    if sample.outcome != "linear" and not np.isin(sample.y, [0, 1]).all():
        odd = sample.y[~np.isin(sample.y, [0, 1])][0]
        raise InputError(
            f"Column '{response}' must hold only 0 and 1 for outcome='{sample.outcome}'; "
            f"it holds {odd:g}."
        )
    check_not_collinear(design[:, 1:], terms[1:])


def check_not_collinear(columns: Array, names: list[str]) -> None:
    """Refuse a column that is a linear combination of those before it."""
    spread = columns.std(0)
    scaled = (columns - columns.mean(0)) / np.where(spread > 0, spread, 1)
    r = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    collinear = np.flatnonzero(r < 1e-9 * np.sqrt(len(columns)))
    if len(collinear):
        place = int(collinear[0])
        raise InputError(
            f"Column '{names[place]}' is a linear combination of the columns before it "
            f"({', '.join(names[:place])}); leave one of them out."
        )
