"""Parameterised notebooks become a book whose every number can be made again and asked for.

A notebook says ``%load_ext millbook``, so that JupyterLab shows the numbers in its text, and
``from millbook import publish``, so that its results are kept; who does its exercises there says
``from millbook import check``.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "errors": ["InputError"],
        "prose": ["load_ipython_extension"],
        "results": ["publish"],
        "sealed_answers": ["check"],
    },
)
