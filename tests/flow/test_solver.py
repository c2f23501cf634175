"""Solvers on fields with known integrals."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from src.flow.solver import SOLVERS, evaluations_per_step, integrate

# Observed order between two step sizes of a smooth problem: within a tenth of the theory.
ORDER_TOLERANCE = 0.1


def _oscillator(t: float, x: torch.Tensor) -> torch.Tensor:
    """Rotation at one radian per unit of time, with a forcing that depends on time."""
    return torch.stack([-x[..., 1], x[..., 0]], -1) + math.cos(3 * t)


def _error(method: str, steps: int) -> float:
    x_0 = torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    exact = integrate(_oscillator, x_0, 2000, "rk4")
    return float((integrate(_oscillator, x_0, steps, method) - exact).norm())


@pytest.mark.parametrize("method", SOLVERS)
def test_order_of_convergence(method: str) -> None:
    order = math.log2(_error(method, 40) / _error(method, 80))
    assert order == pytest.approx(evaluations_per_step(method), abs=ORDER_TOLERANCE)


def test_converges_to_scipys_solution() -> None:
    def derivative(t: float, x: np.ndarray) -> np.ndarray:
        return _oscillator(t, torch.from_numpy(x)).numpy()

    start = np.array([1.0, 0.5])
    expected = solve_ivp(derivative, (0, 1), start, "DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    found = integrate(_oscillator, torch.from_numpy(start), 200, "rk4")
    torch.testing.assert_close(found, torch.from_numpy(expected), rtol=0, atol=1e-9)


@pytest.mark.parametrize("method", SOLVERS)
def test_constant_velocity_is_exact(method: str) -> None:
    x_0 = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    drift = torch.tensor([1.0, -2.0])
    torch.testing.assert_close(
        integrate(lambda t, x: drift.expand_as(x), x_0, 7, method), x_0 + drift
    )


def test_rk4_integrates_a_cubic_exactly() -> None:
    x_0 = torch.zeros(1, dtype=torch.float64)
    result = integrate(lambda t, x: torch.full_like(x, 4 * t**3), x_0, 1, "rk4")
    torch.testing.assert_close(result, torch.ones(1, dtype=torch.float64))


@pytest.mark.parametrize("method", SOLVERS)
def test_number_of_evaluations(method: str) -> None:
    times: list[float] = []

    def velocity(t: float, x: torch.Tensor) -> torch.Tensor:
        times.append(t)
        return x

    integrate(velocity, torch.ones(1), 5, method)
    assert len(times) == 5 * evaluations_per_step(method)
    assert min(times) == 0
    assert max(times) <= 1


def test_unknown_solver_and_no_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="euler, midpoint, heun, rk4"):
        integrate(lambda t, x: x, torch.ones(1), 1, "dopri5")
    with pytest.raises(ValueError, match="steps=0"):
        integrate(lambda t, x: x, torch.ones(1), 0)
