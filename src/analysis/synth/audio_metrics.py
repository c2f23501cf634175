"""The table of a rendered data set as a picture: four metrics, a line a method.

    python -m src.analysis.synth.audio_metrics results/laptop/vital/scores.parquet \
        --output results/laptop/figures/vital/audio_metrics.pdf

Points are means over pairs of sounds with 95 % intervals (scores averaged over seeds first), hollow
ones the paper's numbers where its Table 1 has the data set. Grey lines with bands are the target
rendered again (as good as a method can be) and a random patch.
"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from src.analysis.figures import style
from src.analysis.figures.style import Appearance
from src.analysis.synth.rows import METRICS, ROWS, Metric
from src.analysis.synth.scores import read_scores
from src.analysis.synth.summary import summary_table
from src.common.errors import explained

ROW_MM = 7.0
MARGINS_MM = 22.0  # axis labels and legend
PAPER_SHIFT = 0.28  # of a row
PAPER_LABEL = "Paper"


def draw(scores: pd.DataFrame) -> Figure:
    """Draw a panel a metric.

    Args:
        scores: as `src.analysis.synth.scores.read_scores` gives them.

    Returns:
        The figure, 174 mm wide.

    Raises:
        ValueError: there are only references, no method.
    """
    summary = summary_table(scores)
    is_reference = summary["method"].map(lambda name: ROWS[name].is_reference)
    methods, references = summary[~is_reference], summary[is_reference]
    if methods.empty:
        raise ValueError("scores of references only; collect the runs of a method too")
    figure = style.new_figure(style.TWO_COLUMNS_MM, ROW_MM * len(methods) + MARGINS_MM)
    panels = figure.subplots(1, len(METRICS), sharey=True)
    for axes, metric in zip(panels, METRICS.values(), strict=True):
        _draw_references(axes, references, metric)
        _draw_methods(axes, methods, metric)
        axes.set_xlabel(metric.directed_title)
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    panels[0].set_yticks(range(len(methods)), methods["label"])
    panels[0].set_ylim(len(methods) - 0.4, -0.6)  # the first on top
    _legend(figure, methods, references)
    return figure


def _draw_methods(axes: Axes, methods: pd.DataFrame, metric: Metric) -> None:
    """Our means, and the paper's a little below."""
    for place, row in enumerate(methods.to_dict("records")):
        look = ROWS[row["method"]].appearance.keywords() | {"linestyle": "none"}
        for prefix, shift, fill in (
            ("", 0.0, {}),
            ("paper_", PAPER_SHIFT, {"markerfacecolor": "white"}),
        ):
            if math.isnan(row[f"{prefix}{metric.column}"]):
                continue
            axes.errorbar(
                row[f"{prefix}{metric.column}"],
                place + shift,
                xerr=row[f"{prefix}{metric.column}_ci95"],
                capsize=2,
                elinewidth=0.8,
                label=f"{prefix}{row['method']}",
                **(look | fill),
            )


def _draw_references(axes: Axes, references: pd.DataFrame, metric: Metric) -> None:
    """A line a reference, and its interval as a band."""
    for row in references.to_dict("records"):
        look = ROWS[row["method"]].appearance.keywords()
        mean, ci95 = row[metric.column], row[f"{metric.column}_ci95"]
        axes.axvspan(mean - ci95, mean + ci95, color=look["color"], alpha=0.2, linewidth=0)
        axes.axvline(mean, label=row["method"], **look)


def _legend(figure: Figure, methods: pd.DataFrame, references: pd.DataFrame) -> None:
    """What the lines and the hollow marks are; methods are named on the axis."""
    handles = []
    if methods["paper_mss"].notna().any():
        hollow = Appearance("#000000", "o", "none", is_filled=False).keywords()
        handles.append(Line2D([], [], label=PAPER_LABEL, **hollow))
    for name in references["method"]:
        look = ROWS[name].appearance.keywords()
        handles.append(Line2D([], [], label=ROWS[name].label, **look))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw the audio metrics of a rendered data set.")
    parser.add_argument("scores", type=Path, help="from src.analysis.synth.collect")
    parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG beside it")
    options = parser.parse_args(argv)
    scores = read_scores(options.scores)
    with style.journal_style():
        for path in style.save_figure(draw(scores), options.output):
            print(path)


if __name__ == "__main__":
    main()
