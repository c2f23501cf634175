"""Learnt assignments of parameters to tokens (PARAM2TOK), a panel a training.

    python -m src.analysis.figures.assignments RUN_DIR... \
        --output results/laptop/figures/param2tok_kosc.pdf

Each panel shows |A| divided by its maximum (signs cancel between A and the vectors): rows are
tokens, columns parameters.

Of a toy task, a column of panels a condition and k, a row a seed. Tokens stand at the place of the
oscillator that they serve most, parameters by kind, then by oscillator. A diagonal in each kind
means one token for each oscillator; the title tells the share of parameters that are so paired.

Of a synthesizer, a row of panels a task, a column a seed. Parameters stand by the group that they
belong to, in the order of the parameter table; tokens that serve a group most stand together. The
title tells how alike two parameters of one group, and of two groups, are served by tokens (mean
cosine of their columns of |A|; 1: by the same tokens in equal parts, 0: by others). Where tokens
have found the groups, the first is greater.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from numpy.typing import NDArray

from src.analysis.evidence import Evidence
from src.analysis.figures import style
from src.analysis.figures.assignment_panels import draw_groups, draw_oscillators, name_kinds
from src.analysis.pairing import Assignment, grouped_columns, pair_accuracy, similarity
from src.analysis.run_folders import RunFolder, parse_runs
from src.common.errors import explained
from src.runs.configuration import read_recorded
from src.synths.definition import load_definition
from src.synths.parameters import ParameterTable

KEY = "network.vector_field.projection.assignment"
# Toy tasks. Sizes of what surrounds the panels: colour bar and token axis, space between columns,
# title and oscillator numbers of each row, then kinds and conditions once.
MOST_COLUMNS = 4
MARGINS_MM, GAP_MM, TITLE_MM, LABELS_MM = 24.0, 3.0, 10.5, 9.0
# Synthesizers: columns from which a single panel takes the page's width, heights of panels and of
# what stands around them.
WIDE_FROM = 40
TOKEN_MM, LEAST_MM, MOST_MM, AROUND_MM, PANEL_MARGINS_MM = 3.2, 34.0, 90.0, 41.0, 22.0

Place = tuple[int, int]


def read_weights(run: RunFolder) -> tuple[NDArray[np.float64], int | None]:
    """Read the assignment of a trained run.

    Returns:
        |A|, shape (tokens, P), and the number of training steps, if the checkpoint tells it.

    Raises:
        FileNotFoundError: there is no checkpoint.
        ValueError: the checkpoint is broken, or of a model without PARAM2TOK.
    """
    from src.common.tensor_files import read_plain  # imports torch: seconds that others can spare

    path = run.file("model.ckpt")
    content = read_plain(path, "Train the run again.", state_dict=dict)
    state = content["state_dict"]
    if KEY not in state:
        raise ValueError(
            f"{path}: has no {KEY}; only runs of cnf_param2tok have one, this is {run.method}"
        )
    return np.abs(state[KEY].double().numpy()), content.get("step")


def read_grouped(run: RunFolder) -> tuple[Assignment, int | None]:
    """Read the assignment of a run on a synthesizer, and what its columns mean.

    Args:
        run: with model.ckpt and config.yaml.

    Returns:
        The assignment, columns sorted by group, and the number of training steps.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: see `read_weights`; or the parameter table has another width.
    """
    (weights, step), table = read_weights(run), read_parameters(run)
    if table.width != weights.shape[1]:
        raise ValueError(
            f"{run.folder / 'model.ckpt'}: assigns {weights.shape[1]} parameters, but "
            f"{table.source} has {table.width}; the table has changed since the training, train "
            "again"
        )
    order, groups = grouped_columns(table)
    return Assignment(weights[:, order], groups), step


def read_parameters(run: RunFolder) -> ParameterTable:
    """Read the parameter table that a run was trained with, by its config.yaml."""
    path = run.file("config.yaml")
    data: Any = read_recorded(path, "train again").get("data") or {}
    missing = [f"data.{name}" for name in ("synth", "table", "duration_s") if name not in data]
    if missing:
        raise ValueError(f"{path}: lacks {', '.join(missing)}; train again")
    return load_definition(data.synth, data.table, float(data.duration_s)).table


def draw(runs: Sequence[RunFolder]) -> Figure:
    """Draw a panel for each run.

    Args:
        runs: of one method: on one toy task, or on synthesizers.

    Returns:
        The figure, 174 mm wide (84 mm for a single narrow column).

    Raises:
        FileNotFoundError: a run's file is missing.
        ValueError: a run's files are not usable, or runs of several methods, kinds of tasks or toy
            tasks are mixed.
    """
    toy_tasks = {run.task.name for run in runs if run.kind == "toy"}
    methods, kinds = {run.method for run in runs}, {run.kind for run in runs}
    if len(methods) > 1 or len(kinds) > 1 or len(toy_tasks) > 1:
        found = sorted({(run.task.name, run.method) for run in runs})
        raise ValueError(f"expected runs of one task and one method, got {found}")
    if toy_tasks:
        weights = {run: read_weights(run) for run in runs}
        steps = [step for _, step in weights.values()]
        figure, mesh = _draw_toy({run: matrix for run, (matrix, _) in weights.items()})
    else:
        grouped = {run: read_grouped(run) for run in runs}
        steps = [step for _, step in grouped.values()]
        figure, mesh = _draw_synths({run: assignment for run, (assignment, _) in grouped.items()})
    shown = [axes for axes in figure.axes if axes.get_visible()]
    bar = figure.colorbar(mesh, ax=shown, location="right", aspect=25, shrink=0.7, pad=0.01)
    bar.set_label("|A| / max |A|")
    bar.outline.set_linewidth(0.5)
    style.mark(figure, Evidence.of_runs(runs, [step for step in steps if step is not None]))
    return figure


def _panels(width: float, height: float, rows: int, columns: int, **options: Any) -> NDArray:
    """A new figure's panels, shape (rows, columns); those that nobody draws on stay hidden."""
    figure = style.new_figure(width, height)
    panels = figure.subplots(rows, columns, squeeze=False, **options)
    for axes in panels.flat:
        axes.set_visible(False)
    return panels


