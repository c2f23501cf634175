"""Patches that a trained network predicts for sounds, and their rendering.

Imports neither Lightning nor torchmetrics, which take seconds.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from omegaconf import DictConfig
from torch import Tensor

from src.common.hdf5 import open_hdf5
from src.common.progress import Progress
from src.data.rendered.bin_statistics import Statistics
from src.data.rendered.hdf5_rows import HDF5Rows
from src.data.rendered.hdf5_split import HDF5Split
from src.data.rendered.task import SynthTask
from src.data.sound_files import item_name, whole_folder, write_wav
from src.models.method import Method, Sampling
from src.models.networks import NETWORKS
from src.rendering.jobs import run_job
from src.rendering.patches import Rendering, VectorJob
from src.rendering.pool import Job
from src.runs.checkpoint import load_checkpoint
from src.runs.device import device_of


def load_network(cfg: DictConfig) -> Method:
    """Build the network of an experiment, with the weights of ``cfg.ckpt_path``.

    Returns:
        The network on its device, ready to predict.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the checkpoint belongs to another experiment, or none is named.
    """
    network: Method = NETWORKS.build(cfg.model.network)
    if cfg.ckpt_path is not None:
        load_checkpoint(cfg.ckpt_path, cfg, network)
    elif network.is_trained:
        raise ValueError("ckpt_path: null, but the network has weights to load; name a model.ckpt")
    return network.to(device_of(cfg)).eval()


def open_split(cfg: DictConfig, task: SynthTask) -> HDF5Split:
    """Open the sounds to predict for: ``cfg.data_file``, or a split of the task's data set.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, or files do not go together.
    """
    path = cfg.data_file or task.dataset_root / f"{cfg.evaluation.split}.h5"
    rows = HDF5Rows(path, cfg.data.conditioning)
    scaling = None
    if cfg.data.conditioning == "mel":
        statistics = Statistics.read(task.dataset_root / "stats.npz")
        statistics.check_fits(rows)
        scaling = statistics.scaling()
    _check_table(path, rows, task)
    return HDF5Split(rows, scaling, cfg.evaluation.batch_size)


def check_sounds(path: Path, rendering: Rendering) -> None:
    """Refuse a file without sounds, or with sounds of another form than the rendered ones.

    Raises:
        ValueError: there is nothing to compare rendered sounds to.
    """
    with open_hdf5(path) as file:
        audio: Any = file.get("audio")
        if audio is None or not audio.attrs.get("stored", True):
            raise ValueError(f"{path}: its sounds were not stored; render it with store_audio")
        found = (*audio.shape[1:], round(float(audio.attrs["sample_rate"])))
    expected = (rendering.channels, rendering.samples, rendering.sample_rate)
    if found != expected:
        raise ValueError(
            f"{path}: sounds have (channels, samples, rate) {found}, the configuration renders "
            f"{expected}; choose the scale and data set that the file was rendered with"
        )


def sampling_of(cfg: DictConfig) -> Sampling:
    """Take how flows are sampled from the node ``evaluation``."""
    evaluation = cfg.evaluation
    return Sampling(evaluation.steps, evaluation.solver, evaluation.guidance)


@torch.inference_mode()
def predict_vectors(cfg: DictConfig, task: SynthTask, network: Method) -> NDArray[np.float32]:
    """Predict encoded patches.

    Args:
        cfg: its ``evaluation`` node says how to sample, ``data_file`` for which sounds.
        task: where the data lie and what a vector means.
        network: the trained method, on its device.

    Returns:
        In [0, 1], shape (n, P), as the synthesizer will play them.
    """
    split, sampling, device = open_split(cfg, task), sampling_of(cfg), device_of(cfg)
    parts: list[Tensor] = []
    with Progress("predicting", split.size, "sounds") as progress:
        for i in range(len(split)):
            batch = split[i].to(device)
            if batch.params.shape[1] != task.num_params:  # sounds of unknown parameters
                batch.params.resize_(len(batch.index), task.num_params).zero_()
            parts.append(network.predict(batch, cfg.evaluation.seed, sampling).float().cpu())
            progress.advance(len(batch.index))
    vectors = encoded(torch.cat(parts), cfg.ckpt_path)
    return task.table.as_published(vectors) if cfg.evaluation.decode_as_published else vectors


def encoded(predicted: Tensor, source: Any) -> NDArray[np.float32]:
    """Map predictions in about [-1, 1] to encoded patches, clipped to [0, 1].

    Args:
        predicted: any shape.
        source: what predicted them, for the error.

    Raises:
        FloatingPointError: a number is not finite.
    """
    if not torch.isfinite(predicted).all():
        raise FloatingPointError(f"{source}: predicts numbers that are not finite")
    vectors: NDArray[np.float32] = ((predicted + 1) / 2).clamp(0, 1).numpy()
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
    rendering = Rendering.of(cfg.dataset)
    is_rendered = np.ones(len(vectors), dtype=bool)
    silence = np.zeros((rendering.channels, rendering.samples), dtype=np.float32)
    with whole_folder(folder) as new, Progress("rendering", len(vectors), "clips") as progress:
        for item, sound in run_configured(cfg, VectorJob(rendering, vectors), len(vectors)):
            is_rendered[item] = sound is not None
            sound = silence if sound is None else sound
            write_wav(new / f"{item_name(item)}.wav", sound, rendering.sample_rate)
            progress.advance()
    return is_rendered


def run_configured(cfg: DictConfig, job: Job, tasks: int) -> Iterator[tuple[int, Any]]:
    """Run a job's tasks in processes of their own; the log tells which failed.

    Args:
        cfg: its ``dataset`` node says with which synthesizer, ``workers`` in how many processes.
        job: renders patches, each a task.
        tasks: their number.

    Yields:
        Each task with its result, in order.
    """
    timeout_s = cfg.dataset.rendering.timeout_s
    yield from run_job(job, tasks, Rendering.of(cfg.dataset), cfg.workers, timeout_s, task="item")


def _check_table(path: Any, rows: HDF5Rows, task: SynthTask) -> None:
    """Refuse labels of another parameter table; sounds without labels fit any."""
    if rows.table_digest and rows.table_digest != task.table.digest:
        raise ValueError(
            f"{path}: rendered with another parameter table (digest {rows.table_digest}) than "
            f"{task.table.source} ({task.table.digest}); render the data set again, or name the "
            "table that it was made with"
        )
