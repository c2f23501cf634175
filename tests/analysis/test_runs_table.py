"""Time, memory and size of runs."""

import json
from pathlib import Path

import pandas as pd
import pytest

from src.analysis.run_folders import RunFolder
from src.analysis.runs_table import main, run_row
from tests.analysis.study import ITEMS, write_run


def test_every_run_has_a_line(tmp_path: Path, run_folders: list[Path]) -> None:
    output = tmp_path / "runs.csv"
    main([*map(str, run_folders), "--output", str(output)])
    table = pd.read_csv(output)
    assert len(table) == len(run_folders)
    trained = table[table["experiment"] != "random"]
    assert set(trained["parameters"]) == {1234}
    assert set(trained["train_seconds"]) == {6.0}
    assert set(table["test_items"]) == {ITEMS}
    untrained = table[table["experiment"] == "random"]
    assert len(untrained) == 4
    assert untrained[["parameters", "steps", "train_seconds", "device"]].isna().all(axis=None)
    assert ",1234,60," in output.read_text()  # whole numbers, although some lines have none


def test_missing_files_are_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "smoke", 2, "symmetric", "cnf_mlp", 0)
    (folder / "evaluation.json").write_text(json.dumps({"n": 3}))
    with pytest.raises(ValueError, match=r"evaluation\.json: lacks seconds"):
        run_row(RunFolder.parse(folder))
    (folder / "run.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"run\.json: missing; make it with: snakemake"):
        run_row(RunFolder.parse(folder))
