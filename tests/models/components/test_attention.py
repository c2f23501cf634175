"""Attention against nn.MultiheadAttention."""

import pytest
import torch
from torch import nn

from src.models.components.attention import FewTokenAttention
from tests.models.components.random_weights import randomised

SAME = 1e-5  # float32, sums in another order


@pytest.mark.parametrize("n", [1, 2, 4, 16, 32])
def test_equals_multihead_attention(n: int) -> None:
    reference = randomised(nn.MultiheadAttention(16, 4, batch_first=True))
    attention = FewTokenAttention(16, 4)
    state = reference.state_dict()
    for kind in ("weight", "bias"):
        state[f"in_proj.{kind}"] = state.pop(f"in_proj_{kind}")
    attention.load_state_dict(state)

    x = torch.randn(5, n, 16, generator=torch.Generator().manual_seed(1))
    x_ours, x_reference = x.clone().requires_grad_(), x.clone().requires_grad_()
    ours, expected = attention(x_ours), reference(x_reference, x_reference, x_reference)[0]
    torch.testing.assert_close(ours, expected, atol=SAME, rtol=SAME)
    ours.square().sum().backward()
    expected.square().sum().backward()
    pairs = [
        (x_ours, x_reference),
        (attention.in_proj.weight, reference.in_proj_weight),
        (attention.in_proj.bias, reference.in_proj_bias),
        (attention.out_proj.weight, reference.out_proj.weight),
        (attention.out_proj.bias, reference.out_proj.bias),
    ]
    for got, wanted in pairs:
        tolerance = SAME * float(wanted.grad.abs().max())
        torch.testing.assert_close(got.grad, wanted.grad, atol=tolerance, rtol=SAME)


def test_start_is_that_of_multihead_attention() -> None:
    torch.manual_seed(0)
    attention, reference = FewTokenAttention(64, 4), nn.MultiheadAttention(64, 4)
    weight, expected = attention.in_proj.weight.data, reference.in_proj_weight.data
    assert float(weight.std()) == pytest.approx(float(expected.std()), rel=0.05)
    assert float(weight.abs().max()) == pytest.approx(float(expected.abs().max()), rel=0.01)
    assert not attention.in_proj.bias.any()
    assert not attention.out_proj.bias.any()


def test_heads_have_to_divide_the_size() -> None:
    with pytest.raises(ValueError, match="num_heads=3 does not divide d_model=16"):
        FewTokenAttention(16, 3)
