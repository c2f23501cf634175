"""The vector field over tokens: a diffusion transformer between two projections."""

import warnings
from typing import Literal

import torch
from torch import Tensor, nn

from src.models.components.attention import FewTokenAttention
from src.models.components.conditioning import (
    ConditionalField,
    Conditioner,
    TimeEncoding,
    check_field_input,
)
from src.models.components.projection import EquivariantProjection, LearntProjection

__all__ = ["ApproxEquivTransformer", "DiTBlock", "EquivariantProjection", "LearntProjection"]

PE_TYPES = ("initial", "layerwise", "none")
_NORMS = {"layer": nn.LayerNorm, "rms": nn.RMSNorm}


class DiTBlock(nn.Module):
    """Transformer block with adaptive norm (Peebles and Xie 2023).

    ``x + gate · attention(scale · norm(x) + shift)``, then the same with a feed-forward net. Scale,
    shift and gate are used as they come, without "1 +" (as published).

    Args:
        d_model: size of a token.
        num_heads: heads of attention.
        d_ff: hidden size of the feed-forward net.
        d_modulation: size of the modulation vector.
        norm: ``layer`` or ``rms``.
        adaln_mode: ``zero`` starts scale, shift and gate at 0, ``basic`` at random.
        zero_init: start the last linear map of attention and feed-forward net at 0.
        skip_first_norm: leave out the norm in front of attention.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        d_modulation: int,
        norm: Literal["layer", "rms"],
        adaln_mode: Literal["basic", "zero"],
        zero_init: bool,
        skip_first_norm: bool,
    ) -> None:
        super().__init__()
        self.norm_attention = nn.Identity() if skip_first_norm else _NORMS[norm](d_model)
        self.attention = FewTokenAttention(d_model, num_heads)
        self.norm_ff = _NORMS[norm](d_model)
        self.ff = nn.Sequential(nn.Linear(d_model, d_ff), nn.GELU(), nn.Linear(d_ff, d_model))
        self.modulation = nn.Sequential(nn.GELU(), nn.Linear(d_modulation, 6 * d_model))
        for layer in (self.ff[0], self.ff[2]):
            nn.init.xavier_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
        if zero_init:
            for layer in (self.attention.out_proj, self.ff[2]):
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)
        if adaln_mode == "zero":
            nn.init.zeros_(self.modulation[1].weight)
            nn.init.zeros_(self.modulation[1].bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map tokens (B, n, d), given the modulation vector (B, d_modulation)."""
        scale_1, shift_1, gate_1, scale_2, shift_2, gate_2 = self.modulation(condition)[
            :, None
        ].chunk(6, dim=-1)
        x = torch.addcmul(
            x, gate_1, self.attention(torch.addcmul(shift_1, scale_1, self.norm_attention(x)))
        )
        return torch.addcmul(
            x, gate_2, self.ff(torch.addcmul(shift_2, scale_2, self.norm_ff(x)))
        )


class ApproxEquivTransformer(ConditionalField):
    """Vector field whose equivariance is the projection's (paper, sections 3.2 and 3.3).

    With ``EquivariantProjection`` and no positional encoding it is exactly equivariant under
    permutations of oscillators (CNF (Equivariant)); with ``LearntProjection`` it starts nearly
    invariant under all permutations and learns how far to leave that (CNF (PARAM2TOK)).

    Args:
        projection: has ``param_to_token``, ``token_to_param``, ``penalty`` and ``num_params``.
        num_layers: number of blocks.
        d_model: size of a token.
        conditioning_dim: channels C of the condition.
        num_heads: heads of attention.
        d_ff: hidden size of the feed-forward nets.
        num_tokens: number of tokens that positional encodings are for.
        learn_pe: train the positional encodings.
        learn_projection: train the projection; the default freezes it, with a warning where that
            freezes a learnt projection.
        pe_type: positional encodings added ``initial``: once, ``layerwise``: before each block,
            each with its own, or ``none``. They start at zero.
        pe_penalty: weight of the mean Euclidean norm of the encodings' rows in the loss.
        time_encoding: ``scalar`` or ``sinusoidal``.
        d_enc: size of the sinusoidal code.
        projection_penalty: weight of the projection's penalty in the loss.
        norm: ``layer`` or ``rms``.
        skip_first_norm: leave out the norm in front of the first block's attention.
        adaln_mode: ``basic`` or ``zero``, see ``DiTBlock``.
        zero_init: see ``DiTBlock``.
        outer_residual: add the tokens that went into the first block to those leaving the last.
        d_modulation: size of the vector that modulates the blocks, ``d_model`` where None.

    Raises:
        ValueError: an option has an unknown value.
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
        super().__init__(conditioning_dim)
        _check_option("pe_type", pe_type, PE_TYPES)
        _check_option("norm", norm, tuple(_NORMS))
        _check_option("adaln_mode", adaln_mode, ("basic", "zero"))
        self.projection = projection
        if not learn_projection:
            _freeze(projection)
        self.pe_penalty, self.projection_penalty = pe_penalty, projection_penalty
        self.outer_residual = outer_residual
        width = d_model if d_modulation is None else d_modulation
        self.conditioner = Conditioner(conditioning_dim, width, time_encoding, d_enc)
        self.blocks = nn.ModuleList(
            DiTBlock(
                d_model,
                num_heads,
                d_ff,
                width,
                norm,
                adaln_mode,
                zero_init,
                skip_first_norm and i == 0,
            )
            for i in range(num_layers)
        )
        count = {"initial": 1, "layerwise": num_layers, "none": 0}[pe_type]
        self.positions = nn.ParameterList(
            nn.Parameter(torch.zeros(num_tokens, d_model), requires_grad=learn_pe)
            for _ in range(count)
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
        check_field_input(x, t, self.projection.num_params)  # type: ignore[arg-type]
        conditions = self.conditioner(t, self._or_null(conditioning, len(x)))
        entered = tokens = self.projection.param_to_token(x)  # type: ignore[operator]
        for i, block in enumerate(self.blocks):
            if i < len(self.positions):
                tokens = tokens + self.positions[i]
            tokens = block(tokens, conditions if conditions.ndim == 2 else conditions[:, i])
        if self.outer_residual:
            tokens = tokens + entered
        return self.projection.token_to_param(tokens)  # type: ignore[operator]

    def penalty(self) -> Tensor:
        """Return the weighted penalties of projection and positional encodings, a scalar."""
        total = self.projection_penalty * self.projection.penalty()  # type: ignore[operator]
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
