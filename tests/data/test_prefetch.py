"""The prefetching loader: same items, same errors, no thread left behind."""

import itertools
import threading
import time

import pytest

from src.data.prefetch import PrefetchLoader

PATIENCE_S = 5.0  # far longer than anything here takes


class _Slow:
    """Squares; odd positions take longer, so that threads would finish out of order."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __getitem__(self, position: int) -> int:
        self.asked.append(position)
        if position == 13:
            raise KeyError("broken item")
        time.sleep(0.01 * (position % 2))
        return position**2


def running() -> bool:
    return any(thread.name.startswith("prefetch") for thread in threading.enumerate())


@pytest.mark.parametrize("threads", [1, 4])
def test_items_and_order_are_the_same_for_any_number_of_threads(threads: int) -> None:
    loader = PrefetchLoader(_Slow(), range(12), threads)
    assert len(loader) == 12
    for _ in range(2):
        assert list(loader) == [position**2 for position in range(12)]
    assert not running()


@pytest.mark.parametrize("threads", [1, 3])
def test_items_are_made_ahead_but_not_too_many(threads: int) -> None:
    dataset = _Slow()
    items = iter(PrefetchLoader(dataset, range(10), threads))
    next(items)
    ahead = threads + 2  # one taken, the next ones in the threads' hands or waiting
    deadline = time.monotonic() + PATIENCE_S
    while len(dataset.asked) < ahead and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert sorted(dataset.asked) == list(range(ahead))
    items.close()  # type: ignore[attr-defined]


def test_an_error_is_raised_in_its_item_s_place() -> None:
    items = iter(PrefetchLoader(_Slow(), [2, 13, 4]))
    assert next(items) == 4
    with pytest.raises(KeyError, match="broken item"):
        next(items)
    assert not running()


def test_breaking_off_an_endless_sampler_ends_the_threads() -> None:
    items = iter(PrefetchLoader(_Slow(), itertools.repeat(2), threads=2))
    assert next(items) == 4
    items.close()  # type: ignore[attr-defined]
    assert not running()


def test_threads_are_checked() -> None:
    with pytest.raises(ValueError, match="threads: expected at least 1, got 0"):
        PrefetchLoader(_Slow(), range(3), threads=0)
