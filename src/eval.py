"""Score one model on a split: ``python -m src.eval experiment=toy/cnf_mlp ckpt_path=…``.

Imports neither Lightning nor torchmetrics: for the small models of the toy study their imports
would take longer than the scoring.
"""

import sys
from pathlib import Path

if not __package__:  # run as `python src/eval.py`: the folder above src holds the package
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import logging
import time
from typing import Any

import pandas as pd
from omegaconf import DictConfig

from src.common.files import make_folder
from src.common.json_files import write_json
from src.common.parquet import write_parquet
from src.data.tasks import TASKS
from src.models.networks import NETWORKS
from src.runs.checkpoint import load_checkpoint
from src.runs.command_line import hydra_command
from src.runs.device import prepare_torch
from src.runs.provenance import provenance
from src.runs.scoring import score_network

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
    make_folder(cfg.paths.output_dir)
    prepare_torch(cfg)
    task = TASKS.build(cfg.data)
    network = NETWORKS.build(cfg.model.network)
    if cfg.ckpt_path is not None:
        load_checkpoint(cfg.ckpt_path, cfg, network)
    elif any(True for _ in network.parameters()):
        raise ValueError(
            "ckpt_path is null but the network has weights to load; set ckpt_path to the "
            "model.ckpt of a run"
        )
    started = time.perf_counter()
    metrics, scores = score_network(cfg, network, task)
    _write(cfg, metrics, scores, time.perf_counter() - started)
    return metrics, {"cfg": cfg, "data": task, "model": network, "scores": scores}


def _write(
    cfg: DictConfig, metrics: dict[str, float], scores: pd.DataFrame, seconds: float
) -> None:
    folder = Path(cfg.paths.output_dir)
    summary = {
        "n": len(scores),
        "means": metrics,
        "seconds": seconds,
        "ckpt_path": cfg.ckpt_path and str(cfg.ckpt_path),
        "evaluation": dict(cfg.evaluation),
        "provenance": provenance(cfg.evaluation.seed),
    }
    write_parquet(scores, folder / "scores.parquet")
    write_json(folder / "evaluation.json", summary)
    logger.info("%s", ", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))


@hydra_command("eval")
def main(cfg: DictConfig) -> None:
    """Run from the command line."""
    evaluate(cfg)


if __name__ == "__main__":
    main()
