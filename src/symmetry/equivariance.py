"""How far a field is from treating exchangeable units alike."""

from collections.abc import Callable

from torch import Generator, Tensor

from src.symmetry.symmetry import Symmetry


def equivariance_error(
    field: Callable[[Tensor], Tensor], params: Tensor, symmetry: Symmetry, generator: Generator
) -> Tensor:
    r"""Difference between the field at exchanged units and the exchanged field, relative.

    .. math:: \frac{\lVert v(g x) - g\, v(x) \rVert}{\lVert v(x) \rVert}

    with an element g of the group drawn for each item. 0 means that the field is equivariant.

    Args:
        field: maps vectors (B, P) to vectors (B, P), item by item.
        params: where it is looked at, shape (B, P).
        symmetry: of the columns.
        generator: source of chance.

    Returns:
        Errors, shape (B,); NaN where the field is 0 both times.

    Example:
        A field that raises the first of two equal units alone:

        >>> import torch
        >>> raised = lambda x: torch.tensor([[2.0, 0.0]]).expand_as(x)
        >>> symmetry, g = Symmetry.of(2, [(0,), (1,)]), torch.Generator().manual_seed(0)
        >>> equivariance_error(raised, torch.zeros(100, 2), symmetry, g).unique()
        tensor([0.0000, 1.4142])
    """
    order = symmetry.random_orders(len(params), generator).to(params.device)
    velocity = field(params)
    difference = field(params.gather(1, order)) - velocity.gather(1, order)
    return difference.norm(dim=1) / velocity.norm(dim=1)
