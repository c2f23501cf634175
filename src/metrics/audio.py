"""Distances between two sounds as they are heard, one value a pair.

Conventions:
    - Arguments come as (target, predicted, sample_rate); all four values are symmetric in the two
      sounds. Sounds are floating-point arrays, shape (channels, samples), full scale 1; they are
      computed with in single precision.
    - Mono against more channels is repeated for each of them. The shorter sound is continued with
      silence, with a warning.
    - A sound that holds NaN or infinite samples has no distance to anything: the value is NaN.
    - Frames are centred on multiples of the hop, with zeros beyond both ends. Window and hop in
      samples are the stated times, rounded down; windows are periodic Hann windows.

Metrics:
    - `mss`: spectrum on three time scales, dB, lower is better.
    - `wmfcc`: timbre, whatever the timing, lower is better.
    - `sot`: where in frequency the energy lies, 0 to 1, lower is better.
    - `rms_cosine`: course of the loudness, 0 to 1, higher is better.

References:
    B. Hayes, C. Saitis, G. Fazekas: Audio synthesizer inversion in symmetric parameter spaces with
    approximately equivariant flow matching. ISMIR 2025.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from src.metrics import audio_kernels as kernels
from src.metrics.audio_names import METRICS
from src.metrics.audio_spectra import Floats, Resolution, decibels, frame_sizes, spectrogram

SILENT_PEAK = 1e-6  # -120 dBFS, below the step of a 16-bit file


MSS_RESOLUTIONS = (Resolution(10, 5, 32), Resolution(25, 10, 64), Resolution(100, 50, 128))
MFCC_RESOLUTION = Resolution(50, 10, 128)
SOT_RESOLUTION = Resolution(50, 20)
RMS_RESOLUTION = Resolution(50, 25)
COEFFICIENTS = 20
LEAST_MASS = 1e-6


def score_pair(target: ArrayLike, predicted: ArrayLike, sample_rate: float) -> dict[str, float]:
    """All metrics of one pair; spectra are shared.

    Args:
        target: the sound that was to be matched, shape (channels, samples).
        predicted: the sound that was found, shape (channels, samples).
        sample_rate: of both, Hz.

    Returns:
        `mss` (dB), `wmfcc`, `sot` and `rms`; all NaN where a sample is NaN or infinite.

    Raises:
        ValueError: the sounds are not two float arrays of compatible shapes, or the sample rate
            is too low for a hop of 5 ms.
    """
    pair = _prepared(target, predicted)
    if pair is None:
        return dict.fromkeys(METRICS, float("nan"))
    # At most sample rates, every second frame of the MFCC's spectra is one of the transport's.
    hop, mix_hop = (frame_sizes(r, sample_rate)[1] for r in (MFCC_RESOLUTION, SOT_RESOLUTION))
    every = mix_hop // hop if mix_hop % hop == 0 else 0
    mels, mixes = zip(
        *(spectrogram(sound, MFCC_RESOLUTION, sample_rate, every) for sound in pair), strict=True
    )
    return {
        "mss": _mss(pair, sample_rate),
        "wmfcc": _warped(mels),
        "sot": _transport(mixes) if every else _sot(pair, sample_rate),
        "rms": _rms_cosine(pair, sample_rate),
    }


def mss(target: ArrayLike, predicted: ArrayLike, sample_rate: float) -> float:
    r"""Multi-scale spectral distance (MSS) in dB.

    .. math:: \frac{1}{3} \sum_{r=1}^{3} \mathrm{mean}_{c,t,b} |S^r_{ctb} - \hat S^r_{ctb}|

    where S is the power in Slaney's mel bands in dB relative to the largest of all channels of
    that sound, not below -80 dB, with windows of 10, 25 and 100 ms, hops of 5, 10 and 50 ms and
    32, 64 and 128 bands. 0 dB means equal spectrograms up to level: each sound has its own
    reference, so that gain is not heard. Lower is better. Digital silence has no spectrum: it
    counts as 0 dB in every band.

    Args:
        target: the sound that was to be matched, shape (channels, samples).
        predicted: the sound that was found, shape (channels, samples).
        sample_rate: of both, Hz.

    Returns:
        Distance in dB, 0 to 80.

    Raises:
        ValueError: see `score_pair`.

    Example:
        >>> noise = np.random.default_rng(0).standard_normal((2, 44100))
        >>> round(mss(noise, 0.1 * noise, 44100), 3)
        0.0
    """
    pair = _prepared(target, predicted)
    return float("nan") if pair is None else _mss(pair, sample_rate)


def wmfcc(target: ArrayLike, predicted: ArrayLike, sample_rate: float) -> float:
    r"""Warped distance of mel frequency cepstral coefficients (wMFCC).

    .. math:: \frac{1}{N + M} \min_\pi \sum_{(i, j) \in \pi} w_{ij}
              \, \mathrm{mean}_v |x_{iv} - y_{jv}|

    over warping paths of dynamic time warping (steps "symmetric2": weight 2 for a diagonal step,
    1 otherwise), where x and y hold 20 coefficients of each channel, one under the other, every
    10 ms (50 ms windows, 128 mel bands, dB relative to power 1, 80 dB range). 0 means the same
    succession of timbres; lower is better.

    Args:
        target: the sound that was to be matched, shape (channels, samples).
        predicted: the sound that was found, shape (channels, samples).
        sample_rate: of both, Hz.

    Returns:
        Distance in units of the coefficients (dB times a constant), 0 or more.

    Raises:
        ValueError: see `score_pair`.

    Example:
        >>> noise = np.random.default_rng(0).standard_normal((1, 44100))
        >>> wmfcc(noise, noise, 44100)
        0.0
    """
    pair = _prepared(target, predicted)
    if pair is None:
        return float("nan")
    return _warped([spectrogram(sound, MFCC_RESOLUTION, sample_rate)[0] for sound in pair])


def sot(target: ArrayLike, predicted: ArrayLike, sample_rate: float) -> float:
    r"""Spectral optimal transport (SOT).

    .. math:: \mathrm{mean}_t \frac{1}{F} \sum_{f=1}^{F} |C_{tf} - \hat C_{tf}|

    where C are cumulative sums over the F bins of the magnitude spectrum of the mono mix (50 ms
    windows, 20 ms hop), each frame divided by its sum: the 1-D Wasserstein distance of spectra. It
    is the mean distance in frequency, as a part of half the sample rate, over which energy has to
    be moved. 0 means equal spectra up to level; lower is better. As published, a frame whose sum
    is below 1e-6 has less mass than 1, none if it is silent: against a sounding frame this costs
    as much as moving all to the highest bin.

    Args:
        target: the sound that was to be matched, shape (channels, samples).
        predicted: the sound that was found, shape (channels, samples).
        sample_rate: of both, Hz.

    Returns:
        Distance, 0 to 1.

    Raises:
        ValueError: see `score_pair`.

    Example:
        Sines at 2 and 6 kHz are 4 kHz apart, of 22.05 kHz:

        >>> phase = 2 * np.pi * np.arange(44100)[None] / 44100
        >>> round(sot(np.sin(2000 * phase), np.sin(6000 * phase), 44100), 2)
        0.18
    """
    pair = _prepared(target, predicted)
    return float("nan") if pair is None else _sot(pair, sample_rate)


def rms_cosine(target: ArrayLike, predicted: ArrayLike, sample_rate: float) -> float:
    r"""Cosine similarity of loudness over time (RMS).

    .. math:: \frac{\sum_t r_t \hat r_t}{\lVert r \rVert \, \lVert \hat r \rVert}

    where r is the root mean square of the mono mix in frames of 50 ms with a hop of 25 ms. 1 means
    proportional envelopes; higher is better. A mono mix that never exceeds -120 dBFS is silent:
    the value is 0 against a sound and 1 against silence.

    Args:
        target: the sound that was to be matched, shape (channels, samples).
        predicted: the sound that was found, shape (channels, samples).
        sample_rate: of both, Hz.

    Returns:
        Similarity, 0 to 1.

    Raises:
        ValueError: see `score_pair`.

    Example:
        >>> noise = np.random.default_rng(0).standard_normal((1, 44100))
        >>> round(rms_cosine(noise, 0.5 * noise, 44100), 6)
        1.0
    """
    pair = _prepared(target, predicted)
    return float("nan") if pair is None else _rms_cosine(pair, sample_rate)


def is_silent(sound: ArrayLike) -> bool:
    """Whether no sample exceeds -120 dBFS (False if any is NaN).

    Args:
        sound: any shape.
    """
    return bool(np.abs(sound).max(initial=0) <= SILENT_PEAK)


def _prepared(target: ArrayLike, predicted: ArrayLike) -> tuple[Floats, Floats] | None:
    """Two finite float32 arrays of one shape; None if a sample is not finite."""
    sounds = [np.asarray(target), np.asarray(predicted)]
    shapes = [sound.shape for sound in sounds]
    for name, sound in zip(("target", "predicted"), sounds, strict=True):
        if sound.ndim != 2 or 0 in sound.shape or sound.dtype.kind != "f":
            raise ValueError(
                f"{name} sound: expected floats of shape (channels, samples), neither of them 0, "
                f"got {sound.dtype} {sound.shape}"
            )
    channels = max(len(sound) for sound in sounds)
    if any(len(sound) not in (1, channels) for sound in sounds):
        raise ValueError(
            f"target sound has shape {shapes[0]}, predicted {shapes[1]}: channels have to be equal "
            "in number, or one of the two mono"
        )
    samples = max(sound.shape[1] for sound in sounds)
    if any(sound.shape[1] != samples for sound in sounds):
        warnings.warn(
            f"target sound has shape {shapes[0]}, predicted {shapes[1]}: the shorter one is "
            "continued with silence",
            stacklevel=3,
        )
    if not all(np.isfinite(sound).all() for sound in sounds):
        return None
    first, second = (_fitted(sound, channels, samples) for sound in sounds)
    return first, second


def _fitted(sound: NDArray[np.floating], channels: int, samples: int) -> Floats:
    """The sound in float32, mono repeated, continued with silence."""
    if sound.shape != (channels, samples):
        sound = np.pad(sound, ((0, 0), (0, samples - sound.shape[1])))
        sound = np.broadcast_to(sound, (channels, samples))
    return np.ascontiguousarray(sound, dtype=np.float32)


def _mss(pair: tuple[Floats, Floats], sample_rate: float) -> float:
    distances = []
    for resolution in MSS_RESOLUTIONS:
        target, predicted = (
            decibels(spectrogram(sound, resolution, sample_rate)[0], relative=True)
            for sound in pair
        )
        distances.append(np.abs(target - predicted).mean(dtype=np.float64))
    return float(np.mean(distances))


def _warped(mels: Sequence[Floats]) -> float:
    """WMFCC of the mel powers of two sounds."""
    series = []
    for mel in mels:
        level = decibels(mel, relative=False)
        cepstrum = scipy.fft.dct(level, norm="ortho")[..., :COEFFICIENTS]
        series.append(cepstrum.transpose(1, 0, 2).reshape(mel.shape[1], -1))
    target, predicted = series
    return float(kernels.warped_distance(target, np.ascontiguousarray(predicted.T)))


def _sot(pair: tuple[Floats, Floats], sample_rate: float) -> float:
    mixes = [
        spectrogram(_mix(sound)[None], SOT_RESOLUTION, sample_rate, mix_every=1)[1]
        for sound in pair
    ]
    return _transport(mixes)


def _transport(mixes: Sequence[Floats]) -> float:
    """SOT of the magnitude spectra of two mono mixes."""
    return float(kernels.transport(*mixes, LEAST_MASS))


def _rms_cosine(pair: tuple[Floats, Floats], sample_rate: float) -> float:
    mixes = [_mix(sound) for sound in pair]
    silent = [is_silent(mix) for mix in mixes]
    if any(silent):
        return float(all(silent))
    sizes = frame_sizes(RMS_RESOLUTION, sample_rate)
    target, predicted = (kernels.envelope(mix, *sizes) for mix in mixes)
    norms = np.linalg.norm(target) * np.linalg.norm(predicted)
    return float(min(target @ predicted / norms, 1.0))


def _mix(sound: Floats) -> Floats:
    """Mono mix, shape (samples,)."""
    return sound[0] if len(sound) == 1 else sound.mean(axis=0)
