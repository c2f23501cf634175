"""Error over how far the symmetry of a toy task is broken, a line a method.

    python -m src.analysis.figures.quasi_symmetry results/desk/kosc/quasi_symmetry.parquet \
        --study quasi_symmetry --output results/desk/figures/quasi_symmetry.pdf

Left LSD, right LAC, which compares oscillators in their best order and so means the same at every
strength. At 0 stands the symmetric task, at 1 the asymmetric one, where a method is as it is; in
between its variants of the asymmetric task. Points are means over items with 95 % intervals.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.scores import read_scores
from src.analysis.summary import summary_table
from src.common.errors import explained
from src.study.methods import METHODS
from src.study.metrics import METRICS
from src.study.names import hint
from src.study.settings import Study, Variant, read_settings

SETTING = "data.break_strength="
SHOWN = ("lsd", "lac")
HEIGHT_MM = 74.0
SPREAD = 0.05  # of the strength, over which methods stand side by side


def strength_table(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Summarise the runs of a study by how far the symmetry is broken.

    Args:
        scores: as `src.analysis.scores.read_scores` gives them.
        study: whose variants set ``data.break_strength``.

    Returns:
        Rows of `src.analysis.summary.summary_table` at the largest k, of methods that were scored
        at several strengths; with columns name (of the method) and strength, from 0 to 1.

    Raises:
        ValueError: a variant sets no strength, or no method was scored at two of them.
    """
    variants = {v.name: v for method in study.methods for v in study.entries(method)}
    strengths = {name: _strength_of(variant) for name, variant in variants.items()}
    mine = scores[scores["method"].isin([*strengths, *study.methods])]
    if not mine.empty:
        summary = summary_table(mine)
        summary = summary[summary["k"] == summary["k"].max()]
        is_broken = (summary["symmetry"] == "asymmetric").astype(float)
        summary["strength"] = summary["method"].map(strengths).fillna(is_broken)
        summary["name"] = [read_settings().variant(m).method.name for m in summary["method"]]
        runs = summary.groupby("name")["strength"].transform("nunique")
        if (runs > 1).any():
            return summary[runs > 1].sort_values("strength", kind="stable")
    raise ValueError(
        f"no scores of a method at two strengths in the study {study.name}; train and gather "
        f"variants such as {next(iter(strengths))}"
    )


def draw(table: pd.DataFrame) -> Figure:
    """Draw both panels.

    Args:
        table: from `strength_table`.

    Returns:
        The figure, 174 mm wide.
    """
    figure = style.new_figure(style.TWO_COLUMNS_MM, HEIGHT_MM)
    for axes, metric in zip(figure.subplots(1, len(SHOWN)), SHOWN, strict=True):
        _draw_panel(axes, table, metric)
        axes.set_ylabel(METRICS["toy"][metric].title)
        axes.set_title(f"$k$ = {table['k'].iloc[0]}")
    style.method_legend(figure, table["name"])
    return figure


def _draw_panel(axes: Axes, table: pd.DataFrame, metric: str) -> None:
    names = [name for name in METHODS if (table["name"] == name).any()]
    for place, name in enumerate(names):
        mine = table[table["name"] == name]
        x = mine["strength"] + SPREAD * (place / max(1, len(names) - 1) - 0.5)
        keywords = style.method_keywords(name) | {"label": METHODS[name].label}
        style.error_bars(axes, x, mine[metric], mine[f"{metric}_ci95"], keywords)
    axes.xaxis.set_major_locator(FixedLocator(sorted(map(float, table["strength"].unique()))))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("Broken symmetry (0 symmetric, 1 asymmetric)")
    axes.grid(axis="y")


def _strength_of(variant: Variant) -> float:
    """Read the strength off a variant's settings."""
    for override in variant.overrides:
        if override.startswith(SETTING):
            return float(override.removeprefix(SETTING))
    raise ValueError(
        f"{variant.name}: expected {SETTING}… among its overrides in configs/workflow.yaml; "
        "set it, or draw the study by src.analysis.figures.variants"
    )


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw errors over how far the symmetry is broken.")
    parser.add_argument("scores", type=Path, help="Parquet file from src.analysis.gather")
    parser.add_argument("--study", required=True, help="name in configs/workflow.yaml")
    options = parser.parse_args(argv)
    studies = read_settings().studies
    if options.study not in studies:
        raise ValueError(f"--study: unknown study {options.study}; {hint(options.study, studies)}")
    scores = read_scores(options.scores)
    table = strength_table(scores, studies[options.study])

    def drawn() -> Figure:
        figure = draw(table)
        style.mark(figure, Evidence.of_scores(scores))
        return figure

    style.write_figure(options, argv, drawn, [options.scores])


if __name__ == "__main__":
    main()
