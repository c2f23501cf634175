"""Inner loops of the transformer's blocks on a CPU, compiled by numba.

With few small tokens an item, matrix products leave only part of a step's time; the rest goes to
passes over memory between them: norm, modulation, gate, residual, attention over 2 to 8 tokens.
Each kernel here makes in one pass what takes PyTorch three to ten. All arrays are float32 and
contiguous: tokens (B, n, d), a layer's modulation (6, B, d) with scale, shift and gate of
attention, then of the feed-forward net. No array that is written may overlap another: loops over
overlapping ones run unvectorised, four times as long.

No infinity or NaN is assumed away, so that a diverged run shows itself in the loss.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_FASTMATH = {"reassoc", "contract", "arcp", "nsz"}  # lets sums be vectorised
_compiled: Callable[[Any], Any] = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath=_FASTMATH
)
_inlined: Callable[[Any], Any] = numba.njit(inline="always", fastmath=_FASTMATH)


@_inlined
def _norm_modulate_row(
    row: Array, factor: Array, offset: Array, eps: float, normed: Array, out: Array
) -> float:
    """Normalise one token, then times factor plus offset; return 1 / standard deviation."""
    d = row.shape[0]
    mean = np.float32(0)
    for c in range(d):
        mean += row[c]
    mean /= np.float32(d)
    variance = np.float32(0)
    for c in range(d):
        deviation = row[c] - mean
        variance += deviation * deviation
    inverse = np.float32(1) / np.sqrt(variance / np.float32(d) + np.float32(eps))
    for c in range(d):
        normed[c] = (row[c] - mean) * inverse
    for c in range(d):
        out[c] = normed[c] * factor[c] + offset[c]
    return inverse


@_inlined
def _fold(scale: Array, shift: Array, weight: Array, bias: Array, into: Array) -> None:
    """Write the norm's weight and bias and an item's scale and shift as one factor and offset."""
    for c in range(scale.shape[0]):
        into[0, c] = scale[c] * weight[c]
    for c in range(scale.shape[0]):
        into[1, c] = scale[c] * bias[c] + shift[c]


@_compiled
def residual_norm_modulate(
    tokens: Array,
    update: Array,
    gates: Array,
    gate: int,
    modulation: Array,
    half: int,
    weight: Array,
    bias: Array,
    eps: float,
    sums: Array,
    normed: Array,
    inverse: Array,
    out: Array,
) -> None:
    """Add a gated update to the tokens, then write scale · norm(tokens) + shift.

    Args:
        tokens: shape (B, n, d).
        update: what the last part made of them, shape (B, n, d).
        gates: modulation of the layer that the update comes from, shape (6, B, d).
        gate: row of the update's gate there.
        modulation: of the layer whose scale and shift come next, shape (6, B, d).
        half: 0 for attention, 1 for the feed-forward net.
        weight: the norm's weight, shape (d,).
        bias: the norm's bias, shape (d,).
        eps: added to the variance.
        sums: gets tokens + gate · update, shape (B, n, d).
        normed: gets the normed sums before weight and bias, shape (B, n, d).
        inverse: gets 1 / standard deviation, shape (B, n).
        out: gets the result, shape (B, n, d).
    """
    fold = np.empty((2, tokens.shape[2]), np.float32)
    for b in range(tokens.shape[0]):
        _fold(modulation[3 * half, b], modulation[3 * half + 1, b], weight, bias, fold)
        factor = gates[gate, b]
        for i in range(tokens.shape[1]):
            row = sums[b, i]
            before, change = tokens[b, i], update[b, i]
            for c in range(row.shape[0]):
                row[c] = before[c] + factor[c] * change[c]
            inverse[b, i] = _norm_modulate_row(row, fold[0], fold[1], eps, normed[b, i], out[b, i])


@_compiled
def gate_backward(
    grad: Array,
    update: Array,
    modulation: Array,
    gate: int,
    grad_update: Array,
    grad_modulation: Array,
) -> None:
    """Gradients of gate · update: of the update, and of the gate (sum over an item's tokens)."""
    for b in range(grad.shape[0]):
        gates = modulation[gate, b]
        grad_gates = grad_modulation[gate, b]
        grad_gates[:] = 0
        for i in range(grad.shape[1]):
            g, u, grad_u = grad[b, i], update[b, i], grad_update[b, i]
            for c in range(g.shape[0]):
                grad_gates[c] += g[c] * u[c]
                grad_u[c] = g[c] * gates[c]


@_compiled
def norm_modulate_backward(
    grad: Array,
    residual_grad: Array,
    normed: Array,
    inverse: Array,
    modulation: Array,
    half: int,
    weight: Array,
    bias: Array,
    grad_tokens: Array,
    grad_modulation: Array,
    grad_weight: Array,
    grad_bias: Array,
) -> None:
    """Gradients of scale · norm(tokens) + shift.

    Args:
        grad: of the result, shape (B, n, d).
        residual_grad: what reaches the tokens past the norm, shape (B, n, d).
        normed: from the forward pass, shape (B, n, d).
        inverse: from the forward pass, shape (B, n).
        modulation: of the layer, shape (6, B, d).
        half: 0 for attention, 1 for the feed-forward net.
        weight: the norm's weight, shape (d,).
        bias: the norm's bias, shape (d,).
        grad_tokens: gets the tokens' gradient, ``residual_grad`` included.
        grad_modulation: gets scale's and shift's, shape (6, B, d).
        grad_weight: the weight's is added here, shape (d,).
        grad_bias: the bias's is added here, shape (d,).
    """
    items, tokens, d = grad.shape
    factor = np.empty(d, np.float32)
    correlation = np.empty(d, np.float32)  # sum over tokens of grad · normed
    total = np.empty(d, np.float32)  # sum over tokens of grad
    for b in range(items):
        scale = modulation[3 * half, b]
        for c in range(d):
            factor[c] = scale[c] * weight[c]
            correlation[c] = 0
            total[c] = 0
        for i in range(tokens):
            g, x, out, past = grad[b, i], normed[b, i], grad_tokens[b, i], residual_grad[b, i]
            mean, slope = np.float32(0), np.float32(0)
            for c in range(d):
                correlation[c] += g[c] * x[c]
                total[c] += g[c]
                value = g[c] * factor[c]
                mean += value
                slope += value * x[c]
            mean /= np.float32(d)
            slope /= np.float32(d)
            for c in range(d):
                out[c] = past[c] + inverse[b, i] * (g[c] * factor[c] - mean - x[c] * slope)
        grad_scale = grad_modulation[3 * half, b]
        grad_shift = grad_modulation[3 * half + 1, b]
        # One array written a loop: with more, the compiler gives up on vector instructions.
        for c in range(d):
            grad_scale[c] = correlation[c] * weight[c] + total[c] * bias[c]
        for c in range(d):
            grad_shift[c] = total[c]
        for c in range(d):
            grad_weight[c] += correlation[c] * scale[c]
        for c in range(d):
            grad_bias[c] += total[c] * scale[c]
