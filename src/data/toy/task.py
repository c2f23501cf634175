"""The toy tasks k-sin and k-osc: which parameters, which sounds (paper, section 4.1).

Nothing is stored: item i of a split is drawn from (seed of the split, name of the split, i) when
asked for. So items do not depend on batch size, workers or order, and no item is shared between
splits, whatever the seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from src.data import philox
from src.data.task import Task
from src.data.toy.split import SPLITS, ToySplit
from src.flow.coupling import COUPLINGS
from src.symmetry import Symmetry
from src.synths.oscillators import (
    DEFAULT_FREQUENCY_RANGE,
    check_frequency_range,
    check_strength,
    make_osc,
    make_sin,
)

if TYPE_CHECKING:
    from src.data.toy.datamodule import ToyDataModule
    from src.metrics.validation import ValidationMetrics

# Frequencies of the shifted task: normal, cut to [-1, 1], other side of 0 in the test split.
_SHIFTED_MEAN = 1 / 3
_SHIFTED_STD = 1 / 3


class ToyTask(Task):
    """A synthesizer of k equal oscillators with uniformly random parameters, and its data sets.

    Parameter vectors hold all frequencies, then all amplitudes and so on, each in [-1, 1].

    Args:
        k: number of oscillators.
        signal_length: samples.
        sort_frequencies: reorder the label's oscillators by ascending frequency parameter. The
            sound stays that of the order drawn: with ``break_symmetry`` it is then another one
            than the label's.
        break_symmetry: give each oscillator its own band of the frequency range.
        shift_test_distribution: draw frequencies from normal distributions with mean -1/3 (train,
            val) and 1/3 (test); k-sin only.
        train_val_test_sizes: items of each split.
        train_val_test_seeds: seed of each split.
        batch_size: items a batch; the last one of a split may be smaller.
        ot: short for coupling "minibatch".
        num_workers: processes that make batches for the loaders.
        coupling: how noise is paired with parameters in training, see ``src.flow.coupling``; None
            stands for what ``ot`` says.
        draws: noise vectors a training sound, 0 for methods that need none.
        fresh: give every training epoch new items instead of the same again.
        break_strength: how far each oscillator's band has shrunk from the whole range (0) to its
            own band (1), linearly, where ``break_symmetry`` is set; None for 1.
        condition_weight: of the sounds' distance in coupling "c2ot", at least 0; sounds are
            compared by their magnitude spectra, which is what networks are given.

    Raises:
        ValueError: an argument does not fit.
    """

    name: ClassVar[str]
    params_per_token: ClassVar[int]

    def __init__(
        self,
        k: int,
        signal_length: int = 1024,
        sort_frequencies: bool = False,
        break_symmetry: bool = False,
        shift_test_distribution: bool = False,
        train_val_test_sizes: Sequence[int] = (100_000, 10_000, 10_000),
        train_val_test_seeds: Sequence[int] = (123, 456, 789),
        batch_size: int = 1024,
        ot: bool = False,
        num_workers: int = 0,
        *,
        coupling: str | None = None,
        draws: int = 1,
        fresh: bool = True,
        break_strength: float | None = None,
        condition_weight: float = 0.3,
    ) -> None:
        _check_at_least(1, k=k, signal_length=signal_length, batch_size=batch_size)
        _check_at_least(0, num_workers=num_workers, draws=draws)
        self.k = k
        # Metrics are told of it in the asymmetric condition, too, where the sound does not have it.
        self.symmetry = Symmetry.oscillators(k, self.params_per_token)
        self.signal_length = signal_length
        self.sort_frequencies = sort_frequencies
        self.break_symmetry = break_symmetry
        self.strength = _resolve_strength(break_symmetry, break_strength)
        self.shift_test_distribution = shift_test_distribution
        self.sizes = _by_split("train_val_test_sizes", train_val_test_sizes)
        _check_at_least(1, **{f"train_val_test_sizes, {s}": n for s, n in self.sizes.items()})
        self.seeds = _by_split("train_val_test_seeds", train_val_test_seeds)
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.coupling = _resolve_coupling(coupling, ot)
        _check_at_least(0, condition_weight=condition_weight)
        self.condition_weight = condition_weight
        self.draws = draws
        self.fresh = fresh

    @property
    def tokens(self) -> int:
        """Number of oscillators."""
        return self.k

    @property
    def num_params(self) -> int:
        """Length of a parameter vector."""
        return self.k * self.params_per_token

    @property
    def condition(self) -> str:
        """Number of oscillators, and how far they may trade places."""
        symmetry = "asymmetric" if self.break_symmetry else "symmetric"
        partly = "" if self.strength in (0, 1) else f", strength {self.strength:g}"
        return f"k={self.k} {symmetry}{partly}"

    @property
    def batches_per_epoch(self) -> int:
        """Training batches an epoch."""
        return len(self.split("train"))

    def render(self, params: Tensor) -> Tensor:
        """Turn parameters (B, P) into sounds (B, L)."""
        raise NotImplementedError

    def draw(self, split: str, index: Tensor) -> Tensor:
        """Draw the parameters that items of a split are rendered from, shape (B, P)."""
        return self._sample(self.seeds[split], split, index)

    def label(self, params: Tensor) -> Tensor:
        """Return the labels of drawn parameters: sorted where the task says so."""
        return self.symmetry.canonical(params, columns=1) if self.sort_frequencies else params

    def prior(self, seed: int, index: Tensor) -> Tensor:
        """Draw parameters from the training distribution, as a guess that has heard nothing.

        Args:
            seed: any integer; guesses share no item with the splits.
            index: item numbers, int64, shape (B,).

        Returns:
            Shape (B, P).
        """
        return self._sample(seed, "prior", index)

    def split(self, name: str, batch_size: int | None = None) -> ToySplit:
        """Return the batches of "train", "val" or "test".

        Raises:
            ValueError: unknown name, or a batch size below 1.
        """
        return ToySplit(self, name, self.batch_size if batch_size is None else batch_size)

    def datamodule(self) -> ToyDataModule:
        """Return the Lightning data module of this task."""
        # Scoring a model needs the task but not Lightning, whose import takes seconds.
        from src.data.toy.datamodule import ToyDataModule

        return ToyDataModule(self)

    def validation_metrics(self) -> ValidationMetrics:
        """Build what validation measures: LSD and the errors of parameters."""
        from src.metrics.validation import ToyMetrics  # imports torchmetrics, which takes seconds

        return ToyMetrics(self.render, self.symmetry)

    def _sample(self, seed: int, stream: str, index: Tensor) -> Tensor:
        return 2 * philox.uniform(seed, stream, index, self.num_params) - 1


class KSinTask(ToyTask):
    """k-sin: a sum of k sines, each with frequency and amplitude. Arguments: see ``ToyTask``."""

    name = "ksin"
    params_per_token = 2

    def render(self, params: Tensor) -> Tensor:
        """Turn parameters (B, 2k) into sounds (B, L)."""
        return make_sin(params, self.signal_length, self.strength)

    def _sample(self, seed: int, stream: str, index: Tensor) -> Tensor:
        params = super()._sample(seed, stream, index)
        if self.shift_test_distribution:
            mean = _SHIFTED_MEAN if stream == "test" else -_SHIFTED_MEAN
            params[:, : self.k] = _truncated_normal((params[:, : self.k] + 1) / 2, mean)
        return params


class KOscTask(ToyTask):
    """k-osc: the mean of k oscillators, each with frequency, amplitude and waveform.

    Args:
        *args: see ``ToyTask``.
        frequency_range: lowest and highest frequency in rad/sample, within [0, pi]; None for 20 to
            4000 Hz at 44 100 Hz.
        **kwargs: see ``ToyTask``.

    Raises:
        ValueError: an argument does not fit, ``shift_test_distribution`` among them.
    """

    name = "kosc"
    params_per_token = 3

    def __init__(
        self,
        *args: int | bool | Sequence[int],
        frequency_range: Sequence[float] | None = None,
        **kwargs: float | Sequence[int] | str | None,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.shift_test_distribution:
            raise ValueError("shift_test_distribution: k-osc has none; use k-sin or set it false")
        low_high = DEFAULT_FREQUENCY_RANGE if frequency_range is None else frequency_range
        self.frequency_range = check_frequency_range(low_high)

    def render(self, params: Tensor) -> Tensor:
        """Turn parameters (B, 3k) into sounds (B, L)."""
        return make_osc(params, self.signal_length, self.strength, self.frequency_range)


def _truncated_normal(probability: Tensor, mean: float) -> Tensor:
    """Map uniform numbers to a normal distribution cut to [-1, 1], by its inverse CDF."""
    edges = torch.tensor([-1.0, 1.0], dtype=torch.float64, device=probability.device)
    low, high = torch.special.ndtr((edges - mean) / _SHIFTED_STD)
    quantile = torch.special.ndtri(low + (high - low) * probability.double())
    return (mean + _SHIFTED_STD * quantile).clamp(-1, 1).float()


def _check_at_least(lowest: int, **settings: float) -> None:
    for key, value in settings.items():
        if not value >= lowest:
            raise ValueError(f"{key}: expected at least {lowest}, got {value}")


def _by_split(key: str, values: Sequence[int]) -> dict[str, int]:
    """Name the three values of train, val and test."""
    if len(values) != len(SPLITS):
        raise ValueError(f"{key}: expected three integers (train, val, test), got {list(values)}")
    return {split: int(value) for split, value in zip(SPLITS, values, strict=True)}


def _resolve_strength(break_symmetry: bool, break_strength: float | None) -> float:
    """Return how far the symmetry is broken, from 0 to 1."""
    if break_strength is None:
        return float(break_symmetry)
    if not break_symmetry:
        raise ValueError(
            f"break_strength: {break_strength} is one of the asymmetric task; set break_symmetry, "
            "or leave the strength null"
        )
    return check_strength(break_strength)


def _resolve_coupling(coupling: str | None, ot: bool) -> str:
    """Return the coupling that both settings ask for."""
    resolved = ("minibatch" if ot else "none") if coupling is None else coupling
    if resolved not in COUPLINGS:
        raise ValueError(f"coupling: unknown {coupling!r}; known: {', '.join(COUPLINGS)}")
    if ot and resolved != "minibatch":
        raise ValueError(f"ot=True means coupling 'minibatch', but coupling is {coupling!r}")
    return resolved
