"""Many independent tasks, on this machine's cores or on a Dask cluster, in the order they came."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from dyadsync.checks import check_count
from dyadsync.errors import InputError
from dyadsync.extras import import_extra

Argument = TypeVar("Argument")
Result = TypeVar("Result")

_CONNECT_SECONDS = 10
_RETRIES = 3  # of a task whose worker was lost


def run_tasks(
    function: Callable[[Argument], Result],
    arguments: Sequence[Argument],
    scheduler: str | None = None,
    n_jobs: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> list[Result]:
    """Call a function with each argument, side by side.

    A task depends on its argument alone, so the results are the same whoever works and how many
    they are. Each process keeps to one thread of linear algebra: many small tasks gain nothing
    from more, and sums are then taken in one order everywhere.

    Parameters
    ----------
    function : callable
        Of one argument; importable by its name, so that another process can call it.
    arguments : sequence
        One a task.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``"tcp://127.0.0.1:8786"``; by default this machine
        does the work.
    n_jobs : int, optional
        Processes on this machine, by default one a core; with 1, or one task, no new process is
        started. A cluster has as many as it has.
    progress : callable, optional
        Called with the index of each task as it is done, in whatever order that is.

    Returns
    -------
    list
        Results in the order of `arguments`.

    Raises
    ------
    InputError
        Where Dask is not installed, or the scheduler does not answer.

    Examples
    --------
    >>> run_tasks(abs, [-1, 2, -3], n_jobs=1)
    [1, 2, 3]
    """
    results: dict[int, Result] = {}
    for index, result in finished_tasks(function, arguments, scheduler, n_jobs):
        results[index] = result
        if progress is not None:
            progress(index)
    return [results[index] for index in range(len(arguments))]


def finished_tasks(
    function: Callable[[Argument], Result],
    arguments: Sequence[Argument],
    scheduler: str | None = None,
    n_jobs: int | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yield index and result of each task as it is done, in whatever order that is.

    For runs that keep what is finished, and so lose little if they are stopped; the parameters and
    errors are those of `run_tasks`.

    Examples
    --------
    >>> list(finished_tasks(abs, [-1, 2], n_jobs=1))
    [(0, 1), (1, 2)]
    """
    if scheduler is None:
        return _on_this_machine(function, arguments, n_jobs)
    return _on_cluster(function, arguments, scheduler)


def _on_this_machine(function: Any, arguments: Any, n_jobs: int | None) -> Iterator[Any]:
    if n_jobs is not None:
        check_count("n_jobs", n_jobs)
    joblib = import_extra("joblib", "Running tasks side by side")
    n_jobs = min(n_jobs or joblib.cpu_count(), len(arguments))
    if n_jobs <= 1:
        with _one_thread():
            for index, argument in enumerate(arguments):
                yield index, function(argument)
        return
    with joblib.parallel_config(backend="loky", n_jobs=n_jobs, inner_max_num_threads=1):
        results: Any = None
        try:
            with _deaf_to_ctrl_c():
                results = joblib.Parallel(return_as="generator_unordered", batch_size=1)(
                    joblib.delayed(_numbered_by_worker)(function, index, argument)
                    for index, argument in enumerate(arguments)
                )
            for numbered in results:  # noqa: UP028  # else they are closed too early, which warns
                yield numbered
        except KeyboardInterrupt:  # of which joblib sees only what comes while it waits
            joblib.externals.loky.get_reusable_executor(reuse=True).shutdown(kill_workers=True)
            raise
        finally:
            if results is not None:
                with warnings.catch_warnings(action="ignore"):  # of tasks that nobody waits for
                    results.close()


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Let processes that start meanwhile never get Ctrl-C: they end with this one."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which would lift the mask when it starts
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _on_cluster(function: Any, arguments: Any, scheduler: str) -> Iterator[Any]:
    distributed = import_extra("distributed", "A Dask scheduler", "cluster")
    try:
        if not re.search(r":\d+/?$", scheduler):  # of which a client would complain when it goes
            raise ValueError("it names no port")
        client = distributed.Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            f"No Dask scheduler answers at {scheduler!r} ({error}); "
            "start one with `dask scheduler` and give its address, such as tcp://127.0.0.1:8786."
        ) from None
    with client:
        futures = [
            client.submit(_limited, function, index, argument, pure=False, retries=_RETRIES)
            for index, argument in enumerate(arguments)
        ]
        for _, numbered in distributed.as_completed(futures, loop=client.loop, with_results=True):
            yield numbered


def _one_thread() -> Any:
    return import_extra("threadpoolctl", "Running tasks side by side").threadpool_limits(1)


def _numbered_by_worker(function: Any, index: int, argument: Any) -> tuple[int, Any]:
    _end_with_parent()
    return index, function(argument)


@lru_cache
def _end_with_parent() -> None:
    """Let this worker end when the process that started it has been killed; joblib's would stay."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:  # always so on Windows
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _limited(function: Any, index: int, argument: Any) -> tuple[int, Any]:
    with _one_thread():
        return index, function(argument)
