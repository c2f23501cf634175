"""Error over the number of oscillators, a line a method (Fig. 3 of the paper).

    python -m src.analysis.figures.distance_over_k results/laptop/kosc/scores.parquet \
        --metric lsd --output results/laptop/figures/lsd.pdf

Left the symmetric task, right the asymmetric one; points are means over test items with 95 %
intervals, Random is the reference. FFN (Sort) is dashed in the asymmetric panel, where sorting
means nothing.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.scores import kind_of, read_scores
from src.analysis.summary import summary_table
from src.common.errors import explained
from src.study.layout import SYMMETRIES
from src.study.methods import METHODS
from src.study.metrics import METRICS, PARAMETER_ERROR

CHOICES = ("lsd", "parameter_error")
HEIGHT_MM = 74.0
# Methods stand side by side at each k, over this part of the axis.
SPREAD = 0.09
MARGIN_OCTAVES = 0.3


def draw(scores: pd.DataFrame, metric: str) -> Figure:
    """Draw both panels.

    Args:
        scores: of a toy task, as `src.analysis.scores.read_scores` gives them; variants of methods
            are left out.
        metric: "lsd", with one axis for both panels, or "parameter_error", LAC and MSE with an
            axis each.

    Returns:
        The figure, 174 mm wide (84 mm if there is only one condition).

    Raises:
        ValueError: the task is no toy task, or no score belongs to a method as it is.
    """
    if kind_of(scores) != "toy":
        raise ValueError(f"{scores['task'].iloc[0]}: has no number of oscillators; name a toy task")
    mine = scores[scores["method"].isin(METHODS)]
    if mine.empty:
        known = [method.name for method in METHODS.values() if "toy" in method.kinds]
        raise ValueError(f"no scores of {', '.join(known)} to draw; gather their runs first")
    summary = summary_table(mine)
    present = [s for s in SYMMETRIES if (summary["symmetry"] == s).any()]
    width = style.TWO_COLUMNS_MM if len(present) > 1 else style.ONE_COLUMN_MM
    figure = style.new_figure(width, HEIGHT_MM)
    panels = figure.subplots(1, len(present), sharey=metric == "lsd", squeeze=False)[0]
    for axes, symmetry in zip(panels, present, strict=True):
        half = summary[summary["symmetry"] == symmetry]
        _draw_panel(axes, half, metric)
        name = metric if metric == "lsd" else PARAMETER_ERROR[symmetry]
        axes.set_title(symmetry.capitalize())
        axes.set_ylabel(METRICS["toy"][name].title)
        if metric == "parameter_error":
            style.error_axis(axes)
    style.method_legend(figure, summary["method"])
    style.mark(figure, Evidence.of_scores(mine))
    return figure


def _draw_panel(axes: Axes, half: pd.DataFrame, metric: str) -> None:
    """One condition: a line a method, Random as a plain reference line."""
    ks = sorted(half["k"].unique())
    octaves = math.log2(ks[-1] / ks[0]) + 2 * MARGIN_OCTAVES
    names = [name for name in METHODS if (half["method"] == name).any()]
    trained = [name for name in names if METHODS[name].is_trained]
    for name in names:
        mine = half[half["method"] == name].sort_values("k")
        keywords = style.method_keywords(name, mine["symmetry"].iloc[0])
        keywords["label"] = METHODS[name].label
        if name not in trained:
            if len(ks) == 1:
                axes.axhline(mine[metric].iloc[0], **keywords)
            else:
                axes.plot(mine["k"], mine[metric], **keywords)
            continue
        place = trained.index(name) / max(1, len(trained) - 1) - 0.5
        x = mine["k"] * 2 ** (SPREAD * octaves * place)
        style.error_bars(axes, x, mine[metric], mine[f"{metric}_ci95"], keywords)
    axes.set_xscale("log", base=2)
    axes.set_xlim(ks[0] * 2**-MARGIN_OCTAVES, ks[-1] * 2**MARGIN_OCTAVES)
    axes.xaxis.set_major_locator(FixedLocator([float(k) for k in ks]))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("Number of oscillators $k$")
    axes.grid(axis="y")
    axes.tick_params(labelleft=True)


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw error over the number of oscillators.")
    parser.add_argument("scores", type=Path, help="Parquet file from src.analysis.gather")
    parser.add_argument("--metric", choices=CHOICES, required=True)
    options = parser.parse_args(argv)
    scores = read_scores(options.scores)
    style.write_figure(options, argv, lambda: draw(scores, options.metric), [options.scores])


if __name__ == "__main__":
    main()
