"""Attention over very few tokens on a CPU, compiled by numba.

A batch of 4 × 4 attentions is too small for batched matrix products: each call costs more than its
arithmetic, and every head has to be copied out and back. These loops read queries, keys and values
where the linear map put them. From 9 tokens on, batched products win (``fused_blocks``).

Layout, float32 and contiguous: ``qkv`` (B · n, 3 · d) with queries, keys, values of all heads one
after the other; attention weights (B · heads · n · n,), flat.
"""

import numpy as np

from src.models.components.token_kernels import Array, _compiled, _inlined


@_inlined
def _copy_rows(source: Array, first: int, rows: Array) -> None:
    """Fetch an item's rows in one go: reading them head by head would wait for memory."""
    for i in range(rows.shape[0]):
        line, into = source[first + i], rows[i]
        for c in range(line.shape[0]):
            into[c] = line[c]


@_compiled
def attention_scores(qkv: Array, n: int, heads: int, scores: Array) -> None:
    """Write q · k / sqrt(d_head), less the largest of each row, so that exp cannot overflow."""
    d = qkv.shape[1] // 3
    size = d // heads
    scale = np.float32(1) / np.sqrt(np.float32(size))
    item = np.empty((n, 3 * d), np.float32)
    scaled = np.empty(size, np.float32)
    at = 0
    for b in range(qkv.shape[0] // n):
        _copy_rows(qkv, b * n, item)
        for h in range(heads):
            for i in range(n):
                query = item[i, h * size : (h + 1) * size]
                for c in range(size):
                    scaled[c] = query[c] * scale
                largest = np.float32(-np.inf)
                for j in range(n):
                    key = item[j, d + h * size : d + (h + 1) * size]
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
    item = np.empty((n, 3 * d), np.float32)
    mixed = np.empty(size, np.float32)
    at = 0
    for b in range(qkv.shape[0] // n):
        _copy_rows(qkv, b * n, item)
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
                    value = item[j, 2 * d + h * size : 2 * d + (h + 1) * size]
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
    item = np.empty((n, 3 * d), np.float32)
    grad_item = np.empty((n, 3 * d), np.float32)
    grad_mixed = np.empty((n, d), np.float32)
    grad_weights = np.empty(n, np.float32)
    g = np.empty(size, np.float32)
    q = np.empty(size, np.float32)
    grad_q = np.empty(size, np.float32)
    at = 0
    for b in range(qkv.shape[0] // n):
        _copy_rows(qkv, b * n, item)
        _copy_rows(grad, b * n, grad_mixed)
        grad_item[:] = 0
        for h in range(heads):
            first = h * size
            for i in range(n):
                row, query = grad_mixed[i, first : first + size], item[i, first : first + size]
                for c in range(size):
                    g[c] = row[c]
                for c in range(size):
                    q[c] = query[c]
                for c in range(size):
                    grad_q[c] = 0
                mean = np.float32(0)
                for j in range(n):
                    value = item[j, 2 * d + first : 2 * d + first + size]
                    weight = weights[at + j]
                    product = np.float32(0)
                    for c in range(size):
                        product += g[c] * value[c]
                    sums = grad_item[j, 2 * d + first : 2 * d + first + size]
                    for c in range(size):
                        sums[c] += weight * g[c]
                    grad_weights[j] = product
                    mean += weight * product
                for j in range(n):
                    slope = (grad_weights[j] - mean) * weights[at + j] * scale
                    key = item[j, d + first : d + first + size]
                    for c in range(size):
                        grad_q[c] += slope * key[c]
                    sums = grad_item[j, d + first : d + first + size]
                    for c in range(size):
                        sums[c] += slope * q[c]
                sums = grad_item[i, first : first + size]
                for c in range(size):
                    sums[c] = grad_q[c]
                at += n
        for i in range(n):
            line, out = grad_item[i], grad_qkv[b * n + i]
            for c in range(3 * d):
                out[c] = line[c]
