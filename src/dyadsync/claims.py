"""The paper's claims, the rule that judges them, and the results a chapter publishes.

A chapter publishes a table with :func:`publish`; the engine tells it where through the environment,
and by hand, in JupyterLab, the results go to ``_build/results`` beside ``chapters``.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dyadsync.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["supported", "contradicted", "inconclusive"]

RESULTS_VARIABLE = "DYADSYNC_RESULTS"
_RESULTS_BY_HAND = "../_build/results"

CLAIMS: dict[str, tuple[str, int]] = {
    "a": ("Poorer social functioning goes with lower synchrony", -1),
    "b": ("Lower synchrony goes with less symptom reduction", +1),
    "c": ("Synchrony mediates between social impairment and symptom reduction", -1),
}
"""Each claim's wording and the sign it claims: of the path a, of the path b, of the ACME."""

RULE = (
    "A claim is supported where the interval excludes 0 on the claimed side, contradicted where it "
    "excludes 0 on the other side, else inconclusive; it is robust where all methods give the same "
    "verdict."
)


def verdict(
    estimate: float, ci_lower: float, ci_upper: float, claimed_sign: Literal[-1, 1]
) -> Verdict:
    """Judge a claim by its interval.

    Parameters
    ----------
    estimate, ci_lower, ci_upper
        The effect and its interval, in the same units. An interval that touches 0 contains it;
        one that is not a number decides nothing.
    claimed_sign
        -1 or 1, the sign that the claim gives the effect.

    Returns
    -------
    str
        ``"supported"``, ``"contradicted"`` or ``"inconclusive"``.

    Raises
    ------
    InputError
        If the interval is reversed, or the claimed sign is neither -1 nor 1.

    Examples
    --------
    >>> verdict(-0.3, -0.6, -0.1, claimed_sign=-1)
    'supported'
    >>> verdict(-0.3, -0.6, 0.1, claimed_sign=-1)
    'inconclusive'
    """
    if claimed_sign not in (-1, 1):
        raise InputError(f"claimed_sign is {claimed_sign!r}; it must be -1 or 1.")
    if math.isnan(estimate) or math.isnan(ci_lower) or math.isnan(ci_upper):
        return "inconclusive"
    if ci_lower > ci_upper:
        raise InputError(
            f"The interval from {ci_lower} to {ci_upper} is reversed; give the lower end first."
        )
    if ci_lower > 0 or ci_upper < 0:
        return "supported" if (ci_lower > 0) == (claimed_sign > 0) else "contradicted"
    return "inconclusive"


@dataclass(frozen=True)
class Claim:
    """One claim as one method sees it.

    Attributes
    ----------
    id
        ``"a"``, ``"b"`` or ``"c"``, see :data:`CLAIMS`.
    text
        The claim in words.
    method
        The analysis that gave the estimate.
    estimate, ci_lower, ci_upper
        The effect and its interval.
    verdict
        What :func:`verdict` says of them.
    """

    id: str
    text: str
    method: str
    estimate: float
    ci_lower: float
    ci_upper: float
    verdict: Verdict


def judge(id: str, method: str, estimate: float, ci_lower: float, ci_upper: float) -> Claim:  # noqa: A002
    """Make the :class:`Claim` that an estimate and its interval give.

    Raises
    ------
    InputError
        If there is no such claim, or the interval is reversed.

    Examples
    --------
    >>> judge("b", "least squares", 2.1, 0.4, 3.8).verdict
    'supported'
    """
    if id not in CLAIMS:
        raise InputError(f"There is no claim {id!r}; the paper's claims are {', '.join(CLAIMS)}.")
    text, sign = CLAIMS[id]
    estimate, ci_lower, ci_upper = float(estimate), float(ci_lower), float(ci_upper)
    return Claim(
        id=id,
        text=text,
        method=method,
        estimate=estimate,
        ci_lower=ci_lower,
        ci_upper=ci_upper,
        verdict=verdict(estimate, ci_lower, ci_upper, 1 if sign > 0 else -1),
    )


def robust_claims(claims: Iterable[Claim]) -> dict[str, bool]:
    """Say of each claim whether all the methods given agree on its verdict.

    Examples
    --------
    >>> robust_claims([judge("a", "HC3", -1, -2, -0.5), judge("a", "bootstrap", -1, -2, 0.5)])
    {'a': False}
    """
    verdicts: dict[str, set[str]] = {}
    for claim in claims:
        verdicts.setdefault(claim.id, set()).add(claim.verdict)
    return {claim: len(found) == 1 for claim, found in sorted(verdicts.items())}


@dataclass(frozen=True)
class Replication:
    """A claim by its main analysis, and what all methods together say of it."""

    main: Claim
    """The first of the claims given."""
    n_methods: int
    n_agreeing: int
    """Methods whose verdict is that of the main analysis, itself among them."""
    lowest: float
    highest: float
    """The smallest and the largest estimate."""

    @property
    def robust(self) -> bool:
        """Whether all methods give the same verdict."""
        return self.n_agreeing == self.n_methods


