"""A residual MLP as vector field: no tokens, no equivariance."""

import torch
from torch import Tensor, nn

from src.models.components.conditioning import (
    AdaptiveModulation,
    ConditionalField,
    Conditioner,
    TimeEncoding,
)


class ResidualBlock(nn.Module):
    """x + gate · net(scale · norm(norm(x)) + shift), all three from the condition.

    The one norm is applied twice, as in the published network.

    Args:
        d_model: size of the state.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.net = nn.Sequential(
            nn.Linear(d_model, d_model), nn.GELU(), nn.Linear(d_model, d_model)
        )

    def forward(self, x: Tensor, modulation: Tensor) -> Tensor:
        """Map the state (B, d_model), given scale, shift and gate (B, 3, d_model)."""
        scale, shift, gate = modulation.unbind(1)
        return torch.addcmul(
            x, gate, self.net(torch.addcmul(shift, scale, self.norm(self.norm(x))))
        )


class ConditionalResidualMLP(ConditionalField):
    """CNF (MLP)'s vector field (published: d 192, 7 blocks, scalar time for k-osc).

    Args:
        num_params: size P of the parameter vector.
        d_model: size of the state.
        num_layers: number of residual blocks.
        conditioning_dim: channels C of the condition.
        time_encoding: ``scalar`` or ``sinusoidal``.
        d_enc: size of the sinusoidal code.
    """

    def __init__(
        self,
        num_params: int,
        d_model: int = 192,
        num_layers: int = 7,
        conditioning_dim: int = 128,
        time_encoding: TimeEncoding = "scalar",
        d_enc: int = 256,
    ) -> None:
        super().__init__(num_params, conditioning_dim, num_layers)
        self.conditioner = Conditioner(conditioning_dim, d_model, time_encoding, d_enc)
        self.modulation = AdaptiveModulation(d_model, d_model, num_layers, count=3)
        self.inward = nn.Linear(num_params, d_model)
        self.blocks = nn.ModuleList(ResidualBlock(d_model) for _ in range(num_layers))
        self.outward = nn.Linear(d_model, num_params)

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
        state = self.inward(x)
        for block, modulation in zip(self.blocks, self.modulation(vector).unbind(1), strict=True):
            state = block(state, modulation)
        return self.outward(state)
