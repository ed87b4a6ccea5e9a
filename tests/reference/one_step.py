"""The latent model in one step, on the session changes themselves, by Hamiltonian Monte Carlo.

Writes `one_step.csv` (simulated session changes of 80 dyads, six a dyad, with cause x and outcome y
of each) and `one_step.json` (what NumPyro's NUTS says of them, and the versions). NumPyro is no
part of the package: in an environment with it, `python tests/reference/one_step.py` (minutes).

Nothing is integrated out: each dyad has its own true synchrony z, its own means and, in the model
"own", its own standard deviations; in the model "common" all patients share one standard deviation,
and all therapists.
"""

import json
import platform
from pathlib import Path

import jax
import numpy as np
import numpyro
import pandas as pd
from jax import numpy as jnp
from numpyro import distributions as dist
from numpyro.diagnostics import effective_sample_size, split_gelman_rubin
from numpyro.infer import MCMC, NUTS

HERE = Path(__file__).parent
SEED, CHAINS, WARMUP, SAMPLES = 20, 4, 1000, 3000
LEVELS = [0.025, 0.16, 0.5, 0.84, 0.975]


def simulate(n_dyads=80, pairs=6):
    """True ab is -.5; the persons differ in how much they change."""
    rng = np.random.default_rng(SEED)
    x = rng.normal(size=n_dyads)
    z = 0.25 - 0.5 * x + 0.6 * rng.normal(size=n_dyads)
    y = z + 0.7 * rng.normal(size=n_dyads)
    first, own = rng.normal(size=(2, n_dyads, pairs))
    second = np.tanh(z)[:, None] * first + own / np.cosh(z)[:, None]
    return pd.DataFrame(
        {
            "dyad_id": np.repeat(np.arange(n_dyads), pairs),
            "x": np.repeat(x, pairs),
            "y": np.repeat(y, pairs),
            "patient": 3 + 2 * first.ravel(),
            "therapist": 5 + second.ravel(),
        }
    ).round(6)


def model(x, y, changes, dyad, spread):
    """Priors as `latent_mediation` states them; flat where it says flat."""
    flat = dist.ImproperUniform(dist.constraints.real, (), ())
    n = len(x)
    alpha, a = numpyro.sample("alpha", flat), numpyro.sample("a", flat)
    tau = numpyro.sample("tau", dist.Gamma(2.0, 2.0))  # mean 1
    partial = numpyro.sample("partial", dist.Uniform(-1, 1))
    level, total = numpyro.sample("level", flat), numpyro.sample("total", flat)
    s = jnp.exp(numpyro.sample("log_s", flat))
    b = numpyro.deterministic("b", partial * s / tau)
    sigma = numpyro.deterministic("sigma", s * jnp.sqrt(1 - partial**2))
    numpyro.deterministic("ab", a * b)
    numpyro.deterministic("c_prime", total - a * b)
    e = tau * numpyro.sample("e", dist.Normal(0, 1).expand([n]))
    numpyro.sample("y", dist.Normal(level + total * x + b * e, sigma), obs=y)
    rho = jnp.tanh(alpha + a * x + e)

    several = dist.ImproperUniform(dist.constraints.real, (2, n), ())
    means = numpyro.sample("means", several)
    if spread == "own":
        log_sd = numpyro.sample("log_sd", several)
    else:
        pair = dist.ImproperUniform(dist.constraints.real, (2, 1), ())
        log_sd = jnp.broadcast_to(numpyro.sample("log_sd", pair), (2, n))
    u, v = (changes - means[:, dyad]) / jnp.exp(log_sd)[:, dyad]
    r = rho[dyad]
    form = (u**2 - 2 * r * u * v + v**2) / (1 - r**2)
    of_changes = -form / 2 - jnp.log1p(-(r**2)) / 2 - log_sd[:, dyad].sum(0)
    numpyro.factor("changes", of_changes.sum())


def run(table, spread):
    """Quantiles of the posterior, with how many independent draws each is worth."""
    dyads = table.groupby("dyad_id")[["x", "y"]].first()
    changes = table[["patient", "therapist"]].to_numpy().T
    start = {  # improper priors have no draw to start from
        "alpha": 0.2,
        "a": 0.0,
        "tau": 0.5,
        "partial": 0.1,
        "level": 0.0,
        "total": 0.0,
        "log_s": 0.0,
        "e": jnp.zeros(len(dyads)),
        "means": table.groupby("dyad_id")[["patient", "therapist"]].mean().to_numpy().T,
    }
    sds = np.log(table.groupby("dyad_id")[["patient", "therapist"]].std().to_numpy().T)
    start["log_sd"] = sds if spread == "own" else sds.mean(1, keepdims=True)
    kernel = NUTS(
        model, target_accept_prob=0.9, init_strategy=numpyro.infer.init_to_value(values=start)
    )
    sampler = MCMC(
        kernel,
        num_warmup=WARMUP,
        num_samples=SAMPLES,
        num_chains=CHAINS,
        chain_method="vectorized",
        progress_bar=False,
    )
    sampler.run(
        jax.random.PRNGKey(SEED),
        *(jnp.asarray(dyads[name].to_numpy()) for name in "xy"),
        jnp.asarray(changes),
        table["dyad_id"].to_numpy(),
        spread,
        extra_fields=("diverging",),
    )
    chains = sampler.get_samples(group_by_chain=True)
    found = {"divergent": int(np.asarray(sampler.get_extra_fields()["diverging"]).sum())}
    for name in ("a", "b", "ab", "c_prime", "tau", "sigma"):
        drawn = np.asarray(chains[name])
        found[name] = {
            "quantiles": [round(float(q), 5) for q in np.quantile(drawn, LEVELS)],
            "effective": round(float(effective_sample_size(drawn))),
            "r_hat": round(float(split_gelman_rubin(drawn)), 4),
        }
    return found


def main():
    """Write both files."""
    numpyro.enable_x64()
    table = simulate()
    table.to_csv(HERE / "one_step.csv", index=False, lineterminator="\n")
    found = {
        "levels": LEVELS,
        "chains": CHAINS,
        "samples": SAMPLES,
        "seed": SEED,
        "numpyro": numpyro.__version__,
        "jax": jax.__version__,
        "python": platform.python_version(),
    }
    for spread in ("own", "common"):
        found[spread] = run(table, spread)
        print(spread, json.dumps(found[spread], indent=1), flush=True)
    (HERE / "one_step.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
