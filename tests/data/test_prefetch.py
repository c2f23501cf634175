"""The prefetcher: same items, same errors, no thread left behind."""

import threading
import time
from collections.abc import Iterator

import pytest

from src.data.prefetch import Prefetcher

PATIENCE_S = 5.0  # far longer than anything here takes


def running() -> bool:
    return any(thread.name == "prefetch" for thread in threading.enumerate())


def test_items_and_order_are_kept_in_every_iteration() -> None:
    ahead = Prefetcher(range(20), depth=3)
    assert len(ahead) == 20
    assert list(ahead) == list(range(20))
    assert list(ahead) == list(range(20))
    assert not running()


def test_items_are_made_ahead_but_no_more_than_depth() -> None:
    made = []
    full = threading.Event()

    def source() -> Iterator[int]:
        for item in range(10):
            made.append(item)
            if len(made) == 4:
                full.set()
            yield item

    items = iter(Prefetcher(source(), depth=2))
    next(items)
    assert full.wait(PATIENCE_S)  # one taken, two in the queue, one in the thread's hand
    time.sleep(0.05)
    assert made == [0, 1, 2, 3]
    items.close()  # type: ignore[attr-defined]


def test_an_error_of_the_source_is_raised_after_its_items() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise KeyError("broken source")

    items = iter(Prefetcher(source()))
    assert next(items) == 1
    with pytest.raises(KeyError, match="broken source"):
        next(items)
    assert not running()


def test_breaking_off_ends_the_thread() -> None:
    for item in Prefetcher(iter(int, 1), depth=1):  # endless zeros
        assert item == 0
        break
    deadline = time.monotonic() + PATIENCE_S
    while running() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not running()


def test_depth_is_checked() -> None:
    with pytest.raises(ValueError, match="depth"):
        Prefetcher([], depth=0)
