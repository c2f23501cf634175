"""The 32 algorithms of the DX7 as graphs, and which operators each of them lets trade places.

An operator may take another's place where every arrow of the graph lands on an arrow: modulation,
the feedback edge (where there is feedback at all), and output, which is what modulates none. What
an algorithm allows is found from its graph, none of it is listed.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from src.symmetry import ConditionalSymmetry, Symmetry
from src.synths.dx7_voice import OPERATORS

Edge = tuple[int, int]  # source and target
Order = tuple[int, ...]

# Modulation as source>target, then the feedback edge; from the chart on the panel of the DX7.
_CHART = """
2>1 4>3 5>4 6>5 | 6>6
2>1 4>3 5>4 6>5 | 2>2
2>1 3>2 5>4 6>5 | 6>6
2>1 3>2 5>4 6>5 | 4>6
2>1 4>3 6>5 | 6>6
2>1 4>3 6>5 | 5>6
2>1 4>3 5>3 6>5 | 6>6
2>1 4>3 5>3 6>5 | 4>4
2>1 4>3 5>3 6>5 | 2>2
2>1 3>2 5>4 6>4 | 3>3
2>1 3>2 5>4 6>4 | 6>6
2>1 4>3 5>3 6>3 | 2>2
2>1 4>3 5>3 6>3 | 6>6
2>1 4>3 5>4 6>4 | 6>6
2>1 4>3 5>4 6>4 | 2>2
2>1 3>1 5>1 4>3 6>5 | 6>6
2>1 3>1 5>1 4>3 6>5 | 2>2
2>1 3>1 4>1 5>4 6>5 | 3>3
2>1 3>2 6>4 6>5 | 6>6
3>1 3>2 5>4 6>4 | 3>3
3>1 3>2 6>4 6>5 | 3>3
2>1 6>3 6>4 6>5 | 6>6
3>2 6>4 6>5 | 6>6
6>3 6>4 6>5 | 6>6
6>4 6>5 | 6>6
3>2 5>4 6>4 | 6>6
3>2 5>4 6>4 | 3>3
2>1 4>3 5>4 | 5>5
4>3 6>5 | 6>6
4>3 5>4 | 5>5
6>5 | 6>6
| 6>6
"""


@dataclass(frozen=True)
class Graph:
    """What one algorithm joins.

    Attributes:
        modulation: (source, target) of operators 1 to 6.
        feedback: (source, target) of the feedback edge.
    """

    modulation: frozenset[Edge]
    feedback: Edge

    @property
    def carriers(self) -> tuple[int, ...]:
        """Operators that are heard: those that modulate none."""
        sources = {source for source, _ in self.modulation}
        return tuple(operator for operator in OPERATORS if operator not in sources)


def _read(line: str) -> Graph:
    modulation, feedback = (
        [(int(edge[0]), int(edge[2])) for edge in part.split()] for part in line.split("|")
    )
    return Graph(frozenset(modulation), feedback[0])


GRAPHS = {i: _read(line) for i, line in enumerate(_CHART.strip().splitlines(), 1)}


@dataclass(frozen=True)
class _Colours:
    """What tells operators of a part of a graph apart: arrows within, and colours of their own."""

    arrows: frozenset[tuple[str, int, int]]
    own: dict[int, tuple[object, ...]]

    def form(self, order: Order) -> tuple[object, ...]:
        """Describe operators in an order; equal where one may take the place of the other."""
        place = {operator: i for i, operator in enumerate(order)}
        arrows = sorted(
            (kind, place[a], place[b]) for kind, a, b in self.arrows if {a, b} <= place.keys()
        )
        return tuple(self.own[operator] for operator in order), tuple(arrows)

    def apart_from(self, fixed: Order) -> "_Colours":
        """Take operators out; what the others had with them becomes part of their colours."""
        taken = {operator: i for i, operator in enumerate(fixed)}
        own = dict(self.own)
        for kind, source, target in sorted(self.arrows):
            if source in taken and target not in taken:
                own[target] = (*own[target], (f"{kind} from", taken[source]))
            elif target in taken and source not in taken:
                own[source] = (*own[source], (f"{kind} to", taken[target]))
        return _Colours(self.arrows, {o: colour for o, colour in own.items() if o not in taken})

    def parts(self, operators: Sequence[int]) -> list[list[int]]:
        """Split operators into those that arrows join."""
        parts: list[list[int]] = []
        for operator in operators:
            joined = {operator} | {
                other for _, a, b in self.arrows if operator in (a, b) for other in (a, b)
            }
            touched = [part for part in parts if joined & {*part}]
            parts = [part for part in parts if part not in touched]
            parts.append([*itertools.chain(*touched), operator])
        return parts


# Operators that stay where they are within a unit, and the sets of units that it holds.
_Unit = tuple[Order, "list[list[_Unit]]"]


def algorithm_symmetry(
    algorithm: int,
    has_feedback: bool,
    operators: Sequence[Sequence[int]] = ((0,), (1,), (2,), (3,), (4,), (5,)),
    num_params: int = 6,
) -> Symmetry:
    """Find which operators may trade places without being heard.

    Args:
        algorithm: 1 to 32.
        has_feedback: False where the feedback is 0: its edge then joins nothing.
        operators: columns of each operator's parameters, those of operator 1 first, in an order
            that is the same for all six.
        num_params: number of columns P; what belongs to no operator stays free.

    Returns:
        The symmetry of vectors of the algorithm. Their ranges are not looked at: operators that
        may trade places here need the same ones.

    Raises:
        ValueError: there is no such algorithm, or the columns do not fit.

    Example:
        >>> algorithm_symmetry(5, has_feedback=False)
        Symmetry.parse('6: [(0, 1), (2, 3), (4, 5)]')
        >>> algorithm_symmetry(5, has_feedback=True)
        Symmetry.parse('6: [(0, 1), (2, 3)]')
        >>> algorithm_symmetry(21, has_feedback=False)
        Symmetry.parse('6: [(2, [(0,), (1,)]), (5, [(3,), (4,)])]')
    """
    if algorithm not in GRAPHS or len(operators) != len(OPERATORS):
        raise ValueError(
            f"expected an algorithm from 1 to 32 and columns of six operators, got {algorithm} and "
            f"{len(operators)}"
        )
    graph = GRAPHS[algorithm]
    arrows = {("modulation", *edge) for edge in graph.modulation}
    if has_feedback:
        arrows.add(("feedback", *graph.feedback))
    own: dict[int, tuple[object, ...]] = {o: (o not in graph.carriers,) for o in OPERATORS}
    _, sets = _units(OPERATORS, _Colours(frozenset(arrows), own))
    return Symmetry.of(num_params, *([_columns(u, operators) for u in units] for units in sets))


def conditional_symmetry(
    algorithms: Sequence[int],
    columns: Sequence[int],
    has_feedback: bool,
    operators: Sequence[Sequence[int]],
    num_params: int,
) -> ConditionalSymmetry:
    """Find the symmetries of vectors in which the algorithm is a parameter, too.

    Args:
        algorithms: those that can be chosen, 1 to 32.
        columns: of their one-hot code, in the same order.
        has_feedback: True where any vector may have feedback; what then holds, holds without.
        operators: see ``algorithm_symmetry``.
        num_params: see ``algorithm_symmetry``.

    Returns:
        The symmetry of each algorithm, chosen item by item.

    Raises:
        ValueError: there is no such algorithm, or the columns do not fit.
    """
    cases = (algorithm_symmetry(a, has_feedback, operators, num_params) for a in algorithms)
    return ConditionalSymmetry(tuple(columns), tuple(cases))


def _units(operators: Sequence[int], colours: _Colours) -> _Unit:
    """Find sets of exchangeable parts, the rest, and sets within it."""
    alike: dict[Any, list[_Unit]] = {}
    for part in colours.parts(operators):
        order = min(itertools.permutations(part), key=colours.form)
        alike.setdefault(colours.form(order), []).append(_inside(order, colours))
    fixed: Order = ()
    sets: list[list[_Unit]] = []
    for form in sorted(alike):
        if len(alike[form]) > 1:
            sets.append(alike[form])
        else:
            ((own, within),) = alike[form]
            fixed, sets = (*fixed, *own), [*sets, *within]
    return fixed, sets


def _inside(order: Order, colours: _Colours) -> _Unit:
    """Find what may trade places within operators that are joined."""
    form = colours.form(order)
    allowed = [other for other in itertools.permutations(order) if colours.form(other) == form]
    fixed = tuple(o for i, o in enumerate(order) if all(other[i] == o for other in allowed))
    if len(fixed) == len(order):
        return fixed, []
    if not fixed:
        raise ValueError(f"operators {order}: none of them stays, so they are no tree")
    rest = [operator for operator in order if operator not in fixed]
    others, sets = _units(rest, colours.apart_from(fixed))
    return (*fixed, *others), sets


def _columns(unit: _Unit, operators: Sequence[Sequence[int]]) -> tuple[Any, ...]:
    """Write a unit as ``Symmetry.of`` takes it."""
    fixed, sets = unit
    own = (column for operator in fixed for column in operators[operator - 1])
    return (*own, *([_columns(held, operators) for held in units] for units in sets))
