"""The published encoder of the toy tasks: a residual convolution network on the spectrum."""

import torch
from torch import Tensor, nn

from src.models.components.ast import ASTWithProjectionHead
from src.models.components.feed_forward import ResidualMLPBlock

__all__ = ["ASTWithProjectionHead", "ResidualConvBlock", "SpectrumCNN"]

_STRIDE, _STRIDED_KERNEL, _STRIDED_PADDING = 3, 6, 1


class ResidualConvBlock(nn.Module):
    """Conv → GELU → BatchNorm → 1 × 1 Conv → GELU → BatchNorm beside an identity.

    Args:
        channels_in: input channels; where they differ from the output's, the identity becomes a
            1 × 1 convolution.
        channels_out: output channels.
        kernel_size: odd size of the first kernel.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel_size: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(channels_in, channels_out, kernel_size, padding=kernel_size // 2),
            nn.GELU(),
            nn.BatchNorm1d(channels_out),
            nn.Conv1d(channels_out, channels_out, 1),
            nn.GELU(),
            nn.BatchNorm1d(channels_out),
        )
        self.residual = (
            nn.Identity()
            if channels_in == channels_out
            else nn.Conv1d(channels_in, channels_out, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels_in, length) to (B, channels_out, length)."""
        return self.residual(x) + self.net(x)


class SpectrumCNN(nn.Module):
    """Encode a signal by its magnitude spectrum (published encoder, 2.75 million parameters).

    |rfft(y)| / L → `num_blocks` × (two residual convolution blocks, a strided convolution that
    doubles the channels) → Linear to L / 2 → residual MLP block.

    Args:
        signal_length: samples L of a signal.
        d_out: channels of the code.
        channels: channels of the first blocks.
        num_blocks: number of stages, each a third as long as the one before.
        kernel_size: odd size of the kernels.

    Raises:
        ValueError: the signal is too short for that many stages.
    """

    def __init__(
        self,
        signal_length: int,
        d_out: int = 128,
        channels: int = 24,
        num_blocks: int = 4,
        kernel_size: int = 7,
    ) -> None:
        super().__init__()
        self.signal_length = signal_length
        stages: list[nn.Module] = []
        length, c_in = signal_length // 2 + 1, 1
        for stage in range(num_blocks):
            c = channels * 2**stage
            stages += [
                ResidualConvBlock(c_in, c, kernel_size),
                ResidualConvBlock(c, c, kernel_size),
                nn.BatchNorm1d(c),
                nn.Conv1d(c, 2 * c, _STRIDED_KERNEL, _STRIDE, _STRIDED_PADDING),
                nn.GELU(),
            ]
            length = (length + 2 * _STRIDED_PADDING - _STRIDED_KERNEL) // _STRIDE + 1
            c_in = 2 * c
        if length < 1:
            raise ValueError(
                f"a signal of {signal_length} samples is too short for {num_blocks} stages, each "
                "of which divides the spectrum's length by three; use fewer stages"
            )
        self.stages = nn.Sequential(*stages)
        self.gather = nn.Linear(c_in * length, signal_length // 2)
        self.outward = ResidualMLPBlock(signal_length // 2, d_out)

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
        spectrum = torch.fft.rfft(signal, norm="forward").abs()
        return self.outward(self.gather(self.stages(spectrum[:, None]).flatten(1)))
