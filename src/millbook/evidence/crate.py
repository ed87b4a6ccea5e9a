"""The supplement as an RO-Crate: what was made, from what, by which program.

It follows the Process Run Crate profile, https://w3id.org/ro/wfrun/process/0.5.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from millbook.evidence.deposit import author_names, licence_addresses

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"


def crate(
    citation: dict[str, Any],
    manifest: Mapping[str, Any],
    objects: Mapping[str, str],
    results: Mapping[str, str],
    others: Mapping[str, str],
    ended: str | None,
) -> str:
    """Write ``ro-crate-metadata.json``.

    Parameters
    ----------
    citation
        From ``CITATION.cff``.
    manifest
        What the build says of itself.
    objects, results, others
        Files, and folders (with a slash at their end), in the supplement and what they are: what
        the build read, what it made, what else is there.
    ended
        When the build's commit was made, in ISO 8601; a clock's time would make each crate another.
    """
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    made = ROCrate(version="1.1")
    made.name = citation["title"]
    made.description = f"Supplement: {citation['title']}."
    made.datePublished = str(citation["date-released"])
    made.keywords = _plain(citation.get("keywords", []))
    made.root_dataset["version"] = str(citation["version"])

    def about(identifier: str, **properties: Any) -> Any:
        renamed = {key.replace("type_", "@type"): value for key, value in properties.items()}
        return made.add(ContextEntity(made, identifier, properties=renamed))

    profile = about(PROFILE, type_=["CreativeWork"], name="Process Run Crate", version="0.5")
    made.root_dataset["conformsTo"] = profile
    licences = [
        about(address, type_="CreativeWork", name=address.rpartition("/")[2])
        for address in licence_addresses(citation)
    ]
    made.license = _plain(licences)
    authors = [
        about(f"#author-{number}", type_="Organization", name=name)
        for number, name in enumerate(author_names(citation), start=1)
    ]
    made.root_dataset["author"] = _plain(authors)
    made.root_dataset["publisher"] = authors[0]

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
    version = version or str(citation["version"])
    at = citation.get("repository-code") or citation.get("url")
    program = about(
        at or f"#{package}",
        type_="SoftwareApplication",
        name=package,
        description="Runs the chapters of the book and builds its site.",
        version=version,
        license=licences[0],
        **({"url": at} if at else {}),
    )
    chosen: dict[str, Any] = {}
    for parameters in manifest["build"]["parameters"].values():
        chosen |= parameters
    values = [
        about(f"#parameter-{name}", type_="PropertyValue", name=name, value=json.dumps(value))
        for name, value in sorted(chosen.items())
    ]
    properties = {
        "name": "The build of the book",
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
    return json.dumps(made.metadata.generate(), indent=2, ensure_ascii=False) + "\n"


def _plain(values: list[Any]) -> Any:
    """Give one value as itself: in a crate, a list has several."""
    return values[0] if len(values) == 1 else values
