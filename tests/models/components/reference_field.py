"""The same vector field as a user of PyTorch writes it down, for tests.

Every layer has its own modulation, attention is ``nn.MultiheadAttention``, PARAM2TOK is the
equation. Nothing is shared with ``src.models.components``;
``make_pair`` gives both fields the same weights.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from src.models.components.transformer import (
    ApproxEquivTransformer,
    EquivariantProjection,
    LearntProjection,
)

PARAMS_PER_TOKEN = 3  # k-osc
SIZE = {"num_layers": 5, "d_model": 128, "conditioning_dim": 128, "num_heads": 4, "d_ff": 256}

# Names of parameters there, and what they are called here.
_RENAMED = (
    ("projection.inward.0", "projection.inward"),
    ("projection.outward.0", "projection.outward"),
    ("conditioner.net", "condition_net"),
    ("norm_attention", "norm_1"),
    ("norm_ff", "norm_2"),
    ("attention.in_proj.", "attention.in_proj_"),
    (".up.", ".ffn.0."),
    (".down.", ".ffn.2."),
    ("initial.first", "h.0"),
    ("initial.last", "h.2"),
)


class ReferenceBlock(nn.Module):
    """x + gate · attention(scale · norm(x) + shift), then the same with a feed-forward net."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, d_modulation: int) -> None:
        super().__init__()
        self.norm_1 = nn.LayerNorm(d_model)
        self.norm_2 = nn.LayerNorm(d_model)
        self.attention = nn.MultiheadAttention(d_model, num_heads, batch_first=True)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.GELU(), nn.Linear(d_ff, d_model))
        self.modulation = nn.Sequential(nn.GELU(), nn.Linear(d_modulation, 6 * d_model))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map tokens (B, n, d), given the modulation vector (B, d_modulation)."""
        rows = self.modulation(condition).unsqueeze(1)
        scale_1, shift_1, gate_1, scale_2, shift_2, gate_2 = rows.chunk(6, dim=-1)
        h = scale_1 * self.norm_1(x) + shift_1
        h, _ = self.attention(h, h, h)
        x = x + gate_1 * h
        h = scale_2 * self.norm_2(x) + shift_2
        return x + gate_2 * self.ffn(h)


class ReferenceEquivariant(nn.Module):
    """A linear map for each oscillator, the same for all."""

    def __init__(self, params_per_token: int, d_model: int) -> None:
        super().__init__()
        self.params_per_token = params_per_token
        self.inward = nn.Linear(params_per_token, d_model)
        self.outward = nn.Linear(d_model, params_per_token)

    def to_tokens(self, x: Tensor) -> Tensor:
        """Map (B, P) to (B, k, d)."""
        return self.inward(x.view(len(x), self.params_per_token, -1).transpose(1, 2))

    def to_params(self, tokens: Tensor) -> Tensor:
        """Map (B, k, d) to (B, P)."""
        return self.outward(tokens).transpose(1, 2).reshape(len(tokens), -1)


class ReferenceParam2Tok(nn.Module):
    """PARAM2TOK without a final net: X = A h(diag(x) Z), and ((A^T X) ⊙ Z') 1 back."""

    def __init__(self, num_params: int, num_tokens: int, d_model: int) -> None:
        super().__init__()
        self.assignment = nn.Parameter(torch.empty(num_tokens, num_params))
        self.in_vectors = nn.Parameter(torch.empty(num_params, d_model))
        self.out_vectors = nn.Parameter(torch.empty(d_model, num_params))
        self.h = nn.Sequential(nn.Linear(d_model, d_model), nn.GELU(), nn.Linear(d_model, d_model))

    def to_tokens(self, x: Tensor) -> Tensor:
        """Map (B, P) to (B, n, d)."""
        return self.assignment @ self.h(x.unsqueeze(-1) * self.in_vectors)

    def to_params(self, tokens: Tensor) -> Tensor:
        """Map (B, n, d) to (B, P)."""
        return ((self.assignment.T @ tokens) * self.out_vectors.T).sum(dim=-1)


class ReferenceField(nn.Module):
    """Transformer field without positional encoding, scalar time, one condition an item."""

    def __init__(
        self,
        projection: nn.Module,
        num_layers: int,
        d_model: int,
        conditioning_dim: int,
        num_heads: int,
        d_ff: int,
    ) -> None:
        super().__init__()
        self.projection = projection
        self.condition_net = nn.Sequential(
            nn.Linear(conditioning_dim + 1, d_model), nn.GELU(), nn.Linear(d_model, d_model)
        )
        self.blocks = nn.ModuleList(
            ReferenceBlock(d_model, num_heads, d_ff, d_model) for _ in range(num_layers)
        )

    def forward(self, x: Tensor, t: Tensor, conditioning: Tensor) -> Tensor:
        """Map x (B, P), t (B, 1) and conditioning (B, C) to the velocity (B, P)."""
        condition = self.condition_net(torch.cat([conditioning, t], dim=-1))
        tokens = self.projection.to_tokens(x)
        for block in self.blocks:
            tokens = block(tokens, condition)
        return self.projection.to_params(tokens)


def as_reference(tensors: Mapping[str, Tensor], num_layers: int) -> dict[str, Tensor]:
    """Give an ``ApproxEquivTransformer``'s parameters, or their gradients, this field's names."""
    renamed = {}
    for name, tensor in tensors.items():
        if name == "null_conditioning":
            continue
        if name.startswith("modulation.linear."):
            kind = name.rpartition(".")[2]
            for i, rows in enumerate(tensor.chunk(num_layers)):
                renamed[f"blocks.{i}.modulation.1.{kind}"] = rows
            continue
        for theirs, here in _RENAMED:
            name = name.replace(theirs, here)
        renamed[name] = tensor
    return renamed


def make_pair(method: str, k: int) -> tuple[ApproxEquivTransformer, ReferenceField]:
    """Make our field of a method with random weights, and the reference with the same."""
    params, d = k * PARAMS_PER_TOKEN, SIZE["d_model"]
    projection: nn.Module
    reference: nn.Module
    if method == "Equivariant":
        projection = EquivariantProjection(k, PARAMS_PER_TOKEN, d)
        reference = ReferenceEquivariant(PARAMS_PER_TOKEN, d)
    else:
        projection = LearntProjection(d, d, params, k, final_ffn=False)
        reference = ReferenceParam2Tok(params, k, d)
    field = ApproxEquivTransformer(
        projection, **SIZE, learn_projection=True, zero_init=False, pe_type="none"
    )
    for parameter in field.parameters():  # norms and biases start where errors would not show
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    plain = ReferenceField(reference, **SIZE)
    plain.load_state_dict(as_reference(field.state_dict(), SIZE["num_layers"]))
    return field, plain


def step(field: nn.Module, inputs: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Run the field forward and backward; return the velocity."""
    for tensor in (*field.parameters(), *inputs):
        tensor.grad = None
    velocity = field(*inputs)
    velocity.square().sum().backward()
    return velocity.detach()


def compare(field: nn.Module, plain: nn.Module, inputs: tuple) -> tuple[float, float]:
    """Return the differences of velocity and of gradients, the latter relative."""
    ours, theirs = step(field, inputs), step(plain, inputs)
    gradients = {name: p.grad for name, p in field.named_parameters() if p.grad is not None}
    renamed = as_reference(gradients, SIZE["num_layers"])
    relative = [
        float((renamed[name] - p.grad).abs().max() / p.grad.abs().max())
        for name, p in plain.named_parameters()
    ]
    return float((ours - theirs).abs().max()), max(relative)
