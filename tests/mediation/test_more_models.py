"""Weights, moderators, counts, binary mediators, causes of several values: against R, and exactly.

R's numbers: ``mediate`` of the package mediation 4.5.1, 5,000 draws, made by
``tests/reference/more.R``. Its estimates are means of draws and its ends have Monte Carlo error,
so they may differ by a share of the interval's width.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.special import expit

from dyadsync import InputError, mediate
from tests.reference_tables import FOLDER

TABLE = pd.read_csv(FOLDER / "more_150.csv")
OF_R = pd.read_csv(FOLDER / "more_150.r.csv").set_index(["case", "quantity"])["value"]
ASKED = {"covariates": ["age"], "contrast": (46, 54), "n_draws": 20_000, "rng": 1}
ENDS = ("estimate", "ci_lower", "ci_upper")


def agrees(row, case, effect, share=0.06):
    theirs = OF_R[case]
    width = theirs[f"{effect}.ci_upper"] - theirs[f"{effect}.ci_lower"]
    for end in ENDS:
        assert row[end] == pytest.approx(theirs[f"{effect}.{end}"], abs=share * width)
    assert row["p_value"] == pytest.approx(theirs[f"{effect}.p_value"], abs=0.05)


def all_agree(table, case):
    for effect in ("ACME", "ADE", "Total effect"):
        agrees(table.loc[effect], case, effect)


@pytest.mark.parametrize(
    ("case", "y", "options"),
    [
        ("weights", "y", {"weights": "w"}),
        ("poisson outcome", "count", {"outcome": "poisson"}),
        ("logit outcome, cause around 50", "yb", {"outcome": "logit"}),
    ],
)
def test_agrees_with_r(case, y, options):
    all_agree(mediate(TABLE, "x", "m", y, **options, **ASKED).table, case)


def test_effects_at_values_of_a_moderator_and_their_difference_agree_with_r():
    found = mediate(TABLE, "x", "m", "y", moderator="arm", moderator_values=(0, 1), **ASKED)
    for value in (0, 1):
        all_agree(found.conditional.loc[value], f"moderator arm={value}")
    for effect in ("ACME", "ADE"):
        agrees(found.moderation.loc[effect], "moderator arm", f"{effect}(0) - {effect}(1)")
    assert "ACME at arm = 0" in str(found)


@pytest.mark.parametrize("value", ["B", "C"])
def test_a_cause_of_several_values_agrees_with_r(value):
    found = mediate(TABLE, "g", "m", "y", covariates=["age"], reference="A", n_draws=20_000, rng=1)
    all_agree(found.by_value[value].table, f"cause g, {value} against A")
    assert found.by_value[value].table.equals(found.table.loc[value])
    assert f"ACME ({value})" in str(found)


@pytest.mark.parametrize("model", ["logit", "probit"])
@pytest.mark.parametrize(
    ("outcome", "y", "of"), [("linear", "y", ""), ("logit", "yb", ", logit outcome")]
)
def test_a_binary_mediator_agrees_with_r(model, outcome, y, of):
    """R draws each row's mediator as 0 or 1, which widens its intervals of the ACME.

    Ours integrate that out. Drawn as R draws them, from our coefficients, they are R's.
    """
    case = f"{model} mediator{of}"
    found = mediate(TABLE, "x", "mb", y, mediator_model=model, outcome=outcome, **ASKED)
    for effect in ("ADE", "Total effect"):
        agrees(found.table.loc[effect], case, effect)
    ours, theirs = found.table.loc["ACME"], OF_R[case]
    width = theirs["ACME.ci_upper"] - theirs["ACME.ci_lower"]
    assert ours["estimate"] == pytest.approx(theirs["ACME.estimate"], abs=0.06 * width)
    assert theirs["ACME.ci_lower"] < ours["ci_lower"] < ours["ci_upper"] < theirs["ACME.ci_upper"]
    simulated = np.quantile(drawn_as_r_does(found, model, outcome), [0.025, 0.975])
    ends = [theirs["ACME.ci_lower"], theirs["ACME.ci_upper"]]
    assert simulated == pytest.approx(ends, abs=0.06 * width)


def drawn_as_r_does(found, model, outcome):
    from scipy.special import ndtr

    rng, draws = np.random.default_rng(2), found.fitted.fit.draws
    age = TABLE["age"].to_numpy(float)
    inverse = expit if model == "logit" else ndtr
    average = expit if outcome == "logit" else np.asarray
    a, b = draws.mediator[:5000, 0], draws.outcome[:5000]
    m = {
        x: rng.uniform(size=(len(a), len(age))) < inverse(a[:, :1] + x * a[:, 1:2] + a[:, 2:] * age)
        for x in (46, 54)
    }
    effects = [
        (average(b[:, :1] + b[:, 1:2] * t + b[:, 2:3] * m[54] + b[:, 3:] * age)
         - average(b[:, :1] + b[:, 1:2] * t + b[:, 2:3] * m[46] + b[:, 3:] * age)).mean(1)
        for t in (46, 54)
    ]  # fmt: skip
    return (effects[0] + effects[1]) / 2


def test_moderated_models_are_those_of_statsmodels():
    found = mediate(TABLE, "x", "m", "y", moderator="arm", **ASKED)
    m = smf.ols("m ~ x * arm + age", TABLE).fit()
    y = smf.ols("y ~ x * arm + m * arm + age", TABLE).fit()
    for ours, fit in ((found.models["m"], m), (found.models["y"], y)):
        for term in ("x", "arm", "x:arm"):
            assert ours.loc[term].tolist() == pytest.approx([fit.params[term], fit.bse[term]])
    at_one = m.t_test("x + x:arm = 0")
    assert found.paths.loc[(1, "a")].tolist() == pytest.approx(
        [float(at_one.effect[0]), float(at_one.sd[0, 0])]
    )
    # The products of paths in each arm, in the shares of the arms.
    acme = [
        8 * (m.params["x"] + v * m.params["x:arm"]) * (y.params["m"] + v * y.params["m:arm"])
        for v in (0, 1)
    ]
    share = TABLE["arm"].mean()
    expected = (1 - share) * acme[0] + share * acme[1]
    assert found.table.loc["ACME", "estimate"] == pytest.approx(expected)


@pytest.mark.parametrize("method", ["bootstrap", "bootstrap-bca", "robust", "median"])
def test_methods_know_moderators_and_causes_of_several_values(method):
    few = {"method": method, "n_draws": 500, "rng": 1}
    moderated = mediate(TABLE, "x", "m", "y", moderator="arm", contrast=(46, 54), **few)
    assert moderated.moderation.loc["ACME", "ci_upper"] < 0.1  # R: -.32 [-.60, -.06]
    several = mediate(TABLE, "g", "m", "y", **few)
    assert list(several.by_value) == ["B", "C"]
    assert several.omnibus.loc["ACME", "df"] == 2


def test_values_of_a_numeric_moderator_are_printed_with_four_digits():
    printed = str(mediate(TABLE, "x", "m", "y", moderator="age", n_draws=100, rng=1))
    mean, sd = TABLE["age"].mean(), TABLE["age"].std()
    assert f"ACME at age = {mean:.4g}" in printed
    assert f"ACME, {mean - sd:.4g} - {mean + sd:.4g}" in printed


def test_a_moderator_of_words_is_the_same_as_one_of_zero_and_one():
    words = TABLE.assign(arm=np.where(TABLE["arm"] == 1, "SE", "S"))
    ours = mediate(words, "x", "m", "y", moderator="arm", **ASKED).conditional
    theirs = mediate(TABLE, "x", "m", "y", moderator="arm", **ASKED).conditional
    assert ours.loc["SE"].to_numpy() == pytest.approx(theirs.loc[1].to_numpy())


def test_a_cause_of_two_words_is_the_same_as_one_of_zero_and_one():
    words = TABLE.assign(arm=np.where(TABLE["arm"] == 1, "SE", "S"))
    ours = mediate(words, "arm", "m", "y", rng=1).by_value["SE"]
    theirs = mediate(TABLE, "arm", "m", "y", rng=1)
    assert ours.table.to_numpy() == pytest.approx(theirs.table.to_numpy())


def test_weighted_models_are_weighted_least_squares():
    for vcov in ("classical", "HC3"):
        found = mediate(TABLE, "x", "m", "y", weights="w", vcov=vcov, n_draws=100, rng=1)
        X = sm.add_constant(TABLE[["x", "m"]])
        fit = sm.WLS(TABLE["y"], X, TABLE["w"]).fit(
            cov_type="nonrobust" if vcov == "classical" else "HC3"
        )
        assert found.models["y"].loc["m"].tolist() == pytest.approx([fit.params["m"], fit.bse["m"]])


@pytest.mark.parametrize(
    ("method", "y", "options"),
    [
        ("quasi-bayesian", "y", {}),
        ("bootstrap", "y", {}),
        ("quasi-bayesian", "count", {"outcome": "poisson"}),
        ("quasi-bayesian", "y", {"interaction": True}),
        ("quasi-bayesian", "yb", {"outcome": "logit"}),
    ],
)
def test_whole_weights_are_repeated_rows(method, y, options):
    counts = np.random.default_rng(3).integers(1, 4, len(TABLE))
    repeated = TABLE.loc[TABLE.index.repeat(counts)]
    few = {"covariates": ["age"], "method": method, "n_draws": 100, "rng": 1, "contrast": (46, 54)}
    ours = mediate(TABLE, "x", "m", y, weights=counts, **options, **few).table["estimate"]
    theirs = mediate(repeated, "x", "m", y, **options, **few).table["estimate"]
    # The residual variance of the mediator, which a logit outcome needs, has another divisor.
    assert ours.to_numpy() == pytest.approx(theirs.to_numpy(), rel=0.01 if y != "y" else 1e-8)


def test_equal_weights_change_nothing():
    for cluster in (None, "g"):
        vcov = "classical" if cluster is None else "CR2"
        few = {"cluster": cluster, "vcov": vcov, "rng": 1}
        plain = mediate(TABLE, "x", "m", "y", **few).table
        weighted = mediate(TABLE, "x", "m", "y", weights=np.full(150, 2.5), **few).table
        assert weighted.to_numpy() == pytest.approx(plain.to_numpy(), rel=1e-6)


def test_poisson_effects_are_those_of_statsmodels_models():
    """E[Y(t, M(s))] = mean over rows of exp(eta + b^2 s2^2 / 2)."""
    m = smf.ols("m ~ x + age", TABLE).fit()
    y = smf.glm("count ~ x + m + age", TABLE, family=sm.families.Poisson()).fit()

    def expected(t, s):
        mean = m.predict(TABLE.assign(x=s))
        eta = np.log(y.predict(TABLE.assign(x=t, m=mean)))
        return float(np.exp(eta + y.params["m"] ** 2 * m.scale / 2).mean())

    found = mediate(TABLE, "x", "m", "count", outcome="poisson", **ASKED).table["estimate"]
    assert found["ACME (control)"] == pytest.approx(expected(46, 54) - expected(46, 46), rel=1e-6)
    assert found["Total effect"] == pytest.approx(expected(54, 54) - expected(46, 46), rel=1e-6)


def test_negative_binomial_errors_are_those_of_statsmodels():
    rng = np.random.default_rng(4)
    table = TABLE.assign(
        count=rng.negative_binomial(2, 1 / (1 + np.exp(0.4 + 0.35 * TABLE["m"]) / 2))
    )
    found = mediate(table, "x", "m", "count", outcome="negative-binomial", n_draws=200, rng=1)
    fit = sm.NegativeBinomial(table["count"], sm.add_constant(table[["x", "m"]])).fit(disp=0)
    assert found.models["count"].loc["m"].tolist() == pytest.approx(
        [fit.params["m"], fit.bse["m"]], rel=1e-3
    )


def test_default_contrasts_lie_within_the_data():
    def compared(table=TABLE, **options):
        return mediate(table, "x", "m", "yb", n_draws=100, rng=1, **options).contrast

    mean = TABLE["x"].mean()
    assert compared() == (0, 1)  # linear: one unit is one unit
    assert compared(outcome="logit") == pytest.approx((mean - 0.5, mean + 0.5))
    assert compared(interaction=True) == pytest.approx((mean - 0.5, mean + 0.5))
    assert compared(TABLE.assign(x=TABLE["arm"]), outcome="logit") == (0, 1)
    small = TABLE.assign(x=TABLE["x"] / 1000)
    assert compared(small, outcome="logit") == pytest.approx(
        tuple(small["x"].quantile([0.25, 0.75]))
    )


def test_a_contrast_beyond_the_data_is_noted():
    notes = mediate(TABLE, "x", "m", "yb", outcome="logit", contrast=(0, 1), rng=1).notes
    assert any("leaves the data" in note for note in notes)
    assert not any("leaves" in note for note in mediate(TABLE, "x", "m", "y", rng=1).notes)


def test_a_series_is_matched_by_its_index_and_never_by_position():
    shuffled = TABLE.sample(frac=1, random_state=1)
    for name, options in (("weights", {}), ("cluster", {"vcov": "CR2"})):
        column = TABLE["w" if name == "weights" else "g"]
        ours = mediate(shuffled, "x", "m", "y", **{name: column}, **options, n_draws=100, rng=1)
        by_name = mediate(
            TABLE, "x", "m", "y", **{name: column.name}, **options, n_draws=100, rng=1
        )
        assert ours.paths.to_numpy() == pytest.approx(by_name.paths.to_numpy())
    with pytest.raises(InputError, match="without a value for row 149"):
        mediate(TABLE, "x", "m", "y", weights=TABLE["w"].iloc[:-1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"weights": "mb"}, "weights= must be above 0"),
        ({"weights": "w", "method": "robust"}, "has no weights="),
        ({"moderator": "arm", "method": "huber"}, "has no moderator="),
        ({"moderator": "arm", "moderator_values": [1]}, "two different values"),
        ({"moderator": "g", "moderator_values": ["A", "D"]}, "no value 'D'; it has 'A', 'B', 'C'"),
        ({"moderator_values": [0, 1]}, "name its column"),
        ({"x": "g", "moderator": "arm"}, "a cause that is a number"),
        ({"x": "g", "reference": "D"}, "has the values 'A', 'B', 'C'"),
        ({"x": "g", "method": "latent"}, "several unordered values"),
        ({"y": "m", "m": "y", "outcome": "poisson"}, "must hold counts"),
        ({"mediator_model": "logit"}, "must hold only 0 and 1 for mediator_model='logit'"),
        ({"mediator_model": "logit", "m": ["mb", "yb"]}, "takes one mediator"),
        ({"missing": "impute", "weights": "w"}, "missing='impute' draws"),
        ({"y": "count", "outcome": "negative-binomial", "weights": "w"}, "takes no weights="),
        ({"y": "y0", "outcome": "negative-binomial"}, "did not converge"),
        ({"moderator": "arm", "moderator_values": 1.0}, "two different values"),
        ({"rng": -1}, "rng is -1"),
    ],
)
def test_what_has_no_meaning_is_refused_in_a_sentence(options, said):
    asked = {"x": "x", "m": "m", "y": "y"} | options
    table = TABLE.assign(y0=np.arange(len(TABLE)) % 2 + 5)  # counts less dispersed than Poisson's
    with pytest.raises(InputError, match=said):
        mediate(table, **asked)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (TABLE["y"] * 1e200, "another unit"),
        (TABLE["y"] * 1e-200, "another unit"),
        (TABLE["y"] + 1j, "complex"),
    ],
)
def test_numbers_that_no_model_can_hold_are_refused(column, said):
    with pytest.raises(InputError, match=said):
        mediate(TABLE.assign(y=column), "x", "m", "y")


def test_numbers_stored_as_objects_and_columns_named_by_numbers_are_read():
    plain = mediate(TABLE, "x", "m", "y", rng=1).table
    objects = mediate(TABLE.astype({"x": object, "m": object}), "x", "m", "y", rng=1).table
    by_number = TABLE.rename(columns={"x": 0, "m": 1, "y": 2, "w": 3, "g": 4})
    assert objects.equals(plain)
    assert mediate(by_number, 0, 1, 2, rng=1).table.equals(plain)
    for argument, name, number in (("weights", "w", 3), ("cluster", "g", 4)):
        named = mediate(TABLE, "x", "m", "y", rng=1, **{argument: name}).table
        assert mediate(by_number, 0, 1, 2, rng=1, **{argument: number}).table.equals(named)


@pytest.mark.parametrize("method", ["quasi-bayesian", "bootstrap", "robust", "huber", "median"])
def test_a_large_constant_is_no_linear_combination(method):
    far = TABLE.assign(x=TABLE["x"] + 1e9, m=2020 + 1e-5 * TABLE["m"], y=TABLE["y"] + 1e6)
    asked = {"x": "x", "m": "m", "y": "y", "method": method, "n_draws": 500, "rng": 1}
    near, found = (mediate(table, **asked) for table in (TABLE, far))
    assert found.table.to_numpy() == pytest.approx(near.table.to_numpy(), rel=1e-4)
    assert found.notes == near.notes


@pytest.mark.parametrize("column", ["m", "y"])
def test_a_value_that_most_rows_share_is_named_by_methods_of_the_middle(column):
    """60 of 100 rows share one value, which every median and robust fit then goes through."""
    table = TABLE.head(100).assign(**{column: TABLE[column].where(TABLE.index >= 60, 3.0)})
    notes = mediate(table, "x", "m", "y", method="median", n_draws=100, rng=1).notes
    assert any(f"60 of 100 rows have the value 3 of '{column}'" in note for note in notes)
    with pytest.raises(InputError, match=f"'{column}'.*60 of 100 rows have the value 3"):
        mediate(table, "x", "m", "y", method="robust", n_draws=100, rng=1)


def test_a_column_of_two_clusters_named_twice_is_refused():
    doubled = pd.concat([TABLE, TABLE[["g"]]], axis=1)
    with pytest.raises(InputError, match="more than one column 'g'"):
        mediate(doubled, "x", "m", "y", cluster="g")


def test_few_clusters_and_linear_models_of_binary_mediators_are_noted():
    notes = mediate(TABLE, "x", "mb", "y", cluster="g", rng=1).notes
    assert any("3 clusters" in note for note in notes)
    assert any("'mb' has two values" in note for note in notes)
    for fitting in ({"m": "m"}, {"m": "mb", "mediator_model": "logit"}):
        notes = mediate(TABLE, "x", fitting.pop("m"), "y", n_draws=100, rng=1, **fitting).notes
        assert not any("has two values" in note for note in notes)


def test_one_draw_without_a_total_effect_leaves_the_proportion_an_interval():
    from dyadsync.intervals import summarise_draws

    draws = np.append(np.linspace(0, 1, 999), np.nan)
    assert np.isfinite(summarise_draws(0.5, draws, 0.95)).all()
