"""Time codes, null condition and modulation."""

import math

import pytest
import torch
from torch import Generator, Tensor

from src.models.components.conditioning import (
    AdaptiveModulation,
    ConditionalField,
    Conditioner,
    sinusoidal_time,
)
from tests.models.components.random_weights import randomised


def make_field() -> ConditionalField:
    torch.manual_seed(0)
    return ConditionalField(num_params=6, conditioning_dim=3, num_layers=2)


def make_generator() -> Generator:
    return Generator().manual_seed(1)


def test_sinusoidal_code_has_known_values() -> None:
    code = sinusoidal_time(torch.tensor([[0.0], [1.0], [0.5]], dtype=torch.float64), 256)
    assert code.shape == (3, 256)
    assert torch.equal(code[0], torch.tensor([1.0] * 128 + [0.0] * 128, dtype=torch.float64))
    # i = 0: t itself; i = 64 of 128: t times 10000^(-1/2)
    for row, t in ((1, 1.0), (2, 0.5)):
        for i, angle in ((0, t), (64, 0.01 * t)):
            assert code[row, i].item() == pytest.approx(math.cos(angle), abs=1e-12)
            assert code[row, 128 + i].item() == pytest.approx(math.sin(angle), abs=1e-12)


@pytest.mark.parametrize(("encoding", "width"), [("scalar", 1), ("sinusoidal", 8)])
def test_time_stands_behind_the_condition(encoding: str, width: int) -> None:
    conditioner = Conditioner(3, 5, encoding, d_enc=8)
    assert conditioner.net[0].in_features == 3 + width
    t, conditioning = torch.tensor([[0.3]]), torch.tensor([[1.0, 2.0, 4.0]])
    code = t if encoding == "scalar" else sinusoidal_time(t, 8)
    expected = conditioner.net(torch.cat([conditioning, code], dim=1))
    torch.testing.assert_close(conditioner(t, conditioning), expected)
    # with one vector a layer, each meets the same time
    both = torch.stack([conditioning, 2 * conditioning], dim=1)
    assert conditioner(t, both).shape == (1, 2, 5)
    torch.testing.assert_close(conditioner(t, both)[:, 0], expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time_encoding": "cosine"}, "unknown time_encoding 'cosine'; known: sinusoidal, scalar"),
        ({"time_encoding": "sinusoidal", "d_enc": 7}, "d_enc has to be even, got 7"),
    ],
)
def test_unknown_time_codes_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Conditioner(3, 5, **({"d_enc": 8} | options))


@pytest.mark.parametrize("shape", [(1000, 3), (1000, 2, 3)])
def test_dropped_items_are_whole_and_as_many_as_asked(shape: tuple[int, ...]) -> None:
    field, conditioning = make_field(), torch.ones(shape)
    result = field.drop_conditioning(conditioning, 0.25, make_generator()).flatten(1)
    null = field.null_conditioning.repeat(result.shape[1] // 3)
    is_null = (result == null).all(dim=1)
    assert torch.equal(result[~is_null], torch.ones_like(result[~is_null]))
    # four standard deviations of a binomial
    assert abs(int(is_null.sum()) - 250) < 4 * math.sqrt(1000 * 0.25 * 0.75)


def test_dropping_none_or_all_and_chance() -> None:
    field, conditioning = make_field(), torch.ones(4, 3)
    assert torch.equal(field.drop_conditioning(conditioning, 0.0, make_generator()), conditioning)
    dropped = field.drop_conditioning(conditioning, 1.0, make_generator())
    assert torch.equal(dropped, field.null_conditioning.expand(4, 3))
    first, second = (field.drop_conditioning(conditioning, 0.5, make_generator()) for _ in "ab")
    assert torch.equal(first, second)


def test_null_vector_learns_from_dropped_items() -> None:
    field = make_field()
    field.drop_conditioning(torch.ones(4, 3), 1.0, make_generator()).sum().backward()
    assert torch.equal(field.null_conditioning.grad, torch.full((3,), 4.0))


@pytest.mark.parametrize("rate", [-0.1, 1.5])
def test_a_rate_is_a_probability(rate: float) -> None:
    with pytest.raises(ValueError, match="rate in \\[0, 1\\]"):
        make_field().drop_conditioning(torch.ones(4, 3), rate, make_generator())


@pytest.mark.parametrize("shape", [(4, 2), (4, 3, 3), (4,)])
def test_other_shapes_are_not_dropped(shape: tuple[int, ...]) -> None:
    with pytest.raises(
        ValueError, match=r"expected conditioning of shape \(4, 3\), or \(4, 2, 3\)"
    ):
        make_field().drop_conditioning(torch.ones(shape), 0.5, make_generator())


def modulate_by_hand(modulation: AdaptiveModulation, vector: Tensor, layer: int) -> Tensor:
    weight = modulation.linear.weight.chunk(2)[layer]
    bias = modulation.linear.bias.chunk(2)[layer]
    return (torch.nn.functional.gelu(vector) @ weight.T + bias).view(-1, 3, 4)


def test_modulation_holds_each_layers_linear_map() -> None:
    modulation = randomised(AdaptiveModulation(d_in=5, d_model=4, num_layers=2, count=3))
    vectors = torch.randn(7, 2, 5, generator=make_generator())
    shared, own = modulation(vectors[:, 0]), modulation(vectors)
    assert shared.shape == own.shape == (7, 2, 3, 4)
    for layer in range(2):
        expected = modulate_by_hand(modulation, vectors[:, 0], layer)
        torch.testing.assert_close(shared[:, layer], expected)
        expected = modulate_by_hand(modulation, vectors[:, layer], layer)
        torch.testing.assert_close(own[:, layer], expected)


def test_modulation_may_start_at_zero() -> None:
    vector = torch.randn(7, 5, generator=make_generator())
    assert not AdaptiveModulation(5, 4, 2, 3, zero=True)(vector).any()
    assert AdaptiveModulation(5, 4, 2, 3)(vector).any()
