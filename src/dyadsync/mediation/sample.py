"""One complete-case sample for both models, made from a table or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dyadsync.arrays import Array
from dyadsync.checks import is_constant, is_numeric, numeric_column
from dyadsync.errors import InputError
from dyadsync.mediation.ratings import Ratings
from dyadsync.synchrony.measures import require_pearson

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
    ratings: Ratings | None = None
    """The ratings whose slopes the outcome is; the latent model reads them."""
    names: Mapping[str, list[str]] = field(default_factory=dict)
    """Names of columns under the keys ``x``, ``m``, ``y``, ``covariates`` and ``moderator``."""

    @cached_property
    def n_obs(self) -> int:
        """Rows."""
        return len(self.y)

    @cached_property
    def n_mediators(self) -> int:
        """Parallel mediators, k."""
        return int(self.m.shape[1])

    @property
    def linear(self) -> bool:
        """Whether both models are linear."""
        return self.outcome == self.mediator_model == "linear"

    @property
    def root_weights(self) -> Array:
        """Square roots of the weights, shape (n,); 1 without weights."""
        return np.ones(self.n_obs) if self.weights is None else np.sqrt(self.weights)

    @property
    def mean_weight(self) -> float:
        """Mean of the weights; 1 without weights."""
        return 1.0 if self.weights is None else float(self.weights.mean())

    @property
    def causes(self) -> Array:
        """The columns of the cause, shape (n, 1) or (n, L - 1)."""
        columns: Array = self.x.reshape(self.n_obs, -1)
        return columns

    @cached_property
    def mediator_design(self) -> Array:
        """Columns ``[1, x, c]``, shape (n, 2 + q); with a moderator w also ``[w, x*w]``."""
        blocks = [np.ones(self.n_obs), self.x, self.covariates]
        if self.moderator is not None:
            blocks += [self.moderator, products(self.causes, self.moderator)]
        return np.column_stack(blocks)

    @cached_property
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
        """Places of the columns of `mediator_design` in `outcome_design`."""
        n_x, n_columns = self.causes.shape[1], self.outcome_design.shape[1]
        r = 0 if self.moderator is None else self.moderator.shape[1]
        after = n_columns - self.n_mediators * r  # the products of mediators and moderator
        return [*range(1 + n_x), *range(after - self.covariates.shape[1] - r - n_x * r, after)]

    @property
    def mediator_terms(self) -> list[str]:
        """Names of the columns of `mediator_design`."""
        x = self.names["x"]
        terms = ["Intercept", *x, *self.names["covariates"]]
        if w := self.names.get("moderator"):
            terms += [*w, *_product_names(x, w)]
        return terms

    @property
    def outcome_terms(self) -> list[str]:
        """Names of the columns of `outcome_design`."""
        x, m = self.names["x"], self.names["m"]
        crossed = _product_names(x, m) if self.interaction else []
        terms = ["Intercept", *x, *m, *crossed, *self.names["covariates"]]
        if w := self.names.get("moderator"):
            terms += [*w, *_product_names(x, w), *_product_names(m, w)]
        return terms

    @property
    def n_clusters(self) -> int:
        """Clusters, 0 without any."""
        return 0 if self.cluster is None else int(self.cluster.max()) + 1


def products(left: Array, right: Array) -> Array:
    """Multiply each column of one array by each of another, those of `right` running faster."""
    crossed: Array = np.einsum("ni,nj->nij", left, right).reshape(len(left), -1)
    return crossed


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
    cluster_argument: str = "cluster",
    weights: str | ArrayLike | None = None,
    moderator: str | None = None,
    reference: object = None,
    outcome: Outcome = "linear",
    mediator_model: MediatorModel = "linear",
    interaction: bool = False,
    n_sessions: bool = False,
    ratings: pd.DataFrame | None = None,
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
    wanted += [] if moderator is None else [moderator]
    wanted += [] if ratings is None else ["dyad_id"]
    require_columns(data, m, wanted)
    groups = row_values(data, cluster, cluster_argument)
    weight = _weight_values(data, weights)
    complete = data[wanted].notna().to_numpy().all(1)
    if weight is not None:
        complete &= ~np.isnan(weight)
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
                f"{cluster_argument}= names only one cluster; at least two are needed to compare "
                "clusters."
            )
    columns, terms = covariate_columns(kept, covariates)
    cause, x_terms = _cause(kept, x, reference)
    names = {"x": x_terms, "m": list(map(str, m)), "y": [str(y)], "covariates": terms}
    multiplier = None
    if moderator is not None:
        multiplier, names["moderator"] = covariate_columns(kept, [moderator])
    sample = MediationData(
        x=cause,
        m=np.column_stack([numeric_column(kept, name) for name in m]),
        y=numeric_column(kept, y),
        covariates=columns,
        cluster=codes,
        n_sessions=numeric_column(kept, "n_sessions") if n_sessions else None,
        outcome=outcome,
        interaction=interaction,
        mediator_model=mediator_model,
        weights=None if weight is None else weight[complete],
        moderator=multiplier,
        ratings=None if ratings is None else _ratings(ratings, kept, y),
        names=names,
    )
    check_sample(sample)
    if n_sessions:
        require_pearson(
            kept.reindex(columns=["measure"]).assign(synchrony=sample.m[:, 0]), "method='latent'"
        )
    return sample, kept, len(data) - len(kept)


def _ratings(ratings: pd.DataFrame, kept: pd.DataFrame, y: str) -> Ratings:
    """Sum up each dyad's ratings in the order of the sample."""
    columns = ["dyad_id", "time", "outcome"]
    lacks = [name for name in columns if name not in getattr(ratings, "columns", ())]
    if lacks:
        raise InputError(
            f"ratings= has no column '{lacks[0]}'; it is a DataFrame with one row per rating, by "
            f"{', '.join(columns)}, as outcome_ratings(study) gives."
        )
    dyads = pd.Index(kept["dyad_id"])
    if not dyads.is_unique:
        raise InputError("With ratings= a dyad has one row; 'dyad_id' names one twice.")
    known = ratings[columns].dropna()
    without = dyads[~dyads.isin(known["dyad_id"])]
    if len(without):
        raise InputError(f"ratings= has none of dyad '{without[0]}', which has a value of '{y}'.")
    found = Ratings.of(
        dyads.get_indexer(known["dyad_id"]),
        numeric_column(known, "time"),
        numeric_column(known, "outcome"),
    )
    found.check(numeric_column(kept, y), list(dyads), y)
    return found


