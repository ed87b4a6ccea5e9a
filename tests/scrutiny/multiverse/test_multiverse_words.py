"""What a multiverse says of itself, where none, one, some and all of its analyses agree."""

import pandas as pd
import pytest

from dyadsync.scrutiny.multiverse.joint import JointTests
from dyadsync.scrutiny.multiverse.run import MultiverseResult


def multiverse():
    return MultiverseResult(pd.DataFrame(), pd.DataFrame(), seed=1, n_draws=100)


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ([False, False], "turned by none of 2 single changes"),
        ([True, False], "turned by 1 of 2 single changes: change score log_ratio"),
        ([True, True], "turned by both single changes: change score log_ratio, measure spearman"),
    ],
)
def test_turning_in_words(monkeypatch, turns, words):
    changed = pd.DataFrame(
        {"choice": ["change", "measure"], "option": ["log_ratio", "spearman"], "turns": turns}
    )
    monkeypatch.setattr(MultiverseResult, "turning_choices", lambda *_: changed)
    said = multiverse().turning_in_words()
    assert said.startswith(words.split(":")[0])
    assert said.count("log_ratio") + said.count("spearman") == sum(turns)


@pytest.mark.parametrize(
    ("supported", "words"),
    [
        (1.0, "hardly depends on the choices: it is supported in 100 % of the analyses"),
        (0.6, "holds for most choices, not for all: it is supported in 60 % of the analyses"),
        (0.4, "depends on the choices: it is supported in 40 % of the analyses"),
        (0.0, "is found by hardly any of the choices: it is supported in 0 % of the analyses"),
    ],
)
def test_strength_in_words(monkeypatch, supported, words):
    verdicts = pd.DataFrame({"supported": [supported]}, index=["acme"])
    monkeypatch.setattr(MultiverseResult, "verdicts", lambda _: verdicts)
    assert multiverse().strength_in_words() == words


def joint(p_curve, *p_models):
    statistics = ["median", "share", "stouffer"]
    curve = pd.DataFrame(
        {"effect": "acme", "statistic": statistics, "p_value": [p_curve, 0.9, 0.9]}
    )
    models = pd.DataFrame({f"{name}_p_value": p_models for name in ("a", "b", "acme")})
    return JointTests(curve, models, n_flips=99, n_dyads=37)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            joint(0.2, 0.9, 0.9, 0.9),
            "the median of the curve is not beyond chance (p = 0.2), "
            "and none of 3 pairs of models is significant after correction",
        ),
        (
            joint(0.01, 0.01, 0.9, 0.9),
            "the median of the curve is beyond chance (p = 0.01), "
            "and 1 of 3 pairs of models is significant after correction",
        ),
        (
            joint(0.01, 0.01, 0.01, 0.01),
            "the median of the curve is beyond chance (p = 0.01), "
            "and all 3 pairs of models are significant after correction",
        ),
    ],
)
def test_the_curve_and_its_models_in_words(found, words):
    assert found.curve_in_words() == words


def test_statistics_of_the_curve_and_models_are_counted():
    one = joint(0.01, 0.9, 0.9).in_words("acme")
    assert one.startswith(
        "1 of 3 statistics of the curve is beyond chance (p = 0.01 for the median, "
    )
    assert one.endswith("; none of 2 pairs of models is significant after correction")
    several = joint(0.2, 0.01, 0.01).in_words("acme")
    assert several.endswith("; both pairs of models are significant after correction")


def test_a_rare_verdict_is_not_called_none():
    verdicts = ["supported"] * 700 + ["inconclusive"] * 299 + ["contradicted"]
    found = MultiverseResult(
        pd.DataFrame({f"{effect}_verdict": verdicts for effect in ("a", "b", "acme")}).assign(
            a_estimate=0.0, b_estimate=0.0, acme_estimate=0.0
        ),
        pd.DataFrame(),
        seed=1,
        n_draws=100,
    )
    words = (
        "supported in 70 % of 1,000 analyses, inconclusive in 30 % and contradicted in under 1 %"
    )
    assert found.verdict_in_words("b") == words
