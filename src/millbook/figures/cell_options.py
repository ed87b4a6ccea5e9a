"""The option lines at the top of a code cell: a figure's label, caption and alternative text.

They are YAML behind ``#|``, the convention of Quarto and MyST::

    #| label: fig-weights
    #| caption: Weight by species, a dot a penguin.
    #| alt: Dots in three columns; those of the third lie
    #|   above all others.

With ``#| optional: true`` the cell may draw nothing, where some data have nothing to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from millbook.errors import InputError

_MARK = "#|"
_OF_FIGURE = ("label", "caption", "alt")


def read_options(source: str, cell: str = "") -> dict[str, Any]:
    r"""Read the option lines of a cell; without any, an empty mapping.

    Parameters
    ----------
    source
        The code of the cell.
    cell
        Its id, for an error's sentence.

    Examples
    --------
    >>> read_options("#| label: fig-a\n#| alt: One\n#|   two\nplot()")
    {'label': 'fig-a', 'alt': 'One two'}
    """
    lines = [line.removeprefix(_MARK) for line in _option_lines(source)]
    try:
        options = yaml.safe_load("\n".join(lines)) or {}
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = lines[min(where.line, len(lines) - 1)].strip() if where else ""
        raise InputError(
            f"The option lines of cell {cell} are no YAML at “{line}”; put a text with a colon, a "
            "brace or a backtick in quotes."
        ) from None
    if not isinstance(options, dict):
        raise InputError(f"The option lines of cell {cell} must be names and values: #| name: ...")
    return options


def without_options(source: str) -> str:
    """Give the code of a cell below its option lines."""
    return "\n".join(source.split("\n")[len(_option_lines(source)) :]).lstrip("\n")


def is_figure(options: Mapping[str, Any]) -> bool:
    """Check whether the options of a cell declare a figure."""
    return any(name in options for name in _OF_FIGURE)


def figure_metadata(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the metadata by which MyST-NB shows a cell's picture as a figure."""
    figure = {"caption": options.get("caption"), "name": options.get("label")}
    figure = {key: str(value) for key, value in figure.items() if value is not None}
    image = {"alt": str(options["alt"])} if "alt" in options else {}
    return {key: value for key, value in {"figure": figure, "image": image}.items() if value}


def _option_lines(source: str) -> list[str]:
    lines = []
    for line in source.split("\n"):
        if not line.startswith(_MARK):
            break
        lines.append(line)
    return lines
