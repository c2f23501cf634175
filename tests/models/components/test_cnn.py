"""The published encoder."""

import pytest
import torch

from src.models.components.cnn import SpectrumCNN
from tests.models.components.random_weights import randomised

ROUNDING = 1e-5  # float32


def test_sees_the_magnitude_spectrum_alone() -> None:
    torch.manual_seed(0)
    encoder = randomised(SpectrumCNN(256, 5, channels=4)).eval()  # as made it hardly reacts
    signal = 100 * torch.randn(3, 256)
    code = encoder(signal)
    assert code.shape == (3, 5)
    # a circular shift, reversal and change of sign change phases only
    for other in (signal.roll(17, dims=1), signal.flip(1), -signal):
        torch.testing.assert_close(encoder(other), code, atol=0, rtol=1e-3)  # large, cancelling
    assert not torch.allclose(encoder(2 * signal), code, rtol=0.1)


def test_spectrum_is_divided_by_the_length() -> None:
    encoder = SpectrumCNN(256, 5, channels=4)
    seen = []
    encoder.stages.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    encoder(torch.cos(2 * torch.pi * 8 * torch.arange(256) / 256).expand(2, -1))
    expected = torch.zeros(2, 1, 129)
    expected[:, :, 8] = 0.5  # an amplitude of 1, half of it at the negative frequency
    torch.testing.assert_close(seen[0], expected, atol=ROUNDING, rtol=0)


def test_each_stage_divides_the_length_by_three_and_doubles_the_channels() -> None:
    encoder = SpectrumCNN(1024, 128)
    assert encoder.gather.in_features == 384 * 5  # 513 → 170 → 56 → 18 → 5
    assert encoder.gather.out_features == 512


def test_the_shortest_signal() -> None:
    assert SpectrumCNN(310, 5, channels=2).eval()(torch.randn(1, 310)).shape == (1, 5)
    with pytest.raises(ValueError, match="too short for 5 stages"):
        SpectrumCNN(310, 5, channels=2, num_blocks=5)


@pytest.mark.parametrize("shape", [(2, 255), (256,), (2, 1, 256)])
def test_other_signals_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected signals of shape \(batch, 256\), got"):
        SpectrumCNN(256, 5, channels=4)(torch.zeros(shape))
