"""What a learnt assignment of a synthesizer's parameters to tokens has found.

Only |A| is looked at: signs cancel between A and the vectors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.synths.parameters import ParameterTable

NO_GROUP = "other"
IDLE_BELOW = 0.1  # a token whose largest weight is less, as part of max |A|, serves none


@dataclass(frozen=True)
class Assignment:
    """A learnt assignment with its columns sorted by group.

    Attributes:
        weights: |A|, shape (tokens, P).
        groups: name and number of columns of each group.
    """

    weights: NDArray[np.float64]
    groups: tuple[tuple[str, int], ...]

    @property
    def labels(self) -> NDArray[np.intp]:
        """Number of the group of each column, shape (P,)."""
        return np.repeat(np.arange(len(self.groups)), [width for _, width in self.groups])


def grouped_columns(table: ParameterTable) -> tuple[NDArray[np.intp], tuple[tuple[str, int], ...]]:
    """Bring the columns of each group together, groups in the order in which they first come.

    Args:
        table: whose parameters name their group.

    Returns:
        Indices of columns, shape (P,), and name and number of columns of each group.
    """
    columns: dict[str, list[int]] = {}
    for parameter, place in table.blocks:
        group = columns.setdefault(parameter.group or NO_GROUP, [])
        group.extend(range(place.start, place.stop))
    order = np.array([column for group in columns.values() for column in group], dtype=np.intp)
    return order, tuple((name, len(group)) for name, group in columns.items())


def token_order(assignment: Assignment) -> NDArray[np.intp]:
    """Put tokens in the order of the group that they serve most, then of their columns' centre.

    Each column's weights are scaled to sum 1 first, so that parameters count alike. Tokens that
    serve none come last.

    Returns:
        Indices of tokens, shape (tokens,).
    """
    sums = assignment.weights.sum(axis=0)
    shares = assignment.weights / np.where(sums > 0, sums, 1)
    of_group = np.stack(
        [shares[:, assignment.labels == g].mean(axis=1) for g in range(len(assignment.groups))]
    )
    centre = shares**2 @ np.arange(shares.shape[1]) / np.maximum((shares**2).sum(axis=1), 1e-12)
    is_idle = assignment.weights.max(axis=1) < IDLE_BELOW * assignment.weights.max()
    return np.lexsort((centre, of_group.argmax(axis=0), is_idle))


def similarity(assignment: Assignment) -> tuple[float, float]:
    """Mean cosine similarity of two parameters' columns, within a group and between groups.

    Returns:
        Both, in [0, 1]; NaN where there are no such pairs.

    Example:
        Two groups, each with a token of its own.

        >>> similarity(Assignment(np.array([[1.0, 2, 0], [0, 0, 1]]), (("a", 2), ("b", 1))))
        (1.0, 0.0)
    """
    norms = np.linalg.norm(assignment.weights, axis=0)
    units = assignment.weights / np.where(norms > 0, norms, 1)
    cosines = units.T @ units
    is_within = assignment.labels[:, None] == assignment.labels
    is_pair = ~np.eye(len(cosines), dtype=bool)
    within, between = cosines[is_within & is_pair], cosines[~is_within]
    return tuple(float(v.mean()) if v.size else float("nan") for v in (within, between))  # type: ignore[return-value]