def _draw_toy(matrices: dict[RunFolder, NDArray[np.float64]]) -> tuple[Figure, QuadMesh]:
    runs = list(matrices)
    places = _places(runs)
    rows, columns = (1 + max(place[axis] for place in places.values()) for axis in (0, 1))
    width = style.TWO_COLUMNS_MM if columns > 1 else style.ONE_COLUMN_MM
    aspect = max(matrix.shape[0] / matrix.shape[1] for matrix in matrices.values())
    panel_mm = (width - MARGINS_MM) / columns - GAP_MM
    panels = _panels(width, rows * (panel_mm * aspect + TITLE_MM) + LABELS_MM, rows, columns)
    for run, place in places.items():
        axes, condition = panels[place], run.condition
        assert condition is not None
        mesh = draw_oscillators(axes, matrices[run], condition.k)
        share = pair_accuracy(matrices[run], condition.k, matrices[run].shape[1] // condition.k)
        head = f"{condition.symmetry.capitalize()}, $k$ = {condition.k}\n"
        is_first = not any(_is_below(run, other) for other in runs)
        axes.set_title((head if is_first else "") + f"{100 * share:.0f} % paired")
        if not any(_is_below(other, run) for other in runs):
            name_kinds(axes, len(matrices[run].T) // condition.k, panel_mm)
        axes.set_ylabel(f"Seed {run.seed}\nToken" if place[1] == 0 else "")
    return panels[0, 0].get_figure(root=True), mesh


def _is_below(run: RunFolder, other: RunFolder) -> bool:
    """Whether `run` stands below `other` in the same stack of seeds."""
    return run.condition == other.condition and run.seed > other.seed


def _places(runs: Sequence[RunFolder]) -> dict[RunFolder, Place]:
    """Row and column of each run: seeds below each other, conditions and k side by side.

    Where this makes too many columns, the two conditions stand below each other too.
    """
    seeds = sorted({run.seed for run in runs})
    conditions = list(dict.fromkeys(run.condition for run in runs if run.condition))
    if len(conditions) <= MOST_COLUMNS:
        return {
            r: (seeds.index(r.seed), conditions.index(r.condition)) for r in runs if r.condition
        }
    symmetries = list(dict.fromkeys(condition.symmetry for condition in conditions))
    ks = sorted({condition.k for condition in conditions})
    return {
        r: (
            symmetries.index(r.condition.symmetry) * len(seeds) + seeds.index(r.seed),
            ks.index(r.condition.k),
        )
        for r in runs
        if r.condition
    }


def _draw_synths(assignments: dict[RunFolder, Assignment]) -> tuple[Figure, QuadMesh]:
    runs = list(assignments)
    tasks = list(dict.fromkeys(run.task.name for run in runs))
    seeds = sorted({run.seed for run in runs})
    most = max(assignment.weights.shape[1] for assignment in assignments.values())
    is_narrow = len(seeds) == 1 and most < WIDE_FROM
    width = style.ONE_COLUMN_MM if is_narrow else style.TWO_COLUMNS_MM
    tokens = [
        max(len(a.weights) for r, a in assignments.items() if r.task.name == t) for t in tasks
    ]
    heights = [min(max(TOKEN_MM * count, LEAST_MM), MOST_MM) for count in tokens]
    height = sum(heights) + AROUND_MM * len(heights)
    panels = _panels(width, height, len(tasks), len(seeds), height_ratios=heights)
    panel_mm = (width - PANEL_MARGINS_MM) / len(seeds)
    for run, assignment in assignments.items():
        column = seeds.index(run.seed)
        axes = panels[tasks.index(run.task.name), column]
        mesh = draw_groups(axes, assignment, panel_mm)
        axes.set_ylabel("Token" if column == 0 else "")
        within, between = similarity(assignment)
        axes.set_title(
            f"{run.task.label}, seed {run.seed}\nCosine of two parameters' tokens:\n"
            f"{within:.2f} within a group, {between:.2f} between groups"
        )
    return panels[0, 0].get_figure(root=True), mesh


def read_files(runs: Sequence[RunFolder]) -> Iterator[Path]:
    """Name the files that `draw` reads."""
    for run in runs:
        yield run.file("model.ckpt")
        if run.kind != "toy":
            yield run.file("config.yaml")


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = style.figure_parser(__file__, "Draw the learnt assignments of PARAM2TOK.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    options = parser.parse_args(argv)
    runs = parse_runs(options.run_folders, one_task=False)
    style.write_figure(options, argv, lambda: draw(runs), read_files(runs))


if __name__ == "__main__":
    main()
