import os
import signal
import subprocess
import sys
import time

import pandas as pd
import psutil
import pytest

from dyadsync.errors import InputError
from dyadsync.scrutiny.simulation.simulated_power import power
from dyadsync.workers import finished_tasks, run_tasks

SECONDS = 60  # longest that anything here may take


def process_of(number):
    return number, os.getpid()


def test_results_come_in_the_order_of_the_arguments_from_other_processes():
    results = run_tasks(process_of, list(range(8)), n_jobs=2)
    assert [number for number, _ in results] == list(range(8))
    assert os.getpid() not in {process for _, process in results}


def test_one_job_starts_no_process_and_tells_of_each_task():
    told = []
    results = run_tasks(process_of, [5, 6], n_jobs=1, progress=told.append)
    assert results == [(5, os.getpid()), (6, os.getpid())]
    assert told == [0, 1]


def touch_and_wait(path):
    path.touch()
    time.sleep(SECONDS)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the number of a dead parent")
def test_workers_end_where_what_started_them_is_killed(tmp_path):
    begun = [tmp_path / "0", tmp_path / "1"]
    code = (
        "import sys; from pathlib import Path; from dyadsync.workers import run_tasks; "
        "from tests.test_workers import touch_and_wait; "
        "run_tasks(touch_and_wait, [Path(one) for one in sys.argv[1:]], n_jobs=2)"
    )
    run = subprocess.Popen([sys.executable, "-c", code, *map(str, begun)])
    wait_until(lambda: all(path.exists() for path in begun))
    workers = psutil.Process(run.pid).children(recursive=True)
    assert len(workers) >= 2
    run.kill()
    run.wait()
    assert not psutil.wait_procs(workers, timeout=SECONDS / 2)[1]


def wait_until(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_no_task_is_no_work():
    assert run_tasks(process_of, []) == []


def test_a_count_of_jobs_that_is_none_is_refused():
    with pytest.raises(InputError, match="n_jobs is 0; it must be a whole number of at least 1"):
        run_tasks(process_of, [1, 2], n_jobs=0)


def test_a_scheduler_that_does_not_answer_is_said_so(monkeypatch):
    monkeypatch.setattr("dyadsync.workers._CONNECT_SECONDS", 0.2)
    with pytest.raises(InputError, match=r"No Dask scheduler answers at 'here' \(it names no port"):
        run_tasks(process_of, [1], scheduler="here")
    with pytest.raises(InputError, match=r"No Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        run_tasks(process_of, [1], scheduler="tcp://127.0.0.1:9")


def test_without_dask_a_scheduler_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'dyadsync\[cluster\]'"):
        run_tasks(process_of, [1], scheduler="tcp://127.0.0.1:9")


class Cluster:
    """A Dask scheduler and two workers: three processes that know only the loopback."""

    def __init__(self, folder):
        self.folder = folder
        self.log = (folder / "log").open("w")
        file = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--port", "0", "--scheduler-file", str(file))
        deadline = time.monotonic() + SECONDS
        while not (file.exists() and file.read_text().rstrip().endswith("}")):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        import json

        self.address = json.loads(file.read_text())["address"]
        worker = ["worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "30"]
        self.workers = [self.start(*worker), self.start(*worker)]

    def start(self, *arguments):
        program = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        return subprocess.Popen(
            [*program, "--host", "127.0.0.1", "--no-dashboard"],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def stop(self):
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                process.kill()
            process.wait(10)
        self.log.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster for all tests that leave it whole."""
    yield from started(tmp_path_factory.mktemp("cluster"))


@pytest.fixture
def victims(tmp_path):
    """A cluster for one test that breaks it."""
    yield from started(tmp_path)


def started(folder):
    made = None
    try:
        made = Cluster(folder)
        yield made
    finally:
        if made is not None:
            made.stop()


GRID = {"b": [0.0, 0.28, 0.65]}
OPTIONS = {"methods": ["bootstrap", "huber"], "n_trials": 200, "n_draws": 200, "rng": 7}


@pytest.mark.book
def test_a_cluster_finds_what_this_machine_finds_to_the_last_digit(cluster):
    there = power(GRID, scheduler=cluster.address, **OPTIONS)
    here = power(GRID, n_jobs=1, **OPTIONS)
    pd.testing.assert_frame_equal(there.table, here.table, check_exact=True)


def slowly(number):
    time.sleep(0.1)
    return number, os.getpid()


def test_who_stops_listening_hears_nothing_of_the_tasks_that_are_left():
    """As where Ctrl-C comes while something else than waiting is done; a warning is an error."""
    results = finished_tasks(slowly, list(range(8)), n_jobs=2)
    assert next(results)[0] in range(8)
    results.close()


@pytest.mark.book
def test_a_worker_that_is_killed_in_the_middle_loses_nothing(victims):
    seen = {}
    killed = None
    for index, (number, process) in finished_tasks(slowly, list(range(60)), victims.address):
        assert index == number
        assert index not in seen
        seen[index] = process
        if killed is None and len(set(seen.values())) == 2:  # both have worked
            killed = process
            os.kill(process, signal.SIGKILL)
    assert killed is not None
    assert sorted(seen) == list(range(60))
    assert not psutil.pid_exists(killed) or psutil.Process(killed).status() == "zombie"


def refuse(number):
    raise ValueError(f"{number} is refused")


@pytest.mark.book
def test_what_a_task_raises_comes_back_from_a_cluster(cluster):
    with pytest.raises(ValueError, match="3 is refused"):
        run_tasks(refuse, [3], scheduler=cluster.address)


@pytest.mark.book
def test_power_survives_the_loss_of_a_worker_with_equal_numbers(victims, tmp_path):
    victim, folder = victims.workers[0], tmp_path / "cells"

    def kill_one(done, of):
        if done >= 3 and victim.poll() is None:
            victim.kill()
            victim.wait(10)

    there = power(GRID, scheduler=victims.address, folder=folder, progress=kill_one, **OPTIONS)
    assert victim.returncode == -signal.SIGKILL
    here = power(GRID, n_jobs=1, **OPTIONS)
    pd.testing.assert_frame_equal(there.table, here.table, check_exact=True)
    assert len(list(folder.glob("*.json"))) == 6
