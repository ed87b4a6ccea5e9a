"""Counts in sentences."""

from __future__ import annotations


def of_all(n: int, total: int, what: str = "", verb: str = "") -> str:
    """Write how many of all, so that none, one and all read well: the subject of a sentence.

    Parameters
    ----------
    n, total : int
        How many of how many.
    what : str
        What is counted, as one says it of several.
    verb : str
        What they do, as one says it of one and of several: ``"leaves/leave out zero"``.

    Examples
    --------
    >>> of_all(5, 37, "dyads")
    '5 of 37 dyads'
    >>> of_all(37, 37, "dyads"), of_all(2, 2, "claims"), of_all(0, 37, "dyads")
    ('all 37 dyads', 'both claims', 'none of 37 dyads')
    >>> of_all(1, 6, "intervals", "leaves/leave out zero")
    '1 of 6 intervals leaves out zero'
    >>> of_all(6, 6, "intervals", "leaves/leave out zero")
    'all 6 intervals leave out zero'
    """
    counted = f"{total:,} {what}".strip()
    if n == 0:
        subject = f"none of {counted}"
    elif n == total == 2:
        subject = f"both {what}".strip()
    elif n == total > 2:
        subject = f"all {counted}"
    else:
        subject = f"{n:,} of {counted}"
    one, _, several = verb.partition("/")
    first, _, rest = several.partition(" ")
    does = f"{one if n < 2 else first} {rest}".strip()
    return f"{subject} {does}".strip()
