"""Per-item distances against closed forms, independent references and invariances."""

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor

from src.metrics import ChamferDistance
from src.metrics.functional import (
    chamfer_distance,
    complex_to_dbfs,
    linear_assignment_distance,
    log_spectral_distance,
    mean_squared_error,
    symmetric_parameter_error,
)
from src.symmetry import Symmetry, assignment

SINGLE = 2e-6  # a sum of at most some hundred float32 terms near 1
DB = 2e-3  # dB: float32 spectra near the floor, seen through a logarithm
FOUR = Symmetry.oscillators(4, 3)
PERMUTATION_INVARIANT = (linear_assignment_distance, chamfer_distance)


def draw(items: int, k: int, params_per_token: int, seed: int) -> tuple[Tensor, Tensor]:
    """Predicted and true parameters in [-1, 1], both (items, k * params_per_token)."""
    generator = torch.Generator().manual_seed(seed)
    shape = (2, items, k * params_per_token)
    predicted, target = 2 * torch.rand(shape, generator=generator) - 1
    return predicted, target


def reference_rows(params: Tensor, k: int) -> np.ndarray:
    """Rows one at a time: oscillator i has every k-th number from i on."""
    return np.stack([params.numpy()[:, i::k] for i in range(k)], axis=1).astype(np.float64)


def reference_lac(predicted: Tensor, target: Tensor, k: int, metric: str) -> list[float]:
    """SciPy's distances and assignment, one item at a time; `metric` as in cdist."""
    values = []
    for x, y in zip(reference_rows(predicted, k), reference_rows(target, k), strict=True):
        cost = cdist(x, y, metric)
        values.append(float(cost[linear_sum_assignment(cost)].mean()))
    return values


def brute_force_lac(predicted: Tensor, target: Tensor, k: int) -> list[float]:
    """The least mean Euclidean distance over all k! orders."""
    values = []
    for x, y in zip(reference_rows(predicted, k), reference_rows(target, k), strict=True):
        orders = itertools.permutations(range(k))
        values.append(min(np.linalg.norm(x[list(o)] - y, axis=1).mean() for o in orders))
    return values


def reference_chamfer(predicted: Tensor, target: Tensor, k: int) -> list[float]:
    values = []
    for x, y in zip(reference_rows(predicted, k), reference_rows(target, k), strict=True):
        cost = cdist(x, y, "sqeuclidean")
        values.append(cost.min(axis=0).mean() + cost.min(axis=1).mean())
    return values


@pytest.mark.parametrize("k", [1, 2, 4, 16])
@pytest.mark.parametrize("params_per_token", [2, 3])
def test_lac_and_chamfer_equal_scipy(k: int, params_per_token: int) -> None:
    predicted, target = draw(23, k, params_per_token, seed=k)
    symmetry = Symmetry.oscillators(k, params_per_token)
    euclidean = linear_assignment_distance(predicted, target, symmetry)
    squared = linear_assignment_distance(predicted, target, symmetry, squared=True)
    chamfer = chamfer_distance(predicted, target, symmetry)
    assert euclidean.tolist() == pytest.approx(
        reference_lac(predicted, target, k, "euclidean"), abs=SINGLE
    )
    assert (params_per_token * squared).tolist() == pytest.approx(
        reference_lac(predicted, target, k, "sqeuclidean"), abs=SINGLE
    )
    assert chamfer.tolist() == pytest.approx(reference_chamfer(predicted, target, k), abs=SINGLE)


def test_lac_is_the_minimum_over_all_orders() -> None:
    predicted, target = draw(10, 4, 3, seed=0)
    ours = linear_assignment_distance(predicted, target, Symmetry.oscillators(4, 3)).tolist()
    assert ours == pytest.approx(brute_force_lac(predicted, target, 4), abs=SINGLE)


