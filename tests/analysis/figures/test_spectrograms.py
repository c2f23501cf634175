"""Spectrograms: which items, and what is drawn."""

from pathlib import Path

import numpy as np
import pytest

from src.analysis.figures import style
from src.analysis.figures.spectrogram_panel import level
from src.analysis.figures.spectrograms import choose_items, draw
from src.analysis.run_folders import RunFolder, parse_runs
from src.data.sound_files import write_wav
from tests.analysis.figures.facts import assert_layout, smallest_text
from tests.analysis.sounds_study import make_scores, write_run

RATE = 22050


@pytest.fixture(scope="module")
def sounding(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[RunFolder], Path]:
    """Two runs with sounds, a sine of 1 kHz, and their targets, one of which is silent."""
    root = tmp_path_factory.mktemp("sounds")
    runs = parse_runs([write_run(root, method) for method in ("random", "cnf_mlp")])
    targets = root / "targets"
    sine = np.sin(2 * np.pi * 1000 * np.arange(RATE // 2) / RATE).astype(np.float32)
    for folder in (targets, *(run.folder / "sounds" for run in runs)):
        folder.mkdir()
        for item in set(choose_items(runs[0]).values()):
            is_silent = folder == targets and item == "000000"
            write_wav(folder / f"{item}.wav", np.stack([sine, -sine]) * (not is_silent), RATE)
    return runs, targets


def test_items_are_first_best_median_and_worst(sounding: tuple[list[RunFolder], Path]) -> None:
    run = sounding[0][0]
    ordered = make_scores("cnf_mlp").sort_values("mss")["item"].tolist()
    chosen = {"First": "000000", "Best": ordered[0], "Median": ordered[14], "Worst": ordered[-1]}
    assert choose_items(run) == chosen


def test_level_is_relative_to_the_maximum(sounding: tuple[list[RunFolder], Path]) -> None:
    run, targets = sounding[0][0], sounding[1]
    decibels, duration_s, rate = level(run.folder / "sounds" / "000000.wav")
    assert decibels is not None
    assert (decibels.max(), duration_s, rate) == (0.0, 0.5, RATE)
    assert decibels.min() == pytest.approx(-80, abs=1e-4)
    # 1 kHz is mel 15 of Slaney's scale, half the sample rate mel 15 + 27 log(11.025) / log(6.4);
    # opposite phases do not cancel.
    expected = 15 / (15 + 27 * np.log(RATE / 2000) / np.log(6.4)) * 128
    assert abs(decibels.mean(axis=1).argmax() + 0.5 - expected) < 1.5
    assert level(targets / "000000.wav")[0] is None


def test_spectrograms(sounding: tuple[list[RunFolder], Path]) -> None:
    runs, targets = sounding
    with style.journal_style():
        figure = draw(runs, targets)
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    panels = np.array(figure.axes[:12]).reshape(4, 3)
    assert [axes.get_title() for axes in panels[0]] == ["Target", "CNF\n(MLP)", "Random\npatch"]
    assert panels[0, 0].texts[0].get_text() == "silent"
    assert panels[0, 2].texts[0].get_text() == f"{make_scores('random')['mss'][0]:.1f}"
    assert panels[0, 1].get_xlim() == (0, 0.5)
    assert figure.axes[12].get_ylabel() == "Level (dB rel. to sound's maximum)"
    with pytest.raises(FileNotFoundError, match="holds no sound 000000"):
        draw(runs, targets.parent)
