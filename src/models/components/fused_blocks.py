"""All blocks of the token transformer as one function with a gradient of its own, for a CPU.

The mathematics is ``DiTBlock``'s; what differs is where time goes. PyTorch's automatic gradient
makes several passes over memory for each norm, gate and modulation, and gathers the modulation's
gradient from pieces. Here each takes one pass (``token_kernels``), items go through in groups that
stay near the core, and matrix products are what is left.

Tokens have shape (B, n, d), a block's modulation (6, B, d): scale, shift and gate of attention,
then of the feed-forward net, each in one piece. Float32, on a CPU, with layer norm; all else takes
the plain blocks.
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
    Modulation,
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

    modulation: Tensor  # (6, B, d)
    normed: tuple[Normed, Normed]
    attention: tuple[Tensor, ...]
    feed_forward: tuple[Tensor, ...]
    updates: tuple[Tensor, Tensor]  # (B, n, d) each


def run_blocks(
    tokens: Tensor,
    vector: Tensor,
    modulation: tuple[Tensor, Tensor],
    weights: Sequence[BlockWeights],
    heads: int,
    eps: float,
) -> Tensor:
    """Send tokens through all blocks.

    Args:
        tokens: shape (B, n, d), float32 on a CPU.
        vector: modulation vectors, shape (B, d_modulation), or (B, layers, d_modulation).
        modulation: weight (layers 6 d, d_modulation) and bias of the linear map from them to
            scales, shifts and gates.
        weights: of each block.
        heads: heads of attention.
        eps: added to the variance in the norms.

    Returns:
        Tokens, shape (B, n, d). Their gradient cannot itself be differentiated.
    """
    if vector.ndim == 3:
        vector = vector.transpose(0, 1)
    tokens, vector = tokens.contiguous(), vector.contiguous()
    flat = [*modulation, *(tensor for block in weights for tensor in block)]
    if torch.is_grad_enabled() and any(t.requires_grad for t in (tokens, vector, *flat)):
        return _Blocks.apply(tokens, vector, heads, eps, *flat)
    return _forward(tokens.detach(), vector.detach(), flat, heads, eps, None)


class _Blocks(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, tokens: Tensor, vector: Tensor, heads: int, eps: float, *flat: Tensor
    ) -> Tensor:
        ctx.save_for_backward(vector, *flat)
        ctx.heads, ctx.kept = heads, []
        return _forward(tokens, vector, flat, heads, eps, ctx.kept)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        vector, *flat = ctx.saved_tensors
        modulation, weights = _by_block(flat)
        of_modulation = (torch.zeros_like(flat[0]), torch.zeros_like(flat[1]))
        gradients = [Gradients(block) for block in weights]
        gradients_modulation = Modulation(*of_modulation, len(weights))
        grad_vector = torch.zeros_like(vector)
        grad_tokens = torch.empty(grad.shape)
        for group, kept in zip(_groups(grad), ctx.kept, strict=True):
            past = grad_tokens[group].copy_(grad[group])
            free = torch.empty_like(past)
            for i in reversed(range(len(weights))):
                grad_rows = _block_backward(
                    past, free, kept[i], weights[i], gradients[i], ctx.heads
                )
                own = _of_block(vector, i)[group]
                grad_own = modulation.backward(grad_rows, own, i, gradients_modulation)
                _of_block(grad_vector, i)[group] += grad_own
        of_weights = (tensor for block in gradients for tensor in block.values())
        return grad_tokens, grad_vector, None, None, *of_modulation, *of_weights


def _of_block(vector: Tensor, i: int) -> Tensor:
    """Return block i's vectors (B, d_modulation), of those all share or of (layers, B, …)."""
    return vector if vector.ndim == 2 else vector[i]


def _groups(tokens: Tensor) -> Iterator[slice]:
    items = max(1, _ROWS // tokens.shape[1])
    return (slice(first, first + items) for first in range(0, len(tokens), items))


def _by_block(flat: Sequence[Tensor]) -> tuple[Modulation, list[BlockWeights]]:
    """Sort what ``run_blocks`` laid out flat, for autograd to see each tensor."""
    size = len(BlockWeights._fields)
    weight, bias, *tensors = (tensor.detach() for tensor in flat)
    blocks = [BlockWeights(*tensors[i : i + size]) for i in range(0, len(tensors), size)]
    return Modulation(weight, bias, len(blocks)), blocks


def _forward(
    tokens: Tensor,
    vector: Tensor,
    flat: Sequence[Tensor],
    heads: int,
    eps: float,
    kept: list[list[_Activations]] | None,
) -> Tensor:
    """Send each group through all blocks; append to ``kept`` what each group's gradient needs."""
    modulation, weights = _by_block(flat)
    out = torch.empty_like(tokens)
    for group in _groups(tokens):
        state = tokens[group]
        pending, gates = torch.zeros_like(state), state.new_zeros(6, *state[:, 0].shape)
        activations = []
        for i, block in enumerate(weights):
            m = modulation.apply(_of_block(vector, i)[group], i)
            gate = (gates, _GATES[FEED_FORWARD])  # of the block before; nothing yet in the first
            state, normed_1, x = enter(state, pending, *gate, m, ATTENTION, block, eps)
            update_1, attention = attend(x, block, heads)
            gate = (m, _GATES[ATTENTION])
            state, normed_2, x = enter(state, update_1, *gate, m, FEED_FORWARD, block, eps)
            pending, net = feed_forward(x, block)
            gates = m
            if kept is not None:
                updates = (update_1, pending)
                activations.append(_Activations(m, (normed_1, normed_2), attention, net, updates))
        torch.addcmul(state, pending, gates[_GATES[FEED_FORWARD], :, None], out=out[group])
        if kept is not None:
            kept.append(activations)
    return out


def _block_backward(
    past: Tensor,
    free: Tensor,
    kept: _Activations,
    weights: BlockWeights,
    gradients: Gradients,
    heads: int,
) -> Tensor:
    """Replace the gradient of the tokens that left a block by that of those that entered it.

    Args:
        past: the gradient, shape (B, n, d).
        free: another such tensor, to write to.
        kept: what the forward pass kept.
        weights: of the block.
        gradients: their sums are added to.
        heads: heads of attention.

    Returns:
        The modulation's gradient, shape (6, B, d).
    """
    grad_modulation = torch.empty_like(kept.modulation)
    for half in (FEED_FORWARD, ATTENTION):
        gate = (kept.updates[half], kept.modulation, _GATES[half])
        run(gate_backward, past, *gate, free, grad_modulation)
        if half == FEED_FORWARD:
            grad = feed_forward_backward(free, kept.feed_forward, weights, gradients)
        else:
            grad = attend_backward(free, kept.attention, weights, gradients, heads)
        entered = (kept.normed[half], kept.modulation, grad_modulation, half, weights, gradients)
        enter_backward(grad, past, *entered, free)
        past, free = free, past  # after both halves the result is where it was
    return grad_modulation
