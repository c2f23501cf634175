"""Learnt assignments: order, titles, labels, and unusable files."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from src.analysis.figures import style
from src.analysis.figures.assignment_panels import spread
from src.analysis.figures.assignments import KEY, draw, main, read_grouped, read_weights
from src.analysis.run_folders import RunFolder, parse_runs
from src.study.layout import Condition
from tests.analysis import sounds_study
from tests.analysis.figures.facts import assert_layout, font_kinds, page_mm, smallest_text
from tests.analysis.study import make_assignment, write_run


@pytest.fixture
def runs(run_folders: list[Path]) -> list[RunFolder]:
    return [run for run in parse_runs(run_folders) if run.method == "cnf_param2tok"]


def test_seeds_below_each_other_conditions_side_by_side(runs: list[RunFolder]) -> None:
    with style.journal_style():
        figure = draw(runs)
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    *panels, colorbar = figure.axes
    assert len(panels) == 2 * 4
    assert [axes.get_title() for axes in panels] == [
        "Symmetric, $k$ = 2\n100 % paired",
        "Symmetric, $k$ = 4\n100 % paired",
        "Asymmetric, $k$ = 2\n100 % paired",
        "Asymmetric, $k$ = 4\n100 % paired",
        *["100 % paired"] * 4,
    ]
    assert [axes.get_ylabel() for axes in panels[::4]] == ["Seed 0\nToken", "Seed 1\nToken"]
    assert [text.get_text() for text in panels[4].texts] == ["freq.", "ampl.", "wave"]
    assert [tick.get_text() for tick in panels[1].get_xticklabels()] == list("1234" * 3)
    assert colorbar.get_ylabel() == "|A| / max |A|"


def test_each_token_stands_at_its_oscillator(runs: list[RunFolder]) -> None:
    with style.journal_style():
        figure = draw([run for run in runs if run.condition == Condition(4, "symmetric")])
    for axes in figure.axes[:2]:
        drawn = axes.collections[0].get_array().reshape(4, 12)
        assert drawn.max() == 1.0
        assert np.array_equal(np.round(drawn), np.tile(np.eye(4), 3))
        assert axes.yaxis_inverted()


def test_many_conditions_stand_below_each_other(tmp_path: Path) -> None:
    folders = []
    for symmetry in ("symmetric", "asymmetric"):
        for k in (4, 8, 16):
            folder = write_run(tmp_path / "smoke", k, symmetry, "cnf_param2tok", 0)
            folders.append(folder)
    with style.journal_style():
        figure = draw(parse_runs(folders))
        assert_layout(figure)
    titles = [axes.get_title().splitlines()[0] for axes in figure.axes[:-1]]
    assert titles == [f"{s}, $k$ = {k}" for s in ("Symmetric", "Asymmetric") for k in (4, 8, 16)]


def test_a_wrong_pair_lowers_the_share(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "smoke", 4, "symmetric", "cnf_param2tok", 0)
    assignment = make_assignment(4)
    assignment[:, [4, 5]] = assignment[:, [5, 4]]
    torch.save({"state_dict": {KEY: assignment}}, folder / "model.ckpt")
    with style.journal_style():
        figure = draw(parse_runs([folder]))
    assert figure.axes[0].get_title() == "Symmetric, $k$ = 4\n83 % paired"
    assert figure.axes[0].texts[0].get_text() == "frequency"  # room for the whole word


def test_unusable_checkpoints_are_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "smoke", 4, "symmetric", "cnf_param2tok", 0)
    run, path = RunFolder.parse(folder), folder / "model.ckpt"
    torch.save({"state_dict": {"network.weight": torch.zeros(1)}}, path)
    with pytest.raises(ValueError, match=rf"model\.ckpt: has no {KEY}; only runs of cnf_param2tok"):
        read_weights(run)
    torch.save({"epoch": 3}, path)
    with pytest.raises(ValueError, match=r"model\.ckpt: expected the entries state_dict"):
        read_weights(run)
    path.write_bytes(b"half a file")
    with pytest.raises(ValueError, match=r"model\.ckpt: damaged, or no checkpoint"):
        read_weights(run)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.ckpt: missing"):
        read_weights(run)


def test_command_line(
    tmp_path: Path, runs: list[RunFolder], capsys: pytest.CaptureFixture[str]
) -> None:
    pdf = tmp_path / "param2tok.pdf"
    main([*(str(run.folder) for run in runs), "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(174, abs=0.01)
    assert font_kinds(pdf)[2] == 0
    other = write_run(tmp_path / "smoke", 4, "symmetric", "cnf_mlp", 0)
    with pytest.raises(SystemExit):
        main([str(runs[0].folder), str(other), "--output", str(pdf)])
    assert "one task and one method" in capsys.readouterr().err


def test_labels_keep_their_distance() -> None:
    moved = spread(np.array([0.5, 0.6, 9.8, 9.9]), 1.0, 10.0)
    assert moved.tolist() == [0.5, 1.5, 9.0, 10.0]


def test_param2tok_names_groups(synth_root: Path) -> None:
    runs = parse_runs(sorted(synth_root.glob("smoke/vital/cnf_param2tok/seed*")))
    with style.journal_style():
        figure = draw(runs)
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    panel = figure.axes[0]
    names = [text.get_text() for text in panel.texts]
    assert names[:4] == ["oscillator 1", "oscillator 2", "oscillator 3", "filter 1"]
    drawn = np.asarray(panel.collections[0].get_array())
    assert drawn.shape == (12, 16)
    assert drawn.max() == 1
    assert panel.yaxis_inverted()
    head, what, likeness = panel.get_title().splitlines()
    assert (head, what) == ("Vital, seed 0", "Cosine of two parameters' tokens:")
    assert likeness.startswith("0.9")
    assert " within a group, 0." in likeness


def test_param2tok_refuses_other_models(tmp_path: Path) -> None:
    run = RunFolder.parse(sounds_study.write_run(tmp_path, "cnf_param2tok"))
    torch.save({"state_dict": {KEY: torch.ones(4, 17)}}, run.folder / "model.ckpt")
    with pytest.raises(ValueError, match=r"assigns 17 parameters, but .*small\.csv has 16"):
        read_grouped(run)
    (run.folder / "config.yaml").write_text(yaml.safe_dump({"data": {}}))
    with pytest.raises(ValueError, match=r"config\.yaml: lacks data\.synth"):
        read_grouped(run)
    torch.save({"state_dict": {}}, run.folder / "model.ckpt")
    with pytest.raises(ValueError, match="only runs of cnf_param2tok have one"):
        read_grouped(run)
