"""A spectrogram transformer trained on AudioSet, read from a local folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from src.models.components.ast import QUERY_STD, PatchGrid, drop_single

# AudioSet's spectrograms were scaled to a standard deviation of one half (Gong et al. 2021).
_PRETRAINED_STD = 0.5


class PretrainedAST(nn.Module):
    """A transformer trained on AudioSet, from a local folder of the transformers library.

    Its patch filters are spread over our channels, its positions cut to our spectrograms (or
    repeated at the edge), and the queries start as its class token.

    Args:
        folder: holds config.json and the weights of an ``ASTModel``; nothing is downloaded.
        d_out: channels of an output vector, the model's own width where None.
        n_queries: number of output vectors.
        in_channels: channels of the spectrogram.
        spectrogram_shape: bands and frames.

    Raises:
        FileNotFoundError: the folder is not set or holds no model.
    """

    def __init__(
        self,
        folder: str | Path | None,
        d_out: int | None = None,
        n_queries: int = 1,
        in_channels: int = 2,
        spectrogram_shape: Sequence[int] = (128, 401),
    ) -> None:
        super().__init__()
        if folder is None or not (Path(folder) / "config.json").is_file():
            raise FileNotFoundError(
                f"folder={folder}: expected a local folder with config.json and weights of a "
                "transformers ASTModel trained on AudioSet; download one and set "
                "scale.synth.networks.ast_pretrained.folder to it"
            )
        from transformers import ASTModel  # takes seconds, which other networks can spare

        model: Any = ASTModel.from_pretrained(folder, local_files_only=True)
        config = model.config
        strides = (config.frequency_stride, config.time_stride)
        grid = PatchGrid(spectrogram_shape, config.patch_size, strides)
        model.embeddings = _PretrainedEmbeddings(model.embeddings, grid, in_channels, n_queries)
        self.model = model
        self.n_queries = n_queries
        width = config.hidden_size
        self.outward = nn.Linear(width, width if d_out is None else d_out)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Encode standardised spectrograms; see ``AudioSpectrogramTransformer.forward``."""
        states = self.model(_PRETRAINED_STD * spectrogram).last_hidden_state
        return drop_single(self.outward(states[:, : self.n_queries]))


class _PretrainedEmbeddings(nn.Module):
    """Queries and patches of a pretrained model, fitted to other spectrograms."""

    def __init__(self, pretrained: Any, grid: PatchGrid, in_channels: int, n_queries: int) -> None:
        super().__init__()
        self.grid, self.in_channels = grid, in_channels
        old = pretrained.patch_embeddings.projection
        self.patches = nn.Conv2d(in_channels, old.out_channels, grid.patch, grid.stride)
        self.patches.weight.data = old.weight.data.repeat(1, in_channels, 1, 1) / in_channels
        assert self.patches.bias is not None
        self.patches.bias.data = old.bias.data.clone()
        positions = pretrained.position_embeddings.data[0]
        start = pretrained.cls_token.data[0, 0] + positions[0]
        self.queries = nn.Parameter(start + QUERY_STD * torch.randn(n_queries, len(start)))
        rows, columns = pretrained.get_shape(pretrained.config)
        known = positions[2:].unflatten(0, (rows, columns)).permute(2, 0, 1)[None]
        height, width = grid.shape
        edge = (0, max(0, width - columns), 0, max(0, height - rows))
        fitted = functional.pad(known[..., :height, :width], edge, mode="replicate")
        self.positions = nn.Parameter(fitted[0].flatten(1).mT.clone())

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Map spectrograms to tokens (B, n_queries + patches, width)."""
        patches = self.patches(self.grid.pad(spectrogram, self.in_channels))
        tokens = patches.flatten(2).mT + self.positions
        return torch.cat([self.queries.to(tokens.dtype).expand(len(tokens), -1, -1), tokens], dim=1)
