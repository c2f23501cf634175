"""The symmetry object: as a value, and its operations against a listing of small groups."""

import itertools
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from src.symmetry import Symmetry
from src.symmetry.units import Unit, UnitSet

SYMMETRIES = [
    Symmetry.oscillators(4, 3),
    Symmetry.of(5, [(0, 1), (2, 3)]),
    Symmetry.of(8, [(5, 0), (2, 7)], [(1,), (3,), (6,)]),
    Symmetry.of(9, [(0, 1, [(2,), (3,)]), (4, 5, [(6,), (7,)])]),
    Symmetry.of(8, [(0, [(1, [(2,), (3,)])]), (4, [(5, [(6,), (7,)])])]),
    Symmetry.of(12, [(0, [(1,), (2,)], [(8,), (9,)]), (4, [(5,), (6,)], [(10,), (11,)])]),
    Symmetry(3),
]


def _orders_of_set(units: UnitSet) -> Iterator[dict[int, int]]:
    """List, the plain way, what comes to each column of a set."""
    for permuted in itertools.permutations(units):
        choices = [_orders_of_unit(p, u) for p, u in zip(units, permuted, strict=True)]
        for chosen in itertools.product(*choices):
            yield {place: source for part in chosen for place, source in part.items()}


def _orders_of_unit(place: Unit, unit: Unit) -> list[dict[int, int]]:
    own = dict(zip(place.columns, unit.columns, strict=True))
    moved = dict(zip(place.all_columns, unit.all_columns, strict=True))
    held = [list(_orders_of_set(s)) for s in unit.sets]
    back = {source: spot for spot, source in moved.items()}
    orders = []
    for chosen in itertools.product(*held):
        inner = {back[spot]: source for part in chosen for spot, source in part.items()}
        orders.append(own | inner)
    return orders


def group(symmetry: Symmetry) -> Tensor:
    """List all orders of columns, int64, shape (size, P)."""
    orders = []
    for chosen in itertools.product(*(list(_orders_of_set(units)) for units in symmetry.sets)):
        sources = {c: c for c in range(symmetry.num_params)}
        for part in chosen:
            sources |= part
        orders.append([sources[c] for c in range(symmetry.num_params)])
    return torch.tensor(orders)


def _draw(symmetry: Symmetry, items: int = 50, ties: bool = False, seed: int = 0) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    shape = (items, symmetry.num_params)
    return (
        torch.randint(0, 3, shape, generator=g).float() if ties else torch.randn(shape, generator=g)
    )


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
def test_a_value(symmetry: Symmetry) -> None:
    assert Symmetry.parse(str(symmetry)) == symmetry
    assert hash(Symmetry.parse(str(symmetry))) == hash(symmetry)
    orders = group(symmetry)
    assert symmetry.size == len(orders) == len(orders.unique(dim=0))


def test_sizes_of_groups_that_nobody_lists() -> None:
    assert Symmetry.oscillators(32, 3).size == 263130836933693530167218012160000000
    six = Symmetry.of(12, [(i,) for i in range(6)])
    assert six.size == 720
    eight = Symmetry.of(10, [(i,) for i in range(8)], [(8,), (9,)])
    assert eight.size == 40320 * 2
    params = torch.randn(5, 10, generator=torch.Generator().manual_seed(0))
    ordered = eight.canonical(params)
    assert torch.equal(ordered[:, :8], params[:, :8].sort(dim=1).values)
    other = eight.random_equivalent(params, torch.Generator().manual_seed(1))
    for by in ("product", "squared", "euclidean"):
        assert torch.equal(eight.nearest(other, params, by=by), params)


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
@pytest.mark.parametrize("ties", [False, True])
def test_all_equivalent_vectors_have_one_canonical_order(symmetry: Symmetry, ties: bool) -> None:
    params = _draw(symmetry, ties=ties)
    expected = symmetry.canonical(params)
    for order in group(symmetry):
        assert torch.equal(symmetry.canonical(params[:, order]), expected)


def test_canonical_is_the_lexicographically_smallest_where_columns_ascend() -> None:
    """With ties; two sets, a layout by units and one by kinds."""
    for symmetry in (Symmetry.oscillators(3, 2), Symmetry.of(5, [(0, 1), (2, 3)])):
        params = _draw(symmetry, 200, ties=True)
        expected = torch.tensor([min(row[o].tolist() for o in group(symmetry)) for row in params])
        assert torch.equal(symmetry.canonical(params), expected)


