"""One complete-case sample, or a sentence that says why there is none."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from tests.reference_tables import dyads


def bad(message, data=None, **options):
    data = dyads(37) if data is None else data
    arguments = {"x": "x", "m": "m", "y": "y", "n_draws": 200, "rng": 0, **options}
    names = [arguments.pop(key) for key in ("x", "m", "y")]
    with pytest.raises(InputError, match=message):
        mediate(data, *names, **arguments)


def test_missing_values_leave_one_sample_for_both_models():
    """Rows without y must not enter the model of m either."""
    data = dyads(37)
    data.loc[[0, 5], "y"] = np.nan
    data.loc[9, "m"] = np.nan
    result = mediate(data, "x", "m", "y", n_draws=200, rng=0)
    complete = mediate(data.dropna(), "x", "m", "y", n_draws=200, rng=0)
    assert (result.n_obs, result.n_dropped) == (34, 3)
    pd.testing.assert_frame_equal(result.table, complete.table)


def test_unknown_column_is_named():
    bad("no column 'synch'. Columns: therapist, c, x", m="synch")


def test_a_column_cannot_play_two_parts():
    bad("'x' is named twice", m="x")


def test_text_in_a_number_column_is_named():
    bad("Column 'x' holds text", dyads(37).assign(x="high"))


def test_infinite_value_is_named_with_its_row():
    data = dyads(37)
    data.loc[4, "m"] = np.inf
    bad("Column 'm' holds an infinite value in row 4", data)


@pytest.mark.parametrize("column", ["x", "m", "y", "c"])
def test_constant_column_is_named(column):
    bad(f"'{column}' is constant", dyads(37).assign(**{column: 2.0}), covariates=["c"])


def test_collinear_covariate_is_named():
    data = dyads(37)
    bad("Column 'c2' is a linear combination", data.assign(c2=data["x"] - 3), covariates=["c2"])


def test_too_few_rows():
    bad("Too few rows: 4 complete ones, but these models need at least 5", dyads(37).head(4))


def test_all_rows_incomplete():
    bad("Too few rows: 0 complete", dyads(37).assign(y=np.nan))


def test_response_that_is_not_binary():
    bad("must hold only 0 and 1", outcome="logit")


def test_one_cluster_is_no_cluster():
    bad("only one cluster", cluster=np.ones(37))


def test_column_that_is_there_twice():
    data = dyads(37)
    bad("more than one column 'm'", pd.concat([data, data[["m"]]], axis=1))


def test_not_a_table():
    with pytest.raises(InputError, match="pandas DataFrame, not dict"):
        mediate({"x": [1]}, "x", "m", "y")
