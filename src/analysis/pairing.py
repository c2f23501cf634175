"""What a learnt assignment of parameters to tokens has found.

An assignment A has shape (tokens, P). Signs carry no meaning (they cancel between A and the
vectors), so only |A| is looked at. The P = k * params_per_token parameters of a toy task stand in
the order all frequencies, all amplitudes, ...; so column p belongs to oscillator p mod k. Those of
a synthesizer belong to groups, which its parameter table names.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from src.synths.parameters import ParameterTable

NO_GROUP = "other"
IDLE_BELOW = 0.1  # a token whose largest weight is less, as part of max |A|, serves none


def pair_accuracy(assignment: NDArray[np.floating], k: int, params_per_token: int) -> float:
    """Share of parameters that go where the rest of their oscillator goes.

    Each parameter goes to the token with its largest weight. Oscillators are given one token each,
    so that as many parameters as possible go to their own oscillator's; the share of these
    parameters is returned: 1 if every oscillator has a token for itself, 1 / k if all parameters
    go to one token.

    Args:
        assignment: A, shape (tokens, P).
        k: Number of oscillators.
        params_per_token: Parameters of one oscillator, P / k.

    Returns:
        Share in (0, 1].

    Raises:
        ValueError: If A's shape does not fit.

    Example:
        Two oscillators; the amplitude of the second sticks to the first.

        >>> assignment = np.array([[0.9, 0.1, 0.8, 0.7], [0.1, 0.9, 0.2, 0.3]])
        >>> pair_accuracy(assignment, k=2, params_per_token=2)
        0.75
    """
    weights = _check(assignment, k, params_per_token)
    winners = np.zeros_like(weights)
    winners[weights.argmax(axis=0), np.arange(weights.shape[1])] = 1
    votes = _by_oscillator(winners, k)
    tokens, oscillators = linear_sum_assignment(votes, maximize=True)
    return float(votes[tokens, oscillators].sum() / weights.shape[1])


def oscillator_order(
    assignment: NDArray[np.floating], k: int, params_per_token: int
) -> NDArray[np.intp]:
    """Order of tokens in which each stands at its oscillator's place.

    Tokens are matched one-to-one with oscillators by the largest sum of weights, each parameter's
    scaled to sum 1; tokens left over come last.

    Args:
        assignment: A, shape (tokens, P).
        k: Number of oscillators.
        params_per_token: Parameters of one oscillator, P / k.

    Returns:
        Indices of tokens, shape (tokens,).

    Raises:
        ValueError: If A's shape does not fit.
    """
    weights = _check(assignment, k, params_per_token)
    sums = weights.sum(axis=0)
    votes = _by_oscillator(weights / np.where(sums > 0, sums, 1), k)
    tokens, oscillators = linear_sum_assignment(votes, maximize=True)
    matched = tokens[np.argsort(oscillators)]
    return np.concatenate([matched, np.setdiff1d(np.arange(len(weights)), matched)])


def _by_oscillator(weights: NDArray[np.floating], k: int) -> NDArray[np.floating]:
    """Sum over the parameters of each oscillator, (tokens, P) -> (tokens, k)."""
    return weights.reshape(len(weights), -1, k).sum(axis=1)


def _check(assignment: NDArray[np.floating], k: int, params_per_token: int) -> NDArray[np.floating]:
    if assignment.ndim != 2 or assignment.shape[1] != k * params_per_token:
        raise ValueError(
            f"assignment has shape {assignment.shape}; expected (tokens, {k * params_per_token}) "
            f"for k = {k} oscillators of {params_per_token} parameters"
        )
    return np.abs(assignment)


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


def group_order(assignment: Assignment) -> NDArray[np.intp]:
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
    """Tell how alike two parameters are served: the mean cosine of their columns of |A|.

    It is 1 where two parameters share their tokens in equal parts, 0 where they share none.

    Returns:
        Of two parameters of one group, then of two groups, each in [0, 1]; NaN where there are no
        such pairs. The first is greater where tokens have found the groups.

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
    means = [float(values.mean()) if values.size else float("nan") for values in (within, between)]
    return means[0], means[1]
