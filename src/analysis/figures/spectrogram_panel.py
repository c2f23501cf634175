"""One panel with the log-mel spectrogram of a sound file."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from numpy.typing import NDArray

from src.data.sound_files import read_sound
from src.metrics.audio import is_silent
from src.rendering.spectrogram import RANGE_DB, shown_level

COLORS = "magma"  # dark to light, so that it reads in grey
TICKS_HZ = (200.0, 1000.0, 4000.0, 16000.0)


def level(path: Path) -> tuple[NDArray[np.float32] | None, float, int]:
    """Compute the spectrogram of a sound file.

    Args:
        path: of the file.

    Returns:
        Decibels in [-80, 0], shape (bands, frames), None for silence; length in seconds; sample
        rate in Hz.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file cannot be read.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: missing; render the run's sounds again")
    sound, rate = read_sound(path)
    decibels = None if is_silent(sound) else shown_level(sound, rate)
    return decibels, sound.shape[1] / rate, rate


def draw_spectrogram(axes: Axes, path: Path) -> QuadMesh | None:
    """Draw a sound file's spectrogram: seconds, kHz on a mel scale, decibels.

    Args:
        axes: empty; labelled by the caller.
        path: of the file.

    Returns:
        What a colour bar is made of; None for a silent sound, which has no spectrogram.
    """
    from librosa import hz_to_mel  # imports numba: seconds that other command lines can spare

    decibels, duration_s, rate = level(path)
    top = float(hz_to_mel(rate / 2))
    mesh = None
    axes.set_facecolor("black")
    if decibels is None:
        axes.text(0.5, 0.5, "silent", color="white", transform=axes.transAxes, ha="center")
    else:
        bands, frames = decibels.shape
        mesh = axes.pcolormesh(
            np.linspace(0, duration_s, frames + 1),
            np.linspace(0, top, bands + 1),  # bands are evenly spaced in mel
            decibels,
            cmap=COLORS,
            vmin=-RANGE_DB,
            vmax=0,
            rasterized=True,
        )
    ticks = [hz for hz in TICKS_HZ if hz < rate / 2]
    axes.set_yticks([float(hz_to_mel(hz)) for hz in ticks], [f"{hz / 1000:g}" for hz in ticks])
    axes.set_ylim(0, top)
    axes.set_xlim(0, duration_s)
    axes.locator_params(axis="x", nbins=3)
    axes.tick_params(length=2, pad=1.5)
    return mesh


def level_bar(figure: Figure, mesh: QuadMesh, panels: NDArray[np.object_]) -> None:
    """Put the colour bar of spectrograms beside their panels."""
    bar = figure.colorbar(mesh, ax=panels, location="right", aspect=30, shrink=0.7, pad=0.01)
    bar.set_label("Level (dB rel. to sound's maximum)")
    bar.outline.set_linewidth(0.5)
