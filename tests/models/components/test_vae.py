"""The spectrogram autoencoder: shapes of any spectrogram come back."""

import pytest
import torch
from torch import nn

from src.models.components.vae import ResidualStage, SpectrogramVAE


def test_published_code_has_two_by_two_places() -> None:
    with torch.device("meta"):
        vae = SpectrogramVAE((2, 128, 401), latent=300)
        assert vae.encoder[:-3](torch.empty(1, 2, 128, 401)).shape == (1, 512, 2, 2)
        assert vae.decoder[:2](torch.empty(1, 300)).shape == (1, 512, 2, 2)
        assert vae.decode(torch.empty(1, 300)).shape == (1, 2, 128, 401)


@pytest.mark.parametrize("shape", [(1, 128, 51), (2, 31, 17), (1, 40, 64)])
@pytest.mark.parametrize("strides", [((2, 2), (1, 4)), ((4, 2), (3, 5))])
def test_decoder_gives_back_the_shape(
    shape: tuple[int, int, int], strides: tuple[tuple[int, int], ...]
) -> None:
    vae = SpectrogramVAE(shape, latent=6, channels=(4, 8), strides=strides, decoder_channels=(5,))
    mean, log_variance = vae.encode(torch.randn(3, *shape))
    assert mean.shape == log_variance.shape == (3, 6)
    assert vae.decode(mean).shape == (3, *shape)


def test_what_does_not_fit_is_named() -> None:
    vae = SpectrogramVAE(
        (1, 16, 16), latent=2, channels=(4,), strides=((2, 2),), decoder_channels=()
    )
    with pytest.raises(ValueError, match=r"\(batch, 1, 16, 16\), got \(3, 2, 16, 16\)"):
        vae.encode(torch.zeros(3, 2, 16, 16))
    with pytest.raises(ValueError, match="as many strides as channels, got 1 and 2"):
        SpectrogramVAE((1, 16, 16), latent=2, channels=(4, 8), strides=((2, 2),))
    with pytest.raises(ValueError, match=r"expected 1 decoder_channels, one fewer .* got 2"):
        SpectrogramVAE((1, 16, 16), 2, (4, 8), ((2, 2), (2, 2)), decoder_channels=(4, 2))


def test_every_stage_stands_behind_its_resampling_and_filters_each_channel_alone() -> None:
    with torch.device("meta"):
        vae = SpectrogramVAE((2, 128, 401), latent=92)
    encoder, decoder = list(vae.encoder)[:14], list(vae.decoder)[2:]
    for halves, kind, widths, kernels in (
        (encoder, nn.Conv2d, (16, 32, 64, 64, 128, 256, 512), [(3, 5)] * 6 + [(5, 5)]),
        (decoder, nn.ConvTranspose2d, (512, 256, 128, 64, 32, 16, 2), [(5, 5)] + [(3, 5)] * 6),
    ):
        pairs = zip(halves[::2], halves[1::2], widths, kernels, strict=True)
        for resampling, stage, width, kernel in pairs:
            assert isinstance(resampling, kind)
            assert isinstance(stage, ResidualStage)
            filters = stage.net[3]
            assert resampling.out_channels == filters.in_channels == filters.groups == width
            assert resampling.kernel_size == filters.kernel_size == kernel
