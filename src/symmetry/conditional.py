"""Symmetry that depends on a discrete parameter, such as the algorithm of an FM synthesizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from src.symmetry.symmetry import Symmetry
from src.symmetry.units import Distance

if TYPE_CHECKING:  # see src.symmetry.symmetry
    from torch import Generator, Tensor


@dataclass(frozen=True)
class ConditionalSymmetry:
    """A symmetry for each choice of a categorical parameter.

    It is a function of the vectors: ``given(params)`` has the operations of a ``Symmetry``. Tokens
    are not among them, because their number would differ from item to item.

    Attributes:
        columns: one-hot code of the parameter; the largest number tells the choice.
        cases: the symmetry of each choice, in the order of ``columns``, which are free in all.

    Raises:
        ValueError: columns and cases do not fit.

    Example:
        >>> import torch
        >>> swap, none = Symmetry.of(4, [(2,), (3,)]), Symmetry(4)
        >>> params = torch.tensor([[1.0, 0, 5, 4], [0, 1, 5, 4]])
        >>> ConditionalSymmetry((0, 1), (swap, none)).given(params).canonical(params)
        tensor([[1., 0., 4., 5.],
                [0., 1., 5., 4.]])
    """

    columns: tuple[int, ...]
    cases: tuple[Symmetry, ...]

    def __post_init__(self) -> None:
        if not self.cases or len(self.cases) != len(self.columns):
            raise ValueError(
                f"expected a symmetry for each of {len(self.columns)} columns, got "
                f"{len(self.cases)}"
            )
        for case in self.cases:
            if case.num_params != self.num_params or not {*self.columns} <= {*case.free}:
                raise ValueError(
                    f"symmetry {case}: expected {self.num_params} columns, with {self.columns} free"
                )

    @property
    def num_params(self) -> int:
        """Number of columns P."""
        return self.cases[0].num_params

    def given(self, params: Tensor) -> GivenSymmetry:
        """Return the symmetry of these vectors, shape (B, P), item by item."""
        return GivenSymmetry(self.cases, params[:, list(self.columns)].argmax(dim=1))


@dataclass(frozen=True)
class GivenSymmetry:
    """Symmetries of the items of a batch; operations go group by group.

    Attributes:
        cases: symmetries.
        chosen: which of them each item has, int64, shape (B,).
    """

    cases: tuple[Symmetry, ...]
    chosen: Tensor

    def apply(self, function: Callable[..., Tensor], *tensors: Tensor, **options: Any) -> Tensor:
        """Call a function of a symmetry and of items for each group of items.

        Args:
            function: takes a symmetry and tensors (items, …), returns a value an item.
            *tensors: each of shape (B, …).
            **options: passed on.

        Returns:
            The values in the items' order, shape (B, …).
        """
        import torch

        groups = [(self.chosen == number).nonzero()[:, 0] for number in range(len(self.cases))]
        pairs = [(s, items) for s, items in zip(self.cases, groups, strict=True) if len(items)]
        if not pairs:  # an empty batch
            return function(self.cases[0], *tensors, **options)
        values = [function(s, *(t[items] for t in tensors), **options) for s, items in pairs]
        order = torch.cat([items for _, items in pairs]).argsort()
        return torch.cat(values)[order]

    def canonical(self, params: Tensor, columns: int | None = None) -> Tensor:
        """See ``Symmetry.canonical``."""
        return self.apply(Symmetry.canonical, params, columns=columns)

    def nearest(self, params: Tensor, reference: Tensor, by: Distance = "product") -> Tensor:
        """See ``Symmetry.nearest``."""
        return self.apply(Symmetry.nearest, params, reference, by=by)

    def random_equivalent(self, params: Tensor, generator: Generator) -> Tensor:
        """See ``Symmetry.random_equivalent``."""
        return self.apply(Symmetry.random_equivalent, params, generator=generator)
