"""What repositories and checkers read beside a supplement, all of it from CITATION.cff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from millbook.errors import InputError

_SPDX = "https://spdx.org/licenses/"


def read_citation(root: Path) -> dict[str, Any]:
    """Read a book's ``CITATION.cff``.

    Raises
    ------
    InputError
        If there is none, or it does not name title, authors, version and day of release.
    """
    path = root / "CITATION.cff"
    try:
        citation: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        complete = {"title", "authors", "version", "date-released", "license"} <= set(citation)
    except (OSError, yaml.YAMLError, TypeError):
        complete = False
    if not complete:
        raise InputError(
            f"A supplement needs {path} with title, authors, version, date-released and license."
        )
    return citation


def author_names(citation: dict[str, Any]) -> list[str]:
    """List the authors as they are cited: of persons, the family name first."""
    names = []
    for author in citation["authors"]:
        person = [author[key] for key in ("family-names", "given-names") if key in author]
        names.append(author.get("name") or ", ".join(person))
    return names


def licence_addresses(citation: dict[str, Any]) -> list[str]:
    """Give the addresses of the licences at SPDX."""
    licences = citation["license"]
    return [_SPDX + one for one in ([licences] if isinstance(licences, str) else licences)]


def zenodo(citation: dict[str, Any]) -> str:
    """Write ``.zenodo.json``: what a deposit at Zenodo is described by."""
    related = [
        {"identifier": one["doi"], "relation": "isSupplementTo", "scheme": "doi"}
        for one in citation.get("references", [])
        if "doi" in one
    ]
    licences = citation["license"]
    content = {
        "title": citation["title"],
        "upload_type": "software",
        "description": _description(citation),
        "creators": [{"name": name} for name in author_names(citation)],
        "license": (licences if isinstance(licences, str) else licences[0]).lower(),
        "keywords": citation.get("keywords", []),
        "version": str(citation["version"]),
        "publication_date": str(citation["date-released"]),
        "related_identifiers": related,
    }
    return _as_json(content)


def osf(citation: dict[str, Any]) -> str:
    """Write the attributes of a project at OSF, as its interface takes them."""
    attributes = {
        "title": citation["title"],
        "category": "project",
        "description": _description(citation),
        "tags": citation.get("keywords", []),
        "public": True,
    }
    return _as_json({"data": {"type": "nodes", "attributes": attributes}})


def codecheck(citation: dict[str, Any], results: list[str]) -> str:
    """Write ``codecheck.yml``: the files that who checks the code has to get again.

    Its certificate, report and checker are for the checker to add.

    Parameters
    ----------
    citation
        From `read_citation`.
    results
        Paths in the supplement.
    """
    content = {
        "version": "https://codecheck.org.uk/spec/config/1.0/",
        "paper": {
            "title": citation["title"],
            "authors": [{"name": name} for name in author_names(citation)],
        },
        "manifest": [
            {"file": path, "comment": f"published result {Path(path).stem}"} for path in results
        ],
    }
    return "---\n" + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _description(citation: dict[str, Any]) -> str:
    return str(citation.get("abstract") or citation["title"])


def _as_json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
