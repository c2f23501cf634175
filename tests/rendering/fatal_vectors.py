"""A job on patches that goes wrong; apart from the pool's, whose processes shall start quickly."""

import os

import numpy as np
from numpy.typing import NDArray

from src.rendering.patches import VectorJob


class FatalVectors(VectorJob):
    """A synthesizer that takes its process with it at item 1 and sounds elsewhere."""

    def start(self) -> None:
        pass

    def run(self, task: int, attempt: int) -> NDArray[np.float32] | None:
        if attempt:
            return super().run(task, attempt)
        if task == 1:
            os._exit(3)
        return np.full((self.rendering.channels, self.rendering.samples), 0.5, dtype=np.float32)
