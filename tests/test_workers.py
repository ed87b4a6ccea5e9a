import os

import pytest

from dyadsync.errors import InputError
from dyadsync.workers import run_tasks


def process_of(number: int) -> tuple[int, int]:
    return number, os.getpid()


def test_results_come_in_the_order_of_the_arguments_from_other_processes():
    results = run_tasks(process_of, list(range(8)), n_jobs=2)
    assert [number for number, _ in results] == list(range(8))
    assert os.getpid() not in {process for _, process in results}


def test_one_job_starts_no_process_and_tells_of_each_task():
    told: list[int] = []
    results = run_tasks(process_of, [5, 6], n_jobs=1, progress=told.append)
    assert results == [(5, os.getpid()), (6, os.getpid())]
    assert told == [0, 1]


def test_no_task_is_no_work():
    assert run_tasks(process_of, []) == []


def test_a_count_of_jobs_that_is_none_is_refused():
    with pytest.raises(InputError, match="n_jobs is 0; it must be a whole number of at least 1"):
        run_tasks(process_of, [1, 2], n_jobs=0)


def test_a_scheduler_that_does_not_answer_is_said_so(monkeypatch):
    monkeypatch.setattr("dyadsync.workers._CONNECT_SECONDS", 0.2)
    with pytest.raises(InputError, match=r"No Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        run_tasks(process_of, [1], scheduler="tcp://127.0.0.1:9")
