"""What is done for each item of a data set: draw a patch, render it, analyse the sound."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from src.rendering.loudness import BLOCK_S, integrated_loudness
from src.rendering.pool import Job, Retry
from src.rendering.spectrogram import MelSettings, mel_spectrogram
from src.synths.definition import SynthDefinition, load_definition
from src.synths.synth import Synth

SPLITS = ("train", "val", "test")
_OF_THE_POOL = ("timeout_s", "max_attempts")  # settings of the worker processes


@dataclass(frozen=True)
class Rendering:
    """How patches become sounds.

    Attributes:
        synth: folder of ``configs/synth/``.
        table: table of that synthesizer.
        sample_rate: samples per second.
        duration_s: length of a sound, seconds.
        channels: 2, or 1 for the mean of both.
        plugin: path of the plug-in, None where the synthesizer needs none or finds it itself.
        bands: mel bands.
        window_s: window of the spectrogram, seconds.
        frames_per_second: frames of the spectrogram per second.
        min_loudness: integrated loudness in LUFS under which a patch is drawn again.
        verify_every: every n-th item's parameters are read back from the synthesizer's state.
    """

    synth: str
    table: str
    sample_rate: int = 44_100
    duration_s: float = 4.0
    channels: int = 2
    plugin: str | None = None
    bands: int = 128
    window_s: float = 0.025
    frames_per_second: int = 100
    min_loudness: float = -55.0
    verify_every: int = 100

    @classmethod
    def of(cls, dataset: DictConfig) -> Self:
        """Read how patches become sounds off a data set's configuration.

        Args:
            dataset: as composed from ``configs/dataset/``.
        """
        settings = OmegaConf.to_container(dataset.rendering, resolve=True)
        assert isinstance(settings, dict)
        named: dict[str, Any] = {str(k): v for k, v in settings.items() if k not in _OF_THE_POOL}
        return cls(synth=dataset.synth, table=dataset.table, plugin=dataset.plugin, **named)

    def __post_init__(self) -> None:
        """Refuse what cannot be rendered."""
        if self.channels not in (1, 2):
            raise ValueError(f"channels has to be 1 or 2, got {self.channels}")
        if min(self.sample_rate, self.duration_s, self.verify_every) <= 0:
            raise ValueError("sample_rate, duration_s and verify_every have to be positive")
        if self.duration_s < BLOCK_S:
            raise ValueError(
                f"duration_s has to be {BLOCK_S:g} or more, got {self.duration_s:g}: loudness "
                "is measured in blocks of that length"
            )

    @property
    def samples(self) -> int:
        """Samples of a sound."""
        return round(self.duration_s * self.sample_rate)

    @property
    def mel(self) -> MelSettings:
        """Resolution of the spectrogram."""
        return MelSettings(self.sample_rate, self.bands, self.window_s, self.frames_per_second)

    @property
    def mel_shape(self) -> tuple[int, int, int]:
        """Shape (channels, bands, frames) of the spectrogram."""
        return self.mel.shape(self.channels, self.samples)

    def definition(self) -> SynthDefinition:
        """Read the synthesizer's folder."""
        return load_definition(self.synth, self.table, self.duration_s)

    def start(self) -> Synth:
        """Start the synthesizer."""
        return self.definition().make(self.sample_rate, path=self.plugin)


@dataclass(frozen=True)
class RenderedPatch:
    """An item of a data set.

    Attributes:
        params: encoded parameters in [0, 1], shape (P,).
        mel: spectrogram in dB, shape (channels, bands, frames).
        audio: sound, shape (channels, samples).
        attempts: how many patches were drawn for it.
        version: of the synthesizer.
    """

    params: NDArray[np.float32]
    mel: NDArray[np.float32]
    audio: NDArray[np.float32]
    attempts: int
    version: str


