"""The latent model on ratings: its likelihood by other means, its limits, what it refuses."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from statsmodels.regression.mixed_linear_model import MixedLM

from dyadsync import (
    dyad_synchrony,
    dyad_table,
    mediate,
    outcome_ratings,
    session_changes,
    simulate_study,
    symptom_reduction,
)
from dyadsync.errors import InputError
from dyadsync.mediation.ratings import Ratings
from dyadsync.scrutiny.latent.fit import PRIOR_TAU_MEAN
from dyadsync.scrutiny.latent.growth import LEAST_CLUSTERS, GrowthOutcome
from dyadsync.scrutiny.latent.likelihood import Correlations, simulate_correlations
from dyadsync.scrutiny.simulation.design import Design
from tests.scrutiny.latent.samples import correlation_density, fitted

ALPHA, A, TAU, U, GAMMA, C, S = 0.2, -0.4, 0.6, 0.8, -0.1, 0.3, 0.7
LEVEL, ON_X, LEVEL_SD, U_LEVEL, OMEGA = 0.4, -0.2, 0.9, -0.6, 0.5
THETA = [ALPHA, A, np.log(TAU), U, GAMMA, C, np.log(S)]
THETA += [LEVEL, ON_X, np.log(LEVEL_SD), U_LEVEL, np.log(OMEGA)]


def ratings_of(n, seed, most=5, noise=0.5):
    """Times and ratings of n dyads, from two ratings to `most`; slopes and levels in the scales."""
    rng = np.random.default_rng(seed)
    dyad = np.repeat(np.arange(n), 2 + rng.integers(most - 1, size=n))
    time = rng.permuted(np.linspace(-0.5, 0.5, 11)[rng.integers(11, size=len(dyad))])
    time[np.r_[True, np.diff(dyad) > 0]] = -0.61  # so that no dyad has one time only
    slope, level = rng.normal(size=(2, n))
    return dyad, time, level[dyad] + slope[dyad] * time + noise * rng.normal(size=len(dyad))


def model_of(n, therapist=None, seed=5):
    """Build a small data set and the model on it."""
    rng = np.random.default_rng(seed)
    x, r = rng.normal(size=n), rng.uniform(-0.95, 0.95, size=n)
    n_pairs = np.resize([3, 4, 8], n)
    given = ratings_of(n, seed)
    X = np.column_stack([np.ones(n), x])
    ratings = Ratings.of(*given)
    model = GrowthOutcome(
        Correlations.of(r, n_pairs),
        X,
        ratings.slope,
        PRIOR_TAU_MEAN,
        ratings=ratings,
        therapist=therapist,
    )
    return model, (x, r, n_pairs), given


def structural(x, r, n_pairs, time, rating, step=1 / 100):
    """One dyad's density as the equations say it: z on a plain grid, ratings by their covariance.

    Given z the slope is normal; ratings are level + slope t + error.
    """
    partial, with_level = 2 * special.ndtr(U) - 1, 2 * special.ndtr(U_LEVEL) - 1
    b = partial * S / TAU
    mean = ALPHA + A * x
    z = np.arange(-6, 6, step)
    # Covariance of (slope, level) given z: the level leans on the slope as a whole.
    kappa = with_level * LEVEL_SD / S
    loads = time + kappa
    covariance = (
        S**2 * (1 - partial**2) * np.outer(loads, loads)
        + LEVEL_SD**2 * (1 - with_level**2)
        + OMEGA**2 * np.eye(len(time))
    )
    expected = LEVEL + ON_X * x + (GAMMA + C * x) * time
    off = rating - expected - b * (z - mean)[:, None] * loads
    density = stats.multivariate_normal(np.zeros(len(time)), covariance).pdf(off)
    density = density * stats.norm.pdf(z, mean, TAU) * correlation_density(r, np.tanh(z), n_pairs)
    return np.log(density.sum() * step) + len(time) / 2 * np.log(2 * np.pi)


def test_the_likelihood_is_the_one_of_its_equations():
    model, columns, (dyad, time, rating) = model_of(12)
    expected = [
        structural(*(v[i] for v in columns), time[dyad == i], rating[dyad == i]) for i in range(12)
    ]
    found = model.contributions(np.array([THETA]))[0]
    np.testing.assert_allclose(found - expected, (found - expected)[0], atol=4e-3)


class Silent:
    """Correlations that say nothing; the nodes are then where a normal has them."""

    z, n_pairs = np.zeros(60), np.full(60, 1.5)

    def log_density(self, zeta):
        """Log of 1."""
        return np.zeros(np.broadcast_shapes(zeta.shape, (60,)))


def test_without_correlations_it_is_the_mixed_model_of_the_ratings():
    """statsmodels' MixedLM by maximum likelihood, and its log likelihood at its estimates."""
    dyad, time, rating = ratings_of(60, 3, most=6)
    x = np.random.default_rng(4).normal(size=60)
    line = np.column_stack([np.ones_like(time), time])
    design = np.column_stack([line, x[dyad], x[dyad] * time])
    fit = MixedLM(rating, design, dyad, exog_re=line).fit(reml=False)
    level, slope, level_on_x, slope_on_x = fit.fe_params
    (level_var, both), (_, slope_var) = np.asarray(fit.cov_re)
    correlation = both / np.sqrt(level_var * slope_var)
    theta = [0.0, 0.0, 0.0, 0.5, slope, slope_on_x, np.log(slope_var) / 2, level, level_on_x]
    theta += [np.log(level_var) / 2, stats.norm.ppf((correlation + 1) / 2), np.log(fit.scale) / 2]
    ratings = Ratings.of(dyad, time, rating)
    X = np.column_stack([np.ones(60), x])
    model = GrowthOutcome(Silent(), X, ratings.slope, PRIOR_TAU_MEAN, ratings=ratings)
    found = model.contributions(np.array([theta])).sum() - len(time) / 2 * np.log(2 * np.pi)
    assert found == pytest.approx(fit.llf, abs=1e-6)


