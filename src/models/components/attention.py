"""Self-attention over few tokens."""

from torch import Tensor, nn
from torch.nn import functional


class FewTokenAttention(nn.Module):
    """Multi-head self-attention without masks, dropout or positions.

    The mathematics and the start are those of ``nn.MultiheadAttention(batch_first=True)``, whose
    state also loads here once ``in_proj_weight`` and ``in_proj_bias`` are called
    ``in_proj.weight`` and ``in_proj.bias``.

    Args:
        d_model: size of a token.
        num_heads: number of heads, a divisor of ``d_model``.

    Raises:
        ValueError: the heads do not divide the size.
    """

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"num_heads={num_heads} does not divide d_model={d_model}")
        self.num_heads = num_heads
        self.in_proj = nn.Linear(d_model, 3 * d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        nn.init.xavier_uniform_(self.in_proj.weight)
        nn.init.zeros_(self.in_proj.bias)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens (B, n, d_model) to the same shape."""
        heads = self.in_proj(x).unflatten(-1, (3, self.num_heads, -1))  # (B, n, 3, h, d_h)
        q, k, v = heads.permute(2, 0, 3, 1, 4)  # (B, h, n, d_h) each
        if x.is_cuda:
            mixed = functional.scaled_dot_product_attention(q, k, v)
        else:  # for few tokens PyTorch's CPU kernel takes three times as long as two products
            mixed = ((q * q.shape[-1] ** -0.5) @ k.mT).softmax(-1) @ v
        return self.out_proj(mixed.transpose(1, 2).flatten(2))
