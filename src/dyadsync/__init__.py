"""Oxytocin synchrony between patients and therapists: the science behind the chapters.

Every public name stands here, and here only; a module is imported when one of its names is first
used, so ``import dyadsync`` is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_MODULES = {
    name: module
    for module, names in {
        "errors": ["InputError"],
        "scrutiny.measurement.pseudo_dyads": ["pseudo_dyads"],
        "scrutiny.measurement.reliability": ["reliability"],
        "scrutiny.measurement.surrogates": ["surrogate_test"],
        "mediation.confounding": ["SensitivityResult", "sensitivity"],
        "scrutiny.equivalence": ["Equivalence", "equivalence"],
        "mediation.influence": ["influence"],
        "mediation.mediate": ["mediate"],
        "mediation.result": ["MediationResult"],
        "scrutiny.missing.unseen": ["TippingPoint", "tipping_point"],
        "regression.correlation": ["correlation"],
        "regression.mm": ["RegressionResult", "mm_regression"],
        "scrutiny.multiverse.joint": ["JointTests", "joint_tests"],
        "scrutiny.multiverse.run": ["MultiverseResult", "run_multiverse"],
        "replication.replicate": ["ReplicationResult", "replicate"],
        "scrutiny.multiverse.specifications": ["specifications"],
        "scrutiny.simulation.design": ["Design"],
        "scrutiny.simulation.detectable": ["Detectable", "detectable"],
        "scrutiny.simulation.simulated_study": ["simulate_study", "write_study"],
        "scrutiny.simulation.simulated_power": ["PowerResult", "power"],
        "study.load": ["Study", "check_study", "load_study"],
        "study.outcome": ["outcome_ratings", "symptom_reduction"],
        "study.problems": ["DataError", "Problem"],
        "synchrony.changes": ["session_changes"],
        "synchrony.dyads": ["dyad_synchrony"],
        "synchrony.pooled": ["pooled_synchrony"],
        "synchrony.dyad_table": ["dyad_table"],
        "scrutiny.timing.lags": ["Lags", "session_lags"],
        "scrutiny.timing.order": ["SessionOrder", "session_order"],
    }.items()
    for name in names
}
__all__: list[str] = sorted([*_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
