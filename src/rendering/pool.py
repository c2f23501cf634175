"""Processes that work through tasks, of which some may crash, hang or have to be tried again.

A plug-in is somebody else's code in our process: it may take the process with it. So each runs in a
process of its own, and a task at which that dies costs one attempt, not the run. The plain
reference: a loop that calls the job in this process, task by task.
"""

import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from src.common.project import ROOT

_BLOCKS_AHEAD = 4  # for each worker; blocks that are finished early wait in memory


@dataclass(frozen=True)
class Retry:
    """What an attempt returns where the next one may do better.

    Attributes:
        reason: for the record.
    """

    reason: str


@dataclass(frozen=True)
class Incident:
    """An attempt that gave no result.

    Attributes:
        task: the task.
        attempt: its number, from 0.
        reason: why.
    """

    task: int
    attempt: int
    reason: str


class GaveUp(ValueError):
    """A task failed as often as is allowed."""


class Job(ABC):
    """What a worker process does; sent to it once, so it has to be picklable."""

    @abstractmethod
    def start(self) -> None:
        """Get ready, in the worker process; called again before a block that needs a new start."""

    @abstractmethod
    def run(self, task: int, attempt: int) -> Any:
        """Work on a task; a ``Retry`` asks for another attempt."""


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    block: int = -1
    tasks: deque[int] = field(default_factory=deque)
    attempt: int = 0
    deadline: float = float("inf")
    is_ready: bool = False


class WorkerPool:
    """Run tasks in worker processes and yield their results in order.

    Args:
        job: what to do.
        workers: number of processes.
        timeout_s: a worker that is silent for longer is taken for hung and replaced.
        max_attempts: attempts a task.
        fresh_blocks: start the job anew before each block, where the result of a task depends on
            those before it.
        on_incident: told of each attempt without result.

    Raises:
        ValueError: fewer than one worker.
    """

    def __init__(
        self,
        job: Job,
        workers: int = 1,
        timeout_s: float = 120.0,
        max_attempts: int = 50,
        fresh_blocks: bool = False,
        on_incident: Callable[[Incident], None] | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"workers has to be 1 or more, got {workers}")
        self.job = job
        self.workers = workers
        self.timeout_s = timeout_s
        self.max_attempts = max_attempts
        self.fresh_blocks = fresh_blocks
        self.on_incident = on_incident or (lambda incident: None)

    def run(self, blocks: Sequence[Sequence[int]]) -> Generator[tuple[int, Any], None, None]:
        """Work through blocks of tasks; the tasks of a block run in order in one process.

        Args:
            blocks: tasks, by number.

        Yields:
            Each task with its result, in the order of the blocks.

        Raises:
            GaveUp: a task had no result after all attempts, or workers do not start.
            Exception: whatever else the job raised.
        """
        waiting = deque(enumerate(blocks))
        finished: dict[int, list[tuple[int, Any]]] = {}
        emitted = 0
        team = [self._spawn() for _ in range(min(self.workers, len(blocks)))]
        try:
            while emitted < len(blocks):
                for worker in team:
                    ahead = emitted + _BLOCKS_AHEAD * len(team)
                    if worker.is_ready and not worker.tasks and waiting and waiting[0][0] < ahead:
                        self._begin(worker, *waiting.popleft(), finished)
                self._listen(team, finished)
                while emitted < len(blocks) and len(finished.get(emitted, ())) == len(
                    blocks[emitted]
                ):
                    yield from finished.pop(emitted, [])
                    emitted += 1
        finally:
            for worker in team:
                _end(worker)

    def _spawn(self) -> _Worker:
        ours, theirs = Pipe()
        # Not multiprocessing: its children import the parent's main module, and torch with it.
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        process = subprocess.Popen(
            [sys.executable, "-m", "src.rendering.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        )
        theirs.close()
        with suppress(BrokenPipeError, ConnectionResetError):  # it died; _listen replaces it
            ours.send(self.job)
        return _Worker(process, ours, deadline=time.monotonic() + self.timeout_s)

    def _begin(
        self, worker: _Worker, block: int, tasks: Sequence[int], finished: dict[int, Any]
    ) -> None:
        finished[block] = []
        worker.block, worker.tasks = block, deque(tasks)
        if self.fresh_blocks:
            with suppress(BrokenPipeError):  # it died; _listen replaces it
                worker.connection.send("restart")
        self._ask(worker, 0)

    def _ask(self, worker: _Worker, attempt: int) -> None:
        """Send the first task of the worker's block, or leave the worker idle after the last."""
        worker.attempt = attempt
        worker.deadline = float("inf")
        if worker.tasks:
            worker.deadline = time.monotonic() + self.timeout_s
            with suppress(BrokenPipeError):  # it died; _listen replaces it
                worker.connection.send((worker.tasks[0], attempt))

    def _listen(self, team: list[_Worker], finished: dict[int, list[tuple[int, Any]]]) -> None:
        """Wait for an answer, or for the first worker that has taken too long."""
        deadline = min(worker.deadline for worker in team)
        left = None if deadline == float("inf") else max(0.0, deadline - time.monotonic())
        answering = set(wait([worker.connection for worker in team], timeout=left))
        for place, worker in enumerate(team):
            if worker.connection in answering:
                try:
                    kind, content = worker.connection.recv()
                except (EOFError, ConnectionResetError):
                    reason = f"the process ended with status {worker.process.wait()}"
                    team[place] = self._replaced(worker, reason)
                    continue
                self._answered(worker, kind, content, finished)
            elif worker.deadline <= time.monotonic():
                reason = f"no answer within {self.timeout_s:g} s"
                team[place] = self._replaced(worker, reason)

    def _answered(
        self, worker: _Worker, kind: str, content: Any, finished: dict[int, list[tuple[int, Any]]]
    ) -> None:
        if kind == "error":
            raise content
        if kind == "ready":
            worker.is_ready = True
            self._ask(worker, worker.attempt)
        elif isinstance(content, Retry):
            self._note(worker, content.reason)
            self._ask(worker, worker.attempt + 1)
        else:
            finished[worker.block].append((worker.tasks.popleft(), content))
            self._ask(worker, 0)

    def _replaced(self, worker: _Worker, reason: str) -> _Worker:
        """Put a new worker in the place of one that died; it goes on with the next attempt."""
        _end(worker)
        if not worker.is_ready:
            raise GaveUp(f"the synthesizer does not start: {reason}")
        if worker.tasks:
            self._note(worker, reason)  # before a successor is started, since this may raise GaveUp
        successor = self._spawn()
        successor.block, successor.tasks = worker.block, worker.tasks
        successor.attempt = worker.attempt + 1
        return successor

    def _note(self, worker: _Worker, reason: str) -> None:
        task = worker.tasks[0]
        self.on_incident(Incident(task, worker.attempt, reason))
        if worker.attempt + 1 >= self.max_attempts:
            raise GaveUp(f"item {task}: no result in {self.max_attempts} attempts; last: {reason}")


def _end(worker: _Worker) -> None:
    """Stop a worker, whatever it is doing."""
    worker.connection.close()
    worker.process.kill()
    worker.process.wait()
