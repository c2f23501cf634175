"""Audio spectrogram transformers (Gong et al. 2021): spectrogram → one vector, or several."""

from collections.abc import Sequence
from math import ceil

import torch
from torch import Tensor, nn
from torch.nn import functional

from src.models.components.feed_forward import ResidualMLPBlock

_POSITION_STD = 0.02
QUERY_STD = 1e-6  # queries start nearly equal; their positions tell them apart

Size = int | Sequence[int]


class PatchGrid:
    """Where patches lie, with as much padding at the right as covers the whole spectrogram.

    Args:
        spectrogram_shape: bands and frames.
        patch_size: bands and frames of a patch, one number for both.
        stride: bands and frames between patches, one number for both.

    Attributes:
        shape: number of patches along bands and frames.
        padding: bands and frames to append.

    Raises:
        ValueError: a size is not positive, or the strides leave gaps between patches.
    """

    def __init__(self, spectrogram_shape: Sequence[int], patch_size: Size, stride: Size) -> None:
        sizes = _pair("spectrogram_shape", spectrogram_shape)
        self.patch = _pair("patch_size", patch_size)
        self.stride = _pair("stride", stride)
        if any(s > p for s, p in zip(self.stride, self.patch, strict=True)):
            raise ValueError(
                f"stride={self.stride} leaves gaps between patches of patch_size={self.patch}"
            )
        axes = list(zip(sizes, self.patch, self.stride, strict=True))
        self.spectrogram_shape = sizes
        self.shape = tuple(1 + max(0, ceil((size - p) / s)) for size, p, s in axes)
        self.padding = tuple(
            (n - 1) * s + p - size for n, (size, p, s) in zip(self.shape, axes, strict=True)
        )

    def pad(self, spectrogram: Tensor, channels: int) -> Tensor:
        """Append what the last patches lack: 0, which is the mean of a standardised spectrogram.

        Args:
            spectrogram: shape (B, channels, bands, frames); without the axis of channels where
                there is one.
            channels: channels expected.

        Returns:
            Shape (B, channels, bands + padding, frames + padding).

        Raises:
            ValueError: another shape.
        """
        x = spectrogram[:, None] if spectrogram.ndim == 3 and channels == 1 else spectrogram
        if x.ndim != 4 or tuple(x.shape[1:]) != (channels, *self.spectrogram_shape):
            bands, frames = self.spectrogram_shape
            raise ValueError(
                f"expected spectrograms of shape (batch, {channels}, {bands}, {frames}), got "
                f"{tuple(spectrogram.shape)}"
            )
        return functional.pad(x, (0, self.padding[1], 0, self.padding[0]))


