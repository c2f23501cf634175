"""The blocks with hand-written gradients against the plain ones in float64."""

import copy

import pytest
import torch
from torch import Tensor

from src.models.components.transformer import ApproxEquivTransformer, EquivariantProjection
from tests.models.components.random_weights import randomised

SAME = 1e-5  # float32 against float64, relative to a tensor's largest value
PARAMS_PER_TOKEN = 3


def make_field(k: int, **options: object) -> ApproxEquivTransformer:
    projection = EquivariantProjection(k, PARAMS_PER_TOKEN, 16)
    settings = {"num_layers": 2, "d_model": 16, "conditioning_dim": 5, "num_heads": 2, "d_ff": 24}
    field = ApproxEquivTransformer(
        projection, **(settings | options), num_tokens=k, learn_projection=True
    )
    return randomised(field)


def make_inputs(batch: int, k: int) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(1)
    x = torch.randn(batch, k * PARAMS_PER_TOKEN, generator=g)
    return x, torch.rand(batch, 1, generator=g), torch.randn(batch, 5, generator=g)


def run(field: ApproxEquivTransformer, inputs: tuple[Tensor, ...]) -> tuple[Tensor, dict]:
    """Velocity, and the gradients of all parameters and inputs of a loss that is not linear."""
    inputs = tuple(tensor.clone().requires_grad_() for tensor in inputs)
    velocity = field(*inputs)
    velocity.square().sum().backward()
    gradients = {name: p.grad for name, p in field.named_parameters() if p.grad is not None}
    return velocity.detach(), gradients | {str(i): x.grad for i, x in enumerate(inputs)}


def assert_same(got: Tensor, wanted: Tensor, name: str) -> None:
    largest = float(wanted.abs().max())
    difference = float((got.double() - wanted).abs().max())
    assert difference <= SAME * largest, f"{name}: {difference} of {largest}"


# 1024 rows go through together: 300 items are several groups from 4 tokens on, the last shorter.
# Up to 8 tokens attention is a compiled loop, from 9 on batched products.
@pytest.mark.parametrize(
    ("batch", "k"), [(1, 1), (3, 2), (300, 4), (300, 8), (300, 9), (7, 16), (2, 1100)]
)
def test_equals_plain_blocks(batch: int, k: int) -> None:
    field, inputs = make_field(k), make_inputs(batch, k)
    velocity, gradients = run(field, inputs)
    double = copy.deepcopy(field).double()
    double.zero_grad()
    expected, expected_gradients = run(double, tuple(tensor.double() for tensor in inputs))
    assert_same(velocity, expected, "velocity")
    assert gradients.keys() == expected_gradients.keys()
    for name, gradient in gradients.items():
        assert_same(gradient, expected_gradients[name], name)


def test_is_what_runs_on_a_cpu_and_can_be_switched_off() -> None:
    names = {}
    for fused in (True, False):
        field, inputs = make_field(4, fused=fused), make_inputs(2, 4)
        tokens = field.projection.param_to_token(inputs[0])
        vector = field.conditioner(*inputs[1:])
        names[fused] = type(field._run_blocks(tokens, vector).grad_fn).__name__
    assert names == {True: "_BlocksBackward", False: "AddcmulBackward0"}


@pytest.mark.parametrize("k", [4, 16])
def test_without_gradients_the_values_are_the_same(k: int) -> None:
    field, inputs = make_field(k), make_inputs(300, k)
    with_gradients = field(*inputs).detach()
    with torch.inference_mode():
        assert torch.equal(field(*inputs), with_gradients)


def test_initial_encodings_reach_the_blocks() -> None:
    options = {"learn_pe": True, "pe_type": "initial"}
    fused, plain = make_field(4, **options), make_field(4, **options, fused=False)
    inputs = make_inputs(3, 4)
    velocity, gradients = run(fused, inputs)
    expected, expected_gradients = run(plain, inputs)
    assert_same(velocity, expected.double(), "velocity")
    assert_same(gradients["positions.0"], expected_gradients["positions.0"].double(), "positions")


def test_frozen_blocks_pass_gradients_on() -> None:
    field, inputs = make_field(4), make_inputs(3, 4)
    _, expected = run(field, inputs)
    field.zero_grad()
    field.blocks.requires_grad_(False)
    _, gradients = run(field, inputs)
    assert not any(name.startswith("blocks.") for name in gradients)
    assert torch.equal(gradients["projection.inward.weight"], expected["projection.inward.weight"])


def test_backward_twice_gives_twice_the_gradient() -> None:
    """What is kept for the gradient is not used up by it."""
    field, inputs = make_field(4), make_inputs(3, 4)
    loss = field(*inputs).square().sum()
    loss.backward(retain_graph=True)
    once = field.blocks[0].up.weight.grad.clone()
    loss.backward()
    torch.testing.assert_close(field.blocks[0].up.weight.grad, 2 * once)


def test_second_derivative_is_refused() -> None:
    field, (x, t, conditioning) = make_field(4), make_inputs(3, 4)
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(
        field(x, t, conditioning).square().sum(), x, create_graph=True
    )
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


@pytest.mark.parametrize("k", [4, 16])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_diverged_item_shows_and_stays_alone(k: int, value: float) -> None:
    field, (x, t, conditioning) = make_field(k), make_inputs(3, k)
    x[1, 0] = value
    finite = field(x, t, conditioning).isfinite().all(dim=1)
    assert finite.tolist() == [True, False, True]
