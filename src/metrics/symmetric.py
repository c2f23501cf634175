"""Parameter error of synthesizers in which some parts may be swapped without being heard."""

import torch
from torch import Tensor

from src.metrics.running import _ItemMean


def symmetric_parameter_error(predicted: Tensor, target: Tensor, orders: Tensor) -> Tensor:
    r"""Mean squared error to the nearest of a target's equivalent parameter vectors.

    .. math:: \min_{s} \frac{1}{P} \sum_p (\hat x_p - x_{s(p)})^2

    where s runs over the column orders that leave the sound as it is. 0 means that the parameters
    are right in some of these orders.

    Args:
        predicted: in [-1, 1], shape (B, P).
        target: in [-1, 1], shape (B, P).
        orders: a row of columns for each order, int64, shape (S, P); the identity belongs to them.

    Returns:
        Errors, shape (B,).

    Raises:
        ValueError: shapes do not fit, or a row of ``orders`` is no permutation.

    Example:
        Two oscillators with level and pitch each, which may be swapped:

        >>> orders = torch.tensor([[0, 1, 2, 3], [2, 3, 0, 1]])
        >>> target = torch.tensor([[0.5, 1.0, 0.0, -1.0]])
        >>> symmetric_parameter_error(torch.tensor([[0.0, -1.0, 0.5, 0.0]]), target, orders)
        tensor([0.2500])
    """
    _check_orders(orders)
    width = orders.shape[1]
    if predicted.ndim != 2 or predicted.shape != target.shape or predicted.shape[1] != width:
        raise ValueError(
            f"expected predicted and target parameters of shape (batch, {width}), got "
            f"{tuple(predicted.shape)} and {tuple(target.shape)}"
        )
    # One order after the other: all at once would take S times the memory.
    errors = [(predicted - target[:, order]).square().mean(1) for order in orders]
    return torch.stack(errors).amin(0)


class SymmetricParameterError(_ItemMean):
    """Mean over items of ``symmetric_parameter_error``. Lower is better.

    Args:
        orders: a row of columns for each order, int64, shape (S, P).
        **kwargs: Passed to `torchmetrics.Metric`.

    Raises:
        ValueError: a row is no permutation of the columns.
    """

    orders: Tensor

    def __init__(self, orders: Tensor, **kwargs: object) -> None:
        super().__init__(**kwargs)
        _check_orders(orders)
        self.register_buffer("orders", orders.clone(), persistent=False)

    def update(self, predicted: Tensor, target: Tensor) -> None:
        """Add a batch of parameters, both of shape (B, P).

        Raises:
            ValueError: shapes do not fit.
        """
        self._add(symmetric_parameter_error(predicted, target, self.orders))


def _check_orders(orders: Tensor) -> None:
    if orders.ndim != 2 or not len(orders):
        raise ValueError(
            f"orders: expected at least one row of columns, got shape {tuple(orders.shape)}"
        )
    columns = torch.arange(orders.shape[1], device=orders.device)
    wrong = (orders.sort(1).values != columns).any(1)
    if wrong.any():
        raise ValueError(
            f"orders: row {int(wrong.nonzero()[0])} is no permutation of the "
            f"{orders.shape[1]} columns"
        )
