"""Run a job on many patches, in processes of their own."""

import logging
from collections.abc import Iterator
from typing import Any

from src.rendering.patches import Rendering, blocks_of
from src.rendering.pool import Incident, Job, WorkerPool

logger = logging.getLogger(__name__)


def run_job(
    job: Job, tasks: int, rendering: Rendering, workers: int, timeout_s: float, task: str = "patch"
) -> Iterator[tuple[int, Any]]:
    """Run a job's tasks in processes of their own; the log tells which gave nothing.

    Args:
        job: renders patches, each a task.
        tasks: their number.
        rendering: how patches become sounds.
        workers: number of processes.
        timeout_s: a process that is silent for longer is replaced.
        task: what the log calls one.

    Yields:
        Each task with its result, in order.

    Raises:
        GaveUp: a task had no result after all attempts, or processes do not start.
    """
    incidents: list[Incident] = []
    pool = WorkerPool(
        job,
        workers=workers,
        timeout_s=timeout_s,
        fresh_blocks=rendering.definition().fresh_every > 0,
        on_incident=incidents.append,
    )
    yield from pool.run(blocks_of(range(tasks), rendering))
    for incident in incidents:
        logger.warning("%s %d gave no sound: %s", task, incident.task, incident.reason)