class Renderer:
    """A synthesizer that is running, and the vectors it takes.

    Args:
        rendering: how patches become sounds.
    """

    def __init__(self, rendering: Rendering) -> None:
        self.rendering = rendering
        self.table = rendering.definition().table
        self.synth = rendering.start()

    def sound(self, vector: NDArray[np.float32], verify: bool = False) -> NDArray[np.float32]:
        """Render an encoded patch.

        Args:
            vector: shape (P,), in [0, 1].
            verify: read every parameter back.

        Returns:
            Shape (channels, samples).

        Raises:
            ParameterNotTaken: the synthesizer's state differs from the patch.
        """
        patch = self.table.decode(vector)
        self.synth.set(patch.values)
        if verify:
            self.synth.verify(patch.values)
        sound = self.synth.render(patch.note, self.rendering.duration_s)
        return sound if self.rendering.channels == 2 else sound.mean(axis=0, keepdims=True)


class DatasetJob(Job):
    """Draw and render the items of a split.

    Args:
        rendering: how patches become sounds.
        dataset: name of the data set.
        split: ``train``, ``val`` or ``test``.
        seed: of the data set.
    """

    def __init__(self, rendering: Rendering, dataset: str, split: str, seed: int = 0) -> None:
        if split not in SPLITS:
            raise ValueError(f"unknown split {split!r}; known: {', '.join(SPLITS)}")
        self.rendering = rendering
        self.entropy = [seed, _number(dataset), SPLITS.index(split)]
        self._renderer: Renderer | None = None

    def start(self) -> None:
        """Start the synthesizer."""
        self._renderer = Renderer(self.rendering)

    def run(self, task: int, attempt: int) -> RenderedPatch | Retry:
        """Render an item; a silent patch asks for another attempt, which draws another patch."""
        assert self._renderer is not None
        rng = np.random.default_rng(np.random.SeedSequence([*self.entropy, task, attempt]))
        params = self._renderer.table.draw(rng)
        sound = self._renderer.sound(params, verify=task % self.rendering.verify_every == 0)
        if not np.isfinite(sound).all():
            return Retry("samples that are not finite")
        loudness = integrated_loudness(sound, self.rendering.sample_rate)
        if loudness < self.rendering.min_loudness:
            return Retry(f"silent: {loudness:.1f} LUFS")
        mel = mel_spectrogram(sound, self.rendering.mel)
        return RenderedPatch(params, mel, sound, attempt + 1, self._renderer.synth.version)


class VectorJob(Job):
    """Render given vectors.

    Args:
        rendering: how patches become sounds.
        vectors: encoded patches, shape (n, P).
    """

    def __init__(self, rendering: Rendering, vectors: NDArray[np.float32]) -> None:
        self.rendering = rendering
        self.vectors = vectors
        self._renderer: Renderer | None = None

    def start(self) -> None:
        """Start the synthesizer."""
        self._renderer = Renderer(self.rendering)

    def run(self, task: int, attempt: int) -> NDArray[np.float32] | None:
        """Render a vector; None where the synthesizer died at it, or makes no finite sound."""
        if attempt:
            return None
        assert self._renderer is not None
        sound = self._renderer.sound(
            self.vectors[task], verify=task % self.rendering.verify_every == 0
        )
        return sound if np.isfinite(sound).all() else None


def blocks_of(items: range, rendering: Rendering) -> list[range]:
    """Cut items into blocks that are rendered one after the other by one process.

    A block starts at a multiple of ``fresh_every``, whatever the items, so that shards of any
    multiple of it hold the same bytes.

    Raises:
        ValueError: the items do not start at the start of a block.
    """
    size = rendering.definition().fresh_every or 1
    if items.start % size:
        raise ValueError(
            f"items start at {items.start}, expected a multiple of fresh_every = {size}; choose a "
            "shard size that is a multiple of it"
        )
    return [range(start, min(start + size, items.stop)) for start in items[::size]]


def attributes_of(rendering: Rendering, version: str) -> dict[str, Mapping[str, Any]]:
    """List what a data set's files say of how they were made: of the sounds, and of the files."""
    definition = rendering.definition()
    return {
        "audio": {
            "velocity": definition.table.note.velocity,
            "signal_duration_seconds": rendering.duration_s,
            "sample_rate": rendering.sample_rate,
            "channels": rendering.channels,
            "min_loudness": rendering.min_loudness,
        },
        "root": {
            "synth": rendering.synth,
            "synth_version": version,
            "table": rendering.table,
            "table_digest": definition.table.digest,
            "mel_bands": rendering.bands,
            "mel_window_s": rendering.window_s,
            "mel_frames_per_second": rendering.frames_per_second,
        },
    }


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
