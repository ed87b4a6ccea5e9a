"""Other programs' robust regressions."""

import numpy as np

from dyadsync.scrutiny.contamination.outliers import contaminated_dyads
from dyadsync.scrutiny.contamination.programs import regression_programs


def test_programs_agree_without_outliers_and_differ_by_their_divisor():
    table = contaminated_dyads(400, share=0.0, rng=1)
    programs = regression_programs(table, "x", "m", "y")
    assert np.ptp(programs["path a"]) < 0.1
    assert np.ptp(programs["path b"]) < 0.1
    few = regression_programs(table.iloc[:25], "x", "m", "y")
    # The S-scale with divisor n - p is larger, here by more than the search can differ.
    assert (few.loc["mm_regression"] > few.loc["RLMDetSMM"])[["scale m", "scale y"]].all()
