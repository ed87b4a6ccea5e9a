"""The example of another study, examples/cortisol."""

from pathlib import Path

from dyadsync import check_study, load_study

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "cortisol"


def test_the_example_is_a_study_without_a_problem():
    assert check_study(EXAMPLE) == []
    study = load_study(EXAMPLE)
    assert len(study.dyads) == 24
    assert len(study.planned_sessions) == 8
    assert study.dyads["therapist_id"].nunique() == 2
    assert study.higher_is_better
    assert study.words.signal == "Cortisol in saliva"


def test_the_example_is_what_its_description_and_its_seed_make():
    from dyadsync.scrutiny.simulation.design import Design
    from dyadsync.scrutiny.simulation.simulated_study import simulate_study

    study = load_study(EXAMPLE)
    made = study.descriptor["dyadsync:simulation"]
    again = simulate_study(Design.from_dict(made["design"]), made["seed"], study.descriptor)
    for table, frame in again.tables.items():
        assert frame.to_csv(index=False) == study.tables[table].to_csv(index=False)
