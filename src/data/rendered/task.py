"""A synthesizer's task as the configuration describes it: where its data lie, how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from src.data.task import Task
from src.symmetry import Symmetry
from src.synths.definition import load_definition

if TYPE_CHECKING:  # Lightning takes seconds to import, which prediction can spare
    from src.data.rendered.datamodule import RenderedDataModule
    from src.metrics.validation import ValidationMetrics


class SynthTask(Task):
    """A rendered data set with its parameter table.

    Args:
        dataset_root: folder of train.h5, val.h5, test.h5 and stats.npz.
        synth: folder of ``configs/synth/``.
        table: one of its tables.
        duration_s: length of a sound, seconds.
        table_digest: what the table meant when the run was configured.
        num_params: size P of a vector.
        one_hot_groups: [start, stop] of the columns of each categorical parameter.
        spectrogram_shape: (channels, bands, frames).
        conditioning: ``mel`` or ``m2l``.
        sort_targets: train with labels whose interchangeable units stand in one order.
        batch_size: items a batch.
        coupling: of noise and parameters, see ``src.flow.coupling``.
        draws: noise vectors a sound.
        num_workers: processes that read.
        seed: of the order of training items and of their noise.
        condition_weight: of the signals' distance in coupling "c2ot".
    """

    def __init__(
        self,
        dataset_root: str | Path,
        synth: str,
        table: str,
        duration_s: float,
        table_digest: str,
        num_params: int,
        one_hot_groups: Sequence[Sequence[int]],
        spectrogram_shape: Sequence[int],
        conditioning: Literal["mel", "m2l"] = "mel",
        sort_targets: bool = False,
        batch_size: int = 128,
        coupling: str = "minibatch",
        draws: int = 1,
        num_workers: int = 0,
        seed: int = 0,
        condition_weight: float = 0.3,
    ) -> None:
        self.dataset_root = Path(dataset_root)
        self.table = load_definition(synth, table, duration_s).table
        self.table_digest = table_digest
        self._num_params = num_params
        self.one_hot_groups = one_hot_groups
        self.spectrogram_shape = tuple(spectrogram_shape)
        self._loading: dict[str, Any] = {
            "conditioning": conditioning,
            "sort_targets": sort_targets,
            "batch_size": batch_size,
            "coupling": coupling,
            "draws": draws,
            "num_workers": num_workers,
            "seed": seed,
            "condition_weight": condition_weight,
        }

    @property
    def num_params(self) -> int:
        """Length of a parameter vector."""
        return self._num_params

    @property
    def condition(self) -> str:
        """A data set is one way to pose its task."""
        return ""

    @property
    def batches_per_epoch(self) -> None:
        """Only the files tell."""
        return None

    @property
    def symmetry(self) -> Symmetry:
        """Which columns may trade places and leave the sound as it is."""
        return self.table.symmetry

    def datamodule(self, predict_file: str | None = None) -> RenderedDataModule:
        """Build the loaders."""
        from src.data.rendered.datamodule import RenderedDataModule

        return RenderedDataModule(
            self.dataset_root,
            predict_file=predict_file,
            symmetry=self.symmetry,
            num_params=self.num_params,
            spectrogram_shape=self.spectrogram_shape,
            **self._loading,
        )

    def validation_metrics(self) -> ValidationMetrics:
        """Build what validation measures: the error of parameters."""
        from src.metrics.validation import RenderedMetrics  # imports torchmetrics

        return RenderedMetrics(self.symmetry)
