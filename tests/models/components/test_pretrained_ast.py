"""A pretrained transformer's weights arrive in ours, fitted to other spectrograms."""

from pathlib import Path

import pytest
import torch

from src.models.components.pretrained_ast import PretrainedAST

WIDTH, BANDS, FRAMES = 8, 36, 46  # three and four patches, without padding


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.ASTConfig(
        hidden_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_length=FRAMES,
        num_mel_bins=BANDS,
    )
    model = transformers.ASTModel(config)
    torch.nn.init.normal_(model.embeddings.position_embeddings)
    path = tmp_path_factory.mktemp("ast")
    model.save_pretrained(path)
    return path


def test_tokens_are_the_original_s_where_nothing_had_to_be_fitted(folder: Path) -> None:
    """Equal channels stand for one channel; the distillation token is left out."""
    from transformers import ASTModel

    original = ASTModel.from_pretrained(folder, local_files_only=True).eval()
    ours = PretrainedAST(folder, in_channels=2, spectrogram_shape=(BANDS, FRAMES)).eval()
    x = torch.randn(2, BANDS, FRAMES)
    tokens = original.embeddings(0.5 * x.mT)  # class, distillation, patches
    kept = torch.cat([tokens[:, :1], tokens[:, 2:]], dim=1)
    torch.testing.assert_close(
        ours.model.embeddings(0.5 * x[:, None].repeat(1, 2, 1, 1)), kept, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("shape", [(20, 30), (40, 80)])
def test_other_spectrograms_fit(folder: Path, shape: tuple[int, int]) -> None:
    encoder = PretrainedAST(folder, d_out=5, n_queries=2, in_channels=1, spectrogram_shape=shape)
    out = encoder(torch.randn(3, 1, *shape))
    assert out.shape == (3, 2, 5)
    out.sum().backward()
    assert encoder.model.embeddings.patches.weight.grad is not None


@pytest.mark.parametrize("missing", [None, "nowhere"])
def test_without_weights_the_setting_is_named(missing: str | None) -> None:
    with pytest.raises(FileNotFoundError, match=r"ast_pretrained\.folder"):
        PretrainedAST(missing)
