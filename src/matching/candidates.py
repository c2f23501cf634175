"""Candidates: patches that a model proposes for one sound."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from src.common.checksums import check_if_published
from src.common.parquet import read_parquet
from src.data import philox
from src.data.batch import Batch
from src.flow.guidance import guided_velocity
from src.flow.solver import integrate
from src.matching.model import Model
from src.matching.ranking import ranked
from src.metrics.audio_names import METRICS
from src.models.conditional_flow import ConditionalFlow
from src.models.method import Method, Sampling
from src.rendering.spectrogram import mel_spectrogram
from src.runs.prediction import encoded


def signal_of(model: Model, sound: NDArray[np.float32]) -> Tensor:
    """Turn a sound into what the network hears, shape (1, channels, bands, frames)."""
    mel = mel_spectrogram(sound, model.rendering.mel)
    # Data sets hold half floats; the network has seen nothing finer.
    return model.scaling.apply(torch.from_numpy(mel.astype(np.float16))[None]).to(model.device)


def draw_candidates(
    model: Model, sound: NDArray[np.float32], count: int, seed: int
) -> NDArray[np.float32]:
    """Draw patches for a sound in one batch.

    Args:
        model: what predicts.
        sound: shape (channels, samples).
        count: candidates; a method without chance gives one, however many are asked for.
        seed: of the noise; candidate i depends on it and i, not on the count.

    Returns:
        Encoded patches in [0, 1], each once, shape (n, P).

    Raises:
        ValueError: fewer than one candidate is asked for.
    """
    if count < 1:
        raise ValueError(f"candidates: expected 1 or more, got {count}")
    drawn = draw(
        *(model.network, signal_of(model, sound), torch.arange(count)),
        *(model.table.width, seed, model.sampling),
    )
    vectors = encoded(drawn, model.path)
    _, first = np.unique(vectors, axis=0, return_index=True)
    return vectors[np.sort(first)]


@torch.inference_mode()
def draw(
    network: Method, signal: Tensor, index: Tensor, width: int, seed: int, sampling: Sampling
) -> Tensor:
    """Draw a patch for each of several numbers, all for one sound, which is encoded once.

    Args:
        network: of any method.
        signal: shape (1, …), on the network's device.
        index: numbers of the noise, shape (n,); as those of items in ``Method.predict``.
        width: P.
        seed: of the noise.
        sampling: how flows are sampled.

    Returns:
        Parameters, not clipped, shape (n, P), on the CPU.
    """
    count = len(index)
    index = index.to(signal.device)
    if isinstance(network, ConditionalFlow):
        x_0 = philox.normal(seed, "sample", index, width).to(signal)
        conditioning = network.encoder(signal)
        conditioning = conditioning.expand(count, *conditioning.shape[1:])
        velocity = guided_velocity(network.vector_field, conditioning, sampling.guidance)
        return integrate(velocity, x_0, sampling.steps, sampling.solver).float().cpu()
    batch = Batch(
        params=signal.new_zeros(count, width),
        signal=signal.expand(count, *signal.shape[1:]),
        noise=None,
        index=index,
    )
    return network.predict(batch, seed, sampling).float().cpu()


def try_drawing(model: Model, count: int) -> tuple[float, int]:
    """Draw once and twice with few steps of the solver, to tell what drawing takes.

    Args:
        model: what predicts.
        count: candidates that are asked for.

    Returns:
        Seconds for a sound, and how many different candidates there will be.
    """
    silence = np.zeros((model.rendering.channels, model.rendering.samples), dtype=np.float32)
    seconds = []
    for steps in (1, 1, 2):  # the first time takes longer
        started = time.perf_counter()
        sampling = Sampling(steps, model.sampling.solver, model.sampling.guidance)
        signal = signal_of(model, silence)
        drawn = draw(model.network, signal, torch.arange(count), model.table.width, 0, sampling)
        seconds.append(time.perf_counter() - started)
    _, once, twice = seconds
    step = max(0.0, twice - once)
    return once + (model.sampling.steps - 1) * step, len(drawn.unique(dim=0))


@dataclass(frozen=True)
class Yardstick:
    """What a model reaches with test sounds of its data set.

    Attributes:
        sounds: their number.
        draws: candidates a sound, the best of which was taken.
        mean: of its MSS, dB.
        worst: MSS of the sound that was matched worst, dB.
    """

    sounds: int
    draws: int
    mean: float
    worst: float

    @classmethod
    def beside(cls, checkpoint: Path, draws: int, metric: str) -> Yardstick | None:
        """Take it from best_of_n.parquet beside a checkpoint, which ``src.matching.study`` writes.

        Args:
            checkpoint: model.ckpt.
            draws: candidates a sound; more than were studied count as all of those.
            metric: that chooses the best.

        Returns:
            The yardstick, None where nothing was studied.
        """
        path = checkpoint.with_name("best_of_n.parquet")
        if not path.is_file():
            return None
        check_if_published(path)
        table = read_parquet(path, ["item", "candidate", "refined", *METRICS])
        table = table[~table["refined"] & (table["candidate"] < draws)]
        best = []
        for _, rows in table.groupby("item"):
            scores: list[dict[str, float] | None] = [
                dict(zip(METRICS, row, strict=True)) for row in rows[list(METRICS)].to_numpy()
            ]
            best.append(float(rows["mss"].iloc[ranked(scores, metric)[0]]))
        count = int(table["candidate"].max()) + 1
        return cls(len(best), count, float(np.mean(best)), max(best))

    def remark(self, mss: float) -> str | None:
        """Say that a match is worse than that of any test sound, where it is."""
        if mss <= self.worst:
            return None
        return (
            f"its MSS of {mss:.1f} dB is above that of all {self.sounds} test sounds of the model "
            f"(best of {self.draws}: {self.mean:.1f} dB on average, {self.worst:.1f} dB at most): "
            "the synthesizer, as the model plays it, may not be able to make this sound"
        )
