"""The same mediation by every method."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks.contamination import contaminated_dyads
from dyadsync.errors import InputError
from dyadsync.mediation.mediate import mediate
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.replication.replicate import ANALYSES, ReplicationResult, replicate

XMY = ("x", "m", "y")


@pytest.fixture(scope="module")
def table():
    dyads = contaminated_dyads(37, share=0.0, rng=4).drop(columns="outlier")
    return dyads.assign(therapist=np.arange(37) % 6)


@pytest.fixture(scope="module")
def replication(table):
    return replicate(table, *XMY, cluster="therapist", n_draws=500, rng=3)


@pytest.mark.parametrize("name", [name for name in ANALYSES if name != "missing imputed"])
def test_the_acme_is_what_mediate_gives_with_the_same_seed(table, replication, name):
    options = dict(ANALYSES[name])
    cluster = "therapist" if options.pop("clustered", False) else None
    expected = mediate(table, *XMY, cluster=cluster, n_draws=500, rng=3, **options)
    found = replication.of("ACME").loc[name]
    columns = ["estimate", "ci_lower", "ci_upper"]
    assert found[columns].to_list() == pytest.approx(
        expected.table.loc["ACME", columns].to_list(), rel=1e-9
    )
    slopes = [replication.of(f"path {path}").loc[name, "estimate"] for path in "ab"]
    assert slopes == pytest.approx(expected.paths["estimate"][["a", "b"]].to_list())


def test_clustered_intervals_of_the_paths_have_one_degree_of_freedom_less_than_clusters(
    table, replication
):
    paths = mediate(table, *XMY, cluster="therapist", small_sample=True, rng=1).paths
    row = replication.of("path a").loc["therapist clusters"]
    reach = stats.t.ppf(0.975, 5) * paths.loc["a", "se"]
    assert row["ci_upper"] - row["estimate"] == pytest.approx(reach)


def test_bootstrap_intervals_of_the_paths_lie_where_t_intervals_lie(replication):
    for path in ("path a", "path b"):
        found = replication.of(path)
        width = found.loc["quasi-Bayesian", "ci_upper"] - found.loc["quasi-Bayesian", "ci_lower"]
        for method in ("bootstrap", "BCa bootstrap", "MM-regression", "Huber covariance"):
            ends = found.loc[method, ["ci_lower", "ci_upper"]]
            away = np.abs(ends - found.loc["quasi-Bayesian", ["ci_lower", "ci_upper"]]).max()
            assert away < 0.4 * width


def test_a_method_that_cannot_use_the_data_is_listed_with_its_reason(table):
    one = table.assign(therapist="T1")
    found = replicate(
        one, *XMY, cluster="therapist", methods=["HC3", "therapist clusters"], n_draws=100, rng=1
    )
    assert list(found.of("ACME").index) == ["HC3"]
    assert "only one cluster" in found.failures["therapist clusters"]


def test_without_a_column_of_clusters_the_clustered_method_is_left_out(table):
    found = replicate(table, *XMY, n_draws=100, rng=1)
    assert "therapist clusters" not in found.of("ACME").index
    assert not found.failures


def test_the_same_seed_or_generator_gives_the_same_numbers(table):
    def run(rng):
        return replicate(table, *XMY, methods=["bootstrap"], n_draws=100, rng=rng).table

    pd.testing.assert_frame_equal(run(1), run(np.int64(1)))
    pd.testing.assert_frame_equal(run(np.random.default_rng(1)), run(np.random.default_rng(1)))


def test_an_unknown_method_is_refused(table):
    with pytest.raises(InputError, match="methods is 'magic'; it must be one of 'quasi-Bayesian'"):
        replicate(table, *XMY, methods=["magic"])


def test_claims_are_judged_by_every_method(replication):
    claims = replication.claims()
    assert len(claims) == 3 * (len(ANALYSES) - 1)  # nothing is missing
    judged = {(claim.id, claim.method): claim for claim in claims}
    row = replication.of("path b").loc["MM-regression"]
    assert judged["b", "MM-regression"].estimate == row["estimate"]


def test_the_wide_table_shows_estimate_and_interval(replication):
    row = replication.of("ACME").loc["HC3"]
    text = f"{row.estimate:.2f} [{row.ci_lower:.2f}, {row.ci_upper:.2f}]"
    assert replication.wide().loc["HC3", "ACME"] == text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence_level": 95}, "confidence_level is 95; it must lie between 0 and 1"),
        ({"n_draws": 1}, "n_draws is 1; it must be a whole number of at least 100"),
    ],
)
def test_options_that_mediate_would_refuse_are_refused_before_any_method_runs(
    table, options, message
):
    with pytest.raises(InputError, match=message):
        replicate(table, *XMY, **options)


def test_labels_are_those_of_the_methods_of_mediate():
    plain = [
        (label, options.get("method", "quasi-bayesian"))
        for label, options in ANALYSES.items()
        if not set(options) - {"method"}
    ]
    assert plain == [(METHODS[method].label, method) for _, method in plain]


def test_an_effect_without_an_interval_makes_no_claim(replication):
    table = replication.table.copy()
    table.loc[table["method"] == "HC3", ["ci_lower", "ci_upper"]] = np.nan
    claims = ReplicationResult(table, {}).claims()
    assert len(claims) == 3 * (len(ANALYSES) - 2)
    assert "HC3" not in {claim.method for claim in claims}


def test_paths_have_the_degrees_of_freedom_of_their_own_model():
    """n - p with covariates, by statsmodels: 6 rows of residuals for a, 5 for b."""
    import statsmodels.formula.api as smf

    data = contaminated_dyads(9, share=0.0, rng=4).assign(c=np.arange(9) % 4)
    found = replicate(data, *XMY, covariates=["c"], methods=["HC3"], n_draws=100, rng=1)
    for path, formula, term in (("path a", "m ~ x + c", "x"), ("path b", "y ~ x + m + c", "m")):
        peer = smf.ols(formula, data).fit(cov_type="HC3", use_t=True)
        ends = found.of(path).loc["HC3", ["ci_lower", "ci_upper"]]
        assert ends.tolist() == pytest.approx(peer.conf_int().loc[term].tolist())


def test_gaps_are_imputed_in_an_analysis_of_its_own_where_there_are_any():
    rng = np.random.default_rng(1)
    x, e, u = rng.standard_normal((3, 40))
    whole = pd.DataFrame({"x": x, "m": x + e, "y": x + e + u})
    gaps = whole.assign(m=whole["m"].where(whole.index > 6))
    methods = ["quasi-Bayesian", "missing imputed"]
    options = {"methods": methods, "n_draws": 500, "rng": 1}
    assert set(replicate(whole, "x", "m", "y", **options).table["method"]) == {"quasi-Bayesian"}
    found = replicate(gaps, "x", "m", "y", **options)
    alone = mediate(gaps, "x", "m", "y", missing="impute", n_draws=500, rng=1)
    row = found.of("ACME").loc["missing imputed"]
    assert row.tolist() == alone.table.loc["ACME", row.index].tolist()


def test_classical_intervals_of_the_paths_are_the_textbooks_t_intervals(table, replication):
    import statsmodels.formula.api as smf

    a = smf.ols("m ~ x", table).fit().conf_int().loc["x"]
    b = smf.ols("y ~ m + x", table).fit().conf_int().loc["m"]
    for method in ("quasi-Bayesian", "small-sample t"):
        for path, expected in (("path a", a), ("path b", b)):
            found = replication.of(path).loc[method, ["ci_lower", "ci_upper"]]
            assert found.to_list() == pytest.approx(expected.to_list())
