"""Refine a patch by its sound: CMA-ES over its continuous parameters, categorical ones held.

References:
    N. Hansen: The CMA evolution strategy: a tutorial. arXiv:1604.00772.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.matching.ranking import Targets
from src.metrics.audio import mss
from src.rendering.patches import Rendering, VectorJob
from src.synths.parameters import ParameterTable

SIGMA = 0.1  # standard deviation of the first generation, of a parameter's range
_NO_SOUND = 1e3  # dB, above any distance


@dataclass(frozen=True)
class Budget:
    """When a search ends, whichever comes first.

    Attributes:
        seconds: of one search after its first evaluation, None for no limit.
        evaluations: patches rendered in one search, None for no limit.
    """

    seconds: float | None = None
    evaluations: int | None = None

    def __post_init__(self) -> None:
        """Refuse a search without end."""
        limits = [limit for limit in (self.seconds, self.evaluations) if limit is not None]
        if not limits or min(limits) <= 0:
            raise ValueError(f"refinement: expected a limit above 0, got {self}")


@dataclass(frozen=True)
class Refined:
    """What a search found.

    Attributes:
        vector: encoded patch, shape (P,); the start where nothing better was found.
        start: objective of the start.
        objective: of the vector, never above ``start``.
        evaluations: patches that were rendered.
    """

    vector: NDArray[np.float32]
    start: float
    objective: float
    evaluations: int


def free_columns(table: ParameterTable) -> NDArray[np.bool_]:
    """Tell which columns of a vector may be varied: all but those of categorical parameters."""
    free = np.ones(table.width, dtype=bool)
    for first, last in table.one_hot_groups:
        free[first:last] = False
    return free


def refine(
    objective: Callable[[NDArray[np.float32]], float],
    start: NDArray[np.float32],
    free: NDArray[np.bool_],
    budget: Budget,
    seed: int = 0,
) -> Refined:
    """Search for a vector with a smaller objective, near a start.

    A search that has converged starts again from the best vector, with a larger population.

    Args:
        objective: of an encoded patch; NaN counts as bad.
        start: in [0, 1], shape (P,).
        free: columns that may be varied, shape (P,).
        budget: when to end; the start's own evaluation counts.
        seed: of the search.

    Returns:
        The best vector that was evaluated.
    """
    _cma()
    search = _Search(objective, start, free, budget)
    if not free.any():
        return search.result()
    restart = 0
    while not search.is_over():
        strategy = _strategy(search.best[free], seed * 1000 + restart + 1, 2**restart)
        while not search.is_over() and not strategy.stop():
            points = strategy.ask()
            values = [search.value(point) for point in points]
            if any(value is None for value in values):
                break  # the budget ended within the generation
            strategy.tell(points, values)
        restart += 1
    return search.result()


class _Search:
    """Count evaluations and keep the best."""

    def __init__(
        self,
        objective: Callable[[NDArray[np.float32]], float],
        start: NDArray[np.float32],
        free: NDArray[np.bool_],
        budget: Budget,
    ) -> None:
        self._objective, self._free, self._budget = objective, free, budget
        self._count = 0
        self.best = start.astype(np.float32)
        self._start = self._least = self._evaluate(self.best)
        self._began = time.monotonic()  # after the first evaluation, so that loading does not count

    def is_over(self) -> bool:
        """Whether the budget is spent."""
        seconds, evaluations = self._budget.seconds, self._budget.evaluations
        late = seconds is not None and time.monotonic() - self._began >= seconds
        return late or (evaluations is not None and self._count >= evaluations)

    def value(self, point: NDArray[np.float64]) -> float | None:
        """Evaluate a point of the search; None where the budget is spent."""
        if self.is_over():
            return None
        vector = self.best.copy()
        vector[self._free] = point[: int(self._free.sum())]
        value = self._evaluate(vector)
        if value < self._least:
            self.best, self._least = vector, value
        return value

    def result(self) -> Refined:
        """Tell what was found."""
        return Refined(self.best, self._start, self._least, self._count)

    def _evaluate(self, vector: NDArray[np.float32]) -> float:
        self._count += 1
        value = self._objective(vector)
        return value if np.isfinite(value) else _NO_SOUND


def _cma() -> Any:
    """Import the package, which takes a second the first time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cma warns where it lacks matplotlib, for its plots alone
        import cma  # type: ignore[import-untyped]
    return cma


def _strategy(start: NDArray[np.float32], seed: int, population_factor: int) -> Any:
    """Start an evolution strategy in the unit cube."""
    # CMA-ES needs two dimensions: a single parameter gets a second one that has no effect.
    point = np.append(start, 0.5) if len(start) == 1 else start
    size = population_factor * (4 + int(3 * np.log(len(point))))
    options = {"bounds": [0, 1], "seed": seed, "verbose": -9, "popsize": size}
    return _cma().CMAEvolutionStrategy(point.astype(np.float64), SIGMA, options)


class RefinementJob(VectorJob):
    """Refine patches, each in one process, so that several cores refine several patches.

    Args:
        rendering: how patches become sounds.
        vectors: the starts, encoded, shape (n, P).
        targets: the sounds.
        budget: of each search.
        seed: of the searches.
    """

    def __init__(
        self,
        rendering: Rendering,
        vectors: NDArray[np.float32],
        targets: Targets,
        budget: Budget,
        seed: int = 0,
    ) -> None:
        super().__init__(rendering, vectors)
        self.targets, self.budget, self.seed = targets, budget, seed

    def run(self, task: int, attempt: int) -> Refined | None:  # type: ignore[override]
        """Refine a patch; None where the synthesizer died in the search."""
        if attempt:
            return None
        assert self._renderer is not None
        renderer, rate = self._renderer, self.rendering.sample_rate
        target = self.targets.sound(task)

        def distance(vector: NDArray[np.float32]) -> float:
            sound = renderer.sound(vector)
            return mss(target, sound, rate) if np.isfinite(sound).all() else float("nan")

        free = free_columns(renderer.table)
        return refine(distance, self.vectors[task], free, self.budget, self.seed)
