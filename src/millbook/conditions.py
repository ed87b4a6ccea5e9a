"""Conditions on the data of a book: what chapters, cells and ``{only}`` blocks are for."""

from __future__ import annotations

from collections.abc import Collection


def holds(condition: str | None, tags: Collection[str]) -> bool:
    """Tell whether a condition on the data, as ``{only}`` takes it, holds; None always does.

    Parameters
    ----------
    condition
        Tags joined by ``and``, ``or`` and ``not``.
    tags
        What holds of the data, see `millbook.project.Project.tags`.

    Examples
    --------
    >>> holds("simulated and not outcome", ["simulated"]), holds("phases", [])
    (True, False)
    """
    from sphinx.util.tags import Tags

    return condition is None or bool(Tags([*tags, "html"]).eval_condition(condition))
