"""Files appear whole or not at all."""

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from src.common.files import DiskFull, atomic_path, temporary_beside, write_text


def test_file_appears_only_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        assert temporary.suffix == ".csv"
        assert temporary.parent == path.parent
        assert not path.exists()
    assert path.read_text() == "half"
    assert list(path.parent.iterdir()) == [path]


def test_failure_keeps_the_old_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "old\n")

    def fail_half_way() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half of the new")
            raise RuntimeError("disk")

    with pytest.raises(RuntimeError, match="disk"):
        fail_half_way()
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with pytest.raises(ValueError, match=r"table\.csv: nothing was written"), atomic_path(path):
        pass
    assert not path.exists()


def _write_and_die(path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("half")
        os._exit(1)


def test_what_a_killed_run_left_goes_with_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    killed = multiprocessing.get_context("fork").Process(target=_write_and_die, args=(path,))
    killed.start()
    killed.join()
    assert [found.suffixes[-2:] for found in tmp_path.iterdir()] == [[".tmp", ".csv"]]
    living = temporary_beside(path)
    living.write_text("of this process")
    write_text(path, "new\n")
    assert sorted(tmp_path.iterdir()) == sorted([path, living])


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError("Can't decrement id ref count (file write failed: errno = 28, error = ...)"),
    ],
)
def test_a_full_disk_is_named_whatever_a_library_makes_of_it(
    tmp_path: Path, error: Exception
) -> None:
    path = tmp_path / "table.csv"
    with pytest.raises(DiskFull, match=r"no room on the disk.*table\.csv"), atomic_path(path):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_text(file, "old\n")
    for path, message in (
        (tmp_path, "is a folder; name a file to write"),
        (
            file / "table.csv",
            f"{file}: nothing can be written there .*is a file",
        ),
        (file / "new" / "table.csv", "nothing can be written there"),
        (Path("/proc/nowhere/table.csv"), "nothing can be written there"),
    ):
        with pytest.raises(ValueError, match=message):
            write_text(path, "new\n")
    assert file.read_text() == "old\n"
