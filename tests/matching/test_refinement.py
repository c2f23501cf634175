"""The search finds what there is, holds what is held, and never makes things worse."""

import time

import numpy as np
import pytest

from src.matching.refinement import Budget, free_columns, refine
from src.synths.definition import load_definition

HIDDEN = np.array([0.3, 0.8, 0.55, 0.1], dtype=np.float32)
FREE = np.array([True, True, True, False])
START = np.array([0.5, 0.5, 0.5, 0.9], dtype=np.float32)


def distance(vector: np.ndarray) -> float:
    return float(np.abs(vector - HIDDEN)[:3].sum())


def test_a_hidden_patch_is_found_and_held_columns_stay():
    found = refine(distance, START, FREE, Budget(evaluations=600))
    np.testing.assert_allclose(found.vector[:3], HIDDEN[:3], atol=0.01)
    assert found.vector[3] == START[3]
    assert found.evaluations <= 600
    assert found.objective == pytest.approx(distance(found.vector))


def test_vectors_stay_in_the_unit_cube():
    seen = []

    def record(vector: np.ndarray) -> float:
        seen.append(vector)
        return float(vector.sum())

    refine(record, START, np.ones(4, dtype=bool), Budget(evaluations=200))
    assert np.min(seen) >= 0
    assert np.max(seen) <= 1


def test_it_is_never_worse_than_its_start():
    found = refine(lambda v: float(np.abs(v - START).sum()), START, FREE, Budget(evaluations=30))
    np.testing.assert_array_equal(found.vector, START)
    assert found.objective == found.start == 0


def test_what_has_no_distance_is_avoided():
    found = refine(
        lambda v: float("nan") if v[0] > 0.6 else distance(v), START, FREE, Budget(evaluations=300)
    )
    assert distance(found.vector) < distance(START)


def test_the_same_seed_finds_the_same():
    one, again = (refine(distance, START, FREE, Budget(evaluations=50), 3) for _ in range(2))
    np.testing.assert_array_equal(one.vector, again.vector)


def test_nothing_or_one_parameter_may_be_free():
    none = refine(distance, START, np.zeros(4, dtype=bool), Budget(evaluations=50))
    assert none.evaluations == 1
    lone = np.array([True, False, False, False])
    assert refine(distance, START, lone, Budget(evaluations=80)).vector[0] == pytest.approx(
        HIDDEN[0], abs=0.02
    )


def test_what_the_first_evaluation_loads_takes_none_of_the_time():
    calls = []

    def slow_at_first(vector: np.ndarray) -> float:
        calls.append(vector)
        time.sleep(0.3 if len(calls) == 1 else 0.0)
        return distance(vector)

    assert refine(slow_at_first, START, FREE, Budget(seconds=0.2)).evaluations > 1


def test_time_ends_a_search():
    assert refine(distance, START, FREE, Budget(seconds=1e-9)).evaluations == 1
    with pytest.raises(ValueError, match="limit above 0"):
        Budget()
    with pytest.raises(ValueError, match="limit above 0"):
        Budget(evaluations=0)


def test_categorical_parameters_are_held():
    table = load_definition("vital", "full", 1.0).table
    free = free_columns(table)
    held = {p.name for p, columns in table.blocks if not free[columns].any()}
    assert held == {p.name for p in table.parameters if p.kind == "categorical"}
