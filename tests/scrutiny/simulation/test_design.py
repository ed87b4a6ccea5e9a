"""The design of the trial."""

from dataclasses import fields

import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.design import Design


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a": -1.2}, "more than all of synchrony"),
        ({"b": 0.99}, "more than all of the fall of symptoms"),
        ({"day_sd": -1}, "day_sd is -1"),
        ({"sessions": (4, 4)}, "a session is there twice"),
        ({"sessions": ()}, "positive whole numbers"),
        ({"patients_per_therapist": (3, 0)}, "positive whole numbers"),
        ({"a": float("nan")}, "finite numbers"),
        ({"b": "large"}, "finite numbers"),
        ({"missed_weeks": 1}, "missed_weeks is 1"),
        ({"gender_shares": (0.5, 0.5, 0.5)}, "add up to 1"),
        ({"weeks": 1}, "at least 2"),
        ({"weeks": 16.5}, "weeks is 16.5; it must be a whole number"),
        ({"n_dropouts": -1}, "n_dropouts is -1"),
        ({"n_dropouts": 34}, "more than the dyads"),
        ({"synchrony_icc": -0.1}, "synchrony_icc is -0.1; it must be at least 0 and below 1"),
        ({"reduction_icc": 1.0}, "reduction_icc is 1.0"),
        ({"assay_cv": -0.1}, "assay_cv is -0.1"),
        ({"signal_median": 0}, "signal_median must be above 0"),
        ({"limit_of_quantification": 0}, "limit_of_quantification must be above 0"),
        ({"intake_mean": 14}, "above inclusion_above"),
        ({"gender_shares": (0.5, 0.5)}, "three shares"),
        ({"gender_shares": (1.2, -0.2, 0.0)}, "three shares"),
        ({"sessions": (0, 4)}, "positive whole numbers"),
        ({"sessions": (1.5, 4)}, "positive whole numbers"),
    ],
)
def test_impossible_designs_are_refused(change, words):
    with pytest.raises(InputError, match=words):
        Design(**change)


def test_an_unknown_field_is_named():
    with pytest.raises(
        InputError, match=r"a field is 'synchronicity'.*the nearest: 'synchrony_icc'"
    ):
        Design.from_dict({"synchronicity": 1})


def test_every_field_says_its_unit_meaning_and_basis():
    table = Design().as_table()
    assert table["field"].tolist() == [one.name for one in fields(Design)]
    assert (table[["unit", "meaning", "basis"]].map(len) > 2).all(axis=None)
    source = "assum|calibrated|inferred|doi:|LC-MS/MS|as for"
    assert table["basis"].str.contains(source).all()
    assert not table[["unit", "meaning"]].stack().str.contains(source).any()


def test_more_sessions_are_spread_over_the_weeks():
    assert Design().with_sessions(4).sessions == (4, 8, 12, 16)
    assert Design().with_sessions(8).sessions == (2, 4, 6, 8, 10, 12, 14, 16)
    assert Design().with_sessions(16).sessions == tuple(range(1, 17))
    with pytest.raises(
        InputError, match="n_sessions is 17; it must be a whole number from 1 to 16"
    ):
        Design().with_sessions(17)


@pytest.mark.parametrize(
    ("n_dyads", "shares"),
    [
        (6, (1, 1, 1, 1, 1, 1)),
        (7, (2, 1, 1, 1, 1, 1)),  # exact shares 1.7, 1.5, 1.3, 1.1, 0.8, 0.6: the first is next
        (38, (10, 8, 7, 6, 4, 3)),  # 9.2, 8.2, 7.2, 6.2, 4.1, 3.1
        (74, (18, 16, 14, 12, 8, 6)),
        (200, (49, 43, 38, 32, 22, 16)),  # 48.65, 43.24, 37.84, 32.43, 21.62, 16.22
        (1000, (244, 216, 189, 162, 108, 81)),  # 243.24, 216.22, 189.19, 162.16, 108.11, 81.08
    ],
)
def test_the_largest_remainder_gets_the_next_dyad(n_dyads, shares):
    assert Design().with_dyads(n_dyads).patients_per_therapist == shares


def test_what_impairment_and_therapists_leave_of_the_variances():
    design = Design(a=-0.5, b=0.6, c=0.2, synchrony_icc=0.05, reduction_icc=0.1, reduction_sd=5)
    assert design.synchrony_residual_variance == pytest.approx(1 - 0.25 - 0.05)
    # Var(b z + c X) = b^2 + c^2 + 2abc for standardised z and X that correlate by a
    assert design.reduction_residual_variance == pytest.approx(1 - (0.36 + 0.04 - 0.12) - 0.1)
    assert design.indirect_effect == pytest.approx(-0.5 * 0.6 * 5)


def test_values_at_the_edge_of_what_can_be_are_accepted():
    edge = Design(
        day_sd=0, synchrony_icc=0, reduction_icc=0, missed_weeks=0, weeks=2, sessions=(1,)
    )
    assert edge.synchrony_residual_variance == 0.75
    assert Design(n_dropouts=33, n_single_gaps=4).n_dyads == 37


@pytest.mark.parametrize("n_sessions", [0, 2.5, True])
def test_a_number_of_sessions_is_a_whole_one(n_sessions):
    with pytest.raises(InputError, match="n_sessions is"):
        Design().with_sessions(n_sessions)


def test_a_number_that_was_set_does_not_keep_the_basis_of_the_default():
    table = Design(b=0.28, weeks=20).as_table().set_index("field")
    assert table.loc[["b", "weeks"], "basis"].tolist() == ["set for these data"] * 2
    assert table.loc["a", "basis"].startswith("calibrated")
    shipped = Design().as_table()["basis"]
    assert not shipped.str.startswith("set").any()


def test_the_bases_are_counted_in_words():
    basis = Design().as_table()["basis"]
    calibrated, assumed = (basis.str.startswith(one).sum() for one in ("calibrated", "assumption"))
    assert Design().in_words() == (
        f"{calibrated} of {len(basis)} numbers are calibrated, {assumed} are assumptions, "
        "and the others have a source"
    )
    assert Design(b=0.28, age_sd=5.0).in_words() == (
        f"{calibrated - 1} of {len(basis)} numbers are calibrated, {assumed - 1} are assumptions, "
        "2 were set for these data, and the others have a source"
    )
    assert ", 1 was set for these data, and" in Design(weeks=20).in_words()


def test_the_readable_table_joins_numbers_with_units_and_meanings_with_bases():
    table = Design(sessions=(5, 10)).readable_table()
    assert table.loc["sessions", "value"] == "5, 10 session number"
    assert table.loc["sessions", "meaning (basis)"] == (
        "sessions around which both persons gave saliva (set for these data)"
    )
    assert table.loc["a", "value"] == "-0.5 correlation"
    assert table.index.tolist() == [one.name for one in fields(Design)]
