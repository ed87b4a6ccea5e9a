"""One simulated trial as a data package, in memory and in a folder."""

from __future__ import annotations

import json
import tempfile
from copy import deepcopy
from importlib.resources import files
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dyadsync.arrays import FloatArray, IntArray
from dyadsync.checks import check_rng
from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.described import as_described
from dyadsync.scrutiny.simulation.design import Design
from dyadsync.scrutiny.simulation.seed import SEED_RULE, SHIPPED_SEED
from dyadsync.scrutiny.simulation.trials import Trials, draw_trials
from dyadsync.study.load import Study
from dyadsync.study.roles import DESCRIPTOR

Rng = int | np.random.Generator | None


def simulate_study(
    design: Design | None = None, rng: Rng = None, like: dict[str, Any] | None = None
) -> Study:
    """Simulate one trial as a data package in memory.

    Parameters
    ----------
    design : Design, optional
        The design; the default one if None.
    rng : int, Generator or None
        Seed, generator or None. With a seed, the descriptor names it.
    like : dict, optional
        The contents of the ``datapackage.json`` of another study, with roles: its names, persons,
        units and directions are taken. Ratings are stretched to the bounds of its outcome; a signal
        that may be negative is the logarithm of a concentration; in a study without phases the
        level of a session has what a change has.

    Returns
    -------
    Study
        Its descriptor has design and seed under ``dyadsync:simulation``.

    Examples
    --------
    >>> study = simulate_study(Design(), rng=1)
    >>> len(study.samples), len(study.dyads), study.simulated
    (580, 37, True)
    """
    design = Design() if design is None else design
    generator = check_rng(rng)
    trial, order, dyad_ids = _enter(design, generator)
    age = _draw_ages(design, generator)
    gender = generator.choice(["woman", "man", "other"], design.n_dyads, p=design.gender_shares)
    dyads = pd.DataFrame(
        {
            "dyad_id": dyad_ids,
            "therapist_id": [f"T{number + 1}" for number in trial.therapist[order]],
            "arm": np.array(["S", "SE"])[trial.arm[0, order]],
            "age": np.floor(age).astype(int),
            "gender": gender,
            "social_impairment": trial.impairment[0, order] + 0.0,  # no negative zero
        }
    )
    samples = _long(
        trial.oxytocin[0, order],
        {
            "dyad_id": dyad_ids,
            "session": np.array(design.sessions),
            "role": np.array(["patient", "therapist"]),
            "phase": np.array(["pre", "post"]),
        },
        "signal",
    )
    symptoms = _long(
        trial.hrsd[0, order], {"dyad_id": dyad_ids, "time": np.arange(design.weeks + 1)}, "outcome"
    )
    symptoms["outcome"] = symptoms["outcome"].astype(int)
    for frame in (samples, dyads, symptoms):
        text = frame.select_dtypes(["object", "str"]).columns
        frame[text] = frame[text].astype("str")
    study = Study(samples, dyads, symptoms, _descriptor(design, rng, like))
    if like is None:
        return study
    study = as_described(study)
    lasts = {("samples", "session"): max(design.sessions), ("symptoms", "time"): design.weeks}
    for (table, name), last in lasts.items():
        rules = study.layout.field(table, name).get("constraints", {})
        if "maximum" in rules:
            rules["maximum"] = max(rules["maximum"], last)
    for table, frame in study.tables.items():  # a lab's own columns are not simulated
        schema = study.layout.resources[table]["schema"]
        schema["fields"] = [field for field in schema["fields"] if field["name"] in frame]
    return study


def planted_synchrony(design: Design | None = None, rng: Rng = None) -> pd.Series[float]:
    """Give the true synchrony of the dyads that `simulate_study` makes of the same design and seed.

    It is the correlation of the two persons' changes that no study observes, by ``dyad_id``.

    Examples
    --------
    >>> planted_synchrony(Design(), rng=1).between(-1, 1).sum()
    np.int64(37)
    """
    design = Design() if design is None else design
    trial, order, dyad_ids = _enter(design, check_rng(rng))
    index = pd.Index(dyad_ids, name="dyad_id")
    return pd.Series(trial.rho[0, order], index=index, name="planted_synchrony")


def _enter(design: Design, rng: np.random.Generator) -> tuple[Trials, IntArray, NDArray[np.str_]]:
    """Draw a trial; number its dyads as they enter, whoever their therapist."""
    trial = draw_trials(design, 1, rng)
    order = rng.permutation(design.n_dyads)
    width = max(2, len(str(design.n_dyads)))
    numbers = range(1, design.n_dyads + 1)
    return trial, order, np.array([f"D{number:0{width}d}" for number in numbers])


