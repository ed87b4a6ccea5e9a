"""Packages that come with an extra: imported when they are used, or the extra is named."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dyadsync.errors import InputError


def import_extra(module: str, what: str, extra: str = "book") -> Any:
    """Import a module of a package that ``pip install dyadsync`` does not bring.

    Parameters
    ----------
    module : str
    what : str
        What needs it; it begins the sentence.
    extra : str
        The extra that brings the package.

    Raises
    ------
    InputError
        Where the package is not installed.

    Examples
    --------
    >>> import_extra("no_such_package", "Reading this table")
    Traceback (most recent call last):
    ...
    dyadsync.errors.InputError: Reading this table needs the package no_such_package, which is not \
installed: pip install 'dyadsync[book]'.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.split(".", maxsplit=1)[0]
        if (error.name or package).split(".", maxsplit=1)[0] != package:
            raise
        raise InputError(
            f"{what} needs the package {package}, which is not installed: "
            f"pip install 'dyadsync[{extra}]'."
        ) from None