def test_therapists_effects_are_integrated_out():
    """Both effects on a plain grid: they shift the intercepts of z, of y and of the level."""
    therapist = np.array([0] * 9 + [1] * 3)
    ranks = np.array([0.4, 1.5])  # SDs between therapists of .24 and .8 of those within
    model, _, _ = model_of(12, therapist)
    alone, _, _ = model_of(12)
    ratio = 0.5 * stats.norm.isf(stats.norm.sf(ranks) / 2)
    partial, with_level = 2 * special.ndtr(U) - 1, 2 * special.ndtr(U_LEVEL) - 1
    w, v = np.meshgrid(np.linspace(-5, 5, 101), np.linspace(-5, 5, 101), indexing="ij")
    weight = stats.norm.logpdf(w) + stats.norm.logpdf(v) + 2 * np.log(0.1)
    w = w.ravel() * ratio[0] * TAU
    on_slope = partial * S / TAU * w + v.ravel() * ratio[1] * S
    theta = np.tile(THETA, (len(w), 1))
    theta[:, 0] += w
    theta[:, 4] += on_slope
    theta[:, 7] += with_level * LEVEL_SD / S * on_slope
    shifted = alone.contributions(theta)
    sums = np.stack([shifted[:, therapist == j].sum(1) for j in (0, 1)], axis=1)
    expected = special.logsumexp(sums + weight.reshape(-1, 1), axis=0)
    found = model.contributions(np.array([[*THETA, *ranks]]))[0]
    np.testing.assert_allclose(found, expected, atol=0.02)


