"""The names that ``import dyadsync`` promises."""

import importlib
import pkgutil
from types import ModuleType

import dyadsync


def test_the_top_level_lists_its_names_in_order():
    assert dir(dyadsync) == dyadsync.__all__ == sorted(dyadsync.__all__)


def test_no_module_hides_a_name_of_the_top_level():
    """Modules named like a function are imported first, which sets them on their package."""
    modules = {
        module.name
        for module in pkgutil.walk_packages(dyadsync.__path__, "dyadsync.")
        if module.name.rpartition(".")[2] in dyadsync.__all__
    }
    for module in modules:
        importlib.import_module(module)
    hidden = [name for name in dyadsync.__all__ if isinstance(getattr(dyadsync, name), ModuleType)]
    assert hidden == []


CONTRACT = {
    "mediate",
    "sensitivity",
    "power",
    "correlation",
    "influence",
    "replicate",
    "reliability",
    "surrogate_test",
    "pseudo_dyads",
    "pooled_synchrony",
    "dyad_synchrony",
    "session_changes",
    "symptom_reduction",
    "dyad_table",
    "load_study",
    "check_study",
    "Study",
    "Design",
    "simulate_study",
    "write_study",
    "mm_regression",
    "specifications",
    "run_multiverse",
}


def test_the_top_level_has_the_names_that_were_promised():
    assert set(dyadsync.__all__) > CONTRACT
    assert dir(dyadsync) == dyadsync.__all__ == sorted(dyadsync.__all__)
