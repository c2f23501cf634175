"""The reader gives the samples that are there, says what is missing, and names what it refuses."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pedalboard.io import AudioFile

from src.common.names import shown
from src.data.sound_files import LOUDEST, read_sound_file
from src.data.sound_forms import mixed, resampled, told_apart
from tests.data.odd_sounds import RATE, UNKNOWN, chunk, floats, pcm, tone, wav, write

PCM_STEP = 1 / 32768
TONE = tone()
SAMPLES = pcm(TONE)


@pytest.mark.parametrize(
    "content",
    [
        wav(SAMPLES, data_size=UNKNOWN, riff_size=UNKNOWN),
        wav(SAMPLES, data_size=0x7FFFFFFF, riff_size=0x7FFFFFFF),
        wav(SAMPLES, data_size=UNKNOWN - 36, riff_size=UNKNOWN),
        wav(SAMPLES, data_size=0, riff_size=0),
        wav(SAMPLES, data_size=0, riff_size=36),
        wav(SAMPLES, data_size=0, riff_size=UNKNOWN),
        wav(SAMPLES, data_size=UNKNOWN, riff_size=UNKNOWN, magic=b"RF64", ds64=len(SAMPLES)),
    ],
)
def test_sizes_that_a_header_leaves_open_are_those_of_the_file(tmp_path: Path, content: bytes):
    found = read_sound_file(write(tmp_path / "open.wav", content))
    np.testing.assert_allclose(found.samples[0], TONE, atol=2 * PCM_STEP)
    assert (found.remarks, found.is_cut) == ((), False)


@pytest.mark.parametrize(
    "content", [wav(b""), wav(b"", data_size=0, behind=chunk(b"LIST", b"INFO" + bytes(400)))]
)
def test_a_file_without_samples_is_said_to_hold_none(tmp_path: Path, content: bytes):
    with pytest.raises(ValueError, match=r"none\.wav: is empty; it holds no samples"):
        read_sound_file(write(tmp_path / "none.wav", content))


@pytest.mark.parametrize(
    "content",
    [
        wav(SAMPLES),
        wav(SAMPLES, data_size=UNKNOWN, riff_size=UNKNOWN, magic=b"RF64", ds64=len(SAMPLES)),
    ],
    ids=["RIFF", "RF64"],
)
def test_a_cut_file_says_both_lengths(tmp_path: Path, content: bytes):
    start = len(content) - len(SAMPLES)
    path = write(tmp_path / "cut.wav", content[: start + len(SAMPLES) // 4])
    found = read_sound_file(path)
    assert found.is_cut
    assert found.samples.shape == (1, len(TONE) // 4)
    assert found.remarks == ("is cut off: 0.125 of 0.5 s are there, and silence follows",)


def encoded(path: Path, seconds: float = 3.0) -> bytes:
    """A sound that compresses badly, in the format of the suffix."""
    noisy = tone(seconds) + 0.05 * np.random.default_rng(0).standard_normal(round(seconds * RATE))
    with AudioFile(str(path), "w", RATE, 1) as file:
        file.write(noisy[None].astype(np.float32))
    return path.read_bytes()


def halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


def with_a_hole(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + content[middle + 2000 :]


@pytest.mark.parametrize("suffix", ["aiff", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("harm", [halved, with_a_hole])
def test_what_can_be_decoded_of_a_harmed_file_is_read_with_a_remark(
    tmp_path: Path, suffix: str, harm: Callable[[bytes], bytes]
):
    path = tmp_path / f"harmed.{suffix}"
    whole = encoded(path)
    assert read_sound_file(path).remarks == ()
    write(path, harm(whole))
    found = read_sound_file(path)
    assert found.is_cut
    (remark,) = found.remarks
    assert "cut off" in remark or "damaged" in remark
    assert found.samples.shape[1] > RATE


def test_an_mp3_that_states_no_length_is_no_cut_one(tmp_path: Path):
    path = tmp_path / "varied.mp3"
    sound = np.concatenate([np.zeros(2 * RATE), np.random.default_rng(0).uniform(-1, 1, RATE)])
    with AudioFile(str(path), "w", RATE, 1, quality="V2") as file:
        file.write(sound[None].astype(np.float32))
    content = path.read_bytes()
    write(path, content[content.index(b"\xff\xfb", content.index(b"Xing")) :])
    found = read_sound_file(path)
    assert (found.is_cut, found.remarks) == (False, ())
    assert found.duration_s == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("rate", [0, 1, 999, 768_001, 2_147_483_647])
def test_a_rate_that_is_none_of_a_sound_is_refused_by_name(tmp_path: Path, rate: int):
    with pytest.raises(ValueError, match=r"odd\.wav: (its header says|cannot be read)"):
        read_sound_file(write(tmp_path / "odd.wav", wav(SAMPLES, rate=rate)))


@pytest.mark.parametrize(
    ("level", "kind"), [(32767, "<f4"), (8388607, "<f4"), (3e38, "<f4"), (1e200, "<f8")]
)
def test_samples_in_another_unit_are_scaled_with_a_remark(tmp_path: Path, level: float, kind: str):
    loud = tone().astype(np.float64) * level
    found = read_sound_file(write(tmp_path / "loud.wav", floats(loud, kind)))
    np.testing.assert_allclose(found.samples[0], TONE / np.abs(TONE).max(), atol=1e-6)
    assert "was scaled to it" in found.remarks[0]


def test_levels_of_sounds_stay_as_they_are(tmp_path: Path):
    loud = LOUDEST * TONE
    found = read_sound_file(write(tmp_path / "loud.wav", floats(loud)))
    np.testing.assert_array_equal(found.samples[0], loud)
    assert found.remarks == ()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_not_finite_are_left_to_the_caller(tmp_path: Path, bad: float):
    broken = TONE.copy()
    broken[7] = bad
    found = read_sound_file(write(tmp_path / "nan.wav", floats(broken)))
    np.testing.assert_array_equal(found.samples[0], broken)


def test_memory_goes_with_the_samples_that_are_there(tmp_path: Path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = tmp_path / "long.flac"
    content = bytearray(encoded(path))
    at = 4 + 4 + 13  # the number of samples, 36 bits
    content[at] |= 0x0F
    content[at + 1 : at + 5] = b"\xff" * 4
    found = read_sound_file(write(path, bytes(content)))
    assert found.samples.shape[1] == pytest.approx(3 * RATE, abs=64)
    assert "1.56e+06 s" in found.remarks[0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_names_that_are_no_utf_8_are_read_and_shown(tmp_path: Path):
    path = write(tmp_path / os.fsdecode(b"caf\xe9\x1b[2J.wav"), wav(SAMPLES))
    assert read_sound_file(path).samples.shape == (1, len(TONE))
    assert shown(path.name) == r"caf\xe9\x1b[2J.wav"
    write(path, b"")
    with pytest.raises(ValueError, match=r"caf\\xe9\\x1b\[2J\.wav: cannot be read"):
        read_sound_file(path)


def test_channels_that_cancel_out_are_told_from_silence():
    both = np.stack([TONE, -0.9 * TONE]) + np.float32(0.1)  # an offset does not hide it
    alone, is_cancelled = mixed(both, 1)
    np.testing.assert_array_equal(alone, both[:1])
    assert is_cancelled
    for channels in (np.stack([TONE, TONE]), np.stack([TONE, 0 * TONE]), np.zeros((2, 9), "f4")):
        mean, is_cancelled = mixed(channels, 1)
        np.testing.assert_array_equal(mean[0], channels.mean(axis=0))
        assert not is_cancelled


@pytest.mark.parametrize(("rate", "wanted"), [(44_056, 22_050), (767_999, 44_100), (1_009, 48_000)])
def test_odd_rates_keep_pitch_and_memory(rate: int, wanted: int):
    hertz = 200
    sound = resampled(tone(1.0, rate, hertz)[None], rate, wanted)[0]
    expected = tone(1.0, wanted, hertz)
    inner = slice(wanted // 20, -wanted // 20)
    assert abs(len(sound) - len(expected)) <= 1
    np.testing.assert_allclose(sound[: len(expected)][inner], expected[inner], atol=0.01)


def test_lengths_are_told_apart():
    assert told_apart(1, 1.00099) == ("1.000", "1.001")
    assert told_apart(0.5, 70) == ("0.5", "70")
