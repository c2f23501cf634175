"""Feed-forward regression of parameters, with three losses for symmetric targets."""

from torch import Generator, Tensor, nn

from src.data.batch import Batch
from src.metrics.functional import chamfer_distance
from src.models.method import Method, Sampling
from src.symmetry import Symmetry

LOSSES = ("mse", "sort", "chamfer")


class FeedForwardRegressor(Method):
    """Point estimate of the parameters (the FFN rows of the paper's Fig. 3).

    Args:
        network: signal (batch, samples) → parameters (batch, params).
        loss: ``mse``: squared error against the label as it is; ``sort``: against the label with
            units of each set sorted by their first column, in the toy tasks the frequency;
            ``chamfer``: Chamfer distance of units.
        symmetry: which units may be exchanged, or its printed form.

    Raises:
        ValueError: unknown loss, or no printed symmetry.
    """

    def __init__(self, network: nn.Module, loss: str, symmetry: Symmetry | str) -> None:
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"unknown loss {loss!r}; known: {', '.join(LOSSES)}")
        self.network = network
        self.loss_name = loss
        self.symmetry = Symmetry.parse(symmetry)

    def loss(self, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        """Compute the loss of a batch.

        Args:
            batch: signals (B, L) and parameters (B, P).
            generator: not used, regression is deterministic.

        Returns:
            ``loss``, a scalar.
        """
        del generator
        predicted = self.network(batch.signal)
        if self.loss_name == "chamfer":  # the training loop checks for finite losses
            per_item = chamfer_distance(predicted, batch.params, self.symmetry, check_finite=False)
            return {"loss": per_item.mean()}
        target = batch.params
        if self.loss_name == "sort":
            target = self.symmetry.canonical(target, columns=1)
        return {"loss": nn.functional.mse_loss(predicted, target)}

    def predict(self, batch: Batch, seed: int, sampling: Sampling) -> Tensor:
        """Predict parameters, shape (B, P); neither seed nor sampling has a part in it."""
        del seed, sampling
        return self.network(batch.signal)
