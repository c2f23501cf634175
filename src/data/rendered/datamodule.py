"""Loaders of a rendered data set for Lightning, whichever synthesizer rendered it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from src.data.batch import Batch
from src.data.epochs import EpochSampler, ResumableDataModule
from src.data.prefetch import PrefetchLoader, threads_beside_a_device
from src.data.rendered.bin_statistics import Statistics, compute_statistics
from src.data.rendered.fake_rows import FakeRows
from src.data.rendered.hdf5_rows import SIGNALS, HDF5Rows
from src.data.rendered.hdf5_split import HDF5Split, Rows
from src.data.rendered.split import GroupLoader, NoisePairing, RenderedSplit
from src.flow.coupling import COUPLINGS
from src.symmetry import Symmetry

SPLITS = ("train", "val", "test")
_STAGES = {
    "fit": ("train", "val"),
    "validate": ("val",),
    "test": ("test",),
    "predict": ("predict",),
}
_FAKE_BATCHES = 4


class RenderedDataModule(ResumableDataModule):
    """Batches of ``{split}.h5`` files: standardised signals and parameters in [-1, 1].

    Training batches also hold noise; their order and noise depend on seed and epoch alone.

    Args:
        dataset_root: folder with train.h5, val.h5, test.h5 and stats.npz.
        use_saved_mean_and_variance: read stats.npz; else compute it from train.h5 in ``setup``.
            Music2Latent embeddings are not standardised.
        batch_size: items a batch; the last one of a split may be smaller.
        ot: short for coupling "minibatch".
        num_workers: processes that read; 0 for a thread.
        fake: random data instead of files, for trying models.
        repeat_first_batch: train on the first batch over and over, with new noise.
        predict_file: data set file to predict for, test.h5 by default; parameters may be missing
            and are then 0.
        conditioning: "mel" for spectrograms, "m2l" for Music2Latent embeddings.
        coupling: how noise is paired with parameters, see ``src.flow.coupling``; None for what
            ``ot`` says.
        draws: noise vectors a training sound, 0 for methods that need none.
        seed: of the order of training items and of their noise.
        symmetry: which columns of the parameter vector may trade places; coupling "permutation"
            and ``sort_targets`` need it.
        sort_targets: give every label the canonical one of its equivalent orders.
        in_memory: hold the train split in memory; "auto" up to 2 GiB.
        num_params: P of fake data and of prediction files without parameters where there is no
            other file to tell; 90 is that of the models' defaults.
        spectrogram_shape: (channels, bands, frames) of fake data; that of 4 s in stereo.
        fake_sizes: fake items of each split; four batches each by default.
        condition_weight: of the signals' distance in coupling "c2ot", at least 0.

    Raises:
        ValueError: a setting does not fit.
    """

    def __init__(
        self,
        dataset_root: str | Path,
        use_saved_mean_and_variance: bool = True,
        batch_size: int = 1024,
        ot: bool = True,
        num_workers: int = 0,
        fake: bool = False,
        repeat_first_batch: bool = False,
        predict_file: str | None = None,
        conditioning: Literal["mel", "m2l"] = "mel",
        *,
        coupling: str | None = None,
        draws: int = 1,
        seed: int = 0,
        symmetry: Symmetry | None = None,
        sort_targets: bool = False,
        in_memory: bool | Literal["auto"] = "auto",
        num_params: int = 90,
        spectrogram_shape: Sequence[int] = (2, 128, 401),
        fake_sizes: Sequence[int] | None = None,
        condition_weight: float = 0.3,
    ) -> None:
        super().__init__()
        for key, value, lowest in (
            ("batch_size", batch_size, 1),
            ("num_workers", num_workers, 0),
            ("draws", draws, 0),
            ("condition_weight", condition_weight, 0),
        ):
            if not value >= lowest:
                raise ValueError(f"{key}: expected at least {lowest}, got {value}")
        if conditioning not in SIGNALS:
            raise ValueError(f"conditioning: unknown {conditioning!r}; known: {', '.join(SIGNALS)}")
        resolved = ("minibatch" if ot else "none") if coupling is None else coupling
        if resolved not in COUPLINGS:
            raise ValueError(f"coupling: unknown {coupling!r}; known: {', '.join(COUPLINGS)}")
        if symmetry is None and (sort_targets or resolved == "permutation"):
            raise ValueError("symmetry: sort_targets and coupling 'permutation' need one")
        self.root = Path(dataset_root)
        self.use_saved = use_saved_mean_and_variance
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.fake = fake
        self.repeat_first_batch = repeat_first_batch
        self.predict_file = predict_file
        self.conditioning = conditioning
        self.in_memory: bool | Literal["auto"] = in_memory
        self.num_params = num_params
        self.spectrogram_shape = tuple(spectrogram_shape)
        self.fake_sizes = tuple(fake_sizes or 3 * [_FAKE_BATCHES * batch_size])
        self._pairing = NoisePairing(
            resolved,
            draws,
            seed,
            symmetry or Symmetry(num_params),
            sort_targets,
            condition_weight,
        )
        self._statistics: Statistics | None = None
        self.splits: dict[str, RenderedSplit] = {}

    def setup(self, stage: str | None = None) -> None:
        """Open the splits of a stage and the statistics.

        Args:
            stage: "fit", "validate", "test" or "predict"; None for every split that exists.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: a file is damaged, or files do not go together.
        """
        names = SPLITS if stage is None else _STAGES[getattr(stage, "value", stage)]
        if stage is None and not self.fake:
            names = tuple(name for name in SPLITS if self._file(name).is_file())
            if not names:
                raise FileNotFoundError(
                    f"{self.root}: expected train.h5, val.h5 or test.h5; {_remedy('train')}"
                )
        if stage is None and self.predict_file is not None:
            names = (*names, "predict")
        for name in names:
            if name not in self.splits:
                self.splits[name] = self._open(name)

    def train_dataloader(self) -> Iterable[Batch]:
        """Return the training batches; call ``sampler.set_epoch`` for later epochs."""
        split = self._split("train")
        if split.batches.in_memory:
            split.batches.load()  # before a fork, so that workers share it
        return self._loader(split, self.training_order(len(split)))

    def val_dataloader(self) -> Iterable[Batch]:
        """Return the validation batches."""
        return self._loader(self._split("val"))

    def test_dataloader(self) -> Iterable[Batch]:
        """Return the test batches."""
        return self._loader(self._split("test"))

    def predict_dataloader(self) -> Iterable[Batch]:
        """Return the batches of ``predict_file``, by default the test batches."""
        name = "predict" if "predict" in self.splits or "test" not in self.splits else "test"
        return self._loader(self._split(name))

    def _split(self, name: str) -> RenderedSplit:
        if name not in self.splits:
            if not self.splits:
                raise RuntimeError("the data module is not set up; call setup() before its loaders")
            raise FileNotFoundError(f"{self._file(name)}: no such data set file; {_remedy(name)}")
        return self.splits[name]

    def _loader(self, split: RenderedSplit, order: EpochSampler | None = None) -> Iterable[Batch]:
        order = order or EpochSampler(len(split))
        if self.num_workers:
            return GroupLoader(split, self.num_workers, order)
        on_cuda = self.trainer is not None and self.trainer.strategy.root_device.type == "cuda"
        threads = threads_beside_a_device() if on_cuda else 1
        return PrefetchLoader(split, order, threads)

    def _file(self, name: str) -> Path:
        if name == "predict":
            return Path(self.predict_file) if self.predict_file else self.root / "test.h5"
        return self.root / f"{name}.h5"

    def _rows(self, name: str) -> Rows:
        if self.fake:
            size = dict(zip(SPLITS, self.fake_sizes, strict=True)).get(name, self.fake_sizes[-1])
            shape = self.spectrogram_shape if self.conditioning == "mel" else (128, 42)
            return FakeRows(name, size, shape, self.num_params)
        path = self._file(name)
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such data set file; {_remedy(name)}")
        return HDF5Rows(path, self.conditioning)

    def _open(self, name: str) -> RenderedSplit:
        rows = self._rows(name)
        scaling = None
        if not self.fake and self.conditioning == "mel":
            statistics = self._read_statistics()
            statistics.check_fits(rows)
            scaling = statistics.scaling()
        width = self._width(rows)
        self._check_symmetry(width)
        batches = HDF5Split(
            rows,
            scaling,
            self.batch_size,
            shuffle=name == "train",
            seed=self._pairing.seed,
            # Drawing fake rows again costs little.
            in_memory=False if self.fake else self.in_memory,
        )
        repeat = self.repeat_first_batch and name == "train"
        return RenderedSplit(name, batches, self._pairing, width, repeat)

    def _check_symmetry(self, width: int) -> None:
        """Refuse a symmetry, where one is given, of vectors of another width."""
        pairing = self._pairing
        if pairing.symmetry.sets and pairing.symmetry.num_params != width:
            raise ValueError(
                f"symmetry: is one of {pairing.symmetry.num_params} columns, but {self.root} holds "
                f"vectors of {width}; give the symmetry of its own parameter table"
            )

    def _width(self, rows: Rows) -> int:
        """Return P; of a file without parameters, that of the other splits."""
        if rows.num_params is not None:
            return rows.num_params
        for name in SPLITS:
            if self._file(name).is_file():
                width = HDF5Rows(self._file(name), self.conditioning).num_params
                return self.num_params if width is None else width
        return self.num_params

    def _read_statistics(self) -> Statistics:
        if self._statistics is None:
            if self.use_saved:
                self._statistics = Statistics.read(self.root / "stats.npz")
            else:
                self._statistics = compute_statistics([self._file("train")])
        return self._statistics


def _remedy(name: str) -> str:
    return (
        f"render its shards and join them to {name}.h5 (python -m src.data.rendered.join), or set "
        "dataset_root to the folder of another data set"
    )