@given(st.integers(1, 6), st.integers(2, 3), st.integers(0, 10_000))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_invariance_bounds_and_symmetry(k: int, params_per_token: int, seed: int) -> None:
    predicted, target = draw(3, k, params_per_token, seed)
    order = torch.randperm(k, generator=torch.Generator().manual_seed(seed))
    shuffled = predicted.reshape(3, params_per_token, k)[..., order].reshape(3, -1)
    symmetry = Symmetry.oscillators(k, params_per_token)
    for distance in PERMUTATION_INVARIANT:
        value = distance(predicted, target, symmetry)
        assert torch.allclose(distance(shuffled, target, symmetry), value, atol=SINGLE)
        assert torch.allclose(distance(target, predicted, symmetry), value, atol=SINGLE)
        assert torch.equal(distance(shuffled, predicted, symmetry), torch.zeros(3))
    squared = linear_assignment_distance(predicted, target, symmetry, squared=True)
    assert (squared <= mean_squared_error(predicted, target) + SINGLE).all()
    # Nearest neighbours need not be distinct, matched ones must be.
    chamfer = chamfer_distance(predicted, target, symmetry)
    assert (chamfer <= 2 * params_per_token * squared + SINGLE).all()


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    predicted, target = draw(10, 4, 3, seed=1)
    symmetry = Symmetry.oscillators(4, 3)
    values = [distance(predicted, target, symmetry) for distance in PERMUTATION_INVARIANT]
    monkeypatch.setattr(assignment, "_CELLS_PER_BLOCK", 3 * 4**2)  # 3 items, so the last is ragged
    for distance, expected in zip(PERMUTATION_INVARIANT, values, strict=True):
        assert torch.equal(distance(predicted, target, symmetry), expected)


# Two pairs of columns, a set of three columns one by one, a free column; columns in no order.
MIXED = Symmetry.of(8, [(5, 0), (2, 7)], [(1,), (3,), (6,)])
NESTED = Symmetry.of(9, [(0, 1, [(2,), (3,)]), (4, 5, [(6,), (7,)])])


@pytest.mark.parametrize("symmetry", [MIXED, NESTED])
def test_equivalent_parameters_are_at_distance_zero(symmetry: Symmetry) -> None:
    generator = torch.Generator().manual_seed(0)
    target = 2 * torch.rand(200, symmetry.num_params, generator=generator) - 1
    predicted = symmetry.random_equivalent(target, generator)
    assert not torch.equal(predicted, target)
    for distance in (*PERMUTATION_INVARIANT, symmetric_parameter_error):
        assert torch.equal(distance(predicted, target, symmetry), torch.zeros(200))
    free = list(symmetry.free)
    predicted[:, free] += 0.25
    assert chamfer_distance(predicted, target, symmetry).tolist() == pytest.approx(
        [2 * 0.25**2 / len(symmetry.free + sum(symmetry.sets, ()))] * 200
    )


def test_several_sets_by_hand() -> None:
    """Sets do not mix, and a free column counts as a unit."""
    symmetry = Symmetry.of(5, [(0,), (1,)], [(2,), (3,)])
    target = torch.tensor([[0.0, 1.0, 0.2, 0.4, 0.5]])
    predicted = torch.tensor([[1.0, 0.9, 0.4, 0.2, 0.0]])  # 0.9 is off by 0.9 or nearest to 1
    assert linear_assignment_distance(predicted, target, symmetry).item() == pytest.approx(
        (0.9 + 0.5) / 5
    )
    squared = linear_assignment_distance(predicted, target, symmetry, squared=True)
    assert squared.item() == pytest.approx((0.81 + 0.25) / 5)
    assert symmetric_parameter_error(predicted, target, symmetry).item() == squared.item()
    ways = (0.81 + 0.0) + (0.0 + 0.01)  # from 0 and 1 to the nearest, from 1 and 0.9 back
    assert chamfer_distance(predicted, target, symmetry).item() == pytest.approx(
        (ways + 2 * 0.25) / 5
    )


def test_no_symmetry_is_the_squared_error() -> None:
    predicted, target = draw(5, 3, 2, seed=0)
    mse = mean_squared_error(predicted, target)
    none = Symmetry(6)
    squared = linear_assignment_distance(predicted, target, none, squared=True)
    torch.testing.assert_close(squared, mse)
    torch.testing.assert_close(chamfer_distance(predicted, target, none), 2 * mse)


def test_lsd_of_a_scaled_sound_is_the_gain_in_db() -> None:
    impulses = torch.zeros(3, 64)
    impulses[:, 0] = 1.0  # a flat spectrum, 1/64 or -36 dBFS in every bin
    gains = torch.tensor([1.0, 0.5, 2.0])
    expected = (20 * gains.log10()).abs()
    ours = log_spectral_distance(gains[:, None] * impulses, impulses)
    assert torch.allclose(ours, expected, atol=DB)