def planted_ratings(seed, n, pairs, n_ratings, *, noise=1.0, therapists=None):
    """Dyads with a true indirect effect of -.5, ratings at even times, and therapists' effects."""
    rng = np.random.default_rng(seed)
    x, e, u, level = rng.normal(size=(4, n))
    w, v = np.zeros((2, n))
    if therapists is not None:
        w, v = (sd * rng.normal(size=therapists.max() + 1)[therapists] for sd in (0.3, 0.6))
    z = 0.25 - 0.5 * x + 0.6 * e + w
    y = z + 0.8 * u + v
    dyad = np.repeat(np.arange(n), n_ratings)
    time = np.concatenate([np.linspace(0, 1, k) for k in np.broadcast_to(n_ratings, n)])
    rating = (level - 0.3 * y)[dyad] + y[dyad] * time + noise * rng.normal(size=len(dyad))
    ratings = pd.DataFrame({"dyad_id": dyad, "time": time, "outcome": rating})
    data = pd.DataFrame({"dyad_id": np.arange(n), "x": x, "n_sessions": pairs})
    data["r"] = simulate_correlations(z, pairs, rng)
    return data.assign(y=Ratings.of(dyad, time, rating).slope), ratings


def latent(data, ratings=None, **options):
    options = {"method": "latent", "n_draws": 2000, "rng": 1} | options
    return mediate(data, "x", "r", "y", ratings=ratings, **options)


def test_planted_paths_are_found_where_half_of_the_slopes_are_mostly_error():
    """Every second dyad has two ratings, whose slope has an error SD of 2.8."""
    data, ratings = planted_ratings(11, 800, 8, np.resize([2, 33], 800), noise=2.0)
    found = latent(data, ratings)
    for path, planted in (("a", -0.5), ("b", 1.0), ("c_prime", 0.0), ("c", -0.5)):
        estimate, se = found.paths.loc[path, ["estimate", "se"]]
        assert abs(estimate - planted) < 3 * se
        assert se < 0.3
    # By weights of 1 / (1 + 8) and 1 / (1 + 1.4) the error of c is .81 of that of equal ones.
    assert found.paths.loc["c", "se"] < 0.9 * latent(data).paths.loc["c", "se"]


def test_therapists_effects_are_found_with_their_spread_in_the_intervals():
    therapists = np.arange(300) % 30
    data, ratings = planted_ratings(12, 300, 16, 17, noise=0.5, therapists=therapists)
    found = latent(data, ratings, cluster=therapists)
    assert found.notes[:2] == (
        "The outcome is the true slope of each dyad's 17 ratings.",
        "The 30 clusters are random effects of synchrony and of the slope.",
    )
    for path, planted in (("a", -0.5), ("b", 1.0)):
        estimate, se = found.paths.loc[path, ["estimate", "se"]]
        assert abs(estimate - planted) < 3 * se
    alone = latent(data, ratings)
    # Nothing of x lies between therapists, so taking their variance out leaves less in its error.
    assert found.paths.loc["c", "se"] < alone.paths.loc["c", "se"]


def test_few_therapists_stretch_the_draws_and_a_note_says_so():
    data, ratings = planted_ratings(13, 60, 8, 5)
    found = latent(data, ratings, cluster=np.arange(60) % (LEAST_CLUSTERS - 1))
    assert "9 clusters are too few to be random effects (10 are needed)" in " ".join(found.notes)


def test_neither_the_order_of_rows_nor_units_and_origins_matter():
    data, ratings = planted_ratings(14, 40, 8, np.resize([3, 5, 9], 40))
    shuffled = latent(data.sample(frac=1, random_state=1), ratings.sample(frac=1, random_state=2))
    later = ratings.assign(time=16 * ratings["time"] + 100, outcome=5 * ratings["outcome"] + 7)
    other = latent(data.assign(y=5 / 16 * data["y"]), later)
    plain = latent(data, ratings)
    columns = ["estimate", "ci_lower", "ci_upper"]
    effects = plain.table.loc[["ACME", "ADE", "Total effect"], columns]
    for found, factor in ((shuffled, 1), (other, 5 / 16)):
        same = found.table.loc[effects.index, columns]
        np.testing.assert_allclose(same, factor * effects, rtol=1e-3, atol=1e-3)


