"""Projections between parameters and tokens."""

import math

import pytest
import torch
from torch import Tensor

from src.models.components.projection import (
    EquivariantProjection,
    LearntProjection,
    SeparateLinear,
    UnitProjection,
)
from src.models.components.transformer import ApproxEquivTransformer
from src.symmetry import Symmetry
from src.symmetry.equivariance import equivariance_error
from tests.models.components.random_weights import randomised
from tests.symmetry.equivariant import assert_equivariant

P, N, D, D_TOKEN = 12, 4, 16, 6
EXACT = 1e-12  # float64, sums in another order
NEAR = 1e-2  # of a velocity: what noise of 1e-4 on A (0.14) and the vectors (0.3) leaves


def make_params(batch: int = 5, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(batch, P, generator=torch.Generator().manual_seed(1), dtype=dtype)


def test_a_token_holds_one_oscillators_parameters() -> None:
    projection = EquivariantProjection(k=4, params_per_token=3, d_model=3)
    with torch.no_grad():
        for linear in (*projection.inward, *projection.outward):
            linear.weight.copy_(torch.eye(3))
            linear.bias.zero_()
    x = torch.arange(12.0)[None]  # frequencies 0..3, amplitudes 4..7, waveforms 8..11
    tokens = projection.param_to_token(x)
    assert tokens[0].tolist() == [[i, 4 + i, 8 + i] for i in range(4)]
    assert torch.equal(projection.token_to_param(tokens), x)


SYMMETRIES = {
    "oscillators": Symmetry.oscillators(4, 3),
    "two sets, free": Symmetry.of(12, [(0, 1, 2), (3, 4, 5), (6, 7, 8)], [(10,), (9,)]),
    "nested": Symmetry.of(12, [(0, 1, [(2,), (3,)]), (4, 5, [(6,), (7,)])], [(9,), (10,)]),
    "none": Symmetry(12),
}


@pytest.mark.parametrize("symmetry", SYMMETRIES.values(), ids=SYMMETRIES)
def test_the_field_of_unit_tokens_is_equivariant_and_no_more(symmetry: Symmetry) -> None:
    torch.manual_seed(0)
    projection = UnitProjection(str(symmetry), D)
    field = ApproxEquivTransformer(
        projection, 2, D, conditioning_dim=2, num_heads=2, d_ff=D, learn_projection=True
    )
    randomised(field).double()
    t, conditioning = torch.full((64, 1), 0.5).double(), torch.zeros(64, 2).double()
    assert projection.param_to_token(make_params(64)).shape == (64, projection.num_tokens, D)
    assert_equivariant(lambda x: field(x, t, conditioning), symmetry, make_params(64), EXACT)
    others = Symmetry.of(12, [(2,), (7,)]), Symmetry.of(12, [(0,), (11,)])
    for other in others:  # columns that no set here exchanges
        with pytest.raises(AssertionError):
            assert_equivariant(lambda x: field(x, t, conditioning), other, make_params(64), 1e-3)


def test_a_token_within_a_unit_knows_where_it_belongs() -> None:
    """Swapping modulators of two operators is no exchange of the nested symmetry."""
    within = Symmetry.of(12, [(2,), (6,)])
    torch.manual_seed(0)
    projection = UnitProjection(SYMMETRIES["nested"], D)
    field = ApproxEquivTransformer(
        projection, 1, D, conditioning_dim=2, num_heads=2, d_ff=D, learn_projection=True
    )
    randomised(field)
    t = torch.full((64, 1), 0.5)
    x = make_params(64, torch.float32)
    error = equivariance_error(lambda x: field(x, t), x, within, torch.Generator().manual_seed(0))
    assert error.max() > 1e-3


def test_maps_start_as_linear_layers_do() -> None:
    torch.manual_seed(0)
    linear = SeparateLinear(2000, 4, 3).requires_grad_(False)
    for start in (linear.weight, linear.bias):
        assert float(start.abs().max()) == pytest.approx(0.5, rel=0.01)  # 1 / sqrt(4)
        assert float(start.std()) == pytest.approx(0.5 / math.sqrt(3), rel=0.05)
    x = torch.randn(5, 2000, 4)
    expected = torch.stack([x[:, i] @ linear.weight[i] + linear.bias[i] for i in range(2000)], 1)
    torch.testing.assert_close(linear(x), expected)


@pytest.mark.parametrize("initial_ffn", [True, False])
@pytest.mark.parametrize("final_ffn", [True, False])
@pytest.mark.parametrize("d_token", [D, D_TOKEN])
def test_learnt_projection_by_its_equations(
    initial_ffn: bool, final_ffn: bool, d_token: int
) -> None:
    projection = randomised(LearntProjection(D, d_token, P, N, initial_ffn, final_ffn)).double()
    x = make_params()
    diagonal = torch.diag_embed(x)
    assignment, z, z_out = projection.assignment, projection.in_vectors, projection.out_vectors
    tokens = assignment @ projection.initial(diagonal @ z)  # A h(diag(x) Z)
    torch.testing.assert_close(projection.param_to_token(x), tokens, atol=EXACT, rtol=EXACT)
    # (g(A^T X) * Z') 1: as in the published code, g comes after the assignment
    back = (projection.final(assignment.T @ tokens) * z_out.T) @ torch.ones_like(z_out[:, 0])
    torch.testing.assert_close(projection.token_to_param(tokens), back, atol=EXACT, rtol=EXACT)


def test_learnt_projection_starts_as_published() -> None:
    torch.manual_seed(0)
    projection = LearntProjection(256, 128, 90, 32).requires_grad_(False)
    assert projection.assignment.shape == (32, 90)
    noise = projection.assignment - 1 / math.sqrt(32 * 90)
    assert float(noise.std()) == pytest.approx(1e-4, rel=0.1)
    assert abs(float(noise.mean())) < 1e-5
    inward, outward = projection.in_vectors, projection.out_vectors.T
    assert inward.shape == outward.shape == (90, 128)
    for vectors in (inward, outward):
        spread = vectors - vectors.mean(0)
        assert float(spread.std()) == pytest.approx(1e-4, rel=0.1)
    # one direction for both, of variance 1 / d_token
    torch.testing.assert_close(inward.mean(0), outward.mean(0), atol=1e-4, rtol=0)
    assert float(inward.mean(0).norm()) == pytest.approx(1.0, rel=0.25)


def test_noise_of_the_start_is_a_setting() -> None:
    torch.manual_seed(0)
    projection = LearntProjection(D, 64, 90, 32, assignment_noise=0.03, vector_noise=0.02)
    projection.requires_grad_(False)
    assert float(projection.assignment.std()) == pytest.approx(0.03, rel=0.1)
    spread = projection.in_vectors - projection.in_vectors.mean(0)
    assert float(spread.std()) == pytest.approx(0.02, rel=0.1)


def test_vectors_may_start_equal_noise_included() -> None:
    torch.manual_seed(0)
    shared = LearntProjection(D, 64, 90, 32, vector_noise=0.02, shared_vector_noise=True)
    torch.manual_seed(0)
    own = LearntProjection(D, 64, 90, 32, vector_noise=0.02)
    assert torch.equal(shared.in_vectors, own.in_vectors)
    assert torch.equal(shared.out_vectors, shared.in_vectors.T)
    assert not torch.equal(own.out_vectors, own.in_vectors.T)
    with torch.no_grad():
        shared.in_vectors.zero_()  # free of each other afterwards
    assert shared.out_vectors.any()


def test_penalty_is_the_mean_absolute_assignment() -> None:
    projection = LearntProjection(D, D_TOKEN, P, N)
    with torch.no_grad():
        projection.assignment.zero_()[0, :3] = torch.tensor([1.0, -2.0, 3.0])
    assert projection.penalty().item() == pytest.approx(6 / (N * P))
    assert EquivariantProjection(4, 3, D).penalty().item() == 0.0


def make_field() -> ApproxEquivTransformer:
    torch.manual_seed(0)
    projection = LearntProjection(D, D, P, N, final_ffn=False)
    field = ApproxEquivTransformer(
        projection, 2, D, conditioning_dim=2, num_heads=2, d_ff=D, learn_projection=True
    )
    for part in (field.blocks, field.modulation):
        randomised(part)
    return field


def residual(field: ApproxEquivTransformer) -> float:
    """How far the velocity of permuted parameters is from the permuted velocity, relative."""
    x = make_params(64, torch.float32)
    order = torch.randperm(P, generator=torch.Generator().manual_seed(2))
    t, conditioning = torch.full((64, 1), 0.5), torch.zeros(64, 2)
    with torch.no_grad():
        velocity = field(x, t, conditioning)[:, order]
        permuted = field(x[:, order], t, conditioning)
    return float((permuted - velocity).norm() / velocity.norm())


def test_the_field_starts_nearly_equivariant_under_all_permutations() -> None:
    assert residual(make_field()) < NEAR


def test_another_assignment_breaks_the_symmetry() -> None:
    field, previous = make_field(), NEAR
    noise = torch.randn(N, P, generator=torch.Generator().manual_seed(3))
    for _ in range(3):
        field.projection.assignment.data += 0.05 * noise
        assert residual(field) > previous
        previous = residual(field)
    assert previous > 0.1


def test_training_is_free_to_break_the_symmetry() -> None:
    """A target that treats parameters differently is learnt through A, Z and Z' alone."""
    field = make_field()
    optimizer = torch.optim.Adam(field.projection.parameters(), lr=1e-2)
    x, t, conditioning = make_params(64, torch.float32), torch.full((64, 1), 0.5), None
    target = x * torch.linspace(-1, 1, P)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = (field(x, t, conditioning) - target).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
    assert residual(field) > 0.1
