"""What a supplement is described by, and what repositories and checkers read of it.

A book is described by the ``CITATION.cff`` beside it, the report of a study by the study's own
``datapackage.json``: title, ``contributors``, ``licenses``, ``version``, ``created``, ``keywords``
of the Data Package standard, and ``related_identifiers`` as Zenodo has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from millbook.errors import InputError
from millbook.project import Project, package_descriptor
from millbook.tasks import as_json

_SPDX = "https://spdx.org/licenses/"
_ORCID = "https://orcid.org/"
_RELATIONS = {
    *("cites", "isCitedBy", "isSupplementTo", "isSupplementedBy", "continues", "isContinuedBy"),
    *("describes", "isDescribedBy", "documents", "isDocumentedBy", "references", "isReferencedBy"),
    *("isNewVersionOf", "isPreviousVersionOf", "isPartOf", "hasPart", "reviews", "isReviewedBy"),
    *("isDerivedFrom", "isSourceOf"),
}
_NEEDED = {
    "title": "the title of the study",
    "contributors": 'who is to be cited, such as {"familyName": "Gosset", "givenName": "William", '
    '"path": "https://orcid.org/..."}; the path, an ORCID, may be left out',
    "licenses": 'the licence of the data and the report, such as {"name": "CC-BY-4.0"}, or the '
    'path of its text, such as {"path": "LICENCE.txt"}',
    "version": 'such as "1.0.0"',
    "created": 'the day of this version, such as "2030-01-02"',
    "related_identifiers": 'the paper, such as {"identifier": "10.1000/182", "relation": '
    '"isSupplementTo"}; or remove the entry',
}


@dataclass(frozen=True)
class Author:
    """Who is cited: a person, or under one name a group."""

    family: str = ""
    given: str = ""
    group: str = ""
    orcid: str = ""
    affiliation: str = ""

    @property
    def name(self) -> str:
        """The name as it is cited: of a person, the family name first."""
        return self.group or ", ".join(part for part in (self.family, self.given) if part)

    @property
    def is_person(self) -> bool:
        """Whether it is one."""
        return bool(self.family or self.given or self.orcid)


@dataclass(frozen=True)
class Licence:
    """A licence: its name at SPDX, which one of one's own does not have, and its address."""

    name: str
    address: str


