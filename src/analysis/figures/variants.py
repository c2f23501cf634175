"""Methods beside variants of themselves: one of the studies of the settings.

    python -m src.analysis.figures.variants results/laptop/kosc/couplings.parquet \
        --study couplings --output results/laptop/figures/couplings.pdf

A group of marks a method, a mark a variant. Toy tasks: above LSD, below the parameter error, left
the symmetric task, right the asymmetric one. Rendered sounds: a panel a metric. Points are means
over items with 95 % intervals. Where one variant of a method has no run of its own, the method as
it is stands for it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.naming import variant_keys
from src.analysis.scores import read_scores
from src.analysis.summary import summary_table
from src.common.errors import explained
from src.study.layout import SYMMETRIES
from src.study.methods import METHODS, Appearance
from src.study.metrics import METRICS, PARAMETER_ERROR
from src.study.names import hint
from src.study.settings import Study, read_settings

HEIGHT_MM = 98.0
SPREAD = 0.44  # of the distance between two methods, over which the variants are spread
AS_IT_IS = "as it is"  # a method that stands for no variant
LOOKS = (
    Appearance("#0072B2", "o", ""),
    Appearance("#D55E00", "s", "", is_filled=False),
    Appearance("#009E73", "^", ""),
    Appearance("#CC79A7", "D", "", is_filled=False),
    Appearance("#000000", "v", ""),
    Appearance("#E69F00", "X", "", is_filled=False),
    Appearance("#56B4E9", "P", ""),
)


def study_table(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Summarise the runs of a study.

    Args:
        scores: as `src.analysis.scores.read_scores` gives them.
        study: which of the settings.

    Returns:
        Rows of `src.analysis.summary.summary_table` of the study's methods, for toy tasks at the
        largest k with two runs of a method; with columns name (of the method) and variant (its
        key, "" for a method as it is).

    Raises:
        ValueError: there is nothing to compare.
    """
    keys = variant_keys(study, scores["method"].unique())
    mine = scores[scores["method"].isin(keys)]
    if not mine.empty:
        summary = summary_table(mine)
        variants = (read_settings().variant(method) for method in summary["method"])
        summary["name"] = [variant.method.name for variant in variants]
        summary["variant"] = summary["method"].map(keys)
        places = [column for column in ("symmetry", "k") if column in summary]
        runs = summary.groupby([*places, "name"])["variant"].transform("size")
        comparable = summary[runs > 1]
        if not comparable.empty:
            is_shown = summary["k"] == comparable["k"].max() if "k" in summary else runs > 0
            return summary[is_shown]
    raise ValueError(
        f"no scores of two variants of a method of the study {study.name}; train and gather "
        f"variants such as {study.entries(study.methods[0])[-1].name}"
    )


def draw(table: pd.DataFrame, study: Study) -> Figure:
    """Draw the panels.

    Args:
        table: from `study_table`.
        study: the same.

    Returns:
        The figure, 174 mm wide (84 mm for toy tasks with only one condition).
    """
    if "symmetry" in table:
        present = [s for s in SYMMETRIES if (table["symmetry"] == s).any()]
        halves = [table[table["symmetry"] == symmetry] for symmetry in present]
        known = METRICS["toy"]
        errors = [known[PARAMETER_ERROR[symmetry]] for symmetry in present]
        rows = [[(known["lsd"], half) for half in halves], [*zip(errors, halves, strict=True)]]
    else:
        metrics = [(metric, table) for metric in METRICS["rendered"].values()]
        rows = [metrics[:2], metrics[2:]]
    columns = len(rows[0])
    width = style.TWO_COLUMNS_MM if columns > 1 else style.ONE_COLUMN_MM
    figure = style.new_figure(width, HEIGHT_MM)
    panels = figure.subplots(2, columns, sharex=True, squeeze=False)
    if "symmetry" in table:
        for axes in panels[0, 1:]:
            axes.sharey(panels[0, 0])
    names = [name for name in METHODS if (table["name"] == name).any()]
    keys = [key for key in ("", *study.variants) if (table["variant"] == key).any()]
    for panel_row, row in zip(panels, rows, strict=True):
        for axes, (metric, part) in zip(panel_row, row, strict=True):
            _draw_panel(axes, part, metric.column, names, keys)
            axes.set_ylabel(metric.title if "symmetry" in table else metric.directed_title)
            if metric.column != "lsd":
                style.error_axis(axes)
    if "symmetry" in table:
        for axes, symmetry in zip(panels[0], present, strict=True):
            axes.set_title(f"{symmetry.capitalize()}, $k$ = {table['k'].iloc[0]}")
    figure.align_ylabels(panels)
    handles = [
        Line2D([], [], label=_label(study, key).capitalize(), **_look(place))
        for place, key in enumerate(keys)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3 if columns > 1 else 1)
    return figure


def _label(study: Study, key: str) -> str:
    return study.variants[key][0] if key else AS_IT_IS


def _look(place: int) -> dict[str, Any]:
    return LOOKS[place % len(LOOKS)].keywords()


def _draw_panel(
    axes: Axes, part: pd.DataFrame, metric: str, names: list[str], keys: list[str]
) -> None:
    for place, key in enumerate(keys):
        mine = part[part["variant"] == key]
        shift = SPREAD * (place / max(1, len(keys) - 1) - 0.5)
        x = [names.index(name) + shift for name in mine["name"]]
        style.error_bars(axes, x, mine[metric], mine[f"{metric}_ci95"], _look(place))
    labels = [METHODS[name].label.replace(" (", "\n(") for name in names]
    axes.set_xticks(range(len(names)), labels)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw errors of methods by variant.")
    parser.add_argument("scores", type=Path, help="Parquet file from src.analysis.gather")
    parser.add_argument("--study", required=True, help="name in configs/workflow.yaml")
    options = parser.parse_args(argv)
    studies = read_settings().studies
    if options.study not in studies:
        raise ValueError(f"--study: unknown study {options.study}; {hint(options.study, studies)}")
    study, scores = studies[options.study], read_scores(options.scores)
    table = study_table(scores, study)

    def drawn() -> Figure:
        figure = draw(table, study)
        style.mark(figure, Evidence.of_scores(scores))
        return figure

    style.write_figure(options, argv, drawn, [options.scores])


if __name__ == "__main__":
    main()
