"""Sound files hold what was given; folders appear whole."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from pedalboard.io import AudioFile

from src.common.files import DiskFull
from src.data.sound_files import check_replaceable, item_name, whole_folder, write_wav


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
    for name in ("000000.wav", "000001.wav"):
        with whole_folder(folder) as new:
            (new / name).touch()
            assert not (folder / name).exists()
    assert [path.name for path in folder.iterdir()] == ["000001.wav"]
    assert [path.name for path in folder.parent.iterdir()] == ["sounds"]


def test_a_block_that_fails_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "000000.wav").touch()
    with suppress(RuntimeError), whole_folder(folder) as new:
        (new / "000001.wav").touch()
        raise RuntimeError
    assert [path.name for path in tmp_path.rglob("*")] == ["sounds", "000000.wav"]


@pytest.mark.parametrize("name", ["holiday.wav", "sounds/holiday.wav", "items.txt"])
def test_a_folder_with_other_files_is_never_replaced(tmp_path: Path, name: str) -> None:
    file = tmp_path / "music" / name
    file.parent.mkdir(parents=True)
    file.touch()
    refused = pytest.raises(ValueError, match=f"music: is not replaced, since it holds {name}")
    with refused, whole_folder(tmp_path / "music"):
        pytest.fail("work was done in vain")
    assert file.exists()


def test_what_comes_into_the_folder_meanwhile_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    with pytest.raises(ValueError, match=r"holds notes\.txt"), whole_folder(folder):
        (folder / "notes.txt").touch()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_files_and_links_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    for name in ("file", "link"):
        with pytest.raises(ValueError, match=f"{name}: is no folder"):
            check_replaceable(tmp_path / name)
    check_replaceable(tmp_path / "empty")
    (tmp_path / "empty/.DS_Store").write_bytes(b"of a file manager")
    check_replaceable(tmp_path / "empty")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_named_when_a_sound_is_written() -> None:
    sound = np.zeros((1, 100_000), dtype=np.float32)
    with pytest.raises(DiskFull, match="no room on the disk"):
        write_wav("/dev/full", sound, 22_050)
