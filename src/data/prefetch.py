"""Make batches in background threads while the consumer works."""

import itertools
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T", covariant=True)


class Indexed(Protocol[T]):
    """What can be asked for an item by its position, from several threads at a time."""

    def __getitem__(self, position: Any, /) -> T:
        """Return an item."""


class PrefetchLoader(Generic[T]):
    """Iterate over a dataset in a sampler's order, some items ahead of the consumer.

    Threads are enough where the work releases the interpreter: torch kernels and SciPy's assignment
    do. The items are the same, and in the same order, for any number of threads; an exception is
    raised in the consumer in its item's place. The threads end with the iteration, also where the
    consumer breaks off.

    Args:
        dataset: an item has to depend on its position alone.
        sampler: positions; iterated anew for each iteration over the loader.
        threads: items that are made at a time, at least 1.

    Raises:
        ValueError: the number of threads is not positive.
    """

    batch_sampler = None  # Lightning asks every loader with a sampler for it

    def __init__(self, dataset: Indexed[T], sampler: Iterable[Any], threads: int = 1) -> None:
        if threads < 1:
            raise ValueError(f"threads: expected at least 1, got {threads}")
        self.dataset = dataset
        self.sampler = sampler  # under this name Lightning tells it the epoch
        self.threads = threads

    def __len__(self) -> int:
        """Return the length of the sampler."""
        if not isinstance(self.sampler, Sized):
            raise TypeError(f"{type(self.sampler).__name__} has no length")
        return len(self.sampler)

    def __iter__(self) -> Iterator[T]:
        """Yield the items."""
        positions = iter(self.sampler)
        with ThreadPoolExecutor(self.threads, thread_name_prefix="prefetch") as pool:

            def start(count: int) -> list[Future[T]]:
                ahead = itertools.islice(positions, count)
                return [pool.submit(self.dataset.__getitem__, position) for position in ahead]

            pending = deque(start(self.threads + 1))
            try:
                while pending:
                    item = pending.popleft().result()
                    pending.extend(start(1))
                    yield item
            finally:
                for future in pending:
                    future.cancel()


def threads_beside_a_device() -> int:
    """Return how many threads to make batches with where the training step leaves the CPU free."""
    return max(1, min(8, (os.cpu_count() or 1) - 1))
