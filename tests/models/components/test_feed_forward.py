"""Residual MLP blocks and the network made of them."""

import pytest
import torch
from torch import nn

from src.models.components.feed_forward import FeedForwardNetwork, ResidualMLPBlock


def test_block_is_residual() -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 4)
    same, other = ResidualMLPBlock(4), ResidualMLPBlock(4, 6)
    for block in (same, other):
        nn.init.zeros_(block.net[-1].weight)
        nn.init.zeros_(block.net[-1].bias)
    assert torch.equal(same(x), x)
    assert torch.equal(other(x), other.residual(x))
    assert other(x).shape == (3, 6)


@pytest.mark.parametrize("num_blocks", [1, 3])
def test_network_maps_a_code_to_parameters(num_blocks: int) -> None:
    torch.manual_seed(0)
    network = FeedForwardNetwork(nn.Linear(8, 4), 4, 6, num_blocks)
    assert len(network.trunk) == num_blocks
    signal = torch.randn(3, 8)
    expected = network.encoder(signal)
    for block in network.trunk:
        expected = block(expected)
    assert network(signal).shape == (3, 6)
    assert torch.equal(network(signal), expected)


def test_network_has_at_least_the_block_that_maps_to_the_output() -> None:
    with pytest.raises(ValueError, match="num_blocks=0"):
        FeedForwardNetwork(nn.Identity(), 4, 6, 0)
