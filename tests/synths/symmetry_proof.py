"""Proof by rendering that a declared symmetry is a true one."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from numpy.typing import NDArray

from src.symmetry import Symmetry

Sound = NDArray[np.float32]
Vector = NDArray[np.float32]


def assert_sounds_alike(
    play: Callable[[Vector], Sound], vectors: Iterable[Vector], symmetry: Symmetry, within: float
) -> None:
    """Render each vector, its exchanges of neighbouring units and one equivalent by chance."""
    generator = torch.Generator().manual_seed(0)
    assert symmetry.generators
    for vector in vectors:
        sound = play(vector)
        assert np.abs(sound).max() > 1e-4
        mixed = symmetry.random_equivalent(torch.from_numpy(vector)[None], generator)[0].numpy()
        for other in (*(vector[list(order)] for order in symmetry.generators), mixed):
            assert np.abs(play(other) - sound).max() < within
