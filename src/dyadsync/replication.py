"""The same mediation by every method, and on data in which a few dyads were moved.

:func:`replicate` runs each analysis of `METHODS` and lays their paths and indirect effects side by
side; :func:`what_replicated` sums up which claims they agree on. :func:`move_dyads` turns a few
dyads of a table into outliers, and :func:`contamination_walk` follows each method as more of them
are moved.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from dyadsync.claims import Claim, judge, robust_claims
from dyadsync.contamination import PATTERNS
from dyadsync.errors import InputError
from dyadsync.estimators import (
    ESTIMATORS,
    Array,
    Fit,
    MediationData,
    Settings,
    least_squares_estimate,
)
from dyadsync.mediation import prepare, summarise_draws
from dyadsync.regression.bisquare import efficiency_constant
from dyadsync.regression.mm import mm_regression

METHODS: dict[str, dict[str, Any]] = {
    "quasi-Bayesian": {},
    "HC3": {"vcov": "HC3"},
    "small-sample t": {"small_sample": True},
    "therapist clusters": {"clustered": True, "small_sample": True},
    "bootstrap": {"method": "bootstrap"},
    "BCa bootstrap": {"method": "bootstrap-bca"},
    "MM-regression": {"method": "robust"},
    "Huber covariance": {"method": "huber"},
    "median regression": {"method": "median"},
}
"""Options of `dyadsync.mediate` by the method's label; ``clustered`` asks for the clusters."""

MAIN = "quasi-Bayesian"
"""The label of the main analysis, which the others replicate."""

WALKED = ("quasi-Bayesian", "MM-regression", "Huber covariance", "median regression")
"""Methods that a walk follows by default."""

EFFECTS = {"a": "path a", "b": "path b", "c": "ACME"}
"""What each claim is about."""


@dataclass(frozen=True)
class Replication:
    """What :func:`replicate` found."""

    table: pd.DataFrame
    """One row a method and effect: ``method effect estimate ci_lower ci_upper``."""
    failures: Mapping[str, str]
    """Why a method gave no result, by method."""

    def claims(self) -> list[Claim]:
        """Judge the paper's claims by each method."""
        ids = {effect: claim for claim, effect in EFFECTS.items()}
        rows = self.table.dropna().itertuples(index=False)
        return [
            judge(ids[row.effect], row.method, row.estimate, row.ci_lower, row.ci_upper)
            for row in cast("Iterable[Any]", rows)
        ]

    def of(self, effect: str) -> pd.DataFrame:
        """One effect's ``estimate ci_lower ci_upper``, a row a method."""
        rows = self.table[self.table["effect"] == effect]
        return rows.drop(columns="effect").set_index("method")

    def wide(self, decimals: int = 2) -> pd.DataFrame:
        """Every effect as text, ``estimate [lower, upper]``, a row a method."""
        found = {effect: self.of(effect) for effect in EFFECTS.values()}
        return pd.DataFrame(
            {
                effect: [
                    f"{row.estimate:.{decimals}f} "
                    f"[{row.ci_lower:.{decimals}f}, {row.ci_upper:.{decimals}f}]"
                    for row in cast("Iterable[Any]", rows.itertuples())
                ]
                for effect, rows in found.items()
            },
            index=found["ACME"].index.rename(None),
        )


