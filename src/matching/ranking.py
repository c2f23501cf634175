"""Candidates scored by the audio metrics as they are rendered, and ranked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import hdf5plugin  # noqa: F401  (registers the Blosc2 filter)
import numpy as np
from numpy.typing import NDArray

from src.common.hdf5 import open_hdf5, read_rows
from src.metrics.audio import score_pair
from src.metrics.audio_names import HIGHER_IS_BETTER, METRICS
from src.rendering.patches import Rendering, VectorJob


class Targets(Protocol):
    """Sounds to match, by number; sent to processes that render."""

    def sound(self, number: int) -> NDArray[np.float32]:
        """Return a sound, shape (channels, samples)."""


@dataclass(frozen=True)
class GivenSound:
    """One sound, whatever the number.

    Attributes:
        samples: shape (channels, samples).
    """

    samples: NDArray[np.float32]

    def sound(self, number: int) -> NDArray[np.float32]:
        """Return the sound."""
        del number
        return self.samples


@dataclass(frozen=True)
class StoredSounds:
    """Sounds of a data set file.

    Attributes:
        path: of the file.
    """

    path: Path

    def sound(self, number: int) -> NDArray[np.float32]:
        """Read a sound."""
        with open_hdf5(self.path) as file:
            return read_rows(file["audio"], number).astype(np.float32)


class CandidateJob(VectorJob):
    """Render vectors and score each against the sound it is a candidate for.

    Args:
        rendering: how patches become sounds.
        vectors: encoded patches, shape (n * ways, P), those of a sound one after the other.
        targets: the sounds.
        ways: candidates a sound.
    """

    def __init__(
        self, rendering: Rendering, vectors: NDArray[np.float32], targets: Targets, ways: int
    ) -> None:
        super().__init__(rendering, vectors)
        self.targets, self.ways = targets, ways

    def run(self, task: int, attempt: int) -> dict[str, float] | None:  # type: ignore[override]
        """Score a candidate; None where the synthesizer makes no sound of it."""
        predicted = super().run(task, attempt)
        if predicted is None:
            return None
        target = self.targets.sound(task // self.ways)
        return score_pair(target, predicted, self.rendering.sample_rate)


def ranked(scores: list[dict[str, float] | None], metric: str) -> list[int]:
    """Order candidates from best to worst.

    Args:
        scores: of each candidate, None for one without sound.
        metric: one of ``METRICS``.

    Returns:
        Their numbers; those without sound, or with a metric that is NaN, come last.

    Raises:
        ValueError: unknown metric.

    Example:
        >>> ranked([{"mss": 3.0}, None, {"mss": 1.0}], "mss")
        [2, 0, 1]
    """
    if metric not in METRICS:
        raise ValueError(f"metric: unknown {metric!r}; known: {', '.join(METRICS)}")

    def key(number: int) -> float:
        found = scores[number]
        value = float("nan") if found is None else found[metric]
        value = -value if metric in HIGHER_IS_BETTER else value
        return float("inf") if np.isnan(value) else value

    return sorted(range(len(scores)), key=key)
