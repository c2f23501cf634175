"""A split of a toy task as a data set of whole batches."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import Dataset

from src.data import philox
from src.data.batch import Batch
from src.data.toy.source import ToySource
from src.flow.coupling import couple

SPLITS = ("train", "val", "test")
# Small batches are made several at a time and kept, since most of their cost is that of calling
# torch. The items are the same: none depends on the batch that it is made in.
_ITEMS_AT_ONCE = 2048
_VALUES_AT_ONCE = 2**19  # items times oscillators times samples


class ToySplit(Dataset[Batch]):
    """Batches of a split; element i is the i-th batch, element (e, i) that of training epoch e.

    A pure function of its index: worker processes and threads give the same bytes.

    Args:
        task: where items come from.
        name: "train", "val" or "test".
        batch_size: items a batch, fewer in the last one.
        render: False leaves the signals to the consumer (None in the batch).

    Raises:
        ValueError: unknown name, or a batch size below 1.
    """

    def __init__(self, task: ToySource, name: str, batch_size: int, render: bool = True) -> None:
        if name not in SPLITS:
            raise ValueError(f"split: unknown {name!r}; known: {', '.join(SPLITS)}")
        if batch_size < 1:
            raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
        self.task = task
        self.name = name
        self.size = task.sizes[name]
        self.batch_size = batch_size
        self.render = render
        values = task.k * task.signal_length
        at_once = min(_ITEMS_AT_ONCE, _VALUES_AT_ONCE // values) // batch_size
        self._batches_at_once = max(1, at_once)
        self._made: tuple[tuple[int, int], Batch | None] = ((0, 0), None)

    def __len__(self) -> int:
        """Return the number of batches (of an epoch)."""
        return -(-self.size // self.batch_size)

    def __getitem__(self, position: int | tuple[int, int]) -> Batch:
        """Make a batch.

        Args:
            position: number of the batch in [0, len), or (epoch, number); epochs after the first
                exist in training only.

        Returns:
            The batch; with noise in training, unless the task draws none.

        Raises:
            IndexError: no such batch.
        """
        epoch, number = position if isinstance(position, tuple) else (0, position)
        if not 0 <= number < len(self) or epoch < 0 or (epoch and self.name != "train"):
            raise IndexError(f"{self.name}: no batch {number} of {len(self)} in epoch {epoch}")
        batch = self._take(epoch, number)
        if batch.noise is not None:
            batch.noise = self._coupled(batch.noise, batch)
        return batch

    def _take(self, epoch: int, number: int) -> Batch:
        """Return a batch from the group last made, or make its group."""
        group, place = divmod(number, self._batches_at_once)
        if self._batches_at_once == 1:
            return self._make(epoch, group)
        made_for, made = self._made
        if made is None or made_for != (epoch, group):
            made = self._make(epoch, group)
            self._made = ((epoch, group), made)
        first = place * self.batch_size
        return made.copy_items(slice(first, first + self.batch_size))

    def _make(self, epoch: int, group: int) -> Batch:
        """Make the items of several batches in a row, noise not yet coupled."""
        task = self.task
        at_once = self._batches_at_once * self.batch_size
        numbers = torch.arange(group * at_once, min((group + 1) * at_once, self.size))
        unique = numbers + epoch * self.size  # noise is new in every epoch, items if fresh
        index = unique if task.fresh else numbers
        drawn = task.draw(self.name, index)
        noise = None
        if self.name == "train" and task.draws:
            width = task.num_params
            flat = philox.normal(task.seeds[self.name], "noise", unique, task.draws * width)
            noise = flat.view(-1, task.draws, width).transpose(0, 1).contiguous()
        return Batch(
            params=task.label(drawn),
            signal=task.render(drawn) if self.render else None,
            noise=noise,
            index=index,
        )

    def _coupled(self, noise: Tensor, batch: Batch) -> Tensor:
        """Couple each draw (draws, B, P) with the batch's parameters."""
        task = self.task
        if task.coupling == "none":
            return noise
        sounds = None
        if task.coupling == "c2ot" and batch.signal is not None:
            sounds = torch.fft.rfft(batch.signal).abs()
        words = (task.coupling, task.symmetry, sounds, task.condition_weight)
        return torch.stack([couple(draw, batch.params, *words) for draw in noise])
