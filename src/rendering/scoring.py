"""Rendering and scoring in one process, where only the scores are wanted."""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from src.common.hdf5 import checked_file, read_rows
from src.metrics.audio import score_pair
from src.rendering.patches import Rendering, VectorJob


class ScoredVectors(VectorJob):
    """Render vectors and score each against the stored sound of its item.

    Args:
        rendering: how patches become sounds.
        vectors: encoded patches, shape (n * ways, P), those of an item one after the other.
        path: data set file with the sounds.
        ways: vectors an item.
    """

    def __init__(
        self, rendering: Rendering, vectors: NDArray[np.float32], path: Path, ways: int
    ) -> None:
        super().__init__(rendering, vectors)
        self.path, self.ways = path, ways
        self._audio: h5py.Dataset | None = None

    def start(self) -> None:
        """Start the synthesizer and open the file."""
        super().start()
        if self._audio is None:
            self._audio = checked_file(self.path)["audio"]

    def run(self, task: int, attempt: int) -> dict[str, float]:  # type: ignore[override]
        """Render and score a vector; one that gives no sound is scored as silence."""
        assert self._audio is not None
        target = read_rows(self._audio, task // self.ways).astype(np.float32)
        sound = super().run(task, attempt)
        predicted = np.zeros_like(target) if sound is None else sound
        return score_pair(target, predicted, self.rendering.sample_rate)
