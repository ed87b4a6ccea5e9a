"""The functions by which the engine asks about this project, see `millbook.adapter`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dyadsync.errors import InputError
from millbook.errors import InputError as BookError

if TYPE_CHECKING:
    from dyadsync.claims.verdict import Claim
    from dyadsync.study.load import Study

_LIMITING = ("change", "below_loq", "measure", "min_sessions", "symptom_method")


def facts(data: Path) -> dict[str, Any]:
    """Give the title of a study that is not the shipped one."""
    from dyadsync.study.roles import find_layout

    descriptor = described(data)
    return {"title": title_of(descriptor)} if find_layout(descriptor)[0].declared else {}


def described(data: Path) -> dict[str, Any]:
    """Read how a data package describes itself."""
    from dyadsync.study.description import read_descriptor

    try:
        return read_descriptor(data)
    except InputError as error:
        raise BookError(str(error)) from None


def title_of(descriptor: Mapping[str, Any]) -> str:
    """Give the title of a study in one line."""
    title = descriptor.get("title") or descriptor.get("name") or "A study of synchrony"
    return " ".join(str(title).split())


def parameters(data: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Let levels take the place of the default change, for data with one sample per session."""
    from dyadsync.study.roles import find_layout

    columns = find_layout(described(data))[0].columns
    return dict(values) if "phase" in columns.get("samples", {}) else for_levels(values)


def for_levels(values: Mapping[str, Any]) -> dict[str, Any]:
    """Let levels take the place of the default change."""
    return {
        name: "level" if (name, value) == ("change", "difference") else value
        for name, value in values.items()
    }


def limiting(values: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the parameters that bear on what can be computed with a study at all."""
    return {name: values[name] for name in _LIMITING if name in values}


def check(data: Path, values: Mapping[str, Any]) -> list[str]:
    """Refuse a study that is none; say what this one is too poor for."""
    from dyadsync.mediation.limits import study_limits
    from dyadsync.study.load import load_study

    try:
        study = load_study(data)
        _check_weeks(study, values)
        return [limit.in_words() for limit in study_limits(study, **limiting(values))]
    except InputError as error:
        raise BookError(str(error)) from None


def _check_weeks(study: Study, values: Mapping[str, Any]) -> None:
    """Refuse a time between sessions that puts them where there are no ratings to compare."""
    weeks = values.get("weeks_per_session", 1)
    if weeks == 1:  # as the shipped study has it; else its models would be loaded for nothing
        return
    from dyadsync.scrutiny.timing.lags import session_lags
    from dyadsync.scrutiny.timing.order import session_order
    from dyadsync.synchrony.changes import session_changes

    changes = session_changes(study, values["change"], values["below_loq"])
    try:
        session_lags(study, changes, weeks_per_session=weeks)
        session_order(study, changes, weeks_per_session=weeks, n_permutations=199, rng=1)
    except InputError as error:
        raise InputError(f"weeks_per_session is {weeks:g}: {error}") from None


def last_words(results: Path) -> str:
    """Lay the published claims out for a terminal."""
    from dyadsync.claims.published_claims import read_claims

    claims = read_claims(results)
    return claims_as_text(claims) if claims else ""


def claims_as_text(claims: list[Claim]) -> str:
    """Lay claims out for a terminal, the paper's order, columns aligned."""
    from dyadsync.claims.verdict import agreements
    from millbook.evidence.compare_results import in_columns

    rows = [("Claim", "Method", "Estimate", "Interval", "Verdict")]
    for one in agreements(claims):
        claim = one.main
        verdict: str = claim.verdict
        if one.n_methods > 1:
            verdict += f" by {one.in_words()}"
        interval = f"{claim.ci_lower:z.2f} to {claim.ci_upper:z.2f}"
        rows.append((f"({claim.id})", claim.method, f"{claim.estimate:z.2f}", interval, verdict))
    return "\n".join(in_columns(rows))
