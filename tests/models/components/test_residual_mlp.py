"""The MLP field."""

import pytest
import torch
from torch import Tensor

from src.models.components.residual_mlp import ConditionalResidualMLP, ResidualBlock
from tests.models.components.random_weights import randomised

P, D, C, LAYERS = 6, 8, 5, 3
ROUNDING = 1e-5  # float32


def make_field(**options: object) -> ConditionalResidualMLP:
    return randomised(ConditionalResidualMLP(P, D, LAYERS, C, **options))


def make_inputs() -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(1)
    return tuple(torch.randn(4, size, generator=g) for size in (P, 1, C))


def test_block_by_its_equation() -> None:
    block = randomised(ResidualBlock(D))
    g = torch.Generator().manual_seed(1)
    x, (scale, shift, gate) = torch.randn(4, D, generator=g), torch.randn(3, 4, D, generator=g)
    expected = x + gate * block.net(scale * block.norm(block.norm(x)) + shift)
    got = block(x, torch.stack([scale, shift, gate], dim=1))
    torch.testing.assert_close(got, expected, atol=ROUNDING, rtol=ROUNDING)


def test_closed_gates_leave_two_linear_maps() -> None:
    field = make_field()
    for parameter in field.modulation.parameters():
        parameter.data.zero_()
    x, t, conditioning = make_inputs()
    expected = field.outward(field.inward(x))
    torch.testing.assert_close(field(x, t, conditioning), expected)


def test_none_is_the_null_vector() -> None:
    field, (x, t, _) = make_field(), make_inputs()
    null = field.null_conditioning.expand(len(x), -1)
    assert torch.equal(field(x, t), field(x, t, null))
    assert field.penalty().item() == 0.0


@pytest.mark.parametrize("time_encoding", ["scalar", "sinusoidal"])
def test_time_and_the_condition_of_each_layer_matter(time_encoding: str) -> None:
    field, (x, t, conditioning) = make_field(time_encoding=time_encoding), make_inputs()
    velocity = field(x, t, conditioning)
    assert not torch.allclose(field(x, t + 0.5, conditioning), velocity, atol=1e-3)
    repeated = conditioning[:, None].repeat(1, LAYERS, 1)
    torch.testing.assert_close(field(x, t, repeated), velocity, atol=ROUNDING, rtol=ROUNDING)
    for layer in range(LAYERS):
        other = repeated.clone()
        other[:, layer] += 1.0
        assert not torch.allclose(field(x, t, other), velocity, atol=1e-3)


@pytest.mark.parametrize(
    ("x", "t", "conditioning"),
    [((4, P + 1), (4, 1), (4, C)), ((4, P), (4,), (4, C)), ((4, P), (4, 1), (4, LAYERS - 1, C))],
)
def test_other_shapes_are_refused(x: tuple, t: tuple, conditioning: tuple) -> None:
    with pytest.raises(ValueError, match=r"expected .* got "):
        make_field()(torch.zeros(x), torch.zeros(t), torch.zeros(conditioning))
