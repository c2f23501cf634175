"""A synthesizer's task as the configuration gives it."""

from pathlib import Path

from hydra.utils import instantiate

from src.data.rendered.task import SynthTask
from src.runs.configuration import compose
from src.synths.definition import load_definition


def _task(folder: Path, *overrides: str) -> SynthTask:
    settings = ["experiment=rendered/cnf_mlp", "scale=smoke", f"data.dataset_root={folder}"]
    cfg = compose("train", [*settings, f"paths.output_dir={folder}", *overrides])
    task = instantiate(cfg.data, _convert_="all")
    assert isinstance(task, SynthTask)
    return task


def test_the_configuration_looks_the_table_up(tmp_path: Path) -> None:
    table = load_definition("vital", "small", 1.0).table
    task = _task(tmp_path)
    assert task.table_digest == task.table.digest == table.digest
    assert task.num_params == 16
    assert task.one_hot_groups == []
    assert task.spectrogram_shape == (1, 128, 51)


def test_one_hot_groups_of_the_full_table(tmp_path: Path) -> None:
    task = _task(tmp_path, "dataset=vital_full")
    assert task.one_hot_groups == task.table.one_hot_groups
    assert task.one_hot_groups[0] == [0, 4]  # unison voices of the first oscillator
    assert task.num_params == task.table.width


def test_the_symmetry_is_the_tables(tmp_path: Path) -> None:
    symmetry = _task(tmp_path).symmetry
    assert symmetry.size == 12
    assert symmetry.num_params == 16
    cfg = compose("train", ["experiment=rendered/cnf_mlp", f"paths.output_dir={tmp_path}"])
    assert cfg.task.symmetry == str(symmetry)
