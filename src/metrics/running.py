"""The distances of `src.metrics.functional` as torchmetrics classes: means over items.

Every class keeps the sum of its per-item values and their number, so that the result depends
neither on how items were cut into batches nor on how batches were spread over processes.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torchmetrics import Metric

from src.metrics import functional
from src.symmetry import Symmetry


class _ItemMean(Metric):
    """Sum and count of one value an item."""

    higher_is_better = False
    is_differentiable = True
    full_state_update = False

    total: Tensor
    count: Tensor

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        # float64: single precision loses items once a sum has grown large.
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def _add(self, values: Tensor) -> None:
        self.total = self.total + values.double().sum()
        self.count = self.count + values.numel()

    def compute(self) -> Tensor:
        """Mean over all items so far, a float32 scalar (NaN if there were none)."""
        return (self.total / self.count).float()


class LogSpectralDistance(_ItemMean):
    """Mean log spectral distance (LSD) in dB of sounds rendered from predicted parameters.

    Lower is better; see `src.metrics.functional.log_spectral_distance` for the formula. It is
    differentiable wherever the synthesizer is.

    Args:
        eps: Least power in a bin; 1e-8 is -80 dBFS.
        **kwargs: Passed to `torchmetrics.Metric`.

    Example:
        A "synthesizer" that holds its only parameter for four samples:

        >>> metric = LogSpectralDistance()
        >>> metric.update(torch.ones(2, 1), torch.zeros(2, 4), lambda params: params.expand(-1, 4))
        >>> metric.compute()
        tensor(46.1880)
    """

    def __init__(self, eps: float = 1e-8, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.eps = eps

    def update(
        self,
        predicted_params: Tensor,
        target_signal: Tensor,
        synth_fn: Callable[[Tensor], Tensor],
    ) -> None:
        """Add a batch.

        Args:
            predicted_params: In [-1, 1], shape (B, P).
            target_signal: Shape (B, L).
            synth_fn: Renders parameters (B, P) as signals (B, L).

        Raises:
            ValueError: If the rendered shape differs from the target's, or values are not finite.
        """
        predicted_signal = synth_fn(predicted_params)
        self._add(functional.log_spectral_distance(predicted_signal, target_signal, self.eps))


class ChamferDistance(_ItemMean):
    """Mean Chamfer distance between predicted and true units.

    Lower is better; see `src.metrics.functional.chamfer_distance` for the formula.

    Args:
        params_per_token: Which units there are: a symmetry, or the number of parameters of one
            oscillator, 2 for k-sin, 3 for k-osc, where vectors hold nothing but oscillators.
        **kwargs: Passed to `torchmetrics.Metric`.

    Example:
        >>> metric = ChamferDistance(params_per_token=2)
        >>> metric.update(torch.zeros(1, 4), torch.tensor([[0.0, 1.0, 0.0, 0.0]]))
        >>> metric.compute()
        tensor(0.5000)
    """

    def __init__(self, params_per_token: int | Symmetry, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.units = params_per_token

    def update(self, predicted: Tensor, target: Tensor) -> None:
        """Add a batch of parameters, both of shape (B, P).

        Raises:
            ValueError: If shapes do not fit, or values are not finite.
        """
        symmetry = _symmetry(self.units, predicted)
        self._add(functional.chamfer_distance(predicted, target, symmetry))


class LinearAssignmentDistance(_ItemMean):
    """Mean error of optimally matched units (LAC).

    Lower is better; see `src.metrics.functional.linear_assignment_distance` for the formula.

    Args:
        params_per_token: Which units there are, see `ChamferDistance`.
        squared: Mean squared error of matched parameters instead of the mean Euclidean distance
            of matched rows.
        **kwargs: Passed to `torchmetrics.Metric`.

    Example:
        >>> metric = LinearAssignmentDistance(params_per_token=2)
        >>> swapped = torch.tensor([[0.1, 0.9, -1.0, 1.0]])
        >>> metric.update(swapped, torch.tensor([[0.9, 0.1, 0.5, -1.0]]))
        >>> metric.compute()
        tensor(0.2500)
    """

    def __init__(
        self, params_per_token: int | Symmetry, squared: bool = False, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.units = params_per_token
        self.squared = squared

    def update(self, predicted: Tensor, target: Tensor) -> None:
        """Add a batch of parameters, both of shape (B, P).

        Raises:
            ValueError: If shapes do not fit, or values are not finite.
        """
        symmetry = _symmetry(self.units, predicted)
        self._add(functional.linear_assignment_distance(predicted, target, symmetry, self.squared))


class SymmetricParameterError(_ItemMean):
    """Mean squared error to the nearest equivalent of the true parameters.

    Lower is better; see `src.metrics.functional.symmetric_parameter_error` for the formula.

    Args:
        symmetry: Which units may be exchanged.
        **kwargs: Passed to `torchmetrics.Metric`.

    Example:
        >>> metric = SymmetricParameterError(Symmetry.of(4, [(0, 1), (2, 3)]))
        >>> metric.update(torch.tensor([[0.0, -1.0, 0.5, 0.0]]), torch.tensor([[0.5, 1, 0, -1]]))
        >>> metric.compute()
        tensor(0.2500)
    """

    def __init__(self, symmetry: Symmetry, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.symmetry = symmetry

    def update(self, predicted: Tensor, target: Tensor) -> None:
        """Add a batch of parameters, both of shape (B, P).

        Raises:
            ValueError: If shapes do not fit.
        """
        self._add(functional.symmetric_parameter_error(predicted, target, self.symmetry))


class MeanSquaredError(_ItemMean):
    """Mean squared error of parameters whose order matters (MSE).

    Lower is better; see `src.metrics.functional.mean_squared_error` for the formula.

    Args:
        **kwargs: Passed to `torchmetrics.Metric`.

    Example:
        >>> metric = MeanSquaredError()
        >>> metric.update(torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, 0.0]]))
        >>> metric.compute()
        tensor(0.5000)
    """

    def update(self, predicted: Tensor, target: Tensor) -> None:
        """Add a batch of parameters, both of shape (B, P).

        Raises:
            ValueError: If shapes differ, or values are not finite.
        """
        self._add(functional.mean_squared_error(predicted, target))


def _symmetry(units: int | Symmetry, params: Tensor) -> Symmetry:
    """Return the symmetry of parameters (B, P), of oscillators where only their width is told."""
    if isinstance(units, Symmetry):
        return units
    num_params = params.shape[-1]
    if units < 1 or num_params % units:
        raise ValueError(
            f"parameters have shape {tuple(params.shape)}: {num_params} cannot be divided into "
            f"tokens of params_per_token={units} (2 for k-sin, 3 for k-osc)"
        )
    return Symmetry.oscillators(num_params // units, units)
