"""Time the audio metrics of pairs of sounds, ours beside librosa and dtw-python.

    python -m benchmarks.scoring [--pairs 100] [--timed-pairs 3]

The reference is the plain way to write the published definitions: librosa's functions, and
dtw-python with a Python function as local distance. It is timed in turns with ours. Equality is
checked on all pairs, with the reference's local distances computed by NumPy, which gives the same
numbers sooner. Sounds are synthetic: 4 s, stereo, 44.1 kHz. One thread.
"""

import argparse

import librosa
import numpy as np
from dtw import dtw
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.timing import interleaved
from src.metrics.audio import score_pair
from src.metrics.audio_names import METRICS

RATE = 44_100
SAMPLES = 4 * RATE
GOAL = 50.0  # times as fast as the reference
SAME = 1e-4  # relative
FEW = 1e-6  # a difference below it is no difference, whatever it is divided by

Sound = NDArray[np.float32]


def draw(rng: np.random.Generator) -> Sound:
    """A note of a simple synthesizer: harmonics, noise, decay, stereo, shape (2, SAMPLES)."""
    time = np.arange(SAMPLES) / RATE
    pitch = 440 * 2 ** rng.uniform(-3, 2)
    sound = np.zeros((2, SAMPLES))
    for harmonic in range(1, min(40, int(RATE / 2 / pitch)) + 1):
        level = rng.uniform(0, 1, (2, 1)) / harmonic ** rng.uniform(0.5, 2)
        sound += level * np.sin(2 * np.pi * harmonic * pitch * time + rng.uniform(0, 2 * np.pi))
    sound += 10 ** rng.uniform(-4, -0.5) * rng.standard_normal((2, SAMPLES))
    envelope = np.minimum(time / rng.uniform(0.001, 0.5), 1) * np.exp(-time / rng.uniform(0.2, 5))
    sound *= envelope * (time < rng.uniform(0.5, 4))
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def reference(target: Sound, predicted: Sound, python_distance: bool = True) -> dict[str, float]:
    """All metrics of one pair with librosa and dtw-python."""
    pair = target, predicted
    spectra = [
        [librosa.power_to_db(_mel(sound, *sizes), ref=np.max) for sound in pair]
        for sizes in ((441, 220, 32), (1102, 441, 64), (4410, 2205, 128))
    ]
    first, second = (_cepstrum(sound) for sound in pair)
    if python_distance:
        path = dtw(
            first, second, dist_method=lambda x, y: np.mean(np.abs(x - y)), distance_only=True
        )
    else:
        rows = [np.abs(row - second).mean(axis=1) for row in first.astype(np.float64)]
        path = dtw(np.stack(rows), distance_only=True)
    spectrum, other = (_distribution(sound) for sound in pair)
    moved = np.abs(np.cumsum(spectrum - other, axis=1)).sum(axis=1) / spectrum.shape[1]
    envelope, other_envelope = (
        librosa.feature.rms(y=sound.mean(axis=0), frame_length=2205, hop_length=1102)[0]
        for sound in pair
    )
    norms = np.linalg.norm(envelope) * np.linalg.norm(other_envelope)
    return {
        "mss": float(np.mean([np.abs(x - y).mean() for x, y in spectra])),
        "wmfcc": float(path.normalizedDistance),
        "sot": float(moved.mean()),
        "rms": float(envelope @ other_envelope / norms),
    }


def _mel(sound: Sound, size: int, hop: int, bands: int) -> Sound:
    return librosa.feature.melspectrogram(
        y=sound, sr=RATE, n_fft=size, hop_length=hop, n_mels=bands
    )


def _cepstrum(sound: Sound) -> Sound:
    """Coefficients of all channels, one under the other, shape (frames, 40)."""
    values = librosa.feature.mfcc(
        y=sound, sr=RATE, n_mfcc=20, n_fft=2205, hop_length=441, n_mels=128
    )
    return values.reshape(-1, values.shape[-1]).T


def _distribution(sound: Sound) -> Sound:
    """Magnitudes of the mono mix, each frame with sum 1 (0 where silent), (frames, bins)."""
    magnitude = np.abs(librosa.stft(sound.mean(axis=0), n_fft=2205, hop_length=882)).T
    return magnitude / np.maximum(magnitude.sum(axis=1, keepdims=True), 1e-6)


def largest_differences(pairs: int) -> dict[str, float]:
    """Largest relative difference to the reference, by metric."""
    rng = np.random.default_rng(0)
    largest = dict.fromkeys(METRICS, 0.0)
    for _ in range(pairs):
        target, predicted = draw(rng), draw(rng)
        ours, theirs = (
            score_pair(target, predicted, RATE),
            reference(target, predicted, python_distance=False),
        )
        for metric in METRICS:
            difference = abs(ours[metric] - theirs[metric]) / max(abs(theirs[metric]), FEW)
            largest[metric] = max(largest[metric], difference)
    return largest


def main(argv: list[str] | None = None) -> None:
    """Print differences and speeds.

    Raises:
        ValueError: ours and the reference disagree.
    """
    parser = argparse.ArgumentParser(description="Time the audio metrics against librosa and dtw.")
    parser.add_argument("--pairs", type=int, default=100, help="pairs of the equality check")
    parser.add_argument("--timed-pairs", type=int, default=3, help="turns of the reference")
    options = parser.parse_args(argv)
    threadpool_limits(1)
    largest = largest_differences(options.pairs)
    print(f"largest relative difference over {options.pairs} pairs:")
    for metric, difference in largest.items():
        print(f"  {metric:6} {difference:.1e}")
    if max(largest.values()) > SAME:
        raise ValueError(f"ours and the reference differ by more than {SAME}: {largest}")
    rng = np.random.default_rng(1)
    target, predicted = draw(rng), draw(rng)
    seconds = interleaved(
        {
            "ours": lambda: score_pair(target, predicted, RATE),
            "reference": lambda: reference(target, predicted),
        },
        options.timed_pairs,
    )
    for name, second in seconds.items():
        print(f"{name:10} {1 / second:8.2f} pairs/s   {1000 * second:8.1f} ms a pair")
    ratio = seconds["reference"] / seconds["ours"]
    verdict = "met" if ratio >= GOAL else "MISSED"
    print(f"{ratio:.1f} times as fast (goal: {GOAL:.0f}, {verdict})")


if __name__ == "__main__":
    main()
