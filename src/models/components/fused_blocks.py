"""All blocks of the token transformer as one function with a gradient of its own, for a CPU.

The mathematics is ``DiTBlock``'s; what differs is where time goes. PyTorch's automatic gradient
makes several passes over memory for each norm, gate and modulation, and gathers the modulation's
gradient from pieces. Here each takes one pass (``token_kernels``), items go through in groups that
stay near the core, and matrix products are what is left.

Tokens have shape (B, n, d), modulation (B, layers, 6, d): scale, shift and gate of attention, then
of the feed-forward net. Float32, on a CPU, with layer norm; all else takes the plain blocks.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from src.models.components.fused_layers import (
    ATTENTION,
    FEED_FORWARD,
    BlockWeights,
    Gradients,
    Normed,
    attend,
    attend_backward,
    enter,
    enter_backward,
    feed_forward,
    feed_forward_backward,
    run,
)
from src.models.components.token_kernels import gate_backward

# Rows (items times tokens) that go through the blocks together: their activations, 0.5 MiB each at
# d = 128, are still near when the next product needs them, and products of this size are fast.
_ROWS = 1024
_GATES = (2, 5)  # rows of the modulation: attention's, the feed-forward net's


class _Activations(NamedTuple):
    """What a block keeps for its gradient, for one group of items."""

    normed: tuple[Normed, Normed]
    attention: tuple[Tensor, ...]
    feed_forward: tuple[Tensor, ...]
    updates: tuple[Tensor, Tensor]  # (B, n, d) each


def run_blocks(
    tokens: Tensor, modulation: Tensor, weights: Sequence[BlockWeights], heads: int, eps: float
) -> Tensor:
    """Send tokens through all blocks.

    Args:
        tokens: shape (B, n, d), float32 on a CPU.
        modulation: shape (B, layers, 6, d).
        weights: of each block.
        heads: heads of attention.
        eps: added to the variance in the norms.

    Returns:
        Tokens, shape (B, n, d). Their gradient cannot itself be differentiated.
    """
    tokens, modulation = tokens.contiguous(), modulation.contiguous()
    flat = [tensor for block in weights for tensor in block]
    if torch.is_grad_enabled() and any(t.requires_grad for t in (tokens, modulation, *flat)):
        return _Blocks.apply(tokens, modulation, heads, eps, *flat)
    return _forward(tokens.detach(), modulation.detach(), _by_block(flat), heads, eps, None)


class _Blocks(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, tokens: Tensor, modulation: Tensor, heads: int, eps: float, *flat: Tensor
    ) -> Tensor:
        ctx.save_for_backward(modulation, *flat)
        ctx.heads, ctx.kept = heads, []
        return _forward(tokens, modulation, _by_block(flat), heads, eps, ctx.kept)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        modulation, *flat = ctx.saved_tensors
        weights = _by_block(flat)
        gradients = [Gradients(block) for block in weights]
        grad_modulation = torch.empty_like(modulation)
        grad_tokens = torch.empty(grad.shape)
        for group, kept in zip(_groups(grad), ctx.kept, strict=True):
            m = (modulation[group], grad_modulation[group])
            past = grad[group].contiguous()
            for layer in reversed(range(len(weights))):
                past = _block_backward(
                    past, kept[layer], *m, layer, weights[layer], gradients[layer], ctx.heads
                )
            grad_tokens[group] = past
        of_weights = (tensor for block in gradients for tensor in block.values())
        return grad_tokens, grad_modulation, None, None, *of_weights


def _groups(tokens: Tensor) -> Iterator[slice]:
    items = max(1, _ROWS // tokens.shape[1])
    return (slice(first, first + items) for first in range(0, len(tokens), items))


def _by_block(flat: Sequence[Tensor]) -> list[BlockWeights]:
    size = len(BlockWeights._fields)
    tensors = [tensor.detach() for tensor in flat]
    return [BlockWeights(*tensors[i : i + size]) for i in range(0, len(tensors), size)]


def _forward(
    tokens: Tensor,
    modulation: Tensor,
    weights: Sequence[BlockWeights],
    heads: int,
    eps: float,
    kept: list[list[_Activations]] | None,
) -> Tensor:
    """Send each group through all blocks; append to ``kept`` what each group's gradient needs."""
    out = torch.empty_like(tokens)
    for group in _groups(tokens):
        state, m = tokens[group], modulation[group]
        pending, gate = torch.zeros_like(state), (0, _GATES[FEED_FORWARD])  # nothing yet
        activations = []
        for layer, block in enumerate(weights):
            state, normed_1, x = enter(state, pending, gate, m, layer, ATTENTION, block, eps)
            update_1, attention = attend(x, block, heads)
            gate = (layer, _GATES[ATTENTION])
            state, normed_2, x = enter(state, update_1, gate, m, layer, FEED_FORWARD, block, eps)
            pending, net = feed_forward(x, block)
            gate = (layer, _GATES[FEED_FORWARD])
            if kept is not None:
                updates = (update_1, pending)
                activations.append(_Activations((normed_1, normed_2), attention, net, updates))
        torch.addcmul(state, pending, m[:, -1, 5:], out=out[group])
        if kept is not None:
            kept.append(activations)
    return out


def _block_backward(
    past: Tensor,
    kept: _Activations,
    modulation: Tensor,
    grad_modulation: Tensor,
    layer: int,
    weights: BlockWeights,
    gradients: Gradients,
    heads: int,
) -> Tensor:
    """Return the gradient of the tokens that entered a block, given that of those that left."""
    m = (modulation, grad_modulation)
    for half in (FEED_FORWARD, ATTENTION):
        grad = torch.empty_like(past)
        update = kept.updates[half]
        run(gate_backward, past, update, modulation, layer, _GATES[half], grad, grad_modulation)
        if half == FEED_FORWARD:
            grad = feed_forward_backward(grad, kept.feed_forward, weights, gradients)
        else:
            grad = attend_backward(grad, kept.attention, weights, gradients, heads)
        past = enter_backward(grad, past, kept.normed[half], *m, layer, half, weights, gradients)
    return past
