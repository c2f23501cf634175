"""Statistics of a train set: known answers, block sizes, files that do not fit."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from src.data.rendered.bin_statistics import Statistics, compute_statistics, main
from src.data.rendered.hdf5_rows import HDF5Rows
from tests.data.rendered.files import MEL, draw, make_split


def test_mean_and_deviation_are_numpy_s(tmp_path: Path) -> None:
    mel, *_ = make_split(tmp_path, rows=101, shards=3)
    found = compute_statistics([tmp_path / "train.h5"])
    stored = mel.astype("f2").astype("f8")
    np.testing.assert_allclose(found.mean, stored.mean(0), atol=1e-5)
    np.testing.assert_allclose(found.std, stored.std(0), atol=1e-5)
    assert (found.count, found.table_digest, found.mean.dtype) == (101, "abc", np.float32)


def test_block_size_and_shards_do_not_matter(tmp_path: Path) -> None:
    make_split(tmp_path, rows=101, shards=3)
    whole = compute_statistics([tmp_path / "train.h5"])
    row = 2 * int(np.prod(MEL))
    shards = sorted((tmp_path / "train").iterdir())
    for other in (
        *(compute_statistics([tmp_path / "train.h5"], rows * row) for rows in (1, 7, 64)),
        compute_statistics(shards),
    ):
        np.testing.assert_allclose(other.mean, whole.mean, atol=1e-6)
        np.testing.assert_allclose(other.std, whole.std, atol=1e-6)
        assert other.source == whole.source


def write_plain(path: Path, mel: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        file["mel_spec"] = mel
        file["param_array"] = draw(len(mel))[1]


def test_a_large_offset_costs_no_digits_and_constant_bins_have_no_deviation(tmp_path: Path) -> None:
    mel = draw(300)[0] / 80 + 10_000  # float32: the naive sum of squares would lose them
    mel[:, 0, 0, 0] = 10_000.125
    write_plain(tmp_path / "train.h5", mel)
    found = compute_statistics([tmp_path / "train.h5"], block_bytes=7 * mel[0].nbytes)
    np.testing.assert_allclose(found.std, mel.astype("f8").std(0), atol=1e-7)
    assert found.std[0, 0, 0] == 0
    assert found.mean[0, 0, 0] == 10_000.125


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_values_that_are_not_finite_are_named(tmp_path: Path, value: float) -> None:
    mel, *_ = draw(20)
    mel[13, 1, 2, 3] = value
    write_plain(tmp_path / "train.h5", mel)
    with pytest.raises(ValueError, match=r"train.h5: row 13: the spectrogram is not finite"):
        compute_statistics([tmp_path / "train.h5"], block_bytes=5 * mel[0].nbytes)


def test_the_command_line_writes_what_is_read(tmp_path: Path, capsys) -> None:
    make_split(tmp_path, rows=30, shards=2)
    output = tmp_path / "stats.npz"
    main([str(tmp_path / "train.h5"), "--output", str(output)])
    assert "30 rows" in capsys.readouterr().out
    first, computed = output.read_bytes(), compute_statistics([tmp_path / "train.h5"])
    read = Statistics.read(output)
    np.testing.assert_array_equal(read.mean, computed.mean)
    np.testing.assert_array_equal(read.std, computed.std)
    assert (read.count, read.table_digest, read.source) == (30, "abc", computed.source)
    read.write(output)
    assert output.read_bytes() == first


def test_the_command_line_explains_errors(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "train.h5"), "--output", str(tmp_path / "stats.npz")])
    assert "train.h5: no such data set file" in capsys.readouterr().err


def test_published_statistics_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "stats.npz", mean=np.ones(MEL), std=np.ones(MEL))
    found = Statistics.read(tmp_path / "stats.npz")
    assert (found.count, found.table_digest, found.mean.dtype) == (0, "", np.float32)


def test_missing_and_damaged_statistics_say_how_to_make_them(tmp_path: Path) -> None:
    path = tmp_path / "stats.npz"
    with pytest.raises(
        FileNotFoundError, match=r"python -m src.data.rendered.bin_statistics .*train.h5 --output"
    ):
        Statistics.read(path)
    path.write_bytes(b"")
    with pytest.raises(
        ValueError, match=r"stats.npz: damaged .*python -m src.data.rendered.bin_statistics"
    ):
        Statistics.read(path)
    np.savez(path, mean=np.ones(MEL))
    with pytest.raises(ValueError, match="expected mean and std"):
        Statistics.read(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table_digest": "other"}, "digests other and abc"),
        ({"mean": np.ones((1, 4, 6), "f4")}, "shape"),
    ],
)
def test_statistics_of_another_data_set_are_refused(
    tmp_path: Path, change: dict, message: str
) -> None:
    make_split(tmp_path, rows=5, shards=1)
    rows = HDF5Rows(tmp_path / "train.h5")
    fields = {"mean": np.ones(MEL, "f4"), "std": np.ones(MEL, "f4"), "table_digest": "abc"}
    statistics = Statistics(**{**fields, **change}, count=5, source="", path=tmp_path / "s.npz")
    with pytest.raises(ValueError, match=rf"s.npz does not belong to .*train.h5: .*{message}"):
        statistics.check_fits(rows)


def test_files_of_two_data_sets_have_no_common_statistics(tmp_path: Path) -> None:
    make_split(tmp_path, rows=5, shards=1)
    write_plain(tmp_path / "other.h5", draw(5)[0])
    with pytest.raises(ValueError, match=r"train.h5 and .*other.h5 differ in table_digest"):
        compute_statistics([tmp_path / "train.h5", tmp_path / "other.h5"])


def test_an_array_under_the_name_of_statistics_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "stats.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match=r"stats\.npz: damaged file of statistics [^\n]+$"):
        Statistics.read(tmp_path / "stats.npz")
