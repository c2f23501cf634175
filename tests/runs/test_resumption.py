"""Interrupted trainings go on, and end as uninterrupted ones do, bit for bit."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from lightning.pytorch import Callback

from src.common.csv_files import read_sealed_csv
from src.runs.resumption import INTERRUPTED, Resumption, _random_state, _set_random_state
from src.train import train
from tests.smoke_runs import smoke_config

# Two epochs of four steps and two steps more; validations at steps 3, 6 and 9.
LONGER = ("trainer.max_steps=10", "data.train_val_test_sizes=[128,64,96]")


class StopAt(Callback):
    """Send this process a signal at the end of a step."""

    def __init__(self, step: int, number: int = signal.SIGTERM) -> None:
        self.step, self.number = step, number

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx) -> None:
        if trainer.global_step == self.step:
            os.kill(os.getpid(), self.number)


@pytest.fixture
def stop_at(monkeypatch):
    """Make the next training stop at a step, or none."""
    step = {"at": 0}

    def with_stop(self, trainer):
        if step["at"]:
            trainer.callbacks.append(StopAt(step["at"]))
        return find(self, trainer)

    find = Resumption.find
    monkeypatch.setattr(Resumption, "find", with_stop)
    return lambda at: step.update(at=at)


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "model.ckpt", weights_only=True)["state_dict"]


def _history(folder: Path) -> pd.DataFrame:
    return read_sealed_csv(folder / "history.csv", "train again").drop(columns="seconds")


def _assert_same_run(one: Path, other: Path) -> None:
    a, b = _weights(one), _weights(other)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[key], b[key]) for key in a)
    pd.testing.assert_frame_equal(_history(one), _history(other), check_exact=True)


@pytest.mark.parametrize("experiment", ["toy/cnf_param2tok", "toy/ffn_mse"])
def test_stopped_at_every_step_it_ends_the_same(tmp_path, stop_at, experiment) -> None:
    train(smoke_config(tmp_path / "whole", *LONGER, experiment=experiment))
    config = smoke_config(tmp_path / "parts", *LONGER, experiment=experiment)
    for step in range(1, 10):
        stop_at(step)
        with pytest.raises(SystemExit) as stopped:
            train(config)
        assert stopped.value.code == INTERRUPTED
        assert not (tmp_path / "parts" / "model.ckpt").exists()
    stop_at(0)
    train(config)
    _assert_same_run(tmp_path / "whole", tmp_path / "parts")
    assert not (tmp_path / "parts" / "resume").exists()


def _command(folder: Path, *overrides: str) -> list[str]:
    return [
        sys.executable, "-m", "src.train", "experiment=toy/ffn_mse", "scale=smoke", "data.k=2",
        f"paths.output_dir={folder}", *overrides,
    ]  # fmt: skip


def _kill_when_saved_again(process: subprocess.Popen, state: Path, delay: float) -> None:
    """Kill without warning, some time after the state was saved once more."""
    before = state.stat().st_mtime_ns if state.exists() else 0
    while process.poll() is None:
        if state.exists() and state.stat().st_mtime_ns != before:
            time.sleep(delay)
            process.kill()
            process.wait()
            return
        time.sleep(0.01)


@pytest.mark.slow
def test_killed_at_random_steps_it_ends_the_same(tmp_path: Path) -> None:
    """The state is whole whenever the process dies, and holds all steps but the last few."""
    long = ("trainer.max_steps=300", "scale.validate_every=50", "resume.every_steps=7")
    subprocess.run(_command(tmp_path / "whole", *long), check=True, capture_output=True)
    delays = random.Random(0)
    for _ in range(3):
        process = subprocess.Popen(
            _command(tmp_path / "parts", *long),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        state = tmp_path / "parts" / "resume" / "state.ckpt"
        _kill_when_saved_again(process, state, delays.uniform(0, 0.2))
        assert process.returncode == -signal.SIGKILL
        assert torch.load(state, weights_only=True)["global_step"] % 7 == 0
    last = subprocess.run(_command(tmp_path / "parts", *long), check=True, capture_output=True)
    assert b"resuming at step" in last.stderr
    _assert_same_run(tmp_path / "whole", tmp_path / "parts")


def test_a_state_of_other_settings_is_not_taken_up(tmp_path, stop_at, caplog) -> None:
    stop_at(4)
    with pytest.raises(SystemExit):
        train(smoke_config(tmp_path / "parts", *LONGER))
    stop_at(0)
    train(smoke_config(tmp_path / "parts", *LONGER, "seed=1"))
    assert "starting anew" in caplog.text
    train(smoke_config(tmp_path / "whole", *LONGER, "seed=1"))
    _assert_same_run(tmp_path / "whole", tmp_path / "parts")


def test_a_damaged_state_is_reported(tmp_path, stop_at) -> None:
    stop_at(4)
    with pytest.raises(SystemExit):
        train(smoke_config(tmp_path, *LONGER))
    state = tmp_path / "resume" / "state.ckpt"
    state.write_bytes(state.read_bytes()[:1000])
    stop_at(0)
    with pytest.raises(ValueError, match=r"state\.ckpt: damaged.*delete it to start anew"):
        train(smoke_config(tmp_path, *LONGER))


def test_global_generators_are_part_of_the_state() -> None:
    state = _random_state()
    drawn = [random.random(), np.random.rand(), torch.rand(1).item()]  # noqa: NPY002
    _set_random_state(state)
    assert drawn == [random.random(), np.random.rand(), torch.rand(1).item()]  # noqa: NPY002


@pytest.mark.slow
def test_two_processes_share_the_batches(tmp_path: Path) -> None:
    """Data-parallel: the same number of steps, each on twice the items; one folder is written."""
    two = ("trainer.devices=2", "trainer.accelerator=cpu", "trainer.max_steps=3")
    done = subprocess.run(_command(tmp_path, *two), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert pd.read_json(tmp_path / "run.json", typ="series")["steps"] == 3
    assert not (tmp_path / "resume").exists()
