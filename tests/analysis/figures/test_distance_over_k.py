"""Error over k: what is drawn, and what the files hold."""

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.analysis.figures import style
from src.analysis.figures.distance_over_k import draw, main
from src.analysis.summary import summary_table
from src.study.methods import METHODS
from tests.analysis.figures.facts import (
    assert_layout,
    bars,
    font_kinds,
    half_widths,
    page_mm,
    smallest_text,
)
from tests.analysis.study import KS, LEVELS

PAGE_MM = 0.01  # matplotlib rounds points to two decimals
TRAINED = [METHODS[name].label for name in LEVELS if name != "random"]


@pytest.mark.parametrize("metric", ["lsd", "parameter_error"])
def test_lines_are_the_summary(scores: pd.DataFrame, metric: str) -> None:
    summary = summary_table(scores[scores["method"].isin(METHODS)])
    with style.journal_style():
        figure = draw(scores, metric)
    for axes, symmetry in zip(figure.axes, ("symmetric", "asymmetric"), strict=True):
        drawn = bars(axes)
        assert list(drawn) == TRAINED  # no coupling variants
        for label, container in drawn.items():
            mine = summary[(summary["symmetry"] == symmetry) & (summary["label"] == label)]
            x, y = container[0].get_data()
            assert np.array_equal(y, mine[metric])
            assert half_widths(container) == pytest.approx(mine[f"{metric}_ci95"].to_numpy())
            assert np.array_equal(2 ** np.round(np.log2(x)), KS)  # beside its k
        (random,) = [line for line in axes.get_lines() if line.get_label() == "Random"]
        assert random.get_linestyle() == ":"
        assert list(random.get_xdata()) == list(KS)
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2", "4"]


def test_panels_share_lsd_but_not_parameter_errors(scores: pd.DataFrame) -> None:
    with style.journal_style():
        lsd, error = draw(scores, "lsd"), draw(scores, "parameter_error")
    assert [axes.get_title() for axes in lsd.axes] == ["Symmetric", "Asymmetric"]
    assert [axes.get_ylabel() for axes in lsd.axes] == ["LSD (dB)", "LSD (dB)"]
    assert lsd.axes[0].get_ylim() == lsd.axes[1].get_ylim()
    assert [axes.get_ylabel() for axes in error.axes] == ["LAC", "MSE"]
    assert error.axes[0].get_ylim() != error.axes[1].get_ylim()
    assert [axes.get_yscale() for axes in error.axes] == ["log", "log"]


def test_sort_is_dashed_in_the_asymmetric_panel(scores: pd.DataFrame) -> None:
    with style.journal_style():
        figure = draw(scores, "lsd")
    lines = [bars(axes)["FFN (Sort)"][0] for axes in figure.axes]
    assert [line.is_dashed() for line in lines] == [False, True]


@pytest.mark.parametrize("symmetries", [["symmetric", "asymmetric"], ["asymmetric"]])
@pytest.mark.parametrize("ks", [KS, (2,)])
def test_one_legend_outside_and_readable(
    scores: pd.DataFrame, symmetries: list[str], ks: tuple[int, ...]
) -> None:
    part = scores[scores["symmetry"].isin(symmetries) & scores["k"].isin(ks)]
    with style.journal_style():
        figure = draw(part, "parameter_error")
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    (legend,) = figure.legends
    assert not [axes for axes in figure.axes if axes.get_legend()]
    assert sorted(t.get_text() for t in legend.get_texts()) == sorted([*TRAINED, "Random"])


def test_files_are_as_a_journal_wants_them(tmp_path: Path, scores_path: Path) -> None:
    pdf = tmp_path / "figures" / "lsd.pdf"
    main([str(scores_path), "--metric", "lsd", "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(174, abs=PAGE_MM)
    true_type, embedded, type_3 = font_kinds(pdf)
    assert true_type == embedded >= 1
    assert type_3 == 0
    width, _ = struct.unpack(">II", pdf.with_suffix(".png").read_bytes()[16:24])
    assert width == int(174 / 25.4 * 300)
    assert sorted(p.name for p in pdf.parent.iterdir()) == ["lsd.pdf", "lsd.png"]


def test_nothing_to_draw_is_said(scores: pd.DataFrame) -> None:
    variants = scores[scores["method"] == "cnf_mlp_minibatch"]
    with style.journal_style(), pytest.raises(ValueError, match="no scores of cnf_equivariant"):
        draw(variants, "lsd")
