"""Learnt assignments of parameters to tokens (PARAM2TOK), over seeds and k.

    python -m src.analysis.figures.param2tok RUN_DIR... \
        --output results/laptop/figures/param2tok_kosc.pdf

A column of panels a condition and k, a row a seed. Each panel shows |A| divided by its maximum:
rows are tokens, put at the place of the oscillator that they serve most; columns are parameters,
by kind, then by oscillator. A diagonal in each kind means one token for each oscillator; the title
tells the share of parameters that are so paired.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from numpy.typing import NDArray

from src.analysis.figures import style
from src.analysis.pairing import pair_accuracy, token_order
from src.analysis.runs import RunPath, parse_runs
from src.common.tensor_files import read_plain

KEY = "network.vector_field.projection.assignment"
KINDS = ("frequency", "amplitude", "waveform")
SHORT_KINDS = ("freq.", "ampl.", "wave")
COLORS = "Blues"  # light to dark, so that it reads in grey
MOST_COLUMNS = 4
# Sizes of what surrounds the panels: colour bar and token axis, space between columns, title and
# oscillator numbers of each row, then kinds and conditions once.
MARGINS_MM = 24.0
GAP_MM = 3.0
TITLE_MM = 10.5
LABELS_MM = 9.0
FULL_NAMES_FROM_MM = 45.0


def read_assignment(run: RunPath) -> NDArray[np.floating]:
    """Assignment matrix of a trained run.

    Returns:
        A, shape (tokens, P).

    Raises:
        ValueError: If the checkpoint is missing, broken, or of a model without PARAM2TOK.
    """
    path = run.file("model.ckpt")
    weights = read_plain(path, "Train the run again.", state_dict=dict)["state_dict"]
    if KEY not in weights:
        raise ValueError(
            f"{path}: has no {KEY}; only runs of cnf_param2tok have one, this is {run.experiment}"
        )
    return np.asarray(weights[KEY].float().numpy())


def draw(runs: Sequence[RunPath]) -> Figure:
    """Draw a panel for each run.

    Args:
        runs: Of cnf_param2tok on one task, with one coupling.

    Returns:
        The figure, 174 mm wide (84 mm for a single column).

    Raises:
        ValueError: If a checkpoint is not usable, or runs of several tasks or couplings are mixed.
    """
    kinds = sorted({(run.task, run.experiment) for run in runs})
    if len(kinds) > 1:
        raise ValueError(f"expected runs of one task and one experiment, got {kinds}")
    matrices = {run: read_assignment(run) for run in runs}
    places = _places(runs)
    rows, columns = (1 + max(place[axis] for place in places.values()) for axis in (0, 1))
    width = style.TWO_COLUMNS_MM if columns > 1 else style.ONE_COLUMN_MM
    aspect = max(matrix.shape[0] / matrix.shape[1] for matrix in matrices.values())
    panel_mm = (width - MARGINS_MM) / columns - GAP_MM
    figure = style.new_figure(width, rows * (panel_mm * aspect + TITLE_MM) + LABELS_MM)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat:
        axes.set_visible(False)
    for run, (row, column) in places.items():
        axes = panels[row, column]
        axes.set_visible(True)
        mesh = _draw_panel(axes, matrices[run], run.k)
        share = pair_accuracy(matrices[run], run.k, matrices[run].shape[1] // run.k)
        head = f"{run.symmetry.capitalize()}, $k$ = {run.k}\n"
        is_first = not any(_is_below(run, other) for other in runs)
        axes.set_title((head if is_first else "") + f"{100 * share:.0f} % paired")
        if not any(_is_below(other, run) for other in runs):
            _name_kinds(axes, len(matrices[run].T) // run.k, panel_mm)
        axes.set_ylabel(f"Seed {run.seed}\nToken" if column == 0 else "")
    bar = figure.colorbar(mesh, ax=panels, location="right", aspect=25, shrink=0.7, pad=0.01)
    bar.set_label("|A| / max |A|")
    bar.outline.set_linewidth(0.5)
    return figure


def _is_below(run: RunPath, other: RunPath) -> bool:
    """Whether `run` stands below `other` in the same stack of seeds."""
    return (run.symmetry, run.k) == (other.symmetry, other.k) and run.seed > other.seed


def _places(runs: Sequence[RunPath]) -> dict[RunPath, tuple[int, int]]:
    """Row and column of each run: seeds below each other, conditions and k side by side.

    Where this makes too many columns, the two conditions stand below each other too.
    """
    seeds = sorted({run.seed for run in runs})
    conditions = list(dict.fromkeys((run.symmetry, run.k) for run in runs))
    if len(conditions) <= MOST_COLUMNS:
        return {r: (seeds.index(r.seed), conditions.index((r.symmetry, r.k))) for r in runs}
    symmetries = list(dict.fromkeys(symmetry for symmetry, _ in conditions))
    ks = sorted({k for _, k in conditions})
    return {
        r: (symmetries.index(r.symmetry) * len(seeds) + seeds.index(r.seed), ks.index(r.k))
        for r in runs
    }


def _draw_panel(axes: Axes, assignment: NDArray[np.floating], k: int) -> QuadMesh:
    """One matrix, tokens in order, with its columns named by kind and oscillator."""
    params_per_token = assignment.shape[1] // k
    weights = np.abs(assignment)[token_order(assignment, k, params_per_token)]
    sns.heatmap(
        weights / max(weights.max(), np.finfo(weights.dtype).tiny),
        ax=axes,
        cmap=COLORS,
        vmin=0,
        vmax=1,
        cbar=False,
        square=True,
        linecolor="white",
        linewidths=0.3 if k <= 8 else 0,
    )
    mesh = cast(QuadMesh, axes.collections[0])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, pad=1.5)
    step = 1 if k < 8 else 2 if k == 8 else k // 2  # number as many as there is room for
    numbers = np.arange(0, k, step)
    columns = [group * k + number for group in range(params_per_token) for number in numbers]
    axes.set_xticks(np.array(columns) + 0.5, [str(column % k + 1) for column in columns])
    axes.set_yticks(np.arange(0, len(weights), step) + 0.5)
    axes.set_yticklabels([str(token + 1) for token in range(0, len(weights), step)])
    for group in range(1, params_per_token):
        axes.axvline(group * k, color="black", linewidth=0.8)
    return mesh


def _name_kinds(axes: Axes, params_per_token: int, panel_mm: float) -> None:
    """Write the kinds of parameters below a panel, shortened where it is narrow."""
    names = KINDS if panel_mm > FULL_NAMES_FROM_MM else SHORT_KINDS
    for group, name in enumerate(names[:params_per_token]):
        axes.annotate(
            name,
            ((group + 0.5) / params_per_token, 0),
            xycoords="axes fraction",
            xytext=(0, -11),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=7,
        )


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw the learnt assignments of PARAM2TOK.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    parser.add_argument("--output", type=Path, required=True, help="PDF to write; PNG beside it")
    options = parser.parse_args(argv)
    with style.journal_style():
        for path in style.save_figure(draw(parse_runs(options.run_folders)), options.output):
            print(path)


if __name__ == "__main__":
    main()
