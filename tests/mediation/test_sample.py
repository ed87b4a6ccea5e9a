"""One complete-case sample, or a sentence that says why there is none."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.sample import prepare
from tests.reference_tables import dyads


def test_missing_values_leave_one_sample_for_both_models():
    """Rows without y must not enter the model of m either."""
    data = dyads(37)
    data.loc[[0, 5], "y"] = np.nan
    data.loc[9, "m"] = np.nan
    result = mediate(data, "x", "m", "y", n_draws=200, rng=0)
    complete = mediate(data.dropna(), "x", "m", "y", n_draws=200, rng=0)
    assert (result.n_obs, result.n_dropped) == (34, 3)
    pd.testing.assert_frame_equal(result.table, complete.table)


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({}, {"m": "synch"}, "no column 'synch'. Columns: therapist, c, x"),
        ({}, {"m": "x"}, "'x' is named twice"),
        ({"m": "high"}, {}, "Column 'm' holds text"),
        ({"m": np.r_[0:4, np.inf, 5:37]}, {}, "Column 'm' holds an infinite value in row 4"),
        *(({one: 2.0}, {"covariates": ["c"]}, f"'{one}' is constant") for one in "xmyc"),
        (
            {"c2": lambda data: data["x"] - 3},
            {"covariates": ["c2"]},
            r"Column 'c2' is a linear combination of the columns before it \(x, m\); leave one",
        ),
        ({"arm": "SE"}, {"covariates": ["arm"]}, "Covariate 'arm' is constant"),
        ({"y": np.r_[0:4, 33 * [np.nan]]}, {}, "Too few rows: 4 complete ones, .* at least 5"),
        ({"y": np.nan}, {}, "Too few rows: 0 complete"),
        ({}, {"outcome": "logit"}, "must hold only 0 and 1"),
        ({}, {"cluster": np.ones(37)}, "only one cluster"),
    ],
)
def test_what_is_no_sample_is_refused_in_a_sentence(change, options, said):
    names = {"x": "x", "m": "m", "y": "y"} | options
    with pytest.raises(InputError, match=said):
        mediate(dyads(37).assign(**change), **names)


def test_a_column_that_is_there_twice_and_what_is_no_table_are_refused():
    data = dyads(37)
    with pytest.raises(InputError, match="more than one column 'm'"):
        mediate(pd.concat([data, data[["m"]]], axis=1), "x", "m", "y")
    with pytest.raises(InputError, match="pandas DataFrame, not dict"):
        mediate({"x": [1]}, "x", "m", "y")


def columns_of(data, **options):
    return prepare(data, "x", ["m"], "y", **options)[0]


def test_a_category_has_an_indicator_for_each_level_that_occurs_but_the_first():
    data = dyads(37)
    data["site"] = pd.Categorical(np.array(["low", "high", "top"])[data.index % 3],
                                  categories=["top", "none", "high", "low"])  # fmt: skip
    sample = columns_of(data, covariates=["c", "site"])
    assert sample.names["covariates"] == ["c", "site[high]", "site[low]"]
    assert sample.covariates[:3].tolist() == [[data["c"][0], 0, 1], [data["c"][1], 1, 0],
                                              [data["c"][2], 0, 0]]  # fmt: skip


def test_text_has_its_levels_in_alphabetical_order():
    data = dyads(37)
    data["arm"] = np.where(data.index % 2, "S", "SE")
    sample = columns_of(data, covariates=["arm"])
    assert sample.names["covariates"] == ["arm[SE]"]
    assert sample.covariates[:, 0].tolist() == (data.index % 2 == 0).astype(float).tolist()


def test_as_many_rows_as_coefficients_and_two_more_are_enough():
    assert columns_of(dyads(37).head(5)).n_obs == 5


def test_designs_have_their_columns_in_the_order_of_their_names():
    data = dyads(37)
    sample = prepare(data, "x", ["m"], "y", covariates=["c"], interaction=True)[0]
    assert sample.outcome_terms == ["Intercept", "x", "m", "x:m", "c"]
    expected = data.assign(one=1.0, product=data["x"] * data["m"])
    expected = expected[["one", "x", "m", "product", "c"]].to_numpy()
    assert sample.outcome_design.tolist() == expected.tolist()
    assert sample.mediator_design.tolist() == expected[:, [0, 1, 4]].tolist()


def test_three_pairs_of_sessions_are_the_fewest_for_a_correlation():
    data = dyads(37).assign(n_sessions=8, m=np.tanh(dyads(37)["m"]))
    data.loc[[1, 2, 3], "n_sessions"] = [1, 2, 3]
    sample, kept, n_dropped = prepare(data, "x", ["m"], "y", n_sessions=True)
    assert n_dropped == 2
    assert 3 in kept.index
    assert sample.n_sessions.min() == 3


def test_a_mediator_that_is_no_correlation_is_refused_where_one_is_needed():
    with pytest.raises(InputError, match=r"method='latent' rests on .* Pearson's r"):
        prepare(dyads(37).assign(n_sessions=8), "x", ["m"], "y", n_sessions=True)


def test_rows_without_a_cluster_are_left_out():
    data = dyads(37)
    data["therapist"] = data["therapist"].astype(float)
    data.loc[0, "therapist"] = np.nan
    sample, _, n_dropped = prepare(data, "x", ["m"], "y", cluster="therapist")
    assert (n_dropped, sample.n_clusters, sample.n_obs) == (1, 6, 36)


def test_two_clusters_are_enough_to_compare():
    assert columns_of(dyads(37), cluster=np.arange(37) % 2).n_clusters == 2
