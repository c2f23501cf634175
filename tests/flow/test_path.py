"""The path and its velocity."""

import pytest
import torch

from src.flow.path import straight_path

FINITE_DIFFERENCE = 1e-6  # step in time; float64 leaves errors near 1e-10
TOLERANCE = 1e-8


def _pair(batch: int = 5, width: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(batch, width, generator=generator, dtype=torch.float64)
    data = torch.rand(batch, width, generator=generator, dtype=torch.float64)
    return noise, data


@pytest.mark.parametrize("sigma_min", [0.0, 0.1])
def test_velocity_is_the_derivative_of_the_path(sigma_min: float) -> None:
    x_0, x_1 = _pair()
    t = torch.full((5, 1), 0.3, dtype=torch.float64)
    here = straight_path(x_0, x_1, t, sigma_min)
    before = straight_path(x_0, x_1, t - FINITE_DIFFERENCE, sigma_min)
    after = straight_path(x_0, x_1, t + FINITE_DIFFERENCE, sigma_min)
    slope = (after.x_t - before.x_t) / (2 * FINITE_DIFFERENCE)
    torch.testing.assert_close(here.velocity, slope, atol=TOLERANCE, rtol=0)


def test_path_runs_from_noise_to_data() -> None:
    x_0, x_1 = _pair()
    start = straight_path(x_0, x_1, torch.zeros(5, 1))
    end = straight_path(x_0, x_1, torch.ones(5, 1))
    torch.testing.assert_close(start.x_t, x_0)
    torch.testing.assert_close(end.x_t, x_1)


def test_sigma_min_leaves_that_much_noise_at_the_end() -> None:
    x_0, x_1 = _pair()
    end = straight_path(x_0, x_1, torch.ones(5, 1, dtype=torch.float64), sigma_min=0.25)
    torch.testing.assert_close(end.x_t - x_1, 0.25 * x_0)


def test_wrong_shapes_are_named() -> None:
    x_0, x_1 = _pair()
    with pytest.raises(ValueError, match=r"\(5,\)"):
        straight_path(x_0, x_1, torch.zeros(5))
