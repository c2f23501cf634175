"""What a method is: a network with a loss and a prediction, whatever goes on inside."""

from dataclasses import dataclass

from torch import Generator, Tensor, nn

from src.data.batch import Batch
from src.flow.solver import SOLVERS


@dataclass(frozen=True)
class Sampling:
    """How parameters are drawn from a flow.

    Attributes:
        steps: number of solver steps.
        solver: name of the solver, see ``src.flow.solver.SOLVERS``.
        guidance: strength of classifier-free guidance, 1 for none.
    """

    steps: int = 100
    solver: str = "rk4"
    guidance: float = 2.0

    def __post_init__(self) -> None:
        """Refuse what the solver would refuse, before any work is done."""
        if self.solver not in SOLVERS:
            raise ValueError(f"unknown solver {self.solver!r}; known: {', '.join(SOLVERS)}")
        if self.steps < 1:
            raise ValueError(f"expected at least one solver step, got steps={self.steps}")


class Method(nn.Module):
    """Base of the methods; training and scoring know nothing else of them.

    Attributes:
        is_trained: False for a method that has nothing to learn.
    """

    is_trained = True

    def loss(self, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        """Compute the loss of a training batch.

        Args:
            batch: signals, parameters and, for flows, noise.
            generator: source of all chance, on the batch's device.

        Returns:
            ``loss`` to be minimised, and its parts to be logged, scalars.
        """
        raise TypeError(f"{type(self).__name__} has no loss")

    def predict(self, batch: Batch, seed: int, sampling: Sampling) -> Tensor:
        """Predict parameters for each sound.

        Args:
            batch: signals (B, L) and item numbers (B,).
            seed: seed of whatever is drawn; an item's prediction depends on it and the item alone.
            sampling: how flows are sampled.

        Returns:
            Parameters, shape (B, P), not clipped.
        """
        raise TypeError(f"{type(self).__name__} does not predict")
