"""Flip single bits of a file and look at what a reader makes of each: the value, or a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def complaints_of_flips(
    path: Path, read: Callable[[], Any], count: int = 200, named: Path | None = None, seed: int = 0
) -> list[str]:
    """Read a file with one bit flipped, many times, and tell what went wrong.

    Args:
        path: of the file; it is as before at the end.
        read: reads it, by whatever way, and returns what it says.
        count: of flips, each at another place, drawn by chance.
        named: file that errors have to name, None for `path`.
        seed: of the places.

    Returns:
        A line for each flip that led to another value, or to anything but one sentence that
        names the file.
    """
    content = path.read_bytes()
    expected = read()
    rng = np.random.default_rng(seed)
    bits = rng.choice(8 * len(content), size=min(count, 8 * len(content)), replace=False)
    complaints = []
    try:
        for bit in map(int, bits):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            if complaint := _complaint(read, expected, named or path):
                complaints.append(f"bit {bit} of {8 * len(content)}: {complaint}")
    finally:
        path.write_bytes(content)
    return complaints


def _complaint(read: Callable[[], Any], expected: Any, path: Path) -> str:
    try:
        found = read()
    except (ValueError, FileNotFoundError) as error:
        if type(error) not in (ValueError, FileNotFoundError):
            return f"not explained: {error!r}"
        if str(path) not in str(error) or "\n" in str(error):
            return f"not one sentence that names the file: {error}"
    except Exception as error:
        return f"not explained: {error!r}"
    else:
        if not is_same(found, expected):
            return "silently another value"
    return ""


def is_same(one: Any, other: Any) -> bool:
    """Compare what readers return: tables, arrays, and what holds them."""
    if type(one) is not type(other):
        return False
    if isinstance(one, pd.DataFrame):
        return one.equals(other) and list(one) == list(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(
            one, other, equal_nan=one.dtype.kind == "f"
        )
    return bool(one == other)
