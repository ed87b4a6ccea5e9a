"""`mediate`: options, properties that any method must have, and refusals."""

import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.methods.registry import METHODS
from tests.reference_tables import dyads

MAIN = ["ACME", "ADE", "Total effect"]


def bad(message, data=None, **options):
    data = dyads(37) if data is None else data
    arguments = {"x": "x", "m": "m", "y": "y", "n_draws": 200, "rng": 0, **options}
    names = [arguments.pop(key) for key in ("x", "m", "y")]
    with pytest.raises(InputError, match=message):
        mediate(data, *names, **arguments)


@pytest.mark.parametrize("outcome", ["logit", "probit"])
def test_two_mediators_with_a_binary_outcome_agree_with_simulated_potential_outcomes(outcome):
    """The integrals against brute force: half a million simulated mediators."""
    from scipy.special import expit, ndtr

    rng = np.random.default_rng(5)
    n = 400
    x, c = rng.normal(size=(2, n))
    noise = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=n)
    data = pd.DataFrame({"x": x, "c": c, "m1": 0.8 * x + noise[:, 0], "m2": -x + noise[:, 1]})
    data["y"] = (data["m1"] + 0.5 * data["m2"] + c + rng.logistic(size=n) > 0).astype(int)
    result = mediate(
        data, "x", ["m1", "m2"], "y", covariates=["c"], outcome=outcome, interaction=True,
        n_draws=100, contrast=(-0.5, 1), rng=1,
    )  # fmt: skip
    models = {name: table["estimate"] for name, table in result.models.items()}
    design = np.column_stack([np.ones(n), x, c])
    residuals = np.column_stack([data[m] - design @ models[m] for m in ("m1", "m2")])
    sigma = residuals.T @ residuals / (n - 3)
    draws = 500_000
    rows = rng.integers(n, size=draws)
    e = rng.multivariate_normal([0, 0], sigma, size=draws)
    link = expit if outcome == "logit" else ndtr
    y = models["y"]

    def mean_outcome(t, at):
        m = [
            models[f"m{j + 1}"]["Intercept"] + models[f"m{j + 1}"]["x"] * at[j]
            + models[f"m{j + 1}"]["c"] * c[rows] + e[:, j]
            for j in (0, 1)
        ]  # fmt: skip
        eta = y["Intercept"] + y["x"] * t + y["c"] * c[rows]
        for j, name in enumerate(["m1", "m2"]):
            eta = eta + (y[name] + y[f"x:{name}"] * t) * m[j]
        return link(eta).mean()

    low, high = -0.5, 1
    expected = {
        "ACME (control)": mean_outcome(low, [high, high]) - mean_outcome(low, [low, low]),
        "ADE (treated)": mean_outcome(high, [high, high]) - mean_outcome(low, [high, high]),
        "ACME (m1)": (
            mean_outcome(low, [high, low]) - mean_outcome(low, [low, low])
            + mean_outcome(high, [high, high]) - mean_outcome(high, [low, high])
        ) / 2,
    }  # fmt: skip
    for name, value in expected.items():
        assert result.table.loc[name, "estimate"] == pytest.approx(value, abs=0.001), name


def test_same_seed_same_draws_and_another_seed_others():
    first, again, other = (
        mediate(dyads(37), "x", "m", "y", n_draws=500, rng=seed) for seed in (7, 7, 8)
    )
    pd.testing.assert_frame_equal(first.draws, again.draws)
    assert not np.allclose(first.draws["ACME"], other.draws["ACME"])


def test_draws_do_not_touch_numpys_global_state():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    mediate(dyads(37), "x", "m", "y", n_draws=100, method="bootstrap")
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def table(data, **options):
    return mediate(data, "x", "m", "y", **{"n_draws": 300, "rng": 11, **options}).table


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_row_order_does_not_matter(seed):
    data = dyads(37)
    shuffled = data.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(table(data), table(shuffled), rtol=1e-8, atol=1e-10)


