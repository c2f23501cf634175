"""What an assignment matrix has found, on matrices that are known."""

import numpy as np
import pytest

from src.analysis.pairing import (
    Assignment,
    group_order,
    oscillator_order,
    pair_accuracy,
    similarity,
)
from tests.analysis.sounds_study import make_assignment

K, PARAMS_PER_TOKEN = 4, 3


def shuffled_pairs(seed: int = 0) -> np.ndarray:
    """Every oscillator has its own token, tokens in random order, signs random."""
    generator = np.random.default_rng(seed)
    eye = np.eye(K)[generator.permutation(K)]
    return np.tile(eye, PARAMS_PER_TOKEN) * generator.choice([-1, 1], (K, K * PARAMS_PER_TOKEN))


@pytest.mark.parametrize("seed", range(3))
def test_perfect_pairs_whatever_their_order_and_sign(seed: int) -> None:
    assignment = shuffled_pairs(seed)
    noisy = assignment + np.random.default_rng(seed).uniform(-0.3, 0.3, assignment.shape)
    assert pair_accuracy(noisy, K, PARAMS_PER_TOKEN) == 1.0
    ordered = np.abs(assignment)[oscillator_order(noisy, K, PARAMS_PER_TOKEN)]
    assert np.array_equal(ordered, np.tile(np.eye(K), PARAMS_PER_TOKEN))


def test_swapped_amplitudes_count_as_wrong() -> None:
    assignment = shuffled_pairs()
    assignment[:, [K, K + 1]] = assignment[:, [K + 1, K]]  # amplitudes of oscillators 1 and 2
    assert pair_accuracy(assignment, K, PARAMS_PER_TOKEN) == pytest.approx(10 / 12)


def test_one_token_for_all_is_no_success() -> None:
    assignment = np.full((K, K * PARAMS_PER_TOKEN), 0.1)
    assignment[2] = 1.0
    assert pair_accuracy(assignment, K, PARAMS_PER_TOKEN) == pytest.approx(1 / K)


def test_tokens_by_kind_instead_of_oscillator() -> None:
    by_kind = np.repeat(np.eye(3), K, axis=1)  # one token for all frequencies, and so on
    assert pair_accuracy(by_kind, K, PARAMS_PER_TOKEN) == pytest.approx(3 / 12)


def test_more_tokens_than_oscillators() -> None:
    assignment = np.vstack([np.full((2, K * PARAMS_PER_TOKEN), 0.1), shuffled_pairs()])
    assert pair_accuracy(assignment, K, PARAMS_PER_TOKEN) == 1.0
    order = oscillator_order(assignment, K, PARAMS_PER_TOKEN)
    assert sorted(order) == list(range(6))
    assert set(order[-2:]) == {0, 1}  # those without an oscillator come last


def test_wrong_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"shape \(4, 8\); expected \(tokens, 12\)"):
        pair_accuracy(np.zeros((4, 8)), K, PARAMS_PER_TOKEN)


def test_groups_of_columns_are_brought_together() -> None:
    weights = np.abs(make_assignment(seed=3).double().numpy())
    groups = (("a", 3), ("b", 3), ("c", 3), ("d", 3), ("e", 3), ("f", 1))
    assignment = Assignment(weights, groups)
    order = group_order(assignment)
    winners = weights[order].argmax(axis=0)
    assert winners.tolist() == [column // 3 for column in range(16)]  # idle tokens come last
    within, between = similarity(assignment)
    assert within > 0.9
    assert between < 0.25
