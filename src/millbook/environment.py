"""The environment of whatever a build starts: what it needs is set, the rest is dropped.

So an image that sets MPLBACKEND, a shell with a PYTHONSTARTUP or another language, and a user's own
settings of matplotlib, IPython and Jupyter give the same book.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

_DROPPED = (
    "PYTHON",
    "IPYTHON",
    "JUPYTER",
    "JPY_",
    "MPL",
    "MATPLOTLIB",
    "NUMBA_",
    "LC_",
    "LANG",
    "OMP_",
)
_DROPPED_WHOLE = {"COLUMNS", "LINES", "DISPLAY", "SOURCE_DATE_EPOCH", "BROWSER", "TZ", "CLICOLOR"}

# Figures are SVG whose text is text, the same on every run and machine; a chapter's own style comes
# on top.
_IPYTHON = """c = get_config()
c.HistoryManager.enabled = False
c.InlineBackend.figure_formats = {"svg"}
"""
_MATPLOTLIB = """svg.hashsalt: millbook
svg.fonttype: none
font.family: DejaVu Sans
figure.facecolor: none
"""


CAN_FORK = sys.platform == "linux"
"""Whether one process can import for all kernels, see `millbook.kernels`."""


def child_environment(caches: Path, package: str | None = None) -> dict[str, str]:
    """Give the whole environment of a child.

    What notebooks import has to be found, though the package may not be installed.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and name not in _DROPPED_WHOLE
    }
    folders = [Path(__file__).parent, *([package_folder(package)] if package else [])]
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    places = dict.fromkeys(str(one.parent) for one in folders if one.parent not in installed)
    return kept | {
        "PYTHONPATH": os.pathsep.join(places),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "IPYTHONDIR": str(caches / "ipython"),
        "JUPYTER_CONFIG_DIR": str(caches / "jupyter"),
        "JUPYTER_DATA_DIR": str(caches / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(caches / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MATPLOTLIBRC": str(caches / "matplotlibrc"),
        "MPLCONFIGDIR": str(caches / "matplotlib"),
        "SOURCE_DATE_EPOCH": "0",
        # Chapters run side by side, and one thread each also sums in the same order each time.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "LOKY_MAX_CPU_COUNT": "1",  # nor does joblib start processes for some seconds' work
    }


def package_folder(package: str) -> Path:
    """Find the folder of a package without importing it."""
    from millbook.errors import InputError

    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise InputError(f"_config.yml names the package {package}, which cannot be found.")
    return Path(next(iter(found.submodule_search_locations))).resolve()


def prepare_caches(caches: Path) -> None:
    """Write the settings of IPython and matplotlib.

    Where kernels start each by itself matplotlib lists the fonts first, so that they find the list
    and do not race for it.
    """
    profile = caches / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (caches / "jupyter").mkdir(exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(_IPYTHON, encoding="utf-8")
    (caches / "matplotlibrc").write_text(_MATPLOTLIB, encoding="utf-8")
    if not CAN_FORK:
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"],
            env=child_environment(caches) | {"MPLBACKEND": "agg"},
            capture_output=True,
            check=False,  # a book may do without matplotlib
        )
