"""Predict patches for sounds, and render them: ``python -m src.predict experiment=vital/cnf_mlp``.

Imports neither Lightning nor torchmetrics, which take seconds.
"""

import sys
from pathlib import Path

if not __package__:  # run as `python src/predict.py`: the folder above src holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import json
import logging
import time
from typing import Any

import hydra
import numpy as np
import pandas as pd
import torch
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig
from torch import Tensor

from src.checkpoint import load_checkpoint
from src.configuration import CONFIG_DIR
from src.data.hdf5_rows import HDF5Rows
from src.data.hdf5_split import HDF5Split
from src.data.sound_files import item_name, whole_folder, write_wav
from src.data.synth_task import SynthTask
from src.errors import explained
from src.eval import prepare_torch
from src.files import atomic_path, write_text
from src.models.method import Method, Sampling
from src.progress import Progress
from src.provenance import provenance
from src.render import rendering_of
from src.rendering.patches import VectorJob
from src.rendering.pool import Incident, WorkerPool
from src.statistics import Statistics

logger = logging.getLogger(__name__)


def predict(cfg: DictConfig) -> pd.DataFrame:
    """Predict a patch for every sound of a file, and render the patches.

    The folder ``cfg.paths.output_dir`` receives ``sounds/`` (a WAV file an item), patches.parquet
    and prediction.json.

    Args:
        cfg: composed from ``configs/predict.yaml`` with the overrides of the training run.

    Returns:
        A row an item: ``item``, ``rendered`` (False where the synthesizer made no sound of it) and
        the encoded parameters, in [0, 1].

    Raises:
        FileNotFoundError: a checkpoint, data set or plug-in is missing.
        ValueError: the checkpoint belongs to another experiment, or files do not go together.
    """
    prepare_torch(cfg)
    started = time.perf_counter()
    task: SynthTask = instantiate(cfg.data, _convert_="all")
    network: Method = instantiate(cfg.model.network, _convert_="all")
    if cfg.ckpt_path is not None:
        load_checkpoint(cfg.ckpt_path, cfg, network)
    elif network.is_trained:
        raise ValueError("ckpt_path: null, but the network has weights to load; name a model.ckpt")
    vectors = predict_vectors(cfg, task, network)
    predicted_s = time.perf_counter() - started
    folder = Path(cfg.paths.output_dir)
    is_rendered = render_vectors(cfg, vectors, folder / "sounds")
    patches = pd.DataFrame(vectors, columns=task.table.columns)
    patches.insert(0, "item", np.arange(len(vectors)))
    patches.insert(1, "rendered", is_rendered)
    with atomic_path(folder / "patches.parquet") as path:
        patches.to_parquet(path, index=False)
    summary = {
        "n": len(vectors),
        "not_rendered": int((~is_rendered).sum()),
        "parameters": sum(p.numel() for p in network.parameters()),
        "predict_seconds": predicted_s,
        "seconds": time.perf_counter() - started,
        "ckpt_path": cfg.ckpt_path and str(cfg.ckpt_path),
        "evaluation": dict(cfg.evaluation),
        "provenance": provenance(cfg.evaluation.seed),
    }
    write_text(folder / "prediction.json", json.dumps(summary, indent=2) + "\n")
    return patches


@torch.inference_mode()
def predict_vectors(cfg: DictConfig, task: SynthTask, network: Method) -> NDArray[np.float32]:
    """Predict encoded patches.

    Args:
        cfg: its ``evaluation`` node says how to sample, ``data_file`` for which sounds.
        task: where the data lie and what a vector means.
        network: the trained method.

    Returns:
        In [0, 1], shape (n, P), as the synthesizer will play them.
    """
    settings = {k: v for k, v in cfg.evaluation.items() if k not in ("split", "seed", "batch_size")}
    path = cfg.data_file or task.dataset_root / f"{cfg.evaluation.split}.h5"
    rows = HDF5Rows(path, cfg.data.conditioning)
    scaling = None
    if cfg.data.conditioning == "mel":
        statistics = Statistics.read(task.dataset_root / "stats.npz")
        statistics.check_fits(rows)
        scaling = statistics.scaling()
    _check_table(path, rows, task)
    split = HDF5Split(rows, scaling, cfg.evaluation.batch_size)
    sampling = Sampling(**settings)
    use_cuda = cfg.trainer.accelerator != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if use_cuda else "cpu")
    network = network.to(device).eval()
    parts: list[Tensor] = []
    with Progress("predicting", rows.rows, "sounds") as progress:
        for i in range(len(split)):
            batch = split[i].to(device)
            if batch.params.shape[1] != task.num_params:  # sounds of unknown parameters
                batch.params.resize_(len(batch.index), task.num_params).zero_()
            parts.append(network.predict(batch, cfg.evaluation.seed, sampling).float().cpu())
            progress.advance(len(batch.index))
    vectors = ((torch.cat(parts) + 1) / 2).clamp(0, 1).numpy()
    if not np.isfinite(vectors).all():
        raise FloatingPointError(f"{cfg.ckpt_path}: predicts numbers that are not finite")
    return vectors


def render_vectors(
    cfg: DictConfig, vectors: NDArray[np.float32], folder: Path
) -> NDArray[np.bool_]:
    """Render encoded patches to WAV files, in processes of their own.

    Args:
        cfg: its ``dataset`` node says how, ``workers`` in how many processes.
        vectors: in [0, 1], shape (n, P).
        folder: receives a file an item; it appears when all are there.

    Returns:
        Which patches gave a sound, shape (n,); the others' files are silent.
    """
    rendering = rendering_of(cfg)
    incidents: list[Incident] = []
    size = rendering.definition().fresh_every
    pool = WorkerPool(
        VectorJob(rendering, vectors),
        workers=cfg.workers,
        timeout_s=cfg.dataset.rendering.timeout_s,
        fresh_blocks=size > 0,
        on_incident=incidents.append,
    )
    blocks = [
        range(i, min(i + max(size, 1), len(vectors))) for i in range(0, len(vectors), size or 1)
    ]
    is_rendered = np.ones(len(vectors), dtype=bool)
    silence = np.zeros((rendering.channels, rendering.samples), dtype=np.float32)
    with whole_folder(folder) as new, Progress("rendering", len(vectors), "clips") as progress:
        for item, sound in pool.run(blocks):
            is_rendered[item] = sound is not None
            sound = silence if sound is None else sound
            write_wav(new / f"{item_name(item)}.wav", sound, rendering.sample_rate)
            progress.advance()
    for incident in incidents:
        logger.warning("item %d gave no sound: %s", incident.task, incident.reason)
    return is_rendered


def _check_table(path: Any, rows: HDF5Rows, task: SynthTask) -> None:
    """Refuse labels of another parameter table; sounds without labels fit any."""
    if rows.table_digest and rows.table_digest != task.table.digest:
        raise ValueError(
            f"{path}: rendered with another parameter table (digest {rows.table_digest}) than "
            f"{task.table.source} ({task.table.digest}); render the data set again, or name the "
            "table that it was made with"
        )


@hydra.main(version_base="1.3", config_path=str(CONFIG_DIR), config_name="predict")
@explained
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    predict(cfg)


if __name__ == "__main__":
    main()
