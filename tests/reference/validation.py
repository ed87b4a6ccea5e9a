"""Every number of other software beside ours, with the difference that is allowed.

R's results stand in ``tests/reference/`` with the script that made them; the exact values on
data that Python packages ship are below. The draws have a seed of their own, so that a change of
a parameter elsewhere moves nothing here.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from dyadsync.intervals import summarise_draws
from dyadsync.mediation.confounding import sensitivity
from dyadsync.mediation.covariance import bias_reduced_covariance
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.sample import prepare
from dyadsync.regression.correlation import percentage_bend_correlation, winsorised_correlation
from dyadsync.regression.linear import fit_linear
from dyadsync.regression.median_regression import median_regression
from dyadsync.regression.mm import mm_regression
from dyadsync.regression.random_effects import random_effects_fit
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.pooled import pooled_synchrony

SEED = 20_211_123
N_DRAWS = 20_000
COLUMNS = ["software", "data", "case", "quantity", "reference", "ours", "difference", "tolerance"]

_R_MEDIATION = {
    "linear": {},
    "covariate": {"covariates": ["c"]},
    "covariate HC3": {"covariates": ["c"], "vcov": "HC3"},
    "covariate cluster": {"covariates": ["c"], "cluster": "therapist"},
    "interaction x=-1..1": {"covariates": ["c"], "interaction": True, "contrast": (-1, 1)},
    "binary outcome logit": {"covariates": ["c"], "outcome": "logit", "contrast": (0, 1)},
    "covariate bootstrap percentile": {"covariates": ["c"], "method": "bootstrap"},
}

_NOT_COMPARED = ("Prop. mediated.", "indirect.ci_lower_bca", "indirect.ci_upper_bca")
"""Quantities that R defines otherwise (tests/reference/README.md); its tables leave them out."""


def compare_with_r(folder):
    """Compute what R computed, on the same tables.

    Parameters
    ----------
    folder : path
        Holds ``dyads_N.csv``, ``dyads_N_contaminated.csv`` and ``dyads_N.r.csv`` for one N or
        more. Each number of R must have one of ours.

    Returns
    -------
    DataFrame
        One row per number: `COLUMNS`, the ``share`` of the tolerance that is used, and ``ok``. The
        tolerance of a Monte Carlo row is a share of
        the interval's width (5 %, 8 % for the logit case) or .04 (.06) for a p-value; of an exact
        row 1e-6 of its value, of a sensitivity or Huber row 1e-3 of the interval's width; of an
        MM row 1e-3 of its value, for coefficients half a percent of the standard error if that is
        larger.

    Raises
    ------
    FileNotFoundError
        If the folder holds no results of R.
    KeyError
        For a case or a quantity of R's that nothing here computes.
    """
    frames = []
    stems = sorted(Path(folder).glob("dyads_*.r.csv"), key=lambda path: int(path.name[6:-6]))
    if not stems:
        raise FileNotFoundError(f"There are no results of R (dyads_N.r.csv) in {folder}.")
    for path in stems:
        stem = path.name.removesuffix(".r.csv")
        tables = {
            "clean": pd.read_csv(path.with_name(f"{stem}.csv")),
            "contaminated": pd.read_csv(path.with_name(f"{stem}_contaminated.csv")),
        }
        for case, rows in pd.read_csv(path).groupby("case", sort=False):
            ours = _of_case(str(case), tables)
            expected = rows.set_index("quantity")
            for quantity, row in expected.iterrows():
                if str(quantity).startswith(_NOT_COMPARED):
                    continue
                value = ours[str(quantity)]
                frames.append(
                    (
                        _package(str(case)),
                        f"{len(tables['clean'])} dyads",
                        case,
                        quantity,
                        row["value"],
                        value,
                        abs(value - row["value"]),
                        _tolerance(str(case), str(quantity), str(row["kind"]), expected["value"]),
                    )
                )
    return _judged(frames)


def _of_case(case, tables):
    """Our values of the quantities that R reports for a case."""
    if case in _R_MEDIATION:
        return _mediation_quantities(case, tables["clean"])
    analysis, _, kind = case.rpartition(" ")
    if kind in tables:
        if analysis.startswith("mm "):
            return _mm_quantities(analysis.removeprefix("mm "), tables[kind])
        if analysis in _INDIRECT:
            return _indirect_quantities(analysis, tables[kind])
        if analysis == "robust correlation":
            return _correlation_quantities(tables[kind])
    raise KeyError(f"no computation of ours for R's case '{case}'")


def _mediation_quantities(case, table):
    y = "response" if "logit" in case else "y"
    result = mediate(table, "x", "m", y, n_draws=N_DRAWS, rng=SEED, **_R_MEDIATION[case])
    if case == "covariate cluster":
        effects = _drawn_apart(result)
    else:
        effects = result.table.drop(index="Prop. mediated")
    quantities = {
        f"{name}.{column}": float(value)
        for effect, row in effects.iterrows()
        for name in _names_in_r(str(effect), effects.index)
        for column, value in row.items()
    }
    if case == "linear":
        quantities |= _sensitivity_quantities(table)
    return quantities


def _names_in_r(effect, effects):
    """R also gives both versions of an effect where x and m do not interact and they are one."""
    if effect == "Total effect" or "ACME (control)" in effects:
        return [effect]
    return [effect, f"{effect} (control)", f"{effect} (treated)"]


def _sensitivity_quantities(table):
    """The ACME at each rho is ours; the band is R's, computed in R's way (ours is wider)."""
    rhos = [-0.3, 0.1, 0.3]
    result = sensitivity(table, "x", "m", "y", rho=rhos)
    quantities = {"rho_at_acme_zero": result.rho_at_zero}
    band = medsens(table, "x", "m", "y", rhos)
    for row in result.table.itertuples():
        at = f"acme_at_rho_{row.rho:.1f}"
        quantities[at] = row.acme
        quantities[f"{at}.ci_lower"], quantities[f"{at}.ci_upper"] = band.loc[
            row.rho, ["ci_lower", "ci_upper"]
        ]
    return quantities


def _drawn_apart(result):
    """Effects as R draws them under clustering: the two models apart.

    We draw both models together, because a cluster's members connect their errors; to compare
    the covariances themselves with R's, they are drawn apart here.
    """
    assert result.covariance is not None
    rng = np.random.default_rng(SEED)
    mediator, outcome = result.m[0], result.y

    def draw(model):
        table = result.models[model]
        covariance = result.covariance.loc[model, model]  # type: ignore[union-attr]
        draws = rng.multivariate_normal(table["estimate"], covariance, size=N_DRAWS)
        return pd.DataFrame(draws, columns=table.index)

    m, y = draw(mediator), draw(outcome)
    acme, ade = m[result.x] * y[mediator], y[result.x]
    draws = {"ACME": acme, "ADE": ade, "Total effect": acme + ade}
    rows = {
        effect: summarise_draws(
            float(result.table.loc[effect, "estimate"]), values.to_numpy(), result.confidence_level
        )
        for effect, values in draws.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=result.table.columns)


def _mm_quantities(formula, table):
    response, predictors = formula.split("~")
    terms = predictors.split("+")
    X = np.column_stack([np.ones(len(table)), table[terms]])
    fit = mm_regression(X, table[response].to_numpy())
    quantities = {"scale": fit.scale, "n_weight_below_0.001": float((fit.weights < 1e-3).sum())}
    for term, coef, se in zip(["(Intercept)", *terms], fit.coef, fit.se, strict=True):
        quantities[f"coef.{term}"], quantities[f"se.{term}"] = float(coef), float(se)
    return quantities


_INDIRECT = {
    "robust mediation": {"method": "robust"},
    "robust mediation covariate": {"method": "robust", "covariates": ["c"]},
    "huber covariance": {"method": "huber"},
}


def _indirect_quantities(analysis, table):
    result = mediate(table, "x", "m", "y", n_draws=N_DRAWS, rng=SEED, **_INDIRECT[analysis])
    row = result.table.loc["ACME"]
    percentile = "" if analysis == "huber covariance" else "_percentile"
    return {
        "indirect.estimate": row["estimate"],
        "indirect.bootstrap_mean": float(result.draws["ACME"].mean()),
        f"indirect.ci_lower{percentile}": row["ci_lower"],
        f"indirect.ci_upper{percentile}": row["ci_upper"],
    }


def _correlation_quantities(table):
    return {
        "winsorized_0.2": float(winsorised_correlation(table["x"], table["m"])),
        "percentage_bend_0.2": float(percentage_bend_correlation(table["x"], table["m"])),
    }


def _package(case):
    starts = {"mm ": "R robustbase", "robust mediation": "R robmed"}
    starts |= {"huber": "R WRS2", "robust correlation": "R WRS2"}
    return next((name for start, name in starts.items() if case.startswith(start)), "R mediation")


def _tolerance(case, quantity, kind, values):
    """How far from R's value ours may lie; see tests/reference/README.md."""
    value = abs(values[quantity])
    if kind.startswith("grid"):
        return float(kind.split()[1])
    if kind == "mm":
        se = values[quantity.replace("coef.", "se.")] if quantity.startswith("coef.") else 0.0
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


