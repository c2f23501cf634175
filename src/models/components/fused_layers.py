"""The two halves of a transformer block, forward and backward, for ``fused_blocks``.

A half is: add the update that is still pending, gated, to the tokens; norm and modulate; attention
or feed-forward net, whose result is pending in turn. Shapes: tokens (B, n, d), a layer's modulation
(6, B, d), rows (B n, …). Nothing here is recorded for automatic differentiation.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from src.models.components.attention_kernels import (
    attention_backward,
    attention_mix,
    attention_scores,
)
from src.models.components.token_kernels import norm_modulate_backward, residual_norm_modulate

# Up to so many tokens the loops of attention_kernels beat batched matrix products.
FEW_TOKENS = 8
ATTENTION, FEED_FORWARD = 0, 1


class BlockWeights(NamedTuple):
    """Parameters of a block; linear maps as (out, in) weight and bias, as in ``nn.Linear``."""

    norm_weight_1: Tensor
    norm_bias_1: Tensor
    weight_qkv: Tensor
    bias_qkv: Tensor
    weight_out: Tensor
    bias_out: Tensor
    norm_weight_2: Tensor
    norm_bias_2: Tensor
    weight_up: Tensor
    bias_up: Tensor
    weight_down: Tensor
    bias_down: Tensor


class Gradients:
    """Sums of the gradients of a block's parameters over groups of items."""

    def __init__(self, weights: BlockWeights) -> None:
        self.of: dict[str, Tensor] = {
            name: torch.zeros_like(tensor)
            for name, tensor in weights._asdict().items()
            if name.startswith("norm")
        }

    def add_linear(self, name: str, grad: Tensor, x: Tensor) -> None:
        """Add those of a linear map from rows x, given the gradient of its output rows."""
        weight, bias = f"weight_{name}", f"bias_{name}"
        if weight in self.of:
            self.of[weight].addmm_(grad.t(), x)
            self.of[bias] += grad.sum(0)
        else:
            self.of[weight], self.of[bias] = grad.t() @ x, grad.sum(0)

    def values(self) -> tuple[Tensor, ...]:
        """Return them in the order of ``BlockWeights``."""
        return tuple(self.of[name] for name in BlockWeights._fields)


class Normed(NamedTuple):
    """What the gradient of a norm needs: its result and 1 / standard deviation."""

    values: Tensor  # (B, n, d)
    inverse: Tensor  # (B, n)


def run(kernel: Callable[..., None], *args: Any) -> None:
    """Call a compiled kernel with tensors as the arrays that they are."""
    kernel(*(arg.numpy() if isinstance(arg, Tensor) else arg for arg in args))


class Modulation:
    """The linear map from modulation vectors to scales, shifts and gates of all blocks.

    Computed block by block, when a block needs them and in the order it reads them: written all at
    once they would have left the cache by then.

    Args:
        weight: shape (layers 6 d, d_modulation).
        bias: shape (layers 6 d).
        layers: number of blocks.
    """

    def __init__(self, weight: Tensor, bias: Tensor, layers: int) -> None:
        d = len(bias) // (6 * layers)
        self.weight = weight.view(layers, 6, d, -1)
        self.bias = bias.view(layers, 6, 1, d)

    def apply(self, vector: Tensor, layer: int) -> Tensor:
        """Map vectors (B, d_modulation) to a block's rows (6, B, d)."""
        vectors = vector.expand(6, -1, -1)
        return torch.baddbmm(self.bias[layer], vectors, self.weight[layer].mT)

    def backward(self, grad: Tensor, vector: Tensor, layer: int, gradients: "Modulation") -> Tensor:
        """Return the vectors' gradient, given that of the rows; add weight's and bias's."""
        gradients.weight[layer].baddbmm_(grad.mT, vector.expand(6, -1, -1))
        gradients.bias[layer] += grad.sum(1, keepdim=True)
        return torch.bmm(grad, self.weight[layer]).sum(0)


def enter(
    tokens: Tensor,
    pending: Tensor,
    gates: Tensor,
    gate: int,
    modulation: Tensor,
    half: int,
    weights: BlockWeights,
    eps: float,
) -> tuple[Tensor, Normed, Tensor]:
    """Add the pending update, then norm and modulate.

    Args:
        tokens: shape (B, n, d).
        pending: update from the half before, shape (B, n, d).
        gates: modulation of the block that it comes from, shape (6, B, d).
        gate: row of its gate there.
        modulation: of this block, shape (6, B, d).
        half: ATTENTION or FEED_FORWARD.
        weights: of the block.
        eps: added to the variance.

    Returns:
        The sums; what the gradient needs; scale · norm(sums) + shift.
    """
    sums, values, out = (torch.empty_like(tokens) for _ in range(3))
    inverse = tokens.new_empty(tokens.shape[:2])
    norm = _norm(weights, half)
    targets = (sums, values, inverse, out)
    run(
        residual_norm_modulate,
        *(tokens, pending, gates, gate, modulation, half, *norm, eps, *targets),
    )
    return sums, Normed(values, inverse), out


