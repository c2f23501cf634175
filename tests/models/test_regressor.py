"""The three losses of the feed-forward regressor."""

import pytest
import torch
from torch import Tensor, nn

from src.data.batch import Batch
from src.models.method import Sampling
from src.models.regressor import LOSSES, FeedForwardRegressor
from src.symmetry import Symmetry

TWO = Symmetry.oscillators(2, 2)
PREDICTED = torch.tensor([[0.5, -0.5, 0.1, 0.2]])  # two oscillators: (0.5, 0.1), (-0.5, 0.2)


class _Constant(nn.Module):
    def forward(self, signal: Tensor) -> Tensor:
        return PREDICTED.expand(len(signal), -1)


def _loss(name: str, params: list[float]) -> float:
    batch = Batch(
        params=torch.tensor([params]),
        signal=torch.zeros(1, 8),
        noise=None,
        index=torch.zeros(1, dtype=torch.int64),
    )
    return float(
        FeedForwardRegressor(_Constant(), name, TWO).loss(batch, torch.Generator())["loss"]
    )


def test_mse_minds_the_order_of_oscillators() -> None:
    assert _loss("mse", [0.5, -0.5, 0.1, 0.2]) == 0
    assert _loss("mse", [-0.5, 0.5, 0.2, 0.1]) == pytest.approx((1 + 1 + 0.01 + 0.01) / 4)


def test_sort_compares_with_the_label_in_ascending_order() -> None:
    """Either order of the label is the same to it, and the amplitudes follow."""
    for params in ([0.5, -0.5, 0.1, 0.2], [-0.5, 0.5, 0.2, 0.1]):
        assert _loss("sort", params) == pytest.approx((1 + 1 + 0.01 + 0.01) / 4)


def test_chamfer_does_not_mind_the_order() -> None:
    assert _loss("chamfer", [0.5, -0.5, 0.1, 0.2]) == 0
    assert _loss("chamfer", [-0.5, 0.5, 0.2, 0.1]) == 0
    assert _loss("chamfer", [-0.5, 0.7, 0.2, 0.1]) == pytest.approx(2 * 0.04 / 2)


def test_the_printed_symmetry_will_do() -> None:
    assert FeedForwardRegressor(_Constant(), "sort", str(TWO)).symmetry == TWO


def test_unknown_loss_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=", ".join(LOSSES)):
        FeedForwardRegressor(_Constant(), "huber", TWO)


def test_prediction_is_the_network_s() -> None:
    batch = Batch(
        params=torch.zeros(3, 4), signal=torch.zeros(3, 8), noise=None, index=torch.arange(3)
    )
    predicted = FeedForwardRegressor(_Constant(), "mse", TWO).predict(batch, 0, Sampling())
    assert torch.equal(predicted, PREDICTED.expand(3, -1))
