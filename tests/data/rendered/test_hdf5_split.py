"""Reading splits in blocks: which rows, what values, files that cannot be read."""

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from src.data.rendered.hdf5_rows import HDF5Rows
from src.data.rendered.hdf5_split import HDF5Split, Scaling
from tests.data.rendered.files import MEL, WIDTH, draw, edited, make_split

ROWS = 103
BATCH = 8
POOL = 4 * BATCH * 2 * int(np.prod(MEL))  # bytes: four batches of float16


def indices(split: HDF5Split, epoch: int = 0) -> list[list[int]]:
    return [split[epoch, i].index.tolist() for i in range(len(split))]


def flat(batches: list[list[int]]) -> list[int]:
    return [row for batch in batches for row in batch]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_split(tmp_path, ROWS, shards=3)
    return tmp_path


def pooled(folder: Path, **changes) -> HDF5Split:
    settings = {"shuffle": True, "in_memory": False, "pool_bytes": POOL, "seed": 1, **changes}
    return HDF5Split(folder / "train.h5", None, BATCH, **settings)


def test_in_order_and_standardised(tmp_path: Path) -> None:
    mel, params, _ = make_split(tmp_path, 20, shards=2)
    mean, std = torch.full(MEL, -40.0), torch.full(MEL, 20.0)
    std[0, 0, 0] = 0  # a bin that never changes
    split = HDF5Split(tmp_path / "train.h5", Scaling(mean, std), 8)
    batches = [split[i] for i in range(len(split))]
    assert [len(batch.index) for batch in batches] == [8, 8, 4]
    signal = torch.cat([batch.signal for batch in batches]).numpy()
    expected = (mel.astype("f2").astype("f4") + 40) / 20
    expected[:, 0, 0, 0] *= 20
    np.testing.assert_allclose(signal, expected, atol=1e-5)
    assert signal.dtype == np.float32
    read = torch.cat([batch.params for batch in batches]).numpy()
    np.testing.assert_array_equal(read, 2 * params - 1)
    assert batches[0].noise is None


@pytest.mark.parametrize("in_memory", [True, False])
def test_an_epoch_holds_each_row_once_and_no_two_are_alike(folder: Path, in_memory: bool) -> None:
    split = pooled(folder, in_memory=in_memory)
    epochs = [indices(split, epoch) for epoch in (0, 1)]
    for epoch in epochs:
        assert sorted(flat(epoch)) == list(range(ROWS))
        assert [len(batch) for batch in epoch] == 12 * [8] + [7]
    assert epochs[0] != epochs[1]
    assert indices(pooled(folder, in_memory=in_memory, seed=2)) != epochs[0]


@pytest.mark.parametrize("in_memory", [True, False])
def test_rows_keep_their_content_when_shuffled(tmp_path: Path, in_memory: bool) -> None:
    mel, params, _ = make_split(tmp_path, ROWS, shards=3)
    split = pooled(tmp_path, in_memory=in_memory)
    for number in range(len(split)):
        batch = split[3, number]
        np.testing.assert_array_equal(batch.signal.numpy(), mel.astype("f2")[batch.index])
        np.testing.assert_array_equal(batch.params.numpy(), 2 * params[batch.index] - 1)


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_restart_at_any_batch_goes_on_the_same(folder: Path, in_memory: bool) -> None:
    expected = indices(pooled(folder, in_memory=in_memory), 2)
    for first in (12, 5, 0):
        assert pooled(folder, in_memory=in_memory)[2, first].index.tolist() == expected[first]


def test_groups_hold_the_batches_of_the_epoch(folder: Path) -> None:
    split = pooled(folder)
    assert (split.groups, split.batches_a_group) == (4, 4)
    batches = [batch.index.tolist() for i in range(split.groups) for batch in split.group(1, i)]
    assert batches == indices(split, 1)


