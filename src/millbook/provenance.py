"""What a build was made from, in words and hashes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import machine, system
from typing import Any

from millbook.environment import package_folder
from millbook.project import Project, package_descriptor

_ENGINE = Path(__file__).parent
_PAGES = _ENGINE / "pages"


def hash_files(files: Iterable[Path], root: Path) -> str:
    """Hash files by their names below a folder and their contents, whatever their order."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def science_hash(package: str | None) -> str:
    """Hash what chapters import and run: a package, and Python's version."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if package is None:
        return python
    folder = package_folder(package)
    kinds = (".py", ".css", ".js", ".json")
    return f"{python} {hash_files((p for p in folder.rglob('*.*') if p.suffix in kinds), folder)}"


def engine_hash() -> str:
    """Hash the code that runs chapters: the engine without what makes pages of them."""
    files = (path for path in _ENGINE.rglob("*.py") if not path.is_relative_to(_PAGES))
    return hash_files(files, _ENGINE)


def pages_hash() -> str:
    """Hash what makes pages of executed chapters: code, templates, sheets, scripts."""
    return hash_files((path for path in _PAGES.rglob("*.*") if path.suffix != ".pyc"), _ENGINE)


def package_files(folder: Path) -> list[Path]:
    """List the files of a data package: its descriptor and what it names; of a folder, all."""
    descriptor = package_descriptor(folder)
    if not descriptor:
        return sorted(path for path in folder.rglob("*") if path.is_file())
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
        if not git(root, "ls-files", "_config.yml"):
            return None
        head = git(root, "rev-parse", "HEAD")
        changed = git(root, "status", "--porcelain", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def package_version(package: str | None) -> str | None:
    """Name a package and its version, for what pages say."""
    if package is None:
        return None
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package


def provenance(project: Project, named: str | None = None) -> dict[str, Any]:
    """Gather what every page says it was made from; git names the commit if nobody else does."""
    return {
        "package": package_version(project.settings.get("package")),
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
    from threadpoolctl import threadpool_info

    packages = []
    for name in ("numpy", "scipy", "pandas", "statsmodels", "numba"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    if "scipy" in " ".join(packages):
        import scipy.linalg  # noqa: F401  # loads a linear algebra of its own
    python = ".".join(map(str, sys.version_info[:3]))
    algebra = sorted({str(pool.get("architecture")) for pool in threadpool_info()} - {"None"})
    vectors = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    kernels = "/".join([*algebra, *vectors[-1:]])
    return f"{system()} {machine()} ({kernels}), Python {python}, {' '.join(packages)}"


def git(root: Path, *arguments: str) -> str:
    """Ask git about the repository of a folder, whichever a hook or a shell has named."""
    named = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        env={name: value for name, value in os.environ.items() if name not in named},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.strip()