def compare_models(folder):
    """Compute what R computed of single models: medians, clusters of therapists, slopes by dyad.

    Parameters
    ----------
    folder : path
        Holds ``models.r.csv`` and the tables it was made from.

    Returns
    -------
    DataFrame
        As `compare_with_r`. The tolerance is one millionth of the value, or of 1 if that is larger.
    """
    rows = pd.read_csv(Path(folder) / "models.r.csv")
    ours = {}
    for n in (37, 120):
        clean, contaminated = (
            pd.read_csv(Path(folder) / f"dyads_{n}{kind}.csv") for kind in ("", "_contaminated")
        )
        medians = _median_quantities({"clean": clean, "contaminated": contaminated})
        found = medians | _cluster_quantities(clean)
        ours |= {(f"{n} dyads", *name): value for name, value in found.items()}
    changes = pd.read_csv(Path(folder) / "one_step.csv")
    ours |= {("80 dyads", *name): value for name, value in _slope_quantities(changes).items()}
    ratings = pd.read_csv(Path(folder) / "ratings_12.csv")
    ours |= {("12 dyads", *name): value for name, value in _line_quantities(ratings).items()}
    frames = []
    for row in rows.itertuples():
        value = float(ours[row.data, row.case, row.quantity])
        apart, allowed = abs(value - row.value), 1e-6 * max(abs(row.value), 1.0)
        frames.append(
            (row.software, row.data, row.case, row.quantity, row.value, value, apart, allowed)
        )
    return _judged(frames)


