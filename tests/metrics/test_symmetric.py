"""The parameter error that forgives swaps."""

import itertools

import pytest
import torch

from src.metrics import SymmetricParameterError
from src.metrics.functional import linear_assignment_distance, symmetric_parameter_error
from src.symmetry import Symmetry

# Three oscillators of two parameters each, oscillator after oscillator, and one parameter alone.
ORDERS = torch.tensor(
    [
        [column for i in order for column in (2 * i, 2 * i + 1)] + [6]
        for order in itertools.permutations(range(3))
    ]
)
SYMMETRY = Symmetry.of(7, [(0, 1), (2, 3), (4, 5)])


def _pair(items: int) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    return torch.rand(items, 7, generator=g), torch.rand(items, 7, generator=g)


def test_a_swap_costs_nothing_and_the_rest_counts() -> None:
    target, _ = _pair(4)
    for order in ORDERS:
        predicted = target[:, order].clone()
        predicted[:, 6] += 0.7
        error = symmetric_parameter_error(predicted, target, SYMMETRY)
        torch.testing.assert_close(error, torch.full((4,), 0.49 / 7))


def test_all_orders_of_equal_oscillators_are_an_assignment() -> None:
    """The Hungarian algorithm finds the same minimum."""
    predicted, target = _pair(20)
    rows = torch.arange(6).view(3, 2).T.flatten()  # its layout: all first parameters, all second
    expected = linear_assignment_distance(
        predicted[:, rows], target[:, rows], Symmetry.oscillators(3, 2), squared=True
    )
    alone = Symmetry.of(6, [(0, 1), (2, 3), (4, 5)])
    ours = symmetric_parameter_error(predicted[:, :6], target[:, :6], alone)
    torch.testing.assert_close(ours, expected)


def test_identity_alone_is_the_squared_error() -> None:
    predicted, target = _pair(5)
    error = symmetric_parameter_error(predicted, target, Symmetry(7))
    torch.testing.assert_close(error, (predicted - target).square().mean(1))


def test_mean_is_over_items_whatever_the_batches() -> None:
    predicted, target = _pair(7)
    metric = SymmetricParameterError(SYMMETRY)
    for items in (slice(0, 5), slice(5, 7)):
        metric.update(predicted[items], target[items])
    expected = symmetric_parameter_error(predicted, target, SYMMETRY).mean()
    torch.testing.assert_close(metric.compute(), expected)
    assert not metric.state_dict()


def test_it_is_the_least_error_over_all_orders() -> None:
    """To the bit: what trainings chose their best checkpoint by."""
    for spread in (0.01, 0.1, 1.0):
        predicted, target = _pair(2000)
        predicted = target[:, ORDERS[3]] + spread * predicted
        listed = [(predicted - target[:, order]).square().mean(1) for order in ORDERS]
        error = symmetric_parameter_error(predicted, target, SYMMETRY)
        assert torch.equal(error, torch.stack(listed).amin(0))


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"\(batch, 7\), got \(2, 6\)"):
        symmetric_parameter_error(torch.zeros(2, 6), torch.zeros(2, 6), SYMMETRY)
    predicted = torch.tensor([[0.0] * 7, [float("nan")] * 7])
    with pytest.raises(ValueError, match="1 of 2 predicted items hold NaN"):
        symmetric_parameter_error(predicted, torch.zeros(2, 7), SYMMETRY)
