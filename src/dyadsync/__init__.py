"""Oxytocin synchrony between patients and therapists: the science behind the chapters.

``import dyadsync`` is cheap: a module is imported when one of its names is first used.
Where a module and its function share a name, import the function from the module, as in
``from dyadsync.sensitivity import sensitivity``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_ROOMS = {
    "study": [
        "DataError",
        "Problem",
        "Study",
        "check_study",
        "dyad_table",
        "load_study",
        "symptom_reduction",
    ],
    "simulate": ["Design", "simulate_study", "write_study"],
    "synchrony": ["dyad_synchrony", "reliability", "session_changes"],
    "surrogates": ["pseudo_dyads", "surrogate_test"],
    "mediation": ["MediationResult", "mediate"],
    "regression.mm": ["mm_regression"],
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'dyadsync' has no attribute '{name}'")
    return getattr(import_module(f"dyadsync.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
