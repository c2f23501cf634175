"""A convolutional variational autoencoder of spectrograms."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import prod

from torch import Tensor, nn

_SLOPE = 0.1  # of LeakyReLU below 0

Pair = tuple[int, int]


class ResidualStage(nn.Module):
    """x + depth-wise conv(LeakyReLU(1 × 1 conv(norm(x)))), then LeakyReLU.

    Args:
        channels: channels in and out.
        kernel_size: odd sizes of the last kernel, over bands and frames.
    """

    def __init__(self, channels: int, kernel_size: Pair) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, channels, 1),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(channels, channels, kernel_size, padding=_half(kernel_size), groups=channels),
        )
        self.activation = nn.LeakyReLU(_SLOPE)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, bands, frames) to the same shape."""
        return self.activation(x + self.net(x))


class SpectrogramVAE(nn.Module):
    """Encoder to the mean and log variance of a latent vector, and decoder back.

    The defaults are the published ones, equal in number of parameters to the last one. Strided
    convolutions (3 × 5, the last one 5 × 5) bring (2, 128, 401) to (512, 2, 2); transposed ones
    with the same kernels and strides in reverse order bring that back. A residual stage with the
    same kernel follows each, at the width after it; so the decoder ends with the LeakyReLU of its
    last stage.

    Args:
        spectrogram_shape: channels, bands and frames.
        latent: size of the latent vector.
        channels: channels after each strided convolution.
        strides: strides of each convolution over bands and frames.
        decoder_channels: channels after each transposed convolution but the last, which brings back
            the spectrogram's.
        kernel_size: sizes of all kernels but the encoder's last and the decoder's first over bands
            and frames, odd.
        last_kernel_size: sizes of those two, odd.

    Raises:
        ValueError: numbers of channels and strides do not fit each other.
    """

    def __init__(
        self,
        spectrogram_shape: Sequence[int],
        latent: int,
        channels: Sequence[int] = (16, 32, 64, 64, 128, 256, 512),
        strides: Sequence[Sequence[int]] = ((2, 2),) * 5 + ((1, 4), (2, 2)),
        decoder_channels: Sequence[int] = (512, 256, 128, 64, 32, 16),
        kernel_size: Sequence[int] = (3, 5),
        last_kernel_size: Sequence[int] = (5, 5),
    ) -> None:
        super().__init__()
        _check_lengths(channels, strides, decoder_channels)
        self.latent = latent
        self.spectrogram_shape = tuple(spectrogram_shape)
        kernels = [_two(kernel_size)] * (len(channels) - 1) + [_two(last_kernel_size)]
        steps = [_two(stride) for stride in strides]
        sizes = _sizes_through(_two(self.spectrogram_shape[1:]), kernels, steps)
        outside, last = self.spectrogram_shape[0], channels[-1]
        code_shape = (last, *sizes[-1])

        encoder: list[nn.Module] = []
        for (c_in, c_out), kernel, step in zip(
            pairwise([outside, *channels]), kernels, steps, strict=True
        ):
            encoder += [
                nn.Conv2d(c_in, c_out, kernel, step, _half(kernel)),
                ResidualStage(c_out, kernel),
            ]
        decoder: list[nn.Module] = []
        for (c_in, c_out), kernel, step, (small, large) in zip(
            pairwise([last, *decoder_channels, outside]),
            reversed(kernels),
            reversed(steps),
            pairwise(reversed(sizes)),
            strict=True,
        ):
            rest = _output_padding(large, small, kernel, step)
            decoder += [
                nn.ConvTranspose2d(c_in, c_out, kernel, step, _half(kernel), rest),
                ResidualStage(c_out, kernel),
            ]
        self.encoder = nn.Sequential(
            *encoder,
            nn.Conv2d(last, last, 1),
            nn.LeakyReLU(_SLOPE),
            nn.Flatten(),
            nn.Linear(prod(code_shape), 2 * latent),
            nn.BatchNorm1d(2 * latent),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent, prod(code_shape)), nn.Unflatten(1, code_shape), *decoder
        )

    def encode(self, spectrogram: Tensor) -> tuple[Tensor, Tensor]:
        """Map spectrograms (B, channels, bands, frames) to mean and log variance, (B, latent) each.

        Raises:
            ValueError: the spectrograms have another shape.
        """
        if tuple(spectrogram.shape[1:]) != self.spectrogram_shape:
            expected = ", ".join(map(str, self.spectrogram_shape))
            raise ValueError(
                f"expected spectrograms of shape (batch, {expected}), got "
                f"{tuple(spectrogram.shape)}"
            )
        mean, log_variance = self.encoder(spectrogram).chunk(2, dim=1)
        return mean, log_variance

    def decode(self, latent: Tensor) -> Tensor:
        """Map latent vectors (B, latent) to spectrograms (B, channels, bands, frames)."""
        return self.decoder(latent)


def _check_lengths(
    channels: Sequence[int], strides: Sequence[Sequence[int]], decoder_channels: Sequence[int]
) -> None:
    if len(channels) != len(strides):
        raise ValueError(
            f"expected as many strides as channels, got {len(strides)} and {len(channels)}"
        )
    if len(decoder_channels) != len(channels) - 1:
        raise ValueError(
            f"expected {len(channels) - 1} decoder_channels, one fewer than channels, got "
            f"{len(decoder_channels)}"
        )


def _sizes_through(size: Pair, kernels: list[Pair], strides: list[Pair]) -> list[Pair]:
    """List bands and frames before the first and after each strided convolution."""
    sizes = [size]
    for kernel, stride in zip(kernels, strides, strict=True):
        sizes.append(
            _two(
                (n + 2 * (k // 2) - k) // s + 1
                for n, k, s in zip(sizes[-1], kernel, stride, strict=True)
            )
        )
    return sizes


def _output_padding(large: Pair, small: Pair, kernel: Pair, stride: Pair) -> Pair:
    """Return what a transposed convolution lacks to get back to the size its twin came from."""
    return _two(
        n - ((m - 1) * s - 2 * (k // 2) + k)
        for n, m, k, s in zip(large, small, kernel, stride, strict=True)
    )


def _half(kernel: Pair) -> Pair:
    return kernel[0] // 2, kernel[1] // 2


def _two(values: Iterable[int]) -> Pair:
    bands, frames = values
    return bands, frames
