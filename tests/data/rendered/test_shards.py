"""Shards and the file that joins them."""

import hashlib
import time
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401
import numpy as np
import pytest

from src.data.rendered.shards import ShardWriter, join_shards, write_shard
from tests.data.rendered.files import ATTRIBUTES, MEL, ROOT, WIDTH, draw, edited, make_split


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("stored", [True, False])
def test_what_was_written_is_read(tmp_path: Path, stored: bool) -> None:
    mel, params, audio = draw(70, seed=1)
    write_shard(
        tmp_path / "shard-0000.h5",
        audio=audio if stored else None,
        mel=mel,
        params=params,
        attributes=ATTRIBUTES,
        root_attributes=ROOT,
        audio_shape=audio.shape[1:],
    )
    with h5py.File(tmp_path / "shard-0000.h5") as file:
        np.testing.assert_array_equal(file["mel_spec"][:], mel.astype("f2"))
        np.testing.assert_array_equal(file["param_array"][:], params)
        assert file["audio"].shape == audio.shape
        assert file["audio"].attrs["stored"] == stored
        assert file["audio"].id.get_storage_size() == 0 or stored
        expected = audio.astype("f2") if stored else np.zeros_like(audio)
        np.testing.assert_array_equal(file["audio"][:], expected)
        assert {**file.attrs} == ROOT
        assert {**file["audio"].attrs} == {**ATTRIBUTES, "stored": stored}
        assert file["mel_spec"].id.get_create_plist().get_filter(0)[3] == b"blosc2"


def test_bytes_depend_on_the_content_alone(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        make_split(tmp_path / name, rows=20, shards=2)
        digests.append(
            [digest(tmp_path / name / file) for file in ("train/shard-0000.h5", "train.h5")]
        )
        time.sleep(1.1 if name == "a" else 0)  # HDF5 counts time in seconds
    assert digests[0] == digests[1]


def test_the_joined_file_equals_the_concatenation_also_elsewhere(tmp_path: Path) -> None:
    mel, params, _ = make_split(tmp_path / "a", rows=50, shards=3)
    (tmp_path / "a").rename(tmp_path / "b")  # names of shards are relative
    with h5py.File(tmp_path / "b/train.h5") as file:
        np.testing.assert_array_equal(file["mel_spec"][:], mel.astype("f2"))
        np.testing.assert_array_equal(file["param_array"][:], params)
        assert {**file.attrs} == ROOT
        # What the published reader does.
        assert file["audio"].shape[0] == 50
        np.testing.assert_array_equal(file["mel_spec"][33], mel[33].astype("f2"))
        assert not file["audio"].attrs["stored"]
        assert file["audio"].attrs["sample_rate"] == ATTRIBUTES["sample_rate"]


def test_stored_sound_is_joined_too(tmp_path: Path) -> None:
    *_, audio = make_split(tmp_path, rows=20, shards=2, stored=True)
    with h5py.File(tmp_path / "train.h5") as file:
        np.testing.assert_array_equal(file["audio"][:], audio.astype("f2"))


def test_an_unfinished_shard_does_not_appear(tmp_path: Path) -> None:
    mel, params, audio = draw(3)
    path = tmp_path / "shard-0000.h5"
    shape = {"mel_shape": MEL, "num_params": WIDTH, "audio_shape": audio.shape[1:]}
    facts = {"attributes": ATTRIBUTES, "root_attributes": ROOT}
    with (
        pytest.raises(ValueError, match="1 of 3 rows written"),
        ShardWriter(path, 3, **shape, **facts) as shard,
    ):
        shard.append(mel_spec=mel[0], param_array=params[0])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("mel", np.nan, "row 1: mel_spec is not finite"), ("params", 1.5, r"row 1: .*\[0, 1\]")],
)
def test_wrong_values_are_refused(tmp_path: Path, field: str, value: float, message: str) -> None:
    mel, params, _ = draw(3)
    arrays = {"mel": mel, "params": params}
    arrays[field][1].flat[0] = value
    with pytest.raises(ValueError, match=message):
        write_shard(
            tmp_path / "shard-0000.h5",
            audio=None,
            **arrays,
            attributes=ATTRIBUTES,
            root_attributes=ROOT,
            audio_shape=(1, 8),
        )


def shards_of(folder: Path) -> list[Path]:
    return sorted((folder / "train").iterdir())


@pytest.mark.parametrize("key", ["synth_version", "table_digest"])
def test_shards_of_different_makes_are_not_joined(tmp_path: Path, key: str) -> None:
    make_split(tmp_path, rows=20, shards=2)
    other = shards_of(tmp_path)[1]
    with edited(other) as file:
        file.attrs[key] = "another"
    with pytest.raises(ValueError, match=f"shard-0000.h5 and .*shard-0001.h5 differ in {key}"):
        join_shards(shards_of(tmp_path), tmp_path / "train.h5")


def test_sample_rates_have_to_agree(tmp_path: Path) -> None:
    make_split(tmp_path, rows=20, shards=2)
    with edited(shards_of(tmp_path)[1]) as file:
        file["audio"].attrs["sample_rate"] = 48_000
    with pytest.raises(ValueError, match=r"differ in audio.sample_rate: 44100 and 48000"):
        join_shards(shards_of(tmp_path), tmp_path / "train.h5")


def test_gaps_are_named(tmp_path: Path) -> None:
    make_split(tmp_path, rows=30, shards=3)
    with pytest.raises(ValueError, match=r"expected shard number 1, found .*shard-0002"):
        join_shards([*shards_of(tmp_path)[::2]], tmp_path / "train.h5")
    with pytest.raises(ValueError, match="no shards"):
        join_shards([], tmp_path / "train.h5")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-500])


def forget_rows(path: Path) -> None:
    with edited(path) as file:
        del file["mel_spec"]
        file.create_dataset("mel_spec", (10, *MEL), "f2", chunks=(5, *MEL))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, "truncated"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"no HDF5 at all" * 100), "no HDF5 file"),
        (forget_rows, "mel_spec is incomplete"),
    ],
)
def test_damaged_shards_are_named(tmp_path: Path, damage, message: str) -> None:
    make_split(tmp_path, rows=20, shards=2)
    damage(shards_of(tmp_path)[1])
    with pytest.raises(ValueError, match=f"shard-0001.h5: .*{message}.*render it again"):
        join_shards(shards_of(tmp_path), tmp_path / "train.h5")


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    make_split(tmp_path, rows=20, shards=2)
    paths = shards_of(tmp_path)
    paths[1].unlink()
    with pytest.raises(FileNotFoundError, match=r"shard-0001.h5: no such data set file"):
        join_shards(paths, tmp_path / "train.h5")
