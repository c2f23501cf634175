"""Proof by numbers that a field is equivariant."""

from collections.abc import Callable

import torch
from torch import Tensor

from src.symmetry import Symmetry
from src.symmetry.equivariance import equivariance_error


def assert_equivariant(
    field: Callable[[Tensor], Tensor], symmetry: Symmetry, params: Tensor, within: float
) -> None:
    """Compare the field at exchanged units with the exchanged field, relative to its size."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        error = equivariance_error(field, params, symmetry, generator)
    assert float(error.max()) < within
