"""Importing jsonschema without its slowest part."""

from __future__ import annotations

import sys


def import_jsonschema() -> None:
    """Import jsonschema before another package does, without what nothing here checks.

    On import it compiles 38 grammars with ``rfc3987_syntax``, for formats such as ``iri``; that
    takes a second, in every process of a build and whenever a study is loaded. The package is
    optional to jsonschema.
    """
    optional = "rfc3987_syntax"
    if "jsonschema" in sys.modules or optional in sys.modules:
        return
    sys.modules[optional] = None  # type: ignore[assignment]  # importing it fails, as it may
    try:
        import jsonschema  # noqa: F401
    finally:
        del sys.modules[optional]
