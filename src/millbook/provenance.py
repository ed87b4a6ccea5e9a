"""What a build was made from, in words and hashes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from platform import machine, system
from typing import Any

import dyadsync
from millbook.project import Project, read_descriptor

_SOURCE = Path(__file__).parents[1]
_PACKAGE = _SOURCE / "dyadsync"
_ENGINE = _SOURCE / "millbook"
_PAGES = _ENGINE / "pages"


def hash_files(files: Iterable[Path], root: Path) -> str:
    """Hash files by their names below a folder and their contents, whatever their order."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def science_hash() -> str:
    """Hash what chapters import and run: the package without the machinery, and Python's version.

    Commands are part of it: a chapter types some and shows what they say.
    """
    machinery = {"__main__.py"}
    files = [
        path
        for path in _PACKAGE.rglob("*.*")
        if path.suffix in (".py", ".css", ".js")
        and path.relative_to(_PACKAGE).parts[0] not in machinery
    ]
    return f"{sys.version_info.major}.{sys.version_info.minor} {hash_files(files, _PACKAGE)}"


def engine_hash() -> str:
    """Hash the code that runs chapters: the machinery without what makes pages of them."""
    files = _ENGINE.rglob("*.py")
    return hash_files((path for path in files if not path.is_relative_to(_PAGES)), _SOURCE)


def pages_hash() -> str:
    """Hash what makes pages of executed chapters: code, templates, sheets, scripts."""
    return hash_files((path for path in _PAGES.rglob("*.*") if path.suffix != ".pyc"), _SOURCE)


def package_files(folder: Path) -> list[Path]:
    """List the files of a data package: its descriptor and what the descriptor names."""
    descriptor = read_descriptor(folder)
    names = {"datapackage.json"}
    for resource in descriptor.get("resources", []):
        paths = resource.get("path", [])
        names.update([paths] if isinstance(paths, str) else paths)
    return [folder / name for name in sorted(names)]


def data_hash(folder: Path) -> str:
    """Hash a data package."""
    return hash_files(package_files(folder), folder)


def commit(root: Path) -> str | None:
    """Name a book's commit, with ``+`` where files differ from it; None where there is none.

    A book that was unpacked inside some other repository has none.
    """
    try:
        if not _git(root, "ls-files", "_config.yml"):
            return None
        head = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def provenance(project: Project, named: str | None = None) -> dict[str, Any]:
    """Gather what every page says it was made from; git names the commit if nobody else does."""
    return {
        "package": f"dyadsync {dyadsync.__version__}",
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "data": data_hash(project.data),
        "lock": hashlib.sha256(project.lock.read_bytes()).hexdigest()
        if project.lock.is_file()
        else None,
        "commit": commit(project.root) if named is None else named or None,
    }


def platform() -> str:
    """Name what decides how sums are rounded: system, Python, numerical packages, their kernels.

    A package of linear algebra, and NumPy itself, choose among several kernels by the processor.
    """
    import numpy as np
    import scipy.linalg  # noqa: F401  # loads a linear algebra of its own
    from threadpoolctl import threadpool_info

    packages = ("numpy", "scipy", "pandas", "statsmodels")
    versions = " ".join(f"{name} {version(name)}" for name in packages)
    python = ".".join(map(str, sys.version_info[:3]))
    algebra = sorted({str(pool.get("architecture")) for pool in threadpool_info()} - {"None"})
    vectors = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    kernels = "/".join([*algebra, *vectors[-1:]])
    return f"{system()} {machine()} ({kernels}), Python {python}, {versions}"


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
