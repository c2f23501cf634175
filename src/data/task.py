"""What every task is to a training: parameters of a synthesizer, and where batches come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Lightning and torchmetrics take seconds to import, which scoring can spare
    from lightning.pytorch import LightningDataModule

    from src.metrics.validation import ValidationMetrics


class Task(ABC):
    """A synthesizer to invert, with its data sets.

    Toy tasks draw their sounds when asked for them, rendered ones read them from files; a training
    knows neither.
    """

    @property
    @abstractmethod
    def num_params(self) -> int:
        """Length of a parameter vector."""

    @property
    @abstractmethod
    def condition(self) -> str:
        """How the task is posed, for people, such as "k=4 symmetric"; "" where it has one way."""

    @property
    @abstractmethod
    def batches_per_epoch(self) -> int | None:
        """Training batches an epoch; None where only the files tell, which may not exist yet."""

    @abstractmethod
    def datamodule(self) -> LightningDataModule:
        """Build the loaders of all splits."""

    @abstractmethod
    def validation_metrics(self) -> ValidationMetrics:
        """Build what validation measures."""
