"""Flows trained with different couplings of noise and data, for one k.

    python -m src.analysis.figures.couplings results/laptop/kosc/scores.parquet \
        --default-coupling none --output results/laptop/figures/couplings.pdf

Above LSD, below the parameter error; left the symmetric task, right the asymmetric one. Points are
means over test items with 95 % intervals. A coupling's scores come from the experiments named
after it (cnf_mlp_minibatch); where there are none, those of the method as configured (cnf_mlp)
stand for the coupling that `--default-coupling` names.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from src.analysis.figures import style
from src.analysis.methods import COUPLINGS, METHODS, split_experiment
from src.analysis.runs import SYMMETRIES
from src.analysis.scores import METRICS, PARAMETER_ERROR, read_scores
from src.analysis.summary import summary_table

HEIGHT_MM = 96.0
SPREAD = 0.44  # of the distance between two methods, over which the couplings are spread
LOOKS = {
    "none": style.Appearance("#0072B2", "o", ""),
    "minibatch": style.Appearance("#D55E00", "s", "", is_filled=False),
    "permutation": style.Appearance("#009E73", "^", ""),
}


def coupling_table(
    scores: pd.DataFrame, default_coupling: str | None, k: int | None = None
) -> pd.DataFrame:
    """Summary of the flows by coupling, for one k.

    Args:
        scores: As `src.analysis.scores.read_scores` gives them.
        default_coupling: Coupling of the methods as configured; None leaves those out.
        k: Number of oscillators; None takes the largest with two couplings of some method.

    Returns:
        `summary_table`'s rows of that k, with columns name (method) and coupling.

    Raises:
        ValueError: If there is nothing to compare.
    """
    flows = [name for name in METHODS if name.startswith("cnf_")]
    parts = [split_experiment(experiment) for experiment in scores["experiment"].unique()]
    known = {(method.name, coupling) for method, coupling in parts}
    chosen = {f"{name}_{coupling}": coupling for name in flows for coupling in COUPLINGS}
    if default_coupling is not None:
        # Only where no experiment is named after that coupling.
        bare = [name for name in flows if (name, default_coupling) not in known]
        chosen |= dict.fromkeys(bare, default_coupling)
    summary = summary_table(scores[scores["experiment"].isin(chosen)])
    if not summary.empty:
        summary["name"] = [split_experiment(name)[0].name for name in summary["experiment"]]
        summary["coupling"] = summary["experiment"].map(chosen)
        comparable = summary.groupby(["k", "symmetry", "name"]).size()
        ks = [key[0] for key, count in comparable.items() if count > 1]  # type: ignore[index]
        wanted = max(ks, default=None) if k is None else k
        summary = summary[summary["k"] == wanted]
    if summary.empty:
        raise ValueError(
            f"no scores of two couplings{'' if k is None else f' at k = {k}'}; train and collect "
            f"experiments such as cnf_mlp_minibatch beside cnf_mlp (which couplings: "
            f"{', '.join(COUPLINGS)})"
        )
    return summary


def draw(table: pd.DataFrame) -> Figure:
    """Draw two rows of panels.

    Args:
        table: From `coupling_table`.

    Returns:
        The figure, 174 mm wide (84 mm if there is only one condition).
    """
    present = [s for s in SYMMETRIES if (table["symmetry"] == s).any()]
    width = style.TWO_COLUMNS_MM if len(present) > 1 else style.ONE_COLUMN_MM
    figure = style.new_figure(width, HEIGHT_MM)
    panels = figure.subplots(2, len(present), sharex=True, squeeze=False)
    for axes in panels[0, 1:]:
        axes.sharey(panels[0, 0])
    names = [name for name in METHODS if (table["name"] == name).any()]
    for column, symmetry in enumerate(present):
        half = table[table["symmetry"] == symmetry]
        for axes, metric in zip(panels[:, column], ("lsd", PARAMETER_ERROR[symmetry]), strict=True):
            _draw_panel(axes, half, metric, names)
        panels[0, column].set_title(f"{symmetry.capitalize()}, $k$ = {half['k'].iloc[0]}")
    figure.align_ylabels(panels)
    handles = [
        Line2D([], [], label=name.capitalize(), **LOOKS[coupling].keywords())
        for coupling, name in COUPLINGS.items()
        if (table["coupling"] == coupling).any()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3 if len(present) > 1 else 1)
    return figure


def _draw_panel(axes: Axes, half: pd.DataFrame, metric: str, names: list[str]) -> None:
    for place, coupling in enumerate(COUPLINGS):
        mine = half[half["coupling"] == coupling]
        x = [names.index(n) + SPREAD * (place / (len(COUPLINGS) - 1) - 0.5) for n in mine["name"]]
        style.error_bars(axes, x, mine[metric], mine[f"{metric}_ci95"], LOOKS[coupling].keywords())
    labels = [METHODS[name].label.replace(" (", "\n(") for name in names]
    axes.set_xticks(range(len(names)), labels)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel(METRICS[metric].title)
    axes.grid(axis="y")
    if metric != "lsd":
        style.error_axis(axes)


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw errors of flows by coupling.")
    parser.add_argument("scores", type=Path, help="Parquet file from src.analysis.collect")
    parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG beside it")
    parser.add_argument(
        "--default-coupling", choices=COUPLINGS, help="coupling of cnf_* without one in the name"
    )
    parser.add_argument("--k", type=int, help="number of oscillators (default: largest with data)")
    options = parser.parse_args(argv)
    scores = read_scores(options.scores)
    with style.journal_style():
        figure = draw(coupling_table(scores, options.default_coupling, options.k))
        for path in style.save_figure(figure, options.output):
            print(path)


if __name__ == "__main__":
    main()
