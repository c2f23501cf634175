"""The k-sin task for Lightning, and its synthesizer."""

from src.data.toy.datamodule import ToyDataModule
from src.data.toy.task import KSinTask
from src.synths.oscillators import make_sin

__all__ = ["KSinDataModule", "make_sin"]


class KSinDataModule(ToyDataModule):
    """Loaders of k-sin, sums of sines.

    Args:
        k: number of oscillators.
        signal_length: samples.
        sort_frequencies: reorder the label's oscillators by ascending frequency parameter.
        break_symmetry: give each oscillator its own band of the frequency range.
        shift_test_distribution: draw test frequencies from another distribution than the others.
        train_val_test_sizes: items of each split.
        train_val_test_seeds: seed of each split.
        batch_size: items a batch; the last one of a split may be smaller.
        ot: short for coupling "minibatch".
        num_workers: processes that make batches.
        coupling: how noise is paired with parameters, see ``src.flow.coupling``.
        draws: noise vectors a training sound, 0 for none.
        fresh: give every training epoch new items.
        break_strength: how far bands have shrunk with ``break_symmetry``, from 0 to 1; None for 1.
        condition_weight: of the sounds' distance in coupling "c2ot".

    Raises:
        ValueError: an argument does not fit.
    """

    def __init__(
        self,
        k: int,
        signal_length: int = 1024,
        sort_frequencies: bool = False,
        break_symmetry: bool = False,
        shift_test_distribution: bool = False,
        train_val_test_sizes: tuple[int, int, int] = (100_000, 10_000, 10_000),
        train_val_test_seeds: tuple[int, int, int] = (123, 456, 789),
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
        super().__init__(
            KSinTask(
                k,
                signal_length,
                sort_frequencies,
                break_symmetry,
                shift_test_distribution,
                train_val_test_sizes,
                train_val_test_seeds,
                batch_size,
                ot,
                num_workers,
                coupling=coupling,
                draws=draws,
                fresh=fresh,
                break_strength=break_strength,
                condition_weight=condition_weight,
            )
        )