def require_columns(data: pd.DataFrame, m: list[str], wanted: list[str]) -> None:
    """Refuse data in which a column that has a part in the analysis is not there exactly once."""
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"data must be a pandas DataFrame, not {type(data).__name__}.")
    if not m:
        raise InputError("m must name at least one mediator.")
    columns = list(data.columns)
    for name in wanted:
        if name not in columns:
            have = ", ".join(map(str, columns))
            raise InputError(f"The data have no column '{name}'. Columns: {have}.")
        if columns.count(name) > 1:
            raise InputError(f"The data have more than one column '{name}'; rename one of them.")
        if wanted.count(name) > 1:
            raise InputError(f"Column '{name}' is named twice; each column has one part to play.")


def row_values(
    data: pd.DataFrame, values: str | ArrayLike | None, argument: str
) -> NDArray[Any] | None:
    """Give one value for each row: of a column, or of an array or Series given beside the data.

    A Series is matched by its index, as pandas does, and never by position.
    """
    if values is None:
        return None
    if isinstance(values, str) or np.ndim(values) == 0:
        if values not in data.columns:
            raise InputError(f"The data have no column '{values}' for {argument}=.")
        if list(data.columns).count(values) > 1:
            raise InputError(f"The data have more than one column '{values}'; rename one of them.")
        return np.asarray(data[values])
    if isinstance(values, pd.Series):
        if not (values.index.is_unique and data.index.is_unique):
            raise InputError(
                f"{argument}= is a Series, but rows share a name in its index or in that of the "
                "data, so it cannot be matched; name a column of the data instead."
            )
        absent = data.index.difference(values.index)
        if len(absent):
            raise InputError(
                f"{argument}= is a Series without a value for row {absent[0]!r} of the data; its "
                "index must be that of the data."
            )
        return np.asarray(values.reindex(data.index))
    array = np.asarray(values)
    if array.shape != (len(data),):
        raise InputError(
            f"{argument}= has shape {array.shape}, but the data have {len(data)} rows; "
            "it needs one value for each."
        )
    return array


