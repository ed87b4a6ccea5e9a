"""The published studies in benchmarks/: what they must show, and (slow) that they still do."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.coverage import coverage
from benchmarks.missing import cell
from benchmarks.mutants import mutants
from dyadsync.scrutiny.simulation.cell import Cell, draw_tables
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.many import analyse_tables

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_published_coverage_lies_between_93_and_97_percent_where_both_paths_are_real():
    table = pd.read_csv(BENCHMARKS / "coverage.csv")
    real = table[(table["a"] >= 0.39) & (table["b"] >= 0.39)]
    assert len(real) == 9
    assert (table["trials"] >= 10_000).all()
    assert real["coverage"].between(0.93, 0.97).all()


def test_published_type_one_error_at_a_0_b_half_is_at_most_6_percent():
    table = pd.read_csv(BENCHMARKS / "coverage.csv").query("a == 0 and b == 0.5")
    assert len(table) == 3
    assert (1 - table["coverage"] <= 0.06).all()


def test_the_printout_of_the_claims_in_r_is_beside_the_numbers_that_are_published():
    """chapters/claims.txt is what claims.R printed: R's numbers, then those of numbers.csv."""
    printed = (BENCHMARKS.parent / "chapters" / "claims.txt").read_text(encoding="utf-8")
    published = pd.read_csv(BENCHMARKS.parent / "published" / "numbers.csv")
    published = published[published["place"].str.startswith("claims")]
    row = re.compile(
        r"^ +([abc]) +(\S.*?)  *(base R|[A-Za-z0-9]+)((?: +(?:-?[\d.]+|NA)){6}) +(\w+)$"
    )
    rows = [found for line in printed.splitlines() if (found := row.match(line))]
    assert {found[3] for found in rows} == {
        "base R", "robustbase", "lavaan", "mediation", "robmed", "WRS2"
    }  # fmt: skip
    for claim, method, _, numbers, agrees in (found.groups() for found in rows):
        assert agrees == "yes"
        of_claim = published[published["name"].str.startswith(f"{claim}, {method},")]
        for part, number in zip(
            ("estimate", "ci_lower", "ci_upper"), numbers.split()[3:], strict=True
        ):
            [value] = of_claim.loc[of_claim["name"].str.endswith(part), "value"].astype(float)
            assert float(number) == pytest.approx(value, abs=6e-4)  # three decimals


@pytest.mark.slow
@pytest.mark.parametrize(("a", "b"), [(0.0, 0.5), (0.39, 0.39), (0.59, 0.59)])
def test_coverage_at_n_37(a, b):
    """10,000 trials a cell: Monte Carlo SE at most .0025."""
    table = coverage(a, b, 10_000, np.random.default_rng(1))
    assert table["coverage"].between(0.93, 0.97).all()


def test_only_the_models_interval_of_a_pooled_synchrony_misses_where_dyads_differ():
    """2,000 trials a cell: Monte Carlo SE .005; the percentile bootstrap is a little short."""
    table = pd.read_csv(BENCHMARKS / "pooled_coverage.csv")
    assert (table["trials"] == 2000).all()
    coverage = table.set_index(["interval", "sd_z"])["coverage"].sort_index()
    assert (coverage["model", 0.7] < 0.86).all()
    assert (coverage["model", 0.0] > 0.93).all()
    assert coverage["bootstrap over dyads"].between(0.91, 0.95).all()
    assert coverage["studentised bootstrap over dyads"].between(0.935, 0.965).all()


def test_published_contamination_study_shows_what_robust_bears_and_where_it_breaks():
    """10 % vertical outliers at n = 100, and clustered leverage at n = 37; 500 trials a cell."""
    table = pd.read_csv(BENCHMARKS / "contamination.csv").query("share == 0.1")
    cells = table.set_index(["n_dyads", "pattern", "method"])
    assert (table["trials"] >= 500).all()
    for pattern in ("vertical_y", "vertical_m"):
        least_squares = cells.loc[(100, pattern, "quasi-bayesian")]
        robust = cells.loc[(100, pattern, "robust")]
        assert abs(robust["bias"]) < abs(least_squares["bias"]) / 5
        assert robust["coverage"] >= 0.90
    bent = cells.loc[37].loc["clustered_leverage"]
    assert bent.loc["robust", "coverage"] < 0.75
    assert abs(bent.loc["robust", "bias"]) > abs(bent.loc["quasi-bayesian", "bias"]) / 2


