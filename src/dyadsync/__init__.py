"""Oxytocin synchrony between patients and therapists: the science behind the chapters.

Every name below can be had as ``from dyadsync import mediate``. ``import dyadsync`` is cheap: a
module is imported when one of its names is first used.
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.1.0"

__getattr__, _, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "correlation": ["correlation"],
        "errors": ["InputError"],
        "mediation.confounding": ["SensitivityResult", "sensitivity"],
        "mediation.influence": ["influence"],
        "mediation.mediate": ["mediate"],
        "mediation.result": ["MediationResult"],
        "power": ["power"],
        "regression.mm": ["RegressionResult", "mm_regression"],
        "robustness.replicate": ["ReplicationResult", "replicate"],
        "simulate": ["Design", "simulate_study", "write_study"],
        "study": [
            "DataError",
            "Problem",
            "Study",
            "check_study",
            "dyad_table",
            "load_study",
            "symptom_reduction",
        ],
        "surrogates": ["pseudo_dyads", "surrogate_test"],
        "synchrony": ["dyad_synchrony", "pooled_synchrony", "reliability", "session_changes"],
    },
)
__all__ = sorted([*__all__, "__version__"])


def __dir__() -> list[str]:
    return sorted(__all__)
