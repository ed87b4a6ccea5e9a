"""The process that forks kernels: ``python -m millbook.warm FOLDER MODULE ...``.

It imports the modules, then reads a request a line from standard input (``file``, ``cwd`` and
``environment`` of a kernel, as JSON), and answers with the kernel's process id. It ends, and its
kernels with it, when standard input does, as when the build is killed; the folder goes, too.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import shutil
import signal
import sys
from typing import Any

from millbook._jsonschema import import_jsonschema

_OF_KERNELS = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "yaml"),
    "matplotlib.font_manager",  # lists the fonts, once for all
)


def serve() -> None:
    """Fork a kernel for each request."""
    folder, *imports = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _silence()
    gc.set_threshold(50_000)  # imports and figures are thousands of objects that stay
    import_jsonschema()
    for name in [*_OF_KERNELS, *imports]:
        with contextlib.suppress(Exception):  # the notebook's own import says what is wrong
            importlib.import_module(name)
    gc.freeze()  # kernels need not look again and again through what stays
    # Children that end are reaped by the system, so that the build sees them gone.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    kernels = []
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            answers.close()
            _become_kernel(request)
            os._exit(0)
        kernels.append(pid)
        answers.write(f"{pid}\n")
        answers.flush()
    for pid in kernels:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # which tells that all have ended
        os.wait()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # without the ends of all that was imported


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(nothing, number)


def _become_kernel(request: dict[str, Any]) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    os.chdir(request["cwd"])
    random.seed()
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()  # noqa: NPY002  # else all kernels would draw the same numbers unasked
    if "pandas" in sys.modules:
        import pandas as pd

        pd.set_option("display.max_columns", 20)  # as where it sees a notebook when it is imported
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", "-f", request["file"]]
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    serve()
