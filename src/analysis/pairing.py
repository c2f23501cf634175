"""What a learnt assignment of parameters to tokens has found.

Conventions: an assignment A has shape (tokens, P); P = k * params_per_token parameters in the
order all frequencies, all amplitudes, ...; so column p belongs to oscillator p mod k. Signs carry
no meaning (they cancel between A and the vectors), so only |A| is looked at.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment


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


def token_order(
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
