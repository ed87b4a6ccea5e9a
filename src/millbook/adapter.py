"""What the engine asks a project: the functions of its adapter, a module of its own.

``_config.yml`` names the module, ``millbook: {adapter: package.module}``. No function has to be
there:

``facts(data)``
    What pages know of the data: a mapping that JSON can hold. ``title`` is that of the book,
    ``authors`` are names as a document shows them.
``parameters(data, values)``
    The values in force, where one hangs on the data.
``check(data, values)``
    Raises `millbook.InputError` where the data cannot be used; gives sentences to be said before
    anything runs.
``last_words(results)``
    What a command says at the end of a build.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from millbook.errors import AdapterError, InputError

__all__ = ["Adapter", "AdapterError"]


class Adapter:
    """Calls the functions of a project's adapter, and answers for those that it lacks.

    Parameters
    ----------
    name
        The module; None where a project has no adapter.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name

    def facts(self, data: Path) -> dict[str, Any]:
        """Give what pages know of the data."""
        return dict(self._call("facts", {}, data))

    def parameters(self, data: Path, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the values in force."""
        return dict(self._call("parameters", values, data, dict(values)))

    def check(self, data: Path, values: Mapping[str, Any]) -> list[str]:
        """Check the data, and give what is to be said of them."""
        return list(self._call("check", [], data, dict(values)))

    def last_words(self, results: Path) -> str:
        """Give what is said at the end of a build."""
        return str(self._call("last_words", "", results))

    def _call(self, function: str, otherwise: Any, *arguments: Any) -> Any:
        if self._name is None:
            return otherwise
        try:
            module = importlib.import_module(self._name)
        except ImportError as error:
            raise InputError(
                f"_config.yml names the adapter {self._name}, which cannot be imported: {error}."
            ) from None
        if not hasattr(module, function):
            return otherwise
        try:
            return getattr(module, function)(*arguments)
        except InputError:
            raise
        except Exception as error:
            raise AdapterError(
                f"The adapter failed: {function} of {module.__file__} raised "
                f"{type(error).__name__}: {error}"
            ) from error