def _weight_values(data: pd.DataFrame, weights: str | ArrayLike | None) -> Array | None:
    """Give the weights of the rows, NaN where one is missing, or say which cannot be one."""
    values = row_values(data, weights, "weights")
    if values is None:
        return None
    numbers = numeric_column(pd.DataFrame({"weights": values}, index=data.index), "weights")
    if (numbers <= 0).any():
        row = data.index[int(np.argmax(numbers <= 0))]
        raise InputError(
            f"weights= must be above 0; row {row!r} has {numbers[numbers <= 0][0]:g}. Leave such "
            "rows out of the data."
        )
    return numbers


def _cause(data: pd.DataFrame, x: str, reference: object) -> tuple[Array, list[str]]:
    """Give a cause as numbers, or as indicators of all but one of its unordered values."""
    column = data[x]
    if is_numeric(column) and reference is None:
        return numeric_column(data, x), [str(x)]
    values = sorted(column.unique(), key=str)
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = [value for value in column.cat.categories if value in values]
    if reference is None and values:
        reference = values[0]
    if reference not in values:
        raise InputError(
            f"reference is {reference!r}, but '{x}' has the values "
            f"{', '.join(map(repr, values))} in the complete rows."
        )
    others = [value for value in values if value != reference]
    if not others:
        raise InputError(f"Column '{x}' is constant ({reference!r} in every complete row).")
    few = [value for value in values if (column == value).sum() < 2]
    if few:
        raise InputError(
            f"Only one complete row has the value {few[0]!r} of '{x}'; leave it out, or join "
            "values. A cause that is a number must be stored as one."
        )
    indicators = np.column_stack([(column == value).to_numpy(float) for value in others])
    return indicators, [f"{x}[{value}]" for value in others]


def covariate_columns(data: pd.DataFrame, covariates: Sequence[str]) -> tuple[Array, list[str]]:
    """Numeric covariates as they are, others as indicators of all but their first level.

    Both are NaN where a value is missing.
    """
    columns: list[Array] = []
    terms: list[str] = []
    for name in covariates:
        column = data[name]
        if is_numeric(column):
            columns.append(numeric_column(data, name))
            terms.append(str(name))
            continue
        codes, levels = pd.factorize(column, sort=True)
        if len(levels) < 2:
            raise InputError(f"Covariate '{name}' is constant in the rows that are complete.")
        indicators = (codes == np.arange(1, len(levels))[:, None]).astype(float)
        indicators[:, codes < 0] = np.nan
        columns += list(indicators)
        terms += [f"{name}[{level}]" for level in levels[1:]]
    if not columns:
        return np.empty((len(data), 0)), []
    return np.column_stack(columns), terms


def most_common(values: Array) -> tuple[float, int]:
    """Give the value that most rows have, and how many have it."""
    distinct, counts = np.unique(values, return_counts=True)
    return float(distinct[counts.argmax()]), int(counts.max())


def fewest_rows(n_coefficients: int) -> int:
    """Rows that a model needs: its errors have two degrees of freedom then."""
    return n_coefficients + 2


def check_sample(sample: MediationData) -> None:
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
    if sample.outcome in ("logit", "probit"):
        _check_binary(sample.y, response, f"outcome='{sample.outcome}'")
    elif sample.outcome != "linear":
        _check_counts(sample.y, response, f"outcome='{sample.outcome}'")
    if sample.n_sessions is not None:
        _check_counts(sample.n_sessions, "n_sessions", "method='latent'")
    if sample.mediator_model != "linear":
        _check_binary(
            sample.m[:, 0], sample.names["m"][0], f"mediator_model={sample.mediator_model!r}"
        )
    check_not_collinear(design[:, 1:], terms[1:])


def _check_binary(values: Array, name: str, asked: str) -> None:
    odd = values[~np.isin(values, [0, 1])]
    if len(odd):
        raise InputError(
            f"Column '{name}' must hold only 0 and 1 for {asked}; it holds {odd[0]:g}."
        )


def _check_counts(values: Array, name: str, asked: str) -> None:
    odd = values[(values < 0) | (values != np.round(values))]
    if len(odd):
        raise InputError(
            f"Column '{name}' must hold counts (0, 1, 2, ...) for {asked}; it holds {odd[0]:g}."
        )


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
