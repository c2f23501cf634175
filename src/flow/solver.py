"""Fixed-step solvers of dx/dt = velocity(t, x) from t = 0 to t = 1.

A solver knows nothing of models: it takes any function of a time (float) and a state. Its plain
reference: ``scipy.integrate.solve_ivp``, to which the four converge at their orders.
"""

from collections.abc import Callable

from torch import Tensor

Velocity = Callable[[float, Tensor], Tensor]
Step = Callable[[Velocity, float, float, Tensor], Tensor]


def _euler(velocity: Velocity, t: float, h: float, x: Tensor) -> Tensor:
    return x.add(velocity(t, x), alpha=h)


def _midpoint(velocity: Velocity, t: float, h: float, x: Tensor) -> Tensor:
    return x.add(velocity(t + h / 2, x.add(velocity(t, x), alpha=h / 2)), alpha=h)


def _heun(velocity: Velocity, t: float, h: float, x: Tensor) -> Tensor:
    v_0 = velocity(t, x)
    v_1 = velocity(t + h, x.add(v_0, alpha=h))
    return x.add(v_0 + v_1, alpha=h / 2)


def _rk4(velocity: Velocity, t: float, h: float, x: Tensor) -> Tensor:
    v_0 = velocity(t, x)
    v_1 = velocity(t + h / 2, x.add(v_0, alpha=h / 2))
    v_2 = velocity(t + h / 2, x.add(v_1, alpha=h / 2))
    v_3 = velocity(t + h, x.add(v_2, alpha=h))
    return x.add(v_0 + 2 * (v_1 + v_2) + v_3, alpha=h / 6)


SOLVERS: dict[str, tuple[Step, int]] = {
    "euler": (_euler, 1),
    "midpoint": (_midpoint, 2),
    "heun": (_heun, 2),
    "rk4": (_rk4, 4),
}


def evaluations_per_step(method: str) -> int:
    """Return how often a solver evaluates the velocity in each step.

    Args:
        method: one of ``SOLVERS``.

    Returns:
        1 for Euler, 2 for midpoint and Heun, 4 for RK4; the order of convergence is the same.

    Raises:
        ValueError: unknown method.
    """
    return _lookup(method)[1]


def integrate(velocity: Velocity, x_0: Tensor, steps: int, method: str = "rk4") -> Tensor:
    """Integrate a velocity field over [0, 1] in equal steps.

    Args:
        velocity: function of the time in [0, 1] and the state, returns the state's derivative.
        x_0: state at t = 0, any shape.
        steps: number of steps, at least 1.
        method: ``euler``, ``midpoint``, ``heun`` (order 2) or ``rk4`` (order 4, the paper's).

    Returns:
        The state at t = 1, same shape.

    Raises:
        ValueError: unknown method or no steps.
    """
    step, _ = _lookup(method)
    if steps < 1:
        raise ValueError(f"expected at least one solver step, got steps={steps}")
    x = x_0
    for i in range(steps):
        x = step(velocity, i / steps, 1.0 / steps, x)
    return x


def _lookup(method: str) -> tuple[Step, int]:
    if method not in SOLVERS:
        raise ValueError(f"unknown solver {method!r}; known: {', '.join(SOLVERS)}")
    return SOLVERS[method]
