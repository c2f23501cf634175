"""A convolutional variational autoencoder of spectrograms."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import prod

from torch import Tensor, nn

_SLOPE = 0.1  # of LeakyReLU below 0

Pair = tuple[int, int]


class ResidualStage(nn.Module):
    """x + conv(LeakyReLU(1 × 1 conv(norm(x)))), then LeakyReLU.

    Args:
        channels: channels in and out.
        kernel_size: odd sizes of the last kernel, over bands and frames.
        depthwise: give every channel of the last convolution a filter of its own, else mix them.
    """

    def __init__(self, channels: int, kernel_size: Pair, depthwise: bool) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, channels, 1),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(
                channels,
                channels,
                kernel_size,
                padding=_half(kernel_size),
                groups=channels if depthwise else 1,
            ),
        )
        self.activation = nn.LeakyReLU(_SLOPE)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, bands, frames) to the same shape."""
        return self.activation(x + self.net(x))


class SpectrogramVAE(nn.Module):
    """Encoder to the mean and log variance of a latent vector, and the mirrored decoder.

    The defaults are the published ones. Strided convolutions (3 × 5, the last one 5 × 5) bring
    (2, 128, 401) to (512, 2, 2); each is followed by a residual stage, and in the decoder preceded
    by one. The published number of parameters needs one of the two sides to mix channels in the
    stages' last convolution (``encoder_depthwise``); with both depth-wise it is 11 % short.

    Args:
        spectrogram_shape: channels, bands and frames.
        latent: size of the latent vector.
        channels: channels after each strided convolution.
        strides: strides of each convolution over bands and frames.
        kernel_size: sizes of all kernels but the last over bands and frames, odd.
        last_kernel_size: sizes of the last kernel, odd.
        stage_kernel_size: sizes of the kernels of the encoder's residual stages, odd.
        encoder_depthwise: see above.

    Raises:
        ValueError: not as many strides as channels.
    """

    def __init__(
        self,
        spectrogram_shape: Sequence[int],
        latent: int,
        channels: Sequence[int] = (16, 32, 64, 64, 128, 256, 512),
        strides: Sequence[Sequence[int]] = ((2, 2),) * 5 + ((1, 4), (2, 2)),
        kernel_size: Sequence[int] = (3, 5),
        last_kernel_size: Sequence[int] = (5, 5),
        stage_kernel_size: Sequence[int] = (3, 5),
        encoder_depthwise: bool = False,
    ) -> None:
        super().__init__()
        if len(channels) != len(strides):
            raise ValueError(
                f"expected as many strides as channels, got {len(strides)} and {len(channels)}"
            )
        self.latent = latent
        self.spectrogram_shape = tuple(spectrogram_shape)
        kernels = [_two(kernel_size)] * (len(channels) - 1) + [_two(last_kernel_size)]
        steps = [_two(stride) for stride in strides]
        sizes = _sizes_through(_two(self.spectrogram_shape[1:]), kernels, steps)
        widths = list(pairwise([self.spectrogram_shape[0], *channels]))
        last = channels[-1]
        code_shape = (last, *sizes[-1])

        encoder: list[nn.Module] = []
        decoder: list[nn.Module] = []  # from the outside inwards
        for (c_in, c_out), kernel, step, (large, small) in zip(
            widths, kernels, steps, pairwise(sizes), strict=True
        ):
            encoder += [
                nn.Conv2d(c_in, c_out, kernel, step, _half(kernel)),
                ResidualStage(c_out, _two(stage_kernel_size), encoder_depthwise),
            ]
            rest = _output_padding(large, small, kernel, step)
            decoder += [
                nn.ConvTranspose2d(c_out, c_in, kernel, step, _half(kernel), rest),
                ResidualStage(c_out, kernel, depthwise=True),
            ]
        self.encoder = nn.Sequential(
            *encoder,
            nn.Conv2d(last, last, 1),
            nn.Flatten(),
            nn.Linear(prod(code_shape), 2 * latent),
            nn.BatchNorm1d(2 * latent),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent, prod(code_shape)),
            nn.Unflatten(1, code_shape),
            nn.Conv2d(last, last, 1),
            *reversed(decoder),
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
