"""Feed-forward regression of parameters, with three losses for symmetric targets."""

from torch import Generator, Tensor, nn

from src.data.batch import Batch
from src.data.toy.task import sort_by_frequency
from src.metrics.functional import chamfer_distance
from src.models.method import Method, Sampling

LOSSES = ("mse", "sort", "chamfer")


class FeedForwardRegressor(Method):
    """Point estimate of the parameters (the FFN rows of the paper's Fig. 3).

    Args:
        network: signal (batch, samples) → parameters (batch, params).
        loss: ``mse``: squared error against the label as it is; ``sort``: against the label with
            its oscillators sorted by frequency; ``chamfer``: Chamfer distance of oscillators.
        params_per_token: parameters of an oscillator.

    Raises:
        ValueError: unknown loss.
    """

    def __init__(self, network: nn.Module, loss: str, params_per_token: int) -> None:
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"unknown loss {loss!r}; known: {', '.join(LOSSES)}")
        self.network = network
        self.loss_name = loss
        self.params_per_token = params_per_token

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
            per_item = chamfer_distance(
                predicted, batch.params, self.params_per_token, check_finite=False
            )
            return {"loss": per_item.mean()}
        target = batch.params
        if self.loss_name == "sort":
            target = sort_by_frequency(target, self.params_per_token)
        return {"loss": nn.functional.mse_loss(predicted, target)}

    def predict(self, batch: Batch, seed: int, sampling: Sampling) -> Tensor:
        """Predict parameters, shape (B, P); neither seed nor sampling has a part in it."""
        del seed, sampling
        return self.network(batch.signal)
