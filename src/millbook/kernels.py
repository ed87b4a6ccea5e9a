"""Kernels of this very Python, whatever is installed as ``python3``; warm ones where Linux forks.

Importing pandas, statsmodels and matplotlib takes a kernel seconds, a chapter each. So one process
imports them once and forks a kernel per chapter, see `millbook.warm`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from traitlets import default


class KernelServer:
    """The process that imports once and forks kernels; it ends with the build.

    Parameters
    ----------
    imports
        Modules to import.
    folder
        Where notebooks run, and look for modules.
    environment
        Its whole environment.
    place
        The folder for what kernels and the build write meanwhile; the server removes it in the end,
        also where the build has been killed.
    """

    def __init__(
        self, imports: Sequence[str], folder: Path, environment: Mapping[str, str], place: Path
    ) -> None:
        self.place = place
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "millbook.warm", str(place), *imports],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            text=True,
            encoding="utf-8",
            start_new_session=True,  # out of reach of Ctrl-C, and it tidies up after a killed build
        )

    def fork(self, connection_file: str, cwd: str, environment: Mapping[str, str]) -> int:
        """Start a kernel, and give its process id."""
        request = {"file": connection_file, "cwd": cwd, "environment": dict(environment)}
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            try:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
                return int(self._process.stdout.readline())
            except (OSError, ValueError):
                raise DeadKernelError("the process that forks kernels has died") from None

    def close(self) -> None:
        """End it, and what is left of its kernels."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Forked:
    """A process that another one started, as the client of Jupyter wants it."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        return 1

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class OwnKernel(AsyncKernelManager):  # type: ignore[misc, unused-ignore]
    """Manages a kernel of this Python, forked by the server if there is one.

    ``folder`` is for the files by which the two find each other.
    """

    server: KernelServer | None = None
    folder = "."

    @default("connection_file")
    def _connection_file_of_its_own(self) -> str:
        return str(Path(self.folder, "kernel.json"))

    @default("transport")
    def _sockets_rather_than_ports(self) -> str:
        # Files are nobody else's, and no two kernels race for one; their names must be short.
        return "ipc" if hasattr(socket, "AF_UNIX") and len(self.folder) < 80 else "tcp"

    @property
    def kernel_spec(self) -> KernelSpec:
        """What every notebook runs in."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        if self.server is None:
            await super()._async_launch_kernel(kernel_cmd, **kw)
            return
        provisioner: Any = self.provisioner
        file = str(Path(self.connection_file).resolve())
        pid = self.server.fork(file, str(kw["cwd"]), kw["env"])
        provisioner.process, provisioner.pid, provisioner.pgid = _Forked(pid), pid, pid
        self._reconcile_connection_info(provisioner.connection_info)
