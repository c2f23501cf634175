"""What a split and its loaders ask of a toy task."""

from typing import Protocol

from torch import Tensor

from src.symmetry import Symmetry


class ToySource(Protocol):
    """Where a toy task's items come from; ``src.data.toy.task.ToyTask`` says what each means."""

    k: int
    signal_length: int
    sort_frequencies: bool
    break_symmetry: bool
    sizes: dict[str, int]
    seeds: dict[str, int]
    batch_size: int
    num_workers: int
    coupling: str
    condition_weight: float
    draws: int
    fresh: bool

    @property
    def num_params(self) -> int:
        """Length P of a parameter vector."""

    @property
    def symmetry(self) -> Symmetry:
        """Which parameters may trade places."""

    def draw(self, split: str, index: Tensor) -> Tensor:
        """Draw the parameters (B, P) that items of a split are rendered from."""

    def label(self, params: Tensor) -> Tensor:
        """Return the labels (B, P) of drawn parameters."""

    def render(self, params: Tensor) -> Tensor:
        """Turn parameters (B, P) into sounds (B, L)."""
