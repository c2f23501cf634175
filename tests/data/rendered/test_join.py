"""Joining shards from the command line."""

from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the filter)
import numpy as np
import pytest

from src.data.rendered.join import main
from tests.data.rendered.files import make_split


def test_shards_in_any_order_become_one_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mel, params, _ = make_split(tmp_path, rows=7, shards=3)
    shards = sorted((tmp_path / "train").iterdir(), reverse=True)
    output = tmp_path / "joined.h5"
    main([*map(str, shards), "--output", str(output)])
    assert capsys.readouterr().out == f"{output}: 7 items of 3 shards\n"
    with h5py.File(output) as file:
        np.testing.assert_array_equal(file["param_array"][:], params)
        np.testing.assert_array_equal(file["mel_spec"][:], mel.astype(np.float16))


def test_a_gap_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_split(tmp_path, rows=7, shards=3)
    shards = [str(tmp_path / "train" / f"shard-000{i}.h5") for i in (0, 2)]
    with pytest.raises(SystemExit) as failure:
        main([*shards, "--output", str(tmp_path / "joined.h5")])
    assert failure.value.code == 1
    assert "expected shard number 1" in capsys.readouterr().err
    assert not (tmp_path / "joined.h5").exists()
