"""The VAE + RealNVP baseline: its divergence, its parameter loss, its schedule."""

import math

import pytest
import torch
from torch import Tensor, nn

from src.data.batch import Batch
from src.models.components.real_nvp import RealNVP
from src.models.components.vae import SpectrogramVAE
from src.models.method import Sampling
from src.models.vae_flow import VAERealNVP

PARAMS, SHAPE = 6, (1, 16, 16)


class _Identity(nn.Module):
    """A flow that changes nothing."""

    features = PARAMS

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.clone(), x.new_zeros(len(x))


class _Gaussian(nn.Module):
    """An autoencoder with a known posterior."""

    latent = PARAMS

    def __init__(self, mean: float, log_variance: float) -> None:
        super().__init__()
        self.posterior = mean, log_variance

    def encode(self, spectrogram: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = (torch.full((len(spectrogram), PARAMS), v) for v in self.posterior)
        return mean, log_variance

    def decode(self, latent: Tensor) -> Tensor:
        return torch.zeros(len(latent), *SHAPE)


def _method(groups: list[list[int]] | None = None, **kwargs: float) -> VAERealNVP:
    torch.manual_seed(0)
    return VAERealNVP(
        SpectrogramVAE(SHAPE, PARAMS, channels=(4,), strides=((4, 4),), decoder_channels=()),
        RealNVP(PARAMS, num_layers=1, d_hidden=8),
        RealNVP(PARAMS, num_layers=2, d_hidden=8),
        groups or [],
        **kwargs,
    )


def _identical(vae: nn.Module, groups: list[list[int]] | None = None) -> VAERealNVP:
    return VAERealNVP(vae, _Identity(), _Identity(), groups or [])  # type: ignore[arg-type]


def _batch(items: int, params: Tensor | None = None) -> Batch:
    g = torch.Generator().manual_seed(1)
    return Batch(
        params=torch.rand(items, PARAMS, generator=g) if params is None else params,
        signal=torch.randn(items, *SHAPE, generator=g),
        noise=None,
        index=torch.arange(items),
    )


def test_divergence_of_gaussians_is_the_closed_form() -> None:
    mean, log_variance = 0.7, -0.5
    losses = _identical(_Gaussian(mean, log_variance)).loss(
        _batch(20_000), torch.Generator().manual_seed(0)
    )
    expected = PARAMS * 0.5 * (mean**2 + math.exp(log_variance) - 1 - log_variance)
    assert losses["divergence"] == pytest.approx(expected, rel=0.02)  # one sample an item


def test_a_change_of_variables_does_not_change_the_divergence_of_its_image() -> None:
    """With x → 2x as latent flow the image of N(0, 1/4) is the prior."""

    class _Double(_Identity):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return 2 * x, torch.full((len(x),), PARAMS * math.log(2))

    method = _identical(_Gaussian(0.0, math.log(0.25)))
    method.latent_flow = _Double()  # type: ignore[assignment]
    losses = method.loss(_batch(8), torch.Generator().manual_seed(0))
    assert losses["divergence"] == pytest.approx(0, abs=1e-5)  # exactly, sample by sample


def test_parameter_loss_counts_a_group_once() -> None:
    """Columns 1 to 3 and 4 to 5 are groups; 0 is continuous."""
    method = _identical(_Gaussian(0.0, 0.0), [[1, 4], [4, 6]])
    predicted = torch.tensor([[0.5, 2.0, 0.0, 1.0, 0.0, 3.0], [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]])
    label = torch.tensor([[1.0, -1, -1, 1, 1, -1], [0.0, 1, -1, -1, -1, 1]])
    entropy = nn.functional.cross_entropy
    expected = (
        (0.25 + 0) / 2
        + entropy(predicted[:, 1:4], torch.tensor([2, 0]))
        + entropy(predicted[:, 4:], torch.tensor([0, 1]))
    ) / 3
    torch.testing.assert_close(method.parameter_loss(predicted, label), expected)


def test_parameter_loss_counts_a_notes_ends_as_one() -> None:
    """Columns 3 and 4 are joint, 0 to 1 a group, 2 and 5 stand alone: four parameters."""
    method = VAERealNVP(
        _Gaussian(0.0, 0.0),  # type: ignore[arg-type]
        _Identity(),  # type: ignore[arg-type]
        _Identity(),  # type: ignore[arg-type]
        [[0, 2]],
        joint_columns=[[3, 5]],
    )
    predicted = torch.tensor([[0.0, 0.0, 0.1, 0.2, 0.4, 0.3]])
    label = torch.tensor([[1.0, -1.0, 0.0, 0.0, 0.0, 0.0]])
    expected = (math.log(2) + 0.1**2 + (0.2**2 + 0.4**2) / 2 + 0.3**2) / 4
    assert float(method.parameter_loss(predicted, label)) == pytest.approx(expected)


def test_prediction_has_no_chance_and_probabilities_in_groups() -> None:
    method, batch = _method([[1, 4]]).eval(), _batch(3)
    first = method.predict(batch, 0, Sampling())
    assert torch.equal(first, method.predict(batch, 1, Sampling()))
    torch.testing.assert_close(((first[:, 1:4] + 1) / 2).sum(1), torch.ones(3))


def test_beta_rises_with_training_steps_alone() -> None:
    method, batch = _method(beta=(0.1, 0.2), beta_steps=2, kl_weight=1.0), _batch(4)  # type: ignore[arg-type]

    @torch.no_grad()
    def beta() -> float:
        losses = {k: float(v) for k, v in method.loss(batch, torch.Generator()).items()}
        rest = losses["loss"] - losses["reconstruction"] - losses["parameters"]
        return rest / losses["divergence"]

    assert [beta() for _ in range(4)] == pytest.approx([0.1, 0.15, 0.2, 0.2], rel=1e-3)
    method.load_state_dict(_method().state_dict())
    assert beta() == pytest.approx(0.1, rel=1e-3)  # the count is part of the state
    method.eval()
    assert beta() == beta() == pytest.approx(0.15, rel=1e-3)


@pytest.mark.parametrize("groups", [[[0, 3], [2, 4]], [[4, 7]], [[2, 2]]])
def test_impossible_groups_are_refused(groups: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="one_hot_groups"):
        _method(groups)


def test_a_group_of_choices_cannot_be_joint() -> None:
    with pytest.raises(
        ValueError, match=r"one_hot_groups \[\[0, 2\]\], joint_columns .*overlapping"
    ):
        _method([[0, 2]], joint_columns=[[1, 3]])  # type: ignore[arg-type]


def test_sizes_have_to_agree() -> None:
    with pytest.raises(ValueError, match="latent size 6, latent flow 6, parameters 5"):
        VAERealNVP(_method().vae, RealNVP(6, 1, 8), RealNVP(5, 1, 8))