def test_published_verdicts_are_those_of_unchosen_trials_analysed_in_another_way():
    """2,000 trials: Monte Carlo SE .009; of 1,000 others, analysed together by `many`, .012."""
    table = pd.read_csv(BENCHMARKS / "verdicts.csv").set_index(["process", "claim"])
    assert (table["trials"] == 2000).all()
    tables = draw_tables(Cell(Design()), 1000, np.random.default_rng(5))
    generators = np.random.default_rng(6).spawn(1000)
    found = analyse_tables(tables, "quasi-bayesian", generators, n_draws=500)
    supported = [found.upper[:, 0] < 0, found.lower[:, 1] > 0, found.upper[:, 2] < 0]
    for claim, share in zip("abc", np.mean(supported, axis=1), strict=True):
        assert table.loc[("as planted", claim), "main_supports"] == pytest.approx(share, abs=0.06)
    assert (table["all_support"] <= table["main_supports"]).all()
    # With no effect methods agree on nothing: what "same verdict" must not be taken for.
    assert table.loc[("no effects", "c"), "all_agree"] > 0.98
    assert table.loc[("no effects", "c"), "all_support"] < 0.005


@pytest.mark.parametrize(
    ("code", "mutated"),
    [
        ("a - (b) + c", {"a + (b) + c", "a - (b) - c", "a + c", "(b) + c", "a - (b)"}),
        ("a and b and c", {"a or b and c", "a and b or c", "b and c", "a and c", "a and b"}),
        ("-(1.5)", {"(1.5)", "-(2.5)", "-(0.5)"}),
        ("not True", {"True", "not False"}),
        ("é < 2", {"é <= 2", "é > 2", "é < 3", "é < 1"}),
        ("f(*a, x, y)", {"f(*a, y, x)"}),
        ("max(x, y)", set()),
        ("x if y else z", {"x if not (y) else z"}),
        ("a**2 @ b", {"a*2 @ b", "a**3 @ b", "a**1 @ b"}),
    ],
)
def test_the_mistakes_of_an_expression(code, mutated):
    found = {" ".join(one.of(code).split()) for one in mutants("one.py", code)}
    assert found == mutated


def test_explained_mutants_are_of_code_that_is_there():
    explained = pd.read_csv(BENCHMARKS / "mutants_explained.csv", keep_default_na=False)
    assert (explained["explained"] != "").all()
    for row in explained.itertuples():
        code = (BENCHMARKS.parent / "src/dyadsync" / row.module).read_text(encoding="utf-8")
        assert "".join(row.before.split()) in "".join(code.split()), row.module


def test_published_joint_tests_of_the_multiverse_keep_their_level():
    """Where a path is 0 its tests reject in 5 %, within three errors; those of the ACME in less."""
    size = pd.read_csv(BENCHMARKS / "multiverse_size.csv").query("`is` == 'size'")
    assert {"neither path", "only a", "only b"} == set(size["truth"])
    assert (size["rate"] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / size["trials"])).all()


def test_published_joint_model_covers_in_narrower_intervals_than_two_steps():
    """To two Monte Carlo errors; of the two designs that take long there are fewer trials."""
    table = pd.read_csv(BENCHMARKS / "latent_growth.csv")
    design = ["n_dyads", "n_sessions", "n_therapists", "n_ratings"]
    assert set(map(tuple, table[design[:2]].to_numpy())) == {(37, 4), (37, 8), (80, 4), (200, 4)}
    assert (table.groupby(design)["trials"].first().nlargest(4) >= 300).all()
    by_method = table.pivot_table(index=design, columns="method")
    joint = by_method.xs("joint", axis=1, level="method")
    assert (joint["coverage"] + 2 * joint["mc_se"] >= 0.95).all()
    width = by_method["median_width"].query("n_therapists == 6")
    assert (width["joint"] < width["two steps"]).all()
    assert (by_method["coverage"]["naive"] < 0.85).all()
    estimate = by_method["median_estimate"]  # negative: the larger the latent SD, the smaller b
    assert (estimate["joint, prior halved"] < estimate["joint, prior doubled"]).all()


def test_published_numbers_of_the_book_did_not_move_on_other_platforms():
    """What `chapters/rebuild.md` says: none at all on other Pythons, or by a rounding error."""
    table = pd.read_csv(BENCHMARKS / "platforms.csv")
    assert (table["moved"] == 0).all()
    assert len(set(table["numbers"])) == 1
    for kernels in ("Sandybridge", "Prescott"):
        assert table["variation"].str.contains(kernels).sum() == 1
    for python, largest in (("3.12", 0), ("3.13", 0), ("3.14", 2e-12)):
        [row] = table[table["platform"].str.contains(f"Python {python}.", regex=False)].index
        assert table.loc[row, "largest_relative_difference"] <= largest


