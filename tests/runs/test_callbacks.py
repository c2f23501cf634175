"""The moving average of the weights."""

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from src.runs.callbacks import RampedEMA, ema


def _averaged(module: nn.Module, decay: float) -> AveragedModel:
    """Build the average as the callback does when a fit begins."""
    callback = RampedEMA(decay)
    return AveragedModel(module, use_buffers=callback._use_buffers, **callback._kwargs)


def test_early_weights_are_forgotten() -> None:
    module = nn.Linear(1, 1, bias=False)
    average = _averaged(module, 0.999)
    for step in range(1000):
        module.weight.data.fill_(0.0 if step < 500 else 1.0)
        average.update_parameters(module)
    # the ramp weighs the last tenth of the updates, a fixed decay of .999 would keep 0.6 of a half
    assert float(average.module.weight.detach()) > 0.99


def test_the_decay_is_bounded() -> None:
    module = nn.Linear(1, 1, bias=False)
    average = _averaged(module, 0.5)
    module.weight.data.zero_()
    for _ in range(100):
        average.update_parameters(module)
    module.weight.data.fill_(1.0)
    average.update_parameters(module)
    torch.testing.assert_close(average.module.weight.detach(), torch.tensor([[0.5]]))


def test_networks_with_batch_norm_are_averaged_and_keep_their_statistics() -> None:
    module = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    average = _averaged(module, 0.9)
    for _ in range(3):
        module(torch.randn(8, 2))
        average.update_parameters(module)
    assert int(average.module[1].num_batches_tracked) == 3
    assert torch.equal(average.module[1].running_mean, module[1].running_mean)


def test_no_decay_no_average() -> None:
    assert ema(0.0) is None
