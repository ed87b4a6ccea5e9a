"""Writing a data package that describes itself by roles, for `new` and `import`."""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dyadsync.errors import InputError
from dyadsync.study.description import LICENCE_TO_FILL_IN, has_name_at_spdx
from dyadsync.study.load import check_study
from dyadsync.study.problems import DataError
from dyadsync.study.roles import DESCRIPTOR

TO_FILL_IN = "to be filled in"
"""What stands in a descriptor where a supplement will need something that nobody has said yet."""

_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


@dataclass(frozen=True)
class Field:
    """A column of a package: its name, its type, and what the descriptor says of it besides."""

    name: str
    type: str
    says: Mapping[str, Any]

    def described(self) -> dict[str, Any]:
        """Give the entry of the descriptor."""
        return {"name": self.name, "type": self.type, **self.says}


@dataclass(frozen=True)
class Table:
    """A table of a package: its name, what it holds, its columns, key and rows."""

    name: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rows: pd.DataFrame
    missing: tuple[str, ...] = ("", "NA")
    """What stands for a value that is missing."""

    def described(self) -> dict[str, Any]:
        """Give the entry of the descriptor; the table ``dyads`` has a row per dyad."""
        dyad = self.fields[0].name
        schema: dict[str, Any] = {
            "fields": [field.described() for field in self.fields],
            "missingValues": list(self.missing),
            "primaryKey": list(self.key),
        }
        if self.name != "dyads":
            reference = {"resource": "dyads", "fields": [dyad]}
            schema["foreignKeys"] = [{"fields": [dyad], "reference": reference}]
        return {
            "name": self.name,
            "path": f"{self.name}.csv",
            "description": self.description,
            "schema": schema,
        }


def write_package(
    folder: Path,
    name: str,
    title: str,
    tables: list[Table],
    *,
    says: Mapping[str, Any],
    texts: Mapping[str, str],
    dry_run: bool = False,
) -> None:
    """Write a package whole into a new or empty folder, once nothing in it is wrong.

    `says` is what its descriptor says besides, `texts` are further files by name, such as a README.
    A dry run refuses what would be refused, and leaves nothing.
    """
    if not dry_run:
        refuse_unless_empty(folder)
    descriptor = {
        "$schema": _PROFILE,
        "name": name,
        "title": title,
        **says,
        "resources": [table.described() for table in tables],
    }
    try:
        if not dry_run:
            folder.parent.mkdir(parents=True, exist_ok=True)
        beside = None if dry_run else folder.parent
        with tempfile.TemporaryDirectory(prefix=".dyadsync-", dir=beside) as part:
            whole = Path(part) / "package"
            whole.mkdir()
            for table in tables:
                table.rows.to_csv(whole / f"{table.name}.csv", index=False, lineterminator="\n")
            text = json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
            (whole / DESCRIPTOR).write_text(text, encoding="utf-8", newline="\n")
            for file, content in texts.items():
                (whole / file).write_text(content, encoding="utf-8", newline="\n")
            if problems := check_study(whole):
                raise DataError(problems)
            if dry_run:
                return
            if folder.is_dir():
                folder.rmdir()  # it is empty
            whole.replace(folder)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written ({error.strerror}); choose another folder."
        ) from None


def credits_of(authors: Sequence[str] = (), licence: str = "", paper: str = "") -> dict[str, Any]:
    """Say under what a study is published, as its descriptor has it.

    Parameters
    ----------
    authors
        ``"Family, Given"``, with an ORCID after another comma if there is one; a text without a
        comma names a group.
    licence
        Its name at SPDX, such as ``"CC-BY-4.0"``.
    paper
        The DOI of the paper that the study belongs to.

    Examples
    --------
    >>> credits_of(["Gosset, William"], "CC-BY-4.0")["contributors"]
    [{'familyName': 'Gosset', 'givenName': 'William'}]
    """
    contributors = []
    for author in authors or [f"{TO_FILL_IN}, {TO_FILL_IN}"]:
        parts = [part.strip() for part in author.split(",")]
        # A name with an address or an ORCID behind it would be published as a name.
        named = " ".join(parts[:2]) if parts[1:] else ""
        if len(parts) > 3 or not all(parts) or re.search(r"[<@]|\d{4}", named):
            raise InputError(
                f"The author {author!r} must be of the form FAMILY, GIVEN or FAMILY, GIVEN, ORCID."
            )
        one = dict(zip(("familyName", "givenName", "path"), parts, strict=False))
        if "path" in one:
            one["path"] = f"https://orcid.org/{one['path'].removeprefix('https://orcid.org/')}"
        contributors.append({"title": author.strip()} if len(parts) == 1 else one)
    if licence and not has_name_at_spdx(licence):
        raise InputError(
            f"The licence {licence!r} must have a name at SPDX (spdx.org/licenses), such as "
            "CC-BY-4.0; one of your own has a path in datapackage.json instead."
        )
    return {
        "version": "1.0.0",
        "created": TO_FILL_IN,
        "contributors": contributors,
        "licenses": [{"name": licence or LICENCE_TO_FILL_IN}],
        "related_identifiers": [{"identifier": paper or TO_FILL_IN, "relation": "isSupplementTo"}],
    }


def refuse_unless_empty(folder: Path) -> None:
    """Refuse a folder that holds anything, or a file in its place."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError(f"{folder} holds something already; choose a new or empty folder.")


def slug(text: str) -> str:
    """Make a plain name from words: lower-case letters, digits and underscores.

    Examples
    --------
    >>> slug("Cortisol in saliva (nmol/L)"), slug("Idade da mãe"), slug("Ω")
    ('cortisol_in_saliva_nmol_l', 'idade_da_mae', 'value')
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in letters if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_") or "value"
