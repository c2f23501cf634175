"""Make batches in a background thread while the consumer works."""

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_POLL_S = 0.1  # how soon a full queue notices that nobody reads any more


class Prefetcher(Generic[T]):
    """Iterate over a source, up to ``depth`` items ahead of the consumer.

    A thread is enough where the work releases the interpreter: torch kernels and SciPy's assignment
    do. Order and items are the source's; an exception in the source is raised in the consumer. The
    thread ends with the iteration, also where the consumer breaks off.

    Args:
        source: iterated anew, in the thread, for each iteration over the prefetcher.
        depth: items held ready, at least 1.

    Raises:
        ValueError: depth is not positive.
    """

    def __init__(self, source: Iterable[T], depth: int = 2) -> None:
        if depth < 1:
            raise ValueError(f"depth: expected at least 1 item, got {depth}")
        self.source = source
        self.depth = depth

    @property
    def sampler(self) -> Any:
        """The source's sampler, which Lightning tells the epoch."""
        return getattr(self.source, "sampler", None)

    def __len__(self) -> int:
        """Return the length of the source."""
        if not isinstance(self.source, Sized):
            raise TypeError(f"{type(self.source).__name__} has no length")
        return len(self.source)

    def __iter__(self) -> Iterator[T]:
        """Yield the source's items."""
        ready: queue.Queue[tuple[str, Any]] = queue.Queue(self.depth)
        stop = threading.Event()
        thread = threading.Thread(
            target=_produce, args=(iter(self.source), ready, stop), name="prefetch", daemon=True
        )
        thread.start()
        try:
            while (message := ready.get())[0] == "item":
                yield message[1]
            if message[0] == "error":
                raise message[1]
        finally:
            stop.set()
            thread.join()


def _produce(
    items: Iterator[Any], ready: "queue.Queue[tuple[str, Any]]", stop: threading.Event
) -> None:
    """Put each item, then an end mark or the error, until told to stop."""
    try:
        for item in items:
            if not _put(("item", item), ready, stop):
                return
        _put(("end", None), ready, stop)
    except BaseException as error:  # raised again in the consumer
        _put(("error", error), ready, stop)


def _put(
    message: tuple[str, Any], ready: "queue.Queue[tuple[str, Any]]", stop: threading.Event
) -> bool:
    """Wait for room and put the message there; False if told to stop."""
    while not stop.is_set():
        with contextlib.suppress(queue.Full):
            ready.put(message, timeout=_POLL_S)
            return True
    return False