def _median_quantities(tables):
    return {
        (f"median {response} ~ {' + '.join(terms)} {kind}", f"coef.{term}"): coef
        for kind, table in tables.items()
        for response, *terms in (("m", "x"), ("y", "m", "x"), ("y", "m", "x", "c"))
        for term, coef in zip(
            ["(Intercept)", *terms],
            median_regression(
                np.column_stack([np.ones(len(table)), table[terms]]), table[response]
            ),
            strict=True,
        )
    }


def _cluster_quantities(table):
    """Slopes and standard errors of both models, with the therapists as clusters in four ways."""
    quantities = {}
    kinds = {
        "CR1S": {},
        "CR2": {"vcov": "CR2"},
        "CR3": {"small_sample": True},
        "therapists random,": {"method": "mixed"},
    }
    clusters = table["therapist"].nunique()
    for kind, options in kinds.items():
        found = mediate(
            table,
            "x",
            "m",
            "y",
            covariates=["c"],
            cluster="therapist",
            n_draws=100,
            rng=SEED,
            **options,
        )
        for path, model, term in (("a", "m ~ x + c", "x"), ("b", "y ~ m + x + c", "m")):
            estimate, se = found.paths.loc[path, ["estimate", "se"]]
            # Our CR3 is the jackknife, (G - 1)/G of R's.
            se *= np.sqrt(clusters / (clusters - 1)) if kind == "CR3" else 1
            quantities[f"{kind} {model}", f"se.{term}"] = se
            quantities[f"{kind} {model}", f"coef.{term}"] = estimate
    sample = prepare(table, "x", ["m"], "y", covariates=["c"], cluster="therapist")[0]
    fits = [
        fit_linear(sample.mediator_design, sample.m[:, 0]),
        fit_linear(sample.outcome_design, sample.y),
    ]
    df = bias_reduced_covariance(sample, fits)[1]
    quantities["CR2 m ~ x + c", "df.x"] = df[1]
    quantities["CR2 y ~ m + x + c", "df.m"] = df[sample.mediator_design.shape[1] + 2]
    return quantities


