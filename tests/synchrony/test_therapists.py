"""Each dyad's therapist is found, or missed."""

import pytest

from dyadsync.errors import InputError
from dyadsync.synchrony.therapists import therapist_groups


@pytest.mark.parametrize("known", [{"D1": "T1"}, {"D1": "T1", "D2": None}])
def test_a_dyad_without_a_therapist_is_an_error(known):
    with pytest.raises(InputError, match="dyad D2 has no therapist"):
        therapist_groups(["D1", "D2"], known)


def test_therapists_without_names_of_dyads_are_refused():
    with pytest.raises(InputError, match=r"a table .*, a Series or a dict, not list"):
        therapist_groups(["D1"], ["T1"])
