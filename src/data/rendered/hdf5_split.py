"""A split of a data set file as a data set of whole batches, shuffled in blocks.

Reading rows one by one in random order costs a call, and the decompression of a whole chunk, for
each. So an epoch shuffles blocks of neighbouring rows, reads several of them into a pool and
shuffles the rows of the pool. Which rows a batch holds depends on seed, epoch and batch number
alone: workers, threads and restarts give the same batches.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import torch
from torch import Tensor
from torch.utils.data import Dataset

from src.data.batch import Batch
from src.data.rendered.block_shuffling import Plan
from src.data.rendered.hdf5_rows import HDF5Rows

IN_MEMORY_BYTES = 2 * 2**30  # as stored, limit of in_memory="auto"
POOL_BYTES = 2**27  # as stored; the pool in use and the next one are held
_BLOCKS_A_POOL = 8
_BLOCK_ROWS = 256
_POOLS_KEPT = 3  # threads that make batches ahead may still need the one before
# Signals and parameters as stored, row numbers.
Pool = tuple[Tensor, Tensor, Tensor]


class Rows(Protocol):
    """What a split reads: see ``HDF5Rows``."""

    path: Path
    rows: int
    signal_shape: tuple[int, ...]
    signal_bytes: int
    num_params: int | None
    table_digest: str

    def read(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Read consecutive rows: signals (n, *signal_shape), parameters in [0, 1] (n, P)."""

    def where(self, row: int) -> str:
        """Name a row and its file."""

    def close(self) -> None:
        """Close open files."""


@dataclass(frozen=True)
class Scaling:
    """What standardises signals.

    Attributes:
        mean: float32, shape of a signal.
        std: float32, shape of a signal; where it is 0, the signal is only centred.
    """

    mean: Tensor
    std: Tensor

    def apply(self, signals: Tensor) -> Tensor:
        """Standardise signals (n, *shape) of any float type; return float32."""
        std = torch.where(self.std > 0, self.std, torch.ones_like(self.std))
        return signals.to(torch.float32, copy=True).sub_(self.mean).div_(std)