def _slope_quantities(changes):
    """The mixed model of slopes that vary between dyads: average, its error, and each dyad's."""
    changes = changes.assign(session=changes.groupby("dyad_id").cumcount() + 1)
    pooled = pooled_synchrony(changes, "mixed", n_resamples=100, rng=SEED).iloc[0]
    shrunken = dyad_synchrony(changes, "shrunken")
    dyads = {f"dyad {one.dyad_id}": one.synchrony for one in shrunken.itertuples()}
    error = (pooled["ci_upper"] - pooled["ci_lower"]) / 2 / ndtri(0.975)
    return {
        ("slopes by dyad", quantity): value
        for quantity, value in {
            "average": pooled["estimate"], "average, standard error": error, **dyads
        }.items()
    }  # fmt: skip


def _line_quantities(ratings):
    """Each dyad's slope in the mixed model of lines, over sixteen weeks."""
    dyad, dyads = pd.factorize(ratings["dyad_id"])
    X = np.column_stack([np.ones(len(ratings)), ratings["time"] / 16])
    fit = random_effects_fit(X, ratings["outcome"].to_numpy(float), X, dyad)
    return {
        ("lines by dyad", f"slope, {name}"): fit.coef[1] + effect
        for name, effect in zip(dyads, fit.effects[:, 1], strict=True)
    }


def compare_exact():
    """Exact values on data that pingouin and statsmodels ship.

    Returns
    -------
    DataFrame
        As `compare_with_r`; the tolerance of an exact value is one unit of its last printed digit
        (two for one standard error, whose reference is off by one there).
    """
    frames = [
        (software, data, case, quantity, reference, ours, abs(ours - reference), tolerance)
        for computation in (_pingouin_values, _framing_values, _bland_altman_values)
        for software, data, case, quantity, reference, ours, tolerance in computation()
    ]
    return _judged(frames)


def _pingouin_values():
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


def _framing_values():
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
    total = float(result.table.loc["Total effect", "estimate"])
    yield (
        "R mediation", "statsmodels framing", "linear", "Total effect.estimate", 0.0915, total, 0.01
    )  # fmt: skip
    rho = sensitivity(data, "treat", "emo", "english", covariates=covariates).rho_at_zero
    yield "R mediation", "statsmodels framing", "linear", "rho_at_acme_zero", 0.28, rho, 0.01


def _bland_altman_values():
    """Bland & Altman (1995), doi:10.1136/bmj.310.6977.446: pH and PaCO2 of eight patients."""
    import pingouin

    data = pingouin.read_dataset("rm_corr")
    changes = data.rename(columns={"Subject": "dyad_id", "pH": "therapist", "PacO2": "patient"})
    changes["session"] = changes.groupby("dyad_id").cumcount()
    row = pooled_synchrony(changes, n_resamples=100, rng=SEED).iloc[0]
    for quantity, column, reference, tolerance in [
        ("r", "estimate", -0.5067697, 1e-7),
        ("r, lower end", "ci_lower", -0.7067146, 1e-7),
        ("r, upper end", "ci_upper", -0.2318631, 1e-7),
        ("p", "p_value", 0.0008471081, 1e-10),
    ]:
        yield (
            "exact", "pingouin rm_corr", "repeated-measures correlation", quantity,
            reference, float(row[column]), tolerance,
        )  # fmt: skip


