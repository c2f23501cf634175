"""Score one model on a split: ``python -m src.eval experiment=toy/cnf_mlp ckpt_path=…``.

Imports neither Lightning nor torchmetrics: for the small models of the toy study their imports
would take longer than the scoring.
"""

import sys
from pathlib import Path

if not __package__:  # run as `python src/eval.py`: the folder above src holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import json
import logging
import time
from typing import Any

import hydra
import pandas as pd
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch import Tensor

from src.common.errors import explained
from src.common.files import atomic_path
from src.common.project import CONFIG_DIR
from src.data.batch import Batch
from src.data.toy.task import ToyTask
from src.metrics import functional
from src.models.method import Method, Sampling
from src.runs.checkpoint import load_checkpoint
from src.runs.provenance import provenance

logger = logging.getLogger(__name__)


def evaluate(cfg: DictConfig) -> tuple[dict[str, Any], dict[str, Any]]:
    """Score the model of a checkpoint and write one row of scores an item.

    The folder ``cfg.paths.output_dir`` receives scores.parquet and evaluation.json.

    Args:
        cfg: composed from ``configs/eval.yaml`` with the overrides of the training run;
            ``cfg.ckpt_path`` names its model.ckpt, null for a method without training.

    Returns:
        Metrics (means over items, ``test/lsd`` and so on) and objects (``cfg``, ``data``,
        ``model``, ``scores``: a data frame with one row an item).

    Raises:
        FileNotFoundError: no such checkpoint; ValueError: it belongs to another experiment.
    """
    prepare_torch(cfg)
    task = instantiate(cfg.data, _convert_="all")
    network = instantiate(cfg.model.network, _convert_="all")
    if cfg.ckpt_path is not None:
        load_checkpoint(cfg.ckpt_path, cfg, network)
    elif any(True for _ in network.parameters()):
        raise ValueError(
            "ckpt_path is null but the network has weights to load; set ckpt_path to the "
            "model.ckpt of a run"
        )
    started = time.perf_counter()
    metrics, scores = evaluate_network(cfg, network, task)
    _write(cfg, metrics, scores, time.perf_counter() - started)
    return metrics, {"cfg": cfg, "data": task, "model": network, "scores": scores}


def prepare_torch(cfg: DictConfig) -> None:
    """Set threads and precision of matrix products for this process."""
    if cfg.threads is not None:
        torch.set_num_threads(cfg.threads)
    torch.set_float32_matmul_precision(cfg.matmul_precision)


@torch.inference_mode()
def evaluate_network(
    cfg: DictConfig, network: Method, task: ToyTask
) -> tuple[dict[str, float], pd.DataFrame]:
    """Score a network on the split that ``cfg.evaluation`` names.

    Args:
        cfg: its ``evaluation`` node holds split, seed, batch size and how to sample.
        network: has ``predict(batch, seed, sampling)``.
        task: where sounds and labels come from.

    Returns:
        Means over items, and the scores of each item.
    """
    settings = dict(cfg.evaluation)
    split, seed = settings.pop("split"), settings.pop("seed")
    batches = task.split(split, batch_size=settings.pop("batch_size"))
    sampling = Sampling(**settings)
    use_cuda = cfg.trainer.accelerator != "cpu" and torch.cuda.is_available()
    device = torch.device("cuda" if use_cuda else "cpu")
    network = network.to(device).eval()
    parts = []
    for i in range(len(batches)):
        batch = batches[i].to(device)
        predicted = network.predict(batch, seed, sampling)
        parts.append(_score(predicted, batch, task))
        if i * 10 // len(batches) != (i + 1) * 10 // len(batches):
            logger.info("scored %d of %d batches", i + 1, len(batches))
    scores = pd.concat(parts, ignore_index=True)
    means = scores.drop(columns="item").mean()
    return {f"{split}/{name}": float(value) for name, value in means.items()}, scores


def _score(predicted: Tensor, batch: Batch, task: ToyTask) -> pd.DataFrame:
    """Compute every metric of every item of a batch."""
    width, params = task.params_per_token, batch.params
    assert batch.signal is not None  # a split renders its batches unless told not to
    columns = {
        "item": batch.index,
        "lsd": functional.log_spectral_distance(task.render(predicted), batch.signal),
        "lac": functional.linear_assignment_distance(predicted, params, width),
        "lac_squared": functional.linear_assignment_distance(
            predicted, params, width, squared=True
        ),
        "mse": functional.mean_squared_error(predicted, params),
        "chamfer": functional.chamfer_distance(predicted, params, width),
    }
    return pd.DataFrame({name: value.cpu().numpy() for name, value in columns.items()})


def _write(
    cfg: DictConfig, metrics: dict[str, float], scores: pd.DataFrame, seconds: float
) -> None:
    folder = Path(cfg.paths.output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    summary = {
        "n": len(scores),
        "means": metrics,
        "seconds": seconds,
        "ckpt_path": cfg.ckpt_path and str(cfg.ckpt_path),
        "evaluation": dict(cfg.evaluation),
        "provenance": provenance(cfg.evaluation.seed),
    }
    with atomic_path(folder / "scores.parquet") as path:
        scores.to_parquet(path, index=False)
    with atomic_path(folder / "evaluation.json") as path:
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    logger.info("%s", ", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))


@hydra.main(version_base="1.3", config_path=str(CONFIG_DIR), config_name="eval")
@explained
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    evaluate(cfg)


if __name__ == "__main__":
    main()
