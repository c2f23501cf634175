"""Jobs that go wrong, for the pool's tests; a module that worker processes can import."""

import os
import signal
import time
from pathlib import Path

from src.rendering.pool import Job, Retry


class Square(Job):
    """Square the task's number; with attempt and process.

    Args:
        failures: what happens at which (task, attempt): ``kill``, ``exit``, ``hang``, ``retry`` or
            ``raise``.
        folder: each process leaves a file of its number here.
        start: what happens at the start.
    """

    def __init__(
        self, failures: dict[tuple[int, int], str], folder: Path, start: str | None = None
    ) -> None:
        self.failures = failures
        self.folder = folder
        self.at_start = start
        self.starts = 0

    def start(self) -> None:
        (self.folder / str(os.getpid())).touch()
        self.starts += 1
        self._fail(self.at_start)

    def run(self, task: int, attempt: int) -> tuple[int, int, int] | Retry:
        kind = self.failures.get((task, attempt))
        if kind == "retry":
            return Retry(f"silent: attempt {attempt}")
        self._fail(kind)
        return task**2, attempt, self.starts

    def _fail(self, kind: str | None) -> None:
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif kind == "exit":
            os._exit(3)
        elif kind == "hang":
            time.sleep(600)
        elif kind == "raise":
            raise ValueError("the job's own words")
