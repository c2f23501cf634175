"""Couplings against brute force, and what they may not change."""

import itertools

import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from src.flow.coupling import (
    COUPLINGS,
    conditional_coupling,
    couple,
    minibatch_coupling,
    permutation_coupling,
)
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


@pytest.mark.parametrize("weight", [0.0, 0.3, 5.0])
def test_c2ot_is_the_transport_of_scipy_with_conditions_in_its_cost(weight: float) -> None:
    noise, params = _draw(40, 6)
    condition, _ = _draw(40, 30, seed=1)
    cost, apart = cdist(params, noise), cdist(condition, condition)
    total = cost + weight * cost.mean() / apart.mean() * apart
    _, columns = linear_sum_assignment(total)
    coupled = conditional_coupling(noise, params, condition.view(40, 2, 15), weight)
    assert torch.equal(coupled, noise[columns])


@pytest.mark.parametrize("batch", [6, 64])
def test_c2ot_lies_between_minibatch_and_none(batch: int) -> None:
    noise, params = _draw(batch, 6)
    condition, _ = _draw(batch, 30, seed=1)
    free = conditional_coupling(noise, params, condition, 0)
    assert torch.equal(free, minibatch_coupling(noise, params))
    same = torch.ones(batch, 30)  # nothing tells the items apart
    assert torch.equal(conditional_coupling(noise, params, same, 1e6), free)
    assert torch.equal(conditional_coupling(noise, params, condition, 1e6), noise)
    moved = [
        int((conditional_coupling(noise, params, condition, weight) != noise).any(1).sum())
        for weight in (0, 0.1, 1e6)
    ]
    assert moved[0] >= moved[1] > moved[2] == 0


def test_c2ot_of_a_large_weight_is_transport_within_each_condition() -> None:
    """So noise given the condition is what was drawn, however the target depends on it."""
    noise, params = _draw(60, 4)
    is_high = params[:, 0] > 0
    coupled = conditional_coupling(noise, params, is_high.float()[:, None], 1e6)
    for of_one in (is_high, ~is_high):
        alone = minibatch_coupling(noise[of_one], params[of_one])
        assert torch.equal(coupled[of_one], alone)


def test_c2ot_says_what_it_needs() -> None:
    noise, params = _draw(4, 4)
    with pytest.raises(ValueError, match="'c2ot' needs the condition"):
        couple(noise, params, "c2ot", Symmetry(4))
    with pytest.raises(ValueError, match="expected 4 conditions, one an item, got 3"):
        conditional_coupling(noise, params, noise[:3], 1)
    with pytest.raises(ValueError, match=r"condition_weight: expected .* got -1"):
        conditional_coupling(noise, params, noise, -1)


def test_unknown_coupling_names_the_known_ones() -> None:
    noise, params = _draw(4, 4)
    with pytest.raises(ValueError, match=", ".join(COUPLINGS)):
        couple(noise, params, "sinkhorn", Symmetry(4))


def test_shapes_that_differ_are_named() -> None:
    noise, params = _draw(4, 4)
    with pytest.raises(ValueError, match=r"\(4, 4\) and \(3, 4\)"):
        minibatch_coupling(noise, params[:3])
