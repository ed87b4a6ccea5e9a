"""Do the book's numbers depend on the machine? Its chapters, run under other kernels and Pythons.

    python benchmarks/platforms.py [PYTHON ...]

Each PYTHON is the interpreter of another environment with the same pins. Writes `platforms.csv`:
how many of the numbers that the chapters show and publish come out otherwise than within the
tolerance of `dyadsync verify`, and the largest difference that rounding made.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).with_name("platforms.csv")

# What a processor decides: the kernels of OpenBLAS, and those of NumPy.
VARIATIONS: dict[str, dict[str, str]] = {
    "as this machine chooses": {},
    "OpenBLAS for Sandybridge": {"OPENBLAS_CORETYPE": "Sandybridge"},
    "OpenBLAS for Prescott, NumPy without AVX2": {
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3",
    },
}


def largest_difference(before: list, after: list) -> float:
    """The largest relative difference of two numbers with the same place, above what is nothing."""
    number = re.compile(r"[-−]?\d+\.\d+(?:e[-+]?\d+)?")
    worst = 0.0
    for one, other in zip(before, after, strict=False):
        if (one.chapter, one.place, one.name) != (other.chapter, other.place, other.name):
            continue
        for texts in zip(number.findall(one.value), number.findall(other.value), strict=False):
            a, b = (float(text.replace("−", "-")) for text in texts)
            if max(abs(a), abs(b)) > 1e-9 and min(map(len, texts)) > 10:  # shown in full
                worst = max(worst, abs(a - b) / max(abs(a), abs(b)))
    return worst


def main(pythons: list[str], profile: str = "paper") -> None:
    """Run all and write the table."""
    from millbook.evidence.build_numbers import differences, read_numbers
    from millbook.evidence.manifest import read_manifest
    from millbook.project import Project

    asked = [(sys.executable, name) for name in VARIATIONS]
    asked += [(python, next(iter(VARIATIONS))) for python in pythons]
    rows: list[dict[str, object]] = []
    first = None
    with tempfile.TemporaryDirectory() as folder:
        for count, (python, name) in enumerate(asked):
            output = Path(folder) / str(count)
            command = [python, __file__, "--run", str(output), profile]
            subprocess.run(command, env=os.environ | VARIATIONS[name], check=True)
            numbers = read_numbers(Project(ROOT, output, ROOT / "data"))
            first = first or numbers
            moved = differences(first, numbers)
            print(*moved, sep="\n")
            rows.append(
                {
                    "variation": name,
                    "platform": read_manifest(output)["platform"],
                    "numbers": len(numbers),
                    "moved": len(moved),
                    "largest_relative_difference": largest_difference(first, numbers),
                }
            )
            pd.DataFrame(rows).to_csv(RESULT, index=False, float_format="%.1e")
    print(pd.DataFrame(rows).to_string())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        from millbook.build import build_book

        build_book(ROOT, output=Path(sys.argv[2]), profile=sys.argv[3], jobs=1)
    else:
        main(sys.argv[1:])
