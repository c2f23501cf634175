"""Rows of units taken out of parameter vectors, and vectors put together again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from src.symmetry.units import Grid

_KIND_BY_KIND, _UNIT_BY_UNIT, _SCATTERED = range(3)


def take(params: Tensor, grid: Grid) -> Tensor:
    """Take columns out of vectors; a view where the columns lie evenly.

    Args:
        params: shape (B, P).
        grid: columns of n units, of equal length w.

    Returns:
        Rows, shape (B, n, w).
    """
    layout, start = _layout(grid)
    n, width = len(grid), len(grid[0])
    if layout == _SCATTERED:
        return params[:, index(grid, params.device)]
    whole = n * width == params.shape[1]
    block = params if whole else params[:, start : start + n * width]
    if layout == _UNIT_BY_UNIT:
        return block.unflatten(1, (n, width))
    return block.unflatten(1, (width, n)).transpose(1, 2)


@lru_cache(maxsize=256)
def index(grid: Grid, device: torch.device) -> Tensor:
    """Return column numbers as a tensor, int64, shape (n, w); do not write to it."""
    with torch.inference_mode(False):  # kept for later calls, which may need gradients
        return torch.tensor(grid, dtype=torch.int64, device=device)


def join(parts: Sequence[Tensor], grids: tuple[Grid, ...]) -> Tensor:
    """Put rows back into vectors, the inverse of ``take`` for grids that cover all columns.

    Args:
        parts: rows of each grid, shape (B, n, w).
        grids: every column once.

    Returns:
        Vectors, shape (B, P).
    """
    if len(parts) == 1 and _layout(grids[0])[0] == _KIND_BY_KIND:
        return parts[0].transpose(1, 2).flatten(1)
    joined = torch.cat([part.flatten(1) for part in parts], dim=1)
    places = _places(grids)
    if places is None:
        return joined
    return joined.index_select(1, index((places,), joined.device)[0])


@lru_cache(maxsize=256)
def _places(grids: tuple[Grid, ...]) -> tuple[int, ...] | None:
    """Where in the joined rows each column stands; None where they are in order."""
    joined = [column for grid in grids for columns in grid for column in columns]
    places = tuple(sorted(range(len(joined)), key=joined.__getitem__))
    return None if places == tuple(range(len(joined))) else places


@lru_cache(maxsize=256)
def _layout(grid: Grid) -> tuple[int, int]:
    """Tell how columns lie in the vector, and where the first one is."""
    start = grid[0][0]
    n, width = len(grid), len(grid[0])
    cells = [(i, j, c - start) for i, columns in enumerate(grid) for j, c in enumerate(columns)]
    if all(place == i + j * n for i, j, place in cells):
        return _KIND_BY_KIND, start
    if all(place == i * width + j for i, j, place in cells):
        return _UNIT_BY_UNIT, start
    return _SCATTERED, start
