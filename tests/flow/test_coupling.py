"""Couplings against brute force, and what they may not change."""

import itertools

import pytest
import torch

from src.flow.coupling import COUPLINGS, couple, minibatch_coupling, permutation_coupling
from src.symmetry import ConditionalSymmetry, Symmetry

FOUR = Symmetry.oscillators(4, 3)


def _draw(batch: int, width: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(batch, width, generator=generator),
        torch.rand(batch, width, generator=generator) * 2 - 1,
    )


def test_minibatch_finds_the_cheapest_of_all_pairings() -> None:
    noise, params = _draw(6, 4)
    cheapest = min(
        (params - noise[list(order)]).norm(dim=1).sum()
        for order in itertools.permutations(range(6))
    )
    coupled = minibatch_coupling(noise, params)
    torch.testing.assert_close((params - coupled).norm(dim=1).sum(), cheapest)


def test_minibatch_only_reorders_items() -> None:
    noise, params = _draw(40, 6)
    coupled = minibatch_coupling(noise, params)
    assert sorted(coupled.tolist()) == sorted(noise.tolist())


@pytest.mark.parametrize("k", [2, 4, 6])  # 6 goes through the Hungarian algorithm
def test_permutation_finds_the_closest_order_of_each_item(k: int) -> None:
    noise, params = _draw(8, 3 * k)
    coupled = permutation_coupling(noise, params, Symmetry.oscillators(k, 3))
    for item in range(8):
        rows = noise[item].view(3, k)
        cheapest = min(
            (params[item].view(3, k) - rows[:, list(order)]).square().sum()
            for order in itertools.permutations(range(k))
        )
        torch.testing.assert_close((params[item] - coupled[item]).square().sum(), cheapest)


def test_permutation_moves_whole_oscillators_within_an_item() -> None:
    noise, params = _draw(16, 12)
    coupled = permutation_coupling(noise, params, FOUR)
    for before, after in zip(noise, coupled, strict=True):
        assert sorted(before.view(3, 4).T.tolist()) == sorted(after.view(3, 4).T.tolist())


def test_permutation_does_not_depend_on_the_other_items() -> None:
    noise, params = _draw(16, 12)
    whole = permutation_coupling(noise, params, FOUR)
    parts = [
        permutation_coupling(n, p, FOUR)
        for n, p in zip(noise.split(5), params.split(5), strict=True)
    ]
    assert torch.equal(whole, torch.cat(parts))


def test_permuted_noise_stays_independent_of_a_symmetric_condition() -> None:
    """Noise given the *set* of target rows keeps mean zero, while minibatch noise does not."""
    noise, params = _draw(4000, 4)
    set_feature = params[:, :2].sum(1)  # sum of frequencies: does not depend on the rows' order
    correlation, two = {}, Symmetry.oscillators(2, 2)
    for name in ("minibatch", "permutation"):
        coupled = torch.cat(
            [
                couple(n, p, name, two)
                for n, p in zip(noise.split(50), params.split(50), strict=True)
            ]
        )
        pair = torch.stack([coupled[:, :2].sum(1), set_feature])
        correlation[name] = float(torch.corrcoef(pair)[0, 1])
    assert abs(correlation["permutation"]) < 0.05  # 3 standard errors of 1 / sqrt(4000)
    assert correlation["minibatch"] > 0.5


def test_noise_takes_its_closest_order_in_several_sets() -> None:
    """Two pairs of columns and a free one, in the layout of a parameter table."""
    noise, params = _draw(50, 5)
    candidates = torch.stack([noise, noise[:, [2, 3, 0, 1, 4]]])
    distances = (candidates - params).square().sum(-1)
    coupled = permutation_coupling(noise, params, Symmetry.of(5, [(0, 1), (2, 3)]))
    assert torch.equal(coupled, candidates[distances.argmin(0), torch.arange(50)])


def test_the_target_says_which_units_may_be_exchanged() -> None:
    cases = (Symmetry.of(4, [(2,), (3,)]), Symmetry(4))
    noise = torch.tensor([[9.0, 0, 1, 0], [9.0, 0, 1, 0]])
    params = torch.tensor([[1.0, 0, 0, 1], [0.0, 1, 0, 1]])
    coupled = permutation_coupling(noise, params, ConditionalSymmetry((0, 1), cases))
    assert coupled.tolist() == [[9, 0, 0, 1], [9, 0, 1, 0]]


def test_unknown_coupling_names_the_known_ones() -> None:
    noise, params = _draw(4, 4)
    with pytest.raises(ValueError, match=", ".join(COUPLINGS)):
        couple(noise, params, "sinkhorn", Symmetry(4))


def test_shapes_that_differ_are_named() -> None:
    noise, params = _draw(4, 4)
    with pytest.raises(ValueError, match=r"\(4, 4\) and \(3, 4\)"):
        minibatch_coupling(noise, params[:3])
