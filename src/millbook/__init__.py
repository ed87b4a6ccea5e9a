"""Parameterised notebooks become a book whose every number can be made again and asked for.

A notebook says ``%load_ext millbook``, so that JupyterLab shows the numbers in its text, and
``from millbook import publish``, so that its results are kept; who does its exercises there says
``from millbook import check``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millbook.errors import InputError
from millbook.prose import load_ipython_extension

if TYPE_CHECKING:
    from millbook.results import publish
    from millbook.sealed_answers import check

__all__ = ["InputError", "check", "load_ipython_extension", "publish"]


def __getattr__(name: str) -> Any:
    if name == "publish":
        from millbook.results import publish

        return publish
    if name == "check":
        from millbook.sealed_answers import check

        return check
    raise AttributeError(f"module 'millbook' has no attribute {name!r}")
