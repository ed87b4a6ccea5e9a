"""Plan a study: its methods section and simulated report, before there are data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dyadsync.cli import options
from dyadsync.cli.endings import ended_whole, sentences, warn
from dyadsync.errors import InputError

_KNOWN = {"study", "dyads", "sessions", "groups", "paths", "design", "parameters", "seed"}


@click.command()
@click.argument("design", type=click.Path(path_type=Path))
@options.path(
    "--output", help="Where the plan goes; by default a folder named as the design, beside it."
)
@options.profile
def plan(design: Path, output: Path | None, profile: str) -> None:
    """Plan a study from a DESIGN.yml, or from a data package without samples.

    A DESIGN.yml names a package that says what will be measured (made by dyadsync new, its folder
    as seen from the file); all else has a default:

    \b
      study: examples/cortisol
      dyads: 60
      sessions: 8
      groups: 12
      paths: [-0.3, 0.4]
      parameters: {measure: spearman}
      seed: 1

    The plan holds a simulated package of this design, its report with the methods in the future
    tense, and plan.yml with what is planned, which compare reads later.
    """  # noqa: D301
    with sentences(), ended_whole():
        import yaml

        from dyadsync.cli import report
        from dyadsync.cli.planned import PLAN, analysis_of
        from dyadsync.scrutiny.simulation.simulated_study import simulate_study, write_study
        from dyadsync.synchrony.changes import changes_of
        from millbook.parameters import read_parameters, resolve_parameters

        described, trial, parameters, seed = read_plan(design)
        folder = output or design.resolve().with_suffix("").with_name(f"{design.stem}-plan")
        if folder.is_dir() and any(folder.iterdir()) and not (folder / PLAN).is_file():
            raise InputError(f"{folder} holds something else than a plan; choose another --output.")
        settings = [f"{name}={value}" for name, value in parameters.items()]
        declared = read_parameters(report.report_folder(Path.cwd()) / "parameters.yml")
        values = resolve_parameters(declared, "paper", None, settings)
        study = simulate_study(trial, seed, described)
        write_study(study, folder / "simulated")
        if values["change"] == "auto":
            values["change"] = changes_of(study)[0]
        kept = {name: value for name, value in values.items() if name not in ("data", "planned")}
        text = yaml.safe_dump(analysis_of(study, kept), sort_keys=False, allow_unicode=True)
        (folder / PLAN).write_text(text, encoding="utf-8")
        made = report.build_report(
            Path.cwd(),
            folder / "simulated",
            folder / "report",
            settings=[*settings, "planned=true"],
            profile=profile,
            warn=warn,
        )
        click.echo(
            f"The plan is in {made.output}: html/index.html, report.pdf and report.docx. Copy "
            f"{folder / PLAN} beside the data when they are there: their report says where it "
            "leaves the plan, and so does dyadsync compare."
        )


def read_plan(path: Path) -> tuple[dict[str, Any], Any, dict[str, Any], int]:
    """Read what is planned: the description of the study, its design, parameters and seed.

    Parameters
    ----------
    path
        A YAML file with ``study`` (a folder with a ``datapackage.json`` with roles), ``dyads``,
        ``sessions``, ``groups``, ``paths`` (the standardised a and b that are hoped for), further
        fields of a `Design` as ``design``, the report's ``parameters`` and a ``seed``, all but the
        first optional; or a folder with a ``datapackage.json``.
    """
    from dyadsync.checks import check_count
    from dyadsync.cli.simulate_command import read_description
    from dyadsync.scrutiny.simulation.design import Design
    from dyadsync.study.roles import find_layout
    from millbook.parameters import read_mapping

    if path.is_dir():
        described = read_description(path)
        samples = find_layout(described)[0].resources["samples"]["path"]
        if (path / samples).is_file():
            raise InputError(
                f"{path} has its samples already ({samples}); a plan is made before the data. Name "
                "a DESIGN.yml whose study is this folder, to plan another study of its kind."
            )
        return described, _design({}, described), {}, 1
    written = read_mapping(path)
    if unknown := sorted(set(written) - _KNOWN):
        raise InputError(
            f"{path.name}: {', '.join(map(str, unknown))} is not known; a plan has "
            f"{', '.join(sorted(_KNOWN))}."
        )
    if not isinstance(written.get("study"), str):
        raise InputError(
            f"{path.name}: study is missing; name the folder of a datapackage.json that says what "
            "will be measured, such as examples/cortisol."
        )
    for name in ("parameters", "design"):
        if not isinstance(written.get(name) or {}, dict):
            raise InputError(f"{path.name}: {name} must be names and values.")
    seed = check_count("seed", written.get("seed", 1), least=0)
    described = read_description(path.parent / written["study"])
    design: Design = _design(written, described)
    return described, design, written.get("parameters") or {}, seed


def _length(described: dict[str, Any]) -> int:
    """Give the time over which ratings may lie, as the description of the study bounds it."""
    from dyadsync.study.roles import find_layout

    layout = find_layout(described)[0]
    latest = [
        (layout.field(table, column).get("constraints") or {}).get("maximum")
        for table, column in (("symptoms", "time"), ("samples", "session"))
    ]
    known = [int(one) for one in latest if isinstance(one, int | float)]
    return min([*known, 16]) if known else 16


def _design(written: dict[str, Any], described: dict[str, Any]) -> Any:
    from dyadsync.checks import check_count
    from dyadsync.scrutiny.simulation.design import Design
    from dyadsync.study.roles import find_layout

    n_sessions = check_count("sessions", written.get("sessions", 4))
    weeks = _length(described)
    fields: dict[str, Any] = {
        "weeks": max(weeks, n_sessions) if "sessions" in written else weeks,
        "n_dropouts": 0,
        "n_single_gaps": 0,
        "a": -0.3,
        "b": 0.3,
        "c": 0.0,
    }
    paths = written.get("paths")
    if paths is not None:
        try:
            a, b = map(float, paths)
        except (TypeError, ValueError):
            raise InputError(f"paths is {paths!r}; give two numbers, a and b.") from None
        # Trials are simulated with a cause of which more is worse.
        fields |= {"a": -a if find_layout(described)[0].reversed_cause else a, "b": b}
    design = Design.from_dict({**Design().as_dict(), **fields, **(written.get("design") or {})})
    n_dyads = check_count("dyads", written.get("dyads", design.n_dyads))
    usual = min(len(design.patients_per_therapist), n_dyads)
    groups = check_count("groups", written.get("groups", usual), most=n_dyads)
    return design.with_therapists(groups, n_dyads).with_sessions(n_sessions)
