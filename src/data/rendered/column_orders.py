"""Equivalent orders of a parameter vector's columns, as a synthesizer's equal units allow them.

An order o turns a vector p into p[o]. The orders of a synthesizer form a group that holds the
identity: exchanging two oscillators and then two filters is an order too.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

# Trying every order after every other one would take minutes where there are thousands.
_ORDERS_CHECKED = 64


def check_orders(orders: Tensor | Sequence[Sequence[int]], num_params: int) -> Tensor:
    """Return orders as a tensor.

    Args:
        orders: S orders of P columns.
        num_params: P.

    Returns:
        int64, shape (S, P).

    Raises:
        ValueError: a row is no order of P columns, the identity is missing or the set is not
            closed.
    """
    tensor = torch.as_tensor(orders, dtype=torch.int64)
    identity = torch.arange(num_params)
    if tensor.ndim != 2 or tensor.shape[1] != num_params:
        raise ValueError(
            f"column_orders: expected shape (orders, {num_params}), got {tuple(tensor.shape)}"
        )
    if not torch.equal(tensor.sort(dim=1).values, identity.expand_as(tensor)):
        raise ValueError("column_orders: each row has to hold every column once")
    rows = {tuple(row) for row in tensor.tolist()}
    if tuple(identity.tolist()) not in rows:
        raise ValueError("column_orders: the order that changes nothing has to be among them")
    for order in tensor[:: -(-len(tensor) // _ORDERS_CHECKED)]:
        if not {tuple(row) for row in tensor[:, order].tolist()} <= rows:
            raise ValueError("column_orders: two orders one after the other have to be among them")
    return tensor


def sort_columns(params: Tensor, orders: Tensor) -> Tensor:
    """Give each vector the order in which it is lexicographically smallest.

    Equal units are then sorted by the first column in which they differ.

    Args:
        params: shape (B, P).
        orders: int64, shape (S, P).

    Returns:
        Shape (B, P); the same for all equivalent orders of a vector.
    """
    best = params
    for order in orders:
        other = params[:, order]
        first = (other != best).int().argmax(dim=1, keepdim=True)  # 0 where nothing differs
        smaller = other.gather(1, first) < best.gather(1, first)
        best = torch.where(smaller, other, best)
    return best


def permute_noise(noise: Tensor, params: Tensor, orders: Tensor) -> Tensor:
    """Give each noise vector the order in which it lies closest to its target.

    Args:
        noise: shape (B, P).
        params: shape (B, P).
        orders: int64, shape (S, P).

    Returns:
        Noise with permuted columns, shape (B, P).
    """
    # The squared distance up to what no order changes.
    products = torch.stack([(noise[:, order] * params).sum(dim=1) for order in orders], dim=1)
    return noise.gather(1, orders[products.argmax(dim=1)])
