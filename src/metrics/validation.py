"""What is measured in validation: an object that takes predictions and returns named means."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor, nn
from torchmetrics import Metric

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

    def update(self, predicted: Tensor, params: Tensor, signal: Tensor | None) -> None:
        """Add predictions (B, P) for items with these parameters (B, P) and sounds (B, L)."""

    def compute(self) -> dict[str, Tensor]:
        """Return the means over all items so far, by name."""

    def reset(self) -> None:
        """Forget all items."""


class ToyMetrics(nn.Module):
    """LSD of rendered predictions and the parameter errors of a toy task.

    Args:
        render: turns parameters (B, P) into sounds (B, L).
        symmetry: which units of the parameters may be exchanged.
    """

    def __init__(self, render: Callable[[Tensor], Tensor], symmetry: Symmetry) -> None:
        super().__init__()
        self.render = render
        self.lsd = LogSpectralDistance()
        self.errors: dict[str, Metric] = {
            "lac": LinearAssignmentDistance(symmetry),
            "mse": MeanSquaredError(),
            "chamfer": ChamferDistance(symmetry),
        }
        self.error_modules = nn.ModuleList(self.errors.values())  # moves them to the device

    def update(self, predicted: Tensor, params: Tensor, signal: Tensor | None) -> None:
        """Add predictions (B, P) for items with sounds."""
        assert signal is not None  # the data module renders what its loaders leave out
        self.lsd.update(predicted, signal, self.render)
        for error in self.errors.values():
            error.update(predicted, params)

    def compute(self) -> dict[str, Tensor]:
        """Return the means over items: ``lsd`` in dB, ``lac``, ``mse`` and ``chamfer``."""
        return {name: m.compute() for name, m in {"lsd": self.lsd, **self.errors}.items()}

    def reset(self) -> None:
        """Forget all items."""
        for metric in (self.lsd, *self.errors.values()):
            metric.reset()


class RenderedMetrics(nn.Module):
    """The parameter error of a synthesizer with declared symmetries; nothing is rendered.

    Args:
        symmetry: which units may be exchanged.
    """

    def __init__(self, symmetry: Symmetry) -> None:
        super().__init__()
        self.error = SymmetricParameterError(symmetry)

    def update(self, predicted: Tensor, params: Tensor, signal: Tensor | None) -> None:
        """Add predictions (B, P) for parameters; sounds are not compared."""
        del signal
        self.error.update(predicted, params)

    def compute(self) -> dict[str, Tensor]:
        """Return the mean over items: ``parameter_error``."""
        return {"parameter_error": self.error.compute()}

    def reset(self) -> None:
        """Forget all items."""
        self.error.reset()
