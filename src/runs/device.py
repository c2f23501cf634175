"""What a process computes on: device, threads, precision."""

import torch
from omegaconf import DictConfig


def prepare_torch(cfg: DictConfig) -> None:
    """Set threads and precision of matrix products for this process."""
    if cfg.threads is not None:
        torch.set_num_threads(cfg.threads)
    torch.set_float32_matmul_precision(cfg.matmul_precision)


def device_of(cfg: DictConfig) -> torch.device:
    """Choose the GPU where there is one that may be used."""
    use_cuda = cfg.trainer.accelerator != "cpu" and torch.cuda.is_available()
    return torch.device("cuda" if use_cuda else "cpu")
