"""The paper's claims, the rule that judges them, and how far analyses agree on them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from dyadsync.checks import check_choice
from dyadsync.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["supported", "contradicted", "inconclusive"]

CLAIMS: dict[str, tuple[str, int]] = {
    "a": ("Poorer social functioning goes with lower synchrony", -1),
    "b": ("Lower synchrony goes with less symptom reduction", +1),
    "c": ("Synchrony mediates between social impairment and symptom reduction", -1),
}
"""Each claim's wording and the sign it claims: of the path a, of the path b, of the ACME.

The signs hold for every study: higher values of the cause are the worse ones, and reduction is
improvement.
"""

RULE = (
    "A claim is supported where the interval excludes 0 on the claimed side, contradicted where it "
    "excludes 0 on the other side, else inconclusive. Methods that agree on inconclusive support "
    "nothing: without an effect almost all of them do."
)


def verdict(
    estimate: float, ci_lower: float, ci_upper: float, claimed_sign: Literal[-1, 1]
) -> Verdict:
    """Judge a claim by its interval.

    Parameters
    ----------
    estimate, ci_lower, ci_upper : float
        The effect and its interval, in the same units. An interval that touches 0 contains it;
        one that is not a number decides nothing.
    claimed_sign : -1 or 1
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


def excludes_zero(table: pd.DataFrame) -> pd.Series:
    """Whether each interval of a table leaves out 0.

    Parameters
    ----------
    table : DataFrame
        With columns ``ci_lower ci_upper``. An interval that touches 0 contains it, as in
        `verdict`; one that is not a number leaves out nothing.

    Returns
    -------
    Series
        True or False, with the table's index.

    Examples
    --------
    >>> import pandas as pd
    >>> ends = {"ci_lower": [-0.6, -0.6, 0.1], "ci_upper": [-0.1, 0.1, 0.6]}
    >>> excludes_zero(pd.DataFrame(ends)).tolist()
    [True, False, True]
    """
    above, below = table["ci_lower"] > 0, table["ci_upper"] < 0
    one_end = table[["ci_lower", "ci_upper"]].isna().any(axis=1)
    return (above | below) & ~one_end


@dataclass(frozen=True)
class Claim:
    """One claim as one method sees it.

    Attributes
    ----------
    id : str
        ``"a"``, ``"b"`` or ``"c"``, see `CLAIMS`.
    text : str
        The claim in words.
    method : str
        The analysis that gave the estimate.
    estimate, ci_lower, ci_upper : float
        The effect and its interval.
    verdict : str
        What `verdict` says of them.
    """

    id: str
    text: str
    method: str
    estimate: float
    ci_lower: float
    ci_upper: float
    verdict: Verdict

    def to_frame(self) -> pd.DataFrame:
        """Lay the claim out as a table of one row, see `claims_table`."""
        return claims_table([self])


def judge(
    id: str,  # noqa: A002
    method: str,
    estimate: float,
    ci_lower: float,
    ci_upper: float,
) -> Claim:
    """Make the `Claim` that an estimate and its interval give.

    Parameters
    ----------
    id : str
        The claim's letter.
    method : str
        The analysis that gave the estimate.
    estimate, ci_lower, ci_upper : float
        The effect and its interval.

    Raises
    ------
    InputError
        If there is no such claim, or the interval is reversed.

    Examples
    --------
    >>> judge("b", "least squares", 2.1, 0.4, 3.8).verdict
    'supported'
    """
    text, sign = CLAIMS[check_choice("claim", id, CLAIMS)]
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


@dataclass(frozen=True)
class Agreement:
    """What all methods together say of a claim, beside the main one.

    Attributes
    ----------
    main : Claim
        The claim by the main analysis.
    n_methods : int
        Methods that judged the claim.
    others : tuple of str
        The methods with another verdict.
    """

    main: Claim
    n_methods: int
    others: tuple[str, ...]

    def in_words(self) -> str:
        """Say how many methods give the main analysis's verdict, itself among them.

        Examples
        --------
        >>> same = [judge("a", method, -1, -2, -0.5) for method in ("t interval", "z interval")]
        >>> [found] = agreements([*same, judge("a", "HC3", -1, -3, 1)])
        >>> found.in_words()
        '2 of 3 methods'
        >>> agreements(same)[0].in_words()
        'all 2 methods'
        """
        agreeing = self.n_methods - len(self.others)
        if self.n_methods == 1:
            return "the main analysis"
        return f"{'all' if not self.others else f'{agreeing} of'} {self.n_methods} methods"


def agreements(claims: Iterable[Claim]) -> list[Agreement]:
    """Sum up each claim over its methods, in the order of the claims' letters.

    Parameters
    ----------
    claims : iterable of Claim
        Each claim as several methods see it, the main analysis first.

    Returns
    -------
    list of Agreement
        One a claim.

    Examples
    --------
    >>> both = [judge("a", "least squares", -1, -2, -0.5), judge("a", "bootstrap", -0.8, -2, 0.5)]
    >>> [found] = agreements(both)
    >>> found.main.method, found.others
    ('least squares', ('bootstrap',))
    """
    by_id: dict[str, list[Claim]] = {}
    for claim in claims:
        by_id.setdefault(claim.id, []).append(claim)
    summed = []
    for _, (main, *others) in sorted(by_id.items()):
        differ = tuple(one.method for one in others if one.verdict != main.verdict)
        summed.append(Agreement(main, 1 + len(others), differ))
    return summed


def claims_table(claims: Iterable[Claim]) -> pd.DataFrame:
    """Lay claims out as a table, one row per claim and method.

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

    claims = list(claims)
    columns = ["id", "text", "method", "estimate", "ci_lower", "ci_upper", "verdict"]
    table = pd.DataFrame([asdict(claim) for claim in claims], columns=columns)
    return table.rename(columns={"id": "claim"})
