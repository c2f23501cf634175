"""Sounds to match, and files of them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pedalboard.io import AudioFile

RATE = 22_050  # of the small model
Sound = NDArray[np.float32]


def tone(seconds: float, rate: int = RATE, level: float = 0.5) -> Sound:
    times = np.arange(round(seconds * rate)) / rate
    sound = level * np.sin(2 * np.pi * 220 * times) * np.exp(-3 * times)
    return sound[None].astype(np.float32)


def write(path: Path, sound: Sound, rate: int = RATE) -> Path:
    with AudioFile(str(path), "w", rate, len(sound), bit_depth=16) as file:
        file.write(sound)
    return path


def read(path: Path) -> Sound:
    with AudioFile(str(path)) as file:
        sound: Sound = file.read(file.frames)
    return sound