def enter_backward(
    grad: Tensor,
    past: Tensor,
    normed: Normed,
    modulation: Tensor,
    grad_modulation: Tensor,
    half: int,
    weights: BlockWeights,
    gradients: Gradients,
    out: Tensor,
) -> None:
    """Write to ``out`` the gradient of the sums: through the norm, and ``past`` it."""
    names = (f"norm_weight_{half + 1}", f"norm_bias_{half + 1}")
    grad_norm = (gradients.of[name] for name in names)
    read = (grad, past, *normed, modulation, half, *_norm(weights, half))
    run(norm_modulate_backward, *read, out, grad_modulation, *grad_norm)


def attend(x: Tensor, weights: BlockWeights, heads: int) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Apply attention to modulated tokens; return the update and what the gradient needs."""
    b, n, d = x.shape
    qkv = functional.linear(x.view(-1, d), weights.weight_qkv, weights.bias_qkv)
    kept: tuple[Tensor, ...]
    if n <= FEW_TOKENS:
        mixed, attention = x.new_empty(b * n, d), x.new_empty(b * heads * n * n)
        run(attention_scores, qkv, n, heads, attention)
        attention.exp_()
        run(attention_mix, attention, qkv, n, heads, mixed)
        kept = (qkv, attention)
    else:
        by_head = qkv.view(b, n, 3, heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = by_head.reshape(3, b * heads, n, -1)
        attention = torch.bmm(q, k.mT).mul_(q.shape[-1] ** -0.5).softmax(-1)
        mixed = torch.bmm(attention, v).view(b, heads, n, -1).transpose(1, 2).reshape(b * n, d)
        kept = (q, k, v, attention)
    update = functional.linear(mixed, weights.weight_out, weights.bias_out).view_as(x)
    return update, (x, mixed, *kept)


def attend_backward(
    grad: Tensor, kept: tuple[Tensor, ...], weights: BlockWeights, gradients: Gradients, heads: int
) -> Tensor:
    """Return the gradient of the modulated tokens, given the update's, both (B, n, d)."""
    x, mixed, *inner = kept
    b, n, d = x.shape
    grad_rows = grad.view(-1, d)
    gradients.add_linear("out", grad_rows, mixed)
    grad_mixed = grad_rows @ weights.weight_out
    grad_qkv = x.new_empty(b * n, 3 * d)
    if n <= FEW_TOKENS:
        qkv, attention = inner
        run(attention_backward, grad_mixed, attention, qkv, n, heads, grad_qkv)
    else:
        q, k, v, attention = inner
        out = grad_qkv.view(b, n, 3, heads, -1)
        _attend_backward_by_head(grad_mixed, q, k, v, attention, out)
    gradients.add_linear("qkv", grad_qkv, x.view(-1, d))
    return (grad_qkv @ weights.weight_qkv).view_as(x)


def _attend_backward_by_head(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, attention: Tensor, out: Tensor
) -> None:
    """Write the gradients of queries, keys and values by batched products.

    Args:
        grad: of the mixed values, shape (B n, d).
        q: queries, shape (B heads, n, d_head).
        k: keys, same shape.
        v: values, same shape.
        attention: weights, shape (B heads, n, n).
        out: gets the gradients, shape (B, n, 3, heads, d_head).
    """
    b, n, _, heads, size = out.shape
    grad = grad.view(b, n, heads, size).transpose(1, 2).reshape(b * heads, n, size)
    slope = torch.bmm(grad, v.mT).mul_(attention)
    slope.addcmul_(attention, slope.sum(-1, keepdim=True), value=-1).mul_(size**-0.5)
    products = ((slope, k), (slope.mT, q), (attention.mT, grad))
    for part, (left, right) in enumerate(products):
        out[:, :, part] = torch.bmm(left, right).view(b, heads, n, size).transpose(1, 2)


def feed_forward(x: Tensor, weights: BlockWeights) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Apply the net to modulated tokens; return the update and what the gradient needs."""
    rows = x.view(-1, x.shape[-1])
    before = functional.linear(rows, weights.weight_up, weights.bias_up)
    after = functional.gelu(before)
    update = functional.linear(after, weights.weight_down, weights.bias_down)
    return update.view_as(x), (rows, before, after)


def feed_forward_backward(
    grad: Tensor, kept: tuple[Tensor, ...], weights: BlockWeights, gradients: Gradients
) -> Tensor:
    """Return the gradient of the modulated tokens, given the update's, both (B, n, d)."""
    rows, before, after = kept
    grad_rows = grad.view(-1, grad.shape[-1])
    gradients.add_linear("down", grad_rows, after)
    hidden = torch.ops.aten.gelu_backward(grad_rows @ weights.weight_down, before)
    gradients.add_linear("up", hidden, rows)
    return (hidden @ weights.weight_up).view_as(grad)


def _norm(weights: BlockWeights, half: int) -> tuple[Tensor, Tensor]:
    if half == ATTENTION:
        return weights.norm_weight_1, weights.norm_bias_1
    return weights.norm_weight_2, weights.norm_bias_2
