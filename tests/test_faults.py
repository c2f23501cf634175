"""Files are whole or absent: whichever write, sync or rename fails, and when the disk is full."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
from omegaconf import DictConfig, OmegaConf

from src import render
from src.analysis import gather, tables
from src.analysis.figures import style
from src.common.csv_files import read_sealed_csv
from src.data.rendered import bin_statistics
from src.data.rendered.shards import join_shards
from src.rendering.pool import Incident
from src.runs.configuration import compose
from src.train import train
from tests.analysis.study import write_run
from tests.data.rendered.files import make_split
from tests.faulty_calls import CALLS, Fault, Supervised
from tests.smoke_runs import smoke_config


class _Drawn:
    """Stands for the synthesizer's processes: sounds drawn by chance, and one attempt in vain."""

    def __init__(self, job, on_incident, **_):
        self.job, self.on_incident = job, on_incident

    def run(self, blocks):
        rng = np.random.default_rng(self.job.entropy)
        rendering = self.job.rendering
        self.on_incident(Incident(0, 0, f"silent: {self.job.entropy}"))
        for item in (item for block in blocks for item in block):
            yield (
                item,
                SimpleNamespace(
                    version="1",
                    mel=-rng.random(rendering.mel_shape),
                    params=rng.random(rendering.definition().table.width),
                    audio=rng.random((rendering.channels, rendering.samples)),
                ),
            )


# What is done, into a folder, and how its content differs: with the seed.


def rendered(folder: Path, seed: int = 0) -> None:
    shard = folder / "test" / "shard-0000.h5"
    with mock.patch.object(render, "WorkerPool", _Drawn):
        render.render_shard(_rendering(shard, seed))
    join_shards([shard], folder / "test.h5")


@cache
def _rendering(output: Path, seed: int) -> DictConfig:
    return compose(
        "render",
        [
            *("dataset=vital", "scale=smoke", "split=test", "scale.synth.rendering.duration_s=0.5"),
            *("dataset.sizes={train:2,val:2,test:2}", f"dataset.seed={seed}", f"output={output}"),
        ],
    )


def summarised(folder: Path, seed: int = 0) -> None:
    data = folder.parent / f"data{seed}" / "train.h5"
    bin_statistics.compute_statistics([data]).write(folder / "stats.npz")


def trained(folder: Path, seed: int = 0) -> None:
    train(_training(folder, seed))


@cache
def _training(folder: Path, seed: int) -> DictConfig:
    """Two steps, a validation after each and the state saved between them."""
    steps = ("scale.steps=2", "scale.validate_every=1", "resume.every_steps=1")
    rate = ("scale.scheduler=null", "scale.warmup_steps=0", f"seed={seed}")
    sizes = "data.train_val_test_sizes=[32,32,32]"
    cfg = smoke_config(folder, *steps, *rate, sizes, experiment="toy/ffn_mse")
    OmegaConf.resolve(cfg)  # takes as long as the training
    return cfg


def collected(folder: Path, seed: int = 0) -> None:
    runs = folder.parent.glob(f"smoke/kosc/*/*/seed{seed}")
    gather.main([*map(str, runs), "--output", str(folder / "scores.parquet")])


def tabulated(folder: Path, seed: int = 0) -> None:
    tables.write_tables(folder.parent / f"scores{seed}.parquet", folder / "kosc")


def drawn(folder: Path, seed: int = 0) -> None:
    with style.journal_style():
        figure = style.new_figure(20, 20)
        figure.text(0.5, 0.5, f"{seed}")
        style.save_figure(figure, folder / "lsd.pdf")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data sets, scores and tables of two seeds."""
    folder = tmp_path_factory.mktemp("faults")
    for seed in (0, 1):
        make_split(folder / f"data{seed}", rows=8, shards=1, seed=seed)
        for symmetry in ("symmetric", "asymmetric"):
            for experiment in ("ffn_mse", "random"):
                write_run(folder / "smoke", 2, symmetry, experiment, seed)
        scores = gather.gather([*folder.glob(f"smoke/kosc/*/*/seed{seed}")])
        scores.to_parquet(folder / f"scores{seed}.parquet")
    return folder


def _content(folder: Path) -> dict[str, object]:
    """What the files of a folder say, less the time of day that some tell."""
    found = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == "history.csv":
            found[name] = read_sealed_csv(path, "train again").drop(columns="seconds").to_csv()
        elif name in ("run.json", "provenance.json"):
            found[name] = sorted(json.loads(path.read_text(encoding="utf-8")))
        else:
            found[name] = path.read_bytes()
    return found


SLOW = (rendered, trained, tabulated)
ONCE, FULL = Fault(0), Fault(0, errno.ENOSPC, lasts=True)


@pytest.mark.skipif(not CALLS, reason="needs Linux on x86-64 or ARM64")
@pytest.mark.parametrize(
    "kind", [pytest.param(ONCE, id="one call fails"), pytest.param(FULL, id="the disk is full")]
)
@pytest.mark.parametrize(
    "work",
    [*(pytest.param(work, marks=pytest.mark.slow) for work in SLOW), summarised, collected, drawn],
)
def test_whichever_call_fails_files_are_whole(work: Callable, kind: Fault, inputs: Path) -> None:
    """Old or new, and the same work done again ends as if nothing had been."""
    folder, old = inputs / work.__name__, inputs / f"{work.__name__}-old"
    for path in (folder, old):
        shutil.rmtree(path, ignore_errors=True)
    folder.mkdir()
    work(folder, 1)
    before = _content(folder)
    shutil.copytree(folder, old)
    work(folder, 0)
    after = _content(folder)
    assert before.keys() == after.keys()
    assert all(before[name] != after[name] for name in after if not name.endswith(".json"))
    with Supervised(work, folder) as failing:
        calls = failing(folder, Fault(0)).calls
        assert calls >= 4 * len(after)  # write, sync, rename, sync of the folder
        for number in range(1, calls + 1, 5 if kind == FULL and work in SLOW else 1):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(old, folder)
            outcome = failing(folder, kind._replace(at=number))
            found = _content(folder)
            where = f"call {number} of {calls}: {outcome.error}"
            assert all(found[name] in (before[name], after[name]) for name in after), where
            if not outcome.error:  # another way was found
                assert found == after, where
            if not outcome.error.startswith("killed"):
                assert not [name for name in found if ".tmp" in name], where
            if kind == FULL:
                assert outcome.error.startswith("DiskFull: [Errno 28] no room on the disk"), where
                assert str(folder) in outcome.error
            work(folder)
            assert _content(folder) == after, where
