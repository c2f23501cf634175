"""Attention over very few tokens on a CPU, compiled by numba.

A batch of 4 × 4 attentions is too small for batched matrix products: each call costs more than its
arithmetic, and every head has to be copied out and back. These loops read queries, keys and values
where the linear map put them. From 9 tokens on, batched products win (``fused_blocks``).

Layout, float32 and contiguous: ``qkv`` (B · n, 3 · d) with queries, keys, values of all heads one
after the other; attention weights (B · heads · n · n,), flat.
"""

import numpy as np

from src.models.components.token_kernels import Array, _compiled


@_compiled
def attention_scores(qkv: Array, n: int, heads: int, scores: Array) -> None:
    """Write q · k / sqrt(d_head), less the largest of each row, so that exp cannot overflow."""
    d = qkv.shape[1] // 3
    size = d // heads
    scale = np.float32(1) / np.sqrt(np.float32(size))
    scaled = np.empty(size, np.float32)
    at = 0
    for b in range(qkv.shape[0] // n):
        for h in range(heads):
            for i in range(n):
                query = qkv[b * n + i, h * size : (h + 1) * size]
                for c in range(size):
                    scaled[c] = query[c] * scale
                largest = np.float32(-np.inf)
                for j in range(n):
                    key = qkv[b * n + j, d + h * size : d + (h + 1) * size]
                    product = np.float32(0)
                    for c in range(size):
                        product += scaled[c] * key[c]
                    scores[at + j] = product
                    largest = max(largest, product)
                for j in range(n):
                    scores[at + j] -= largest
                at += n


@_compiled
def attention_mix(weights: Array, qkv: Array, n: int, heads: int, out: Array) -> None:
    """Divide each row of weights by its sum, in place, and mix the values into out (B · n, d)."""
    d = qkv.shape[1] // 3
    size = d // heads
    mixed = np.empty(size, np.float32)
    at = 0
    for b in range(qkv.shape[0] // n):
        for h in range(heads):
            for i in range(n):
                total = np.float32(0)
                for j in range(n):
                    total += weights[at + j]
                for c in range(size):
                    mixed[c] = 0
                for j in range(n):
                    weight = weights[at + j] / total
                    weights[at + j] = weight
                    value = qkv[b * n + j, 2 * d + h * size : 2 * d + (h + 1) * size]
                    for c in range(size):
                        mixed[c] += weight * value[c]
                row = out[b * n + i, h * size : (h + 1) * size]
                for c in range(size):
                    row[c] = mixed[c]
                at += n


@_compiled
def attention_backward(
    grad: Array, weights: Array, qkv: Array, n: int, heads: int, grad_qkv: Array
) -> None:
    """Write the gradient of queries, keys and values, given that of the mixed values (B · n, d)."""
    d = qkv.shape[1] // 3
    size = d // heads
    scale = np.float32(1) / np.sqrt(np.float32(size))
    grad_weights = np.empty(n, np.float32)
    # What an item and head sums up stays in small arrays of its own until it is complete.
    g = np.empty(size, np.float32)
    q = np.empty(size, np.float32)
    grad_q = np.empty(size, np.float32)
    grad_k = np.empty((n, size), np.float32)
    grad_v = np.empty((n, size), np.float32)
    at = 0
    for b in range(qkv.shape[0] // n):
        for h in range(heads):
            first = h * size
            grad_k[:] = 0
            grad_v[:] = 0
            for i in range(n):
                row, query = grad[b * n + i, first : first + size], qkv[b * n + i, first:]
                for c in range(size):
                    g[c] = row[c]
                for c in range(size):
                    q[c] = query[c]
                    grad_q[c] = 0
                mean = np.float32(0)
                for j in range(n):
                    value = qkv[b * n + j, 2 * d + first : 2 * d + first + size]
                    weight = weights[at + j]
                    product = np.float32(0)
                    for c in range(size):
                        product += g[c] * value[c]
                    sums = grad_v[j]
                    for c in range(size):
                        sums[c] += weight * g[c]
                    grad_weights[j] = product
                    mean += weight * product
                for j in range(n):
                    slope = (grad_weights[j] - mean) * weights[at + j] * scale
                    key = qkv[b * n + j, d + first : d + first + size]
                    for c in range(size):
                        grad_q[c] += slope * key[c]
                    sums = grad_k[j]
                    for c in range(size):
                        sums[c] += slope * q[c]
                out = grad_qkv[b * n + i, first : first + size]
                for c in range(size):
                    out[c] = grad_q[c]
                at += n
            for j in range(n):
                out = grad_qkv[b * n + j, d + first : d + first + size]
                sums = grad_k[j]
                for c in range(size):
                    out[c] = sums[c]
                out = grad_qkv[b * n + j, 2 * d + first : 2 * d + first + size]
                sums = grad_v[j]
                for c in range(size):
                    out[c] = sums[c]
