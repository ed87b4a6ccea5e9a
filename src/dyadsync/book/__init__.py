"""The machinery that turns chapters into a site. The science never imports it."""

from __future__ import annotations

import sys


def import_jsonschema() -> None:
    """Import jsonschema before another package does, without its slowest part.

    On import it compiles 38 grammars with ``rfc3987_syntax``, for formats such as ``iri`` that
    nothing here checks; that takes a second, in every process of a build. It can do without.
    """
    if "jsonschema" in sys.modules or "rfc3987_syntax" in sys.modules:
        return
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        import jsonschema  # noqa: F401
    finally:
        del sys.modules["rfc3987_syntax"]
