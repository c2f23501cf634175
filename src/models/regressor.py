"""Feed-forward regression of parameters, with three losses for symmetric targets."""

from torch import Generator, Tensor, nn

from src.data.batch import Batch
from src.flow.conditional_flow import Sampling
from src.metrics.functional import chamfer_distance

LOSSES = ("mse", "sort", "chamfer")


class FeedForwardRegressor(nn.Module):
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


def sort_by_frequency(params: Tensor, params_per_token: int) -> Tensor:
    """Reorder whole oscillators so that frequencies ascend.

    Args:
        params: shape (batch, k * params_per_token), all frequencies first.
        params_per_token: parameters of an oscillator.

    Returns:
        The same oscillators in a new order, same shape.
    """
    rows = params.unflatten(1, (params_per_token, -1))  # (B, params_per_token, k)
    order = rows[:, 0].argsort(dim=1)
    return rows.gather(2, order[:, None].expand_as(rows)).flatten(1)
