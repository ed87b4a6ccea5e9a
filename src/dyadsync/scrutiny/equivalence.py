"""Is an effect small, or only unknown? Two one-sided tests against a smallest effect of interest.

An interval that contains 0 does not say that there is nothing. What would be too small to matter
is stated beforehand; where the 1 - 2 alpha interval lies within plus and minus that, the effect is
smaller than what matters at level alpha (Schuirmann 1987, doi:10.1007/BF01068419; Lakens 2017,
doi:10.1177/1948550617697177).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dyadsync.checks import check_choice, check_positive, check_share
from dyadsync.errors import InputError
from dyadsync.intervals import percentile_interval
from dyadsync.mediation.result import MediationResult
from dyadsync.printed import Printed


@dataclass(frozen=True, repr=False)
class Equivalence(Printed):
    """What `equivalence` found."""

    effect: str
    """A row of the result's table."""
    smallest: float
    """The smallest effect of interest, above 0."""
    alpha: float
    estimate: float
    ci_lower: float
    """Ends of the equivalence interval, of level 1 - 2 alpha."""
    ci_upper: float
    p_value: float
    """P-value of the hypothesis that the effect is at least `smallest` in size."""
    differs: bool
    """Whether the analysis's own interval leaves out zero."""

    @property
    def table(self) -> pd.DataFrame:
        """The effect, its equivalence interval and p-value, in one row."""
        row = {
            name: getattr(self, name) for name in ("estimate", "ci_lower", "ci_upper", "p_value")
        }
        return pd.DataFrame(row, index=[self.effect])

    def _title(self) -> str:
        return f"Equivalence to ±{self.smallest:.2f}: {self.verdict}"

    def _text(self) -> str:
        return self.in_words()

    @property
    def small(self) -> bool:
        """Whether the equivalence interval lies within plus and minus `smallest`."""
        return -self.smallest < self.ci_lower and self.ci_upper < self.smallest

    @property
    def large(self) -> bool:
        """Whether it lies wholly beyond `smallest` on one side."""
        return self.ci_lower > self.smallest or self.ci_upper < -self.smallest

    @property
    def verdict(self) -> str:
        """What can be said of the effect, in a few words."""
        if self.small:
            return "there, but too small to matter" if self.differs else "too small to matter"
        if self.large:
            return "large enough to matter"
        return (
            "different from zero, but it is unclear whether it matters"
            if self.differs
            else "unclear"
        )

    def in_words(self) -> str:
        """Say the verdict with the interval that it rests on."""
        place = "inside" if self.small else "wholly outside" if self.large else "not inside"
        return (
            f"With a smallest effect of interest of {self.smallest:.2f} the effect is "
            f"{self.verdict}: the {100 * (1 - 2 * self.alpha):g} % interval, {self.ci_lower:z.2f} "
            f"to {self.ci_upper:z.2f}, is {place} ±{self.smallest:.2f}."
        )


def equivalence(
    result: MediationResult, smallest: float, *, effect: str = "ACME", alpha: float = 0.05
) -> Equivalence:
    """Compare an effect with the smallest one that would matter.

    Parameters
    ----------
    result : MediationResult
        From `mediate`; its draws are used, so its intervals must be percentiles of them.
    smallest : float
        Smallest effect of interest in size, in the units of the table. It has to be stated for
        reasons outside these data.
    effect : str
        A row of ``result.table``.
    alpha : float
        Level of each of the two one-sided tests, below 0.5.

    Returns
    -------
    Equivalence
        The draws' percentiles make its level approximate: for alpha .05 an effect at the limit is
        called smaller in 3 to 7.5 % of studies of 37 to 320 dyads
        (``benchmarks/equivalence_size.csv``).

    Raises
    ------
    InputError
        For a smallest effect that is not above 0, an unknown effect, and BCa intervals.

    Examples
    --------
    >>> import pingouin
    >>> from dyadsync import mediate
    >>> result = mediate(pingouin.read_dataset("mediation"), "X", "M", "Y", rng=1)
    >>> equivalence(result, 0.1).verdict, equivalence(result, 0.1, effect="ADE").verdict
    ('large enough to matter', 'unclear')
    """
    smallest = check_positive("smallest", smallest)
    alpha = check_share("alpha", alpha, below=0.5)
    check_choice("effect", effect, result.table.index)
    if result.interval != "percentile":
        raise InputError(
            "equivalence reads percentiles of the draws; use a method with percentile intervals, "
            "such as method='bootstrap'."
        )
    draws = result.draws[effect].to_numpy(float)
    row = result.table.loc[effect]
    low, high = percentile_interval(draws, 1 - 2 * alpha)
    beyond = max(int((draws >= smallest).sum()), int((draws <= -smallest).sum()))
    return Equivalence(
        effect,
        smallest,
        alpha,
        float(row.estimate),
        float(low),
        float(high),
        (beyond + 1) / (len(draws) + 1),
        bool(row.ci_lower > 0 or row.ci_upper < 0),
    )