def _draw_ages(design: Design, rng: np.random.Generator) -> FloatArray:
    """Draw ages from a normal distribution cut off at 18 and 66 years."""
    from scipy.special import ndtr, ndtri

    if design.age_sd == 0:
        return np.full(design.n_dyads, np.clip(design.age_mean, 18, 65))
    low, high = ndtr((np.array([18, 66]) - design.age_mean) / design.age_sd)
    age = design.age_mean + design.age_sd * ndtri(rng.uniform(low, high, design.n_dyads))
    return np.asarray(np.clip(age, 18, 65.999))


def _long(values: FloatArray, axes: dict[str, Any], name: str) -> pd.DataFrame:
    """Lay out an array as a table, one row per value that is not missing."""
    grid = np.meshgrid(*axes.values(), indexing="ij")
    frame = pd.DataFrame({axis: index.ravel() for axis, index in zip(axes, grid, strict=True)})
    frame[name] = values.ravel()
    return frame.dropna(subset=[name]).reset_index(drop=True)


def _descriptor(design: Design, rng: Rng, like: dict[str, Any] | None) -> dict[str, Any]:
    """Describe the data package, with the design and seed that made the data."""
    seed = int(rng) if isinstance(rng, Integral) else None
    simulation: dict[str, Any] = {"seed": seed}
    if like is not None:
        times: dict[str, Any] = {"dyadsync:planned_sessions": list(design.sessions)}
        times["dyadsync:planned_time"] = design.weeks
        simulation["design"] = design.as_dict()
        return {**deepcopy(like), **times, "dyadsync:simulation": simulation}
    text = files("dyadsync").joinpath(DESCRIPTOR).read_text(encoding="utf-8")
    descriptor: dict[str, Any] = json.loads(text)
    descriptor["dyadsync:planned_sessions"] = list(design.sessions)
    descriptor["dyadsync:planned_weeks"] = design.weeks
    columns = {
        column["name"]: column
        for resource in descriptor["resources"]
        for column in resource["schema"]["fields"]
    }
    columns["oxytocin_pg_ml"]["limitOfQuantification"] = design.limit_of_quantification
    columns["session"]["constraints"]["maximum"] = max(16, *design.sessions)
    columns["week"]["constraints"]["maximum"] = design.weeks

    if seed == SHIPPED_SEED and design == Design():
        simulation |= {"seeds_passed_over": SHIPPED_SEED, "rule": SEED_RULE}
    simulation["design"] = design.as_dict()
    return {**descriptor, "dyadsync:simulation": simulation}


def write_study(study: Study, path: str | Path) -> None:
    """Write a study as a data package: three CSV files and ``datapackage.json``.

    The same study gives the same bytes everywhere (UTF-8, LF, fixed decimals where the descriptor
    gives ``dyadsync:decimals``). All files are written in full before the first one takes its
    place; other files in the folder are left alone.

    Parameters
    ----------
    study : Study
        From `simulate_study` or `load_study`.
    path : str or Path
        Folder; it is made if it does not exist.

    Raises
    ------
    InputError
        If `path` is a file or cannot be written.
    """
    folder = Path(path)
    contents: dict[str, str] = {}
    for table, frame in study.tables.items():
        resource = study.layout.resources[table]
        contents[resource["path"]] = _csv(frame, resource)
    contents[DESCRIPTOR] = json.dumps(study.descriptor, indent=2, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace_all(folder, contents)
    except OSError as error:
        raise InputError(
            f"write_study: {folder} cannot be written ({error.strerror}); give a folder that can."
        ) from error


def _csv(frame: pd.DataFrame, resource: dict[str, Any]) -> str:
    columns = {column["name"]: column for column in resource.get("schema", {}).get("fields", [])}
    text = frame.copy()
    for name in frame.columns:
        decimals = columns.get(name, {}).get("dyadsync:decimals")
        if decimals is not None:
            values = [f"{value:.{decimals}f}" for value in frame[name]]
            text[name] = np.where(frame[name].isna(), "", values)
    return str(text.to_csv(index=False, lineterminator="\n"))


def _replace_all(folder: Path, contents: dict[str, str]) -> None:
    """Write every file beside its target, then put all of them in place."""
    with tempfile.TemporaryDirectory(prefix=".dyadsync-", dir=folder) as part:
        for name, text in contents.items():
            for place in (Path(part, name), folder / name):
                place.parent.mkdir(parents=True, exist_ok=True)
            Path(part, name).write_text(text, encoding="utf-8", newline="")
        for name in contents:
            Path(part, name).replace(folder / name)
