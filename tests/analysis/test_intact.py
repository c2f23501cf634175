"""Results of one's own are checked by what their files carry."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.analysis.intact import damaged_files, main
from src.common.json_files import write_json
from src.common.parquet import write_parquet
from src.data.rendered.bin_statistics import compute_statistics
from tests.data.rendered.files import make_split


@pytest.fixture
def results(tmp_path: Path) -> Path:
    make_split(tmp_path / "data", rows=6, shards=2)
    compute_statistics([tmp_path / "data/train.h5"]).write(tmp_path / "data/stats.npz")
    write_parquet(pd.DataFrame({"lsd": np.arange(9.0)}), tmp_path / "scores.parquet")
    write_json(tmp_path / "run.json", {"seconds": 1.5})
    (tmp_path / "table.csv").write_text("a\n1\n")
    return tmp_path


def test_whole_results_are_counted(results, capsys):
    main([str(results)])
    assert "6 files as they were written" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name",
    ["data/train/shard-0001.h5", "data/train.h5", "data/stats.npz", "scores.parquet", "run.json"],
)
def test_each_damaged_file_is_named(results, name, capsys):
    path = results / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    problems, _ = damaged_files(results)
    assert any(str(path) in problem for problem in problems)
    with pytest.raises(SystemExit):
        main([str(results)])
    assert name in capsys.readouterr().err
