"""The vector field over tokens: a diffusion transformer between two projections."""

import warnings
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from src.models.components.attention import FewTokenAttention
from src.models.components.conditioning import (
    AdaptiveModulation,
    ConditionalField,
    Conditioner,
    TimeEncoding,
)
from src.models.components.projection import (
    EquivariantProjection,
    LearntProjection,
    Projection,
)

__all__ = ["ApproxEquivTransformer", "DiTBlock", "EquivariantProjection", "LearntProjection"]

PE_TYPES = ("initial", "layerwise", "none")
ADALN_MODES = ("basic", "zero")
_NORMS = {"layer": nn.LayerNorm, "rms": nn.RMSNorm}


class DiTBlock(nn.Module):
    """Transformer block with adaptive norm (Peebles and Xie 2023).

    ``x + gate · attention(scale · norm(x) + shift)``, then the same with a feed-forward net. Scale,
    shift and gate are used as they come, without "1 +" (as published).

    Args:
        d_model: size of a token.
        num_heads: heads of attention.
        d_ff: hidden size of the feed-forward net.
        norm: ``layer`` or ``rms``.
        zero_init: start the last linear map of attention and feed-forward net at 0.
        skip_first_norm: leave out the norm in front of attention.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        norm: Literal["layer", "rms"],
        zero_init: bool,
        skip_first_norm: bool,
    ) -> None:
        super().__init__()
        self.norm_attention = nn.Identity() if skip_first_norm else _NORMS[norm](d_model)
        self.attention = FewTokenAttention(d_model, num_heads)
        self.norm_ff = _NORMS[norm](d_model)
        self.up = nn.Linear(d_model, d_ff)
        self.down = nn.Linear(d_ff, d_model)
        for layer in (self.up, self.down):
            nn.init.xavier_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
        if zero_init:
            for layer in (self.attention.out_proj, self.down):
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, modulation: Tensor) -> Tensor:
        """Map tokens (B, n, d), given scale, shift, gate of both halves (B, 6, d)."""
        scale, shift, gate, scale_ff, shift_ff, gate_ff = modulation[:, :, None].unbind(1)
        modulated = torch.addcmul(shift, scale, self.norm_attention(x))
        x = torch.addcmul(x, gate, self.attention(modulated))
        modulated = torch.addcmul(shift_ff, scale_ff, self.norm_ff(x))
        return torch.addcmul(x, gate_ff, self.down(functional.gelu(self.up(modulated))))


class ApproxEquivTransformer(ConditionalField):
    """Vector field whose equivariance is the projection's (paper, sections 3.2 and 3.3).

    With ``EquivariantProjection`` and no positional encoding it is exactly equivariant under
    permutations of oscillators (CNF (Equivariant)); with ``LearntProjection`` it starts nearly
    invariant under all permutations and learns how far to leave that (CNF (PARAM2TOK)).

    Args:
        projection: has ``param_to_token``, ``token_to_param``, ``penalty``, ``num_params``,
            ``num_tokens`` and ``d_model``, as ``EquivariantProjection``.
        num_layers: number of blocks.
        d_model: size of a token.
        conditioning_dim: channels C of the condition.
        num_heads: heads of attention.
        d_ff: hidden size of the feed-forward nets.
        num_tokens: number of tokens that learnt positional encodings are for.
        learn_pe: learn positional encodings, which start at zero; without this there are none.
        learn_projection: train the projection; the default freezes it, with a warning where that
            freezes a learnt projection.
        pe_type: positional encodings added ``initial``: once, ``layerwise``: before each block,
            each with its own, or ``none``.
        pe_penalty: weight of the mean Euclidean norm of the encodings' rows in the loss.
        time_encoding: ``scalar`` or ``sinusoidal``.
        d_enc: size of the sinusoidal code.
        projection_penalty: weight of the projection's penalty in the loss.
        norm: ``layer`` or ``rms``.
        skip_first_norm: leave out the norm in front of the first block's attention.
        adaln_mode: ``basic`` starts scales, shifts and gates at random, ``zero`` at 0.
        zero_init: start the last linear maps of attention and feed-forward nets at 0.
        outer_residual: add the input, so that the rest of the network is a correction to it.
        d_modulation: size of the vector that modulates the blocks, ``d_model`` where None.

    Raises:
        ValueError: an option has an unknown value, or does not fit the projection.
    """

    def __init__(
        self,
        projection: nn.Module,
        num_layers: int = 5,
        d_model: int = 1024,
        conditioning_dim: int = 128,
        num_heads: int = 8,
        d_ff: int = 1024,
        num_tokens: int = 32,
        learn_pe: bool = False,
        learn_projection: bool = False,
        pe_type: Literal["initial", "layerwise", "none"] = "initial",
        pe_penalty: float = 0.0,
        time_encoding: TimeEncoding = "scalar",
        d_enc: int = 256,
        projection_penalty: float = 0.0,
        norm: Literal["layer", "rms"] = "layer",
        skip_first_norm: bool = False,
        adaln_mode: Literal["basic", "zero"] = "basic",
        zero_init: bool = True,
        outer_residual: bool = False,
        *,
        d_modulation: int | None = None,
    ) -> None:
        projection = cast(Projection, projection)
        super().__init__(projection.num_params, conditioning_dim, num_layers)
        _check_option("pe_type", pe_type, PE_TYPES)
        _check_option("norm", norm, tuple(_NORMS))
        _check_option("adaln_mode", adaln_mode, ADALN_MODES)
        _check_sizes(projection, d_model, num_tokens if learn_pe else None, pe_type)
        self.projection = projection
        if not learn_projection:
            _freeze(projection)
        self.pe_penalty, self.projection_penalty = pe_penalty, projection_penalty
        self.outer_residual = outer_residual
        width = d_model if d_modulation is None else d_modulation
        self.conditioner = Conditioner(conditioning_dim, width, time_encoding, d_enc)
        zero = adaln_mode == "zero"
        self.modulation = AdaptiveModulation(width, d_model, num_layers, count=6, zero=zero)
        self.blocks = nn.ModuleList(
            DiTBlock(d_model, num_heads, d_ff, norm, zero_init, skip_first_norm and i == 0)
            for i in range(num_layers)
        )
        encodings = {"initial": 1, "layerwise": num_layers, "none": 0}[pe_type] if learn_pe else 0
        self.positions = nn.ParameterList(
            nn.Parameter(torch.zeros(num_tokens, d_model)) for _ in range(encodings)
        )

    def forward(self, x: Tensor, t: Tensor, conditioning: Tensor | None = None) -> Tensor:
        """Evaluate the field.

        Args:
            x: state, shape (B, P).
            t: times in [0, 1], shape (B, 1).
            conditioning: shape (B, C), or (B, layers, C) with a vector for each block; None for
                the unconditional field.

        Returns:
            Velocity, shape (B, P).

        Raises:
            ValueError: shapes do not fit.
        """
        vector = self.conditioner(t, self._checked(x, t, conditioning))
        tokens = self.projection.param_to_token(x)
        modulation = self.modulation(vector)  # (B, layers, 6, d)
        for i, block in enumerate(self.blocks):
            if i < len(self.positions):
                tokens = tokens + self.positions[i]
            tokens = block(tokens, modulation[:, i])
        out = self.projection.token_to_param(tokens)
        return out + x if self.outer_residual else out

    def penalty(self) -> Tensor:
        """Return the weighted penalties of projection and positional encodings, a scalar."""
        total = self.projection_penalty * self.projection.penalty()
        if len(self.positions):
            norms = torch.stack([rows.norm(dim=-1).mean() for rows in self.positions])
            total = total + self.pe_penalty * norms.mean()
        return total


def _freeze(projection: nn.Module) -> None:
    if isinstance(projection, LearntProjection):
        warnings.warn(
            "learn_projection=False freezes the LearntProjection at its start, where it tells no "
            "parameter from another; pass learn_projection=True to train it (PARAM2TOK)",
            stacklevel=3,
        )
    projection.requires_grad_(False)


def _check_option(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"unknown {name} {value!r}; known: {', '.join(known)}")


def _check_sizes(projection: Projection, d_model: int, encoded: int | None, pe_type: str) -> None:
    if projection.d_model != d_model:
        raise ValueError(
            f"d_model={d_model}, but the projection makes tokens of size {projection.d_model}"
        )
    if encoded is None:
        return
    if pe_type == "none":
        raise ValueError("learn_pe=True with pe_type='none': choose 'initial' or 'layerwise'")
    if projection.num_tokens != encoded:
        raise ValueError(
            f"num_tokens={encoded}, but the projection makes {projection.num_tokens} tokens"
        )
