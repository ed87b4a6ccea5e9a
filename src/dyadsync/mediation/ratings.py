"""The ratings behind an outcome that is each dyad's least-squares slope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dyadsync.arrays import Array
from dyadsync.errors import InputError

_FEWEST_SPARE = 10


@dataclass(frozen=True)
class Ratings:
    """All that a straight line with normal errors uses of each dyad's ratings; shapes (n,)."""

    count: Array
    time: Array
    """Mean time."""
    level: Array
    """Mean rating."""
    time_time: Array
    """Sum of squared times about their mean."""
    time_level: Array
    """Sum of products of times and ratings about their means."""
    level_level: Array
    """Sum of squared ratings about their mean."""

    @classmethod
    def of(cls, dyad: NDArray[np.intp], time: Array, rating: Array) -> Ratings:
        """Sum up ratings of the dyads 0 .. n-1; one whose dyad is -1 is left out.

        Examples
        --------
        >>> ratings = Ratings.of(np.array([0, 0, 0, 1, 1]), np.arange(5.0), np.arange(5.0) ** 2)
        >>> ratings.slope.tolist()
        [2.0, 7.0]
        """
        kept = dyad >= 0
        dyad, time, rating = dyad[kept], time[kept], rating[kept]
        n = int(dyad.max(initial=-1)) + 1

        def total(values: Array | None) -> Array:
            return np.bincount(dyad, values, n).astype(float)

        count = total(None)
        mean_time, mean = total(time) / count, total(rating) / count
        time, rating = time - mean_time[dyad], rating - mean[dyad]
        products = ((time, time), (time, rating), (rating, rating))
        return cls(count, mean_time, mean, *(total(left * right) for left, right in products))

    @property
    def slope(self) -> Array:
        """Least-squares slopes."""
        return np.asarray(self.time_level / self.time_time)

    @property
    def scatter(self) -> Array:
        """Sums of squared ratings about each dyad's own line."""
        return np.asarray(np.maximum(self.level_level - self.slope * self.time_level, 0.0))

    def __getitem__(self, rows: Any) -> Ratings:
        """Select dyads."""
        return replace(self, **{name: values[rows] for name, values in vars(self).items()})

    def standardised(self, slope: float, scale: float) -> Ratings:
        """Take a common line of this slope out, and give times and slopes other units.

        Times are then about their mean, in units of their SD within dyads, and slopes are divided
        by the scale.
        """
        total = self.count.sum()
        time = self.time - (self.count * self.time).sum() / total
        unit = np.sqrt(self.time_time.sum() / total)
        level = self.level - slope * time
        cross = self.time_level - slope * self.time_time
        square = self.level_level - slope * (self.time_level + cross)
        return Ratings(
            self.count,
            time / unit,
            (level - level.mean()) / (scale * unit),
            self.time_time / unit**2,
            cross / (scale * unit**2),
            square / (scale * unit) ** 2,
        )

    def check(self, y: Array, names: Sequence[Any], outcome: str) -> None:
        """Refuse ratings that say nothing of an error, or whose slopes are not the outcome y, (n,).

        `names` are what the dyads, `outcome` is what the outcome is called.
        """
        few = self.time_time <= 0
        if few.any():
            raise InputError(
                f"ratings= has fewer than two times for dyad '{names[int(np.argmax(few))]}', which "
                f"has a value of '{outcome}'."
            )
        off = np.abs(self.slope - y) > 1e-6 * np.abs(y).max()
        if off.any():
            row = int(np.argmax(off))
            raise InputError(
                f"The slope of dyad '{names[row]}' in ratings= is {self.slope[row]:.4g}, but its "
                f"'{outcome}' is {y[row]:.4g}. With ratings= the outcome must be their "
                "least-squares slope: take symptom_reduction(study) and outcome_ratings(study)."
            )
        spare = int((self.count - 2).sum())
        if spare < _FEWEST_SPARE:
            raise InputError(
                "ratings= needs more than two ratings of a dyad to tell error from change: there "
                f"are {spare} beyond two a dyad, and at least {_FEWEST_SPARE} are needed."
            )
        if self.scatter.sum() <= 1e-9 * self.level_level.sum():
            raise InputError(
                "No rating departs from its dyad's own line, so the slopes have no error: leave "
                "ratings= out."
            )
