"""HDF5 files: what is read is what was written, and they lead nowhere else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from src.common.hdf5 import create_hdf5, open_hdf5, read_rows
from src.data.rendered.export_sounds import export_sounds
from src.data.rendered.hdf5_rows import HDF5Rows
from src.data.rendered.shards import join_shards
from tests.data.rendered.files import draw, edited, make_split
from tests.flipped_bytes import complaints_of_flips


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """A joined file of two shards with sounds."""
    make_split(tmp_path / "data", rows=6, shards=2, split="test", stored=True)
    return tmp_path / "data" / "test.h5"


def everything(path: Path) -> list[object]:
    """All that a file says: attributes and rows."""
    with open_hdf5(path) as file:
        told = [dict(file.attrs)]
        for name, data in file.items():
            told += [name, dict(data.attrs), read_rows(data, slice(0, len(data)))]
    return told


def test_no_flipped_bit_of_a_virtual_file_changes_a_value_silently(split):
    assert complaints_of_flips(split, lambda: everything(split)) == []


def test_no_flipped_bit_of_a_shard_changes_a_value_silently(split):
    shard = split.parent / "test" / "shard-0001.h5"
    assert complaints_of_flips(shard, lambda: everything(split)) == []
    assert complaints_of_flips(shard, lambda: everything(shard)) == []


def test_join_refuses_shards_with_a_flipped_bit(split):
    shards = sorted((split.parent / "test").iterdir())
    output = split.with_name("joined.h5")

    def joined() -> bytes:
        join_shards(shards, output)
        return output.read_bytes()

    assert complaints_of_flips(shards[0], joined, count=60) == []


def test_texts_are_read_as_written(tmp_path):
    path = tmp_path / "sounds.h5"
    with create_hdf5(path) as file:
        file["name"] = np.array(["flute.wav", "horn é.wav"], dtype=object)
        file["mel_spec"] = draw(2)[0]
        file.attrs["dataset"] = "mine"

    def named() -> list[object]:
        with open_hdf5(path) as file:
            return [file["name"].asstr()[:].tolist(), file.attrs["dataset"]]

    assert named() == [["flute.wav", "horn é.wav"], "mine"]
    assert complaints_of_flips(path, named, count=400) == []


def test_a_moved_file_without_its_shards_is_refused(split, tmp_path):
    moved = shutil.copy(split, tmp_path / "test.h5")
    with pytest.raises(FileNotFoundError, match=r"test/shard-0000\.h5: no such data set file"):
        export_sounds(moved, tmp_path / "sounds")
    assert not (tmp_path / "sounds").exists()


def test_shards_elsewhere_are_not_joined(split, tmp_path):
    with pytest.raises(ValueError, match=r"shard-0000\.h5: expected shards in the folder of"):
        join_shards(sorted((split.parent / "test").iterdir()), tmp_path / "other" / "test.h5")


def other_shape(split: Path) -> None:
    make_split(split.parent / "new", rows=8, shards=2, split="test", stored=True)
    shutil.copy(split.parent / "new/test/shard-0001.h5", split.parent / "test/shard-0001.h5")


def without_sounds(split: Path) -> None:
    make_split(split.parent / "new", rows=6, shards=2, split="test", stored=False)
    with edited(split.parent / "test/shard-0001.h5") as file:
        del file["audio"]


@pytest.mark.parametrize("change", [other_shape, without_sounds])
def test_shards_that_do_not_fit_are_named(split, change):
    change(split)
    with pytest.raises(ValueError, match=r"test\.h5: audio does not fit .*shard-0001\.h5"):
        HDF5Rows(split)


def external_link(file: h5py.File, outside: Path) -> None:
    file["mel_spec"] = h5py.ExternalLink(str(outside), "mel_spec")


def soft_link(file: h5py.File, outside: Path) -> None:
    file["mel_spec"] = h5py.SoftLink("/param_array")


def external_storage(file: h5py.File, outside: Path) -> None:
    file.create_dataset("mel_spec", (2, 4), "u1", external=[(str(outside), 0, 8)])


def virtual(name: Callable[[Path], str]) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, outside: Path) -> None:
        layout = h5py.VirtualLayout((6, 2, 4, 6), "f2")
        layout[:] = h5py.VirtualSource(name(outside), "mel_spec", (6, 2, 4, 6), "f2")
        file.create_virtual_dataset("mel_spec", layout)

    return change


def group(file: h5py.File, outside: Path) -> None:
    file.create_group("mel_spec")


def references(file: h5py.File, outside: Path) -> None:
    file.create_dataset("mel_spec", (2,), h5py.vlen_dtype(np.float32))


def sparse(file: h5py.File, outside: Path) -> None:
    file.create_dataset("mel_spec", (10**12, 2), "f2", chunks=(1, 2))


def huge_chunk(file: h5py.File, outside: Path) -> None:
    file.create_dataset("mel_spec", (10**9, 2), "f2", chunks=(10**9, 2), compression="gzip")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (external_link, "'mel_spec' is a link to another place or file"),
        (soft_link, "'mel_spec' is a link to another place or file"),
        (external_storage, r"'mel_spec' lies in another file \(.*test\.h5\)"),
        (virtual(str), "mel_spec lies in .*outside the folder"),
        (
            virtual(lambda path: f"../{path.parent.name}/test.h5"),
            "mel_spec lies in .*outside the folder",
        ),
        (virtual(lambda path: "."), "mel_spec lies in .*outside the folder"),
        (group, "'mel_spec' is no data set"),
        (references, "'mel_spec' holds object; expected numbers or names"),
        (sparse, "mel_spec is incomplete, of 1000000000000 rows"),
        (huge_chunk, r"mel_spec has chunks of \(1000000000, 2\)"),
    ],
)
def test_files_that_lead_elsewhere_are_refused(split, tmp_path, change, message):
    path = tmp_path / "from_a_stranger" / "train.h5"
    path.parent.mkdir()
    with h5py.File(path, "w", libver="latest") as file:
        change(file, split)
        file["param_array"] = draw(6)[1]
    with pytest.raises(ValueError, match=rf"train\.h5: {message}"):
        HDF5Rows(path)


def test_a_shard_that_leads_elsewhere_is_refused(split):
    shard = split.parent / "test" / "shard-0001.h5"
    with h5py.File(shard, "w") as file:
        file["param_array"] = h5py.ExternalLink(str(split), "param_array")
    with pytest.raises(ValueError, match=r"shard-0001\.h5: 'param_array' is a link"):
        HDF5Rows(split)
