"""Exchanges of units: the operations of a symmetry on batches of vectors.

Set by set, units get their places; the units that they hold come first.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from src.symmetry.assignment import best_assignment, blocks, squared_distances
from src.symmetry.columns import join, take
from src.symmetry.units import Distance, UnitSet, UnitSets


def canonical(symmetry: UnitSets, params: Tensor, columns: int | None) -> Tensor:
    """See ``Symmetry.canonical``."""
    _check_shape(symmetry, params)

    def sort(units: UnitSet) -> Tensor:
        rows = _rows(units, params, sort)
        return _in_order(rows, _sorted(rows[..., :columns]))

    return _assemble(symmetry, params, sort)


def shuffled(symmetry: UnitSets, params: Tensor, generator: Generator) -> Tensor:
    """See ``Symmetry.random_equivalent``."""
    _check_shape(symmetry, params)

    def shuffle(units: UnitSet) -> Tensor:
        rows = _rows(units, params, shuffle)
        drawn = torch.rand(rows.shape[:2], generator=generator, device=generator.device)
        return _in_order(rows, drawn.argsort(dim=1).to(rows.device))

    return _assemble(symmetry, params, shuffle)


def nearest(symmetry: UnitSets, params: Tensor, reference: Tensor, by: Distance) -> Tensor:
    """See ``Symmetry.nearest``."""
    _check_shape(symmetry, params)
    _check_shape(symmetry, reference)
    if len(params) != len(reference):
        raise ValueError(f"expected {len(params)} references, one a vector, got {len(reference)}")
    if by == "product":
        return _nearest(symmetry, params, reference, by)
    pairs = blocks(params, reference, symmetry.most_units)
    return torch.cat([_nearest(symmetry, p, r, by) for p, r in pairs])


def _nearest(symmetry: UnitSets, params: Tensor, reference: Tensor, by: Distance) -> Tensor:
    def match(units: UnitSet) -> Tensor:
        return _match(units, units, params, reference, by)[0]

    return _assemble(symmetry, params, match)


def _match(
    places: UnitSet, units: UnitSet, params: Tensor, reference: Tensor, by: Distance
) -> tuple[Tensor, Tensor, Tensor]:
    """Assign units of the vectors to places, which are units of the reference.

    Returns:
        Rows of the units at their places, shape (B, n, w), what each would cost at each place, (B,
        n, n), and which one is there, (B, n).
    """
    inner: Distance = "squared" if by == "euclidean" else by
    cost, rows = _pairs(places, units, params, reference, inner)
    if by == "product":  # the coupling of training batches: often, hence fast
        best = best_assignment(cost, list_small=True)
    else:
        cost = (cost.sqrt() if by == "euclidean" else cost).double()
        best = best_assignment(cost)
    if rows.ndim == 3:
        return _in_order(rows, best), cost, best
    chosen = best[:, :, None, None].expand(-1, -1, 1, rows.shape[-1])
    return rows.gather(2, chosen).squeeze(2), cost, best


def _pairs(
    places: UnitSet, units: UnitSet, params: Tensor, reference: Tensor, by: Distance
) -> tuple[Tensor, Tensor]:
    """Work out what it costs to bring each unit to each place.

    Returns:
        Costs, shape (B, n, n), and rows of the units: shape (B, n, w), or (B, n, n, w) where they
        hold units, whose order depends on the place.
    """
    rows = take(params, tuple(unit.columns for unit in units))
    with torch.no_grad():
        there = take(reference, tuple(place.columns for place in places))
        if by == "product":
            cost = torch.einsum("bic,bjc->bij", there, rows).neg()
        else:
            cost = squared_distances(there, rows)
    if not units[0].sets:
        return cost, rows
    parts = [rows[:, None].expand(*cost.shape, -1)]
    for i in range(len(units[0].sets)):
        solved = [
            _match(place.sets[i], unit.sets[i], params, reference, by)
            for place in places
            for unit in units
        ]
        totals = [costs.gather(2, best[..., None]).sum(dim=(1, 2)) for _, costs, best in solved]
        cost = cost + torch.stack(totals, dim=1).view_as(cost)
        held = torch.stack([moved.flatten(1) for moved, _, _ in solved], dim=1)
        parts.append(held.unflatten(1, (len(places), len(units))))
    return cost, torch.cat(parts, dim=-1)


def _assemble(symmetry: UnitSets, params: Tensor, place: Callable[[UnitSet], Tensor]) -> Tensor:
    """Join the sets' rows, as ``place`` gives them (B, n, w), with the free columns in place."""
    parts = [place(units) for units in symmetry.sets]
    if symmetry.free:
        parts.append(take(params, symmetry.unit_columns[-1]))
    return join(parts, symmetry.unit_columns)


def _rows(units: UnitSet, params: Tensor, place: Callable[[UnitSet], Tensor]) -> Tensor:
    """Take the rows of units, what they hold in the order of ``place``; shape (B, n, w)."""
    own = take(params, tuple(unit.columns for unit in units))
    if not units[0].sets:
        return own
    held = [torch.cat([place(s).flatten(1) for s in unit.sets], dim=1) for unit in units]
    return torch.cat([own, torch.stack(held, dim=1)], dim=2)


def _sorted(rows: Tensor) -> Tensor:
    """Sort units (B, n, w) by their first column, equal ones by the next; return their numbers."""
    *first, last = rows.unbind(2)
    order = last.argsort(dim=1, stable=True)
    for column in reversed(first):  # the last key first, since sorts are stable
        order = order.gather(1, column.gather(1, order).argsort(dim=1, stable=True))
    return order


def _in_order(rows: Tensor, order: Tensor) -> Tensor:
    """Bring rows (B, n, w) into an order (B, n)."""
    # In memory kind by kind, as the vectors of oscillators are.
    return rows.mT.gather(2, order[:, None].expand(-1, rows.shape[2], -1)).mT


def _check_shape(symmetry: UnitSets, params: Tensor) -> None:
    if params.ndim != 2 or params.shape[1] != symmetry.num_params:
        raise ValueError(
            f"expected parameters of shape (batch, {symmetry.num_params}), got "
            f"{tuple(params.shape)}"
        )
