"""Sound files as programs leave them: headers without sizes, halves, odd rates and levels."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
UNKNOWN = 0xFFFFFFFF  # what a program writes that cannot seek back
Sound = NDArray[np.floating]


def tone(seconds: float = 0.5, rate: int = RATE, hertz: float = 220.0) -> NDArray[np.float32]:
    """A decaying sine that starts at once, shape (samples,)."""
    times = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * times) * np.exp(-2 * times)).astype(np.float32)


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    stated = struct.pack("<I", len(content) if size is None else size)
    return name + stated + content + bytes(len(content) % 2)


def pcm(sound: Sound) -> bytes:
    return (np.clip(sound.T, -1, 1) * 32767).astype("<i2").tobytes()


def wav(
    content: bytes,
    *,
    rate: int = RATE,
    channels: int = 1,
    tag: int = 1,
    bits: int = 16,
    data_size: int | None = None,
    riff_size: int | None = None,
    magic: bytes = b"RIFF",
    ds64: int | None = None,
    behind: bytes = b"",
) -> bytes:
    """Put samples into a WAV file whose sizes may be any."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame % 2**32, frame, bits)
    wide = b"" if ds64 is None else chunk(b"ds64", struct.pack("<QQQI", ds64 + 72, ds64, 0, 0))
    body = b"WAVE" + wide + chunk(b"fmt ", form) + chunk(b"data", content, data_size) + behind
    return chunk(magic, body, riff_size)


def floats(sound: Sound, kind: str = "<f4") -> bytes:
    """A WAV file of floating-point samples."""
    return wav(sound.astype(kind).tobytes(), tag=3, bits=int(kind[-1]) * 8)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
