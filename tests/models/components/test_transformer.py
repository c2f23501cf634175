"""The vector field over tokens: symmetry, size, options, and the same field on PyTorch's layers."""

import warnings

import pytest
import torch
from torch import Tensor

from src.models.components.transformer import (
    ApproxEquivTransformer,
    DiTBlock,
    EquivariantProjection,
    LearntProjection,
)
from tests.models.components.random_weights import randomised
from tests.models.components.reference_field import compare, make_pair

K, PARAMS_PER_TOKEN, P, C, LAYERS = 4, 3, 12, 5, 2
EXACT = 1e-12  # float64, sums in another order
ROUNDING = 1e-5  # float32


def make_field(projection: str = "equivariant", **options: object) -> ApproxEquivTransformer:
    torch.manual_seed(0)
    settings = {
        "num_layers": LAYERS,
        "d_model": 16,
        "conditioning_dim": C,
        "num_heads": 2,
        "d_ff": 24,
        "num_tokens": K,
        "learn_projection": True,
    }
    made = (
        EquivariantProjection(K, PARAMS_PER_TOKEN, 16)
        if projection == "equivariant"
        else LearntProjection(16, 8, P, K)
    )
    return ApproxEquivTransformer(made, **(settings | options))


def make_inputs(batch: int = 3, dtype: torch.dtype = torch.float64) -> tuple[Tensor, ...]:
    g = torch.Generator().manual_seed(1)
    shapes = ((batch, P), (batch, 1), (batch, C))
    return tuple(torch.randn(shape, generator=g, dtype=dtype) for shape in shapes)


def permute_oscillators(x: Tensor) -> Tensor:
    return x.view(-1, PARAMS_PER_TOKEN, K)[:, :, [2, 0, 3, 1]].flatten(1)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, EXACT), (torch.float32, ROUNDING)]
)
@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_permuted_oscillators_give_the_permuted_velocity(
    norm: str, dtype: torch.dtype, tolerance: float
) -> None:
    field = randomised(make_field(norm=norm)).to(dtype)
    x, t, conditioning = make_inputs(dtype=dtype)
    velocity = field(x, t, conditioning)
    permuted = field(permute_oscillators(x), t, conditioning)
    scale = float(velocity.detach().abs().max())
    torch.testing.assert_close(
        permuted, permute_oscillators(velocity), atol=tolerance * scale, rtol=tolerance
    )
    assert not torch.allclose(velocity, permute_oscillators(velocity))


@pytest.mark.parametrize("method", ["Equivariant", "PARAM2TOK"])
@pytest.mark.parametrize("k", [4, 16])
def test_equals_the_field_on_multihead_attention(method: str, k: int) -> None:
    """At the published size, gradients of all parameters included."""
    torch.manual_seed(0)
    field, plain = make_pair(method, k)
    inputs = (torch.randn(20, 3 * k), torch.rand(20, 1), torch.randn(20, 128))
    velocity, gradients = compare(field, plain, inputs)
    assert velocity < ROUNDING
    assert gradients < ROUNDING


def test_positional_encoding_breaks_the_symmetry_once_it_is_not_zero() -> None:
    for pe_type, count in (("initial", 1), ("layerwise", LAYERS)):
        field = make_field(learn_pe=True, pe_type=pe_type).double()
        plain = make_field().double()
        for one in (field, plain):
            randomised(one.blocks), randomised(one.modulation)
        inputs = make_inputs()
        assert len(field.positions) == count
        torch.testing.assert_close(field(*inputs), plain(*inputs), atol=EXACT, rtol=EXACT)
        for rows in field.positions:  # each of them matters
            rows.data.normal_()
            x, t, conditioning = inputs
            velocity = permute_oscillators(field(x, t, conditioning))
            assert not torch.allclose(field(permute_oscillators(x), t, conditioning), velocity)
            rows.data.zero_()


def test_without_learning_there_is_no_positional_encoding() -> None:
    for options in ({}, {"pe_type": "layerwise"}, {"pe_type": "none"}, {"num_tokens": 32}):
        assert len(make_field(**options).positions) == 0


def test_none_is_the_null_vector() -> None:
    field = randomised(make_field())
    x, t, _ = make_inputs(dtype=torch.float32)
    null = field.null_conditioning.expand(len(x), -1)
    assert torch.equal(field(x, t, None), field(x, t, null))
    assert torch.equal(field(x, t), field(x, t, null))


def test_each_layer_takes_its_own_condition() -> None:
    field = randomised(make_field())
    x, t, conditioning = make_inputs(dtype=torch.float32)
    velocity = field(x, t, conditioning)
    repeated = conditioning[:, None].repeat(1, LAYERS, 1)
    torch.testing.assert_close(field(x, t, repeated), velocity, atol=ROUNDING, rtol=ROUNDING)
    for layer in range(LAYERS):
        other = repeated.clone()
        other[:, layer] += 1.0
        assert not torch.allclose(field(x, t, other), velocity, atol=1e-3)


def test_freezing_a_learnt_projection_warns() -> None:
    with pytest.warns(UserWarning, match="pass learn_projection=True"):
        field = make_field("learnt", learn_projection=False)
    assert not any(p.requires_grad for p in field.projection.parameters())
    assert all(p.requires_grad for p in field.blocks.parameters())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        field = make_field("equivariant", learn_projection=False)
        assert not any(p.requires_grad for p in field.projection.parameters())
        assert all(p.requires_grad for p in make_field("learnt").projection.parameters())


