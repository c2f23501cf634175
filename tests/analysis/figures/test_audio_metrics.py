"""The audio metrics as a picture: means, the paper's beside them, references outside."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer

from src.analysis.figures import style
from src.analysis.figures.audio_metrics import draw
from tests.analysis.figures.facts import assert_layout, smallest_text
from tests.analysis.sounds_study import make_scores


def marks(axes: Axes) -> dict[str, tuple[float, float]]:
    """Mean and half width of horizontal intervals by label."""
    found = {}
    for container in axes.containers:
        assert isinstance(container, ErrorbarContainer)
        (start, _), (end, _) = container[2][0].get_segments()[0]
        found[str(container.get_label())] = ((start + end) / 2, (end - start) / 2)
    return found


def test_audio_metrics_show_the_table(sound_scores: pd.DataFrame) -> None:
    with style.journal_style():
        figure = draw(sound_scores.assign(task="surge_full"))
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels[0] == "CNF (PARAM2TOK)"
    assert labels[6:] == ["Target rendered again", "Random patch"]
    mss, *_, rms = (marks(axes) for axes in figure.axes)
    assert mss["paper_ast"] == pytest.approx((14.73, 0.14))
    assert rms["cnf_mlp"][0] == pytest.approx(
        np.mean([make_scores("cnf_mlp", seed)["rms"].mean() for seed in (0, 1)])
    )
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["Paper"]


def test_references_do_not_squeeze_the_axis(sound_scores: pd.DataFrame) -> None:
    kept = sound_scores["method"].isin(["cnf_mlp", "ast", "rerendered", "random"])
    with style.journal_style():
        figure = draw(sound_scores[kept])
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    drawn = marks(axes)
    assert set(drawn) == {"cnf_mlp", "ast"}
    assert all(low < mean - half and mean + half < high for mean, half in drawn.values())
    random = make_scores("random")["mss"].mean()
    assert random > high
    outside = [text.get_text() for text in axes.texts]
    assert outside[1] == f"{random:.1f} →"
    assert outside[0].startswith("← 0.0")


def test_a_reference_within_the_axis_is_a_mark(sound_scores: pd.DataFrame) -> None:
    with style.journal_style():
        figure = draw(sound_scores.assign(mss=sound_scores["mss"].clip(upper=20)))
    random = make_scores("random")["mss"].clip(upper=20).mean()
    assert marks(figure.axes[0])["random"][0] == pytest.approx(random)


def test_toy_scores_are_refused(scores: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="kosc: has no audio metrics"):
        draw(scores)
