"""What is measured in validation: an object that takes predictions and returns named means."""

from typing import Protocol

from torch import Tensor, nn
from torchmetrics import Metric

from src.data.batch import Batch
from src.data.toy.task import ToyTask
from src.metrics import (
    ChamferDistance,
    LinearAssignmentDistance,
    LogSpectralDistance,
    MeanSquaredError,
    SymmetricParameterError,
)
from src.symmetry import Symmetry


class ValidationMetrics(Protocol):
    """Means over a validation split.

    One that is an ``nn.Module`` is moved to the network's device.
    """

    def update(self, predicted: Tensor, batch: Batch) -> None:
        """Add predictions (B, P) for a batch."""

    def compute(self) -> dict[str, Tensor]:
        """Return the means over all items so far, by name."""

    def reset(self) -> None:
        """Forget all items."""


class ToyMetrics(nn.Module):
    """LSD of rendered predictions and the parameter errors of a toy task.

    Args:
        task: renders predictions.
    """

    def __init__(self, task: ToyTask) -> None:
        super().__init__()
        self.task = task
        self.lsd = LogSpectralDistance()
        self.errors: dict[str, Metric] = {
            "lac": LinearAssignmentDistance(task.symmetry),
            "mse": MeanSquaredError(),
            "chamfer": ChamferDistance(task.symmetry),
        }
        self.error_modules = nn.ModuleList(self.errors.values())  # moves them to the device

    def update(self, predicted: Tensor, batch: Batch) -> None:
        """Add predictions (B, P) for a batch with signals."""
        assert batch.signal is not None  # the data module renders what its loaders leave out
        self.lsd.update(predicted, batch.signal, self.task.render)
        for error in self.errors.values():
            error.update(predicted, batch.params)

    def compute(self) -> dict[str, Tensor]:
        """Return the means over items: ``lsd`` in dB, ``lac``, ``mse`` and ``chamfer``."""
        return {name: m.compute() for name, m in {"lsd": self.lsd, **self.errors}.items()}

    def reset(self) -> None:
        """Forget all items."""
        for metric in (self.lsd, *self.errors.values()):
            metric.reset()


class SynthMetrics(nn.Module):
    """The parameter error of a synthesizer with a declared symmetry; nothing is rendered.

    Args:
        symmetry: which units may be exchanged.
    """

    def __init__(self, symmetry: Symmetry) -> None:
        super().__init__()
        self.error = SymmetricParameterError(symmetry)

    def update(self, predicted: Tensor, batch: Batch) -> None:
        """Add predictions (B, P) for a batch."""
        self.error.update(predicted, batch.params)

    def compute(self) -> dict[str, Tensor]:
        """Return the mean over items: ``parameter_error``."""
        return {"parameter_error": self.error.compute()}

    def reset(self) -> None:
        """Forget all items."""
        self.error.reset()
