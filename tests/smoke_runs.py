"""Small training runs for the tests of training, evaluation and checkpoints."""

from pathlib import Path

import numpy as np
from omegaconf import DictConfig

from src.data.rendered.bin_statistics import compute_statistics
from src.data.rendered.shards import join_shards, write_shard
from src.runs.configuration import compose


def smoke_config(
    folder: Path, *overrides: str, entry: str = "train", experiment: str = "toy/cnf_mlp"
) -> DictConfig:
    """Compose a run of a few steps that writes into a folder."""
    return compose(
        entry,
        [
            f"experiment={experiment}",
            "scale=smoke",
            "data.k=2",
            f"paths.output_dir={folder}",
            "trainer.accelerator=cpu",
            *overrides,
        ],
    )


def write_split(folder: Path, split: str, cfg: DictConfig, seed: int, items: int = 3) -> None:
    """Write random rows in the form of a rendered data set."""
    rng = np.random.default_rng(seed)
    frames = cfg.data.spectrogram_shape[-1]
    shard = folder / split / "shard-0000.h5"
    write_shard(
        shard,
        audio=None,
        mel=-80 * rng.random((items, 1, 128, frames)),
        params=rng.random((items, cfg.data.num_params), np.float32),
        attributes={"sample_rate": 22_050},
        root_attributes={"table_digest": cfg.data.table_digest},
        audio_shape=(1, 10),
    )
    join_shards([shard], folder / f"{split}.h5")


def synth_smoke_config(folder: Path, *overrides: str, experiment: str) -> DictConfig:
    """Compose a run of a few steps on rows by chance in the form of Vital's small table."""
    cfg = compose(
        "train",
        [
            *(f"experiment={experiment}", "scale=smoke", "trainer.accelerator=cpu"),
            *(f"data.dataset_root={folder / 'data'}", f"paths.output_dir={folder / 'run'}"),
            "scale.synth.rendering.duration_s=0.5",
            *overrides,
        ],
    )
    for seed, split in enumerate(("train", "val")):
        write_split(folder / "data", split, cfg, seed, items=32)
    compute_statistics([folder / "data" / "train.h5"]).write(folder / "data" / "stats.npz")
    return cfg
