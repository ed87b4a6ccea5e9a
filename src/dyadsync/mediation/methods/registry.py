"""Every method of mediation: its name, how it draws, and the analyses in which it has a meaning.

A new method is a function in a file of its own that returns a `Fit`, and an entry in `METHODS`.
A method that lives behind the front rooms is entered by its place, and loaded when it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, cast, get_args

import numpy as np

from dyadsync.checks import check_choice
from dyadsync.errors import InputError
from dyadsync.mediation.coefficients import Fit, Settings
from dyadsync.mediation.methods.bootstrap import bootstrap, bootstrap_bca
from dyadsync.mediation.methods.huber import huber
from dyadsync.mediation.methods.median import median
from dyadsync.mediation.methods.quasi_bayesian import quasi_bayesian
from dyadsync.mediation.methods.robust import robust, robust_bca
from dyadsync.mediation.sample import MediationData, MediatorModel, Outcome

Draw = Callable[[MediationData, Settings, np.random.Generator], Fit]

OUTCOMES = get_args(Outcome)
"""Models of the outcome."""

MEDIATOR_MODELS = get_args(MediatorModel)
"""Models of the mediator."""

_REFITTED = ("linear", "logit", "probit", "poisson")  # vectorised over resamples

VCOVS = ("classical", "HC3", "CR2")
"""Covariances of the coefficients: HC3 is of independent rows, CR2 of clusters."""


@dataclass(frozen=True)
class Method:
    """A way to draw the coefficients, and the parts of an analysis that it can do."""

    function: Draw | str
    """The function, or where it is: ``"module:function"``."""
    label: str
    """What figures and tables call it."""
    why: str = ""
    """Why an analyst would choose it: its line among the choices of a multiverse; without one it
    is not among them."""
    resamples: bool = False
    """Whether the models are fitted to resamples of rows, or of clusters."""
    withstands_outliers: bool = False
    outcome: tuple[str, ...] = ("linear",)
    mediator_model: tuple[str, ...] = ("linear",)
    vcov: tuple[str, ...] = ("classical",)
    interaction: bool = True
    several_mediators: bool = True
    cluster: bool = True
    clusters_only: bool = False
    """Whether the method has no meaning without clusters."""
    small_sample: bool = False
    imputed: bool = True
    """Whether draws from completed samples can be joined."""
    weights: bool = False
    """Whether rows may have weights."""
    moderator: bool = False
    several_values: bool = False
    """Whether the cause may have several unordered values."""
    of_correlations: bool = False
    """Whether the mediator is a correlation, whose number of pairs the data must then hold."""
    ratings: bool = False
    """Whether the outcome may be given as the ratings whose slope it is."""

    @property
    def draw(self) -> Draw:
        """The function that fits both models and draws their coefficients."""
        if isinstance(self.function, str):
            return cast("Draw", resolve_name(self.function))
        return self.function

    def covers(self, part: str, value: Any) -> bool:
        """Whether this part of the analysis may take this value."""
        scope = getattr(self, part)
        return value in scope if isinstance(scope, tuple) else scope


_LEAST_SQUARES: dict[str, Any] = {
    "mediator_model": MEDIATOR_MODELS,
    "weights": True,
    "moderator": True,
    "several_values": True,
}

METHODS: dict[str, Method] = {
    "quasi-bayesian": Method(
        quasi_bayesian,
        "quasi-Bayesian",
        "The paper's method: draws from the estimates' distribution.",
        outcome=OUTCOMES,
        vcov=VCOVS,
        small_sample=True,
        **_LEAST_SQUARES,
    ),
    "bootstrap": Method(
        bootstrap,
        "bootstrap",
        "A product of two slopes is not normal.",
        resamples=True,
        outcome=_REFITTED,
        **_LEAST_SQUARES,
    ),
    "bootstrap-bca": Method(
        bootstrap_bca,
        "BCa bootstrap",
        "The bootstrap's percentiles may be biased.",
        resamples=True,
        outcome=_REFITTED,
        imputed=False,
        **_LEAST_SQUARES,
    ),
    "robust": Method(
        robust,
        "MM-regression",
        "A few odd dyads should not decide.",
        resamples=True,
        withstands_outliers=True,
        moderator=True,
        several_values=True,
    ),
    "robust-bca": Method(
        robust_bca,
        "MM-regression, BCa",
        resamples=True,
        withstands_outliers=True,
        imputed=False,
        moderator=True,
        several_values=True,
    ),
    "huber": Method(
        huber,
        "Huber covariance",
        "As robust, with weights that fall off gently.",
        resamples=True,
        withstands_outliers=True,
        interaction=False,
    ),
    "median": Method(
        median,
        "median regression",
        "The typical patient, not the mean.",
        resamples=True,
        withstands_outliers=True,
        moderator=True,
        several_values=True,
    ),
    "latent": Method(
        "dyadsync.scrutiny.latent.fit:latent",
        "latent synchrony",
        "Synchrony from few pairs has an error of known size.",
        outcome=("linear", "logit", "probit"),
        interaction=False,
        several_mediators=False,
        imputed=False,
        of_correlations=True,
        ratings=True,
    ),
    "wild-cluster": Method(
        "dyadsync.scrutiny.clusters.wild_cluster:wild_cluster",
        "wild cluster bootstrap",
        "Few clusters make tails that no formula gives.",
        clusters_only=True,
        imputed=False,
    ),
    "mixed": Method(
        "dyadsync.scrutiny.clusters.mixed:mixed",
        "random effects of clusters",
        "Patients of one therapist should be compared with each other.",
        interaction=False,
        clusters_only=True,
        small_sample=True,
        imputed=False,
    ),
}
"""Methods by the name that `mediate` knows them by."""

_WORDS = {
    "outcome": "outcome='{}'",
    "vcov": "vcov='{}'",
    "interaction": "interaction=True",
    "several_mediators": "several mediators",
    "cluster": "cluster=",
    "small_sample": "small_sample=True",
    "imputed": "missing='impute'",
    "mediator_model": "mediator_model='{}'",
    "weights": "weights=",
    "ratings": "ratings=",
    "moderator": "moderator=",
    "several_values": "a cause of several unordered values",
}


def check_combination(method: str, **asked: Any) -> Method:
    """Give the method, or refuse what has no meaning with it and list the methods that have.

    What is asked has the names of the fields of `Method`: the models and the covariance where they
    are others than the plain ones, True for what else is asked for.
    """
    plain = {"outcome": "linear", "mediator_model": "linear", "vcov": "classical"}
    asked = dict.fromkeys(_WORDS, False) | plain | asked
    check_choice("method", method, METHODS)
    check_choice("outcome", asked["outcome"], OUTCOMES)
    check_choice("mediator_model", asked["mediator_model"], MEDIATOR_MODELS)
    check_choice("vcov", asked["vcov"], VCOVS)
    linear = asked["outcome"] == asked["mediator_model"] == "linear"
    if asked["cluster"] and asked["vcov"] == "HC3":
        raise InputError(
            "vcov='HC3' takes rows as independent, cluster= does not: use one of them."
        )
    if asked["vcov"] == "CR2":
        if not asked["cluster"]:
            raise InputError("vcov='CR2' is for clusters: name them by cluster=, or use 'HC3'.")
        if not linear or asked["small_sample"]:
            raise InputError(
                "vcov='CR2' is for linear models and has degrees of freedom of its own: "
                "use it without small_sample=True."
            )
    if METHODS[method].clusters_only and not asked["cluster"]:
        raise InputError(f"method='{method}' is for clusters: name them by cluster=.")
    if asked["small_sample"] and not linear:
        raise InputError(
            "small_sample=True draws residual variances, which binary variables and counts have "
            "not: use it with linear models."
        )
    if asked["mediator_model"] != "linear" and asked["several_mediators"]:
        raise InputError("A binary mediator's model takes one mediator: name one column as m.")
    if asked["ratings"] and asked["outcome"] != "linear":
        raise InputError("With ratings= the outcome is a slope: use outcome='linear'.")
    if asked["weights"] and asked["outcome"] == "negative-binomial":
        raise InputError("outcome='negative-binomial' takes no weights=; 'poisson' does.")
    if asked["moderator"] and asked["several_values"]:
        raise InputError(
            "moderator= is for a cause that is a number, not for one of several unordered values."
        )
    if asked["imputed"]:
        _check_imputable(asked)
    for part, value in asked.items():
        if value is not False and not METHODS[method].covers(part, value):
            able = [name for name, one in METHODS.items() if one.covers(part, value)]
            raise InputError(
                f"method='{method}' has no {_WORDS[part].format(value)}. "
                f"Methods that have: {', '.join(repr(name) for name in able)}."
            )
    return METHODS[method]


def _check_imputable(asked: dict[str, Any]) -> None:
    """Refuse with missing='impute' what its joint normal model does not have."""
    if asked["interaction"]:
        raise InputError(
            "missing='impute' draws from a joint normal model, in which x and m do not interact: "
            "use interaction=False or missing='drop'."
        )
    other = [part for part in ("moderator", "weights", "several_values") if asked[part]]
    other += ["mediator_model"] if asked["mediator_model"] != "linear" else []
    other += ["outcome"] if asked["outcome"] not in ("linear", "logit", "probit") else []
    if other:
        raise InputError(
            "missing='impute' draws from a joint normal model and has no "
            f"{_WORDS[other[0]].format(asked[other[0]])}: use missing='drop'."
        )