def test_published_imputation_takes_back_what_leaving_out_has_bent():
    """Synchrony lost with the outcome; the same trials, so that biases can be compared: a fifth of
    the effect, .25, is lost by leaving out, a twelfth at most by imputing; coverage within .06."""
    table = pd.read_csv(BENCHMARKS / "missing.csv").query("a == 0.5 and b == 0.5")
    cells = table.set_index(["n_dyads", "mechanism", "method"]).sort_index()
    for n in (37, 100):
        bias = cells.loc[(n, "MAR, m by y"), "bias"]
        bias = bias - bias["nothing missing"]
        assert bias["dropped"] < -0.025
        assert bias[["imputed", "imputed, then bootstrap"]].abs().max() < 0.02
        for mechanism in ("MCAR", "MAR, m by y", "MAR, y by w"):
            coverage = cells.loc[(n, mechanism), "coverage"]
            imputed = [name for name in coverage.index if name.startswith("imputed")]
            assert coverage[imputed].min() >= coverage["nothing missing"] - 0.06
    assert (table["failed"] == 0).all()


@pytest.mark.slow
def test_imputed_intervals_cover_where_synchrony_is_lost_with_the_outcome():
    """300 trials: Monte Carlo SE .0126; tolerance four of them below .95."""
    table = cell(37, 0.5, 0.5, "MAR, m by y", 300, 0, 1).set_index("method")
    assert (table.loc[["imputed", "imputed, t draws"], "coverage"] >= 0.90).all()
    bias = table["bias"] - table.loc["nothing missing", "bias"]
    assert abs(bias["imputed"]) < 0.02 < -bias["dropped"]


MUTATED = """
Kind: TypeAlias = int | None
_BLOCK = 500
def share(n: int | None = None, *, k: Literal[1], block=None) -> float | None:
    rows = max(n, _BLOCK // n)
    if n <= k:
        raise ValueError(f"{n - 1} of {k}")
    warnings.warn("a" + "b")
    return (n - k) / f(n, k)
def __repr__():
    return 1 + 1
"""


def test_mutants_are_mistakes_in_numbers_and_never_in_annotations_messages_or_printing():
    found = mutants("share.py", MUTATED)
    assert {one.function for one in found} == {"share"}
    assert {one.line for one in found} == {6, 9}
    assert {"if n < k:", "return (n - k)", "return (n - k) / f(k, n)"} <= {
        one.after for one in found
    }


def test_published_multiverse_is_fast_and_small():
    """5,000 analyses of 2,000 draws: under a minute on two cores, and 2 GiB."""
    table = pd.read_csv(BENCHMARKS / "multiverse.csv").set_index("what")
    sample = table.loc["run_multiverse, a random sample"]
    assert (sample["analyses"], sample["draws"]) == (5000, 2000)
    assert sample["processor_seconds"] <= 120
    assert table["largest_process_mib"].max() <= 1024
    assert table["times_faster_than_one_by_one"].iloc[0] > 1.5


def test_published_power_runs_a_thousand_trials_in_half_a_minute():
    """Quasi-Bayesian, bootstrap and robust together in 30 s of one core."""
    table = pd.read_csv(BENCHMARKS / "power.csv").set_index("what")
    assert table.loc["all three", "seconds_one"] <= 30
    assert (table["ratio_mediate"] > 1).all()


def test_published_ratios_reach_what_is_promised():
    """5,000 times statsmodels, 40 times pingouin, 20 times RLMDetSMM; half a second; 5 s; 1 GiB."""
    table = pd.read_csv(BENCHMARKS / "speed.csv").set_index("what")
    assert table.loc["quasi-Bayesian, 1,000 draws, n = 37", "ratio"] >= 5000
    assert table.loc["bootstrap, 5,000 resamples, n = 37", "ratio"] >= 40
    assert table.loc["MM-regression, n = 37", "ratio"] >= 20
    robust = table.loc["fast-and-robust bootstrap, 5,000 resamples, n = 37", "seconds"]
    assert robust <= 0.06
    assert table.loc["latent synchrony, 10,000 draws, n = 37", "seconds"] <= 0.1
    assert table.loc["quasi-Bayesian, 1,000,000 draws, n = 37", "seconds"] <= 0.5
    assert table.loc["logit outcome, 10,000 draws, n = 1,000", "seconds"] <= 5
    assert table["peak_gib"].max() <= 1