def test_rows_are_mixed_across_the_file_but_read_in_blocks(folder: Path) -> None:
    split = pooled(folder)
    first = flat(indices(split)[:4])  # a pool: at most 9 runs of 4 rows
    assert max(first) - min(first) > ROWS // 2
    assert len(split.plan.runs(0, 0)) <= 9
    assert first != sorted(first)
    in_memory = flat(indices(pooled(folder, in_memory=True)))
    steps = np.diff(in_memory)
    assert (np.abs(steps) == 1).mean() < 0.1


def test_auto_looks_at_the_size(folder: Path, monkeypatch) -> None:
    assert pooled(folder, in_memory="auto").in_memory
    monkeypatch.setattr(
        "src.data.rendered.hdf5_split.IN_MEMORY_BYTES", ROWS * 2 * int(np.prod(MEL)) - 1
    )
    assert not pooled(folder, in_memory="auto").in_memory


def test_the_open_file_is_not_pickled(folder: Path) -> None:
    split = pooled(folder)
    expected = indices(split)
    assert indices(pickle.loads(pickle.dumps(split))) == expected


def test_published_files_are_read(tmp_path: Path) -> None:
    mel, params, audio = draw(10)
    with h5py.File(tmp_path / "train.h5", "w") as file:
        file["mel_spec"], file["param_array"], file["audio"] = mel, params, audio.astype("f2")
    batch = HDF5Split(tmp_path / "train.h5", None, 10)[0]
    np.testing.assert_array_equal(batch.signal.numpy(), mel)
    assert batch.params.shape == (10, WIDTH)


@pytest.mark.parametrize("shuffle", [True, False])
def test_nan_is_named_by_file_and_row(tmp_path: Path, shuffle: bool) -> None:
    make_split(tmp_path, 20, shards=2)
    with edited(tmp_path / "train/shard-0001.h5") as file:
        file["mel_spec"][3, 0, 1, 2] = np.nan
    split = pooled(tmp_path, shuffle=shuffle)
    message = r"train.h5: row 13 \(row 3 of .*shard-0001.h5\): the signal is not finite"
    with pytest.raises(ValueError, match=message):
        indices(split)


def test_parameters_out_of_range_are_named(tmp_path: Path) -> None:
    mel, params, _ = draw(10)
    params[4, 2] = -1
    with h5py.File(tmp_path / "train.h5", "w") as file:
        file["mel_spec"], file["param_array"] = mel, params
    with pytest.raises(ValueError, match=r"row 4: parameters have to lie in \[0, 1\]"):
        HDF5Split(tmp_path / "train.h5", None, 10)[0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"train.h5: no such data set file; render it"):
        HDF5Split(tmp_path / "train.h5", None, 4)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut, "truncated"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"nonsense" * 500), "no HDF5 file"),
    ],
)
@pytest.mark.parametrize("name", ["train.h5", "train/shard-0001.h5"])
def test_damaged_files_are_named(folder: Path, name: str, damage, message: str) -> None:
    damage(folder / name)
    with pytest.raises(ValueError, match=f"{name}: .*{message}.*render it again"):
        pooled(folder)


def test_a_missing_shard_is_an_error_and_not_zeros(folder: Path) -> None:
    (folder / "train/shard-0002.h5").unlink()
    with pytest.raises(FileNotFoundError, match=r"shard-0002.h5: no such data set file"):
        pooled(folder)


def test_a_flipped_bit_is_found_by_the_checksum(folder: Path) -> None:
    path = folder / "train/shard-0001.h5"
    with h5py.File(path) as file:
        chunk = file["mel_spec"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + chunk.size // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"shard-0001.h5.* cannot be read from 'mel_spec'"):
        indices(pooled(folder))


def test_a_file_without_rows_or_with_unequal_ones_is_refused(tmp_path: Path) -> None:
    mel, params, _ = draw(10)
    for rows, message in ((0, "no rows"), (9, "differ in rows")):
        with h5py.File(tmp_path / "train.h5", "w") as file:
            file["mel_spec"], file["param_array"] = mel[:rows], params
        with pytest.raises(ValueError, match=message):
            HDF5Rows(tmp_path / "train.h5")
