"""Training curves: lines, seeds, and unusable histories."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.analysis.figures import style
from src.analysis.figures.training_curves import draw, main, read_history
from src.analysis.run_folders import RunFolder, parse_runs
from tests.analysis.figures.facts import assert_layout, font_kinds, page_mm, smallest_text
from tests.analysis.study import KS, LEVELS, make_history, write_run


@pytest.fixture
def runs(run_folders: list[Path]) -> list[RunFolder]:
    return [run for run in parse_runs(run_folders) if not run.variant.key]


def test_a_panel_for_each_k_condition_and_metric(runs: list[RunFolder]) -> None:
    with style.journal_style():
        figure = draw(runs)
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    assert len(figure.axes) == 4 * len(KS)
    assert [axes.get_ylabel() for axes in figure.axes[:: len(KS)]] == [
        *("Validation LSD (dB)", "Validation LAC", "Validation LSD (dB)", "Validation MSE")
    ]
    for axes in figure.axes:
        lines = {line.get_label(): line for line in axes.get_lines()}
        assert list(lines) == [name for name in LEVELS if name != "random"]
        assert list(lines["cnf_mlp"].get_xdata()) == [20, 40, 60]  # where it was validated
        assert {line.get_markevery() for line in lines.values()} == {None}  # a mark at each
        assert len(axes.collections) == len(lines)  # the range over two seeds
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(labels) == 6
    assert "Random" not in labels


def test_line_is_the_mean_over_seeds(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / "smoke", 2, "asymmetric", "ffn_mse", s) for s in (0, 1)]
    histories = [make_history("ffn_mse"), make_history("ffn_mse") * 3]
    histories[1]["step"] = histories[0]["step"]
    for folder, history in zip(folders, histories, strict=True):
        history.to_csv(folder / "history.csv", index=False)
    with style.journal_style():
        figure = draw(parse_runs(folders))
    for axes, column in zip(figure.axes, ("val/lsd", "val/mse"), strict=True):
        expected = 2 * histories[0][column].dropna()
        assert axes.get_lines()[0].get_ydata() == pytest.approx(expected.to_numpy())
        band = axes.collections[0].get_paths()[0].vertices[:, 1]
        assert band.min() == pytest.approx(expected.min() / 2)
        assert band.max() == pytest.approx(expected.max() * 3 / 2)


def test_many_steps_are_counted_in_thousands(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "smoke", 2, "symmetric", "ffn_mse", 0)
    history = make_history("ffn_mse")
    history["step"] *= 1000
    history.to_csv(folder / "history.csv", index=False)
    with style.journal_style():
        figure = draw(parse_runs([folder]))
    assert figure.axes[-1].get_xlabel() == "Training step (thousands)"
    assert np.array_equal(figure.axes[-1].get_lines()[0].get_xdata(), [20, 40, 60])


def test_unusable_histories_are_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "smoke", 2, "symmetric", "ffn_mse", 0)
    run, path = RunFolder.parse(folder), folder / "history.csv"
    make_history("ffn_mse", steps=10).to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"history\.csv: no validation was logged"):
        read_history(run)
    pd.DataFrame({"step": [1]}).to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"history\.csv: lacks the columns val/lsd, val/lac"):
        read_history(run)
    path.write_text("")
    with pytest.raises(ValueError, match=r"history\.csv: empty"):
        read_history(run)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"history\.csv: missing"):
        read_history(run)


def test_command_line_chooses_panels(
    tmp_path: Path, run_folders: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(folder) for folder in run_folders if "_minibatch" not in str(folder)]
    pdf = tmp_path / "curves.pdf"
    main([*folders, "--k", "2", "--symmetry", "symmetric", "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(84, abs=0.01)  # one column of panels
    assert font_kinds(pdf)[2] == 0
    with pytest.raises(SystemExit):
        main([*folders, "--k", "16", "--output", str(pdf)])
    assert "expected trained runs of one task, got none" in capsys.readouterr().err
