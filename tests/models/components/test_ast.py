"""Spectrogram transformers: patches that cover everything, queries that come out."""

import pytest
import torch

from src.models.components.ast import (
    AudioSpectrogramTransformer,
    PatchGrid,
    ProjectionHead,
)
from src.models.components.cnn import ASTWithProjectionHead


def _small(**kwargs: object) -> AudioSpectrogramTransformer:
    torch.manual_seed(0)
    settings = {"d_model": 16, "n_heads": 2, "n_layers": 1, "n_queries": 3} | kwargs
    return AudioSpectrogramTransformer(**settings)  # type: ignore[arg-type]


def test_patches_of_the_published_spectrogram() -> None:
    grid = PatchGrid((128, 401), 16, 10)
    assert grid.shape == (13, 40)
    assert grid.padding == (8, 5)


def test_every_bin_reaches_a_query() -> None:
    encoder = _small(in_channels=1, spectrogram_shape=(23, 37)).eval()
    x = torch.randn(1, 1, 23, 37, requires_grad=True)
    encoder(x).square().sum().backward()
    assert x.grad is not None
    assert (x.grad != 0).all()


def test_several_queries_give_several_vectors_one_gives_one() -> None:
    x = torch.randn(2, 2, 32, 32)
    assert _small(spectrogram_shape=(32, 32), d_out=5)(x).shape == (2, 3, 5)
    assert _small(spectrogram_shape=(32, 32), n_queries=1)(x).shape == (2, 16)


def test_positions_tell_patches_apart() -> None:
    """Without positions a transformer would not see that patches changed places."""
    encoder = _small(patch_size=16, stride=16, spectrogram_shape=(16, 32)).eval()
    x = torch.randn(1, 2, 16, 32)
    swapped = torch.cat([x[..., 16:], x[..., :16]], dim=-1)
    assert not torch.allclose(encoder(x), encoder(swapped))
    torch.nn.init.zeros_(encoder.positions)
    torch.testing.assert_close(encoder(x), encoder(swapped))


def test_training_and_evaluation_agree() -> None:
    """Evaluation runs PyTorch's fused layers; there is no dropout that could differ."""
    encoder, x = _small(spectrogram_shape=(32, 32)), torch.randn(2, 2, 32, 32)
    trained = encoder(x)
    with torch.no_grad():
        torch.testing.assert_close(encoder.eval()(x), trained, rtol=1e-4, atol=1e-5)


def test_layers_start_with_weights_of_their_own() -> None:
    first, second = (layer.linear1.weight for layer in _small(n_layers=2).layers)
    assert not torch.equal(first, second)


def test_documented_head_takes_all_other_sizes_by_default() -> None:
    with torch.device("meta"):
        head = ASTWithProjectionHead(d_model=512, d_out=128)
        assert isinstance(head, ProjectionHead)
        assert head(torch.empty(2, 2, 128, 401)).shape == (2, 128)


def test_embeddings_are_spectrograms_of_one_channel() -> None:
    encoder = _small(in_channels=1, spectrogram_shape=(128, 42))
    assert encoder(torch.randn(2, 128, 42)).shape == (2, 3, 16)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"\(batch, 2, 32, 32\), got \(2, 1, 32, 32\)"):
        _small(spectrogram_shape=(32, 32))(torch.zeros(2, 1, 32, 32))
    with pytest.raises(ValueError, match="gaps"):
        _small(patch_size=16, stride=(10, 17))
    with pytest.raises(ValueError, match="n_heads=3"):
        _small(n_heads=3)
