"""The record of a training beside its checkpoint: configuration, history, facts, provenance."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from lightning.pytorch import Callback
from omegaconf import DictConfig
from torch import nn

from src.common.csv_files import write_sealed_csv
from src.common.json_files import write_json
from src.runs.callbacks import RunRecord
from src.runs.configuration import write_recorded
from src.runs.provenance import provenance


def write_record(
    folder: Path,
    cfg: DictConfig,
    network: nn.Module,
    callbacks: Sequence[Callback],
    history: pd.DataFrame,
    facts: Mapping[str, Any],
) -> None:
    """Write config.yaml, history.csv, run.json and provenance.json, each whole or not at all.

    Lightning's own files of the same content are removed.

    Args:
        folder: of the run.
        cfg: its composed configuration.
        network: whose parameters are counted.
        callbacks: a ``RunRecord`` among them adds what it measured.
        history: rows of Lightning's log.
        facts: for run.json, such as ``best_step`` and ``seconds``.
    """
    measured = next((c.facts for c in callbacks if isinstance(c, RunRecord)), {})
    parts = _count_parameters(network)
    run = {
        **facts,
        "parameters": sum(parts.values()),
        "parameters_by_part": parts,
        **measured,
    }
    write_recorded(cfg, folder / "config.yaml")
    write_sealed_csv(_count_steps_from_one(history), folder / "history.csv")
    (folder / "metrics.csv").unlink(missing_ok=True)
    (folder / "hparams.yaml").unlink(missing_ok=True)
    for name, content in {"run": run, "provenance": provenance(cfg.seed)}.items():
        write_json(folder / f"{name}.json", content)


def _count_steps_from_one(history: pd.DataFrame) -> pd.DataFrame:
    """Count the steps of Lightning's log, which start at 0, from 1; they are the first column."""
    if history.empty:
        return pd.DataFrame(columns=["step", "train/loss", "val/lsd", "seconds"])
    others = [name for name in history.columns if name not in ("step", "epoch")]
    return history.assign(step=history["step"] + 1)[["step", *others]]


def _count_parameters(network: nn.Module) -> dict[str, int]:
    """Count the trainable parameters of each part of the network."""
    return {
        name: sum(p.numel() for p in child.parameters() if p.requires_grad)
        for name, child in network.named_children()
    }