def test_penalties_by_hand() -> None:
    field = make_field(
        "learnt", projection_penalty=0.5, learn_pe=True, pe_type="layerwise", pe_penalty=2.0
    )
    with torch.no_grad():
        field.projection.assignment.fill_(-0.25)
        field.positions[0].zero_()[0, :2] = torch.tensor([3.0, 4.0])  # one row of norm 5
        field.positions[1].zero_()
    # 0.5 · 0.25 + 2 · 5 / (2 layers · 4 rows)
    assert field.penalty().item() == pytest.approx(0.125 + 1.25)
    field.penalty().backward()
    assert all(p.grad.isfinite().all() for p in field.positions)  # rows of norm 0 included
    assert make_field(projection_penalty=0.5).penalty().item() == 0.0


def test_outer_residual_adds_the_input() -> None:
    inputs = make_inputs(dtype=torch.float32)
    plain, residual = (randomised(make_field(outer_residual=flag)) for flag in (False, True))
    difference = residual(*inputs) - plain(*inputs)
    torch.testing.assert_close(difference, inputs[0], atol=ROUNDING, rtol=ROUNDING)


@pytest.mark.parametrize("options", [{"adaln_mode": "zero", "zero_init": False}, {}])
def test_blocks_start_as_the_identity(options: dict) -> None:
    """Either by gates that are zero or by last linear maps that are."""
    field = make_field(**options)
    x, t, conditioning = make_inputs(dtype=torch.float32)
    tokens = field.projection.param_to_token(x)
    expected = field.projection.token_to_param(tokens)
    torch.testing.assert_close(field(x, t, conditioning), expected)
    alive = make_field(adaln_mode="basic", zero_init=False)
    assert not torch.allclose(alive(x, t, conditioning), expected)


@pytest.mark.parametrize("norm", ["layer", "rms"])
@pytest.mark.parametrize("skip_first_norm", [False, True])
def test_block_by_its_equation(norm: str, skip_first_norm: bool) -> None:
    block = randomised(DiTBlock(16, 2, 24, norm, True, skip_first_norm)).double()
    g = torch.Generator().manual_seed(1)
    x = torch.randn(3, K, 16, generator=g, dtype=torch.float64)
    modulation = torch.randn(3, 6, 16, generator=g, dtype=torch.float64)

    def normed(tokens: Tensor, layer: torch.nn.Module) -> Tensor:
        centred = tokens - tokens.mean(-1, keepdim=True) if norm == "layer" else tokens
        eps = layer.eps if norm == "layer" else torch.finfo(torch.float64).eps
        unit = centred / (centred.square().mean(-1, keepdim=True) + eps).sqrt()
        return unit * layer.weight + (layer.bias if norm == "layer" else 0)

    scale, shift, gate, scale_ff, shift_ff, gate_ff = (m[:, None] for m in modulation.unbind(1))
    first = x if skip_first_norm else normed(x, block.norm_attention)
    y = x + gate * block.attention(scale * first + shift)
    hidden = block.up(scale_ff * normed(y, block.norm_ff) + shift_ff)
    expected = y + gate_ff * block.down(torch.nn.functional.gelu(hidden))
    torch.testing.assert_close(block(x, modulation), expected, atol=EXACT, rtol=EXACT)


def test_first_norm_is_left_out_in_the_first_block_alone() -> None:
    first, second = make_field(skip_first_norm=True).blocks
    assert isinstance(first.norm_attention, torch.nn.Identity)
    assert isinstance(second.norm_attention, torch.nn.LayerNorm)


@pytest.mark.parametrize("time_encoding", ["scalar", "sinusoidal"])
def test_time_matters(time_encoding: str) -> None:
    field = randomised(make_field(time_encoding=time_encoding))
    x, _, conditioning = make_inputs(dtype=torch.float32)
    early, late = (field(x, torch.full((len(x), 1), t), conditioning) for t in (0.1, 0.9))
    assert not torch.allclose(early, late, atol=1e-3)


@pytest.mark.parametrize(
    ("x", "t", "conditioning"),
    [
        ((3, P + 1), (3, 1), (3, C)),
        ((3, P), (3,), (3, C)),
        ((3, P), (2, 1), (3, C)),
        ((3, P), (3, 1), (2, C)),
        ((3, P), (3, 1), (3, C + 1)),
        ((3, P), (3, 1), (3, LAYERS + 1, C)),
    ],
)
def test_other_shapes_are_refused(x: tuple, t: tuple, conditioning: tuple) -> None:
    with pytest.raises(ValueError, match=r"expected .* got "):
        make_field()(torch.zeros(x), torch.zeros(t), torch.zeros(conditioning))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pe_type": "learnt"}, "unknown pe_type 'learnt'; known: initial, layerwise, none"),
        ({"norm": "batch"}, "unknown norm 'batch'; known: layer, rms"),
        ({"adaln_mode": "one"}, "unknown adaln_mode 'one'; known: basic, zero"),
        ({"time_encoding": "none"}, "unknown time_encoding 'none'"),
        ({"d_model": 32}, "d_model=32, but the projection makes tokens of size 16"),
        ({"num_heads": 3}, "num_heads=3 does not divide d_model=16"),
        ({"learn_pe": True, "num_tokens": 5}, "num_tokens=5, but the projection makes 4 tokens"),
        ({"learn_pe": True, "pe_type": "none"}, "choose 'initial' or 'layerwise'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_field(**options)


@pytest.mark.gpu
def test_same_values_on_a_gpu() -> None:
    field = randomised(make_field())
    inputs = make_inputs(dtype=torch.float32)
    on_gpu = field.cuda()(*(tensor.cuda() for tensor in inputs)).cpu()
    expected = field.cpu()(*inputs)
    torch.testing.assert_close(on_gpu, expected, atol=1e-4, rtol=1e-4)  # TF32 off, other sums
