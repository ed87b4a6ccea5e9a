"""Ten packages of unusual studies, with unusual names, read into one and the same kind of study."""

import numpy as np
import pytest

from dyadsync import check_study, dyad_synchrony, dyad_table, load_study, session_changes
from tests.unusual_packages import KINDS, write


@pytest.mark.parametrize("name", KINDS)
def test_an_unusual_package_is_a_study_in_its_own_words(tmp_path, name):
    kind = KINDS[name]
    folder = write(tmp_path, kind)
    assert check_study(folder) == []
    study = load_study(folder)
    assert study.has_phases == (kind.phases is not None)
    assert study.has_outcome == kind.rated
    assert study.has_therapists == bool(kind.group)
    assert study.positive_signal == kind.positive
    change = "difference" if kind.phases else "level"
    synchrony = dyad_synchrony(session_changes(study, change))
    assert (synchrony["n_sessions"] == 5).all()
    table = dyad_table(study, synchrony)
    if kind.rated:  # ratings fall by a point a day, over nine days
        improved = -9 if kind.better == "higher" else 9
        np.testing.assert_allclose(table["symptom_reduction"], improved)
    sign = -1 if kind.cause_better == "higher" else 1
    assert table["social_impairment"].tolist() == [sign * n / 2 for n in range(6)]
    words = study.words
    assert (words.signal, words.unit, words.cause) == (kind.signal, kind.unit, kind.cause)
    assert (words.first, words.second) == kind.persons
