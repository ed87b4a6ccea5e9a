"""The report of a study: where it is, its settings, its PDF and Word file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dyadsync.cli.book import described, title_of
from dyadsync.errors import InputError
from millbook.errors import InputError as BookError

if TYPE_CHECKING:
    from millbook.project import Project

ORDERED = {"change": "residualised", "measure": "shrunken"}
"""The change and the measure that depend on who is first in a dyad."""


def build_report(start: Path, data: Path, output: Path | None = None, **chosen: Any) -> Project:
    """Build the report of a data package: a site, a PDF, a Word file and tables.

    It goes into `output`, by default the folder ``_report`` of `start`, which is a folder of the
    compendium. What else is chosen is as for `millbook.build.build_book`; of sections that fail,
    too, the others are built.
    """
    from millbook.build import build_book

    output = output or start / "_report"
    return build_book(report_folder(start), data=data, output=output, **chosen)


def build(data: Path | None, **chosen: Any) -> Project:
    """Build the book of this folder, or where data are named, the report of them."""
    from millbook.build import build_book

    if data is None:
        return build_book(Path.cwd(), **chosen)
    return build_report(Path.cwd(), data, **chosen)


def report_folder(start: Path) -> Path:
    """Find the report's notebooks beside the book that a folder belongs to."""
    from millbook.project import find_book

    book = find_book(start)
    inside = book / "report"
    return inside if (inside / "_toc.yml").is_file() else book


def facts(data: Path) -> dict[str, Any]:
    """Give the study's title, and its authors as far as they are filled in."""
    said = described(data)
    return {"title": title_of(said), "authors": _authors_of(said)}


def _authors_of(said: Mapping[str, Any]) -> list[str]:
    from dyadsync.study.writing import TO_FILL_IN

    listed = said.get("contributors")
    people = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
    named = [[one.get("givenName"), one.get("familyName")] for one in people]
    names = [
        " ".join(str(part).strip() for part in parts if part) or str(one.get("title", "")).strip()
        for one, parts in zip(people, named, strict=True)
    ]
    return [name for name in names if name and TO_FILL_IN not in name]


def check(data: Path, values: Mapping[str, Any]) -> list[str]:
    """Refuse data that are no study, and parameters that these data have no use for."""
    from dyadsync.study.load import load_study
    from dyadsync.synchrony.changes import session_changes

    try:
        study = load_study(data)
        if values["change"] != "auto":
            session_changes(study, values["change"], values["below_loq"])
        told_apart = study.layout.field("samples", "role").get("dyadsync:distinguishable")
        for name, value in ORDERED.items():
            if told_apart is False and values[name] == value:
                raise InputError(
                    f"{name}={value} depends on who is first in a dyad, and the two persons of "
                    "this study cannot be told apart; choose another."
                )
    except InputError as error:
        raise BookError(str(error)) from None
    return []


def last_words(results: Path) -> str:
    """Lay paths and effects out for a terminal."""
    import pandas as pd

    file = results / "effects.csv"
    if not file.is_file():
        return ""
    table = pd.read_csv(file, index_col=0)[["estimate", "ci_lower", "ci_upper", "p_value"]]
    return str(table.to_string(float_format=lambda value: f"{value:.3g}"))
