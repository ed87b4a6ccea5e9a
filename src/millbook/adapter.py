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
from typing import Any

from millbook.errors import AdapterError, InputError


def ask(adapter: str | None, function: str, otherwise: Any, *arguments: Any) -> Any:
    """Call a function of an adapter; without one, or where it lacks the function, answer for it."""
    if adapter is None:
        return otherwise
    try:
        module = importlib.import_module(adapter)
    except ImportError as error:
        raise InputError(
            f"_config.yml names the adapter {adapter}, which cannot be imported: {error}."
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
