"""Checkpoints of networks that were never trained."""

from pathlib import Path

import torch
from omegaconf import DictConfig

from src.models.networks import NETWORKS
from src.runs.checkpoint import save_checkpoint


def write_untrained(folder: Path, cfg: DictConfig, step: int) -> Path:
    """Write model.ckpt with random weights, also where networks start at zero; return its path."""
    torch.manual_seed(0)
    network = NETWORKS.build(cfg.model.network)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    save_checkpoint(folder / "model.ckpt", cfg, weights, step)
    return folder / "model.ckpt"
