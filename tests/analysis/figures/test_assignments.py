"""Learnt assignments: order, titles, and unusable checkpoints."""

from pathlib import Path

import numpy as np
import pytest
import torch
from src.analysis.figures.param2tok import KEY, draw, main, read_assignment
from src.analysis.runs import RunPath, parse_runs

from src.analysis.figures import style
from tests.analysis.figures.facts import assert_layout, font_kinds, page_mm, smallest_text
from tests.analysis.study import make_assignment, write_run


@pytest.fixture
def runs(run_folders: list[Path]) -> list[RunPath]:
    return [run for run in parse_runs(run_folders) if run.experiment == "cnf_param2tok"]


def test_seeds_below_each_other_conditions_side_by_side(runs: list[RunPath]) -> None:
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


def test_each_token_stands_at_its_oscillator(runs: list[RunPath]) -> None:
    with style.journal_style():
        figure = draw([run for run in runs if run.k == 4 and run.symmetry == "symmetric"])
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
    run, path = RunPath.parse(folder), folder / "model.ckpt"
    torch.save({"state_dict": {"network.weight": torch.zeros(1)}}, path)
    with pytest.raises(ValueError, match=rf"model\.ckpt: has no {KEY}; only runs of cnf_param2tok"):
        read_assignment(run)
    torch.save({"epoch": 3}, path)
    with pytest.raises(ValueError, match=r"model\.ckpt: expected the entries state_dict"):
        read_assignment(run)
    path.write_bytes(b"half a file")
    with pytest.raises(ValueError, match=r"model\.ckpt: damaged, or no checkpoint"):
        read_assignment(run)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.ckpt: missing"):
        read_assignment(run)


def test_command_line(tmp_path: Path, runs: list[RunPath]) -> None:
    pdf = tmp_path / "param2tok.pdf"
    main([*(str(run.folder) for run in runs), "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(174, abs=0.01)
    assert font_kinds(pdf)[2] == 0
    other = write_run(tmp_path / "smoke", 4, "symmetric", "cnf_mlp", 0)
    with pytest.raises(ValueError, match="one task and one experiment"):
        main([str(runs[0].folder), str(other), "--output", str(pdf)])
