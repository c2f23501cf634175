"""Learnt assignments of a synthesizer's parameters to tokens (PARAM2TOK).

    python -m src.analysis.synth.param2tok RUN_DIR... \
        --output results/laptop/figures/vital/param2tok.pdf

A row of panels a data set, a column a seed. Each panel shows |A| divided by its maximum (signs
cancel between A and the vectors): columns are parameters, by the group that they belong to in the
synthesizer, in the order of the parameter table; rows are tokens, those that serve a group most
put together. The title tells how alike the columns of two parameters are (mean cosine similarity
of |A|'s columns) within a group and between groups.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray

from src.analysis.figures import style
from src.analysis.synth.assignment import Assignment, grouped_columns, similarity, token_order
from src.analysis.synth.rows import dataset_label
from src.analysis.synth.runs import SynthRun, parse_runs
from src.common.errors import explained
from src.common.tensor_files import read_plain
from src.runs.configuration import read_recorded
from src.synths.definition import load_definition
from src.synths.parameters import ParameterTable

KEY = "network.vector_field.projection.assignment"
COLORS = "Blues"  # light to dark, so that it reads in grey
WIDE_FROM = 40  # columns from which a single panel takes the page's width
TOKEN_MM, LEAST_MM, MOST_MM = 3.2, 34.0, 90.0  # height of a panel
LABELS_MM = 38.0  # group names, title and axis label
LABEL_SPACE_MM = 3.0  # of a group's name, which stands upright
PANEL_MARGINS_MM = 22.0
LEADER_POINTS = 9.0  # from a group to its name
_LEADER = {"arrowstyle": "-", "linewidth": 0.5, "color": style.GREY, "shrinkA": 0, "shrinkB": 0}


def read_assignment(run: SynthRun) -> Assignment:
    """Read a trained run's assignment, and what its columns mean.

    Args:
        run: with model.ckpt and config.yaml.

    Returns:
        The assignment, columns sorted by group.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the checkpoint is broken or of a model without PARAM2TOK, or the parameter
            table has another width.
    """
    path = run.file("model.ckpt")
    state = read_plain(path, "Train the run again.", state_dict=dict)["state_dict"]
    if KEY not in state:
        raise ValueError(
            f"{path}: has no {KEY}; only runs of cnf_param2tok have one, this is {run.method}"
        )
    weights = np.abs(state[KEY].double().numpy())
    table = read_table(run)
    if table.width != weights.shape[1]:
        raise ValueError(
            f"{path}: assigns {weights.shape[1]} parameters, but {table.source} has {table.width}; "
            "the table has changed since the training, train again"
        )
    order, groups = grouped_columns(table)
    return Assignment(weights[:, order], groups)


def read_table(run: SynthRun) -> ParameterTable:
    """Parameter table that a run was trained with, from its config.yaml."""
    path = run.file("config.yaml")
    data: Any = read_recorded(path, "train again").get("data") or {}
    missing = [f"data.{name}" for name in ("synth", "table", "duration_s") if name not in data]
    if missing:
        raise ValueError(f"{path}: lacks {', '.join(missing)}; train again")
    return load_definition(data.synth, data.table, float(data.duration_s)).table


def draw(runs: Sequence[SynthRun]) -> Figure:
    """Draw a panel for each run.

    Args:
        runs: of cnf_param2tok.

    Returns:
        The figure, 174 mm wide (84 mm for one panel of few parameters).

    Raises:
        ValueError: a run's files are not usable.
    """
    assignments = {run: read_assignment(run) for run in runs}
    datasets = list(dict.fromkeys(run.dataset for run in runs))
    seeds = sorted({run.seed for run in runs})
    most = max(assignment.weights.shape[1] for assignment in assignments.values())
    is_narrow = len(seeds) == 1 and most < WIDE_FROM
    width = style.ONE_COLUMN_MM if is_narrow else style.TWO_COLUMNS_MM
    heights = [
        min(max(TOKEN_MM * _most_tokens(assignments, dataset), LEAST_MM), MOST_MM)
        for dataset in datasets
    ]
    figure = style.new_figure(width, sum(heights) + LABELS_MM * len(heights))
    panels = figure.subplots(len(datasets), len(seeds), squeeze=False, height_ratios=heights)
    for axes in panels.flat:
        axes.set_visible(False)
    panel_mm = (width - PANEL_MARGINS_MM) / len(seeds)
    for run, assignment in assignments.items():
        row, column = datasets.index(run.dataset), seeds.index(run.seed)
        axes = panels[row, column]
        axes.set_visible(True)
        mesh = _draw_panel(axes, assignment, panel_mm)
        axes.set_ylabel("Token" if column == 0 else "")
        within, between = similarity(assignment)
        axes.set_title(
            f"{dataset_label(run.dataset)}, seed {run.seed}\n"
            f"similarity {within:.2f} within, {between:.2f} between groups"
        )
    bar = figure.colorbar(mesh, ax=panels, location="right", aspect=25, shrink=0.7, pad=0.01)
    bar.set_label("|A| / max |A|")
    bar.outline.set_linewidth(0.5)
    return figure


def _most_tokens(assignments: dict[SynthRun, Assignment], dataset: str) -> int:
    return max(len(a.weights) for run, a in assignments.items() if run.dataset == dataset)


def _draw_panel(axes: Axes, assignment: Assignment, panel_mm: float) -> QuadMesh:
    """One matrix, tokens in order, with lines between groups and their names below."""
    weights = assignment.weights[token_order(assignment)]
    tokens, columns = weights.shape
    mesh = axes.pcolormesh(
        weights / max(weights.max(), np.finfo(weights.dtype).tiny),
        cmap=COLORS,
        vmin=0,
        vmax=1,
        rasterized=weights.size > 2000,
    )
    axes.invert_yaxis()
    axes.spines[:].set_visible(True)
    ends = np.cumsum([width for _, width in assignment.groups])
    for end in ends[:-1]:
        axes.axvline(end, color="black", linewidth=0.4)
    axes.set_xticks([])
    step = 1 if tokens <= 16 else tokens // 8
    axes.set_yticks(np.arange(0, tokens, step) + 0.5, [str(t + 1) for t in range(0, tokens, step)])
    axes.tick_params(length=0)
    centres = ends - np.array([width for _, width in assignment.groups]) / 2
    places = spread(centres, LABEL_SPACE_MM / panel_mm * columns, float(columns))
    below = offset_copy(
        axes.get_xaxis_transform(), axes.get_figure(root=True), y=-LEADER_POINTS, units="points"
    )
    for (name, _), centre, place in zip(assignment.groups, centres, places, strict=True):
        axes.annotate(
            name,
            (centre, 0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(place, 0),
            textcoords=below,
            rotation=90,
            ha="center",
            va="top",
            fontsize=7,
            annotation_clip=False,
            arrowprops=_LEADER,
        )
    return mesh


def spread(places: NDArray[np.floating], space: float, end: float) -> NDArray[np.float64]:
    """Move labels apart, as little as a pass to the right and one back to the left can.

    Args:
        places: where labels would stand, ascending, shape (labels,).
        space: least distance of two labels.
        end: where the axis ends, from 0.

    Returns:
        Where they stand, ascending, shape (labels,); beyond the start where there is no room.

    Example:
        >>> spread(np.array([1.0, 1.5, 9.5]), 1.0, 10.0).tolist()
        [1.0, 2.0, 9.5]
    """
    moved = np.array(places, dtype=np.float64)
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + space)
    last = end
    for i in range(len(moved) - 1, -1, -1):
        moved[i] = min(moved[i], last)
        last = moved[i] - space
    return moved


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw the learnt assignments of PARAM2TOK.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG beside it")
    options = parser.parse_args(argv)
    runs = parse_runs(options.run_folders, same_dataset=False)
    with style.journal_style():
        for path in style.save_figure(draw(runs), options.output):
            print(path)


if __name__ == "__main__":
    main()
