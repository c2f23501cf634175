"""Distances between sounds against librosa, dtw-python, closed forms and invariances."""

import warnings

import numpy as np
import pytest

from src.metrics import audio
from src.metrics.audio import mss, rms_cosine, score_pair, sot, wmfcc
from src.metrics.audio_names import METRICS
from src.metrics.audio_spectra import Resolution, mel_filters, spectrogram

RATE = 44100
FUNCTIONS = {"mss": mss, "wmfcc": wmfcc, "sot": sot, "rms": rms_cosine}
PERFECT = {"mss": 0, "wmfcc": 0, "sot": 0, "rms": 1}


def noise(seed: int, channels: int = 2, samples: int = 20_000) -> np.ndarray:
    """Coloured noise that dies away, so that bands and frames differ."""
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal((channels, samples))
    sound += 5 * np.sin(rng.uniform(0.01, 0.5) * np.arange(samples))
    envelope = np.exp(-np.arange(samples) / rng.uniform(2_000, 20_000))
    return (0.1 * sound * envelope).astype(np.float32)


def sine(frequency: float, channels: int = 1, samples: int = RATE) -> np.ndarray:
    phase = 2 * np.pi * frequency * np.arange(samples) / RATE
    return np.tile(0.5 * np.sin(phase), (channels, 1)).astype(np.float32)


def reference(target: np.ndarray, predicted: np.ndarray, rate: int) -> dict[str, float]:
    """All four with librosa and dtw-python."""
    import librosa
    from dtw import dtw

    def mel(sound, window_ms, hop_ms, bands):
        power = librosa.feature.melspectrogram(
            y=sound,
            sr=rate,
            n_fft=int(window_ms * rate / 1000),
            hop_length=int(hop_ms * rate / 1000),
            n_mels=bands,
        )
        return librosa.power_to_db(power, ref=np.max)

    def cepstrum(sound):
        sizes = {"n_fft": int(0.05 * rate), "hop_length": int(0.01 * rate), "n_mels": 128}
        values = librosa.feature.mfcc(y=sound, sr=rate, n_mfcc=20, **sizes)
        return values.reshape(-1, values.shape[-1]).T

    def cumulative(sound):
        mix = sound.mean(axis=0)
        size, hop = int(0.05 * rate), int(0.02 * rate)
        magnitude = np.abs(librosa.stft(mix, n_fft=size, hop_length=hop)).T
        return np.cumsum(magnitude / magnitude.sum(axis=1, keepdims=True), axis=1)

    def envelope(sound):
        size, hop = int(0.05 * rate), int(0.025 * rate)
        return librosa.feature.rms(y=sound.mean(axis=0), frame_length=size, hop_length=hop)[0]

    pair = target, predicted
    spectra = [
        [mel(sound, *r) for sound in pair] for r in ((10, 5, 32), (25, 10, 64), (100, 50, 128))
    ]
    first, second = (cepstrum(sound).astype(float) for sound in pair)
    local = np.abs(first[:, None] - second[None]).mean(axis=-1)
    c, d = (cumulative(sound) for sound in pair)
    r, s = (envelope(sound) for sound in pair)
    return {
        "mss": float(np.mean([np.abs(x - y).mean() for x, y in spectra])),
        "wmfcc": dtw(local, distance_only=True).normalizedDistance,
        "sot": float(np.abs(c - d).mean()),
        "rms": float(r @ s / np.linalg.norm(r) / np.linalg.norm(s)),
    }


# Odd and even windows; at 22 050 Hz the transport cannot use the cepstrum's spectra.
@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (44100, 1), (22050, 2), (48000, 3)])
def test_equals_librosa_and_dtw_python(rate, channels):
    target, predicted = noise(1, channels), noise(2, channels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of librosa, about empty filters
        expected = reference(target, predicted, rate)
    assert score_pair(target, predicted, rate) == pytest.approx(expected, rel=1e-4)
    single = {name: function(target, predicted, rate) for name, function in FUNCTIONS.items()}
    assert single == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("rate", "size", "bands"), [(44100, 2205, 128), (8000, 80, 32)])
