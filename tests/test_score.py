"""Scoring of two folders: pairing, formats, rates, errors, tables."""

import logging
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pedalboard.io import AudioFile

from src.data import sound_pairs
from src.data.sound_files import write_wav
from src.metrics.audio import score_pair
from src.metrics.audio_names import METRICS
from src.score import COLUMNS, main, score_folders

RATE = 44100


def sound(seed: int, channels: int = 2, samples: int = 8_000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0.01, 0.3) * np.arange(samples)
    return (0.3 * np.sin(phase) + 0.01 * rng.standard_normal((channels, samples))).astype(
        np.float32
    )


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    path.parent.mkdir(exist_ok=True)
    depth = {"bit_depth": 32} if path.suffix == ".wav" else {}
    with AudioFile(str(path), "w", samplerate=rate, num_channels=len(samples), **depth) as file:
        file.write(samples)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Ten pairs; the first is identical, the second predicted as silence."""
    targets, predictions = tmp_path / "targets", tmp_path / "predictions"
    for i in range(10):
        write(targets / f"{i:03}.wav", sound(i))
        write(predictions / f"{i:03}.wav", sound(i + 20) if i else sound(0))
    write(predictions / "001.wav", np.zeros((2, 8_000), dtype=np.float32))
    return targets, predictions


def test_one_row_a_pair(folders, capsys):
    scores = score_folders(*folders, workers=1)
    assert tuple(scores.columns) == COLUMNS
    assert scores["item"].tolist() == [f"{i:03}" for i in range(10)]
    expected = score_pair(sound(5), sound(25), RATE)
    assert scores.loc[5, list(METRICS)].to_dict() == pytest.approx(expected)
    assert scores.loc[0, list(METRICS)].tolist() == pytest.approx([0, 0, 0, 1])
    assert not scores["target_silent"].any()
    assert scores["predicted_silent"].tolist() == [i == 1 for i in range(10)]
    printed = capsys.readouterr().out
    assert "n = 10, NaN: 0" in printed
    assert "silent targets: 0, silent predictions: 1" in printed


@pytest.mark.slow  # new processes import the packages anew
def test_command_line_does_not_depend_on_workers(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(sound_pairs, "_TRIAL_S", 0.0)
    monkeypatch.setattr(sound_pairs, "_GAIN", 0.0)
    outputs = tmp_path / "two.parquet", tmp_path / "one.csv"
    for workers, output in zip("21", outputs, strict=True):
        main([*map(str, folders), "--output", str(output), "--workers", workers])
    two, one = pd.read_parquet(outputs[0]), pd.read_csv(outputs[1], dtype={"item": str})
    pd.testing.assert_frame_equal(two, one, check_dtype=False, check_exact=True)


def test_nan_is_counted_and_keeps_its_row(folders, capsys, tmp_path):
    broken = sound(3)
    broken[0, 7] = np.nan
    write(folders[1] / "003.wav", broken)
    output = tmp_path / "scores.csv"
    main([*map(str, folders), "--output", str(output), "--workers", "1"])
    scores = pd.read_csv(output)
    assert len(scores) == 10
    assert scores.loc[3, list(METRICS)].isna().all()
    assert "n = 9, NaN: 1" in capsys.readouterr().out


def test_other_formats_rates_channels_and_lengths(tmp_path, caplog):
    targets, predictions = tmp_path / "targets", tmp_path / "predictions"
    seconds = np.arange(RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 440 * seconds).astype(np.float32)
    other = 0.3 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000).astype(np.float32)
    for name, rate, samples in (
        ("mono.flac", RATE, tone[None]),
        ("short.aiff", RATE, np.stack([tone, tone])[:, :43_000]),
        ("rate.ogg", 48_000, np.stack([other, other])),
    ):
        write(targets / f"{Path(name).stem}.wav", np.stack([tone, tone]))
        write(predictions / name, samples, rate)
    with caplog.at_level(logging.WARNING):
        scores = score_folders(targets, predictions, workers=1).set_index("item")
    assert (scores["rms"] > 0.95).all()
    assert (scores["sot"] < 0.05).all()
    for change in ("sample rate", "continued with silence", "mono"):
        assert change in caplog.text


def test_a_rate_that_divides_nothing_keeps_the_length(tmp_path, recwarn):
    write(tmp_path / "a" / "x.wav", sound(0, samples=10_007))
    write(tmp_path / "b" / "x.wav", sound(0, samples=7_261), 32_000)
    assert len(score_folders(tmp_path / "a", tmp_path / "b", workers=1)) == 1
    assert not recwarn.list


def test_unpaired_files_are_listed(folders, caplog):
    write(folders[0] / "extra.wav", sound(0))
    (folders[1] / "002.wav").unlink()
    with pytest.raises(ValueError, match=r"2 files have no partner: .*002\.wav, .*extra\.wav"):
        score_folders(*folders, workers=1)
    assert len(score_folders(*folders, workers=1, allow_missing=True)) == 9
    assert "extra.wav" in caplog.text


def test_folders_that_cannot_be_paired(folders, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere: no such folder"):
        score_folders(tmp_path / "nowhere", folders[1])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty: no sound files"):
        score_folders(folders[0], tmp_path / "empty")
    write(tmp_path / "others" / "other.wav", sound(0))
    with pytest.raises(ValueError, match="no name in common"):
        score_folders(folders[0], tmp_path / "others")
    write(folders[1] / "004.flac", sound(0))
    with pytest.raises(ValueError, match=r"004\.flac and 004\.wav"):
        score_folders(*folders)
    with pytest.raises(ValueError, match="workers"):
        score_folders(folders[0], folders[0], workers=0)


def test_files_that_cannot_be_read_are_named(folders, tmp_path, capsys):
    (folders[1] / "004.wav").write_bytes(b"no sound")
    with pytest.raises(SystemExit):
        main([*map(str, folders), "--output", str(tmp_path / "x.csv"), "--workers", "1"])
    assert "004.wav: cannot be read" in capsys.readouterr().err
    scores = pd.read_csv(tmp_path / "x.csv")
    assert scores["mss"].isna().tolist() == [i == 4 for i in range(10)]
    write(folders[1] / "004.wav", sound(0, channels=3))
    with pytest.raises(ValueError, match=r"targets.004\.wav and .*predictions.004\.wav: .*mono"):
        score_folders(*folders, workers=1)


def test_output_suffix_is_checked_first(folders, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([*map(str, folders), "--output", str(tmp_path / "scores.txt")])
    assert ".csv, .parquet" in capsys.readouterr().err


def test_one_sound_stops_none_of_the_others_and_is_named(folders, tmp_path, capsys):
    for name, content in (("003", b""), ("005", (folders[1] / "005.wav").read_bytes()[:9000])):
        (folders[1] / f"{name}.wav").write_bytes(content)
    huge = np.full((2, 8_000), 3e38, np.float32) * sound(0)
    write_wav(folders[1] / "006.wav", huge, RATE)
    output = tmp_path / "x.parquet"
    with pytest.raises(SystemExit) as ended:
        main([*map(str, folders), "--output", str(output), "--workers", "1"])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "2 of 10 pairs are NaN" in said
    assert "003.wav: cannot be read" in said
    assert "005.wav: is cut off: 0.0252 of 0.181 s are there" in said
    scores = pd.read_parquet(output)
    assert scores["mss"].isna().tolist() == [i in (3, 5) for i in range(10)]


def test_a_name_that_is_no_utf_8_is_scored_and_written(tmp_path):
    name = os.fsdecode(b"caf\xe9.wav")
    for folder in ("a", "b"):
        write_wav(tmp_path / "plain.wav", sound(0), RATE)
        (tmp_path / folder).mkdir()
        (tmp_path / "plain.wav").rename(tmp_path / folder / name)
    for output in ("x.csv", "x.parquet"):
        main([str(tmp_path / "a"), str(tmp_path / "b"), "--output", str(tmp_path / output)])
    assert pd.read_csv(tmp_path / "x.csv")["item"].tolist() == [r"caf\xe9"]
    assert pd.read_parquet(tmp_path / "x.parquet")["item"].tolist() == [r"caf\xe9"]


@pytest.mark.parametrize(("pair_s", "starts"), [(0.001, False), (1.0, True)])
def test_processes_are_started_only_where_they_pay(monkeypatch, pair_s, starts):
    clock = iter(5 + pair_s * np.arange(1000))  # this process took 5 s to start
    monkeypatch.setattr(sound_pairs.time, "process_time", lambda: next(clock))
    monkeypatch.setattr(sound_pairs, "_scored", lambda pair: pair)
    elsewhere = []

    def start(pairs, workers):
        elsewhere.append((len(pairs), workers))
        return iter(pairs)

    monkeypatch.setattr(sound_pairs, "scored_elsewhere", start)
    assert list(sound_pairs.scored_pairs(list(range(900)), 2)) == list(range(900))
    assert bool(elsewhere) == starts