def replicate(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    *,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    methods: Sequence[str] = tuple(METHODS),
    n_draws: int = 10_000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> Replication:
    """Estimate the paths a and b and the ACME by several methods.

    Every method starts from the same seed, so methods that resample dyads see the same resamples.
    Intervals of the ACME are those of `dyadsync.mediate`. Intervals of the paths are percentile
    (or BCa) intervals of the resamples for methods that resample, and otherwise the estimate plus
    and minus standard errors times a quantile of the t distribution with n - p degrees of freedom,
    or one less than there are clusters.

    Parameters
    ----------
    data : DataFrame
        One row a dyad.
    x, m, y, covariates
        Columns, as in `dyadsync.mediate`.
    cluster
        Column that names each dyad's therapist; without it the clustered method is left out.
    methods
        Labels in `METHODS`.
    n_draws, confidence_level, rng
        As in `dyadsync.mediate`.

    Returns
    -------
    Replication

    Raises
    ------
    InputError
        For an unknown method. A method that cannot use the data is listed with its reason instead.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> found = replicate(table, "X", "M", "Y", methods=["HC3", "bootstrap"], n_draws=500, rng=1)
    >>> found.of("path a")["estimate"].round(3).to_dict()
    {'HC3': 0.561, 'bootstrap': 0.561}
    """
    unknown = [name for name in methods if name not in METHODS]
    if unknown:
        raise InputError(
            f"There is no method '{unknown[0]}' of replication; choose among {', '.join(METHODS)}."
        )
    seed = rng if isinstance(rng, int) else int(np.random.default_rng(rng).integers(2**32))
    rows: list[dict[str, Any]] = []
    failures: dict[str, str] = {}
    for name in methods:
        options = dict(METHODS[name])
        method = options.pop("method", "quasi-bayesian")
        clustered = options.pop("clustered", False)
        if clustered and cluster is None:
            continue
        settings = Settings(n_draws, confidence_level=confidence_level)
        try:
            sample, _, _ = prepare(
                data, x, [m], y, covariates=covariates, cluster=cluster if clustered else None
            )
            fit = ESTIMATORS[method](
                sample, replace(settings, **options), np.random.default_rng(seed)
            )
        except InputError as error:
            failures[name] = str(error)
            continue
        found = _effects(fit, sample, confidence_level, resampled=method != "quasi-bayesian")
        rows += [{"method": name, "effect": effect, **row} for effect, row in found.items()]
    columns = ["method", "effect", "estimate", "ci_lower", "ci_upper"]
    return Replication(pd.DataFrame(rows, columns=columns), failures)


def _effects(
    fit: Fit, sample: MediationData, confidence_level: float, *, resampled: bool
) -> dict[str, dict[str, float]]:
    """Estimate and interval of a, b and a*b of a linear model with one mediator."""
    names = ("estimate", "ci_lower", "ci_upper")
    estimates, draws, left = (
        None if part is None else {"path a": part.a[..., 0], "path b": part.b[..., 0]}
        for part in (fit.estimate, fit.draws, fit.jackknife)
    )
    assert estimates is not None
    assert draws is not None
    for part in (estimates, draws, left):
        if part is not None:
            part["ACME"] = part["path a"] * part["path b"]
    found = {
        effect: summarise_draws(
            float(estimates[effect]),
            values,
            confidence_level,
            None if left is None else left[effect],
        )[:3]
        for effect, values in draws.items()
    }
    if not resampled:
        from scipy.stats import t

        errors = {
            "path a": (fit.mediator_se[0, 1], sample.mediator_design.shape[1]),
            "path b": (fit.outcome_se[2], sample.outcome_design.shape[1]),
        }
        for effect, (se, p) in errors.items():
            df = sample.n_clusters - 1 if sample.n_clusters else sample.n_obs - p
            reach = float(t.ppf((1 + confidence_level) / 2, df)) * float(se)
            estimate = float(estimates[effect])
            found[effect] = (estimate, estimate - reach, estimate + reach)
    return {effect: dict(zip(names, values, strict=True)) for effect, values in found.items()}


def what_replicated(claims: Iterable[Claim], main: str = MAIN) -> pd.DataFrame:
    """Sum up claims judged by several methods: which of them hold whatever the method.

    Parameters
    ----------
    claims
        Claims by method, as :meth:`Replication.claims` gives them.
    main
        Label of the main analysis.

    Returns
    -------
    DataFrame
        Indexed by claim: ``text main same_verdict same_sign methods others robust``. ``main``: the
        main analysis's verdict; ``same_verdict`` and ``same_sign``: how many of ``methods`` (the
        main one included) give it, and the main estimate's sign; ``others``: the methods with
        another verdict; ``robust``: whether all agree.

    Examples
    --------
    >>> claims = [judge("a", "quasi-Bayesian", -1, -2, -0.5), judge("a", "HC3", -1, -2, 0.5)]
    >>> what_replicated(claims)[["same_verdict", "others", "robust"]].values.tolist()
    [[1, 'HC3', False]]
    """
    claims = list(claims)
    robust = robust_claims(claims)
    rows = {}
    for name, agree in robust.items():
        group = [claim for claim in claims if claim.id == name]
        first = next((claim for claim in group if claim.method == main), group[0])
        others = [claim.method for claim in group if claim.verdict != first.verdict]
        rows[name] = {
            "text": first.text,
            "main": first.verdict,
            "same_verdict": len(group) - len(others),
            "same_sign": sum(claim.estimate * first.estimate > 0 for claim in group),
            "methods": len(group),
            "others": ", ".join(others),
            "robust": agree,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim")


# ------------------------------------------------------------------ moving dyads


def move_dyads(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    n_moved: int,
    pattern: str = "vertical_y",
    *,
    towards: bool = False,
    signs: tuple[float, float] | None = None,
    shift: float = 5.0,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> pd.DataFrame:
    """Turn some dyads into outliers that work against, or towards, the paths a and b.

    - ``vertical_y``: the dyads whose m is farthest from the median get an outcome that is off by
      `shift` standard deviations of y;
    - ``vertical_m``: the dyads whose x is farthest from the median get a mediator that is off by
      `shift` standard deviations of m, as far as `limits` allow;
    - ``clustered_leverage``: the dyads whose x is farthest from the median are put at one place,
      three standard deviations out in x, one in m and two in y, as in `dyadsync.contamination`.

    The same dyads come first whatever `n_moved`, so that each step moves one more.

    Parameters
    ----------
    data : DataFrame
        One row a dyad; rows with a missing value stay as they are.
    x, m, y
        Columns.
    n_moved
        Number of dyads to move, at most those that are complete.
    pattern
        A name in `dyadsync.contamination.PATTERNS`.
    towards
        Whether they are moved so as to strengthen the paths.
    signs
        Signs of the paths a and b; those of the table's least-squares estimates by default.
    shift
        Size of a vertical move, in standard deviations.
    limits
        Smallest and largest value that m can take (-1 and 1 for a correlation).

    Returns
    -------
    DataFrame
        A copy with a column ``moved``.

    Raises
    ------
    InputError
        For an unknown pattern, a number of dyads that there are not, or data that `mediate` cannot
        use.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> moved = move_dyads(table, "X", "M", "Y", 2)
    >>> [int(moved["moved"].sum()), bool((moved["M"] == table["M"]).all())]
    [2, True]
    """
    if pattern not in PATTERNS:
        raise InputError(
            f"There is no pattern '{pattern}' of contamination; choose among {', '.join(PATTERNS)}."
        )
    sample, _, _ = prepare(data, x, [m], y)
    if not 0 <= n_moved <= sample.n_obs:
        raise InputError(f"{n_moved} dyads cannot be moved: {sample.n_obs} are complete.")
    sign_a, sign_b = np.sign(_least_squares_paths(sample) if signs is None else signs)
    way = 1.0 if towards else -1.0
    values = np.column_stack([sample.x, sample.m[:, 0], sample.y])
    centre, spread = np.median(values, axis=0), values.std(axis=0, ddof=1)
    lever = 1 if pattern == "vertical_y" else 0
    distance = values[:, lever] - centre[lever]
    which = np.argsort(-np.abs(distance), kind="stable")[:n_moved]
    side = np.where(distance[which] < 0, -1.0, 1.0)
    if pattern == "vertical_y":
        values[which, 2] += way * sign_b * side * shift * spread[2]
    elif pattern == "vertical_m":
        values[which, 1] += way * sign_a * side * shift * spread[1]
    else:
        place = centre + spread * np.array([3.0, way * sign_a, way * 2 * sign_a * sign_b])
        # A tenth of a standard deviation apart, not on one spot.
        apart = np.cos(np.outer(np.arange(n_moved), [1.0, 2.0, 3.0]))
        values[which] = place + 0.1 * spread * apart
    values[which, 1] = np.clip(values[which, 1], *limits)
    moved = np.zeros(sample.n_obs, dtype=bool)
    moved[which] = True
    result = data.assign(moved=False)
    result[[x, m, y]] = result[[x, m, y]].astype(float)
    rows = data[[x, m, y]].notna().all(axis=1).to_numpy()
    result.loc[rows, [x, m, y]] = values
    result.loc[rows, "moved"] = moved
    return result


def _least_squares_paths(sample: MediationData) -> tuple[float, float]:
    estimate = least_squares_estimate(sample)
    return float(estimate.a[0]), float(estimate.b[0])


def without_path(data: pd.DataFrame, x: str, m: str, y: str, path: str = "b") -> pd.DataFrame:
    """Take one path out of a table, so that by least squares nothing is mediated any more.

    Path b is taken out of the outcomes, ``y - b (m - mean m)``, path a out of the mediator.

    Parameters
    ----------
    data : DataFrame
        One row a dyad; rows with a missing value stay as they are.
    x, m, y
        Columns.
    path : {"a", "b"}
        Which path to take out.

    Examples
    --------
    >>> import pingouin
    >>> from dyadsync import mediate
    >>> table = without_path(pingouin.read_dataset("mediation"), "X", "M", "Y")
    >>> abs(mediate(table, "X", "M", "Y", n_draws=100, rng=1).paths.estimate["b"]) < 1e-12
    np.True_
    """
    sample, _, _ = prepare(data, x, [m], y)
    a, b = _least_squares_paths(sample)
    predictor, response, slope = (m, y, b) if path == "b" else (x, m, a)
    rows = data[[x, m, y]].notna().all(axis=1)
    centred = data[predictor] - data.loc[rows, predictor].mean()
    return data.assign(**{response: data[response].where(~rows, data[response] - slope * centred)})


def contamination_walk(
    data: pd.DataFrame,
    x: str,
    m: str,
    y: str,
    n_moved: int,
    pattern: str = "vertical_y",
    *,
    start: str = "as found",
    shift: float = 5.0,
    limits: tuple[float, float] = (-np.inf, np.inf),
    methods: Sequence[str] = WALKED,
    n_draws: int = 1000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Move one dyad more at every step and estimate the indirect effect by each method.

    Parameters
    ----------
    data, x, m, y, pattern, shift, limits
        As :func:`move_dyads`.
    n_moved
        Dyads moved at the last step.
    start : {"as found", "nothing"}
        Walk from the table and move dyads against its paths, which may unmake a mediation; or from
        the table :func:`without_path` b (a, where m is moved), and move dyads towards the paths
        that it had, which may make one.
    methods
        Labels in `METHODS`.
    n_draws, confidence_level, rng
        As in `dyadsync.mediate`.

    Returns
    -------
    DataFrame
        One row a step and method: ``n_moved method estimate ci_lower ci_upper``.

    Raises
    ------
    InputError
        As :func:`move_dyads`, and for an unknown start.

    Examples
    --------
    >>> import pingouin
    >>> table = pingouin.read_dataset("mediation")
    >>> walk = contamination_walk(
    ...     table, "X", "M", "Y", 2, methods=["quasi-Bayesian"], n_draws=200, rng=1
    ... )
    >>> walk["estimate"].round(2).tolist()
    [0.36, 0.26, 0.2]
    """
    if start not in ("as found", "nothing"):
        raise InputError(f"A walk starts 'as found' or from 'nothing', not from '{start}'.")
    signs = _least_squares_paths(prepare(data, x, [m], y)[0])
    if start == "nothing":
        data = without_path(data, x, m, y, "a" if pattern == "vertical_m" else "b")
    steps = []
    for step in range(n_moved + 1):
        table = move_dyads(
            data,
            x,
            m,
            y,
            step,
            pattern,
            towards=start == "nothing",
            signs=signs,
            shift=shift,
            limits=limits,
        )
        found = replicate(
            table,
            x,
            m,
            y,
            methods=methods,
            n_draws=n_draws,
            confidence_level=confidence_level,
            rng=rng,
        )
        steps.append(found.of("ACME").reset_index().assign(n_moved=step))
    walk = pd.concat(steps, ignore_index=True)
    return walk[["n_moved", "method", "estimate", "ci_lower", "ci_upper"]]


def steps_withstood(walk: pd.DataFrame) -> pd.DataFrame:
    """How many dyads could be moved before a method's interval told another story.

    The story is whether the interval lies above 0, below 0 or around it.

    Parameters
    ----------
    walk : DataFrame
        From :func:`contamination_walk`.

    Returns
    -------
    DataFrame
        Indexed by method in the walk's order: ``withstood`` (the dyads moved before the story first
        changes; all of them where it never does) and ``changed``.

    Examples
    --------
    >>> walk = pd.DataFrame(
    ...     {"n_moved": [0, 1, 2], "method": "HC3", "ci_lower": [1, 1, -1], "ci_upper": 2}
    ... )
    >>> steps_withstood(walk).to_numpy().tolist()
    [[1, True]]
    """
    story = np.sign(walk["ci_lower"]).where(walk["ci_lower"] * walk["ci_upper"] > 0, 0)
    rows = {}
    for method, group in walk.assign(story=story).groupby("method", sort=False):
        group = group.sort_values("n_moved")
        other = (group["story"] != group["story"].iloc[0]).to_numpy()
        steps = group["n_moved"].to_numpy()
        rows[method] = {
            "withstood": int(steps[other.argmax() - 1] if other.any() else steps[-1]),
            "changed": bool(other.any()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")


# ------------------------------------------------------------------ other programs' regressions


def regression_programs(data: pd.DataFrame, x: str, m: str, y: str) -> pd.DataFrame:
    """Fit both models by least squares and by the robust regressions of statsmodels and of ours.

    Parameters
    ----------
    data : DataFrame
        One row a dyad; rows with a missing value are left out.
    x, m, y
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
