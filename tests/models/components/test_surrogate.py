"""The surrogate: it learns a simple answer, and the screen finds oscillators through it."""

import pytest
import torch

from src.models.components.surrogate import learn_answer
from src.symmetry.interactions import groups, interactions
from src.synths.oscillators import make_osc


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_oscillators_are_found_without_rendering_again() -> None:
    k, length = 2, 32
    params = 2 * torch.rand(2048, 3 * k, generator=generator()) - 1
    window = torch.hann_window(length)
    magnitudes = torch.fft.rfft(window * make_osc(params, length)).abs()
    answer = learn_answer(params, magnitudes, 200, generator())
    found = groups(interactions(answer, 3 * k, 32, generator()), k)
    assert len(set(found.tolist())) == k
    assert torch.equal(found, found[:k].repeat(3))


def test_the_same_generator_gives_the_same_answer_and_leaves_other_chance_alone() -> None:
    params = torch.rand(64, 4, generator=generator())
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first, second = (learn_answer(params, params.square(), 3, generator()) for _ in range(2))
    assert torch.equal(first(params), second(params))
    assert torch.equal(torch.rand(1), expected)


def test_what_cannot_be_learnt_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected as many rows of features \(3, 2\)"):
        learn_answer(torch.zeros(4, 2), torch.zeros(3, 2), 1, generator())
    with pytest.raises(ValueError, match="all sounds are alike"):
        learn_answer(torch.zeros(4, 2), torch.zeros(4, 2), 1, generator())
