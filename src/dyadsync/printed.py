"""How a result prints, in a terminal and in a notebook: title, table, a sentence on it, notes."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd


def written(table: pd.DataFrame, decimals: int = 2) -> pd.DataFrame:
    """Write the numbers of a table with so many decimals; a dash where there is none.

    Examples
    --------
    >>> written(pd.DataFrame({"estimate": [0.126, None], "dyads": [37, 4]})).to_numpy().tolist()
    [['0.13', 37], ['–', 4]]
    """

    def text(value: Any) -> Any:
        if not isinstance(value, float):
            return value
        return "–" if pd.isna(value) else f"{value:z.{decimals}f}"

    return table.astype(object).map(text)


class Printed:
    """A result that prints the same way as all others.

    A result has its ``table``; what else it shows, it says by these methods and by ``notes``.
    """

    table: Any
    notes: tuple[str, ...] = ()
    decimals: ClassVar[int] = 2

    def _title(self) -> str:
        return ""

    def _shown(self) -> pd.DataFrame:
        return written(self.table, self.decimals)

    def _text(self) -> str:
        return ""

    def __repr__(self) -> str:
        table = self._shown()
        lines = [self._title(), table.to_string(index=_named(table)), self._text(), *self.notes]
        return "\n".join(filter(None, lines))

    def _repr_html_(self) -> str:
        from html import escape

        table = self._shown()
        title = escape(self._title())
        text = "<br>".join(escape(line) for line in [self._text(), *self.notes] if line)
        html: str = (
            (f"<p><strong>{title}</strong></p>" if title else "")
            + table.to_html(border=0, index=_named(table))
            + (f"<p><small>{text}</small></p>" if text else "")
        )
        return html


def _named(table: pd.DataFrame) -> bool:
    """Whether the index says what the rows are, and does not only count them."""
    return not isinstance(table.index, pd.RangeIndex)
