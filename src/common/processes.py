"""The process itself: how it is ended, how many cores it may use."""

import os
import signal


def stop_when_terminated() -> None:
    """Let SIGTERM end the process as an exception does: no half file and no worker is left."""

    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)


def available_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
