"""Snakemake killed without warning: two commands go on, and end with the same results."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from src.common.csv_files import read_sealed_csv
from tests.workflow.repository import Repository

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc"),
]
RESULTS = Path("results/smoke")
RUN = RESULTS / "kosc/k2-symmetric/cnf_mlp/seed0"
TABLES = sorted(
    f"kosc{kind}.{suffix}" for kind in ("", "_paired") for suffix in ("csv", "md", "tex")
)
COMMAND = ("--cores", "1", (RESULTS / "tables/kosc.md").as_posix(), "--config", "scale=smoke")


@pytest.fixture
def unfinished(changeable: Repository) -> Repository:
    """A repository in which a run, and the tables that need it, are still to be made."""
    results = changeable.folder / RESULTS
    tables = [results / "tables" / table for table in TABLES]
    for path in (*(changeable.folder / RUN).iterdir(), results / "kosc/scores.parquet", *tables):
        path.unlink()
    return changeable


@pytest.fixture
def started(unfinished: Repository) -> Iterator[subprocess.Popen]:
    """Snakemake making the tables; it leads a group of processes, its jobs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *COMMAND],
        cwd=unfinished.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield process
    for pid in _group(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()


def _group(leader: int) -> list[int]:
    """List what lives of a group of processes."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = status.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it has ended
            continue
        if int(group) == leader and state != "Z":
            found.append(int(status.parent.name))
    return found


def _wait_until(holds: Callable[[], object], process: subprocess.Popen) -> None:
    limit = time.monotonic() + 120
    while not holds():
        assert process.poll() is None, "ended too early"
        assert time.monotonic() < limit
        time.sleep(0.01)


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8") if log.exists() else ""


def _jobs(output: str) -> dict[str, int]:
    found = re.findall(r"^(\w+) +(\d+)$", output, flags=re.MULTILINE)
    return {rule: int(count) for rule, count in found if rule != "total"}


def _assert_same(repository: Repository, undisturbed: Repository) -> None:
    """Tables and scores are those of the undisturbed run, byte for byte; so is each step's loss."""
    made, expected = repository.folder / RESULTS, undisturbed.folder / RESULTS
    for table in TABLES:
        assert (made / "tables" / table).read_bytes() == (expected / "tables" / table).read_bytes()
    run, other = repository.folder / RUN, undisturbed.folder / RUN
    for name in ("model.ckpt", "scores.parquet"):
        assert (run / name).read_bytes() == (other / name).read_bytes()
    histories = [read_sealed_csv(folder / "history.csv", "train again") for folder in (run, other)]
    pd.testing.assert_frame_equal(*(table.drop(columns="seconds") for table in histories))
    assert {path.name for path in run.iterdir()} == {path.name for path in other.iterdir()}


def test_killed_with_its_jobs(
    smoke: Repository, unfinished: Repository, started: subprocess.Popen
) -> None:
    """While a run is scored: its training is not done again."""
    _wait_until((unfinished.folder / RUN / "evaluate.log").exists, started)
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    trained = (unfinished.folder / RUN / "model.ckpt").stat().st_mtime_ns
    unlocked = unfinished.snakemake("--unlock", *COMMAND)
    assert unlocked.returncode == 0, unlocked.stdout + unlocked.stderr
    gone_on = unfinished.snakemake(*COMMAND)
    assert gone_on.returncode == 0, gone_on.stderr
    assert _jobs(gone_on.stderr) == {"evaluate": 1, "gather": 1, "tables": 1}
    assert (unfinished.folder / RUN / "model.ckpt").stat().st_mtime_ns == trained
    _assert_same(unfinished, smoke)


def test_a_training_outlives_the_killed_snakemake(
    smoke: Repository, unfinished: Repository, started: subprocess.Popen
) -> None:
    """The next training waits for it, so that they do not write one log between them."""
    log = unfinished.folder / RUN / "train.log"
    _wait_until(lambda: "training" in _read(log), started)
    for pid in _group(started.pid):
        if pid != started.pid:
            os.kill(pid, signal.SIGSTOP)  # until the next one is there
    started.kill()
    started.wait()
    refused = unfinished.snakemake(*COMMAND)
    assert refused.returncode != 0
    assert "--unlock" in refused.stderr
    unlocked = unfinished.snakemake("--unlock", *COMMAND)
    assert unlocked.returncode == 0, unlocked.stdout + unlocked.stderr
    orphans = _group(started.pid)
    assert orphans
    with subprocess.Popen(
        [sys.executable, "-m", "snakemake", *COMMAND],
        cwd=unfinished.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as next_one:
        _wait_until(lambda: "another process works here; waiting" in _read(log), next_one)
        for pid in orphans:
            os.kill(pid, signal.SIGCONT)
        output = next_one.communicate()[1]
    assert next_one.returncode == 0, output
    assert _jobs(output) == {"train": 1, "evaluate": 1, "gather": 1, "tables": 1}
    assert not _group(started.pid)
    _assert_same(unfinished, smoke)
