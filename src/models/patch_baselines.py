"""Rows of a table that no network is behind: a patch drawn by chance, and the true one."""

from pathlib import Path

import torch
from torch import Tensor

from src.common.hdf5 import open_hdf5, read_rows
from src.data import philox
from src.data.batch import Batch
from src.data.rendered.hdf5_rows import PARAMS
from src.models.method import Method, Sampling


class RandomTrainingPatch(Method):
    """The patch of some training item, whatever the sound is.

    Training patches are audible ones, so this is the data set's own distribution.

    Args:
        dataset_root: folder of train.h5.
    """

    is_trained = False

    def __init__(self, dataset_root: str | Path) -> None:
        super().__init__()
        self.path = Path(dataset_root) / "train.h5"

    def predict(self, batch: Batch, seed: int, sampling: Sampling) -> Tensor:
        """Draw a training item's parameters for each item number, shape (B, P)."""
        del sampling
        with open_hdf5(self.path) as file:
            patches = file[PARAMS]
            uniform = philox.uniform(seed, "sample", batch.index, 1)[:, 0].cpu()
            rows = (uniform * len(patches)).long().tolist()
            chosen = torch.stack([torch.from_numpy(read_rows(patches, row)) for row in rows])
        return (2 * chosen - 1).to(batch.params)


class TruePatch(Method):
    """The label, to be rendered again."""

    is_trained = False

    def predict(self, batch: Batch, seed: int, sampling: Sampling) -> Tensor:
        """Return the parameters of the batch, shape (B, P)."""
        del seed, sampling
        return batch.params.clone()
