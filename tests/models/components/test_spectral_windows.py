"""The encoder of the laptop scale."""

import pytest
import torch

from src.models.components.spectral_windows import SpectralWindowEncoder

ROUNDING = 1e-5  # float32


def seen_by(encoder: SpectralWindowEncoder, signal: torch.Tensor) -> torch.Tensor:
    """What reaches the first linear map."""
    seen = []
    encoder.inward.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    assert encoder(signal).shape == (len(signal), 3)
    return seen[0]


def test_windows_hold_linear_and_logarithmic_magnitudes() -> None:
    encoder = SpectralWindowEncoder(128, 3, window=16, stride=4)
    angle = 2 * torch.pi * 20 * torch.arange(128) / 128  # bin 20
    tokens = seen_by(encoder, 0.5 * torch.cos(angle)[None])
    assert tokens.shape == (1, 13, 32)  # (65 - 16) // 4 + 1 windows of 16 bins, two channels
    # a Hann window's main lobe: amplitude at its bin, half of it beside, nothing further off
    spectrum = torch.zeros(65)
    spectrum[19:22] = torch.tensor([0.25, 0.5, 0.25])
    for i in range(13):
        linear, logarithmic = tokens[0, i].chunk(2)
        expected = spectrum[4 * i : 4 * i + 16]
        torch.testing.assert_close(linear, expected, atol=ROUNDING, rtol=0)
        floored = torch.log10(expected + 1e-4)
        torch.testing.assert_close(logarithmic, floored, atol=1e-2, rtol=0)  # near -4 at zero


def test_phase_of_the_whole_signal_does_not_matter_but_level_does() -> None:
    torch.manual_seed(0)
    encoder, signal = SpectralWindowEncoder(128, 3), torch.randn(2, 128)
    code = encoder(signal)
    torch.testing.assert_close(encoder(-signal), code, atol=ROUNDING, rtol=ROUNDING)
    assert not torch.allclose(encoder(2 * signal), code, atol=1e-3)


def test_sizes_are_settings() -> None:
    encoder = SpectralWindowEncoder(
        64, 3, window=8, stride=8, d_window=10, d_hidden=12, num_blocks=1
    )
    assert encoder(torch.randn(2, 64)).shape == (2, 3)
    assert encoder.gather.in_features == 4 * 10  # (33 - 8) // 8 + 1 windows
    assert len(encoder.windows) == len(encoder.hidden) == 1


def test_short_signals_are_refused() -> None:
    with pytest.raises(ValueError, match="28 samples has 15 bins, fewer than window=16"):
        SpectralWindowEncoder(28, 3)


@pytest.mark.parametrize("shape", [(2, 127), (128,), (2, 1, 128)])
def test_other_signals_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected signals of shape \(batch, 128\), got"):
        SpectralWindowEncoder(128, 3)(torch.zeros(shape))
