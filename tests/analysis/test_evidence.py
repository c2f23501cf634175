"""What numbers rest on, in words and on figures."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.run_folders import parse_runs


def test_scores_tell_scale_items_and_seeds(
    scores: pd.DataFrame, sound_scores: pd.DataFrame
) -> None:
    smoke = "Scale smoke, not the paper's: "
    assert Evidence.of_scores(scores).text == f"{smoke}40 test items, seeds 0, 1"
    assert Evidence.of_scores(sound_scores).text == f"{smoke}30 pairs of sounds, seeds 0, 1"


def test_runs_tell_their_steps(run_folders: list[Path]) -> None:
    runs = parse_runs(run_folders[:1])
    text = Evidence.of_runs(runs, [60, 80]).text
    assert text == "Scale smoke, not the paper's: seed 0, 60 to 80 training steps"


@pytest.mark.parametrize("width_mm", [84, 174])
def test_every_scale_but_the_papers_is_marked(width_mm: float) -> None:
    with style.journal_style():
        for scale, lines in (("smoke", 1 if width_mm > 84 else 2), ("paper", 0)):
            figure = style.new_figure(width_mm, 50)
            figure.subplots().set_title("Symmetric")
            style.mark(figure, Evidence(scale, (0,), (2560, 2560)))
            figure.draw_without_rendering()
            assert len(figure.texts) == (scale == "smoke")
            height_mm = figure.get_figheight() * 25.4
            assert height_mm == pytest.approx(50 + lines * style.MARK_MM)
            for title in figure.texts:
                box, panel = title.get_window_extent(), figure.axes[0].get_tightbbox()
                assert figure.bbox.x0 < box.x0 < box.x1 < figure.bbox.x1
                assert box.y0 >= panel.y1 - 1.5
