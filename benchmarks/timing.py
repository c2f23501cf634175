"""How the benchmarks time functions beside each other."""

import statistics
import time
from collections.abc import Callable

TURN_S = 0.1  # shortest measurement


def interleaved(functions: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Time functions in turn; return the median seconds of each.

    A turn calls a fast function until it has run for ``TURN_S`` and takes the mean.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    for repeat in range(repeats + 1):
        for name, function in functions.items():
            calls = 0
            start = time.perf_counter()
            while not calls or time.perf_counter() - start < TURN_S:
                function()
                calls += 1
            if repeat:  # the first one warms up
                times[name].append((time.perf_counter() - start) / calls)
    return {name: statistics.median(seconds) for name, seconds in times.items()}
