"""The encoder of the laptop scale: shared MLPs over windows of the spectrum."""

import torch
from torch import Tensor, nn

from src.models.components.feed_forward import ResidualMLPBlock

_LOG_FLOOR = 1e-4  # 80 dB below a spectrum of magnitude 1


class SpectralWindowEncoder(nn.Module):
    """Encode a short signal by its Hann-windowed magnitude spectrum.

    The spectrum stands as two channels, linear and logarithmic: close partials need the one, faint
    ones the other. Windows of neighbouring bins share a small residual MLP, which costs a fifth of
    a strided convolution network on a CPU.

    Args:
        signal_length: samples L of a signal.
        d_out: channels of the code.
        window: bins of a window.
        stride: bins between windows.
        d_window: width of the MLP shared by the windows.
        d_hidden: width of the MLP over all windows.
        num_blocks: residual blocks of each MLP.

    Raises:
        ValueError: the spectrum is shorter than a window.
    """

    hann: Tensor

    def __init__(
        self,
        signal_length: int,
        d_out: int,
        window: int = 16,
        stride: int = 4,
        d_window: int = 64,
        d_hidden: int = 256,
        num_blocks: int = 2,
    ) -> None:
        super().__init__()
        bins = signal_length // 2 + 1
        if bins < window:
            raise ValueError(
                f"a signal of {signal_length} samples has {bins} bins, fewer than window={window}"
            )
        self.signal_length = signal_length
        self.window, self.stride = window, stride
        self.register_buffer("hann", torch.hann_window(signal_length), persistent=False)
        count = (bins - window) // stride + 1
        self.inward = nn.Linear(2 * window, d_window)
        self.windows = nn.Sequential(*(ResidualMLPBlock(d_window) for _ in range(num_blocks)))
        self.gather = nn.Linear(count * d_window, d_hidden)
        self.hidden = nn.Sequential(*(ResidualMLPBlock(d_hidden) for _ in range(num_blocks)))
        self.outward = nn.Linear(d_hidden, d_out)

    def forward(self, signal: Tensor) -> Tensor:
        """Map signals (B, L) to codes (B, d_out).

        Raises:
            ValueError: the signals have another shape.
        """
        if signal.ndim != 2 or signal.shape[1] != self.signal_length:
            raise ValueError(
                f"expected signals of shape (batch, {self.signal_length}), got "
                f"{tuple(signal.shape)}"
            )
        # Divided by half the window's sum: a sinusoid of amplitude 1 has a peak of magnitude 1.
        spectrum = torch.fft.rfft(signal * self.hann).abs() / (self.signal_length / 4)
        features = torch.stack([spectrum, (spectrum + _LOG_FLOOR).log10()], dim=1)
        patches = features.unfold(2, self.window, self.stride)  # (B, 2, windows, window)
        tokens = self.inward(patches.transpose(1, 2).flatten(2))  # (B, windows, d_window)
        return self.outward(self.hidden(self.gather(self.windows(tokens).flatten(1))))