class AudioSpectrogramTransformer(nn.Module):
    """Pre-norm transformer over overlapping patches, read out at learnt queries.

    Published: feed-forward nets as wide as the tokens, GELU, no dropout, no norm at the end; 8
    queries for PARAM2TOK's field, 9 for the MLP's, one vector for each layer of the field.

    Args:
        d_model: size of a token.
        d_out: channels of an output vector, ``d_model`` where None.
        n_heads: heads of attention.
        n_layers: number of encoder layers.
        n_queries: number of output vectors.
        patch_size: bands and frames of a patch, one number for both.
        stride: bands and frames between patches, one number for both.
        in_channels: channels of the spectrogram.
        spectrogram_shape: bands and frames.
        d_ff: hidden size of the feed-forward nets, ``d_model`` where None.

    Raises:
        ValueError: a size does not fit.
    """

    def __init__(
        self,
        d_model: int = 512,
        d_out: int | None = None,
        n_heads: int = 8,
        n_layers: int = 8,
        n_queries: int = 8,
        patch_size: Size = 16,
        stride: Size = 10,
        in_channels: int = 2,
        spectrogram_shape: Sequence[int] = (128, 401),
        d_ff: int | None = None,
    ) -> None:
        super().__init__()
        if d_model % n_heads:
            raise ValueError(f"n_heads={n_heads} does not divide d_model={d_model}")
        if n_queries < 1:
            raise ValueError(f"n_queries={n_queries}; at least one vector has to come out")
        self.in_channels, self.n_queries = in_channels, n_queries
        self.grid = PatchGrid(spectrogram_shape, patch_size, stride)
        self.patches = nn.Conv2d(in_channels, d_model, self.grid.patch, self.grid.stride)
        tokens = n_queries + self.grid.shape[0] * self.grid.shape[1]
        self.queries = nn.Parameter(QUERY_STD * torch.randn(n_queries, d_model))
        self.positions = nn.Parameter(_POSITION_STD * torch.randn(tokens, d_model))
        # Built one by one: nn.TransformerEncoder would copy the first layer's weights to all.
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                d_model,
                n_heads,
                dim_feedforward=d_model if d_ff is None else d_ff,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(n_layers)
        )
        self.outward = nn.Linear(d_model, d_model if d_out is None else d_out)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Encode standardised spectrograms.

        Args:
            spectrogram: shape (B, channels, bands, frames), or (B, bands, frames) for one channel.

        Returns:
            Shape (B, n_queries, d_out), (B, d_out) for one query.

        Raises:
            ValueError: the spectrograms have another shape.
        """
        patches = self.patches(self.grid.pad(spectrogram, self.in_channels))
        tokens = patches.flatten(2).mT  # (B, patches, d_model)
        queries = self.queries.to(tokens.dtype).expand(len(tokens), -1, -1)
        tokens = torch.cat([queries, tokens], dim=1) + self.positions
        for layer in self.layers:
            tokens = layer(tokens)
        return drop_single(self.outward(tokens[:, : self.n_queries]))


class ProjectionHead(nn.Module):
    """An encoder with one output vector, and a residual net from there to the targets.

    Args:
        encoder: spectrogram → (B, d_model).
        d_model: size of the encoder's output.
        d_out: number of outputs.
    """

    def __init__(self, encoder: nn.Module, d_model: int, d_out: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = ResidualMLPBlock(d_model)
        self.outward = nn.Linear(d_model, d_out)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Map spectrograms (B, channels, bands, frames) to outputs (B, d_out)."""
        return self.outward(self.head(self.encoder(spectrogram)))


class ASTWithProjectionHead(ProjectionHead):
    """Regression by a spectrogram transformer (published: d 768, 16 heads, 12 layers).

    Args:
        d_model: size of a token.
        d_out: number of outputs.
        n_heads: heads of attention.
        n_layers: number of encoder layers.
        patch_size: see ``AudioSpectrogramTransformer``, as what follows.
        stride: bands and frames between patches.
        in_channels: channels of the spectrogram.
        spectrogram_shape: bands and frames.
        d_ff: hidden size of the feed-forward nets.
    """

    def __init__(
        self,
        d_model: int = 768,
        d_out: int = 128,
        n_heads: int = 16,
        n_layers: int = 12,
        patch_size: Size = 16,
        stride: Size = 10,
        in_channels: int = 2,
        spectrogram_shape: Sequence[int] = (128, 401),
        d_ff: int | None = None,
    ) -> None:
        encoder = AudioSpectrogramTransformer(
            d_model,
            d_model,
            n_heads,
            n_layers,
            1,
            patch_size,
            stride,
            in_channels,
            spectrogram_shape,
            d_ff,
        )
        super().__init__(encoder, d_model, d_out)


def drop_single(vectors: Tensor) -> Tensor:
    """Map (B, 1, d) to (B, d) and leave several vectors as they are."""
    return vectors[:, 0] if vectors.shape[1] == 1 else vectors


def _pair(name: str, value: Size) -> tuple[int, int]:
    """Read one number for both axes, or one each."""
    sizes = (value, value) if isinstance(value, int) else tuple(value)
    if len(sizes) != 2 or min(sizes) < 1:
        raise ValueError(f"{name}: expected one or two positive integers, got {value}")
    return sizes
