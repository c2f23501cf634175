"""Scores of a network on a toy task: one row an item, and their means.

Imports neither Lightning nor torchmetrics: for the small models of the toy study their imports
would take longer than the scoring.
"""

import logging

import pandas as pd
import torch
from omegaconf import DictConfig
from torch import Tensor

from src.data.batch import Batch
from src.data.toy.task import ToyTask
from src.metrics import functional
from src.models.method import Method, Sampling
from src.runs.device import device_of

logger = logging.getLogger(__name__)


@torch.inference_mode()
def score_network(
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
    device = device_of(cfg)
    network = network.to(device).eval()
    parts = []
    for i in range(len(batches)):
        batch = batches[i].to(device)
        predicted = network.predict(batch, seed, sampling)
        parts.append(_scores(predicted, batch, task))
        if i * 10 // len(batches) != (i + 1) * 10 // len(batches):
            logger.info("scored %d of %d batches", i + 1, len(batches))
    scores = pd.concat(parts, ignore_index=True)
    means = scores.drop(columns="item").mean()
    return {f"{split}/{name}": float(value) for name, value in means.items()}, scores


def _scores(predicted: Tensor, batch: Batch, task: ToyTask) -> pd.DataFrame:
    """Compute every metric of every item of a batch."""
    symmetry, params = task.symmetry, batch.params
    assert batch.signal is not None  # a split renders its batches unless told not to
    columns = {
        "item": batch.index,
        "lsd": functional.log_spectral_distance(task.render(predicted), batch.signal),
        "lac": functional.linear_assignment_distance(predicted, params, symmetry),
        "lac_squared": functional.linear_assignment_distance(
            predicted, params, symmetry, squared=True
        ),
        "mse": functional.mean_squared_error(predicted, params),
        "chamfer": functional.chamfer_distance(predicted, params, symmetry),
    }
    return pd.DataFrame({name: value.cpu().numpy() for name, value in columns.items()})
