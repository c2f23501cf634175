"""A Slurm cluster of one node on this machine, and what tests ask of it."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent


def missing() -> str:
    """Say why no cluster can be started here, nothing where one can."""
    absent = [name for name in ("slurmctld", "slurmd", "munged") if shutil.which(name) is None]
    if absent:
        return f"needs {', '.join(absent)}: .ci/install_slurm installs Slurm on Debian"
    return "" if os.geteuid() == 0 else "needs root: slurmd runs jobs as their owners"


class Cluster:
    """A running cluster.

    Args:
        folder: what ``tests/cluster/start`` has filled.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def started(cls, folder: Path) -> "Cluster":
        """Start a cluster in an empty folder."""
        result = subprocess.run(
            [HERE / "start", folder], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        return cls(folder)

    def stop(self) -> None:
        """End its jobs and daemons."""
        subprocess.run([HERE / "stop", self.folder], check=True)

    def environment(self) -> dict[str, str]:
        """Environment variables with which a process finds the cluster's commands first."""
        return {**os.environ, "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}

    def ask(self, command: str, *arguments: str) -> str:
        """Run one of Slurm's commands and return what it prints."""
        return subprocess.run(
            [self.folder / "bin" / command, *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    def states(self, comment: str = "") -> dict[str, str]:
        """State of each job that waits or runs, by its number.

        Args:
            comment: part of the jobs' comments, which name rule and wildcards.
        """
        lines = self.ask("squeue", "--noheader", "--format", "%i|%T|%k").splitlines()
        jobs = [line.split("|", maxsplit=2) for line in lines]
        return {number: state for number, state, output in jobs if comment in output}

    def requested(self, number: str) -> dict[str, str]:
        """What Slurm says of a job, by the names that it uses."""
        words = self.ask("scontrol", "show", "job", "--oneliner", number).split()
        return dict(word.split("=", maxsplit=1) for word in words if "=" in word)


def wait_until(true: Callable[[], bool], what: str, seconds: float = 240) -> None:
    """Wait for what other processes bring about.

    Args:
        true: whether it has come about.
        what: named where it has not.
        seconds: after which nobody waits any longer.
    """
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)
