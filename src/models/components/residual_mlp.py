"""A residual MLP as vector field: no tokens, no equivariance."""

from torch import Tensor, nn

from src.models.components.conditioning import (
    ConditionalField,
    Conditioner,
    TimeEncoding,
    check_field_input,
)


class ResidualBlock(nn.Module):
    """x + gate · net(scale · norm(x) + shift), all three from the condition.

    Args:
        d_model: size of the state.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.net = nn.Sequential(
            nn.Linear(d_model, d_model), nn.GELU(), nn.Linear(d_model, d_model)
        )
        self.modulation = nn.Sequential(nn.GELU(), nn.Linear(d_model, 3 * d_model))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map the state (B, d_model), given the modulation vector (B, d_model)."""
        scale, shift, gate = self.modulation(condition).chunk(3, dim=-1)
        return x + gate * self.net(scale * self.norm(x) + shift)


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
        super().__init__(conditioning_dim)
        self.num_params = num_params
        self.conditioner = Conditioner(conditioning_dim, d_model, time_encoding, d_enc)
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
        check_field_input(x, t, self.num_params)
        conditions = self.conditioner(t, self._or_null(conditioning, len(x)))
        state = self.inward(x)
        for i, block in enumerate(self.blocks):
            state = block(state, conditions if conditions.ndim == 2 else conditions[:, i])
        return self.outward(state)
