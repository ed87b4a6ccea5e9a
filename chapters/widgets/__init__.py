"""Widgets: controls on a page that change a drawing beside them.

A widget is a module that computes what is shown and a script of the same name that draws it; all
share ``fragment.py``, ``parts.js`` and ``widget.css``. None needs a network or a library, and where
scripts do not run a table stands in its place.
"""
