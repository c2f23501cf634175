"""Symmetries of the DX7's algorithms: counted independently, and proven by rendering."""

import itertools

import dexed
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from src.symmetry import Symmetry
from src.synths.definition import load_definition
from src.synths.dexed import Dexed
from src.synths.dx7_algorithms import GRAPHS, algorithm_symmetry, conditional_symmetry
from src.synths.dx7_voice import OPERATORS, VOICE_BYTES, read_values, set_values
from src.synths.synth import Note

RATE = 22_050
NOTE = Note(60, 0.0, 0.1)
ALGORITHMS = range(1, 33)
CASES = [(algorithm, feedback) for algorithm in ALGORITHMS for feedback in (0, 7)]
BYTES = [range(21 * (6 - i), 21 * (7 - i)) for i in OPERATORS]  # of each operator in a voice
# Orders of some groups with feedback.
SIZES = {3: 1, 24: 12, 25: 12, 31: 24, 32: 120}


def _allowed(algorithm: int, has_feedback: bool) -> list[tuple[int, ...]]:
    """List all exchanges that leave the package's own matrices as they are; the reference."""
    graph = dexed.algorithms[algorithm - 1]
    feedback = np.zeros((6, 6))
    feedback[graph.feedback_edge] = has_feedback
    carriers = np.isin(np.arange(6), graph.carriers)

    def holds(order: tuple[int, ...]) -> bool:
        grid = np.ix_(order, order)
        return (
            (graph.mod_matrix[grid] == graph.mod_matrix).all()
            and (feedback[grid] == feedback).all()
            and (carriers[list(order)] == carriers).all()
        )

    return [order for order in itertools.permutations(range(6)) if holds(order)]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_graphs_are_those_of_the_package(algorithm: int) -> None:
    graph, other = GRAPHS[algorithm], dexed.algorithms[algorithm - 1]
    edges = {(int(j) + 1, int(i) + 1) for i, j in zip(*other.mod_matrix.nonzero(), strict=True)}
    assert graph.modulation == edges
    assert graph.carriers == tuple(i + 1 for i in other.carriers)
    assert graph.feedback == tuple(i + 1 for i in other.feedback_edge)


@pytest.mark.parametrize("has_feedback", [False, True])
def test_groups_are_all_exchanges_that_keep_the_graph(has_feedback: bool) -> None:
    for algorithm in ALGORITHMS:
        symmetry = algorithm_symmetry(algorithm, has_feedback)
        allowed = _allowed(algorithm, has_feedback)
        assert symmetry.size == len(allowed), algorithm
        assert {*symmetry.generators} <= {*allowed}, algorithm


def test_known_sizes() -> None:
    sizes = {a: algorithm_symmetry(a, has_feedback=True).size for a in ALGORITHMS}
    assert {algorithm: sizes[algorithm] for algorithm in SIZES} == SIZES
    assert sum(size > 1 for size in sizes.values()) == 19
    free = {a: algorithm_symmetry(a, has_feedback=False).size for a in ALGORITHMS}
    assert (free[5], free[6], free[21], free[32]) == (6, 6, 8, 720)
    assert all(free[a] % sizes[a] == 0 for a in ALGORITHMS)  # a group and one within it


def _voice(algorithm: int, feedback: int) -> bytes:
    """Return a voice whose operators all differ, short and loud."""
    values = {"algorithm": algorithm, "feedback": feedback, "osc_key_sync": 1}
    for i in OPERATORS:
        values |= {f"op_{i}_frequency_coarse": i, f"op_{i}_frequency_fine": 7 * i}
        values |= {f"op_{i}_output_level": 80 + 3 * i, f"op_{i}_rate_2": 40 + 3 * i}
        values |= {f"op_{i}_level_2": 60 + i}
    return set_values(dexed.Patch().to_sysex()[:VOICE_BYTES], values)


@pytest.mark.parametrize(("algorithm", "feedback"), CASES)
def test_exchanges_sound_alike_to_the_bit_and_others_do_not(algorithm: int, feedback: int) -> None:
    synth = Dexed({}, RATE)

    def play(voice: NDArray[np.uint8]) -> NDArray[np.float32]:
        synth.load_voice(voice.tobytes())
        return synth.render(NOTE, 0.15)

    voice = np.frombuffer(_voice(algorithm, feedback), dtype=np.uint8)
    symmetry = algorithm_symmetry(algorithm, feedback > 0, BYTES, VOICE_BYTES)
    sound = play(voice)
    assert np.abs(sound).max() > 0.01
    for order in symmetry.generators:
        np.testing.assert_array_equal(play(voice[list(order)]), sound)
    allowed = {*_allowed(algorithm, feedback > 0)}
    others = [order for order in itertools.permutations(range(6)) if order not in allowed]
    rng = np.random.default_rng(algorithm)
    for chosen in rng.permutation(len(others))[:2]:
        columns = np.arange(VOICE_BYTES)
        for place, operator in enumerate(others[chosen]):
            columns[BYTES[place]] = BYTES[operator]
        assert np.abs(play(voice[columns]) - sound).max() > 1e-4


@pytest.mark.parametrize("name", ["additive", "fm"])
def test_tables_declare_what_their_algorithm_allows(name: str) -> None:
    definition = load_definition("dx7", name, 1.0)
    synth = definition.make(RATE)
    assert isinstance(synth, Dexed)
    voice = read_values(synth.read_voice())
    columns = {column: i for i, column in enumerate(definition.table.columns)}
    own = [[i for c, i in columns.items() if c.startswith(f"op_{o}_")] for o in OPERATORS]
    symmetry = algorithm_symmetry(
        int(voice["algorithm"]), voice["feedback"] > 0, own, definition.table.width
    )
    declared = definition.table.symmetry
    assert declared.size == symmetry.size
    assert {frozenset(u) for u in _units(declared)} == {frozenset(u) for u in _units(symmetry)}


def _units(symmetry: Symmetry) -> list[tuple[int, ...]]:
    return [unit.all_columns for units in symmetry.sets for unit in units]


def test_each_item_has_the_symmetry_of_its_algorithm() -> None:
    """Algorithm 32 sorts six operators, 31 four, 1 none."""
    operators = [(i,) for i in range(3, 9)]
    symmetry = conditional_symmetry([1, 31, 32], [0, 1, 2], False, operators, 9)
    params = torch.cat([torch.eye(3), torch.tensor([6.0, 5, 4, 3, 2, 1]).expand(3, -1)], dim=1)
    canonical = symmetry.given(params).canonical(params)[:, 3:].tolist()
    assert canonical == [[6, 5, 4, 3, 2, 1], [3, 4, 5, 6, 2, 1], [1, 2, 3, 4, 5, 6]]


@pytest.mark.parametrize("algorithm", [0, 33])
def test_there_are_32_algorithms(algorithm: int) -> None:
    with pytest.raises(ValueError, match=f"an algorithm from 1 to 32 .* got {algorithm} and 6"):
        algorithm_symmetry(algorithm, has_feedback=True)
