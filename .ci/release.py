"""Release a version: say it everywhere, commit it, tag it. What is pushed is for you to decide.

    make release VERSION=0.2.0

The package's `__version__` is the one source (flit reads it); CITATION.cff and the changelog say it
too, with the day, and a test holds the three together. A release needs a clean tree, a version
above the last one, and a changelog that says what is new under [Unreleased].
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "src/dyadsync/__init__.py"


def released(texts: dict[str, str], version: str, day: str) -> dict[str, str]:
    """Give the files of a release, by path, from what they say before it, or say what lacks."""
    old = re.search(r'^__version__ = "([\d.]+)"$', texts[PACKAGE], flags=re.MULTILINE)
    if old is None:
        raise SystemExit(f"{PACKAGE} has no line like __version__ = '0.1.0'.")
    if not re.fullmatch(r"\d+\.\d+\.\d+", version) or _parts(version) <= _parts(old[1]):
        raise SystemExit(
            f"VERSION is '{version}'; it must be three numbers like 1.2.3, above {old[1]}."
        )
    news = re.search(
        r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", texts["CHANGELOG.md"], flags=re.M | re.S
    )
    if news is None or not re.search(r"^- ", news[1], flags=re.MULTILINE):
        raise SystemExit("CHANGELOG.md has no entry under ## [Unreleased]; say there what is new.")
    return {
        PACKAGE: texts[PACKAGE].replace(old[0], f'__version__ = "{version}"'),
        "CHANGELOG.md": texts["CHANGELOG.md"].replace(
            "## [Unreleased]\n", f"## [Unreleased]\n\n## [{version}] - {day}\n", 1
        ),
        "CITATION.cff": re.sub(
            r"^date-released: .*$",
            f"date-released: {day}",
            re.sub(r"^version: .*$", f"version: {version}", texts["CITATION.cff"], flags=re.M),
            flags=re.MULTILINE,
        ),
    }


def _parts(version: str) -> tuple[int, ...]:
    """Turn 1.10.0 into numbers that compare as such."""
    return tuple(map(int, version.split(".")))


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def main(version: str) -> None:
    """Check, write, commit, tag."""
    if _git("status", "--porcelain"):
        raise SystemExit("The tree has changes that are not committed; commit or drop them first.")
    paths = (PACKAGE, "CHANGELOG.md", "CITATION.cff")
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
    for path, text in released(texts, version, date.today().isoformat()).items():
        (ROOT / path).write_text(text, encoding="utf-8", newline="\n")
    _git("commit", "--quiet", "--all", "--message", f"Release {version}")
    _git("tag", "--annotate", f"v{version}", "--message", f"dyadsync {version}")
    print(f"Released {version} as tag v{version}. Publish it with: git push --follow-tags")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
