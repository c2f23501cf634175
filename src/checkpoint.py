"""The checkpoint of a run: averaged weights and what they fit, loadable without pickled code."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor, nn

from src.configuration import flatten, plain
from src.files import atomic_path

# Settings that only training or only the data of a split depend on: they may differ when a network
# is scored.
_FREE = (
    "data.train_val_test_sizes",
    "data.train_val_test_seeds",
    "data.batch_size",
    "data.num_workers",
    "data.coupling",
    "data.draws",
    "data.shift_test_distribution",
    "data.fresh",
    "data.dataset_root",
    "data.sort_targets",
    "data.seed",
    "model.lr_scales",
    "model.network.cfg_dropout_rate",
    "model.network.vector_field.projection_penalty",
    "model.network.vector_field.pe_penalty",
    "model.network.vector_field.projection.assignment_noise",
    "model.network.vector_field.projection.vector_noise",
)


def save_checkpoint(path: Path, cfg: DictConfig, state_dict: dict[str, Tensor], step: int) -> None:
    """Write a network's weights with the configuration that they fit.

    Args:
        path: file to write; it appears whole or not at all.
        cfg: composed configuration of the run.
        state_dict: weights of the network, keys as in ``network.…``.
        step: training step they were taken at.
    """
    content = {"state_dict": state_dict, "step": step, "config": _identity(cfg)}
    with atomic_path(path) as temporary:
        torch.save(content, temporary)


def load_checkpoint(path: str | Path, cfg: DictConfig, network: nn.Module) -> int:
    """Load weights into a network that the configuration describes.

    Args:
        path: file that ``save_checkpoint`` wrote.
        cfg: composed configuration that ``network`` was built from.
        network: receives the weights.

    Returns:
        The training step that the weights were taken at.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no checkpoint, holds more than plain data, or belongs to another
            experiment; the message names the settings that differ.
    """
    content = _read(Path(path))
    found, expected = content["config"], _identity(cfg)
    differing = [
        f"{key}: {found.get(key)!r} in the checkpoint, {expected.get(key)!r} configured"
        for key in sorted(found.keys() | expected.keys())
        if found.get(key) != expected.get(key)
    ]
    if differing:
        raise ValueError(
            f"checkpoint {path} belongs to another experiment: "
            + "; ".join(differing[:5])
            + (f"; and {len(differing) - 5} more" if len(differing) > 5 else "")
            + ". Compose the configuration as in the run's config.yaml, or train again."
        )
    prefix = "network."
    network.load_state_dict(
        {key.removeprefix(prefix): value for key, value in content["state_dict"].items()}
    )
    return int(content["step"])


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no checkpoint {path}; train the run first, or set ckpt_path to an "
            "existing model.ckpt"
        )
    try:
        with warnings.catch_warnings():
            # a file in another pickle protocol is refused below, in our words
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"{path} cannot be read as a checkpoint of tensors and plain values ({reason}); it is "
            "damaged, or holds code and was refused. Train the run again."
        ) from error
    if not isinstance(content, dict) or not {"state_dict", "config", "step"} <= content.keys():
        raise ValueError(
            f"{path} is no checkpoint of this project: expected the entries state_dict, config "
            "and step. Use the model.ckpt of a run folder."
        )
    return content


def _identity(cfg: DictConfig) -> dict[str, Any]:
    """Flatten the settings that decide what the weights mean."""
    leaves = flatten(plain(cfg, "task", "data", "model"))
    return {key: value for key, value in leaves.items() if not _is_free(key)}


def _is_free(key: str) -> bool:
    return any(key == free or key.startswith(f"{free}.") for free in _FREE)
