"""The baseline that does not listen: parameters drawn from the prior."""

from torch import Tensor

from src.data.batch import Batch
from src.data.toy.task import ToyTask
from src.models.method import Method, Sampling


class PriorSampler(Method):
    """Draw parameters from the task's training distribution, whatever the sound is.

    Args:
        task: where the prior comes from.
    """

    is_trained = False

    def __init__(self, task: ToyTask) -> None:
        super().__init__()
        self.task = task

    def predict(self, batch: Batch, seed: int, sampling: Sampling) -> Tensor:
        """Draw one parameter vector for each item number, shape (B, P)."""
        del sampling
        return self.task.prior(seed, batch.index).to(batch.params)
