"""What designs can find.

Calibration: simulation.md's prototype (20,000 trials), within four standard errors.
"""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.simulated_power import PowerResult, power


@pytest.fixture(scope="module")
def table():
    """The default design, more sessions, more dyads, nothing to find, and published effects."""
    grid = [
        Design(),
        {"sessions": [8, 16]},
        {"n_dyads": 74},
        {"a": 0.0, "b": 0.0, "c": 0.0},
        {"a": -0.25, "b": 0.28},
    ]
    found = power(grid, methods=["quasi-bayesian", "known"], n_trials=2_000, rng=2021, n_jobs=1)
    rows = found.of("quasi-bayesian").assign(pattern_known=found.of("known")["pattern"])
    return rows.set_axis(["default", "8", "16", "74", "null", "published"])


@pytest.mark.parametrize(
    ("row", "column", "prototype"),
    [
        ("default", "path_a", 0.43),
        ("default", "path_b", 0.44),
        ("default", "power", 0.17),
        ("default", "pattern", 0.166),
        ("default", "pattern_known", 0.84),
        ("8", "pattern", 0.47),
        ("16", "pattern", 0.68),
        ("74", "pattern", 0.53),
    ],
)
def test_rates_are_those_of_the_prototype(table, row, column, prototype):
    error = np.sqrt(prototype * (1 - prototype) / 2_000)
    assert table.loc[row, column] == pytest.approx(prototype, abs=4 * error)


def test_nothing_is_hardly_ever_found_where_there_is_nothing(table):
    # the prototype: .03 %; three independent one-sided tests can hardly exceed .025 x .025
    assert table.loc["null", "pattern"] < 0.004
    assert table.loc["null", "type_1"] < 0.02
    assert np.isnan(table.loc["null", "exaggeration"])


def test_published_effects_are_rarely_found(table):
    assert table.loc["published", "pattern"] < 0.025


def test_what_is_found_is_exaggerated_and_yet_below_the_truth(table):
    row = table.loc["default"]
    assert row["exaggeration"] == pytest.approx(2.3, abs=0.25)
    assert row["truth"] == Design().planted_effect
    assert row["truth"] < row["mean_in_pattern"] < row["mean"] < 0


def test_reliability_is_that_of_the_prototype_and_grows_with_sessions(table):
    reliability = table["synchrony_reliability"]
    assert reliability["default"] == pytest.approx(0.35, abs=0.02)
    assert reliability[["default", "8", "16"]].is_monotonic_increasing


def test_a_setting_that_only_some_cells_name_has_its_default_in_the_others():
    grid = [Design(b=0.3), {"missing": 0.1}, {"therapists": 3, "sessions": [(2, 4, 6)]}]
    rows = power(grid, n_trials=5, n_draws=100, rng=1, n_jobs=1).table
    assert rows["b"].tolist() == [0.3, 0.65, 0.65]
    assert rows["missing"].tolist() == [0, 0.1, 0]
    assert rows["therapists"].tolist() == [6, 6, 3]
    assert rows["sessions"].tolist() == [4, 4, 3]
    assert rows["session_numbers"].tolist() == ["4, 8, 12, 16", "4, 8, 12, 16", "2, 4, 6"]


def test_equal_seeds_give_equal_tables_whoever_works_and_whatever_else_is_in_the_grid():
    options = {"n_trials": 104, "n_draws": 100, "rng": 1}
    methods = ["quasi-bayesian", "bootstrap"]
    alone = power({"n_dyads": [20, 40]}, methods=methods, n_jobs=1, **options).table
    two = power({"n_dyads": [20, 40]}, methods=methods, n_jobs=2, **options).table
    pd.testing.assert_frame_equal(alone, two, check_exact=True)
    more = power({"n_dyads": [60, 40]}, methods="bootstrap", n_jobs=1, **options).table
    pd.testing.assert_series_equal(more.iloc[1], alone.iloc[3], check_names=False)


def test_cells_that_differ_in_effects_only_see_the_same_patients():
    options = {"n_trials": 400, "n_draws": 100, "n_jobs": 1}
    near = {"effect": [1.0, 1.02]}
    differences = []
    for seed in range(4):
        rates = power(near, rng=seed, **options).table["path_a"]
        differences.append(rates[1] - rates[0])
    # independent cells would have differences with a standard error of .035
    assert np.std(differences) < 0.015


