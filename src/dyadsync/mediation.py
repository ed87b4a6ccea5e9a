"""One front door for every mediation analysis: `mediate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dyadsync.effects import mediation_effects
from dyadsync.errors import InputError
from dyadsync.estimators import ESTIMATORS, Array, Fit, MediationData, Outcome, Settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class _Scope:
    """Which combinations have a meaning for a method."""

    outcome: tuple[str, ...] = ("linear",)
    vcov: tuple[str, ...] = ("classical",)
    interaction: bool = True
    several_mediators: bool = True
    covariates: bool = True
    cluster: bool = True
    small_sample: bool = False

    def covers(self, part: str, value: Any) -> bool:
        """Whether this part of the analysis may take this value."""
        scope = getattr(self, part)
        return value in scope if isinstance(scope, tuple) else scope


_WORDS = {
    "outcome": "outcome='{}'",
    "vcov": "vcov='{}'",
    "interaction": "interaction=True",
    "several_mediators": "several mediators",
    "covariates": "covariates",
    "cluster": "cluster=",
    "small_sample": "small_sample=True",
}

_SCOPE = {
    "quasi-bayesian": _Scope(
        outcome=("linear", "logit", "probit"), vcov=("classical", "HC3"), small_sample=True
    ),
    "bootstrap": _Scope(outcome=("linear", "logit", "probit")),
    "bootstrap-bca": _Scope(outcome=("linear", "logit", "probit")),
    "robust": _Scope(),
    "robust-bca": _Scope(),
    "huber": _Scope(interaction=False),
    "median": _Scope(),
    "latent": _Scope(interaction=False, several_mediators=False, cluster=False),
}


@dataclass(frozen=True)
class MediationResult:
    """What `mediate` found; it prints as a table in text and in a notebook."""

    table: pd.DataFrame
    """Effects by ``estimate ci_lower ci_upper p_value``."""
    paths: pd.DataFrame
    """Paths a, b, c' and c by ``estimate se``; ``a (name)`` where there are several mediators."""
    models: Mapping[str, pd.DataFrame]
    """Every coefficient of each mediator's and of the outcome's model, by ``estimate se``."""
    draws: pd.DataFrame
    """The draws behind the intervals, one column an effect."""
    method: str
    outcome: str
    interval: str
    x: str
    m: tuple[str, ...]
    y: str
    covariates: tuple[str, ...]
    contrast: tuple[float, float]
    confidence_level: float
    n_obs: int
    n_dropped: int
    """Rows left out because a value was missing."""
    n_clusters: int
    """Clusters, 0 where the rows are taken as independent."""
    vcov: str = "classical"
    small_sample: bool = False
    """Whether the draws are multivariate t and the residual variances drawn too."""
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the table should know."""
    covariance: pd.DataFrame | None = None
    """Covariance of all coefficients by (model, term), where the draws were made from one."""
    weights: pd.DataFrame | None = None
    """Robustness weights of each row in each model (robust methods)."""
    naive: MediationResult | None = None
    """The analysis that ignores measurement error (latent method)."""

    @property
    def prop_mediated_meaningful(self) -> bool:
        """False where the total effect's interval contains 0 or the two effects differ in sign."""
        total = self.table.loc["Total effect"]
        same_sign = self.table.loc["ACME", "estimate"] * self.table.loc["ADE", "estimate"] > 0
        return bool(same_sign and (total.ci_lower > 0 or total.ci_upper < 0))

    def _title(self) -> str:
        return f"Mediation of {self.x} -> {' + '.join(self.m)} -> {self.y}"

    def _caption(self) -> str:
        how = {"bca": "bias-corrected and accelerated"}.get(self.interval, self.interval)
        draws = "t draws" if self.small_sample else "draws"
        parts = [
            f"{self.method}, {len(self.draws):,} {draws}",
            *(["HC3 standard errors"] if self.vcov == "HC3" else []),
            f"{_percent(self.confidence_level)} {how} intervals",
            f"{self.outcome} outcome",
            f"{self.x} from {self.contrast[0]:.4g} to {self.contrast[1]:.4g}",
        ]
        if self.covariates:
            parts.append(f"adjusted for {', '.join(self.covariates)}")
        rows = f"n = {self.n_obs}"
        if self.n_clusters:
            rows += f" in {self.n_clusters} clusters"
        if self.n_dropped:
            rows += f" ({self.n_dropped} left out, a value was missing)"
        return "; ".join([*parts, rows]) + "."

    def _formatted(self) -> pd.DataFrame:
        level = f"{_percent(self.confidence_level)} CI"
        table = self.table
        return pd.DataFrame(
            {
                "estimate": [_number(v) for v in table["estimate"]],
                level: [
                    f"[{_number(low)}, {_number(high)}]"
                    for low, high in zip(table["ci_lower"], table["ci_upper"], strict=True)
                ],
                "p": [_p_value(v) for v in table["p_value"]],
            },
            index=table.index.rename(None),
        )

    def __repr__(self) -> str:
        lines = [self._title(), self._formatted().to_string(), self._caption(), *self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<br>{escape(note)}" for note in self.notes)
        return (
            f"<p><strong>{escape(self._title())}</strong></p>"
            f"{self._formatted().to_html(border=0)}"
            f"<p><small>{escape(self._caption())}{notes}</small></p>"
        )

    def to_markdown(self) -> str:
        """Give the table, with its caption, as Markdown."""
        notes = "".join(f" {note}" for note in self.notes)
        return (
            f"**{self._title()}**\n\n{self._formatted().to_markdown()}\n\n{self._caption()}{notes}"
        )

    def report(self) -> str:
        """Give one sentence in the style of the APA."""
        row = self.table.loc["ACME"]
        if not np.isfinite(row.estimate):
            return (
                f"The indirect effect of {self.x} on {self.y} through {' and '.join(self.m)} "
                f"could not be estimated (n = {self.n_obs})."
            )
        p = _p_value(row.p_value)
        return (
            f"The indirect effect of {self.x} on {self.y} through {' and '.join(self.m)} was "
            f"{_number(row.estimate)}, {_percent(self.confidence_level)} CI "
            f"[{_number(row.ci_lower)}, {_number(row.ci_upper)}], "
            f"p {p if p.startswith('<') else '= ' + p} "
            f"({self.method}, {len(self.draws):,} draws, n = {self.n_obs})."
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the effects with their intervals."""
        from dyadsync.figures.mediation import effects_plot

        return effects_plot(self, ax=ax)


def mediate(
    data: pd.DataFrame,
    x: str,
    m: str | Sequence[str],
    y: str,
    *,
    covariates: Sequence[str] = (),
    method: str = "quasi-bayesian",
    outcome: str = "linear",
    interaction: bool = False,
    contrast: tuple[float, float] = (0, 1),
    vcov: str = "classical",
    cluster: str | ArrayLike | None = None,
    small_sample: bool = False,
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> MediationResult:
    """Estimate how much of the effect of `x` on `y` goes through `m`.

    Estimates are plug-in values of the fitted models; draws of the coefficients give the
    intervals and the p-values ``min(1, 2 (k + 1) / (B + 1))``, k the smaller of the numbers of
    draws on either side of 0 (BCa p-values invert the interval).

    Parameters
    ----------
    data : DataFrame
        One row a dyad. Rows with a missing value in any column used are left out of both models.
    x, y : str
        Columns of the cause and the outcome.
    m : str or list of str
        Column of the mediator, or of several parallel mediators. For ``method="latent"`` the
        column of correlations; `data` then also has ``n_sessions``.
    covariates : list of str
        Columns added to both models; text and categories become indicator columns.
    method : str
        A key of `dyadsync.estimators.ESTIMATORS`.
    outcome : {"linear", "logit", "probit"}
        Model of the outcome; effects on a binary outcome are on the probability scale.
    interaction : bool
        Whether the outcome model has the product of x and m.
    contrast : (float, float)
        The two values of x that are compared, in units of x.
    vcov : {"classical", "HC3"}
        Covariance of the coefficients (quasi-Bayesian only).
    cluster : str or array, optional
        Column or values that name each row's cluster: cluster-robust covariance for
        quasi-Bayesian draws, whole clusters resampled in bootstraps.
    small_sample : bool
        Draw from multivariate t distributions (the residual variances drawn too); with `cluster`
        from the jackknife covariance CR3 with G - 1 degrees of freedom, which is the correction
        for few clusters (MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969).
    n_draws : int
        Draws or resamples.
    confidence_level : float
        Between 0.5 and 1.
    rng : int, Generator or None
        Seed or generator, as in SciPy.

    Returns
    -------
    MediationResult

    Raises
    ------
    InputError
        For data that cannot be used (naming the column) and for combinations without a meaning
        (listing those that have one).

    References
    ----------
    Imai, Keele & Tingley (2010), doi:10.1037/a0020761; for each method see its function in
    `dyadsync.estimators`.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> result = mediate(table, "X", "M", "Y", n_draws=2000, rng=1)
    >>> result.table["estimate"].round(4).to_dict()
    {'ACME': 0.3565, 'ADE': 0.0396, 'Total effect': 0.3961, 'Prop. mediated': 0.9}
    """
    mediators = [m] if isinstance(m, str) else list(m)
    covariates = [covariates] if isinstance(covariates, str) else list(covariates or ())
    _check_settings(n_draws, confidence_level)
    start, stop = _check_contrast(contrast)
    _check_combination(
        method=method,
        outcome=outcome,
        interaction=interaction,
        several_mediators=len(mediators) > 1,
        covariates=bool(covariates),
        cluster=cluster is not None,
        vcov=vcov,
        small_sample=small_sample,
    )
    sample, kept, n_dropped = prepare(
        data,
        x,
        mediators,
        y,
        covariates=covariates,
        cluster=cluster,
        outcome=cast("Outcome", outcome),
        interaction=interaction,
        n_sessions=method == "latent",
    )
    settings = Settings(
        n_draws, cast("Literal['classical', 'HC3']", vcov), small_sample, confidence_level
    )
    fit = ESTIMATORS[method](sample, settings, np.random.default_rng(rng))
    described = {
        "x": x,
        "m": tuple(mediators),
        "y": y,
        "covariates": tuple(covariates),
        "outcome": outcome,
        "contrast": (start, stop),
        "confidence_level": confidence_level,
        "n_dropped": n_dropped,
        "vcov": vcov,
        "small_sample": small_sample,
    }
    naive = fit.extra.get("naive")
    return _result(
        fit,
        sample,
        kept.index,
        method=method,
        naive=None
        if naive is None
        else _result(naive, sample, kept.index, method="quasi-bayesian", **described),
        **described,
    )


def _result(
    fit: Fit, sample: MediationData, labels: pd.Index, *, naive: Any = None, **described: Any
) -> MediationResult:
    """Summarise a fit: effects of its estimate and of its draws."""
    contrast = described["contrast"]
    draws = mediation_effects(fit.draws, sample, contrast)
    estimates = mediation_effects(fit.estimate, sample, contrast)
    jackknife = {} if fit.jackknife is None else mediation_effects(fit.jackknife, sample, contrast)
    rows = [
        summarise_draws(
            float(estimates[name]), values, described["confidence_level"], jackknife.get(name)
        )
        for name, values in draws.items()
    ]
    order = _table_order(list(draws))
    table = pd.DataFrame(
        rows, index=list(draws), columns=["estimate", "ci_lower", "ci_upper", "p_value"]
    ).loc[order]
    weights = fit.extra.get("weights")
    models = _models(fit, sample)
    result = MediationResult(
        table=table,
        paths=_paths(fit, sample),
        models=models,
        draws=pd.DataFrame({name: draws[name] for name in order}),
        interval=fit.interval,
        n_obs=sample.n_obs,
        n_clusters=sample.n_clusters,
        notes=fit.notes,
        covariance=None if fit.covariance is None else _labelled(fit.covariance, models),
        weights=None if weights is None else pd.DataFrame(weights, index=labels),
        naive=naive,
        **described,
    )
    if np.isfinite(table.loc["ACME", "estimate"]) and not result.prop_mediated_meaningful:
        total = table.loc["Total effect"]
        why = (
            "the total effect's interval contains 0"
            if total["ci_lower"] <= 0 <= total["ci_upper"]
            else "the direct and the indirect effect differ in sign"
        )
        note = f"The proportion mediated means nothing here: {why}."
        result = replace(result, notes=(*result.notes, note))
    return result


def summarise_draws(
    estimate: float, draws: Array, confidence_level: float, jackknife: Array | None = None
) -> tuple[float, float, float, float]:
    """Interval and p-value of one effect.

    Parameters
    ----------
    estimate : float
        Plug-in estimate.
    draws : array, shape (B,)
        Draws of the effect.
    confidence_level : float
        Coverage of the interval.
    jackknife : array, optional
        Leave-one-out values; with them the interval is BCa (Efron 1987,
        doi:10.1080/01621459.1987.10478410) and the p-value is the level at which it reaches 0.

    Returns
    -------
    estimate, ci_lower, ci_upper, p_value

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.arange(-48.5, 950) / 1000  # 49 of 999 below 0
    >>> [round(value, 4) for value in summarise_draws(0.4, draws, 0.9)]
    [0.4, 0.0014, 0.8996, 0.1]
    """
    if not np.isfinite(estimate) or not np.isfinite(draws).all():
        return estimate, np.nan, np.nan, np.nan
    n_draws = len(draws)
    # A draw of exactly 0 counts on both sides.
    below, above = int((draws <= 0).sum()), int((draws >= 0).sum())
    tail = (1 - confidence_level) / 2
    levels = np.array([tail, 1 - tail])
    if jackknife is None:
        low, high = np.quantile(draws, levels)
        p_value = min(1.0, 2 * (min(below, above) + 1) / (n_draws + 1))
        return estimate, float(low), float(high), p_value
    from scipy.special import ndtr, ndtri

    deviation = jackknife.mean() - jackknife
    spread = (deviation**2).sum()
    acceleration = (deviation**3).sum() / (6 * spread**1.5) if spread > 0 else 0.0
    share = ((draws < estimate).sum() + (draws == estimate).sum() / 2) / n_draws
    edge = 1 / (n_draws + 1)
    bias = ndtri(np.clip(share, edge, 1 - edge))
    shifted = bias + ndtri(levels)
    low, high = np.quantile(draws, ndtr(bias + shifted / (1 - acceleration * shifted)))
    # The same transformation read backwards at 0.
    share_below = (below + n_draws - above) / (2 * n_draws)
    at_zero = ndtri(np.clip(share_below, edge, 1 - edge))
    z = (at_zero - bias) / (1 + acceleration * (at_zero - bias)) - bias
    p_value = max(2 * min(ndtr(z), ndtr(-z)), 2 * edge)
    return estimate, float(low), float(high), float(min(1.0, p_value))


def _table_order(names: list[str]) -> list[str]:
    first = ["ACME", "ADE", "Total effect", "Prop. mediated"]
    return first + [name for name in names if name not in first]


def _paths(fit: Fit, sample: MediationData) -> pd.DataFrame:
    estimate, k = fit.estimate, sample.n_mediators
    suffixes = [f" ({name})" for name in sample.names["m"]] if k > 1 else [""]
    rows: dict[str, tuple[float, float]] = {}
    for j, suffix in enumerate(suffixes):
        rows[f"a{suffix}"] = (float(estimate.a[j]), float(fit.mediator_se[j, 1]))
    for j, suffix in enumerate(suffixes):
        rows[f"b{suffix}"] = (float(estimate.b[j]), float(fit.outcome_se[2 + j]))
    rows["c_prime"] = (float(estimate.c_prime), float(fit.outcome_se[1]))
    rows["c"] = fit.total
    return pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "se"])


def _models(fit: Fit, sample: MediationData) -> dict[str, pd.DataFrame]:
    def frame(coef: Array, se: Array, terms: list[str]) -> pd.DataFrame:
        return pd.DataFrame({"estimate": coef, "se": se}, index=terms)

    models = {
        name: frame(fit.estimate.mediator[j], fit.mediator_se[j], sample.mediator_terms)
        for j, name in enumerate(sample.names["m"])
    }
    models[sample.names["y"][0]] = frame(fit.estimate.outcome, fit.outcome_se, sample.outcome_terms)
    return models


def _labelled(covariance: Array, models: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    labels = [(model, term) for model, table in models.items() for term in table.index]
    index = pd.MultiIndex.from_tuples(labels, names=["model", "term"])
    return pd.DataFrame(covariance, index=index, columns=index)


def _number(value: float) -> str:
    """Three decimals; fewer for large numbers, three significant digits for small ones."""
    if not np.isfinite(value):
        return "n/a"
    if 0 < abs(value) < 0.01:
        return f"{value:.3g}"
    digits = 3 if abs(value) < 10 else 2 if abs(value) < 100 else 1
    return f"{value:.{digits}f}"


def _percent(level: float) -> str:
    return f"{100 * level:.10g}%"


def _p_value(value: float) -> str:
    if not np.isfinite(value):
        return "n/a"
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)


# --- what was given ---------------------------------------------------------------------------


def _check_settings(n_draws: int, confidence_level: float) -> None:
    if isinstance(n_draws, bool) or not isinstance(n_draws, int | np.integer) or n_draws < 100:
        raise InputError(f"n_draws must be a whole number of at least 100, not {n_draws!r}.")
    if not isinstance(confidence_level, float | int) or not 0.5 < confidence_level < 1:
        raise InputError(
            f"confidence_level must lie between 0.5 and 1 (such as 0.95), not {confidence_level!r}."
        )


def _check_contrast(contrast: Sequence[float]) -> tuple[float, float]:
    try:
        values = [float(value) for value in contrast]
    except (TypeError, ValueError):
        values = []
    if len(values) != 2 or not np.isfinite(values).all() or values[0] == values[1]:
        raise InputError(f"contrast must be two different values of x, not {contrast!r}.")
    return values[0], values[1]


def _check_combination(method: str, **asked: Any) -> None:
    """Refuse what has no meaning, and list what has."""
    if method not in ESTIMATORS:
        known = ", ".join(f"'{name}'" for name in ESTIMATORS)
        raise InputError(f"There is no method '{method}'. Methods: {known}.")
    if asked["outcome"] not in ("linear", "logit", "probit"):
        raise InputError(
            f"There is no outcome model '{asked['outcome']}'. "
            "Outcome models: 'linear', 'logit', 'probit'."
        )
    if asked["vcov"] not in ("classical", "HC3"):
        raise InputError(
            f"There is no vcov '{asked['vcov']}'. Covariances: 'classical', 'HC3'; "
            "for clusters use cluster=."
        )
    if asked["cluster"] and asked["vcov"] == "HC3":
        raise InputError(
            "vcov='HC3' takes rows as independent, cluster= does not: use one of them."
        )
    if asked["small_sample"] and asked["outcome"] != "linear":
        raise InputError(
            "small_sample=True draws residual variances, which a binary outcome has not: "
            "use it with outcome='linear'."
        )
    for part, value in asked.items():
        if value is False:
            continue
        able = [name for name, scope in _SCOPE.items() if scope.covers(part, value)]
        if method not in able:
            raise InputError(
                f"method='{method}' has no {_WORDS[part].format(value)}. "
                f"Methods that have: {', '.join(repr(name) for name in able)}."
            )


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
    if not isinstance(data, pd.DataFrame):
        raise InputError(f"data must be a pandas DataFrame, not {type(data).__name__}.")
    if not m:
        raise InputError("m must name at least one mediator.")
    wanted = [x, *m, y, *covariates, *(["n_sessions"] if n_sessions else [])]
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
    groups = _cluster_values(data, cluster)
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
    columns, terms = _covariate_columns(kept, covariates)
    sample = MediationData(
        x=_numeric(kept, x),
        m=np.column_stack([_numeric(kept, name) for name in m]),
        y=_numeric(kept, y),
        covariates=columns,
        cluster=codes,
        n_sessions=_numeric(kept, "n_sessions") if n_sessions else None,
        outcome=outcome,
        interaction=interaction,
        names={"x": [x], "m": m, "y": [y], "covariates": terms},
    )
    _check_sample(sample)
    return sample, kept, len(data) - len(kept)


def _cluster_values(data: pd.DataFrame, cluster: str | ArrayLike | None) -> NDArray[Any] | None:
    if cluster is None:
        return None
    if isinstance(cluster, str):
        if cluster not in data.columns:
            raise InputError(f"The data have no column '{cluster}' to cluster by.")
        return data[cluster].to_numpy()
    values = np.asarray(cluster)
    if values.shape != (len(data),):
        raise InputError(
            f"cluster= has shape {values.shape}, but the data have {len(data)} rows; "
            "it needs one value for each."
        )
    return values


def _numeric(data: pd.DataFrame, name: str) -> Array:
    """Give one column as numbers, or name the first value that is none."""
    column = data[name]
    if not pd.api.types.is_numeric_dtype(column):
        raise InputError(
            f"Column '{name}' holds text or categories (first value: {column.iloc[0]!r}), "
            "but numbers are needed."
            if len(column)
            else f"Column '{name}' holds no values."
        )
    values = column.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        row = column.index[int(np.argmin(np.isfinite(values)))]
        raise InputError(f"Column '{name}' holds an infinite value in row {row!r}.")
    return values


def _covariate_columns(data: pd.DataFrame, covariates: Sequence[str]) -> tuple[Array, list[str]]:
    """Numeric covariates as they are, others as indicators of all but their first level."""
    columns: list[Array] = []
    terms: list[str] = []
    for name in covariates:
        if pd.api.types.is_numeric_dtype(data[name]):
            columns.append(_numeric(data, name))
            terms.append(name)
            continue
        codes, levels = pd.factorize(data[name], sort=True)
        if len(levels) < 2:
            raise InputError(f"Covariate '{name}' is constant in the rows that are complete.")
        for level, value in enumerate(levels[1:], start=1):
            columns.append((codes == level).astype(float))
            terms.append(f"{name}[{value}]")
    if not columns:
        return np.empty((len(data), 0)), []
    return np.column_stack(columns), terms


def _check_sample(sample: MediationData) -> None:
    """Refuse samples that the models cannot be fitted to, naming the variable."""
    design, terms = sample.outcome_design, sample.outcome_terms
    n, needed = sample.n_obs, design.shape[1] + 2
    if n < needed:
        raise InputError(
            f"Too few rows: {n} complete ones, but these models need at least {needed}."
        )
    response = sample.names["y"][0]
    columns = [*zip(terms[1:], design.T[1:], strict=True), (response, sample.y)]
    for name, values in columns:
        if np.ptp(values) <= 1e-12 * np.abs(values).max():
            raise InputError(f"Column '{name}' is constant ({values[0]:g} in every complete row).")
    if sample.outcome != "linear" and not np.isin(sample.y, [0, 1]).all():
        odd = sample.y[~np.isin(sample.y, [0, 1])][0]
        raise InputError(
            f"Column '{response}' must hold only 0 and 1 for outcome='{sample.outcome}'; "
            f"it holds {odd:g}."
        )
    scaled = (design - design.mean(0)) / np.where(design.std(0) > 0, design.std(0), 1)
    r = np.abs(np.diag(np.linalg.qr(scaled[:, 1:], mode="r")))
    collinear = np.flatnonzero(r < 1e-9 * np.sqrt(n))
    if len(collinear):
        name = terms[1 + int(collinear[0])]
        raise InputError(
            f"Column '{name}' is a linear combination of the columns before it "
            f"({', '.join(terms[1 : 1 + int(collinear[0])])}); leave one of them out."
        )
