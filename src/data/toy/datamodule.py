"""Loaders of the toy tasks for Lightning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch.utils.data import DataLoader

from src.data.batch import Batch
from src.data.epochs import EpochSampler, ResumableDataModule
from src.data.prefetch import PrefetchLoader, threads_beside_a_device
from src.data.toy.source import ToySource
from src.data.toy.split import SPLITS, ToySplit


class ToyDataModule(ResumableDataModule):
    """Loaders of a toy task: whole batches, made ahead where that takes time.

    On a CUDA trainer parameters and noise are made on the CPU and signals on the device.

    Args:
        task: the task; kept as the attribute ``task``.
    """

    def __init__(self, task: ToySource) -> None:
        super().__init__()
        self.task = task
        self.splits: dict[str, ToySplit] = {}

    def setup(self, stage: str | None = None) -> None:
        """Prepare every split, whatever the stage: nothing is computed before a batch is asked for.

        Args:
            stage: Lightning's name of the stage, not used.
        """
        del stage
        render = not self._renders_on_device()
        self.splits = {
            name: ToySplit(self.task, name, self.task.batch_size, render) for name in SPLITS
        }

    def train_dataloader(self) -> Iterable[Batch]:
        """Return the training batches; call ``sampler.set_epoch`` for later epochs' items."""
        split = self._split("train")
        return self._loader(split, self.training_order(len(split)))

    def val_dataloader(self) -> Iterable[Batch]:
        """Return the validation batches."""
        return self._loader(self._split("val"))

    def test_dataloader(self) -> Iterable[Batch]:
        """Return the test batches."""
        return self._loader(self._split("test"))

    def predict_dataloader(self) -> Iterable[Batch]:
        """Return the test batches."""
        return self.test_dataloader()

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Render the signals that were left to the device.

        Args:
            batch: on the device; signal may be None.
            dataloader_idx: Lightning's number of the loader, not used.

        Returns:
            A batch with signals.
        """
        del dataloader_idx
        if batch.signal is not None:
            return batch
        return replace(batch, signal=self.task.render(batch.params))

    def _split(self, name: str) -> ToySplit:
        if not self.splits:
            raise RuntimeError("the data module is not set up; call setup() before its loaders")
        return self.splits[name]

    def _loader(self, split: ToySplit, sampler: EpochSampler | None = None) -> Iterable[Batch]:
        """Return a loader of whole batches, with threads where batches are slow to make."""
        workers = self.task.num_workers
        coupled = split.name == "train" and self.task.coupling != "none"
        if workers == 0 and (coupled or self._on_cuda()):
            # One 1024 x 1024 assignment takes longer than a GPU's step, hence several threads.
            threads = threads_beside_a_device() if self._on_cuda() else 1
            return PrefetchLoader(split, sampler or range(len(split)), threads)
        return DataLoader(
            split,
            batch_size=None,  # elements are batches
            sampler=sampler,
            num_workers=workers,
            persistent_workers=workers > 0,
            generator=torch.Generator(),  # leaves the global generator alone
        )

    def _on_cuda(self) -> bool:
        trainer = self.trainer
        return trainer is not None and trainer.strategy.root_device.type == "cuda"

    def _renders_on_device(self) -> bool:
        # Sorted labels of the asymmetric task no longer make the sound that was drawn, and a
        # coupling that looks at sounds needs them before a batch reaches the device.
        task = self.task
        is_sound_lost = task.sort_frequencies and task.break_symmetry
        return self._on_cuda() and not is_sound_lost and task.coupling != "c2ot"
