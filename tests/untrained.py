"""Checkpoints of networks that were never trained."""

from pathlib import Path

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig

from src.runs.checkpoint import save_checkpoint


def write_untrained(folder: Path, cfg: DictConfig, step: int) -> Path:
    """Write model.ckpt with random weights, also where networks start at zero; return its path."""
    torch.manual_seed(0)
    network = instantiate(cfg.model.network, _convert_="all")
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    weights = {f"network.{name}": value for name, value in network.state_dict().items()}
    save_checkpoint(folder / "model.ckpt", cfg, weights, step)
    return folder / "model.ckpt"