OPTIONS = st.sampled_from(
    [
        {"method": "quasi-bayesian"},
        {"method": "quasi-bayesian", "vcov": "HC3"},
        {"method": "quasi-bayesian", "small_sample": True},
        {"method": "quasi-bayesian", "cluster": "therapist"},
        {"method": "quasi-bayesian", "cluster": "therapist", "small_sample": True},
        {"method": "bootstrap"},
        {"method": "bootstrap-bca"},
    ]
)


SIGNED = {"scale": st.floats(0.01, 100), "sign": st.sampled_from([-1, 1])}


@settings(max_examples=40, deadline=None)
@given(options=OPTIONS, shift=st.floats(-100, 100), **SIGNED)
def test_effects_follow_affine_changes_and_sign_flips_of_y(options, shift, scale, sign):
    data = dyads(37)
    factor = scale * sign
    before = table(data, **options)
    after = table(data.assign(y=shift + factor * data["y"]), **options)
    for effect in MAIN:
        ends = sorted(before.loc[effect, ["ci_lower", "ci_upper"]] * factor)
        expected = [before.loc[effect, "estimate"] * factor, *ends]
        assert after.loc[effect].iloc[:3].tolist() == pytest.approx(
            expected, rel=1e-5, abs=1e-6 * scale
        )
        assert after.loc[effect, "p_value"] == pytest.approx(
            before.loc[effect, "p_value"], rel=1e-3
        )


@settings(max_examples=40, deadline=None)
@given(options=OPTIONS, shift=st.floats(-100, 100), **SIGNED)
def test_effects_do_not_depend_on_the_unit_and_sign_of_m(options, shift, scale, sign):
    data = dyads(37)
    changed = data.assign(m=shift + scale * sign * data["m"])
    pd.testing.assert_frame_equal(
        table(data, **options), table(changed, **options), rtol=1e-4, atol=1e-6
    )


@settings(max_examples=15, deadline=None)
@given(factor=st.floats(0.1, 10))
def test_linear_effects_scale_with_the_contrast(factor):
    data = dyads(37)
    once, scaled = table(data), table(data, contrast=(1, 1 + factor))
    columns = ["estimate", "ci_lower", "ci_upper"]
    assert np.allclose(scaled.loc[MAIN, columns], factor * once.loc[MAIN, columns])


@pytest.mark.parametrize("method", ["quasi-bayesian", "bootstrap"])
def test_names_of_clusters_do_not_matter(method):
    data = dyads(37)
    renamed = data["therapist"].map(lambda code: f"therapist {code}")
    pd.testing.assert_frame_equal(
        table(data, method=method, cluster="therapist"),
        table(data, method=method, cluster=renamed.to_numpy()),
    )


def test_separation_names_the_variable():
    data = dyads(37)
    data["response"] = (data["m"] > data["m"].median()).astype(int)
    bad("separated by 'm'", data, y="response", outcome="logit")
    bad("separated by 'm'", data, y="response", outcome="probit")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "sobel"}, "method is 'sobel'; it must be one of 'quasi-bayesian'"),
        ({"outcome": "gamma"}, "outcome is 'gamma'; it must be one of 'linear', 'logit'"),
        ({"vcov": "HC0"}, "vcov is 'HC0'; it must be one of 'classical', 'HC3'"),
        ({"n_draws": 1e4}, "it must be a whole number"),
        ({"confidence_level": 95}, "confidence_level is 95; it must lie between 0 and 1"),
        ({"contrast": (1, 1)}, "two different values"),
        ({"contrast": (0, float("inf"))}, "two different values"),
        ({"cluster": "clinic"}, "no column 'clinic' for cluster="),
        ({"cluster": [1, 2]}, "it needs one value for each"),
        ({"outcome": "logit", "small_sample": True, "y": "response"}, "linear models"),
        ({"m": []}, "at least one mediator"),
        ({"contrast": ("low", "high")}, "two different values"),
        ({"contrast": 3}, "two different values"),
        ({"confidence_level": "high"}, "it must lie between 0 and 1"),
        ({"vcov": "HC3", "cluster": "therapist"}, "use one of them"),
        ({"method": "bootstrap", "vcov": "HC3"}, "has no vcov='HC3'. Methods that have: 'quasi-b"),
        ({"method": "bootstrap", "small_sample": True}, "Methods that have: 'quasi-bayesian'"),
        ({"vcov": "CR2"}, "vcov='CR2' is for clusters"),
        ({"vcov": "CR2", "cluster": "therapist", "small_sample": True}, "of its own"),
        ({"vcov": "CR2", "cluster": "therapist", "outcome": "logit", "y": "response"}, "linear"),
        ({"method": "mixed"}, "method='mixed' is for clusters"),
        ({"method": "bootstrap", "vcov": "CR2", "cluster": "therapist"}, "has no vcov='CR2'"),
    ],
)
def test_wrong_options_are_explained(options, message):
    bad(message, **options)


