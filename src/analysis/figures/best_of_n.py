"""What the best of several candidates gains, and what refinement gains after it.

    python -m src.analysis.figures.best_of_n STUDY.parquet... \
        --output results/laptop/figures/vital/best_of_n.pdf --table …/vital_best_of_n.csv

Each file is one of `src.matching.study`, in its run folder. A panel a metric: the score of the
candidate that has the smallest MSS of N, over N, a line a method; a star for the patch that
refinement made of the best, at the number of patches rendered for it. For a sound, the score at N
is the mean over all sets of N of its candidates. Means with 95 % intervals over sounds. Candidates
are chosen by MSS alone, so the other metrics tell whether the gain is heard elsewhere too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from src.analysis.best_of_n import REFINED, read_candidates, summarise
from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.table_files import write_csv
from src.common.errors import explained
from src.study.methods import METHODS
from src.study.metrics import METRICS, Metric

PANEL_MM, MARGINS_MM = 52.0, 19.0
STAR: dict[str, Any] = {"marker": "*", "markersize": 8, "linestyle": "none"}


def report(method: str, summary: pd.DataFrame) -> list[str]:
    """Tell what more draws and refinement gain, a line a metric."""
    label, lines = METHODS[method].label_on("rendered"), []
    for name, metric in METRICS["rendered"].items():
        own = summary[summary["metric"] == name]
        draws, refined = own[own["stage"] != REFINED], own[own["stage"] == REFINED].iloc[0]
        first, last = draws.iloc[0], draws.iloc[-1]
        lines.append(
            f"{label}, {metric.title}: one draw {first['mean']:.4g} ± "
            f"{first['ci95']:.2g}; {last['stage']} {last['mean']:.4g} ± {last['ci95']:.2g} (paired "
            f"{last['gain']:+.3g} ± {last['gain_ci95']:.2g}); refined {refined['mean']:.4g} ± "
            f"{refined['ci95']:.2g} (paired {refined['gain']:+.3g} ± {refined['gain_ci95']:.2g}); "
            f"n = {last['items']:.0f} sounds"
        )
    return lines


def draw(summaries: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw a panel a metric.

    Args:
        summaries: by method, as `summarise` gives them.

    Returns:
        The figure, 174 mm wide.
    """
    figure = style.new_figure(style.TWO_COLUMNS_MM, PANEL_MM + MARGINS_MM)
    panels = figure.subplots(1, len(METRICS["rendered"]))
    for axes, metric in zip(panels, METRICS["rendered"].values(), strict=True):
        for method, summary in summaries.items():
            _draw_line(axes, method, summary[summary["metric"] == metric.column])
        _finish(axes, metric, list(summaries.values()))
    handles: list[Any] = [
        Line2D([], [], label=METHODS[method].label_on("rendered"), **_look(method))
        for method in summaries
    ]
    labels = [handle.get_label() for handle in handles]
    stars = (Line2D([], [], color=_look(method)["color"], **STAR) for method in summaries)
    figure.legend(
        handles=[*handles, tuple(stars)],
        labels=[*labels, "The best one refined (CMA-ES)"],
        handler_map={tuple: HandlerTuple(None)},
        loc="outside lower center",
        ncols=len(handles) + 1,
    )
    return figure


def _look(method: str) -> dict[str, Any]:
    """A method's look; chance has marks here, too, since its points carry intervals."""
    look = METHODS[method].appearance.keywords()
    return look if look["marker"] else look | {"marker": "o", "markerfacecolor": "white"}


def _draw_line(axes: Axes, method: str, summary: pd.DataFrame) -> None:
    """The best of N as a line, the refined patch as a star that a thin line leads to."""
    draws, refined = (
        summary[(summary["stage"] == REFINED) == is_refined] for is_refined in (False, True)
    )
    look = _look(method)
    style.error_bars(axes, draws["n"], draws["mean"], draws["ci95"], look)
    ends = pd.concat([draws.tail(1), refined])
    axes.plot(ends["n"], ends["mean"], color=look["color"], linewidth=0.5, linestyle=":")
    star = STAR | {"color": look["color"]}
    style.error_bars(axes, refined["n"], refined["mean"], refined["ci95"], star)


def _finish(axes: Axes, metric: Metric, summaries: list[pd.DataFrame]) -> None:
    """Label a panel."""
    axes.set_title(metric.directed_title)
    axes.set_xscale("log", base=2)
    ticks = sorted({float(n) for s in summaries for n in s[s["stage"] != REFINED]["n"]})
    axes.xaxis.set_major_locator(FixedLocator(ticks[::2]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("Patches rendered, N")
    axes.grid(axis="y")


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw scores over the number of candidates.")
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="best_of_n.parquet of a run")
    parser.add_argument("--table", type=Path, required=True, help="CSV of the numbers to write")
    options = parser.parse_args(argv)
    studies = read_candidates(options.studies)
    summaries = {
        str(method): summarise(part) for method, part in studies.groupby("method", sort=False)
    }
    table = pd.concat([s.assign(method=method) for method, s in summaries.items()])
    write_csv(table[["method", *(c for c in table.columns if c != "method")]], options.table)

    def drawn() -> Figure:
        figure = draw(summaries)
        style.mark(figure, Evidence.of_scores(studies))
        return figure

    style.write_figure(options, argv, drawn, map(Path, options.studies))
    for method, summary in summaries.items():
        print("\n".join(report(method, summary)))


if __name__ == "__main__":
    main()
