"""Provenance of runs, gathered."""

import json
from pathlib import Path

import pandas as pd
import pytest

from src.analysis.provenance_table import main, origins
from src.runs.provenance import provenance


def write_run(folder: Path, seed: int, made_at: str, sha: str) -> None:
    """Leave what a training and an evaluation leave."""
    folder.mkdir(parents=True)
    told = {**provenance(seed), "made_at": made_at, "commit": {"sha": sha, "modified": False}}
    (folder / "provenance.json").write_text(json.dumps(told))
    (folder / "evaluation.json").write_text(json.dumps({"provenance": told}))


def test_runs_of_one_commit_and_machine_are_one_row(tmp_path: Path) -> None:
    write_run(tmp_path / "kosc/seed0", 0, "2026-01-02T00:00:00+00:00", "a" * 40)
    write_run(tmp_path / "kosc/seed1", 1, "2026-01-01T00:00:00+00:00", "a" * 40)
    write_run(tmp_path / "ksin/seed7", 7, "2026-01-03T00:00:00+00:00", "b" * 40)
    first, second = origins(tmp_path)
    assert (first["trainings"], first["evaluations"], first["seeds"]) == (2, 2, [0, 1])
    assert first["first"] < first["last"] < second["first"]
    main([str(tmp_path), "--output", str(tmp_path / "provenance.csv")])
    table = pd.read_csv(tmp_path / "provenance.csv")
    assert list(table["commit"]) == ["a" * 12, "b" * 12]
    assert list(table["training seeds"]) == ["0, 1", "7"]
    assert (tmp_path / "provenance.md").read_text().startswith("| commit")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    write_run(tmp_path / "seed0", 0, "2026-01-02T00:00:00+00:00", "a" * 40)
    (tmp_path / "seed0/evaluation.json").write_text("{}")
    with pytest.raises(ValueError, match=r"evaluation\.json: not readable as a run's provenance"):
        origins(tmp_path)
