"""Sounds of a data set as files."""

from pathlib import Path

import numpy as np
import pytest
from pedalboard.io import AudioFile

from src.data.rendered.export_sounds import export_sounds, main
from tests.data.rendered.files import make_split


def test_every_sound_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    *_, audio = make_split(tmp_path, rows=5, shards=2, split="test", stored=True)
    main([str(tmp_path / "test.h5"), "--output", str(tmp_path / "sounds")])
    assert "5 sounds" in capsys.readouterr().out
    files = sorted((tmp_path / "sounds").iterdir())
    assert [path.name for path in files] == [f"00000{item}.wav" for item in range(5)]
    for path, sound in zip(files, audio, strict=True):
        with AudioFile(str(path)) as file:
            assert file.samplerate == 44_100
            found = file.read(file.frames)
        np.testing.assert_array_equal(found, sound.astype(np.float16).astype(np.float32))


def test_sounds_that_were_not_stored(tmp_path: Path) -> None:
    make_split(tmp_path, rows=3, shards=1)
    with pytest.raises(ValueError, match=r"train\.h5: its sounds were not stored; render the spl"):
        export_sounds(tmp_path / "train.h5", tmp_path / "sounds")
    assert not (tmp_path / "sounds").exists()


def test_a_missing_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "none.h5"), "--output", str(tmp_path / "sounds")])
    assert "none.h5: no such data set file" in capsys.readouterr().err