@dataclass(frozen=True)
class Record:
    """What a supplement is described by.

    Attributes
    ----------
    source
        The file that says it.
    name
        A short one, for files.
    kind
        ``software`` or ``dataset``.
    date
        Of this version, ``2030-01-02``.
    related
        Identifiers of other works, each after its relation to them, in DataCite's words.
    address
        Where it is developed, if that is said.
    """

    source: Path
    name: str
    kind: str
    title: str
    description: str
    authors: tuple[Author, ...]
    licences: tuple[Licence, ...]
    version: str
    date: str
    keywords: tuple[str, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    address: str = ""


def read_record(project: Project) -> Record:
    """Read what a book, or the study that it reports, is described by."""
    if (project.root / "CITATION.cff").is_file():
        return read_citation(project.root, project.command)
    return _of_package(project.data)


def read_citation(folder: Path, name: str = "program") -> Record:
    """Read a folder's ``CITATION.cff``."""
    path = folder / "CITATION.cff"
    try:
        said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        complete = {"title", "authors", "version", "date-released", "license"} <= set(said)
    except (OSError, yaml.YAMLError, TypeError):
        complete = False
    if not complete:
        raise InputError(
            f"A supplement needs {path} with title, authors, version, date-released and license."
        )
    licences = said["license"]
    return Record(
        source=path,
        name=name,
        kind=str(said.get("type", "software")),
        title=str(said["title"]),
        description=str(said.get("abstract") or said["title"]),
        authors=tuple(
            Author(
                family=str(one.get("family-names", "")),
                given=str(one.get("given-names", "")),
                group=str(one.get("name", "")),
                orcid=str(one.get("orcid", "")).removeprefix(_ORCID),
                affiliation=str(one.get("affiliation", "")),
            )
            for one in said["authors"]
        ),
        licences=tuple(
            Licence(name, _SPDX + name)
            for name in ([licences] if isinstance(licences, str) else licences)
        ),
        version=str(said["version"]),
        date=str(said["date-released"]),
        keywords=tuple(said.get("keywords", [])),
        # What a work cites as its source of information, it "references" in DataCite's words.
        related=tuple(
            ("references", str(one["doi"])) for one in said.get("references", []) if "doi" in one
        ),
        address=str(said.get("repository-code") or said.get("url") or ""),
    )


def _of_package(folder: Path) -> Record:
    path = folder / "datapackage.json"
    if not path.is_file():
        raise InputError(f"There is no {path}, which says under whose name data are published.")
    said = package_descriptor(folder)
    if wrong := list(_missing(said)):
        raise InputError(f"A supplement is published under what {path} says:\n" + "\n".join(wrong))
    authors = [_author(one) for one in said["contributors"]]
    for author in authors:
        if author.orcid and not _is_orcid(author.orcid):
            raise InputError(f"{path}: {author.orcid} of {author.name} is no ORCID.")
    return Record(
        source=path,
        name=re.sub(r"[^\w.-]+", "-", str(said.get("name") or "study")),
        kind="dataset",
        title=str(said["title"]),
        description=str(said.get("description") or said["title"]),
        authors=tuple(authors),
        licences=tuple(_licence(one, path) for one in said["licenses"]),
        version=str(said["version"]),
        date=str(said["created"])[:10],
        keywords=tuple(said.get("keywords", [])),
        related=tuple(_related(one, path) for one in said.get("related_identifiers", [])),
        address=str(said.get("homepage", "")),
    )


def _missing(said: Mapping[str, Any]) -> Iterator[str]:
    """Say of each field that a deposit needs what is wrong with it."""
    for field, right in _NEEDED.items():
        value = said.get(field)
        plain = isinstance(value, str) if field in ("title", "version", "created") else None
        listed = isinstance(value, list) and all(isinstance(one, dict) for one in value)
        if not value:
            if field != "related_identifiers":
                yield f"'{field}' is missing; give {right}."
        elif not (listed if plain is None else plain):
            yield f"'{field}' must be {'a list of objects' if plain is None else 'text'}: {right}."
        elif re.search(r"to.be.filled.in", json.dumps(value), re.IGNORECASE):
            yield f"'{field}' is still to be filled in; give {right}."
        elif field == "created" and not re.match(r"\d{4}-\d\d-\d\d", str(value)):
            yield f"'{field}' is {value!r}; give {right}."


def _author(one: Mapping[str, Any]) -> Author:
    path = str(one.get("path", ""))
    family, given = str(one.get("familyName", "")), str(one.get("givenName", ""))
    organisation = str(one.get("organization", ""))
    group = "" if family or given else str(one.get("title") or organisation)
    return Author(
        family,
        given,
        group,
        path.removeprefix(_ORCID) if path.startswith(_ORCID) else "",
        organisation if organisation != group else "",
    )


def _is_orcid(text: str) -> bool:
    """Whether the last sign of an ORCID is what the others ask for (ISO 7064, 11-2)."""
    if not re.fullmatch(r"(\d{4}-){3}\d{3}[\dX]", text):
        return False
    signs = text.replace("-", "")
    total = 0
    for digit in signs[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == signs[-1]


def _spdx_name(name: str) -> str:
    """Give a licence's name as SPDX writes it; nothing where it has none."""
    try:
        known = canonicalize_license_expression(name)
    except InvalidLicenseExpression:
        return ""
    return "" if " " in known or known.startswith("LicenseRef-") else known


def _licence(one: Mapping[str, Any], path: Path) -> Licence:
    name, address = str(one.get("name", "")), str(one.get("path", ""))
    known = _spdx_name(name)
    if not known and not address:
        raise InputError(
            f"{path}: the licence {name!r} must have a name at SPDX, such as CC-BY-4.0, or the "
            "address or path of its text."
        )
    return Licence(known, address or _SPDX + known)


def _related(one: Mapping[str, Any], path: Path) -> tuple[str, str]:
    relation = str(one.get("relation", ""))
    identifier = str(one.get("identifier", "")).removeprefix("https://doi.org/")
    if relation not in _RELATIONS or not identifier:
        raise InputError(
            f"{path}: an entry of 'related_identifiers' needs an identifier and one of these as "
            f"its relation: {', '.join(sorted(_RELATIONS))}."
        )
    if not re.fullmatch(r"(10\.\d{4,9}/|\w+:)\S+", identifier):
        raise InputError(
            f"{path}: {identifier!r} in 'related_identifiers' is no identifier of a work; give a "
            "DOI such as 10.1000/182, or an address."
        )
    return relation, identifier


def zenodo(record: Record) -> str:
    """Write ``.zenodo.json``: what a deposit at Zenodo is described by."""
    content: dict[str, Any] = {
        "title": record.title,
        "upload_type": record.kind,
        "description": escape(record.description, quote=False),  # Zenodo reads it as HTML
        "creators": [
            {"name": one.name}
            | ({"orcid": one.orcid} if one.orcid else {})
            | ({"affiliation": one.affiliation} if one.affiliation else {})
            for one in record.authors
        ],
        "keywords": list(record.keywords),
        "version": record.version,
        "publication_date": record.date,
        "related_identifiers": [
            {
                "identifier": identifier,
                "relation": relation,
                "scheme": "doi" if identifier.startswith("10.") else "url",
            }
            for relation, identifier in record.related
        ],
    }
    if record.licences[0].name:
        content["license"] = record.licences[0].name.lower()
    return as_json(content)


def osf(record: Record) -> str:
    """Write the attributes of a project at OSF, as its interface takes them."""
    holders = [one.name for one in record.authors]
    attributes = {
        "title": record.title,
        "category": "data" if record.kind == "dataset" else "project",
        "description": record.description,
        "tags": list(record.keywords),
        "node_license": {"copyright_holders": holders, "year": record.date[:4]},
        "public": True,
    }
    return as_json({"data": {"type": "nodes", "attributes": attributes}})


def codecheck(record: Record, results: list[str]) -> str:
    """Write ``codecheck.yml``: the files that who checks the code has to get again.

    Its certificate, report and checker are for the checker to add.
    """
    authors = [
        {"name": one.name} | ({"ORCID": one.orcid} if one.orcid else {}) for one in record.authors
    ]
    content = {
        "version": "https://codecheck.org.uk/spec/config/1.0/",
        "paper": {"title": record.title, "authors": authors},
        "manifest": [
            {"file": path, "comment": f"published result {Path(path).stem}"} for path in results
        ],
    }
    return "---\n" + _as_yaml(content)


def cff(record: Record) -> str:
    """Write ``CITATION.cff``."""
    authors = []
    for one in record.authors:
        said = {
            "name": one.group,
            "family-names": one.family,
            "given-names": one.given,
            "orcid": _ORCID + one.orcid if one.orcid else "",
            "affiliation": one.affiliation,
        }
        authors.append({key: value for key, value in said.items() if value})
    content: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this study, please cite it.",
        "title": record.title,
        "type": record.kind,
        "authors": authors,
        "version": record.version,
        "date-released": record.date,
    }
    if names := [one.name for one in record.licences if one.name]:
        content["license"] = names
    else:
        content["license-url"] = record.licences[0].address
    if record.keywords:
        content["keywords"] = list(record.keywords)
    return _as_yaml(content)


def _as_yaml(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
