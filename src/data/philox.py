"""Counter-based random numbers: each value is a function of (seed, stream, index) alone.

Philox4x32-10 in torch's int64 arithmetic, so that any item can be drawn on any device, in any order
and any batch, with the same bits. Its plain reference: the generator in Python's integers
(``tests/data/test_philox.py``), and the known answers of Random123.

References:
    J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel random numbers: as easy as 1, 2, 3.
    SC11 (2011).
"""

import math
import zlib

import torch
from torch import Tensor

_MASK = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_INCREMENTS = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10


def philox4x32(counter: Tensor, key: tuple[int, int]) -> Tensor:
    """Encrypt counters with ten rounds of Philox4x32.

    Args:
        counter: int64 in [0, 2^32), shape (..., 4).
        key: two words in [0, 2^32).

    Returns:
        Random words, int64 in [0, 2^32), shape (..., 4).

    Raises:
        ValueError: the counter is not int64 of shape (..., 4).
    """
    if counter.dtype != torch.int64 or counter.ndim == 0 or counter.shape[-1] != 4:
        raise ValueError(
            f"counter: expected int64 of shape (..., 4), got {counter.dtype} {tuple(counter.shape)}"
        )
    c0, c1, c2, c3 = counter.unbind(-1)
    k0, k1 = key
    for _ in range(_ROUNDS):
        # The products wrap around in int64, yet their 64 bits are those of the unsigned products.
        first, second = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0 = (second >> 32).bitwise_and_(_MASK).bitwise_xor_(c1).bitwise_xor_(k0)
        c2 = (first >> 32).bitwise_and_(_MASK).bitwise_xor_(c3).bitwise_xor_(k1)
        c1, c3 = second.bitwise_and_(_MASK), first.bitwise_and_(_MASK)
        k0, k1 = (k0 + _KEY_INCREMENTS[0]) & _MASK, (k1 + _KEY_INCREMENTS[1]) & _MASK
    return torch.stack([c0, c1, c2, c3], dim=-1)


def uniform(
    seed: int,
    stream: str | int,
    index: Tensor,
    count: int,
    device: torch.device | str | None = None,
) -> Tensor:
    """Draw ``count`` numbers for each item, uniform in [0, 1) in steps of 2^-24.

    Args:
        seed: any integer; its lowest 64 bits count.
        stream: name or number in [0, 2^32) that separates uses of one seed.
        index: item numbers, int64 and not negative, shape (B,).
        count: numbers an item.
        device: where to draw, the index's device by default.

    Returns:
        Shape (B, count).
    """
    return (_words(seed, stream, index, count, device) >> 8).float() * 2.0**-24


def normal(
    seed: int,
    stream: str | int,
    index: Tensor,
    count: int,
    device: torch.device | str | None = None,
) -> Tensor:
    """Draw ``count`` standard normal numbers for each item (Box and Muller).

    Args:
        seed: see ``uniform``.
        stream: see ``uniform``.
        index: see ``uniform``.
        count: numbers an item.
        device: where to draw, the index's device by default.

    Returns:
        Shape (B, count). Other devices may differ in the last bit: their logarithms do.
    """
    words = _words(seed, stream, index, count + count % 2, device) >> 8
    first, second = words.float().unflatten(1, (-1, 2)).unbind(2)
    radius = ((first + 1) * 2.0**-24).log_().mul_(-2).sqrt_()  # from (0, 1]
    angle = second * (2 * math.pi * 2.0**-24)
    pairs = torch.stack([angle.cos() * radius, angle.sin() * radius], dim=2)
    return pairs.flatten(1)[:, :count]


def _words(
    seed: int, stream: str | int, index: Tensor, count: int, device: torch.device | str | None
) -> Tensor:
    """Draw random 32-bit words, int64, shape (B, count)."""
    if index.ndim != 1 or index.dtype != torch.int64:
        raise ValueError(f"index: expected int64 of shape (B,), got {index.dtype} {index.shape}")
    index = index.to(device) if device is not None else index
    name = zlib.crc32(stream.encode()) if isinstance(stream, str) else stream
    blocks = -(-count // 4)
    counter = index.new_empty(len(index), blocks, 4)
    counter[..., 0] = torch.arange(blocks, device=index.device)
    counter[..., 1] = name
    counter[..., 2] = (index & _MASK)[:, None]
    counter[..., 3] = (index >> 32)[:, None]
    key = (seed & _MASK, (seed >> 32) & _MASK)
    return philox4x32(counter, key).flatten(1)[:, :count]
