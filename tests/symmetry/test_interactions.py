"""The screen of interactions: oscillators are found, and sums of functions do not interact."""

import pytest
import torch
from torch import Tensor

from src.symmetry.interactions import groups, interactions
from src.synths.oscillators import make_osc, make_sin

PAIRS = 16


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def same_groups(found: Tensor, expected: Tensor) -> bool:
    together = found[:, None] == found[None]
    return torch.equal(together, expected[:, None] == expected[None])


def test_products_interact_and_sums_do_not() -> None:
    def answer(x: Tensor) -> Tensor:
        return (x[:, 0] * x[:, 1] + x[:, 2].exp() + 3 * x[:, 3])[:, None]

    found = interactions(answer, 4, PAIRS, generator())
    assert found[0, 1] > 0.1
    found[0, 1] = found[1, 0] = 0
    assert found.abs().max() < 1e-6


def test_the_strength_of_a_product_is_known() -> None:
    """Of x y: the difference is (x' - x)(y' - y), whose mean square is (2/3)²."""
    found = interactions(lambda x: x[:, :1] * x[:, 1:2], 2, 100_000, generator())
    assert found[0, 1] == pytest.approx(2 / 3, rel=0.02)


@pytest.mark.parametrize("break_symmetry", [False, True])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_oscillators_are_found(k: int, break_symmetry: bool) -> None:
    renders = 0

    def render(x: Tensor) -> Tensor:
        nonlocal renders
        renders += len(x)
        return make_osc(x, 64, break_symmetry)

    found = interactions(render, 3 * k, PAIRS, generator())
    oscillator = torch.arange(3 * k) % k
    apart = oscillator[:, None] != oscillator[None]
    assert found[apart].sum() < 1e-5
    assert same_groups(groups(found, k), oscillator)
    assert renders == PAIRS * (3 * k * (3 * k - 1) // 2 + 3 * k + 1)


def test_sines_are_found() -> None:
    found = interactions(lambda x: make_sin(x, 64), 8, PAIRS, generator())
    assert same_groups(groups(found, 4), torch.arange(8) % 4)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        interactions(lambda x: x, 2, 0, generator())
    with pytest.raises(ValueError, match="cannot divide 2 parameters into 3 groups"):
        groups(torch.ones(2, 2), 3)
    with pytest.raises(ValueError, match="not finite"):
        groups(torch.full((2, 2), torch.nan), 1)