def framing():
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


def _judged(rows):
    table = pd.DataFrame(rows, columns=COLUMNS)
    share = table["difference"] / table["tolerance"].where(table["tolerance"] > 0)
    return table.assign(share=share.fillna(0.0), ok=table["difference"] <= table["tolerance"])


def require_agreement(table):
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


def medsens(data, x, m, y, rho):
    """ACME with the 95 % band of R's ``medsens``, one row per rho: ``acme ci_lower ci_upper``.

    R takes the residual standard deviations as known; `sensitivity` adds their part, so its band
    is wider.
    """
    sample, _, _ = prepare(data, x, [m], y)
    X_m, X_y, mediator = sample.mediator_design, sample.outcome_design, sample.m[:, 0]
    acme, se = _estimates(X_m, X_y, mediator, sample.y, np.array(rho))
    reach = ndtri(0.975) * se
    return pd.DataFrame(
        {"acme": acme, "ci_lower": acme - reach, "ci_upper": acme + reach}, index=rho
    )


def _residuals(X, y):
    return fit_linear(X, y).residuals


def _estimates(X_m, X_y, m, y, grid):
    """a*b and its delta-method standard error at each rho, by feasible generalised least squares.

    Both equations are fitted together with error covariance ``S = D [[1, rho], [rho, 1]] D``, D
    the standard deviations (divisor n - 1) of the last round's residuals, until these settle;
    all values of rho at once.
    """
    p_m, p_y = X_m.shape[1], X_y.shape[1]
    designs = [X_m, X_y]
    products = [[left.T @ right for right in designs] for left in designs]
    with_response = [[left.T @ response for response in (m, y)] for left in designs]
    slices = [slice(0, p_m), slice(p_m, p_m + p_y)]
    sd = np.stack([np.full(len(grid), _residuals(X_m, m).std(ddof=1)),
                   np.full(len(grid), _residuals(X_y, y).std(ddof=1))])  # fmt: skip
    for _ in range(1000):
        # Inverse of S for every rho, shape (len(grid), 2, 2).
        scale = 1 / (1 - grid**2)
        inverse = np.empty((len(grid), 2, 2))
        inverse[:, 0, 0] = scale / sd[0] ** 2
        inverse[:, 1, 1] = scale / sd[1] ** 2
        inverse[:, 0, 1] = inverse[:, 1, 0] = -grid * scale / (sd[0] * sd[1])
        information = np.empty((len(grid), p_m + p_y, p_m + p_y))
        right = np.zeros((len(grid), p_m + p_y))
        for j in (0, 1):
            for k in (0, 1):
                weight = inverse[:, j, k]
                information[:, slices[j], slices[k]] = weight[:, None, None] * products[j][k]
                right[:, slices[j]] += weight[:, None] * with_response[j][k]
        coef = np.linalg.solve(information, right[..., None])[..., 0]
        new = np.stack([
            (m - coef[:, slices[0]] @ X_m.T).std(axis=1, ddof=1),
            (y - coef[:, slices[1]] @ X_y.T).std(axis=1, ddof=1),
        ])  # fmt: skip
        settled = np.abs(new / sd - 1).max() < 1e-10
        sd = new
        if settled:
            break
    covariance = np.linalg.inv(information)
    i, j = 1, p_m + 2
    a, b = coef[:, i], coef[:, j]
    # The covariance of a and b is 0: m's residuals, on which b rests, are orthogonal to X_m.
    return a * b, np.sqrt(b**2 * covariance[:, i, i] + a**2 * covariance[:, j, j])
