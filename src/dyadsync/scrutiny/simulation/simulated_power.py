"""What a design can find: many trials of every cell of a grid, analysed by any method."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.checks import check_choice, check_count, check_level, check_seed
from dyadsync.errors import InputError
from dyadsync.printed import Printed, written
from dyadsync.scrutiny.simulation.cell import Cell, draw_tables
from dyadsync.scrutiny.simulation.grid import Grid, expand_grid
from dyadsync.scrutiny.simulation.many import TRIAL_ANALYSES, Findings, analyse_tables
from dyadsync.scrutiny.simulation.rates import summarise_findings
from dyadsync.scrutiny.simulation.required import required
from dyadsync.scrutiny.simulation.store import make_store, read_cell, write_cell
from dyadsync.scrutiny.simulation.trial_analysis import pair_moments, squared_correlation
from dyadsync.workers import finished_tasks

_BLOCK = 100  # trials of one task: bounds the memory, and what a lost worker loses
_LAYOUT = ("patients_per_therapist", "sessions", "weeks", "n_dropouts", "n_single_gaps")


@dataclass(frozen=True, repr=False)
class PowerResult(Printed):
    """What `power` found; it prints as a table in text and in a notebook."""

    table: pd.DataFrame
    """One row per cell and method: the settings that vary, ``n_dyads sessions method n_trials
    truth``, every name in `RATES` with its Monte Carlo error in ``..._se``, and
    ``synchrony_reliability``, the squared correlation of observed and true synchrony."""
    settings: tuple[str, ...]
    """The settings in which cells differ."""

    def _shown(self) -> pd.DataFrame:
        first = list(dict.fromkeys([*self.settings, "n_dyads", "sessions", "method"]))
        rates = ["power", "type_1", "coverage", "bias", "rmse", "failures"]
        return self.table[first].join(written(self.table[rates], 3))

    def of(self, method: str) -> pd.DataFrame:
        """Give the rows of one method."""
        check_choice("method", method, list(self.table["method"].unique()))
        return self.table[self.table["method"] == method].reset_index(drop=True)

    def required(self, name: str, *, power: float = 0.8, rate: str = "power") -> pd.DataFrame:
        """Value of a setting at which a rate is reached; see `required`.

        Examples
        --------
        >>> found = PowerResult(
        ...     pd.DataFrame({"n_dyads": [40, 80], "method": "bootstrap", "power": [0.6, 0.9],
        ...                   "power_se": 0.01}), ("n_dyads",))
        >>> found.required("n_dyads")["needed"].round().tolist()
        [61.0]
        """
        names = tuple(dict.fromkeys([*self.settings, "method"]))
        return required(self.table, name, names, level=power, rate=rate)


def power(
    grid: Grid,
    *,
    methods: Sequence[str] = ("quasi-bayesian",),
    n_trials: int = 1000,
    n_draws: int = 1000,
    confidence_level: float = 0.95,
    rng: int | np.random.Generator | None = None,
    scheduler: str | None = None,
    folder: str | Path | None = None,
    n_jobs: int | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> PowerResult:
    """How often designs find what is there, how well, and what they make of it.

    Every trial is drawn from the process of `Design`, reduced to one row per dyad as the paper does
    (Pearson's r of raw changes, slope of symptoms), and analysed. The truth is the planted effect
    of one SD of impairment through *latent* synchrony, in points of the outcome. A method that
    takes the observed correlation for the synchrony estimates a smaller effect: its bias and the
    coverage show how much smaller.

    Parameters
    ----------
    grid : Design, mapping or sequence of these
        Cells; see `expand_grid`.
    methods : sequence of str
        Keys of `TRIAL_ANALYSES`: the methods of `mediate`, and ``"known"``, which has the true
        synchrony.
    n_trials : int
        Trials a cell.
    n_draws : int
        Draws or resamples of each trial.
    confidence_level : float
        Of the intervals; what excludes 0 at this level is found.
    rng : int, Generator or None
        Seed, generator or None. The random numbers of a cell come from the seed and the numbers of
        its dyads, sessions, weeks and gaps, those of each hundred trials on their own: results are
        equal whatever else is in the grid and whoever works, and cells that differ in effects,
        errors or methods only see the same patients.
    scheduler : str, optional
        Address of a Dask scheduler; by default this machine works.
    folder : path, optional
        Finished cells are kept there, and what is there is not computed again; the seed must then
        be a number.
    n_jobs : int, optional
        Processes on this machine, by default one a core.
    progress : callable, optional
        Called with the number of tasks done and of all, as they are done.

    Returns
    -------
    PowerResult

    Raises
    ------
    InputError
        If the grid, a method or a number is not valid, the folder cannot be used, or no scheduler
        answers.

    References
    ----------
    Types S and M: Gelman & Carlin (2014), doi:10.1177/1745691614551642; Monte Carlo errors: Morris,
    White & Crowther (2019), doi:10.1002/sim.8086.

    Examples
    --------
    >>> found = power({"sessions": [4, 16]}, n_trials=100, rng=1, n_jobs=1)
    >>> bool(found.table["power"].is_monotonic_increasing)
    True
    """
    n_trials = check_count("n_trials", n_trials)
    n_draws = check_count("n_draws", n_draws, least=100)
    confidence_level = check_level(confidence_level)
    methods = [methods] if isinstance(methods, str) else list(dict.fromkeys(methods))
    if not methods:
        raise InputError("power: no method is given; give at least one.")
    for method in methods:
        check_choice("method", method, TRIAL_ANALYSES)
    cells = expand_grid(grid)
    if folder is not None and rng is None:
        raise InputError(
            "power: finished cells can only be found again by their seed; give rng a number."
        )
    seed = check_seed(rng, 2**63)
    jobs = [
        _Job(cell, method, n_trials, n_draws, confidence_level, seed)
        for _, cell in cells
        for method in methods
    ]
    store = None if folder is None else make_store(folder)
    found = _run(jobs, store, scheduler, n_jobs, progress)
    names = list(dict.fromkeys(name for settings, _ in cells for name in settings))
    scheduled = any(isinstance(settings.get("sessions"), tuple) for settings, _ in cells)
    rows = []
    for number, job in enumerate(jobs):
        settings, cell = cells[number // len(methods)]
        rows.append(
            {
                **{name: _shown(settings.get(name, _default(name, cell))) for name in names},
                **({"session_numbers": _shown(cell.design.sessions)} if scheduled else {}),
                "n_dyads": cell.design.n_dyads,
                "sessions": len(cell.design.sessions),
                "method": job.method,
                "n_trials": n_trials,
                **found[job],
            }
        )
    apart = [*names, "session_numbers"] if scheduled else names
    return PowerResult(pd.DataFrame(rows), tuple(apart))


@dataclass(frozen=True)
class _Job:
    """One cell by one method."""

    cell: Cell
    method: str
    n_trials: int
    n_draws: int
    confidence_level: float
    seed: int

    @property
    def n_blocks(self) -> int:
        return -(-self.n_trials // _BLOCK)

    def settings(self) -> dict[str, Any]:
        """All that the result depends on."""
        from dyadsync import __version__

        return {
            "cell": self.cell.as_dict(),
            "method": self.method,
            "n_trials": self.n_trials,
            "n_draws": self.n_draws,
            "confidence_level": self.confidence_level,
            "seed": str(self.seed),
            "dyadsync": __version__,
        }


Block = tuple[Findings, Any]


def _run(
    jobs: list[_Job],
    store: Path | None,
    scheduler: str | None,
    n_jobs: int | None,
    progress: Callable[[int, int], Any] | None,
) -> dict[_Job, dict[str, float]]:
    """Rows of all jobs; those in the store are read, the others run by blocks and kept."""
    rows: dict[_Job, dict[str, float]] = {}
    for job in jobs:
        kept = None if store is None else read_cell(store, job.settings())
        if kept is not None:
            rows[job] = kept
    missing = [job for job in dict.fromkeys(jobs) if job not in rows]
    tasks = [(job, block) for job in missing for block in range(job.n_blocks)]
    parts: dict[_Job, dict[int, Block]] = {job: {} for job in missing}
    done = 0
    if progress is not None:
        progress(done, len(tasks))
    for index, result in finished_tasks(_run_block, tasks, scheduler, n_jobs):
        job, block = tasks[index]
        parts[job][block] = result
        if len(parts[job]) == job.n_blocks:
            blocks = parts.pop(job)
            rows[job] = _row(job, [blocks[one] for one in range(job.n_blocks)])
            if store is not None:
                write_cell(store, job.settings(), rows[job])
        done += 1
        if progress is not None:
            progress(done, len(tasks))
    return rows


def _row(job: _Job, blocks: list[Block]) -> dict[str, float]:
    row = summarise_findings(Findings.join([findings for findings, _ in blocks]), job.cell)
    row["synchrony_reliability"] = squared_correlation(sum(moments for _, moments in blocks))
    return row


def _run_block(task: tuple[_Job, int]) -> Block:
    """Draw and analyse one block of trials: a function of its argument alone."""
    job, block = task
    size = min(_BLOCK, job.n_trials - block * _BLOCK)
    layout = {name: job.cell.as_dict()[name] for name in _LAYOUT}
    digest = hashlib.sha256(json.dumps(layout, sort_keys=True).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    of_trials, of_methods = np.random.SeedSequence([job.seed, *words], spawn_key=(block,)).spawn(2)
    tables = draw_tables(job.cell, size, np.random.default_rng(of_trials))
    generators = [np.random.default_rng(one) for one in of_methods.spawn(size)]
    findings = analyse_tables(
        tables, job.method, generators, n_draws=job.n_draws, confidence_level=job.confidence_level
    )
    seen = np.isfinite(tables.m)
    return findings, pair_moments(tables.m[seen], tables.rho[seen])


def _default(name: str, cell: Cell) -> Any:
    """Value of a setting that another part of the grid varies and this one does not."""
    values = cell.as_dict()
    others = {
        "therapists": len(cell.design.patients_per_therapist),
        "effect": 1.0,
        "reliability": float("nan"),
    }
    return values.get(name, others.get(name))


def _shown(value: Any) -> Any:
    """Give a list as text, so that a column holds values of one kind."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
