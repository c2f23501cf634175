"""Progress of long work: a bar where somebody watches a terminal, lines in a log elsewhere."""

import logging
import sys
import time
from types import TracebackType
from typing import Self

from rich import progress as rich_progress

logger = logging.getLogger(__name__)
_LINE_EVERY_S = 20.0


class Progress:
    """Count finished items, and tell how fast they come and how long the rest will take.

    Use as a context manager.

    Args:
        title: what is done.
        total: number of items.
        unit: what an item is called, in the plural.
    """

    def __init__(self, title: str, total: int, unit: str = "items") -> None:
        self.title, self.total, self.unit = title, total, unit
        self.done = 0
        self._bar: rich_progress.Progress | None = None

    def __enter__(self) -> Self:
        self._start = self._last = time.monotonic()
        if sys.stderr.isatty():
            self._bar = rich_progress.Progress(
                rich_progress.TextColumn("{task.description}"),
                rich_progress.BarColumn(),
                rich_progress.MofNCompleteColumn(),
                rich_progress.TextColumn("{task.fields[rate]}"),
                rich_progress.TimeRemainingColumn(),
            )
            self._bar.start()
            self._task = self._bar.add_task(self.title, total=self.total, rate="")
        return self

    def advance(self, count: int = 1) -> None:
        """Count items that are finished."""
        self.done += count
        now = time.monotonic()
        rate = self.done / max(now - self._start, 1e-9)
        if self._bar is not None:
            self._bar.update(self._task, advance=count, rate=f"{rate:.1f} {self.unit}/s")
        elif now - self._last > _LINE_EVERY_S:
            self._last = now
            left = (self.total - self.done) / rate
            logger.info(
                "%s: %d of %d %s, %.1f/s, %.0f s left",
                *(self.title, self.done, self.total, self.unit, rate, left),
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if kind is None:
            seconds = time.monotonic() - self._start
            rate = self.done / max(seconds, 1e-9)
            logger.info(
                "%s: %d %s in %.0f s, %.1f/s",
                *(self.title, self.done, self.unit, seconds, rate),
            )
