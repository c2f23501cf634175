"""Time LAC and Chamfer of a whole test set, ours beside one item at a time.

    python -m benchmarks.metrics [--items 51200] [--reference-items 2048]

The reference is the plain way to write it: for each item SciPy's distance matrix and assignment.
It runs on a part of the items and is scaled up; both give the same mean on that part. One thread.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor

from src.metrics.functional import chamfer_distance, linear_assignment_distance
from src.symmetry import Symmetry

PARAMS_PER_TOKEN = 3  # k-osc
LIMIT_S = 5.0  # LAC and Chamfer together, 51 200 items, k = 16
SAME = 1e-5  # float32 against SciPy's float64


def oscillators(params: Tensor) -> Symmetry:
    """Return the symmetry of k-osc vectors (B, P)."""
    return Symmetry.oscillators(params.shape[1] // PARAMS_PER_TOKEN, PARAMS_PER_TOKEN)


def item_rows(params: Tensor) -> list[np.ndarray]:
    """Oscillator rows of each item, (k, params_per_token) float64 arrays."""
    return [item.reshape(PARAMS_PER_TOKEN, -1).T.double().numpy() for item in params]


def reference_lac(predicted: Tensor, target: Tensor) -> float:
    """Mean LAC, one item at a time."""
    values = []
    for x, y in zip(item_rows(predicted), item_rows(target), strict=True):
        cost = cdist(x, y)
        values.append(cost[linear_sum_assignment(cost)].mean())
    return float(np.mean(values))


def reference_chamfer(predicted: Tensor, target: Tensor) -> float:
    """Mean Chamfer distance, one item at a time."""
    values = []
    for x, y in zip(item_rows(predicted), item_rows(target), strict=True):
        cost = cdist(x, y, "sqeuclidean")
        values.append(cost.min(axis=0).mean() + cost.min(axis=1).mean())
    return float(np.mean(values))


def timed(function: Callable[[Tensor, Tensor], float], *args: Tensor) -> tuple[float, float]:
    """Run once; give (seconds, value)."""
    start = time.perf_counter()
    value = function(*args)
    return time.perf_counter() - start, value


METRICS = {
    "LAC": (
        lambda x, y: linear_assignment_distance(x, y, oscillators(x)).mean().item(),
        reference_lac,
    ),
    "Chamfer": (
        lambda x, y: chamfer_distance(x, y, oscillators(x)).mean().item(),
        reference_chamfer,
    ),
}


def measure(k: int, items: int, reference_items: int) -> float:
    """Print one line a metric; return our seconds for both.

    Raises:
        ValueError: If ours and the reference disagree.
    """
    generator = torch.Generator().manual_seed(k)
    predicted, target = 2 * torch.rand((2, items, k * PARAMS_PER_TOKEN), generator=generator) - 1
    part = predicted[:reference_items], target[:reference_items]
    total = 0.0
    for name, (ours, reference) in METRICS.items():
        _, our_value = timed(ours, *part)  # also warms up
        reference_s, reference_value = timed(reference, *part)
        if abs(our_value - reference_value) > SAME:
            raise ValueError(f"{name}, k={k}: ours {our_value}, reference {reference_value}")
        our_s, _ = timed(ours, predicted, target)
        reference_s *= items / len(part[0])
        total += our_s
        print(f"{name:8} {k:4} {our_s:9.3f} {reference_s:12.3f} {reference_s / our_s:7.1f}x")
    return total


def main(argv: list[str] | None = None) -> None:
    """Print the table for k = 4, 8, 16, 32."""
    parser = argparse.ArgumentParser(description="Time LAC and Chamfer against item-wise SciPy.")
    parser.add_argument("--items", type=int, default=51_200, help="test items")
    parser.add_argument("--reference-items", type=int, default=2_048, help="items of the reference")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    print(f"{options.items} items, {PARAMS_PER_TOKEN} parameters a token, one thread")
    print(f"{'metric':8} {'k':>4} {'ours (s)':>9} {'item-wise (s)':>12} {'ratio':>7}")
    for k in (4, 8, 16, 32):
        total = measure(k, options.items, options.reference_items)
        if k == 16:
            verdict = "met" if total < LIMIT_S else "MISSED"
            print(f"{'both':8} {k:4} {total:9.3f}   (goal: under {LIMIT_S:.0f} s, {verdict})")


if __name__ == "__main__":
    main()
