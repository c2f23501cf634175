"""Sound files hold what was given; folders appear whole."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from pedalboard.io import AudioFile

from src.data.sound_files import item_name, whole_folder, write_wav


@pytest.mark.parametrize("channels", [1, 2])
def test_nothing_is_rounded_or_clipped(tmp_path: Path, channels: int) -> None:
    rng = np.random.default_rng(0)
    sound = 3 * rng.standard_normal((channels, 1000)).astype(np.float32)
    write_wav(tmp_path / "a.wav", sound, 22_050)
    with AudioFile(str(tmp_path / "a.wav")) as file:
        assert file.samplerate == 22_050
        np.testing.assert_array_equal(file.read(file.frames), sound)


def test_names_sort_by_number() -> None:
    names = [item_name(item) for item in (0, 9, 10, 999_999)]
    assert names == sorted(names)
    assert names[1] == "000009"


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "sounds"
    for name in ("old", "new"):
        with whole_folder(folder) as new:
            (new / name).touch()
            assert not (folder / name).exists()
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert [path.name for path in folder.parent.iterdir()] == ["sounds"]


def test_a_block_that_fails_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "old").touch()
    with suppress(RuntimeError), whole_folder(folder) as new:
        (new / "new").touch()
        raise RuntimeError
    assert [path.name for path in tmp_path.rglob("*")] == ["sounds", "old"]
