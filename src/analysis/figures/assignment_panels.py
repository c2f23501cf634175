"""Panels of a learnt assignment: of oscillators, and of a synthesizer's groups of parameters."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray

from src.analysis.pairing import Assignment, group_order, oscillator_order
from src.study.methods import GREY

COLORS = "Blues"  # light to dark, so that it reads in grey
KINDS = ("frequency", "amplitude", "waveform")
SHORT_KINDS = ("freq.", "ampl.", "wave")
FULL_NAMES_FROM_MM = 45.0  # of a panel's width
LABEL_SPACE_MM = 3.0  # of a group's name, which stands upright
LEADER_POINTS = 9.0  # from a group to its name
_LEADER = {"arrowstyle": "-", "linewidth": 0.5, "color": GREY, "shrinkA": 0, "shrinkB": 0}


def draw_oscillators(axes: Axes, weights: NDArray[np.float64], k: int) -> QuadMesh:
    """Draw |A| of a toy task, tokens in order, with its columns numbered by oscillator.

    Args:
        axes: empty.
        weights: |A|, shape (tokens, P).
        k: number of oscillators.
    """
    params_per_token = weights.shape[1] // k
    step = 1 if k < 8 else 2 if k == 8 else k // 2  # number as many as there is room for
    grid = {"edgecolors": "white", "linewidth": 0.3} if k <= 8 else {}
    order = oscillator_order(weights, k, params_per_token)
    mesh = _draw_matrix(axes, weights[order], step, **grid)
    axes.set_aspect("equal")
    axes.spines[:].set_visible(False)
    columns = [kind * k + n for kind in range(params_per_token) for n in range(0, k, step)]
    axes.set_xticks(np.array(columns) + 0.5, [str(column % k + 1) for column in columns])
    for kind in range(1, params_per_token):
        axes.axvline(kind * k, color="black", linewidth=0.8)
    return mesh


def name_kinds(axes: Axes, params_per_token: int, panel_mm: float) -> None:
    """Write the kinds of parameters below a panel of oscillators, shortened where it is narrow."""
    names = KINDS if panel_mm > FULL_NAMES_FROM_MM else SHORT_KINDS
    for kind, name in enumerate(names[:params_per_token]):
        axes.annotate(
            name,
            ((kind + 0.5) / params_per_token, 0),
            xycoords="axes fraction",
            xytext=(0, -11),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=7,
        )


def draw_groups(axes: Axes, assignment: Assignment, panel_mm: float) -> QuadMesh:
    """Draw |A| of a synthesizer, tokens in order, with lines between groups, their names below.

    Args:
        axes: empty.
        assignment: its columns sorted by group.
        panel_mm: width of the panel.
    """
    weights = assignment.weights[group_order(assignment)]
    tokens, columns = weights.shape
    step = 1 if tokens <= 16 else tokens // 8
    mesh = _draw_matrix(axes, weights, step, rasterized=weights.size > 2000)
    axes.spines[:].set_visible(True)
    axes.set_xticks([])
    widths = np.array([width for _, width in assignment.groups])
    ends = np.cumsum(widths)
    for end in ends[:-1]:
        axes.axvline(end, color="black", linewidth=0.4)
    centres = ends - widths / 2
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


def _draw_matrix(axes: Axes, weights: NDArray[np.float64], step: int, **options: Any) -> QuadMesh:
    """|A| with its tokens numbered from the top, every so many."""
    axes.set_visible(True)
    mesh = axes.pcolormesh(
        weights / max(weights.max(), np.finfo(weights.dtype).tiny),
        cmap=COLORS,
        vmin=0,
        vmax=1,
        **options,
    )
    axes.invert_yaxis()
    tokens = range(0, len(weights), step)
    axes.set_yticks(np.array(tokens) + 0.5, [str(token + 1) for token in tokens])
    axes.tick_params(length=0, pad=1.5)
    return mesh
