"""What Snakemake's process and those of its jobs need of their surroundings, and what it prints."""

import gc
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from src.common.project import ROOT

_EVERY_S = 10.0  # between two lines of progress
_SAID = ("Nothing", "Complete log", "Trying to restart")  # beginnings of messages without an event


def prepare() -> None:
    """Make Python, the package and signals what the rules take them to be."""
    # What is imported by now stays; not looking through it for garbage saves a fifth of a dry run.
    gc.freeze()
    # Rules call `python`: the one that runs Snakemake, whether or not its environment is activated;
    # and `-m src.…`, whatever folder the results are to lie in.
    _prepend("PATH", Path(sys.executable).parent)
    _prepend("PYTHONPATH", ROOT)
    # Slurm tells every process of a job that its time is almost over (profiles/slurm). A training
    # saves then; Snakemake, shells and loggers, which inherit this, wait for it.
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def _prepend(variable: str, folder: Path) -> None:
    others = [entry for entry in os.environ.get(variable, "").split(os.pathsep) if entry]
    if str(folder) not in others[:1]:
        os.environ[variable] = os.pathsep.join([str(folder), *others])


def print_progress_only(workflow: Any) -> None:
    """Have Snakemake print progress and trouble, and leave the rest to the file of its log.

    Its own option ``--quiet rules`` would hide failed jobs too. With ``--printshellcmds`` it prints
    every job with its command; a dry run lists jobs as ever.

    Args:
        workflow: Snakemake's.
    """
    asked = workflow.output_settings
    if workflow.is_main_process and not (asked.dryrun or asked.printshellcmds or asked.verbose):
        for handler in logger.handlers:
            if handler.name == "DefaultStreamHandler":
                handler.addFilter(ProgressOnly())


class ProgressOnly(logging.Filter):
    """Lets progress pass, now and then and with the time that is left, and all that is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self._started: float | None = None
        self._printed = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is printed; Snakemake's formatter writes those without an event."""
        event = getattr(record, "event", None)
        if record.levelno >= logging.WARNING or event == LogEvent.RUN_INFO:
            return True
        if event == LogEvent.JOB_INFO and self._started is None:
            self._started = time.monotonic()
        if event != LogEvent.PROGRESS:
            return event is None and str(record.msg).startswith(_SAID)
        done, total, now = record.done, record.total, time.monotonic()  # type: ignore[attr-defined]
        if done < total and now - self._printed < _EVERY_S:
            return False
        self._printed = now
        left = (now - (self._started or now)) / done * (total - done)
        record.event = None
        record.msg = f"{done} of {total} steps" + (f", about {_time(left)} left" if left else "")
        return True


def _time(seconds: float) -> str:
    """Write a duration with the two largest of its units that matter."""
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{max(minutes, 1)} min"
