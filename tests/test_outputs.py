"""Outputs where none can be written: a sentence and status 1, before any input is read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from src import recordings, score
from src.data.rendered import join

COMMANDS: dict[str, tuple[Callable, list[str]]] = {
    "score.csv": (score.main, ["targets", "predictions"]),
    "joined.h5": (join.main, ["shard-0000.h5"]),
    "recordings.h5": (recordings.main, ["sounds", "--like", "test.h5"]),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("place", ["a folder", "under a file", "unwritable"])
def test_the_place_is_named(
    name: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "file").write_text("mine")
    output, told = {
        "a folder": (tmp_path / name, f"{tmp_path / name}: is a folder; name a file to write"),
        "under a file": (tmp_path / "file" / name, f"{tmp_path / 'file'}: nothing can be written"),
        "unwritable": (Path("/proc/new") / name, "/proc/new: nothing can be written there"),
    }[place]
    command, words = COMMANDS[name]
    with pytest.raises(SystemExit) as stopped:
        command([*words, "--output", str(output)])
    assert stopped.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {told}")
    assert (tmp_path / "file").read_text() == "mine"
