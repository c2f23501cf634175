"""A conditional continuous normalising flow: encoder, vector field, loss and sampling."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from src.data import philox
from src.data.batch import Batch
from src.flow.guidance import guided_velocity
from src.flow.path import PathSample, straight_path
from src.flow.solver import integrate
from src.models.components.conditioning import ConditionalField
from src.models.method import Method, Sampling


@dataclass(frozen=True)
class Regression:
    """A training batch as the field sees it.

    Attributes:
        path: points and velocities, each (rows, P).
        t: times, shape (rows, 1).
        conditioning: shape (rows, C) or (rows, layers, C).
    """

    path: PathSample
    t: Tensor
    conditioning: Tensor


class ConditionalFlow(Method):
    """Flow matching of p(parameters | sound) (paper, section 3).

    Args:
        encoder: signal (batch, samples) → conditioning (batch, channels) or (batch, layers,
            channels); it runs once a sound, in training and in sampling.
        vector_field: ``field(x, t, conditioning)`` with ``drop_conditioning`` and ``penalty``.
        cfg_dropout_rate: probability with which an item is trained unconditionally.
        sigma_min: standard deviation left at the end of the path.
    """

    def __init__(
        self,
        encoder: nn.Module,
        vector_field: ConditionalField,
        cfg_dropout_rate: float = 0.1,
        sigma_min: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.vector_field = vector_field
        self.cfg_dropout_rate = cfg_dropout_rate
        self.sigma_min = sigma_min

    def loss(self, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        """Compute the flow-matching loss of a batch.

        Args:
            batch: signals (B, L), parameters (B, P), noise (draws, B, P).
            generator: source of times and dropped conditions, on the batch's device.

        Returns:
            ``loss`` to be minimised and its parts ``flow`` and ``penalty``, scalars.

        Raises:
            ValueError: the batch carries no signal or no noise.
        """
        problem = self.regression(batch, generator)
        flow = self.errors(problem).mean()
        penalty = self.vector_field.penalty()
        return {"loss": flow + penalty, "flow": flow, "penalty": penalty}

    def regression(self, batch: Batch, generator: Generator) -> Regression:
        """Draw times and dropped conditions: what the field has to answer, and the answers.

        Args:
            batch: as for ``loss``; the encoder's output is used for every draw of a sound.
            generator: as for ``loss``.

        Returns:
            Inputs and target of the field, draws * B rows.

        Raises:
            ValueError: the batch carries no signal or no noise.
        """
        if batch.noise is None or batch.signal is None:
            raise ValueError("expected a training batch with signal and noise, one is missing")
        draws = batch.noise.shape[0]
        x_0 = batch.noise.flatten(0, 1)  # (draws * B, P)
        x_1 = batch.params.repeat(draws, 1)
        conditioning = self.encoder(batch.signal)
        conditioning = conditioning.repeat(draws, *[1] * (conditioning.ndim - 1))
        conditioning = self.vector_field.drop_conditioning(
            conditioning, self.cfg_dropout_rate, generator
        )
        t = torch.rand(x_0.shape[0], 1, generator=generator, device=x_0.device)
        return Regression(straight_path(x_0, x_1, t, self.sigma_min), t, conditioning)

    def errors(self, problem: Regression) -> Tensor:
        """Return the mean squared error of the field for each row, shape (draws * B,)."""
        predicted = self.vector_field(problem.path.x_t, problem.t, problem.conditioning)
        return (predicted - problem.path.velocity).square().mean(dim=1)

    def predict(self, batch: Batch, seed: int, sampling: Sampling) -> Tensor:
        """Draw one parameter vector for each sound.

        Args:
            batch: signals (B, L) and item numbers (B,); the noise of an item depends on the seed
                and its number alone, so the result does not depend on the batch size.
            seed: seed of the noise.
            sampling: solver, steps and guidance.

        Returns:
            Parameters, shape (B, P), not clipped.
        """
        if batch.signal is None:
            raise ValueError("expected a batch with signals, signal is None")
        x_0 = philox.normal(seed, "sample", batch.index, batch.params.shape[1])
        return self.sample(batch.signal, x_0.to(batch.signal), sampling)

    def sample(self, signal: Tensor, x_0: Tensor, sampling: Sampling) -> Tensor:
        """Carry noise to parameters; the encoder runs once a sound.

        Args:
            signal: shape (B, L).
            x_0: noise, shape (B, P).
            sampling: solver, steps and guidance.

        Returns:
            Parameters, shape (B, P).
        """
        velocity = guided_velocity(self.vector_field, self.encoder(signal), sampling.guidance)
        return integrate(velocity, x_0, sampling.steps, sampling.solver)
