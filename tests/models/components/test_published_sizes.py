"""Numbers of parameters of the published networks, of k-osc for k = 16."""

import pytest
from torch import nn

from src.models.components.cnn import SpectrumCNN
from src.models.components.feed_forward import FeedForwardNetwork
from src.models.components.real_nvp import RealNVP
from src.models.components.residual_mlp import ConditionalResidualMLP
from src.models.components.transformer import (
    ApproxEquivTransformer,
    EquivariantProjection,
    LearntProjection,
)
from src.models.components.vae import SpectrogramVAE

K, P, LENGTH = 16, 48, 1024
ALLOWED = 0.01  # relative; the paper prints three digits


def millions(*modules: nn.Module) -> float:
    return sum(p.numel() for module in modules for p in module.parameters()) / 1e6


def transformer(projection: nn.Module) -> ApproxEquivTransformer:
    return ApproxEquivTransformer(
        projection,
        num_layers=5,
        d_model=128,
        conditioning_dim=128,
        num_heads=4,
        d_ff=256,
        learn_projection=True,
    )


def test_encoder() -> None:
    assert millions(SpectrumCNN(LENGTH, 128)) == pytest.approx(2.75, rel=ALLOWED)


@pytest.mark.parametrize(
    ("field", "published"),
    [
        (transformer(EquivariantProjection(K, 3, 128)), 3.94),
        (transformer(LearntProjection(128, 128, P, K, final_ffn=False)), 3.99),
        (ConditionalResidualMLP(P, 192, 7, 128), 4.13),
    ],
    ids=["Equivariant", "PARAM2TOK", "MLP"],
)
def test_flow(field: nn.Module, published: float) -> None:
    assert millions(field, SpectrumCNN(LENGTH, 128)) == pytest.approx(published, rel=ALLOWED)


def test_feed_forward() -> None:
    network = FeedForwardNetwork(SpectrumCNN(LENGTH, 384), 384, P, num_blocks=4)
    assert millions(network) == pytest.approx(3.94, rel=ALLOWED)


@pytest.mark.parametrize(
    ("field", "published"),
    [
        (
            ApproxEquivTransformer(
                LearntProjection(512, 512, 300, 128, final_ffn=False),
                num_layers=8,
                d_model=512,
                conditioning_dim=512,
                num_heads=8,
                d_ff=512,
                time_encoding="sinusoidal",
                learn_projection=True,
            ),
            26.76,
        ),
        (ConditionalResidualMLP(300, 768, 9, 512, time_encoding="sinusoidal"), 28.23),
    ],
    ids=["PARAM2TOK", "MLP"],
)
def test_fields_of_the_large_synthesizer(field: nn.Module, published: float) -> None:
    assert millions(field) == pytest.approx(published, rel=0.001)


@pytest.mark.parametrize(("num_params", "published"), [(92, 39_521_404), (300, 44_319_548)])
def test_vae_with_flows_to_the_last_weight(num_params: int, published: int) -> None:
    vae = SpectrogramVAE((2, 128, 401), num_params)
    flows = RealNVP(num_params, num_layers=6), RealNVP(num_params, num_layers=16)
    assert sum(p.numel() for part in (vae, *flows) for p in part.parameters()) == published
