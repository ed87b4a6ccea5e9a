"""The supplement as an RO-Crate: what was made, from what, by which program.

It follows the Process Run Crate profile, https://w3id.org/ro/wfrun/process/0.5.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from millbook.evidence.deposit import Author, Record
from millbook.evidence.manifest import all_parameters
from millbook.tasks import as_json

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"


def crate(
    record: Record,
    software: Record,
    manifest: Mapping[str, Any],
    objects: Mapping[str, str],
    results: Mapping[str, str],
    others: Mapping[str, str],
    ended: str | None,
) -> str:
    """Write ``ro-crate-metadata.json``.

    `record` describes the supplement, `software` the program that built it. `objects` are the files
    that the build read and what they are, `results` those that it made, `others` what else is
    there; a folder has a slash at its end. `ended` is when the build's commit was made, in ISO
    8601; a clock's time would make each crate another.
    """
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    made = ROCrate(version="1.1")
    made.name = record.title
    made.description = f"Supplement: {record.description}"
    made.datePublished = record.date
    made.keywords = _plain(list(record.keywords))
    made.root_dataset["version"] = record.version

    def about(identifier: str, **properties: Any) -> Any:
        renamed = {key.replace("type_", "@type"): value for key, value in properties.items()}
        return made.add(ContextEntity(made, identifier, properties=renamed))

    profile = about(PROFILE, type_=["CreativeWork"], name="Process Run Crate", version="0.5")
    made.root_dataset["conformsTo"] = profile
    licences = {
        one.address: about(one.address, type_="CreativeWork", name=one.name or one.address)
        for one in dict.fromkeys([*record.licences, *software.licences])
    }
    made.license = _plain([licences[one.address] for one in record.licences])
    groups: dict[str, Any] = {}

    def group(name: str) -> Any:
        if name not in groups:
            identifier = f"#organization-{len(groups) + 1}"
            groups[name] = about(identifier, type_="Organization", name=name)
        return groups[name]

    def author(number: int, one: Author) -> Any:
        if not one.is_person:
            return group(one.name)
        identifier = f"https://orcid.org/{one.orcid}" if one.orcid else f"#author-{number}"
        said = {"name": one.name, "familyName": one.family, "givenName": one.given}
        properties: dict[str, Any] = {key: value for key, value in said.items() if value}
        if one.affiliation:
            properties["affiliation"] = group(one.affiliation)
        return about(identifier, type_="Person", **properties)

    authors = [author(number, one) for number, one in enumerate(record.authors, start=1)]
    made.root_dataset["author"] = _plain(authors)
    made.root_dataset["publisher"] = next(iter(groups.values()), authors[0])
    works = [
        about(at, type_="CreativeWork", name=identifier, description=relation)
        for relation, identifier in record.related
        for at in [f"https://doi.org/{identifier}" if identifier[:3] == "10." else identifier]
    ]
    if works:
        made.root_dataset["citation"] = _plain(works)

    def entity(path: str, words: str) -> Any:
        properties: dict[str, Any] = {"name": words, "description": words}
        if path.endswith("/"):
            return made.add_directory(dest_path=path, properties=properties)
        kind = mimetypes.guess_type(PurePosixPath(path).name)[0] or "text/plain"  # SHA256SUMS
        return made.add_file(dest_path=path, properties=properties | {"encodingFormat": kind})

    read = [entity(path, words) for path, words in objects.items()]
    wrote = [entity(path, words) for path, words in results.items()]
    for path, words in others.items():
        entity(path, words)
    made_by = manifest["build"]["provenance"]["package"] or "millbook"
    package, _, version = made_by.partition(" ")
    program = about(
        software.address or f"#{package}",
        type_="SoftwareApplication",
        name=package,
        description="Runs the chapters and builds the site.",
        version=version or software.version,
        license=_plain([licences[one.address] for one in software.licences]),
        **({"url": software.address} if software.address else {}),
    )
    values = [
        about(f"#parameter-{name}", type_="PropertyValue", name=name, value=json.dumps(value))
        for name, value in sorted(all_parameters(manifest).items())
    ]
    properties = {
        "name": "The build",
        "description": "Ran every chapter on the data with the parameters and built the site.",
        "agent": authors[0],
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    action = made.add_action(
        program,
        identifier="#build",
        object=[*read, *values],
        result=wrote,
        properties=properties | ({"endTime": ended} if ended else {}),
    )
    made.root_dataset["mentions"] = action
    return as_json(made.metadata.generate())


def _plain(values: list[Any]) -> Any:
    """Give one value as itself: in a crate, a list has several."""
    return values[0] if len(values) == 1 else values
