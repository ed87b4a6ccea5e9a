"""The paper's claims, the rule that judges them, and how far analyses agree on them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.study.words import SHIPPED, Words

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CLAIMS",
    "RULE",
    "Agreement",
    "Claim",
    "Verdict",
    "agreement_table",
    "agreements",
    "claims_table",
    "excludes_zero",
    "judge",
    "not_computable",
    "verdict",
]

Verdict = Literal["supported", "contradicted", "inconclusive", "not computable"]

CLAIMS: dict[str, tuple[str, int]] = {
    letter: (text, +1 if letter == "b" else -1) for letter, text in SHIPPED.claims().items()
}
"""Each claim's wording and the sign it claims: of the path a, of the path b, of the ACME.

The signs hold for every study: higher values of the cause are the worse ones, and reduction is
improvement. The words are those of the study that the book follows; see `Words.claims`.
"""

RULE = (
    "A claim is supported where the interval excludes 0 on the claimed side, contradicted where it "
    "excludes 0 on the other side, else inconclusive; it is robust where all analyses give the "
    "same verdict. Methods that give a claim the same estimate and interval count as one analysis."
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
        What `verdict` says of them, or ``"not computable"``.
    reason : str
        Why it cannot be computed; empty if it can.
    """

    id: str
    text: str
    method: str
    estimate: float
    ci_lower: float
    ci_upper: float
    verdict: Verdict
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Lay the claim out as a table of one row, see `claims_table`."""
        return claims_table([self])

    @property
    def verdict_in_words(self) -> str:
        """The verdict, with the reason where the claim is not computable."""
        return f"{self.verdict}: {self.reason}" if self.reason else self.verdict


def not_computable(id: str, reason: str, words: Words = SHIPPED) -> Claim:  # noqa: A002
    """Make the `Claim` that a study cannot speak to.

    Examples
    --------
    >>> not_computable("b", "these data have no outcome").verdict
    'not computable'
    """
    text = words.claims()[check_choice("claim", id, CLAIMS)]
    nan = float("nan")
    return Claim(id, text, "none", nan, nan, nan, "not computable", reason)


def judge(
    id: str,  # noqa: A002
    method: str,
    estimate: float,
    ci_lower: float,
    ci_upper: float,
    words: Words = SHIPPED,
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
    words : Words, optional
        The study's, ``study.words``, for the text of the claim.

    Raises
    ------
    InputError
        If there is no such claim, or the interval is reversed.

    Examples
    --------
    >>> judge("b", "least squares", 2.1, 0.4, 3.8).verdict
    'supported'
    """
    sign = CLAIMS[check_choice("claim", id, CLAIMS)][1]
    text = words.claims()[id]
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
    """What all analyses of a claim together say of it, beside the main one.

    Methods that give a claim the same estimate and interval are one analysis of it.

    Attributes
    ----------
    main : Claim
        The claim by the main analysis.
    n_methods : int
        Methods that judged the claim.
    n_analyses : int
        Distinct analyses among them.
    n_agreeing : int
        Distinct analyses with the main one's verdict, itself among them.
    n_same_sign : int
        Distinct analyses whose estimate has the main one's sign; an estimate of 0 has none.
    others : tuple of str
        The methods with another verdict.
    """

    main: Claim
    n_methods: int
    n_analyses: int
    n_agreeing: int
    n_same_sign: int
    others: tuple[str, ...]

    @property
    def robust(self) -> bool:
        """Whether all analyses give the same verdict."""
        return not self.others

    @property
    def robust_in_words(self) -> str:
        """The word for it: ``"robust"`` or ``"not robust"``."""
        return "robust" if self.robust else "not robust"

    def in_words(self) -> str:
        """Say how many analyses agree, and how many methods these are if that is another number.

        Examples
        --------
        >>> same = [judge("a", method, -1, -2, -0.5) for method in ("t interval", "z interval")]
        >>> [found] = agreements([*same, judge("a", "HC3", -1, -3, 1)])
        >>> found.in_words()
        '1 of 2 analyses (3 methods)'
        """
        words = f"{self.n_agreeing} of {self.n_analyses} analyses"
        return words if self.n_methods == self.n_analyses else f"{words} ({self.n_methods} methods)"


