"""VAE + RealNVP: the paper's baseline, a latent code of the spectrogram carried to parameters."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional

from src.data.batch import Batch
from src.models.components.real_nvp import RealNVP
from src.models.components.vae import SpectrogramVAE
from src.models.method import Method, Sampling


class VAERealNVP(Method):
    r"""A variational autoencoder whose latent vector is also mapped to the parameters.

    .. math:: z_0 \sim N(\mu(y), \sigma(y)^2), \quad z_K = T(z_0), \quad x = U(z_K)

    T, the latent flow, makes the posterior flexible; the decoder and U, the regression flow, both
    start from z_K. In one-hot groups U's outputs are logits.

    Args:
        vae: encoder and decoder of spectrograms.
        latent_flow: T.
        regression_flow: U.
        one_hot_groups: first column and the one after the last of each one-hot group.
        beta: weight of the divergence at the first step and at the last of the schedule.
        beta_steps: training steps over which it rises linearly.
        kl_weight: constant factor of the divergence.
        joint_columns: first column and the one after the last of continuous numbers that count as
            one parameter in the loss, such as a note's start and end.

    Raises:
        ValueError: sizes differ, or groups overlap or leave the vector.
    """

    step: Tensor
    columns: Tensor
    is_choice: Tensor
    weights: Tensor

    def __init__(
        self,
        vae: SpectrogramVAE,
        latent_flow: RealNVP,
        regression_flow: RealNVP,
        one_hot_groups: Sequence[Sequence[int]] = (),
        beta: Sequence[float] = (0.1, 0.2),
        beta_steps: int = 60_000,
        kl_weight: float = 0.2,
        joint_columns: Sequence[Sequence[int]] = (),
    ) -> None:
        super().__init__()
        width = regression_flow.features
        if not vae.latent == latent_flow.features == width:
            raise ValueError(
                "the flows keep the size of a vector, so all have to agree: latent size "
                f"{vae.latent}, latent flow {latent_flow.features}, parameters {width}"
            )
        self.vae, self.latent_flow, self.regression_flow = vae, latent_flow, regression_flow
        self.beta, self.beta_steps, self.kl_weight = tuple(beta), beta_steps, kl_weight
        self.register_buffer("step", torch.zeros((), dtype=torch.int64))
        columns, is_choice = _lay_out(one_hot_groups, width)
        weights = _weights(one_hot_groups, joint_columns, width)
        self.register_buffer("columns", columns, persistent=False)
        self.register_buffer("is_choice", is_choice, persistent=False)
        self.register_buffer("weights", weights, persistent=False)
        self.num_parameters = round(float(weights.sum())) + len(columns)

    def loss(self, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        """Compute reconstruction, divergence and parameter loss; in training, count the step.

        Args:
            batch: spectrograms (B, channels, bands, frames) and parameters (B, P).
            generator: source of the posterior's sample, on the batch's device.

        Returns:
            ``loss`` and its parts ``reconstruction``, ``divergence`` (nats an item),
            ``parameters`` (mean over parameters, groups counting once), scalars.

        Raises:
            ValueError: the batch carries no signal, or one of another shape.
        """
        spectrogram = _signal(batch)
        mean, log_variance = (part.float() for part in self.vae.encode(spectrogram))
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        z_0 = mean + (0.5 * log_variance).exp() * noise
        z_k, log_det = self.latent_flow(z_0)
        # log q(z_0) - log |det| - log p(z_K); the terms with 2 pi cancel.
        log_q = -0.5 * (noise.square() + log_variance).sum(1) - log_det
        divergence = (log_q + 0.5 * z_k.square().sum(1)).mean()
        reconstruction = functional.mse_loss(self.vae.decode(z_k).float(), spectrogram)
        parameters = self.parameter_loss(self.regression_flow(z_k)[0], batch.params)
        loss = reconstruction + self.kl_weight * self._beta() * divergence + parameters
        if self.training:
            self.step += 1
        return {
            "loss": loss,
            "reconstruction": reconstruction,
            "divergence": divergence,
            "parameters": parameters,
        }

    def parameter_loss(self, predicted: Tensor, params: Tensor) -> Tensor:
        """Average cross entropy of one-hot groups and squared errors of the other parameters.

        Args:
            predicted: the regression flow's output, logits in one-hot groups, shape (B, P).
            params: labels in [-1, 1], shape (B, P).

        Returns:
            Scalar.
        """
        total = (predicted - params).square() @ self.weights
        if len(self.columns):
            log_p = self._logits(predicted).log_softmax(2)  # (B, groups, choices)
            chosen = self._logits(params).argmax(2, keepdim=True)
            total = total - log_p.gather(2, chosen).sum((1, 2))
        return total.mean() / self.num_parameters

    def predict(self, batch: Batch, seed: int, sampling: Sampling) -> Tensor:
        """Carry the posterior's mean to parameters: no chance is involved.

        Args:
            batch: spectrograms (B, channels, bands, frames).
            seed: not used.
            sampling: not used.

        Returns:
            Parameters, shape (B, P), not clipped; in one-hot groups the probabilities of the
            choices, scaled to [-1, 1].

        Raises:
            ValueError: the batch carries no signal, or one of another shape.
        """
        mean, _ = self.vae.encode(_signal(batch))
        predicted = self.regression_flow(self.latent_flow(mean)[0])[0]
        if len(self.columns):
            p = self._logits(predicted).softmax(2)
            predicted[:, self.columns[self.is_choice]] = 2 * p[:, self.is_choice] - 1
        return predicted

    def _logits(self, vectors: Tensor) -> Tensor:
        """Gather one-hot groups, short ones filled up with minus infinity: (B, groups, choices)."""
        return vectors[:, self.columns].masked_fill(~self.is_choice, float("-inf"))

    def _beta(self) -> Tensor:
        first, last = self.beta
        return first + (last - first) * (self.step / max(1, self.beta_steps)).clamp(max=1.0)


def _signal(batch: Batch) -> Tensor:
    if batch.signal is None:
        raise ValueError("expected a batch with signals, signal is None")
    return batch.signal


def _weights(groups: Sequence[Sequence[int]], joint: Sequence[Sequence[int]], width: int) -> Tensor:
    """Return what a column's squared error counts: 0 in a one-hot group, its part of a joint one.

    Raises:
        ValueError: groups are empty, overlap or leave the vector.
    """
    ranges = [range(start, stop) for start, stop in (*groups, *joint)]
    used = [column for r in ranges for column in r]
    given = f"one_hot_groups {list(groups)}, joint_columns {list(joint)}"
    if len(set(used)) < len(used) or not all(len(r) > 0 for r in ranges):
        raise ValueError(f"{given}: empty or overlapping")
    if used and not 0 <= min(used) <= max(used) < width:
        raise ValueError(f"{given}: outside the vector's {width} columns")
    weights = torch.ones(width)
    for number, r in enumerate(ranges):
        weights[list(r)] = 0.0 if number < len(groups) else 1 / len(r)
    return weights


def _lay_out(groups: Sequence[Sequence[int]], width: int) -> tuple[Tensor, Tensor]:
    """Return each group's columns, and which of them exist: groups differ in size."""
    ranges = [range(start, stop) for start, stop in groups]
    longest = max(map(len, ranges), default=0)
    columns = torch.zeros(len(ranges), longest, dtype=torch.int64)
    is_choice = torch.zeros(len(ranges), longest, dtype=torch.bool)
    for row, r in enumerate(ranges):
        columns[row, : len(r)] = torch.tensor(r)
        is_choice[row, : len(r)] = True
    return columns, is_choice