def replications(claims: Iterable[Claim]) -> list[Replication]:
    """Sum up each claim over its methods, in the order of the claims' letters.

    Examples
    --------
    >>> both = [judge("a", "least squares", -1, -2, -0.5), judge("a", "bootstrap", -0.8, -2, 0.5)]
    >>> [found] = replications(both)
    >>> found.main.method, found.n_agreeing, found.n_methods, found.robust
    ('least squares', 1, 2, False)
    """
    by_id: dict[str, list[Claim]] = {}
    for claim in claims:
        by_id.setdefault(claim.id, []).append(claim)
    return [
        Replication(
            main=found[0],
            n_methods=len(found),
            n_agreeing=sum(claim.verdict == found[0].verdict for claim in found),
            lowest=min(claim.estimate for claim in found),
            highest=max(claim.estimate for claim in found),
        )
        for _, found in sorted(by_id.items())
    ]


def claims_table(claims: Iterable[Claim]) -> pd.DataFrame:
    """Lay claims out as a table, one row a claim and method.

    Returns
    -------
    DataFrame
        Columns ``claim text method estimate ci_lower ci_upper verdict``.

    Examples
    --------
    >>> claims_table([judge("a", "HC3", -1, -2, -0.5)])[["claim", "verdict"]].values.tolist()
    [['a', 'supported']]
    """
    import pandas as pd

    columns = ["id", "text", "method", "estimate", "ci_lower", "ci_upper", "verdict"]
    table = pd.DataFrame([asdict(claim) for claim in claims], columns=columns)
    return table.rename(columns={"id": "claim"})


def publish(
    name: str,
    value: pd.DataFrame | Mapping[str, Any] | Iterable[Claim],
    directory: str | Path | None = None,
) -> None:
    """Write a result where the book, the command line and later builds find it.

    A table or a list of claims becomes ``name.csv`` (without its index: reset one that matters), a
    mapping ``name.json``. Equal values give equal bytes; the file is swapped in whole.

    Parameters
    ----------
    name
        Lower-case letters, digits and underscores. Claims for the claims table are published under
        ``claims``, or under a name that begins with ``claims_``.
    value
        A DataFrame, a mapping of names to numbers, strings, lists or mappings, or claims.
    directory
        Where to write; by default where the engine says, or ``../_build/results`` by hand.

    Raises
    ------
    InputError
        If the name is not one, or the value is of another kind.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> publish("counts", {"dyads": 37}, folder)
    >>> read_results(folder)["counts"]
    {'dyads': 37}
    """
    import pandas as pd

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise InputError(
            f"A result cannot be named {name!r}; use lower-case letters, digits and underscores."
        )
    if isinstance(value, Mapping):
        text = json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        file = f"{name}.json"
    else:
        if not isinstance(value, pd.DataFrame):
            claims = list(value)
            if not all(isinstance(claim, Claim) for claim in claims):
                raise InputError(f"Result {name!r} must be a table, a mapping or claims.")
            value = claims_table(claims)
        text = value.to_csv(index=False, lineterminator="\n")
        file = f"{name}.csv"
    folder = results_directory(directory)
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / f".{file}.part"
    whole.write_text(text, encoding="utf-8", newline="\n")
    whole.replace(folder / file)


def read_results(directory: str | Path | None = None) -> dict[str, Any]:
    """Read every published result: a DataFrame for each CSV, a dict for each JSON file.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> publish("claims", [judge("a", "HC3", -1, -2, -0.5)], folder)
    >>> list(read_results(folder)["claims"]["verdict"])
    ['supported']
    """
    import pandas as pd

    results: dict[str, Any] = {}
    for path in sorted(results_directory(directory).glob("*")):
        if path.name.startswith("."):
            continue
        if path.suffix == ".csv":
            results[path.stem] = pd.read_csv(path)
        elif path.suffix == ".json":
            results[path.stem] = json.loads(path.read_text(encoding="utf-8"))
    return results


def read_claims(directory: str | Path | None = None) -> list[Claim]:
    """Read the claims that chapters have published, the main analysis first.

    The claims are those of ``claims.csv`` and then of every ``claims_*.csv`` in the order of names.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> publish("claims", [judge("a", "HC3", -1, -2, -0.5)], folder)
    >>> read_claims(folder)[0].method
    'HC3'
    """
    import csv

    folder = results_directory(directory)
    claims: list[Claim] = []
    for path in [folder / "claims.csv", *sorted(folder.glob("claims_*.csv"))]:
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                numbers = (float(row[key] or "nan") for key in ("estimate", "ci_lower", "ci_upper"))
                claims.append(judge(row["claim"], row["method"], *numbers))
    return claims


def results_directory(directory: str | Path | None = None) -> Path:
    """Tell where results are published: as given, as the engine says, or beside ``chapters``."""
    return Path(directory or os.environ.get(RESULTS_VARIABLE) or _RESULTS_BY_HAND)


def _plain(value: Any) -> Any:
    """Turn NumPy's numbers and arrays into Python's, and what is not a number into null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str) or value is None:
        return value
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (bool, int, float)):
        return value
    raise InputError(f"A result cannot hold {value!r}; give numbers, strings, lists or mappings.")
