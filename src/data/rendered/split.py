"""A split of stored data as a model is trained on it: labels in order, noise, worker processes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from src.data import philox
from src.data.batch import Batch
from src.data.epochs import EpochSampler, Position
from src.data.rendered.hdf5_split import HDF5Split
from src.flow.coupling import couple
from src.symmetry import Symmetry


@dataclass(frozen=True)
class NoisePairing:
    """How labels are ordered and noise is drawn and coupled.

    Attributes:
        coupling: one of ``src.flow.coupling.COUPLINGS``.
        draws: noise vectors an item, 0 for none.
        seed: of the noise.
        symmetry: which columns may trade places.
        sort_targets: give labels their canonical order.
        condition_weight: of the signals' distance in coupling "c2ot".
    """

    coupling: str
    draws: int
    seed: int
    symmetry: Symmetry
    sort_targets: bool
    condition_weight: float

    def label(self, batch: Batch) -> Batch:
        """Return the batch with labels in canonical order, where that is asked for."""
        if not self.sort_targets:
            return batch
        return replace(batch, params=self.symmetry.canonical(batch.params))

    def add_noise(self, batch: Batch, epoch: int, size: int) -> Batch:
        """Return the batch with noise of its items, coupled with its labels.

        Only the noise is reordered, so that labels, signals and numbers stay together.

        Args:
            batch: of the training split.
            epoch: each has noise of its own.
            size: items of the split.
        """
        if not self.draws:
            return batch
        width = batch.params.shape[1]
        unique = batch.index + epoch * size
        flat = philox.normal(self.seed, "noise", unique, self.draws * width)
        noise = flat.view(-1, self.draws, width).transpose(0, 1)
        words = (self.coupling, self.symmetry, batch.signal, self.condition_weight)
        coupled = [couple(draw, batch.params, *words) for draw in noise]
        return replace(batch, noise=torch.stack(coupled))


class RenderedSplit(Dataset[Batch]):
    """Batches of a split with labels in their order and, in training, noise.

    Element i is the i-th batch, element (e, i) that of training epoch e.

    Args:
        name: "train" for noise.
        batches: where signals and parameters come from.
        pairing: of labels and noise.
        num_params: width of the labels.
        repeat: every batch is the first one, with new noise.
    """

    def __init__(
        self, name: str, batches: HDF5Split, pairing: NoisePairing, num_params: int, repeat: bool
    ) -> None:
        self.name = name
        self.batches = batches
        self.pairing = pairing
        self.num_params = num_params
        self.repeat = repeat

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.batches)

    def __getitem__(self, position: int | tuple[int, int]) -> Batch:
        """Return a batch by number or (epoch, number).

        Raises:
            IndexError: no such batch.
            ValueError: a value is not finite or the file is damaged.
        """
        epoch, number = position if isinstance(position, tuple) else (0, position)
        if self.repeat:
            return self._finish(self.batches[0, 0], epoch * len(self) + number)
        return self._finish(self.batches[epoch, number], epoch)

    def group(self, position: tuple[int, int]) -> list[Batch]:
        """Return all batches of a group by (epoch, number of the group)."""
        epoch, number = position
        if self.repeat:
            width = self.batches.batches_a_group
            numbers = range(number * width, min((number + 1) * width, len(self)))
            return [self[epoch, i] for i in numbers]
        return [self._finish(batch, epoch) for batch in self.batches.group(epoch, number)]

    def _finish(self, batch: Batch, epoch: int) -> Batch:
        if batch.params.shape[1] != self.num_params:  # the file has none
            batch = replace(batch, params=torch.zeros(len(batch.index), self.num_params))
        batch = self.pairing.label(batch)
        if self.name != "train":
            return batch
        return self.pairing.add_noise(batch, epoch, self.batches.size)


class GroupLoader:
    """Read in worker processes, each of which is given all batches of a pool at a time.

    The batches are those of the split, in the same order, for any number of workers.

    Args:
        split: what to read.
        workers: number of processes, at least 1.
        order: batches to yield; all of the split by default.
    """

    batch_sampler = None  # Lightning asks every loader with a sampler for it

    def __init__(
        self, split: RenderedSplit, workers: int, order: EpochSampler | None = None
    ) -> None:
        self.split = split
        self.order = order or EpochSampler(len(split))
        start = self.order.start
        self._width = split.batches.batches_a_group
        first = start.done * self.order.ranks // self._width
        # Lightning tells it the epoch.
        self.sampler = EpochSampler(split.batches.groups, Position(start.epoch, first))
        self._groups: DataLoader[Any] = DataLoader(
            _Groups(split),
            batch_size=None,  # elements are lists of batches
            sampler=self.sampler,
            num_workers=workers,
            prefetch_factor=1,
            persistent_workers=True,
            generator=torch.Generator(),  # leaves the global generator alone
        )

    def __len__(self) -> int:
        """Return the number of batches of a whole epoch."""
        return len(self.order)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches."""
        self.order.set_epoch(self.sampler.epoch)
        wanted = {number for _, number in self.order}
        resumed = self.sampler.epoch == self.sampler.start.epoch
        first = self.sampler.start.done * self._width if resumed else 0
        numbered = enumerate(itertools.chain.from_iterable(self._groups), start=first)
        yield from (batch for number, batch in numbered if number in wanted)


class _Groups(Dataset[list[Batch]]):
    """Groups of batches by position, for worker processes."""

    def __init__(self, split: RenderedSplit) -> None:
        self.split = split

    def __getitem__(self, position: tuple[int, int]) -> list[Batch]:
        return self.split.group(position)
