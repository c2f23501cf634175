"""A symmetry that depends on a discrete parameter."""

import pytest
import torch

from src.symmetry import ConditionalSymmetry, Symmetry

# Algorithm 0: all three operators alike; 1: the last two; 2: none. Each has a level and a ratio.
CASES = (
    Symmetry.of(9, [(3, 4), (5, 6), (7, 8)]),
    Symmetry.of(9, [(5, 6), (7, 8)]),
    Symmetry(9),
)
SYMMETRY = ConditionalSymmetry((0, 1, 2), CASES)


def _draw(items: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    chosen = torch.randint(0, 3, (items,), generator=g)
    one_hot = torch.nn.functional.one_hot(chosen, 3).float()
    return torch.cat([one_hot, torch.randn(items, 6, generator=g)], dim=1), chosen


def test_each_item_has_the_symmetry_of_its_choice() -> None:
    params, chosen = _draw(60, 0)
    reference, _ = _draw(60, 1)
    given = SYMMETRY.given(params)
    canonical, nearest = given.canonical(params), given.nearest(params, reference)
    for item, case in enumerate(chosen.tolist()):
        one = params[item : item + 1]
        assert torch.equal(canonical[item : item + 1], CASES[case].canonical(one))
        expected = CASES[case].nearest(one, reference[item : item + 1])
        assert torch.equal(nearest[item : item + 1], expected)
    other = given.random_equivalent(params, torch.Generator().manual_seed(0))
    assert not torch.equal(other, params)
    assert torch.equal(SYMMETRY.given(other).canonical(other), canonical)
    assert torch.equal(other[chosen == 2], params[chosen == 2])


def test_an_empty_batch_stays_empty() -> None:
    assert SYMMETRY.given(torch.zeros(0, 9)).canonical(torch.zeros(0, 9)).shape == (0, 9)


def test_a_symmetry_without_condition_is_given_as_it_is() -> None:
    assert CASES[0].given(torch.zeros(2, 9)) is CASES[0]


@pytest.mark.parametrize(
    ("columns", "cases", "message"),
    [
        ((0, 1), CASES, "a symmetry for each of 2 columns, got 3"),
        ((0,), (), "a symmetry for each of 1 columns, got 0"),
        ((0, 1, 2), (*CASES[:2], Symmetry(8)), r"expected 9 columns"),
        ((1, 2, 3), CASES, r"expected 9 columns, with \(1, 2, 3\) free"),
    ],
)
def test_what_does_not_fit_is_refused(
    columns: tuple[int, ...], cases: tuple[Symmetry, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ConditionalSymmetry(columns, cases)
