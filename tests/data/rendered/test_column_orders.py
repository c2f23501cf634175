"""Equivalent column orders: checks, canonical labels, noise that fits its target."""

import itertools

import pytest
import torch

from src.data.rendered.column_orders import check_orders, permute_noise, sort_columns

# Two oscillators (pitch, level in columns 0, 1 and 2, 3) may change places, column 4 stays.
ORDERS = torch.tensor([[0, 1, 2, 3, 4], [2, 3, 0, 1, 4]])


@pytest.mark.parametrize(
    ("orders", "message"),
    [
        ([[0, 1, 2]], "shape"),
        ([[0, 1, 2, 3, 4], [0, 0, 2, 3, 4]], "every column once"),
        ([[2, 3, 0, 1, 4]], "changes nothing"),
        ([[0, 1, 2, 3, 4], [1, 2, 0, 3, 4]], "one after the other"),
    ],
)
def test_what_is_no_group_of_orders_is_refused(orders: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_orders(orders, 5)


def test_labels_are_sorted_by_the_first_column_of_equal_units() -> None:
    params = torch.tensor([[0.5, 1.0, -0.5, 2.0, 9.0], [0.1, 3.0, 0.1, 2.0, 9.0]])
    expected = torch.tensor([[-0.5, 2.0, 0.5, 1.0, 9.0], [0.1, 2.0, 0.1, 3.0, 9.0]])
    assert torch.equal(sort_columns(params, ORDERS), expected)


def test_all_equivalent_vectors_have_one_canonical_order() -> None:
    generator = torch.Generator().manual_seed(0)
    params = torch.randint(0, 3, (200, 6), generator=generator).float()  # with ties
    orders = torch.tensor([[*p, *(3 + i for i in p)] for p in itertools.permutations(range(3))])
    expected = torch.tensor([min(row[o].tolist() for o in orders) for row in params])
    for order in check_orders(orders, 6):
        assert torch.equal(sort_columns(params[:, order], orders), expected)


def test_noise_takes_its_closest_order() -> None:
    generator = torch.Generator().manual_seed(0)
    noise, params = torch.randn(2, 50, 5, generator=generator)
    permuted = permute_noise(noise, params, ORDERS)
    candidates = torch.stack([noise[:, order] for order in ORDERS])
    distances = (candidates - params).square().sum(-1)
    assert torch.equal(permuted, candidates[distances.argmin(0), torch.arange(50)])
