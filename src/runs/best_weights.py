"""The weights that a run keeps: those that validated best."""

import logging
from pathlib import Path

from lightning.pytorch import Trainer
from omegaconf import DictConfig

from src.common.tensor_files import read_plain
from src.models.inversion_module import InversionModule
from src.runs.checkpoint import save_checkpoint

logger = logging.getLogger(__name__)


def keep_best_weights(path: Path, cfg: DictConfig, trainer: Trainer, model: InversionModule) -> int:
    """Load the weights that validated best into the model, and write them as the run's checkpoint.

    Args:
        path: file to write.
        cfg: composed configuration of the run.
        trainer: after the fit; without any validation, the last weights are kept.
        model: receives the weights.

    Returns:
        The step that they were taken at.
    """
    step = _load_best(trainer, model)
    if not (step or trainer.fast_dev_run):  # type: ignore[attr-defined]
        logger.info("no validation ran, so the last weights are kept")
    step = step or trainer.global_step
    weights = {k: v.cpu() for k, v in model.state_dict().items() if k.startswith("network.")}
    save_checkpoint(path, cfg, weights, step)
    return step


def _load_best(trainer: Trainer, model: InversionModule) -> int | None:
    """Load the weights that validated best; return their step, None where nothing validated."""
    best = getattr(trainer.checkpoint_callback, "best_model_path", "")
    if not best:
        return None
    remedy = "Delete it to start anew."
    content = read_plain(Path(best), remedy, state_dict=dict, global_step=int)
    model.load_state_dict(content["state_dict"])
    return int(content["global_step"])
