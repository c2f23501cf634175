"""The feed-forward regressor: an encoder and a trunk of residual MLP blocks."""

from torch import Tensor, nn


class ResidualMLPBlock(nn.Module):
    """LayerNorm → Linear → GELU → Linear beside an identity, or a linear map where sizes differ.

    Args:
        d_in: size of the input.
        d_out: size of the output, equal to ``d_in`` unless given.
        d_middle: size between the two linear maps, equal to ``d_in`` unless given.
    """

    def __init__(self, d_in: int, d_out: int | None = None, d_middle: int | None = None) -> None:
        super().__init__()
        d_out = d_in if d_out is None else d_out
        d_middle = d_in if d_middle is None else d_middle
        self.net = nn.Sequential(
            nn.LayerNorm(d_in), nn.Linear(d_in, d_middle), nn.GELU(), nn.Linear(d_middle, d_out)
        )
        self.residual = nn.Identity() if d_in == d_out else nn.Linear(d_in, d_out)

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, d_in) to (…, d_out)."""
        return self.residual(x) + self.net(x)


class FeedForwardNetwork(nn.Module):
    """Signal → parameters.

    Args:
        encoder: signal (B, L) → (B, d_hidden).
        d_hidden: width of the trunk (published 384).
        num_params: size P of the output.
        num_blocks: residual blocks, the last of which maps to the output (published 4).

    Raises:
        ValueError: there is no block to map to the output.
    """

    def __init__(self, encoder: nn.Module, d_hidden: int, num_params: int, num_blocks: int) -> None:
        super().__init__()
        if num_blocks < 1:
            raise ValueError(f"num_blocks={num_blocks}; at least the one to the output is needed")
        self.encoder = encoder
        self.trunk = nn.Sequential(
            *(ResidualMLPBlock(d_hidden) for _ in range(num_blocks - 1)),
            # As narrow in the middle as the output, which gives the published 3.94 million.
            ResidualMLPBlock(d_hidden, num_params, d_middle=num_params),
        )

    def forward(self, signal: Tensor) -> Tensor:
        """Map signals (B, L) to parameters (B, P)."""
        return self.trunk(self.encoder(signal))
