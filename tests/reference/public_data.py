"""Numbers that others published on public data sets, beside ours on the same files.

The data are not ours to ship: R packages have them, and a reader points at a file that R wrote,
such as ``write.csv(robmed::BSG2014, "bsg.csv", row.names = FALSE)``:

    python tests/reference/public_data.py --bsg FILE --framing FILE --jobs FILE --leerkes FILE

(any of them) exits with 0 where all numbers agree, 1 where not, 2 where a file is not those data.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.regression.mm import mm_regression

SEED = 20_211_123
N_DRAWS = 20_000
COLUMNS = ["data", "source", "analysis", "quantity", "reference", "ours", "tolerance"]
# Where the numbers stand: dev/to_latex-test.tex of the package robmedExtra (5,000 resamples);
# inductivestep.github.io/Random-bits-and-pieces (1,000 resamples); the textbook's chapter on
# mediation.
_ROBMED = "R robmed, in robmedExtra"
_R = "R mediation 4.5.1 (20,000 draws)"
_JOBS = "R mediation, at inductivestep"
_HOWELL = "SPSS, in Howell"


class PublicData(NamedTuple):
    """Rows and columns of a public data set, its name in R, and what gives the comparison."""

    n_obs: int
    columns: tuple[str, ...]
    in_r: str
    compare: Any


def compare_public(files):
    """Compute on public data what others published on them.

    Parameters
    ----------
    files : mapping
        Names of `PUBLIC_DATA` to CSV files that R wrote.

    Returns
    -------
    DataFrame
        One row per number: `COLUMNS` and ``ok``, whether the two differ by no more than the
        tolerance, which is half a unit of the last published digit and, for an interval of
        resamples, a tenth of its width.

    Raises
    ------
    InputError
        If a file cannot be read or is not the data set.
    """
    rows = [
        (name, *row)
        for name, path in files.items()
        for row in PUBLIC_DATA[name].compare(_read(name, Path(path)))
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(ok=(table["reference"] - table["ours"]).abs() <= table["tolerance"])


def _read(name, path):
    expected = PUBLIC_DATA[name]
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"--{name} {path} is no CSV file that can be read: {error}") from None
    if missing := [column for column in expected.columns if column not in table]:
        raise InputError(
            f"--{name} {path} has no column {', '.join(missing)}; write {expected.in_r} by "
            "write.csv in R."
        )
    table = table[list(expected.columns)]
    if len(table) != expected.n_obs:
        raise InputError(
            f"--{name} {path} has {len(table)} rows; {expected.in_r} has {expected.n_obs}."
        )
    return table


def _bsg(data):
    x, m, y = "ValueDiversity", "TaskConflict", "TeamCommitment"
    of_m = mm_regression(_with_constant(data[[x]]), data[m].to_numpy())
    of_y = mm_regression(_with_constant(data[[m, x]]), data[y].to_numpy())
    for quantity, reference, ours in [
        ("a", 0.320, of_m.coef[1]),
        ("a, standard error", 0.104, of_m.se[1]),
        ("b", -0.337, of_y.coef[1]),
        ("b, standard error", 0.175, of_y.se[1]),
        ("c'", 0.065, of_y.coef[2]),
        ("c', standard error", 0.190, of_y.se[2]),
        ("indirect effect", -0.108, of_m.coef[1] * of_y.coef[1]),
    ]:
        yield _ROBMED, "MM-regression", quantity, reference, float(ours), 5e-4
    robust = mediate(data, x, m, y, method="robust-bca", n_draws=N_DRAWS, rng=SEED)
    acme = robust.table.loc["ACME"]
    for column, reference in (("ci_lower", -0.294), ("ci_upper", -0.009)):
        ours = float(acme[column])
        yield _ROBMED, "MM-regression, BCa", f"indirect effect, {column}", reference, ours, 0.0285
    huber = mediate(data, x, m, y, method="huber", n_draws=1000, rng=SEED)
    for quantity, reference, ours in [
        ("a", 0.195, huber.paths.loc["a", "estimate"]),
        ("b", -0.392, huber.paths.loc["b", "estimate"]),
        ("c'", 0.011, huber.paths.loc["c_prime", "estimate"]),
        ("indirect effect", -0.076, huber.table.loc["ACME", "estimate"]),
    ]:
        yield _ROBMED, "Huber covariance", quantity, reference, float(ours), 5e-4


def _with_constant(columns):
    return np.column_stack([np.ones(len(columns)), columns])


def _framing(data):
    levels = ["Strongly Favor", "Favor", "Oppose", "Strongly Oppose"]
    numbers = {level: float(number) for number, level in enumerate(levels, start=1)}
    data = data.assign(english=data["english"].map(numbers))
    covariates = ["age", "educ", "gender", "income"]
    result = mediate(
        data, "treat", "emo", "english", covariates=covariates, n_draws=N_DRAWS, rng=SEED
    )
    of_r = {"ACME": (0.1157, 0.0465, 0.2021), "ADE": (-0.0241, -0.2345, 0.1845)}
    for effect, references in of_r.items():
        tolerance = 0.05 * (references[2] - references[1])
        for column, reference in zip(("estimate", "ci_lower", "ci_upper"), references, strict=True):
            ours = float(result.table.loc[effect, column])
            yield _R, "quasi-Bayesian", f"{effect}, {column}", reference, ours, tolerance


def _jobs(data):
    covariates = ["econ_hard", "sex", "age"]
    result = mediate(
        data, "treat", "job_seek", "depress2",
        covariates=covariates, method="bootstrap", n_draws=N_DRAWS, rng=SEED,
    )  # fmt: skip
    for effect, reference, digit in [
        ("ACME", -0.01574465, 1e-8),
        ("ADE", -0.0402647, 1e-7),
        ("Total effect", -0.05600935, 1e-8),
    ]:
        ours = float(result.table.loc[effect, "estimate"])
        yield _JOBS, "least squares", effect, reference, ours, digit / 2
    for effect, column, reference, width in [
        ("ACME", "ci_lower", -0.0400, 0.050),
        ("ADE", "ci_lower", -0.1237, 0.164),
        ("Total effect", "ci_lower", -0.1452, 0.175),
    ]:
        ours = float(result.table.loc[effect, column])
        yield _JOBS, "bootstrap", f"{effect}, {column}", reference, ours, 0.1 * width


def _leerkes(data):
    result = mediate(data, "MatCare", "Esteem", "Efficacy", n_draws=N_DRAWS, rng=SEED)
    direct = result.paths.loc["c_prime"]
    t = float(direct["estimate"] / direct["se"])
    yield _HOWELL, "least squares", "t of the direct effect", 1.334, t, 5e-4
    correlation = float(data["MatCare"].corr(data["Efficacy"]))
    yield _HOWELL, "least squares", "r of MatCare and Efficacy", 0.27, correlation, 5e-3


PUBLIC_DATA = {
    "bsg": PublicData(
        89, ("ValueDiversity", "TaskConflict", "TeamCommitment"), "robmed::BSG2014", _bsg
    ),
    "framing": PublicData(
        265,
        ("treat", "emo", "english", "age", "educ", "gender", "income"),
        "mediation::framing",
        _framing,
    ),
    "jobs": PublicData(
        899,
        ("treat", "job_seek", "depress2", "econ_hard", "sex", "age"),
        "mediation::jobs",
        _jobs,
    ),
    "leerkes": PublicData(92, ("MatCare", "Esteem", "Efficacy"), "WRS2::Leerkes", _leerkes),
}
"""Public data sets by the names of the command's options; chapter 24 says who measured them."""


def in_words(table):
    """Lay the comparison out for a terminal, and count what agrees."""
    shown = table.assign(ok=table["ok"].map({True: "yes", False: "NO"})).to_string(
        index=False, float_format="{:.6g}".format
    )
    return f"{shown}\n\n{int(table['ok'].sum())} of {len(table)} numbers agree."


def main(arguments=None):
    """Compare the files that are named, print the numbers, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, known in PUBLIC_DATA.items():
        parser.add_argument(f"--{name}", metavar="FILE", help=f"a CSV of {known.in_r}")
    files = vars(parser.parse_args(arguments))
    try:
        named = {name: Path(path) for name, path in files.items() if path is not None}
        if not named:
            raise InputError("Give at least one file: --bsg, --framing, --jobs or --leerkes.")
        table = compare_public(named)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(in_words(table))
    return 0 if table["ok"].all() else 1


if __name__ == "__main__":
    sys.exit(main())