def agreements(claims: Iterable[Claim], main: str | None = None) -> list[Agreement]:
    """Sum up each claim over its analyses, in the order of the claims' letters.

    Parameters
    ----------
    claims : iterable of Claim
        Each claim as several methods see it.
    main : str, optional
        Label of the main analysis; by default, and for a claim that it did not judge, the first
        method of each claim is the main one.

    Returns
    -------
    list of Agreement
        One a claim.

    Examples
    --------
    >>> both = [judge("a", "least squares", -1, -2, -0.5), judge("a", "bootstrap", -0.8, -2, 0.5)]
    >>> [found] = agreements(both)
    >>> found.main.method, found.n_agreeing, found.n_analyses, found.others, found.robust
    ('least squares', 1, 2, ('bootstrap',), False)
    """
    by_id: dict[str, list[Claim]] = {}
    for claim in claims:
        by_id.setdefault(claim.id, []).append(claim)
    return [_agreement(found, main) for _, found in sorted(by_id.items())]


def _agreement(claims: list[Claim], main: str | None) -> Agreement:
    first = next((claim for claim in claims if claim.method == main), claims[0])
    distinct: list[Claim] = []
    for claim in claims:
        if not any(_same_numbers(claim, other) for other in distinct):
            distinct.append(claim)
    return Agreement(
        main=first,
        n_methods=len(claims),
        n_analyses=len(distinct),
        n_agreeing=sum(claim.verdict == first.verdict for claim in distinct),
        n_same_sign=sum(claim.estimate * first.estimate > 0 for claim in distinct),
        others=tuple(claim.method for claim in claims if claim.verdict != first.verdict),
    )


def _same_numbers(one: Claim, other: Claim) -> bool:
    """Whether two methods gave the same verdict, estimate and interval, but for rounding error."""
    pairs = [
        (one.estimate, other.estimate),
        (one.ci_lower, other.ci_lower),
        (one.ci_upper, other.ci_upper),
    ]
    # relative to the largest of them: an end of an interval may lie near 0
    error = 1e-9 * max(abs(value) for pair in pairs for value in pair)
    close = all(math.isclose(x, y, rel_tol=0, abs_tol=error) for x, y in pairs)
    return close and one.verdict == other.verdict


def agreement_table(claims: Iterable[Claim], main: str | None = None) -> pd.DataFrame:
    """Lay the agreement of analyses out as a table, one row a claim.

    Parameters
    ----------
    claims, main
        As in `agreements`.

    Returns
    -------
    DataFrame
        Texts to read, indexed by the claim's letter. ``claim``; ``main analysis``, its verdict;
        ``same verdict`` and ``same sign``, how many of the distinct analyses (the main one
        included) give that verdict, and that sign of the estimate; ``other verdict by``, the
        methods; ``robust``.

    Examples
    --------
    >>> claims = [judge("a", "quasi-Bayesian", -1, -2, -0.5), judge("a", "HC3", -1, -2, 0.5)]
    >>> agreement_table(claims)[["same verdict", "other verdict by", "robust"]].values.tolist()
    [['1 of 2', 'HC3', 'no']]
    """
    import pandas as pd

    rows = {
        one.main.id: {
            "claim": one.main.text,
            "main analysis": one.main.verdict,
            "same verdict": f"{one.n_agreeing} of {one.n_analyses}",
            "same sign": f"{one.n_same_sign} of {one.n_analyses}",
            "other verdict by": ", ".join(one.others) or "none",
            "robust": "yes" if one.robust else "no",
        }
        for one in agreements(claims, main)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def claims_table(claims: Iterable[Claim]) -> pd.DataFrame:
    """Lay claims out as a table, one row a claim and method.

    Returns
    -------
    DataFrame
        Columns ``claim text method estimate ci_lower ci_upper verdict``, and ``reason`` where a
        claim cannot be computed.

    Examples
    --------
    >>> claims_table([judge("a", "HC3", -1, -2, -0.5)])[["claim", "verdict"]].values.tolist()
    [['a', 'supported']]
    """
    import pandas as pd

    claims = list(claims)
    columns = ["id", "text", "method", "estimate", "ci_lower", "ci_upper", "verdict"]
    if any(claim.reason for claim in claims):
        columns.append("reason")
    table = pd.DataFrame([asdict(claim) for claim in claims], columns=columns)
    return table.rename(columns={"id": "claim"})