def test_a_generator_gives_its_seed_and_no_seed_gives_another():
    options = {"n_trials": 30, "n_draws": 100, "n_jobs": 1}
    first, again = (power(Design(), rng=np.random.default_rng(3), **options) for _ in range(2))
    pd.testing.assert_frame_equal(first.table, again.table)
    one, other = (power(Design(), **options).table["mean"].item() for _ in range(2))
    assert one != other


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_trials": 0}, "n_trials is 0"),
        ({"n_trials": 2.5}, r"n_trials is 2\.5"),
        ({"n_draws": 10}, "n_draws is 10"),
        ({"methods": ["wishes"]}, "method is 'wishes'"),
        ({"methods": []}, "no method"),
        ({"rng": -1}, "rng is -1"),
        ({"rng": None, "folder": "cells"}, "give rng a number"),
        ({"confidence_level": 95}, "confidence_level is 95"),
    ],
)
def test_what_cannot_be_is_named(options, words):
    with pytest.raises(InputError, match=words):
        power(Design(), **({"n_trials": 10, "rng": 1} | options))


def test_finished_cells_are_kept_and_not_computed_again(tmp_path, monkeypatch):
    options = {"n_trials": 120, "n_draws": 100, "rng": 1, "folder": tmp_path}
    first = power({"b": [0.0, 0.65]}, n_jobs=1, **options)
    assert len(list(tmp_path.iterdir())) == 2
    told = []
    wider = power(
        {"b": [0.0, 0.65, 0.3]},
        n_jobs=1,
        progress=lambda done, of: told.append((done, of)),
        **options,
    )
    assert told == [(0, 2), (1, 2), (2, 2)]  # two blocks of the one new cell
    pd.testing.assert_frame_equal(wider.table.iloc[:2], first.table, check_exact=True)
    assert len(list(tmp_path.iterdir())) == 3
    monkeypatch.setattr(
        "dyadsync.scrutiny.simulation.simulated_power._run_block", None
    )  # nothing is left to run
    again = power({"b": [0.0, 0.65]}, n_jobs=1, **options)
    pd.testing.assert_frame_equal(again.table, first.table, check_exact=True)


def test_another_seed_or_another_number_of_draws_is_another_cell(tmp_path):
    for rng, n_draws in [(1, 100), (2, 100), (1, 101)]:
        power(Design(), n_trials=10, n_draws=n_draws, rng=rng, folder=tmp_path, n_jobs=1)
    assert len(list(tmp_path.iterdir())) == 3


KILLED = """
import sys
from dyadsync.scrutiny.simulation.simulated_power import power
power({"b": [0.0, 0.1, 0.2, 0.3]}, methods=["robust"], n_trials=50, n_draws=100, rng=1,
      folder=sys.argv[1], n_jobs=1)
"""


@pytest.mark.book
def test_a_killed_run_keeps_its_finished_cells_whole(tmp_path):
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)])
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.wait(10)
    kept = {path.name: path.read_bytes() for path in tmp_path.glob("*.json")}
    assert 1 <= len(kept) < 4
    options = {"methods": ["robust"], "n_trials": 50, "n_draws": 100, "rng": 1}
    grid = {"b": [0.0, 0.1, 0.2, 0.3]}
    resumed = power(grid, folder=tmp_path, n_jobs=1, **options)
    for name, content in kept.items():
        assert (tmp_path / name).read_bytes() == content
    pd.testing.assert_frame_equal(resumed.table, power(grid, n_jobs=1, **options).table)


def test_a_result_answers_the_reverse_question_for_each_method():
    found = power({"n_dyads": [20, 160]}, methods=["known"], n_trials=300, rng=1, n_jobs=1)
    [row] = found.required("n_dyads", power=0.8).to_dict("records")
    assert row["method"] == "known"
    assert 20 < row["needed"] < 60  # 37 dyads find it in 85 %
    with pytest.raises(InputError, match="method is 'robust'"):
        found.of("robust")


def test_a_result_prints_as_a_table():
    rows = pd.DataFrame(
        {
            name: [0.5]
            for name in ("power", "type_1", "coverage", "bias", "rmse", "failures", "width")
        }
    ).assign(n_dyads=37, sessions=4, method="robust", b=0.3)
    result = PowerResult(rows, ("b",))
    assert repr(result).split()[:3] == ["b", "n_dyads", "sessions"]
    assert "<td>robust</td>" in result._repr_html_()
    assert "width" not in repr(result)


def test_a_table_has_the_settings_that_vary_and_the_method():
    grid = {"n_dyads": [20, 40], "b": [0.0, 0.65]}
    found = power(grid, methods=["bootstrap", "known"], n_trials=10, n_draws=100, rng=1, n_jobs=1)
    assert found.table[["n_dyads", "b", "method"]].to_numpy().tolist() == [
        [n, b, method] for n in (20, 40) for b in (0.0, 0.65) for method in ("bootstrap", "known")
    ]
    assert found.settings == ("n_dyads", "b")
    assert (found.table["sessions"] == 4).all()
