"""The table of rendered sounds as a picture: a panel a metric, a row a method.

    python -m src.analysis.figures.audio_metrics results/laptop/vital/scores.parquet \
        --output results/laptop/figures/vital/audio_metrics.pdf

Points are means over pairs of sounds with 95 % intervals (scores averaged over seeds first), hollow
ones the paper's numbers where its Table 1 has the task. The axes span the methods; references (the
target rendered again, as good as a method can be, and a random patch) stand in grey rows below,
as a number at the edge where they lie outside.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.paper import TABLE_1
from src.analysis.scores import kind_of, read_scores
from src.analysis.summary import summary_table
from src.common.errors import explained
from src.study.methods import GREY, Appearance
from src.study.metrics import METRICS, Metric
from src.study.settings import read_settings

ROW_MM = 6.5
MARGINS_MM = 22.0  # axis labels and legend
PAPER_SHIFT = 0.28  # of a row
PAPER_LABEL = "Paper"
MARGIN = 0.12  # of what the methods span, on each side
MARK_SIZE = 3.8  # points; intervals of many sounds are short
PAPER = {"markerfacecolor": "white"}


def draw(scores: pd.DataFrame) -> Figure:
    """Draw a panel a metric.

    Args:
        scores: of rendered sounds, as `src.analysis.scores.read_scores` gives them.

    Returns:
        The figure, 174 mm wide.

    Raises:
        ValueError: the sounds are not rendered, or there are only references, no method.
    """
    if kind_of(scores) != "rendered":
        raise ValueError(f"{scores['task'].iloc[0]}: has no audio metrics; name a rendered task")
    summary = summary_table(scores)
    is_reference = summary["method"].map(_is_reference)
    methods, references = summary[~is_reference], summary[is_reference]
    if methods.empty:
        raise ValueError("scores of references only; gather the runs of a method too")
    rows = pd.concat([methods, references])
    figure = style.new_figure(style.TWO_COLUMNS_MM, ROW_MM * len(rows) + MARGINS_MM)
    panels = figure.subplots(1, len(METRICS["rendered"]), sharey=True)
    for axes, metric in zip(panels, METRICS["rendered"].values(), strict=True):
        axes.set_xlim(*_span(methods, metric))
        for place, row in enumerate(rows.to_dict("records")):
            _draw_row(axes, place, row, metric)
        axes.axhline(len(methods) - 0.5, color="#dddddd", linewidth=0.5)
        axes.set_xlabel(metric.directed_title)
        axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    panels[0].set_yticks(range(len(rows)), rows["label"])
    panels[0].set_ylim(len(rows) - 0.4, -0.6)  # the first on top
    if methods["paper_mss"].notna().any():
        hollow = Appearance("#000000", "o", "none", is_filled=False).keywords()
        handle = Line2D([], [], label=PAPER_LABEL, **hollow)
        figure.legend(handles=[handle], loc="outside lower center")
    style.mark(figure, Evidence.of_scores(scores))
    return figure


def _is_reference(name: str) -> bool:
    return read_settings().variant(name).method.is_reference


def _span(methods: pd.DataFrame, metric: Metric) -> tuple[float, float]:
    """Where a panel's axis starts and ends: intervals of methods and paper lie within."""
    ends = []
    for prefix in ("", "paper_"):
        mean, ci95 = (methods[f"{prefix}{metric.column}{end}"] for end in ("", "_ci95"))
        half = ci95.fillna(0)
        ends += [(mean - half).min(), (mean + half).max()]
    known = [end for end in ends if not math.isnan(end)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    space = MARGIN * (high - low) or abs(high) or 1.0
    return low - space, high + space


def _draw_row(axes: Axes, place: int, row: Mapping[Hashable, Any], metric: Metric) -> None:
    """Our mean, and the paper's a little below; a number where it lies outside the panel."""
    method = read_settings().variant(row["method"]).method
    look = method.appearance.keywords() | {"linestyle": "none"}
    if method.is_reference:
        look |= {"color": GREY, "marker": "|", "markeredgecolor": GREY}
    low, high = axes.get_xlim()
    for prefix, shift, fill in (("", 0.0, {}), ("paper_", PAPER_SHIFT, PAPER)):
        mean, ci95 = (row[f"{prefix}{metric.column}{end}"] for end in ("", "_ci95"))
        if math.isnan(mean):
            continue
        if not low <= mean <= high:
            _draw_outside(axes, place, mean)
            continue
        axes.errorbar(
            mean,
            place + shift,
            xerr=ci95,
            capsize=2.5,
            elinewidth=1.0,
            markersize=MARK_SIZE,
            label=f"{prefix}{row['method']}",
            **(look | fill),
        )


def _draw_outside(axes: Axes, place: int, mean: float) -> None:
    """Print a mean at the edge beyond which it lies."""
    is_left = mean < axes.get_xlim()[0]
    number = f"{mean:.2g}" if abs(mean) < 1 else f"{mean:.1f}"
    axes.text(
        0.02 if is_left else 0.98,
        place,
        f"← {number}" if is_left else f"{number} →",
        transform=axes.get_yaxis_transform(),
        color=GREY,
        ha="left" if is_left else "right",
        va="center",
        fontsize=7,
    )


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw the audio metrics of rendered sounds.")
    parser.add_argument("scores", type=Path, help="Parquet file from src.analysis.gather")
    options = parser.parse_args(argv)
    scores = read_scores(options.scores)
    style.write_figure(options, argv, lambda: draw(scores), [options.scores, TABLE_1])


if __name__ == "__main__":
    main()