class HDF5Split(Dataset[Batch]):
    """Batches of a split; element i is the i-th batch, element (e, i) that of training epoch e.

    Batches hold standardised signals, parameters in [-1, 1] and row numbers, but no noise.

    Args:
        source: a data set file or its rows.
        scaling: of the signals, None for none.
        batch_size: rows a batch, fewer in the last one.
        shuffle: False keeps the order of the file.
        seed: of the order.
        in_memory: hold a shuffled split in memory, as stored, and shuffle it fully; "auto" where it
            takes at most 2 GiB.
        pool_bytes: rows of a pool in bytes, as stored, where the split is not held in memory; None
            for 128 MiB.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a batch size below 1, or a file that cannot be read.
    """

    def __init__(
        self,
        source: str | Path | Rows,
        scaling: Scaling | None,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        in_memory: bool | Literal["auto"] = "auto",
        pool_bytes: int | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
        self.source: Rows = HDF5Rows(source) if isinstance(source, str | Path) else source
        self.scaling = scaling
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.size = self.source.rows
        total = self.size * self.source.signal_bytes
        fits = total <= IN_MEMORY_BYTES if in_memory == "auto" else in_memory
        self.in_memory = shuffle and fits
        batches = max(1, (pool_bytes or POOL_BYTES) // (batch_size * self.source.signal_bytes))
        pool_rows = self.size if self.in_memory else batches * batch_size
        block_rows = min(_BLOCK_ROWS, max(1, min(pool_rows, self.size) // _BLOCKS_A_POOL))
        self.plan = Plan(self.size, block_rows, pool_rows, seed)
        self._pools = _Pools(self.source)
        self._loaded: tuple[Tensor, Tensor] | None = None

    def __len__(self) -> int:
        """Return the number of batches (of an epoch)."""
        return -(-self.size // self.batch_size)

    def first(self, items: int) -> Iterator[Batch]:
        """Read the first items (of an epoch), the last batch cut to fit."""
        for number in range(-(-items // self.batch_size)):
            yield self[number].copy_items(slice(0, items - number * self.batch_size))

    def __getitem__(self, position: int | tuple[int, int]) -> Batch:
        """Read a batch.

        Args:
            position: number of the batch in [0, len), or (epoch, number).

        Returns:
            The batch, without noise.

        Raises:
            IndexError: no such batch.
            ValueError: a value is not finite or the file is damaged.
        """
        epoch, number = position if isinstance(position, tuple) else (0, position)
        if not 0 <= number < len(self) or epoch < 0:
            raise IndexError(f"{self.source.path}: no batch {number} of {len(self)}")
        first, last = number * self.batch_size, min((number + 1) * self.batch_size, self.size)
        if not self.shuffle:
            return self._finish(*self.source.read(first, last), torch.arange(first, last))
        pool = first // self.plan.pool_rows
        if self.in_memory:
            index = self.plan.order(epoch, 0)[first:last]
            signals, params = self.load()
            return self._finish(signals[index], params[index], index)
        return self._cut(self._pools.get(self.plan, epoch, pool), epoch, number)

    def group(self, epoch: int, number: int) -> list[Batch]:
        """Read all batches of a group: of those that come from one pool, which is read once.

        Worker processes are given groups, so that no two read the same rows.

        Args:
            epoch: training epoch.
            number: of the group, in [0, groups).

        Returns:
            Batches ``number * batches_a_group`` and following of the epoch.
        """
        first = number * self.batches_a_group
        numbers = range(first, min(first + self.batches_a_group, len(self)))
        if self.batches_a_group == 1:
            return [self[epoch, i] for i in numbers]
        pool = _read_pool(self.source, self.plan.runs(epoch, number))
        return [self._cut(pool, epoch, i) for i in numbers]

    @property
    def groups(self) -> int:
        """Number of groups of batches that are read together."""
        return -(-len(self) // self.batches_a_group)

    @property
    def batches_a_group(self) -> int:
        """Number of batches that share what was read."""
        pooled = self.shuffle and not self.in_memory
        return self.plan.pool_rows // self.batch_size if pooled else 1

    def load(self) -> tuple[Tensor, Tensor]:
        """Read the whole split into memory, once, and close the file; return it as stored."""
        if self._loaded is None:
            self._loaded = _read_runs(self.source, _blocks(self.size))
            self.source.close()
        return self._loaded

    def _cut(self, pool: Pool, epoch: int, number: int) -> Batch:
        """Take a batch from its pool."""
        place, first = divmod(number * self.batch_size, self.plan.pool_rows)
        chosen = self.plan.order(epoch, place)[first : first + self.batch_size]
        return self._finish(*(part[chosen] for part in pool))

    def _finish(self, signals: Tensor, params: Tensor, index: Tensor) -> Batch:
        scaled = signals.float() if self.scaling is None else self.scaling.apply(signals)
        if not torch.isfinite(scaled.sum()):
            finite = torch.isfinite(scaled).flatten(1).all(dim=1)
            if not finite.all():
                row = int(index[~finite][0])
                raise ValueError(
                    f"{self.source.where(row)}: the signal is not finite; render it again"
                )
        return Batch(params=2 * params - 1, signal=scaled, noise=None, index=index)


class _Pools:
    """Pools of rows, read by a thread one ahead of their use, in every process its own."""

    def __init__(self, source: Rows) -> None:
        self.source = source
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._pools: OrderedDict[tuple[int, int], Future[Pool]]
        self._pools = OrderedDict()

    def __getstate__(self) -> dict[str, object]:
        return {"source": self.source}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._reset()

    def get(self, plan: Plan, epoch: int, pool: int) -> Pool:
        """Return signals, parameters and row numbers of a pool."""
        if os.getpid() != self._process:  # threads and locks do not survive a fork
            self._reset()
        with self._lock:
            wanted = self._start(plan, epoch, pool)
            if pool + 1 < plan.pools:
                self._start(plan, epoch, pool + 1)
            while len(self._pools) > _POOLS_KEPT:
                self._pools.popitem(last=False)
        return wanted.result()

    def _start(self, plan: Plan, epoch: int, pool: int) -> Future[Pool]:
        key = (epoch, pool)
        if key not in self._pools:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-pool")
            self._pools[key] = self._thread.submit(_read_pool, self.source, plan.runs(epoch, pool))
        self._pools.move_to_end(key)
        return self._pools[key]


def _read_pool(source: Rows, runs: list[tuple[int, int]]) -> Pool:
    return *_read_runs(source, runs), torch.cat([torch.arange(*run) for run in runs])


def _read_runs(source: Rows, runs: list[tuple[int, int]]) -> tuple[Tensor, Tensor]:
    """Read runs of rows into one tensor of signals and one of parameters."""
    total = sum(stop - start for start, stop in runs)
    signals = params = torch.empty(0)
    place = 0
    for start, stop in runs:
        part, part_params = source.read(start, stop)
        if not place:
            signals = part.new_empty(total, *part.shape[1:])
            params = part_params.new_empty(total, part_params.shape[1])
        signals[place : place + len(part)] = part
        params[place : place + len(part)] = part_params
        place += len(part)
    return signals, params


def _blocks(rows: int) -> list[tuple[int, int]]:
    return [(start, min(start + _BLOCK_ROWS, rows)) for start in range(0, rows, _BLOCK_ROWS)]
