"""A run folder with an untrained network, at the smoke scale; for Vital if not told otherwise."""

from pathlib import Path

import numpy as np
from omegaconf import OmegaConf

from src.data.rendered.bin_statistics import Statistics
from src.matching.model import Model, load_model
from src.runs.configuration import compose
from tests.untrained import write_untrained

SECONDS = 0.5


def write_run(folder: Path, *overrides: str) -> Path:
    """Write model.ckpt, config.yaml and stats.npz; return the checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    common = [
        *("experiment=rendered/cnf_param2tok", "scale=smoke", "trainer.accelerator=cpu"),
        *("paths.output_dir=run", f"scale.synth.rendering.duration_s={SECONDS}"),
    ]
    cfg = compose("train", [*common, *overrides])
    checkpoint = write_untrained(folder, cfg, step=7)
    OmegaConf.save(cfg, folder / "config.yaml", resolve=True)
    shape = tuple(cfg.data.spectrogram_shape)
    mean, std = np.full(shape, -40, np.float32), np.full(shape, 20, np.float32)
    Statistics(mean, std, 1, cfg.data.table_digest, "", folder).write(folder / "stats.npz")
    return checkpoint


def load(folder: Path) -> Model:
    """Load a model that ``write_run`` makes."""
    return load_model(write_run(folder), "vital")
