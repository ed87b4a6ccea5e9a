"""Things to turn on a page: each a fragment of HTML with its numbers, and a small script.

A widget is a module that computes what is shown and a script of the same name that draws it; all
share ``parts.js`` and ``widget.css``. None needs a network or a library, and where scripts do not
run its table stands in its place.
"""
