"""Where a training is in its data: which batches of an epoch come, where a resumed run starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from lightning.pytorch import LightningDataModule
from torch.utils.data import Sampler


@dataclass(frozen=True)
class Position:
    """A place in a training: batches of an epoch that are done.

    Attributes:
        epoch: counted from 0.
        done: batches of that epoch that this process has trained on.
    """

    epoch: int = 0
    done: int = 0


class EpochSampler(Sampler[tuple[int, int]]):
    """Yield (epoch, 0), (epoch, 1), ... so that each epoch of a training split has its own items.

    Lightning calls ``set_epoch`` before every epoch, also after a restart; other loops do so
    themselves.

    Args:
        num_batches: batches an epoch.
        start: where a resumed run starts; only that epoch is shorter.
        rank: number of this process in a data-parallel run, which takes every ``ranks``-th batch.
        ranks: number of processes; batches that do not go round are left out.
    """

    def __init__(
        self, num_batches: int, start: Position | None = None, rank: int = 0, ranks: int = 1
    ) -> None:
        self.num_batches = num_batches // ranks
        self.start = start or Position()
        self.rank = rank
        self.ranks = ranks
        self.epoch = self.start.epoch

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, counted from 0."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield (epoch, number of the batch)."""
        # Read when the first batch is asked for: Lightning makes the iterator before it tells the
        # epoch.
        first = self.start.done if self.epoch == self.start.epoch else 0
        for turn in range(first, self.num_batches):
            yield self.epoch, turn * self.ranks + self.rank

    def __len__(self) -> int:
        """Return the number of batches of a whole epoch."""
        return self.num_batches


class ResumableDataModule(LightningDataModule):
    """A data module whose training batches go on where an interrupted run was."""

    def __init__(self) -> None:
        super().__init__()
        self._start = Position()

    def state_dict(self) -> dict[str, Any]:
        """Return the position, for Lightning's checkpoint."""
        if self.trainer is None:
            return {}
        loop = self.trainer.fit_loop
        return asdict(
            Position(
                loop.epoch_progress.current.processed,  # type: ignore[attr-defined]
                loop.epoch_loop.batch_progress.current.completed,
            )
        )

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Start at a position."""
        self._start = Position(**state_dict)

    def training_order(self, num_batches: int) -> EpochSampler:
        """Return the order of this process's training batches."""
        if self.trainer is None:
            return EpochSampler(num_batches, self._start)
        return EpochSampler(
            num_batches, self._start, self.trainer.global_rank, self.trainer.world_size
        )
