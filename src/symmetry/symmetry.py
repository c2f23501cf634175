"""Symmetry of a parameter vector, as a value: which of its columns may trade places.

Columns fall into *sets* of exchangeable *units* and *free* columns. A unit is an ordered tuple of
columns that move together; the units of a set have the same shape, and trading places they leave
the sound as it is. A unit may hold sets of its own: an operator with exchangeable modulators.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from src.symmetry.units import (
    Distance,
    Grid,
    TokenKind,
    Unit,
    UnitSet,
    all_sets,
    count_orders,
    each_alone,
    exchanged,
    print_set,
    read_set,
    token_kinds,
)

if TYPE_CHECKING:  # The operations import torch when they are used: configuration needs none.
    from torch import Generator, Tensor


@dataclass(frozen=True, repr=False)
class Symmetry:
    """Exchanges of columns that leave the sound of a parameter vector as it is.

    The group is the product of the sets' permutations. It is never listed: every operation is an
    assignment, a sort or a shuffle within each set. Two symmetries are equal if they print alike.

    Attributes:
        num_params: number of columns P.
        sets: sets of exchangeable units.

    Raises:
        ValueError: a column stands twice or outside the vector, or units of a set differ in shape.

    Example:
        >>> symmetry = Symmetry.of(7, [(0, 1), (2, 3)], [(4,), (5,)])
        >>> str(symmetry), symmetry.size, symmetry.free
        ('7: [(0, 1), (2, 3)], [(4,), (5,)]', 4, (6,))
        >>> Symmetry.parse(str(symmetry)) == symmetry
        True
    """

    num_params: int
    sets: tuple[UnitSet, ...] = ()

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def of(cls, num_params: int, *sets: Sequence[Sequence[Any]]) -> Symmetry:
        """Make a symmetry of lists of units.

        Args:
            num_params: number of columns P.
            *sets: each a list of units; a unit is a tuple of columns and of the lists of units that
                it holds: ``[(0, 1, [(2,), (3,)]), (4, 5, [(6,), (7,)])]``.

        Returns:
            The symmetry.

        Raises:
            ValueError: see the class.
        """
        return cls(num_params, tuple(read_set(units) for units in sets))

    @classmethod
    def oscillators(cls, k: int, params_per_token: int) -> Symmetry:
        """Make the symmetry of k equal oscillators: all frequencies, then all amplitudes, ….

        Args:
            k: number of oscillators, at least 1.
            params_per_token: parameters of an oscillator, at least 1.

        Returns:
            One set of k units of ``params_per_token`` columns, no free columns.

        Raises:
            ValueError: a number is below 1.

        Example:
            >>> Symmetry.oscillators(2, 3)
            Symmetry.parse('6: [(0, 2, 4), (1, 3, 5)]')
        """
        if k < 1 or params_per_token < 1:
            raise ValueError(
                f"expected k and params_per_token of at least 1, got {k} and {params_per_token}"
            )
        num_params = k * params_per_token
        return cls(num_params, (tuple(Unit(tuple(range(i, num_params, k))) for i in range(k)),))

    @classmethod
    def parse(cls, text: str | Symmetry) -> Symmetry:
        """Read the printed form; a symmetry is returned as it is.

        Raises:
            ValueError: the text is no printed symmetry.
        """
        if isinstance(text, Symmetry):
            return text
        width, _, sets = text.partition(":")
        try:
            read = ast.literal_eval(f"[{sets}]")
            return cls.of(int(width), *read)
        except (ValueError, TypeError, SyntaxError) as error:
            raise ValueError(
                f"symmetry {text!r}: expected the number of columns and lists of units, such as "
                f"'5: [(0, 1), (2, 3)]' ({error})"
            ) from error

    def __str__(self) -> str:
        """Print as ``parse`` reads it."""
        return f"{self.num_params}: {', '.join(str(print_set(units)) for units in self.sets)}"

    def __repr__(self) -> str:
        return f"Symmetry.parse({str(self)!r})"

    @cached_property
    def size(self) -> int:
        """Number of equivalent orders of a vector, the order of the group."""
        return math.prod(map(count_orders, self.sets))

    @cached_property
    def free(self) -> tuple[int, ...]:
        """Columns that belong to no unit, ascending."""
        taken = {c for units in self.sets for unit in units for c in unit.all_columns}
        return tuple(c for c in range(self.num_params) if c not in taken)

    @cached_property
    def token_kinds(self) -> tuple[TokenKind, ...]:
        """Tokens of the sets, outer units before those within, and last those of free columns."""
        kinds = tuple(
            kind for units in self.sets for kind in token_kinds(units, ((),) * len(units))
        )
        free = each_alone(self.free)
        return (*kinds, TokenKind(free, free, is_shared=False)) if free else kinds

    @cached_property
    def most_units(self) -> int:
        """Number of units of the largest set, 0 without any."""
        return max(map(len, self.sets), default=0)

    @cached_property
    def unit_columns(self) -> tuple[Grid, ...]:
        """Columns of each set's units, units within included, and last each free column alone."""
        sets = tuple(tuple(unit.all_columns for unit in units) for units in self.sets)
        return (*sets, each_alone(self.free)) if self.free else sets

    @cached_property
    def generators(self) -> tuple[tuple[int, ...], ...]:
        """Orders of columns that exchange two neighbours of a set; they generate the group.

        What holds for each of them on every vector holds for the whole group, so that a proof by
        rendering needs few sounds: ``vector[list(order)]`` has to sound like ``vector``.
        """
        return tuple(
            exchanged(self.num_params, first, second)
            for units in all_sets(self.sets)
            for first, second in itertools.pairwise(units)
        )

    def given(self, params: Tensor) -> Symmetry:
        """Return the symmetry of these vectors, which is this one; see ``ConditionalSymmetry``."""
        del params
        return self

    def canonical(self, params: Tensor, columns: int | None = None) -> Tensor:
        """Order the units of each set, those within a unit first.

        Args:
            params: shape (B, P).
            columns: units are compared by their first column, equal ones by the next, up to this
                many; None for all, which gives all equivalent vectors the same order. Units that
                are still equal keep their order.

        Returns:
            An equivalent of each vector, shape (B, P).

        Raises:
            ValueError: the shape does not fit.
        """
        from src.symmetry import exchange

        return exchange.canonical(self, params, columns)

    def nearest(self, params: Tensor, reference: Tensor, by: Distance = "product") -> Tensor:
        """Return the equivalent of each vector that is nearest to a reference.

        Args:
            params: shape (B, P).
            reference: shape (B, P).
            by: what is minimised. ``product``: squared distance, up to what no exchange changes,
                by one matrix product. ``squared``: the same by differences, whose rounding errors
                are smaller near 0. ``euclidean``: sum over a set's units of their distances.

        Returns:
            An equivalent of each vector, shape (B, P); differentiable in ``params``, the order
            held fixed.

        Raises:
            ValueError: shapes do not fit.
        """
        from src.symmetry import exchange

        return exchange.nearest(self, params, reference, by)

    def random_orders(self, items: int, generator: Generator) -> Tensor:
        """Draw elements of the group, all equally likely.

        Args:
            items: their number.
            generator: source of chance.

        Returns:
            Orders of columns, int64, shape (items, P); ``params.gather(1, orders)`` applies them.
        """
        import torch

        columns = torch.arange(self.num_params, device=generator.device)
        return self.random_equivalent(columns.expand(items, -1), generator)

    def random_equivalent(self, params: Tensor, generator: Generator) -> Tensor:
        """Exchange units at random, each equivalent of a vector equally likely.

        Args:
            params: shape (B, P).
            generator: source of chance.

        Returns:
            Shape (B, P).
        """
        from src.symmetry import exchange

        return exchange.shuffled(self, params, generator)

    def tokens(self, params: Tensor) -> tuple[Tensor, ...]:
        """Cut vectors into tokens, one a unit and one a free column.

        Args:
            params: shape (B, P).

        Returns:
            For each of ``token_kinds`` the columns that they stand for, shape (B, n, width).
        """
        from src.symmetry import columns

        return tuple(columns.take(params, kind.writes) for kind in self.token_kinds)

    def from_tokens(self, tokens: Sequence[Tensor]) -> Tensor:
        """Put tokens together, the inverse of ``tokens``; returns shape (B, P)."""
        from src.symmetry import columns

        return columns.join(tokens, tuple(kind.writes for kind in self.token_kinds))


def _check(symmetry: Symmetry) -> None:
    taken = [c for units in symmetry.sets for unit in units for c in unit.all_columns]
    if symmetry.num_params < 0 or any(not 0 <= c < symmetry.num_params for c in taken):
        raise ValueError(f"symmetry {symmetry}: expected columns from 0 to num_params - 1")
    if len(taken) != len(set(taken)):
        twice = sorted({c for c in taken if taken.count(c) > 1})
        raise ValueError(f"symmetry {symmetry}: columns {twice} stand in more than one place")
    for units in all_sets(symmetry.sets):
        if not units or not units[0].columns or len({unit.shape for unit in units}) != 1:
            raise ValueError(
                f"symmetry {symmetry}: the units of a set need the same number of columns of "
                "their own, at least one, and the same sets within"
            )
