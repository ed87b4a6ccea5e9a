"""One row per dyad."""

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.study.load import load_study
from dyadsync.study.outcome import symptom_reduction
from dyadsync.synchrony.dyad_table import dyad_table
from tests.data_packages import lab


def synchrony_of(study):
    n = len(study.dyads)
    r = np.linspace(-0.9, 0.9, n)
    columns = {"dyad_id": study.dyads["dyad_id"], "n_sessions": 4, "synchrony": r}
    return pd.DataFrame({**columns, "z": np.arctanh(r), "variance": 0.8, "reason": ""})


def test_the_table_has_the_columns_of_the_contract(study):
    assert dyad_table(study, synchrony_of(study)).columns.tolist() == [
        *("dyad_id", "therapist_id", "arm", "age", "gender", "social_impairment"),
        *("n_sessions", "synchrony", "z", "symptom_reduction"),
    ]


def test_the_table_joins_by_dyad_whatever_the_order(study):
    synchrony = synchrony_of(study)
    table = dyad_table(study, synchrony.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(table, dyad_table(study, synchrony))
    assert table["symptom_reduction"].tolist() == symptom_reduction(study).tolist()


def test_a_dyad_without_synchrony_has_no_sessions(study):
    table = dyad_table(study, synchrony_of(study).iloc[1:])
    assert table.loc[0, "n_sessions"] == 0
    assert np.isnan(table.loc[0, "synchrony"])


def test_synchrony_of_other_data_is_refused(study):
    synchrony = synchrony_of(study)
    with pytest.raises(InputError, match="no column z"):
        dyad_table(study, synchrony.drop(columns="z"))
    with pytest.raises(InputError, match="a dyad twice"):
        dyad_table(study, pd.concat([synchrony, synchrony]))
    with pytest.raises(InputError, match="X1"):
        dyad_table(study, synchrony.assign(dyad_id="X1").iloc[:1])


def test_a_labs_own_columns_are_kept_and_numeric_ones_reach_the_table(tmp_path):
    study = load_study(lab(tmp_path / "lab"))
    assert study.dyads["site"].tolist() == ["north", "south"]
    synchrony = pd.DataFrame({"dyad_id": ["7"], "n_sessions": 3, "synchrony": 0.5, "z": 0.55})
    table = dyad_table(study, synchrony)
    assert table["bdi"].tolist()[0] == 22
    assert np.isnan(table["bdi"].tolist()[1])
    assert "site" not in table.columns


def test_the_outcome_of_the_table_is_made_by_the_method_asked_for(study):
    table = dyad_table(study, synchrony_of(study), method="percent")
    assert table["symptom_reduction"].tolist() == symptom_reduction(study, "percent").tolist()
    with pytest.raises(InputError, match="method is 'slopes'; it must be one of 'slope'"):
        dyad_table(study, synchrony_of(study), method="slopes")
