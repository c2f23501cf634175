"""What Snakemake's process and those of its jobs need of their surroundings."""

import gc
import os
import signal
import sys
from pathlib import Path

from src.common.project import ROOT


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
