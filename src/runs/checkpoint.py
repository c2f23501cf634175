"""The checkpoint of a run: averaged weights and what they fit, loadable without pickled code."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from torch import Tensor, nn

from src.common.tensor_files import read_plain, write_plain
from src.runs.configuration import flatten, plain

# Settings that may differ when a network is scored: only training or the data of a split depend on
# them.
_FREE = (
    "task.scorer",
    "data.train_val_test_sizes",
    "data.train_val_test_seeds",
    "data.batch_size",
    "data.num_workers",
    "data.coupling",
    "data.condition_weight",
    "data.draws",
    "data.shift_test_distribution",
    "data.fresh",
    "data.dataset_root",
    "data.sort_targets",
    "data.seed",
    "task.symmetry",
    "model.assignment_start",
    "model.lr_scales",
    "model.network.symmetry",
    "model.network.params_per_token",  # of checkpoints from before symmetries were configured
    "model.network.cfg_dropout_rate",
    "model.network.vector_field.projection_penalty",
    "model.network.vector_field.pe_penalty",
    "model.network.vector_field.projection.assignment_noise",
    "model.network.vector_field.projection.vector_noise",
    "model.network.vector_field.projection.shared_vector_noise",
)


def save_checkpoint(path: Path, cfg: DictConfig, state_dict: dict[str, Tensor], step: int) -> None:
    """Write a network's weights with the configuration that they fit.

    Args:
        path: file to write; it appears whole or not at all.
        cfg: composed configuration of the run.
        state_dict: weights of the network, keys as in ``network.…``.
        step: training step they were taken at.
    """
    write_plain(path, {"state_dict": state_dict, "step": step, "config": _identity(cfg)})


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
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"there is no checkpoint {path}; train the run first, or set ckpt_path to an "
            "existing model.ckpt"
        )
    remedy = "Use the model.ckpt of a run folder, or train the run again."
    content = read_plain(Path(path), remedy, state_dict=dict, config=dict, step=int)
    found = {key: value for key, value in content["config"].items() if not _is_free(key)}
    expected = _identity(cfg)
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
    weights = {key.removeprefix(prefix): value for key, value in content["state_dict"].items()}
    try:
        network.load_state_dict(weights)
    except (RuntimeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path}: its weights do not fit ({reason[:200]}). {remedy}") from error
    return int(content["step"])


def _identity(cfg: DictConfig) -> dict[str, Any]:
    """Flatten the settings that decide what the weights mean."""
    leaves = flatten(plain(cfg, "task", "data", "model"))
    return {key: value for key, value in leaves.items() if not _is_free(key)}


def _is_free(key: str) -> bool:
    return any(key == free or key.startswith(f"{free}.") for free in _FREE)
