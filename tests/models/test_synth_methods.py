"""Every method of the synthesizers, at the scales that run on a laptop."""

import copy

import pytest
import torch

from src.data.batch import Batch
from src.models.method import Sampling
from tests.models.synth_networks import METHODS, build, synth_config

ITEMS, PARAMS, SHAPE, GROUPS = 6, 16, (1, 128, 51), [[2, 5], [7, 9]]


def _batch() -> Batch:
    g = torch.Generator().manual_seed(1)
    return Batch(
        params=2 * torch.rand(ITEMS, PARAMS, generator=g) - 1,
        signal=torch.randn(ITEMS, *SHAPE, generator=g),
        noise=torch.randn(1, ITEMS, PARAMS, generator=g),
        index=torch.arange(ITEMS),
    )


@pytest.mark.parametrize("scale", ["laptop", "smoke"])
@pytest.mark.parametrize("method", METHODS)
def test_it_learns_and_predicts_with_chance_from_the_generator_alone(
    method: str, scale: str
) -> None:
    torch.manual_seed(0)
    network = build(synth_config(method, scale, PARAMS, SHAPE, GROUPS))
    batch = _batch()
    losses = []
    for global_seed in (1, 2):
        twin = copy.deepcopy(network)  # the VAE counts its steps
        torch.manual_seed(global_seed)
        losses.append(twin.loss(batch, torch.Generator().manual_seed(3))["loss"])
    torch.testing.assert_close(losses[0], losses[1])
    network.loss(batch, torch.Generator().manual_seed(3))["loss"].backward()
    assert all(p.grad is not None for p in network.parameters() if p.requires_grad)
    network.eval()
    predicted = network.predict(batch, 0, Sampling(steps=2, solver="midpoint"))
    alone = network.predict(batch.copy_items(slice(2, 3)), 0, Sampling(2, "midpoint"))
    assert predicted.shape == (ITEMS, PARAMS)
    torch.testing.assert_close(alone, predicted[2:3], rtol=1e-4, atol=1e-4)


def test_a_flow_has_one_conditioning_vector_for_each_layer_of_its_field() -> None:
    for method, layers in {"cnf_param2tok": 2, "cnf_mlp": 4}.items():
        network = build(synth_config(method, "laptop", PARAMS, SHAPE))
        assert network.encoder(_batch().signal).shape == (ITEMS, layers, 128)
