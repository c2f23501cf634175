"""Prediction: a patch and a sound an item, and files that have to go together."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig
from pedalboard.io import AudioFile

from src.data.rendered.bin_statistics import compute_statistics
from src.predict import predict
from src.runs.configuration import compose
from src.runs.prediction import encoded, load_network, predict_vectors
from tests.rendering.fatal_vectors import FatalVectors
from tests.smoke_runs import write_split
from tests.untrained import write_untrained

ITEMS = 3
EXPERIMENT = "rendered/cnf_mlp"
SECONDS = 0.5


def _config(folder: Path, *overrides: str, experiment: str = EXPERIMENT) -> DictConfig:
    return compose(
        "predict",
        [
            *(f"experiment={experiment}", "scale=smoke", "trainer.accelerator=cpu"),
            *(f"data.dataset_root={folder / 'data'}", f"paths.output_dir={folder / 'run'}"),
            f"scale.synth.rendering.duration_s={SECONDS}",
            *overrides,
        ],
    )


def _make_data(folder: Path, *overrides: str) -> None:
    cfg = _config(folder.parent, *overrides)
    for seed, split in enumerate(("train", "test")):
        write_split(folder, split, cfg, seed)
    compute_statistics([folder / "train.h5"]).write(folder / "stats.npz")


def _save(folder: Path, cfg: DictConfig) -> str:
    return f"ckpt_path={write_untrained(folder, cfg, step=1)}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a data set and a checkpoint that fits it."""
    folder = tmp_path_factory.mktemp("predict")
    _make_data(folder / "data")
    _save(folder, _config(folder))
    return folder


def _vectors(folder: Path, *overrides: str) -> NDArray[np.float32]:
    cfg = _config(folder, f"ckpt_path={folder / 'model.ckpt'}", *overrides)
    return predict_vectors(cfg, instantiate(cfg.data, _convert_="all"), load_network(cfg))


def _sounds(folder: Path) -> list[NDArray[np.float32]]:
    sounds = []
    for path in sorted((folder / "run" / "sounds").iterdir()):
        with AudioFile(str(path)) as file:
            sounds.append(file.read(file.frames))
    return sounds


def test_a_patch_and_a_sound_for_each_item(folder: Path) -> None:
    patches = predict(_config(folder, experiment="rendered/rerendered"))
    run = folder / "run"
    assert sorted(path.name for path in run.iterdir()) == [
        *("patches.parquet", "prediction.json", "sounds")
    ]
    names = [path.name for path in sorted((run / "sounds").iterdir())]
    assert names == [f"00000{item}.wav" for item in range(ITEMS)]
    assert [sound.shape for sound in _sounds(folder)] == [(1, round(SECONDS * 22_050))] * ITEMS
    pd.testing.assert_frame_equal(pd.read_parquet(run / "patches.parquet"), patches)
    assert patches["item"].tolist() == [0, 1, 2]
    assert patches["rendered"].all()
    summary = json.loads((run / "prediction.json").read_text())
    assert (summary["n"], summary["not_rendered"], summary["ckpt_path"]) == (ITEMS, 0, None)


def test_a_patch_that_kills_the_synthesizer_is_silent(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("src.runs.prediction.VectorJob", FatalVectors)
    patches = predict(_config(folder, experiment="rendered/random"))
    assert patches["rendered"].tolist() == [True, False, True]
    assert [bool(sound.any()) for sound in _sounds(folder)] == [True, False, True]
    assert "item 1 gave no sound: the process ended with status 3" in caplog.text
    summary = json.loads((folder / "run" / "prediction.json").read_text())
    assert summary["not_rendered"] == 1


def test_the_seed_decides_and_batches_do_not(folder: Path) -> None:
    first = _vectors(folder)
    assert first.shape == (ITEMS, 16)
    assert first.min() >= 0
    assert first.max() <= 1
    np.testing.assert_array_equal(_vectors(folder), first)
    # other matrix shapes, other order of summation
    np.testing.assert_allclose(_vectors(folder, "evaluation.batch_size=2"), first, atol=1e-4)
    assert np.abs(_vectors(folder, "evaluation.seed=1") - first).max() > 1e-3


def test_predictions_are_clipped_but_not_when_they_are_no_numbers() -> None:
    vectors = encoded(torch.tensor([[-3.0, -1.0, 0.0, 1.0, 1.5]]), "model.ckpt")
    np.testing.assert_array_equal(vectors, [[0, 0, 0.5, 1, 1]])
    for bad in (float("nan"), float("inf")):
        with pytest.raises(FloatingPointError, match=r"model\.ckpt: predicts numbers that are not"):
            encoded(torch.tensor([[0.0, bad]]), "model.ckpt")


def test_the_largest_column_is_the_choice(folder: Path) -> None:
    cfg = _config(folder, "dataset=vital_full")
    table = instantiate(cfg.data, _convert_="all").table
    vector = encoded(torch.full((1, table.width), -0.9), "x")[0]
    parameter, columns = table.blocks[0]
    vector[columns.start + 2] = 0.2
    assert table.decode(vector).values[parameter.name] == parameter.choices[2].value


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["ckpt_path=null"], "ckpt_path: null, but the network has weights to load; name a model"),
        (["ckpt_path=nowhere.ckpt"], r"there is no checkpoint nowhere\.ckpt"),
        (
            ["dataset=vital_simple"],
            r"belongs to another experiment: data\..*: 16 in the checkpoint",
        ),
        (["data_file=nowhere.h5"], r"nowhere\.h5: no such data set file"),
    ],
)
def test_what_is_missing_or_of_another_table(
    folder: Path, overrides: list[str], message: str
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        _vectors(folder, *overrides)


def test_a_data_set_of_another_table(folder: Path, tmp_path: Path) -> None:
    """Of the same shape even: the digest tells."""
    cfg = _config(tmp_path)
    cfg.data.table_digest = "of another table"
    write_split(tmp_path / "data", "other", cfg, 0)
    other = f"data_file={tmp_path / 'data' / 'other.h5'}"
    with pytest.raises(ValueError, match=r"stats\.npz does not belong to .*other\.h5: table dig"):
        _vectors(folder, other)
    compute_statistics([tmp_path / "data" / "other.h5"]).write(tmp_path / "data" / "stats.npz")
    with pytest.raises(ValueError, match=r"other\.h5: rendered with another parameter table \(di"):
        _vectors(folder, other, f"data.dataset_root={tmp_path / 'data'}")


def test_statistics_of_another_data_set(folder: Path, tmp_path: Path) -> None:
    _make_data(tmp_path / "data", "scale.synth.rendering.frames_per_second=25")
    data: Any = f"data_file={tmp_path / 'data' / 'test.h5'}"
    with pytest.raises(ValueError, match=r"statistics of shape \(1, 128, 26\), spectrograms of sh"):
        _vectors(folder, data)