def test_lsd_equals_a_plain_sum_over_a_discrete_fourier_transform() -> None:
    generator = np.random.default_rng(0)
    predicted, target = generator.normal(size=(2, 2, 50)) / 4
    n, f = np.arange(50), np.arange(26)
    kernel = np.exp(-2j * np.pi * np.outer(f, n) / 50) / 50
    levels = [
        10 * np.log10(np.maximum(np.abs(y @ kernel.T) ** 2, 1e-8)) for y in (predicted, target)
    ]
    expected = np.sqrt(np.mean((levels[0] - levels[1]) ** 2, axis=1))
    ours = log_spectral_distance(torch.tensor(predicted), torch.tensor(target))
    assert ours.numpy() == pytest.approx(expected, abs=1e-9)  # float64 throughout


def test_floor_limits_lsd_and_level() -> None:
    assert complex_to_dbfs(torch.tensor([0j, 3 + 4j])).tolist() == pytest.approx(
        [-80.0, 20 * math.log10(5)], abs=DB
    )
    assert complex_to_dbfs(torch.tensor([0.0, 0.1]), eps=1e-4).tolist() == pytest.approx(
        [-40.0, -20.0], abs=DB
    )
    quiet = torch.full((1, 32), 1e-6)
    assert log_spectral_distance(quiet, torch.zeros(1, 32)).item() == 0.0


@pytest.mark.parametrize(
    "distance",
    [
        lambda x, y: linear_assignment_distance(x, y, FOUR),
        lambda x, y: linear_assignment_distance(x, y, FOUR, squared=True),
        lambda x, y: chamfer_distance(x, y, FOUR),
        mean_squared_error,
        log_spectral_distance,
    ],
    ids=["lac", "lac_squared", "chamfer", "mse", "lsd"],
)
def test_gradients_are_right_and_finite_at_a_perfect_prediction(distance) -> None:
    predicted, target = (x.double() for x in draw(2, 4, 3, seed=5))
    assert torch.autograd.gradcheck(lambda x: distance(x, target), predicted.requires_grad_())
    perfect = target.clone().requires_grad_()
    distance(perfect, target).sum().backward()
    assert torch.equal(perfect.grad, torch.zeros_like(target))


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize(
    "distance",
    [
        lambda x, y: linear_assignment_distance(x, y, Symmetry.oscillators(2, 2)),
        lambda x, y: chamfer_distance(x, y, Symmetry.oscillators(2, 2)),
        mean_squared_error,
        log_spectral_distance,
    ],
    ids=["lac", "chamfer", "mse", "lsd"],
)
def test_diverged_predictions_are_counted(distance, value: float) -> None:
    predicted, target = draw(7, 2, 2, seed=0)
    predicted[2, 1] = predicted[5, 0] = value
    with pytest.raises(ValueError, match=r"2 of 7 predicted items .* first is item 2"):
        distance(predicted, target)
    with pytest.raises(ValueError, match=r"2 of 7 target items"):
        distance(target, predicted)


def test_large_finite_values_are_no_nan() -> None:
    huge = torch.full((1, 4), 3e38)  # their float32 sum is infinite
    assert mean_squared_error(huge, huge).item() == 0.0


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(3, 4\).*\(2, 4\)"):
        mean_squared_error(torch.zeros(3, 4), torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"\(3, 64\).*\(3, 32\)"):
        log_spectral_distance(torch.zeros(3, 64), torch.zeros(3, 32))
    with pytest.raises(ValueError, match=r"expected .* \(batch, 6\), got \(1, 4\)"):
        linear_assignment_distance(torch.zeros(1, 4), torch.zeros(1, 4), Symmetry.oscillators(2, 3))
    with pytest.raises(ValueError, match="params_per_token=3"):
        ChamferDistance(params_per_token=3).update(torch.zeros(1, 4), torch.zeros(1, 4))


def test_functional_does_not_load_torchmetrics() -> None:
    code = "import sys, src.metrics.functional; sys.exit('torchmetrics' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
