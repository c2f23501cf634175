"""Rendering of shards: the same bytes however the work is cut, and clean ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filter)
import numpy as np
import pytest
from omegaconf import DictConfig

from src.common.project import ROOT
from src.data.rendered.shards import join_shards
from src.render import render_shard, shard_items
from src.rendering.pool import GaveUp
from src.runs.configuration import compose
from src.synths.definition import load_definition

SETTINGS = (
    *("dataset=vital", "scale=smoke", "split=test"),
    *("dataset.sizes={train:8,val:4,test:8}", "dataset.shard_size=8"),
    "scale.synth.rendering.duration_s=0.5",
)


def _config(output: Path, *overrides: str) -> DictConfig:
    return compose("render", [*SETTINGS, f"output={output}", *overrides])


def _rendered(output: Path, *overrides: str) -> Path:
    render_shard(_config(output, *overrides))
    return output


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render eight items as one shard in one process; half of their patches are refused."""
    return _rendered(tmp_path_factory.mktemp("whole") / "shard-0000.h5", LOUD)


LOUD = "scale.synth.rendering.min_loudness=-18"


def test_a_shard_holds_items_and_facts(whole: Path) -> None:
    table = load_definition("vital", "small", 0.5).table
    with h5py.File(whole) as file:
        assert file["param_array"].shape == (8, 16)
        assert file["mel_spec"].shape == (8, 1, 128, 26)
        assert file["audio"].shape == (8, 1, 11_025)
        assert (file["audio"][:].astype(np.float32) ** 2).mean(axis=(1, 2)).min() > 1e-4
        attributes = dict(file["audio"].attrs)
        root = dict(file.attrs)
    assert attributes == {
        **{"velocity": 100, "signal_duration_seconds": 0.5, "sample_rate": 22_050},
        **{"channels": 1, "min_loudness": -18.0, "stored": True},
    }
    assert root["synth_version"].startswith("Vital (vita ")
    assert root["table_digest"] == table.digest
    assert (root["dataset"], root["split"], root["table"]) == ("vital", "test", "small")


def test_two_workers_write_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    other = _rendered(tmp_path / "shard-0000.h5", LOUD, "workers=2")
    assert other.read_bytes() == whole.read_bytes()
    incidents = [path.with_suffix(".incidents.jsonl").read_text() for path in (whole, other)]
    assert sorted(incidents[0].splitlines()) == sorted(incidents[1].splitlines())


def test_the_shard_size_does_not_matter(whole: Path, tmp_path: Path) -> None:
    shards = [
        _rendered(tmp_path / f"shard-000{i}.h5", LOUD, "dataset.shard_size=4", f"shard={i}")
        for i in (0, 1)
    ]
    assert join_shards(shards, tmp_path / "test.h5") == 8
    with h5py.File(whole) as one, h5py.File(tmp_path / "test.h5") as two:
        for name in ("param_array", "mel_spec", "audio"):
            np.testing.assert_array_equal(one[name][:], two[name][:])


def test_silent_patches_are_drawn_again_and_recorded(whole: Path) -> None:
    lines = whole.with_suffix(".incidents.jsonl").read_text().splitlines()
    incidents = [json.loads(line) for line in lines]
    assert incidents
    assert {tuple(incident) for incident in incidents} == {("task", "attempt", "reason")}
    assert all(incident["reason"].startswith("silent: -") for incident in incidents)


def test_always_silent_gives_up(tmp_path: Path) -> None:
    output = tmp_path / "shard-0000.h5"
    settings = ("scale.synth.rendering.min_loudness=20", "scale.synth.rendering.max_attempts=3")
    with pytest.raises(GaveUp, match=r"item 0: no result in 3 attempts; last: silent: -.* LUFS"):
        render_shard(_config(output, *settings))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["split=dev"], "split: unknown 'dev'; known: train, val, test"),
        (["shard=1"], "shard: test has the shards 0 to 0, got 1"),
        (["shard=-1"], "shard: test has the shards 0 to 0, got -1"),
    ],
)
def test_shards_that_do_not_exist(tmp_path: Path, overrides: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        render_shard(_config(tmp_path / "shard.h5", *overrides))


def test_items_of_the_last_shard(tmp_path: Path) -> None:
    cfg = _config(tmp_path / "x.h5", "split=train", "dataset.shard_size=3", "shard=2")
    assert shard_items(cfg) == range(6, 8)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Neither a half file nor a worker."""
    output = tmp_path / "data" / "shard-0000.h5"
    sizes = "dataset.sizes={train:8,val:4,test:100000}"
    command = [sys.executable, "-m", "src.render", *SETTINGS, f"output={output}"]
    process = subprocess.Popen(
        [*command, sizes, "dataset.shard_size=100000", "workers=2"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job ignores the interrupt, and what it starts inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    try:
        limit = time.monotonic() + 60
        while not list(tmp_path.glob("data/.shard-0000.*.h5")):  # it is being written
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < limit
            time.sleep(0.05)
        workers = _children(process.pid)
        assert len(workers) == 2
        process.send_signal(number)
        assert process.wait(timeout=30) == 128 + number
        assert not list(tmp_path.glob("data/*.h5"))
        assert not list(tmp_path.glob("data/.shard*"))
        assert not [pid for pid in workers if Path("/proc", pid).exists()]
    finally:
        process.kill()
        process.communicate()


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