def test_mel_filters_are_librosas(rate, size, bands):
    import librosa

    filters = mel_filters(rate, size, bands)
    dense = np.zeros((bands, size // 2 + 1))
    for edge in range(bands + 1):
        bins = slice(filters.starts[edge], filters.starts[edge + 1])
        if edge < bands:
            dense[edge, bins] += filters.rising[bins]
        if edge > 0:
            dense[edge - 1, bins] += filters.falling[bins]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = librosa.filters.mel(sr=rate, n_fft=size, n_mels=bands)
    np.testing.assert_allclose(dense, expected, atol=1e-6 * expected.max())


def test_blocks_do_not_matter(monkeypatch):
    sound, resolution = noise(3), Resolution(50, 10, 128)
    whole = spectrogram(sound, resolution, RATE, mix_every=2)
    monkeypatch.setattr("src.metrics.audio_spectra._BLOCK", 10 * 2205)
    parts = spectrogram(sound, resolution, RATE, mix_every=2)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-9)


def test_identity_is_perfect():
    sound = noise(4)
    assert score_pair(sound, sound.copy(), RATE) == pytest.approx(PERFECT, abs=1e-12)


def test_symmetric_in_both_sounds():
    target, predicted = noise(5), noise(6)
    forward, backward = score_pair(target, predicted, RATE), score_pair(predicted, target, RATE)
    assert forward == pytest.approx(backward, rel=1e-6)


def test_gain_is_heard_by_wmfcc_alone():
    sound = sine(1000) + sine(7000)  # periods of the hop: all frames are alike
    scores = score_pair(sound, 0.25 * sound, RATE)
    assert scores["mss"] == pytest.approx(0, abs=1e-4)
    assert scores["sot"] == pytest.approx(0, abs=1e-6)
    assert scores["rms"] == pytest.approx(1)
    # 12.04 dB in every band is one coefficient, the zeroth, times sqrt(128); 20 are averaged.
    assert scores["wmfcc"] == pytest.approx(20 * np.log10(4) * np.sqrt(128) / 20, rel=0.02)


@pytest.mark.parametrize(("low", "high"), [(2000, 6000), (1000, 15000)])
def test_transport_of_sines_is_their_distance(low, high):
    distance = sot(sine(low), sine(high), RATE)
    # What leaks into other bins needs less transport.
    assert distance == pytest.approx((high - low) / (RATE / 2), rel=0.03)


def test_warping_forgives_a_delay():
    sound = noise(8, samples=30_000)
    delayed = np.pad(sound, ((0, 0), (4410, 0)))[:, :30_000]
    other = noise(9, samples=30_000)
    assert wmfcc(sound, delayed, RATE) < 0.5 * wmfcc(sound, other, RATE)


def test_envelopes_without_overlap_are_orthogonal():
    early, late = np.zeros((2, 1, RATE), dtype=np.float32)
    early[:, :10_000] = late[:, -10_000:] = 0.5
    assert rms_cosine(early, late, RATE) == 0


def test_silence_has_scores():
    sound, silence = noise(10), np.zeros((2, 20_000), dtype=np.float32)
    assert score_pair(silence, silence, RATE) == PERFECT
    for pair in ((sound, silence), (silence, sound)):
        scores = score_pair(*pair, RATE)
        assert scores["rms"] == 0
        assert np.isfinite(list(scores.values())).all()
        assert 0 < scores["sot"] <= 1


def test_channels_that_cancel_are_a_silent_mix():
    sound = noise(11, channels=1)
    opposite = np.concatenate([sound, -sound])
    silence = np.zeros_like(opposite)
    assert sot(opposite, silence, RATE) == 0
    assert rms_cosine(opposite, silence, RATE) == 1
    assert mss(opposite, silence, RATE) > 1


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_give_nan(bad):
    target, predicted = noise(12), noise(12)
    predicted[1, 100] = bad
    scores = score_pair(target, predicted, RATE)
    assert tuple(scores) == METRICS
    assert np.isnan(list(scores.values())).all()
    assert all(np.isnan(function(target, predicted, RATE)) for function in FUNCTIONS.values())


def test_mono_is_repeated():
    mono, stereo = noise(13, channels=1), noise(14)
    expected = score_pair(np.repeat(mono, 2, axis=0), stereo, RATE)
    assert score_pair(mono, stereo, RATE) == expected


def test_shorter_sound_is_continued_with_silence():
    target, predicted = noise(15), noise(16, samples=15_000)
    padded = np.pad(predicted, ((0, 0), (0, 5_000)))
    with pytest.warns(UserWarning, match=r"\(2, 20000\).*\(2, 15000\).*continued with silence"):
        scores = score_pair(target, predicted, RATE)
    assert scores == score_pair(target, padded, RATE)


def test_sounds_shorter_than_a_window_are_scored():
    assert score_pair(noise(17, samples=50), noise(17, samples=50), RATE) == pytest.approx(PERFECT)


@pytest.mark.parametrize(
    ("target", "predicted", "rate", "message"),
    [
        (np.zeros(5), np.zeros((1, 5)), RATE, r"target sound.*\(channels, samples\).*\(5,\)"),
        (np.zeros((1, 5)), np.zeros((1, 0)), RATE, "predicted sound"),
        (np.zeros((1, 5), int), np.zeros((1, 5)), RATE, "int64"),
        (np.zeros((2, 5)), np.zeros((3, 5)), RATE, r"\(2, 5\).*\(3, 5\).*mono"),
        (np.zeros((1, 5)), np.zeros((1, 5)), 44.1, "given in Hz"),
    ],
)
def test_what_cannot_be_compared_is_named(target, predicted, rate, message):
    with pytest.raises(ValueError, match=message):
        score_pair(target, predicted, rate)


def test_silence_ends_above_minus_120_dbfs():
    assert audio.is_silent(np.full((2, 10), 5e-7))
    assert not audio.is_silent(np.full((2, 10), 2e-6))
    assert not audio.is_silent(np.array([[0, np.nan]]))
