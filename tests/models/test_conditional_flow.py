"""The flow as a method: what is paired with what, and how often the encoder runs."""

import pytest
import torch
from torch import Tensor, nn

from src.data.batch import Batch
from src.models.components.residual_mlp import ConditionalResidualMLP
from src.models.conditional_flow import ConditionalFlow
from src.models.method import Sampling

ITEMS, DRAWS, PARAMS, SAMPLES = 5, 3, 4, 8


class _Encoder(nn.Module):
    """Hand the signal on, so that a condition tells which sound it belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, signal: Tensor) -> Tensor:
        self.calls += 1
        return signal


def _flow(**kwargs: float) -> ConditionalFlow:
    torch.manual_seed(0)
    field = ConditionalResidualMLP(PARAMS, d_model=8, num_layers=1, conditioning_dim=SAMPLES)
    return ConditionalFlow(_Encoder(), field, **kwargs)


def _batch() -> Batch:
    g = torch.Generator().manual_seed(1)
    return Batch(
        params=torch.rand(ITEMS, PARAMS, generator=g),
        signal=torch.randn(ITEMS, SAMPLES, generator=g),
        noise=torch.randn(DRAWS, ITEMS, PARAMS, generator=g),
        index=torch.arange(ITEMS),
    )


def test_each_draw_meets_its_own_sound_and_parameters() -> None:
    batch = _batch()
    problem = _flow(cfg_dropout_rate=0.0).regression(batch, torch.Generator().manual_seed(0))
    assert batch.noise is not None
    assert batch.signal is not None
    for draw in range(DRAWS):
        for item in range(ITEMS):
            row = draw * ITEMS + item
            velocity = batch.params[item] - batch.noise[draw, item]
            torch.testing.assert_close(problem.path.velocity[row], velocity)
            assert torch.equal(problem.conditioning[row], batch.signal[item])
            start = batch.noise[draw, item] + problem.t[row] * velocity
            torch.testing.assert_close(problem.path.x_t[row], start)


def test_the_encoder_runs_once_a_sound() -> None:
    flow, batch = _flow(), _batch()
    flow.loss(batch, torch.Generator().manual_seed(0))
    assert flow.encoder.calls == 1
    flow.predict(batch, 0, Sampling(steps=3, solver="rk4", guidance=2.0))
    assert flow.encoder.calls == 2


def test_an_item_is_sampled_alike_in_any_batch() -> None:
    flow, batch = _flow(), _batch()
    sampling = Sampling(steps=3, solver="midpoint", guidance=1.5)
    whole = flow.predict(batch, 7, sampling)
    alone = flow.predict(batch.copy_items(slice(3, 4)), 7, sampling)
    torch.testing.assert_close(alone, whole[3:4])
    assert not torch.allclose(flow.predict(batch, 8, sampling), whole)


def test_dropout_of_one_trains_the_null_vector_alone() -> None:
    flow, batch = _flow(cfg_dropout_rate=1.0), _batch()
    problem = flow.regression(batch, torch.Generator().manual_seed(0))
    null = flow.vector_field.null_conditioning.expand(DRAWS * ITEMS, -1)
    assert torch.equal(problem.conditioning, null)


def test_batches_without_sound_or_noise_are_refused() -> None:
    batch = _batch()
    batch.noise = None
    with pytest.raises(ValueError, match="signal and noise"):
        _flow().loss(batch, torch.Generator())
    batch.signal = None
    with pytest.raises(ValueError, match="signal is None"):
        _flow().predict(batch, 0, Sampling())


def test_sampling_is_checked_when_it_is_written_down() -> None:
    with pytest.raises(ValueError, match="euler, midpoint, heun, rk4"):
        Sampling(solver="dopri5")
    with pytest.raises(ValueError, match="steps=0"):
        Sampling(steps=0)
