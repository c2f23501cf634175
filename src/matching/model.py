"""The trained model that matches sounds, with all that its predictions need."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig

from src.common.checksums import PUBLISHED, check_if_published
from src.common.project import CONFIG_DIR
from src.data.recordings import Format
from src.data.rendered.bin_statistics import Statistics
from src.data.rendered.hdf5_split import Scaling
from src.models.method import Method, Sampling
from src.models.networks import SELF_CONTAINED
from src.rendering.patches import Rendering
from src.runs.checkpoint import load_checkpoint
from src.runs.configuration import read_recorded
from src.runs.device import device_of
from src.runs.prediction import sampling_of
from src.synths.parameters import ParameterTable

logger = logging.getLogger(__name__)

METHOD = "cnf_param2tok"
SCALES = ("paper", "laptop")  # in which a published model is looked for, the better one first
CONFIG = "config.yaml"


@dataclass(frozen=True)
class Model:
    """A trained network and what goes with it.

    Attributes:
        network: on its device, ready to predict.
        rendering: how patches become sounds.
        table: what a predicted vector means.
        scaling: of the spectrograms.
        sampling: how the flow is sampled.
        device: where the network computes.
        timeout_s: longest silence of a process that renders.
        path: the checkpoint.
        facts: of the checkpoint, for the record.
    """

    network: Method
    rendering: Rendering
    table: ParameterTable
    scaling: Scaling
    sampling: Sampling
    device: torch.device
    timeout_s: float
    path: Path
    facts: dict[str, Any]

    @property
    def format(self) -> Format:
        """What the sounds are like that the network has learnt from."""
        rendering = self.rendering
        return Format(rendering.sample_rate, rendering.channels, rendering.samples, rendering.mel)


def find_checkpoint(synth: str, published: Path | None = None) -> Path:
    """Look up the published model of a data set.

    Args:
        synth: file of ``configs/dataset/``.
        published: folder of published results.

    Returns:
        Path of its model.ckpt.

    Raises:
        ValueError: no such data set.
        FileNotFoundError: no model of it is published.
    """
    known = sorted(p.stem for p in (CONFIG_DIR / "dataset").glob("*.yaml") if p.stem != "rendered")
    if synth not in known:
        raise ValueError(f"--synth: unknown {synth!r}; known: {', '.join(known)}")
    root = published or PUBLISHED
    for scale in SCALES:
        found = sorted((root / scale / synth / METHOD).glob("seed*/model.ckpt"))
        if found:
            return found[0]
    raise FileNotFoundError(
        f"{root}: holds no trained model of {synth} ({SCALES[-1]}/{synth}/{METHOD}/seed0/"
        f"model.ckpt); train one (snakemake --cores all results/laptop/{synth}/{METHOD}/seed0/"
        "model.ckpt) and name it with --checkpoint. Where the synthesizer is a plug-in, its path "
        "has to stand under `plugins` in configs/workflow.yaml"
    )


def load_model(checkpoint: Path, synth: str | None = None, plugin: str | None = None) -> Model:
    """Load a model from its run folder: model.ckpt, config.yaml and the statistics of its data.

    Args:
        checkpoint: model.ckpt; config.yaml lies beside it, stats.npz beside it or in the folder of
            the run's data set.
        synth: data set that the model has to be of, None for any.
        plugin: path of the plug-in; None where an environment variable names it. The path that the
            run's configuration holds is not taken: a plug-in is a program.

    Returns:
        The model.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: files do not go together, or are none of this project.
    """
    if not checkpoint.is_file():
        raise FileNotFoundError(f"{checkpoint}: no such checkpoint; name a model.ckpt")
    check_if_published(checkpoint)
    check_if_published(checkpoint.with_name(CONFIG))
    cfg = _read_config(checkpoint)
    if synth is not None and cfg.dataset.name != synth:
        raise ValueError(
            f"{checkpoint}: is a model of {cfg.dataset.name}, not of {synth}; name its own data "
            f"set with --synth {cfg.dataset.name}, or another checkpoint"
        )
    with _explaining(checkpoint.with_name(CONFIG)):
        network: Method = SELF_CONTAINED.build(cfg.model.network)
        cfg.dataset.plugin = None
        rendering = replace(Rendering.of(cfg.dataset), plugin=plugin)
        sampling, device = sampling_of(cfg), device_of(cfg)
        timeout_s = float(cfg.dataset.rendering.timeout_s)
    step = load_checkpoint(checkpoint, cfg, network)
    table = rendering.definition().table
    if table.digest != cfg.data.table_digest:
        raise ValueError(
            f"{checkpoint}: was trained with another parameter table (digest "
            f"{cfg.data.table_digest}) than {table.source} ({table.digest}) is now; train it again"
        )
    return Model(
        network=network.to(device).eval(),
        rendering=rendering,
        table=table,
        scaling=_read_scaling(checkpoint, rendering, table.digest),
        sampling=sampling,
        device=device,
        timeout_s=timeout_s,
        path=checkpoint,
        facts={
            "path": str(checkpoint),
            "sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
            "step": step,
            "dataset": cfg.dataset.name,
            "scale": cfg.scale.name,
        },
    )


def _read_config(checkpoint: Path) -> DictConfig:
    """Read the run's configuration."""
    path = checkpoint.with_name(CONFIG)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: missing; a checkpoint needs the configuration of its run beside it"
        )
    cfg = read_recorded(path, "name the checkpoint of a run folder as training left it")
    wanted = ("data", "dataset", "evaluation", "model", "scale", "trainer")
    missing = [key for key in wanted if not isinstance(cfg.get(key), DictConfig)]
    if missing:
        raise ValueError(
            f"{path}: lacks {', '.join(missing)}; name the checkpoint of a synthesizer's run"
        )
    if cfg.data.get("conditioning") != "mel":
        raise ValueError(
            f"{path}: the model hears {cfg.data.get('conditioning')!r}, but sounds are matched by "
            "their spectrograms; name a model with data.conditioning=mel"
        )
    return cfg


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """Name the configuration whose values something is made of, whatever is wrong with them."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{path}: {reason}") from error


def _read_scaling(checkpoint: Path, rendering: Rendering, digest: str) -> Scaling:
    """Read the statistics of the training set, beside the checkpoint or with the data."""
    folder = checkpoint.resolve().parent
    paths = [folder / "stats.npz", folder / "../../data/stats.npz"]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise FileNotFoundError(
            f"{paths[0]}: missing, and {paths[1]} too; the model needs the statistics of its "
            "training set: copy the data set's stats.npz beside the checkpoint"
        )
    check_if_published(path)
    statistics = Statistics.read(path)
    fits = statistics.mean.shape == rendering.mel_shape
    if not fits or (statistics.table_digest and statistics.table_digest != digest):
        raise ValueError(
            f"{path}: statistics of another data set (shape {statistics.mean.shape}, table digest "
            f"{statistics.table_digest}) than the model's ({rendering.mel_shape}, {digest}); copy "
            "the stats.npz that it was trained with beside the checkpoint"
        )
    return statistics.scaling()
