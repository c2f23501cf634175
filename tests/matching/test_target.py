"""Any sound file becomes a target, or says why not."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pedalboard.io import AudioFile

from src.data.recordings import GAIN, Format
from src.data.sound_files import write_wav
from src.data.sound_forms import CANCELLED
from src.data.sound_headers import share_there
from src.matching.target import Target, read_target
from src.rendering.spectrogram import MelSettings
from src.synths.definition import load_definition

RATE = 22_050
FORMAT = Format(RATE, 1, RATE, MelSettings(RATE))
FIXED = load_definition("vital", "small", 1.0).table  # notes start at 0
VARIED = load_definition("vital", "simple", 1.0).table


def tone(seconds: float, rate: int = RATE, channels: int = 1) -> NDArray[np.float32]:
    times = np.arange(round(seconds * rate)) / rate
    return np.tile(0.5 * np.sin(2 * np.pi * 440 * times), (channels, 1)).astype(np.float32)


def read(folder: Path, sound: NDArray[np.float32], rate: int = RATE, table=FIXED) -> Target:
    path = folder / "sound.wav"
    with AudioFile(str(path), "w", rate, len(sound), bit_depth=32) as file:
        file.write(sound)
    return read_target(path, FORMAT, table)


def test_a_sound_of_the_right_form_is_halved_and_kept(tmp_path: Path):
    target = read(tmp_path, tone(1.0))
    np.testing.assert_allclose(target.sound, GAIN * tone(1.0), atol=1e-6)
    assert target.remarks == ()


def test_silence_in_front_is_cut_where_notes_start_with_the_sound(tmp_path: Path):
    late = np.concatenate([np.zeros((1, 3 * RATE), np.float32), tone(0.6)], axis=1)
    target = read(tmp_path, late)
    assert np.abs(target.sound[0, : round(0.01 * RATE)]).max() > 0.1
    assert any("silence in front" in remark for remark in target.remarks)


def test_where_starts_vary_there_is_the_papers_silence(tmp_path: Path):
    if not any(parameter.kind == "note_on_off" for parameter in VARIED.parameters):
        pytest.skip("the table has a fixed start")
    target = read(tmp_path, tone(1.0), table=VARIED)
    assert np.abs(target.sound[0, : round(0.05 * RATE)]).max() == 0
    assert np.abs(target.sound[0, round(0.06 * RATE) :]).max() > 0.1


@pytest.mark.parametrize(
    ("sound", "rate", "remark"),
    [
        (tone(5.0), RATE, "only 1 s of its 5 s are matched"),
        (tone(0.03), RATE, "very short (30 ms)"),
        (tone(1.0, 8000), 8000, "nothing above 4000 Hz"),
        (tone(1.0, 44_100, 2), 44_100, "2 channels were mixed to 1"),
        (np.clip(4 * tone(1.0), -1, 1), RATE, "is clipped"),
    ],
    ids=["long", "short", "8 kHz", "stereo", "clipped"],
)
def test_what_may_disappoint_is_remarked(
    tmp_path: Path, sound: NDArray[np.float32], rate: int, remark: str
):
    target = read(tmp_path, sound, rate)
    assert target.sound.shape == (1, RATE)
    assert np.isfinite(target.sound).all()
    assert any(remark in found for found in target.remarks), target.remarks


def test_mono_stands_on_both_channels(tmp_path: Path):
    path = tmp_path / "mono.wav"
    with AudioFile(str(path), "w", RATE, 1, bit_depth=32) as file:
        file.write(tone(1.0))
    stereo = Format(RATE, 2, RATE, MelSettings(RATE))
    target = read_target(path, stereo, FIXED)
    np.testing.assert_array_equal(target.sound[0], target.sound[1])
    assert any("mono" in remark for remark in target.remarks)


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (np.zeros((1, RATE), np.float32), "is silent"),
        (np.zeros((1, 0), np.float32), "is empty"),
        (np.full((1, RATE), np.nan, np.float32), "not finite"),
    ],
    ids=["silent", "empty", "nan"],
)
def test_sounds_without_anything_to_match_are_refused(
    tmp_path: Path, sound: NDArray[np.float32], message: str
):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, sound)


def test_broken_and_missing_files_are_told(tmp_path: Path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF, but nothing more")
    with pytest.raises(ValueError, match=r"broken\.wav: cannot be read"):
        read_target(broken, FORMAT, FIXED)
    with pytest.raises(FileNotFoundError, match="no such sound file"):
        read_target(tmp_path / "none.wav", FORMAT, FIXED)
    with pytest.raises(ValueError, match="is no file"):
        read_target(tmp_path, FORMAT, FIXED)


def cut(folder: Path, suffix: str, sound: NDArray[np.float32], share: float) -> Path:
    """Write a sound and keep only the first part of the file."""
    path = folder / f"sound.{suffix}"
    with AudioFile(str(path), "w", RATE, len(sound)) as file:
        file.write(sound)
    path.write_bytes(path.read_bytes()[: round(share * path.stat().st_size)])
    return path


@pytest.mark.parametrize("suffix", ["wav", "aiff"])
def test_a_file_that_is_cut_off_says_how_much_is_there(tmp_path: Path, suffix: str):
    remarks = read_target(cut(tmp_path, suffix, tone(3.0), 0.334), FORMAT, FIXED).remarks
    assert "is cut off: 1 of 3 s are there, and silence follows" in remarks
    assert read_target(cut(tmp_path, suffix, tone(1.0), 1), FORMAT, FIXED).remarks == ()


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0])
def test_a_size_that_was_left_open_is_no_cut(tmp_path: Path, size: int):
    path = cut(tmp_path, "wav", tone(0.5), 1)
    content = path.read_bytes()
    at = content.index(b"data") + 4
    path.write_bytes(content[:at] + size.to_bytes(4, "little") + content[at + 4 :])
    assert share_there(path) == 1


@pytest.mark.parametrize(("suffix", "share"), [("flac", 0.05), ("ogg", 0.3)])
def test_what_cannot_be_decoded_is_not_called_silent(tmp_path: Path, suffix: str, share: float):
    noisy = tone(2.0) + 0.1 * np.random.default_rng(0).standard_normal((1, 2 * RATE))
    path = cut(tmp_path, suffix, noisy.astype(np.float32), share)
    with pytest.raises(ValueError, match="is cut off or cannot be decoded"):
        read_target(path, FORMAT, FIXED)
    silent = cut(tmp_path, suffix, np.zeros((1, 20 * RATE), np.float32), 1)
    with pytest.raises(ValueError, match="is silent"):
        read_target(silent, FORMAT, FIXED)


@pytest.mark.parametrize(
    ("level", "remark"),
    [
        (2e-3, "nearly silent (its peak at -60 dB of full scale)"),
        (16, "reaches 18 dB above full scale"),
    ],
)
def test_levels_that_models_have_not_learnt_from_are_remarked(
    tmp_path: Path, level: float, remark: str
):
    path = tmp_path / "sound.wav"
    write_wav(path, level * tone(1.0), RATE)
    (found,) = read_target(path, FORMAT, FIXED, min_loudness=-55.0).remarks
    assert remark in found


def test_what_lies_above_the_models_rate_is_remarked(tmp_path: Path):
    assert read(tmp_path, tone(1.0, 44_100), 44_100).remarks == (
        "what it has above 11025 Hz is not heard by the model",
    )


def test_what_lies_in_front_is_left_out_and_said_of_the_file(tmp_path: Path):
    lead = np.zeros((1, RATE), np.float32)
    late = np.concatenate([lead, tone(3.0)], axis=1)
    noisy = late + 1e-3 * np.random.default_rng(0).standard_normal(late.shape).astype(np.float32)
    silent, clean = (read(tmp_path, sound) for sound in (late, noisy))
    for target in (silent, clean):
        np.testing.assert_allclose(
            np.abs(target.sound[0, : round(0.02 * RATE)]).max(), GAIN * 0.5, atol=2e-3
        )
    assert "the first 0.993 s of its 4 s are silence in front and were left out" in silent.remarks
    assert any("of its 4 s are noise in front (-6" in remark for remark in clean.remarks)
    assert "only 1 s of its 4 s are matched" in clean.remarks


def test_an_offset_is_removed_and_alone_is_no_sound(tmp_path: Path):
    target = read(tmp_path, tone(1.0) + np.float32(0.1))
    np.testing.assert_allclose(target.sound, GAIN * tone(1.0), atol=1e-3)
    assert target.remarks == ("a constant offset of 0.1 of full scale was removed",)
    with pytest.raises(ValueError, match=r"only a constant offset of 0\.5"):
        read(tmp_path, np.full((1, 2 * RATE), 0.5, np.float32), 2 * RATE)
    with pytest.raises(ValueError, match="only clicks"):
        read(tmp_path, 0.5 * np.eye(1, RATE, 99, dtype=np.float32))


def test_antiphase_keeps_its_level(tmp_path: Path):
    target = read(tmp_path, np.concatenate([tone(1.0), -tone(1.0)]))
    np.testing.assert_allclose(target.sound, GAIN * tone(1.0), atol=1e-6)
    assert target.remarks == (CANCELLED,)


def test_a_rate_near_the_models_needs_no_remark_on_length(tmp_path: Path):
    remarks = read(tmp_path, tone(1.0, RATE), RATE - 22).remarks
    assert not any("are matched" in remark for remark in remarks)
