"""Guidance against the two branches evaluated apart."""

import torch
from torch import Tensor, nn

from src.flow.guidance import guided_velocity


class _Field(nn.Module):
    """A field that is not linear in its conditioning, and counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.null_conditioning = nn.Parameter(torch.randn(3))
        self.net = nn.Sequential(nn.Linear(4 + 1 + 3, 16), nn.Tanh(), nn.Linear(16, 4))
        self.batch_sizes: list[int] = []

    def forward(self, x: Tensor, t: Tensor, conditioning: Tensor | None) -> Tensor:
        self.batch_sizes.append(len(x))
        if conditioning is None:
            conditioning = self.null_conditioning.expand(len(x), -1)
        return self.net(torch.cat([x, t, conditioning], -1))


def _inputs() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(5, 4, generator=generator), torch.randn(5, 3, generator=generator)


def test_strength_one_is_the_conditional_field() -> None:
    field, (x, conditioning) = _Field(), _inputs()
    guided = guided_velocity(field, conditioning, 1.0)(0.3, x)
    assert torch.equal(guided, field(x, torch.full((5, 1), 0.3), conditioning))


def test_strength_zero_is_the_unconditional_field() -> None:
    field, (x, conditioning) = _Field(), _inputs()
    guided = guided_velocity(field, conditioning, 0.0)(0.3, x)
    torch.testing.assert_close(guided, field(x, torch.full((5, 1), 0.3), None))


def test_one_batch_gives_what_two_branches_give() -> None:
    field, (x, conditioning) = _Field(), _inputs()
    t = torch.full((5, 1), 0.7)
    expected = (1 - 2.5) * field(x, t, None) + 2.5 * field(x, t, conditioning)
    field.batch_sizes.clear()
    guided = guided_velocity(field, conditioning, 2.5)(0.7, x)
    torch.testing.assert_close(guided, expected)
    assert field.batch_sizes == [10]
