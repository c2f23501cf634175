"""What symmetries are made of: units of columns, sets of exchangeable units, kinds of tokens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

Distance = Literal["product", "squared", "euclidean"]


@dataclass(frozen=True)
class Unit:
    """Columns that move together.

    Attributes:
        columns: its own columns, in the order in which they correspond to another unit's.
        sets: exchangeable units within this one.
    """

    columns: tuple[int, ...]
    sets: tuple[UnitSet, ...] = ()

    @cached_property
    def all_columns(self) -> tuple[int, ...]:
        """Its own columns, then those of the units within."""
        return (*self.columns, *(c for s in self.sets for unit in s for c in unit.all_columns))

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """What has to agree for two units to be exchangeable."""
        return len(self.columns), *(tuple(unit.shape for unit in s) for s in self.sets)


UnitSet = tuple[Unit, ...]
Grid = tuple[tuple[int, ...], ...]  # columns of n units, of equal length


@dataclass(frozen=True)
class TokenKind:
    """Tokens of one kind: one a unit of a set, or one a free column.

    Attributes:
        reads: columns that each token is made of: its unit's own, and those of the units around
            it, so that a token within a unit knows where it belongs; n tuples of equal length.
        writes: columns that each token stands for: its unit's own.
        is_shared: whether tokens are exchangeable, hence made by one map; free columns are not.
    """

    reads: Grid
    writes: Grid
    is_shared: bool = True


class UnitSets(Protocol):
    """What exchanges of units ask of a symmetry; ``Symmetry`` says what each means."""

    @property
    def num_params(self) -> int:
        """Number of columns P."""

    @property
    def sets(self) -> tuple[UnitSet, ...]:
        """Sets of exchangeable units."""

    @property
    def free(self) -> tuple[int, ...]:
        """Columns of no unit."""

    @property
    def most_units(self) -> int:
        """Size of the largest set."""

    @property
    def unit_columns(self) -> tuple[Grid, ...]:
        """Columns of each set's units, then the free ones."""


def read_set(units: Sequence[Sequence[Any]]) -> UnitSet:
    """Read a set as ``Symmetry.of`` takes it."""
    return tuple(
        Unit(
            tuple(entry for entry in unit if isinstance(entry, int)),
            tuple(read_set(entry) for entry in unit if not isinstance(entry, int)),
        )
        for unit in units
    )


def print_set(units: UnitSet) -> list[tuple[Any, ...]]:
    """Write a set as ``Symmetry.of`` takes it."""
    return [(*unit.columns, *map(print_set, unit.sets)) for unit in units]


def count_orders(units: UnitSet) -> int:
    """Count the orders of a set's units, those within included."""
    inner = (count_orders(held) for unit in units for held in unit.sets)
    return math.factorial(len(units)) * math.prod(inner)


def all_sets(sets: Iterable[UnitSet]) -> Iterator[UnitSet]:
    """Go through sets and those within their units."""
    for units in sets:
        yield units
        for unit in units:
            yield from all_sets(unit.sets)


def token_kinds(units: UnitSet, around: tuple[tuple[int, ...], ...]) -> Iterator[TokenKind]:
    """Yield the tokens of units, each in ``around`` columns, then of the units that they hold."""
    reads = tuple((*outer, *unit.columns) for outer, unit in zip(around, units, strict=True))
    yield TokenKind(reads, tuple(unit.columns for unit in units))
    for i in range(len(units[0].sets)):
        pairs = [(read, held) for read, u in zip(reads, units, strict=True) for held in u.sets[i]]
        yield from token_kinds(tuple(held for _, held in pairs), tuple(read for read, _ in pairs))


def each_alone(columns: tuple[int, ...]) -> Grid:
    """Return units of one column."""
    return tuple((column,) for column in columns)


def exchanged(num_params: int, first: Unit, second: Unit) -> tuple[int, ...]:
    """Return the order of columns in which two units have traded places."""
    order = list(range(num_params))
    for a, b in zip(first.all_columns, second.all_columns, strict=True):
        order[a], order[b] = b, a
    return tuple(order)