def test_effects_add_up_and_the_naive_analysis_is_the_one_without_ratings():
    data, ratings = planted_ratings(15, 60, 8, 5)
    found, without = latent(data, ratings), latent(data)
    estimate, paths = found.table["estimate"], found.paths["estimate"]
    assert estimate["ACME"] == pytest.approx(paths["a"] * paths["b"])
    assert estimate["ACME"] + estimate["ADE"] == pytest.approx(paths["c"])
    np.testing.assert_allclose(found.naive.table["estimate"], without.naive.table["estimate"])


def test_the_ratings_of_a_study_have_its_symptom_reduction_as_slopes():
    study = simulate_study(Design(), rng=3)
    ratings = outcome_ratings(study)
    slopes = {
        dyad: np.polyfit(rows["time"], rows["outcome"], 1)[0]
        for dyad, rows in ratings.groupby("dyad_id")
    }
    pd.testing.assert_series_equal(
        symptom_reduction(study), pd.Series(slopes, name="symptom_reduction"), check_names=False
    )
    dyads = dyad_table(study, dyad_synchrony(session_changes(study, "log_ratio")))
    names = ("social_impairment", "synchrony", "symptom_reduction")
    found = mediate(dyads, *names, method="latent", ratings=ratings, n_draws=500, rng=1)
    assert found.n_obs == dyads[list(names)].notna().all(axis=1).sum()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d, r: (d, r.drop(columns="time")), "has no column 'time'; it is a DataFrame with"),
        (lambda d, r: (d, 3), "has no column 'dyad_id'"),
        (lambda d, r: (d.drop(columns="dyad_id"), r), "no column 'dyad_id'"),
        (lambda d, r: (d.assign(dyad_id=1), r), "a dyad has one row; 'dyad_id' names one twice"),
        (lambda d, r: (d, r[r["dyad_id"] != 4]), "none of dyad '4', which has a value of 'y'"),
        (lambda d, r: (d, r.drop(index=[20, 21, 22, 23])), "fewer than two times for dyad '4'"),
        (lambda d, r: (d.assign(y=2 * d["y"]), r), "must be their least-squares slope"),
        (lambda d, r: (d, r.assign(outcome="low")), "holds text"),
    ],
)
def test_ratings_that_cannot_be_used_are_refused_with_a_sentence(change, sentence):
    with pytest.raises(InputError, match=sentence):
        latent(*change(*planted_ratings(16, 30, 8, 5)))


def test_ratings_without_an_error_to_learn_are_refused():
    data, ratings = planted_ratings(16, 30, 8, 2)
    with pytest.raises(InputError, match="there are 0 beyond two a dyad, and at least 10"):
        latent(data, ratings)
    data, ratings = planted_ratings(16, 30, 8, 5)
    slope, time = data["y"].to_numpy()[ratings["dyad_id"]], ratings["time"]
    with pytest.raises(InputError, match="No rating departs from its dyad's own line"):
        latent(data, ratings.assign(outcome=slope * time))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"method": "bootstrap"},
            r"method='bootstrap' has no ratings=. Methods that have: 'latent'",
        ),
        ({"outcome": "logit"}, "With ratings= the outcome is a slope: use outcome='linear'"),
    ],
)
def test_ratings_are_for_the_latent_method_and_a_linear_outcome(options, sentence):
    with pytest.raises(InputError, match=sentence):
        latent(*planted_ratings(16, 30, 8, 5), **options)


def test_a_doubled_prior_mean_still_moves_the_latent_sd_up():
    data, ratings = planted_ratings(17, 37, 4, 5)
    data = data.rename(columns={"r": "synchrony"})
    half, twice = (
        fitted(data, ratings=ratings, prior_mean=f * PRIOR_TAU_MEAN, rng=1).tau for f in (0.5, 2)
    )
    assert half < twice
