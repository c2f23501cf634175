"""Worker processes: order, crashes, hangs, retries, and that none is left behind."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from src.rendering.pool import GaveUp, Incident, WorkerPool
from tests.rendering.jobs import Square

BLOCKS = [range(0, 3), range(3, 5), range(5, 6), range(6, 9)]
TASKS = [task for block in BLOCKS for task in block]


@pytest.fixture(autouse=True)
def _no_process_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    pids = [int(path.name) for path in tmp_path.iterdir()]
    assert pids
    assert not [pid for pid in pids if Path("/proc", str(pid)).exists()]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_order_whatever_dies(tmp_path: Path, workers: int) -> None:
    failures = {(1, 0): "kill", (4, 0): "retry", (4, 1): "exit", (8, 0): "retry"}
    incidents: list[Incident] = []
    pool = WorkerPool(Square(failures, tmp_path), workers, on_incident=incidents.append)
    results = list(pool.run(BLOCKS))
    assert [task for task, _ in results] == TASKS
    assert [square for _, (square, _, _) in results] == [task**2 for task in TASKS]
    assert {task: attempt for task, (_, attempt, _) in results if attempt} == {1: 1, 4: 2, 8: 1}
    assert sorted((i.task, i.attempt, i.reason) for i in incidents) == [
        (1, 0, "the process ended with status -9"),
        (4, 0, "silent: attempt 0"),
        (4, 1, "the process ended with status 3"),
        (8, 0, "silent: attempt 0"),
    ]
    # A worker that is slow to start may find all the work done.
    assert 3 <= len(list(tmp_path.iterdir())) <= workers + 2


@pytest.mark.parametrize("workers", [1, 3])
def test_equals_a_loop_in_this_process(tmp_path: Path, workers: int) -> None:
    job = Square({}, tmp_path)
    expected = [(task, job.run(task, 0)[0]) for task in TASKS]
    results = WorkerPool(job, workers).run(BLOCKS)
    assert [(task, square) for task, (square, *_) in results] == expected


def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    incidents: list[Incident] = []
    job = Square({(1, 0): "hang"}, tmp_path)
    pool = WorkerPool(job, timeout_s=5.0, on_incident=incidents.append)
    assert [(task, result[1]) for task, result in pool.run([range(3)])] == [(0, 0), (1, 1), (2, 0)]
    assert incidents == [Incident(1, 0, "no answer within 5 s")]


def test_what_a_job_raises_is_raised(tmp_path: Path) -> None:
    results = WorkerPool(Square({(4, 0): "raise"}, tmp_path), workers=2).run(BLOCKS)
    with pytest.raises(ValueError, match="the job's own words"):
        list(results)


@pytest.mark.parametrize(
    ("kind", "reason"), [("retry", "silent: attempt 2"), ("exit", "the process ended with stat")]
)
def test_a_task_that_always_fails_ends_the_run(tmp_path: Path, kind: str, reason: str) -> None:
    job = Square({(1, attempt): kind for attempt in range(9)}, tmp_path)
    pool = WorkerPool(job, max_attempts=3)
    with pytest.raises(GaveUp, match=f"item 1: no result in 3 attempts; last: {reason}"):
        list(pool.run(BLOCKS))


def test_workers_that_do_not_start(tmp_path: Path) -> None:
    with pytest.raises(GaveUp, match="the synthesizer does not start: the process ended with stat"):
        list(WorkerPool(Square({}, tmp_path, start="exit")).run(BLOCKS))
    with pytest.raises(GaveUp, match=r"does not start: no answer within 0\.3 s"):
        list(WorkerPool(Square({}, tmp_path, start="hang"), timeout_s=0.3).run(BLOCKS))
    with pytest.raises(ValueError, match="the job's own words"):
        list(WorkerPool(Square({}, tmp_path, start="raise")).run(BLOCKS))


def test_blocks_that_need_a_fresh_start_get_one(tmp_path: Path) -> None:
    """Nor does a death within a block keep the rest of it from a start of its own."""
    pool = WorkerPool(Square({(4, 0): "kill"}, tmp_path), fresh_blocks=True)
    starts = [start for _, (_, _, start) in pool.run(BLOCKS)]
    first = starts[0]
    assert starts == [first] * 3 + [first + 1] + [1] + [2] + [3] * 3


def test_results_that_nobody_takes(tmp_path: Path) -> None:
    """Whoever stops listening ends the workers."""
    results = WorkerPool(Square({(8, 0): "hang"}, tmp_path), workers=2).run(BLOCKS)
    assert next(results)[0] == 0
    time.sleep(0.2)
    results.close()


def test_what_needs_no_process(tmp_path: Path) -> None:
    (tmp_path / "0").touch()  # no process has this number
    assert list(WorkerPool(Square({}, tmp_path)).run([])) == []
    with pytest.raises(ValueError, match="workers has to be 1 or more, got 0"):
        WorkerPool(Square({}, tmp_path), workers=0)
