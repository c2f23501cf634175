"""The parameter error that forgives swaps."""

import itertools

import pytest
import torch

from src.metrics.functional import linear_assignment_distance
from src.metrics.symmetric import SymmetricParameterError, symmetric_parameter_error

# Three oscillators of two parameters each, oscillator after oscillator, and one parameter alone.
ORDERS = torch.tensor(
    [
        [column for i in order for column in (2 * i, 2 * i + 1)] + [6]
        for order in itertools.permutations(range(3))
    ]
)


def _pair(items: int) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    return torch.rand(items, 7, generator=g), torch.rand(items, 7, generator=g)


def test_a_swap_costs_nothing_and_the_rest_counts() -> None:
    target, _ = _pair(4)
    for order in ORDERS:
        predicted = target[:, order].clone()
        predicted[:, 6] += 0.7
        error = symmetric_parameter_error(predicted, target, ORDERS)
        torch.testing.assert_close(error, torch.full((4,), 0.49 / 7))


def test_all_orders_of_equal_oscillators_are_an_assignment() -> None:
    """The Hungarian algorithm finds the same minimum."""
    predicted, target = _pair(20)
    rows = torch.arange(6).view(3, 2).T.flatten()  # its layout: all first parameters, all second
    expected = linear_assignment_distance(predicted[:, rows], target[:, rows], 2, squared=True)
    ours = symmetric_parameter_error(predicted[:, :6], target[:, :6], ORDERS[:, :6])
    torch.testing.assert_close(ours, expected)


def test_identity_alone_is_the_squared_error() -> None:
    predicted, target = _pair(5)
    error = symmetric_parameter_error(predicted, target, torch.arange(7)[None])
    torch.testing.assert_close(error, (predicted - target).square().mean(1))


def test_mean_is_over_items_whatever_the_batches() -> None:
    predicted, target = _pair(7)
    metric = SymmetricParameterError(ORDERS)
    for items in (slice(0, 5), slice(5, 7)):
        metric.update(predicted[items], target[items])
    expected = symmetric_parameter_error(predicted, target, ORDERS).mean()
    torch.testing.assert_close(metric.compute(), expected)
    assert not metric.state_dict()


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="row 1 is no permutation of the 3 columns"):
        SymmetricParameterError(torch.tensor([[0, 1, 2], [0, 0, 2]]))
    with pytest.raises(ValueError, match=r"\(batch, 7\), got \(2, 6\)"):
        symmetric_parameter_error(torch.zeros(2, 6), torch.zeros(2, 6), ORDERS)