def test_labels_are_sorted_by_the_first_column_of_equal_units() -> None:
    params = torch.tensor([[0.5, 1.0, -0.5, 2.0, 9.0], [0.1, 3.0, 0.1, 2.0, 9.0]])
    expected = torch.tensor([[-0.5, 2.0, 0.5, 1.0, 9.0], [0.1, 2.0, 0.1, 3.0, 9.0]])
    symmetry = Symmetry.of(5, [(0, 1), (2, 3)])
    assert torch.equal(symmetry.canonical(params), expected)
    first_alone = symmetry.canonical(params, columns=1)  # equal ones stay
    assert torch.equal(first_alone, torch.stack([expected[0], params[1]]))


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
def test_nearest_is_the_best_of_all_orders(symmetry: Symmetry) -> None:
    params, reference = _draw(symmetry), _draw(symmetry, seed=1)
    candidates = params[:, group(symmetry)]  # (B, S, P)
    best = (candidates - reference[:, None]).square().sum(-1).argmin(1)
    expected = candidates[torch.arange(len(params)), best]
    assert torch.equal(symmetry.nearest(params, reference), expected)
    assert torch.equal(symmetry.nearest(params, reference, by="squared"), expected)
    rows = [
        torch.stack(
            [(candidates - reference[:, None])[..., list(unit.all_columns)] for unit in units]
        )
        for units in symmetry.sets
    ]
    distances = sum(r.norm(dim=-1).sum(0) for r in rows) if rows else torch.zeros(50, 1)
    nearest = symmetry.nearest(params, reference, by="euclidean")
    found = (candidates == nearest[:, None]).all(-1).float().argmax(1)
    torch.testing.assert_close(distances.gather(1, found[:, None])[:, 0], distances.amin(1))


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
def test_random_equivalents_are_all_equally_likely(symmetry: Symmetry) -> None:
    items = 4000
    orders = symmetry.random_orders(items, torch.Generator().manual_seed(0))
    listed = group(symmetry)
    counts = (orders[:, None] == listed).all(-1).sum(0)
    assert counts.sum() == items
    expected = items / len(listed)
    assert float((counts - expected).square().sum() / expected) < 3 * len(listed)  # chi squared


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
def test_generators_reach_the_whole_group(symmetry: Symmetry) -> None:
    reached = {tuple(range(symmetry.num_params))}
    frontier = reached
    while frontier:
        moved = {tuple(o[c] for c in g) for o in frontier for g in symmetry.generators}
        frontier = moved - reached
        reached |= frontier
    assert reached == {tuple(order) for order in group(symmetry).tolist()}


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
def test_tokens_and_back(symmetry: Symmetry) -> None:
    params = _draw(symmetry)
    tokens = symmetry.tokens(params)
    assert len(tokens) == len(symmetry.token_kinds)
    assert sum(part[0].numel() for part in tokens) == symmetry.num_params
    assert torch.equal(symmetry.from_tokens(tokens), params)


def test_tokens_are_oscillators() -> None:
    params = torch.tensor([[1.0, 2.0, 10.0, 20.0, 100.0, 200.0]])
    (rows,) = Symmetry.oscillators(2, 3).tokens(params)
    assert rows.tolist() == [[[1, 10, 100], [2, 20, 200]]]
    (rows,) = Symmetry.oscillators(2, 3).tokens(torch.zeros(0, 6))
    assert rows.shape == (0, 2, 3)


def test_a_token_within_a_unit_reads_what_is_around_it() -> None:
    outer, inner, free = Symmetry.of(9, [(0, 1, [(2,), (3,)]), (4, 5, [(6,), (7,)])]).token_kinds
    assert outer.reads == outer.writes == ((0, 1), (4, 5))
    assert inner.writes == ((2,), (3,), (6,), (7,))
    assert inner.reads == ((0, 1, 2), (0, 1, 3), (4, 5, 6), (4, 5, 7))
    assert (free.writes, free.is_shared) == (((8,),), False)


def test_gradients_go_through_the_chosen_order() -> None:
    params = torch.tensor([[1.0, 5.0]], requires_grad=True)
    nearest = Symmetry.of(2, [(0,), (1,)]).nearest(params, torch.tensor([[4.0, 0.0]]))
    nearest[0, 0].backward()
    assert params.grad is not None
    assert params.grad.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5: (0", "expected the number of columns and lists of units"),
        ("x: [(0,), (1,)]", "expected the number of columns"),
        ("2: [(0,), (2,)]", "expected columns from 0 to num_params - 1"),
        ("4: [(0, 1), (1, 2)]", r"columns \[1\] stand in more than one place"),
        ("4: [(0, 1), (2,)]", "the same number of columns"),
        ("4: [(0, [(1,)]), (2, [(1, 3)])]", "more than one place"),
        ("6: [(0, [(1,), (4,)]), (2, [(3,)])]", "the same sets within"),
        ("4: [([(0,), (1,)],), ([(2,), (3,)],)]", "columns of their own, at least one"),
        ("__import__('os')", "expected"),
    ],
)
def test_what_is_no_symmetry_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Symmetry.parse(text)


def test_shapes_that_do_not_fit_are_named() -> None:
    symmetry = Symmetry.oscillators(2, 2)
    with pytest.raises(ValueError, match=r"\(batch, 4\), got \(3, 5\)"):
        symmetry.canonical(torch.zeros(3, 5))
    with pytest.raises(ValueError, match="expected 3 references, one a vector, got 2"):
        symmetry.nearest(torch.zeros(3, 4), torch.zeros(2, 4))


def test_the_value_does_not_load_torch() -> None:
    code = "import sys, src.symmetry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
