"""Folders of sounds as data set files: time, level, channels, what is left out."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from pedalboard.io import AudioFile

from src.data.recordings import Format, find_sounds, prepare_recordings, read_sound
from src.data.rendered.hdf5_rows import HDF5Rows
from src.data.rendered.shards import write_shard
from src.recordings import main
from src.rendering.spectrogram import MelSettings, mel_spectrogram

RATE = 8000
SAMPLES = 4000  # half a second
LEAD = 400  # 0.05 s
MEL = MelSettings(RATE, bands=8, window_s=0.025, frames_per_second=20)
MEL_ATTRIBUTES = {"mel_bands": 8, "mel_window_s": 0.025, "mel_frames_per_second": 20}
# The anti-aliasing filter's ripple; a wrong time or level would be far larger.
RESAMPLED = 5e-3


@pytest.fixture
def like(tmp_path: Path) -> Path:
    return rendered(tmp_path / "test.h5", channels=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sounds" / "inner").mkdir(parents=True)
    return tmp_path / "sounds"


def rendered(path: Path, channels: int, **root: float) -> Path:
    """Write a rendered split of one item whose sound is not stored."""
    write_shard(
        path,
        audio=None,
        mel=np.zeros((1, *MEL.shape(channels, SAMPLES)), np.float32),
        params=np.zeros((1, 3), np.float32),
        attributes={"sample_rate": RATE},
        root_attributes=root or MEL_ATTRIBUTES,
        audio_shape=(channels, SAMPLES),
    )
    return path


def tone(rate: int, seconds: float, *frequencies: float) -> NDArray[np.float32]:
    """A sine a channel, at half of full scale."""
    phase = 2 * np.pi * np.arange(round(rate * seconds)) / rate
    return np.stack([0.5 * np.sin(f * phase) for f in frequencies]).astype(np.float32)


def write(path: Path, sound: NDArray[np.float32], rate: int) -> Path:
    depth = {"bit_depth": 32} if path.suffix == ".wav" else {}
    form = path.suffix[1:].lower()
    with (
        path.open("wb") as raw,
        AudioFile(raw, "w", rate, len(sound), format=form, **depth) as file,
    ):
        file.write(sound)
    return path


@pytest.mark.parametrize("rate", [RATE, 44_100, 5513])
def test_sounds_are_halved_behind_a_silence_at_the_data_sets_rate(folder, like, rate):
    path = write(folder / "a.wav", tone(rate, 1.0, 200, 300), rate)
    sound = read_sound(path, Format.of(like))
    assert sound.shape == (2, SAMPLES)
    assert not sound[:, :LEAD].any()
    expected = 0.5 * tone(RATE, 1.0, 200, 300)[:, : SAMPLES - LEAD]
    inner = slice(50, None)  # the file's start is a step for the filter; its end is cut later
    np.testing.assert_allclose(sound[:, LEAD:][:, inner], expected[:, inner], atol=RESAMPLED)


def test_short_sounds_are_continued_with_silence(folder, like):
    path = write(folder / "a.wav", tone(RATE, 0.1, 200, 200), RATE)
    sound = read_sound(path, Format.of(like))
    assert sound[:, LEAD : LEAD + 800].any()
    assert not sound[:, LEAD + 800 :].any()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("given", [1, 2, 3])
def test_any_number_of_channels_becomes_the_data_sets(tmp_path, folder, channels, given):
    one_like = rendered(tmp_path / "like.h5", channels)
    source = tone(RATE, 0.3, *[200, 300, 400][:given])
    sound = read_sound(write(folder / "a.wav", source, RATE), Format.of(one_like))
    mixed = source if given == channels else source.mean(axis=0, keepdims=True)
    expected = np.broadcast_to(0.5 * mixed, (channels, source.shape[1]))
    np.testing.assert_allclose(sound[:, LEAD : LEAD + source.shape[1]], expected, atol=1e-6)


def test_the_file_is_read_as_a_split_without_parameters(tmp_path, folder, like, caplog):
    for name in ("b.flac", "a.ogg", "c.mp3", "inner/d.AIFF"):
        write(folder / name, tone(44_100, 0.3, 440), 44_100)
    (folder / "broken.wav").write_bytes(b"RIFF")
    write(folder / "empty.wav", tone(RATE, 0, 440), RATE)
    (folder / "notes.txt").write_text("no sound")
    output = tmp_path / "out" / "test.h5"

    count, skipped = prepare_recordings(folder, like, output)

    assert count == 4
    assert len(skipped) == 2
    assert "broken.wav: cannot be read" in caplog.text
    assert "empty.wav: is empty" in caplog.text
    rows = HDF5Rows(output)
    assert (rows.rows, rows.num_params, rows.table_digest) == (4, None, "")
    assert rows.signal_shape == HDF5Rows(like).signal_shape
    with h5py.File(output) as file:
        assert list(file["name"].asstr()) == ["a.ogg", "b.flac", "c.mp3", "inner/d.AIFF"]
        sound = read_sound(folder / "b.flac", Format.of(like))
        np.testing.assert_array_equal(file["audio"][1], sound.astype(np.float16))
        expected = mel_spectrogram(sound, MEL).astype(np.float16)
        np.testing.assert_array_equal(file["mel_spec"][1], expected)


def test_more_sounds_than_a_buffer_and_a_limit(tmp_path, folder, like):
    for i in range(40):
        write(folder / f"{i:02d}.wav", np.full((1, 10), i / 40, np.float32), RATE)
    (folder / "05.wav").write_bytes(b"")
    count, _ = prepare_recordings(folder, like, tmp_path / "all.h5")
    assert count == 39
    with h5py.File(tmp_path / "all.h5") as file:
        levels = file["audio"][:, 0, LEAD]
    kept = [i for i in range(40) if i != 5]
    np.testing.assert_allclose(levels, np.array(kept) / 80, atol=1e-3)
    assert prepare_recordings(folder, like, tmp_path / "some.h5", limit=7)[0] == 6


def test_folders_without_sounds_are_refused(tmp_path, folder, like, capsys):
    with pytest.raises(ValueError, match="holds no sound file"):
        find_sounds(folder)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        find_sounds(tmp_path / "missing")
    (folder / "a.wav").write_bytes(b"nothing")
    output = tmp_path / "o.h5"
    with pytest.raises(SystemExit):
        main([str(folder), "--like", str(like), "--output", str(output)])
    assert "none of its 1 sound files can be read" in capsys.readouterr().err
    assert not output.exists()


def test_a_file_that_does_not_say_its_resolution_is_refused(tmp_path):
    with pytest.raises(ValueError, match="mel_frames_per_second"):
        Format.of(rendered(tmp_path / "old.h5", 2, seed=0))


def test_one_sound_stops_none_of_the_others_and_the_status_says_so(folder, like, tmp_path, capsys):
    loud = tone(RATE, 0.3, 200)
    write(folder / "units.wav", 8_388_607 * loud, RATE)
    write(folder / os.fsdecode(b"caf\xe9.wav"), loud, RATE)
    write(folder / "nan.wav", np.full((1, 9), np.nan, np.float32), RATE)
    write(folder / "opposite.wav", np.concatenate([loud, -loud]), RATE)
    mono = rendered(tmp_path / "mono.h5", channels=1)
    output = tmp_path / "o.h5"
    options = [str(folder), "--like", str(mono), "--output", str(output)]
    with pytest.raises(SystemExit) as ended:
        main(options)
    assert ended.value.code == 1
    assert "nan.wav: holds samples that are not finite, 9 from 0 s on" in capsys.readouterr().err
    with h5py.File(output) as file:
        assert list(file["name"].asstr()) == [r"caf\xe9.wav", "opposite.wav", "units.wav"]
        sounds = file["audio"][:]
    assert np.isfinite(sounds).all()
    np.testing.assert_allclose(np.abs(sounds).max(axis=(1, 2)), [0.25, 0.25, 0.5], atol=0.01)
    main([*options, "--allow-unreadable"])