def test_leverage_one_makes_hc3_undefined():
    data = dyads(37)
    data["only"] = 0.0
    data.loc[3, "only"] = 1.0
    bad("fits row 4 of the complete cases exactly", data, covariates=["only"], vcov="HC3")


def test_ten_thousand_draws_are_made_where_no_number_is_asked_for():
    assert len(mediate(dyads(37), "x", "m", "y").draws) == 10_000


def test_a_hundred_draws_are_enough_and_fewer_are_refused():
    assert len(mediate(dyads(37), "x", "m", "y", n_draws=100).draws) == 100
    bad("n_draws is 99; it must be a whole number of at least 100", n_draws=99)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_says_what_it_cannot_do_and_does_the_rest(method):
    """Each part of an analysis is either refused with a list, or computed."""
    if method == "latent":
        data = dyads(37).assign(m=lambda d: np.tanh(d["m"] / 3), n_sessions=8)
    else:
        data = dyads(37)
    parts = {
        "outcome": {"outcome": "logit", "y": "response"},
        "vcov": {"vcov": "HC3"},
        "interaction": {"interaction": True},
        "several_mediators": {"m": ["m", "c"]},
        "cluster": {"cluster": "therapist"},
        "small_sample": {"small_sample": True},
    }
    always = {"cluster": "therapist"} if METHODS[method].clusters_only else {}
    asked = {"outcome": "logit", "vcov": "HC3"}
    for part, options in parts.items():
        if METHODS[method].covers(part, asked.get(part, True)):
            arguments = {"m": "m", "y": "y", **always, **options}
            names = [arguments.pop(key) for key in ("m", "y")]
            result = mediate(data, "x", *names, method=method, n_draws=100, rng=1, **arguments)
            assert result.method == method
        else:
            refused = {**({} if part == "vcov" else always), **options}
            why = "is for clusters" if part == "vcov" and always else "has no "
            bad(f"method='{method}' {why}", data, method=method, **refused)


def test_levels_and_counts_may_be_of_numpys_types():
    """np.float32(.9) is .8999999762 to Python."""
    found = table(dyads(37), confidence_level=np.float32(0.9), n_draws=np.int64(300))
    expected = table(dyads(37), confidence_level=float(np.float32(0.9)), n_draws=300)
    pd.testing.assert_frame_equal(found, expected)


def test_mediate_has_the_arguments_and_defaults_that_were_promised():
    """The contract of the project's design."""
    parameters = inspect.signature(mediate).parameters.values()
    given = [one.name for one in parameters if one.default is inspect.Parameter.empty]
    assert given == ["data", "x", "m", "y"]
    defaults = {one.name: one.default for one in parameters if one.name not in given}
    assert defaults == {
        "covariates": (),
        "method": "quasi-bayesian",
        "outcome": "linear",
        "mediator_model": "linear",
        "interaction": False,
        "moderator": None,
        "moderator_values": None,
        "reference": None,
        "contrast": None,
        "vcov": "classical",
        "weights": None,
        "cluster": None,
        "ratings": None,
        "small_sample": False,
        "n_draws": 10_000,
        "confidence_level": 0.95,
        "missing": "drop",
        "auxiliary": (),
        "n_imputations": None,
        "rng": None,
    }
