"""The search of PARAM2TOK's assignment."""

from pathlib import Path

import pytest
import torch

from src.callbacks import RampedEMA
from src.models.assignment_search import Exchange, Move, propose, significantly_lower
from src.models.components.projection import LearntProjection
from src.train import train
from tests.runs import smoke_config


def _projection() -> tuple[LearntProjection, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    projection = LearntProjection(6, 5, num_params=4, num_tokens=3).double()
    for weight in projection.parameters():
        torch.nn.init.normal_(weight)
    names = ("assignment", "in_vectors", "out_vectors")
    return projection, {name: getattr(projection, name).data for name in names}


def _through(projection: LearntProjection, x: torch.Tensor) -> torch.Tensor:
    return projection.token_to_param(projection.param_to_token(x))


def test_an_exchange_is_a_renaming_of_parameters() -> None:
    projection, tensors = _projection()
    x = torch.randn(7, 4, dtype=torch.float64)
    renamed = [0, 3, 2, 1]
    before = _through(projection, x)
    Exchange(1, 3).apply(tensors)
    torch.testing.assert_close(_through(projection, x[:, renamed]), before[:, renamed])


def test_a_move_renames_tokens_for_one_parameter_alone() -> None:
    projection, tensors = _projection()
    x = torch.zeros(2, 4)
    x[:, 2] = torch.tensor([0.5, -1.0])
    others = projection.assignment.detach().clone()
    Move(2, 0, 1).apply(tensors)
    changed = projection.assignment.detach()
    assert torch.equal(changed[[1, 0, 2], 2], others[:, 2])
    assert torch.equal(changed[:, [0, 1, 3]], others[:, [0, 1, 3]])


@pytest.mark.parametrize("change", [Exchange(0, 2), Move(1, 2, 0)])
def test_a_second_time_undoes_a_change(change: Exchange | Move) -> None:
    _, tensors = _projection()
    before = {name: tensor.clone() for name, tensor in tensors.items()}
    change.apply(tensors)
    assert not all(torch.equal(tensors[name], before[name]) for name in tensors)
    change.apply(tensors)
    assert all(torch.equal(tensors[name], before[name]) for name in tensors)


def test_every_exchange_and_move_is_proposed() -> None:
    generator = torch.Generator().manual_seed(0)
    proposals = {propose(3, 2, generator) for _ in range(500)}
    exchanges = {(c.p, c.q) for c in proposals if isinstance(c, Exchange)}
    moves = {(c.p, c.i, c.j) for c in proposals if isinstance(c, Move)}
    assert exchanges == {(p, q) for p in range(3) for q in range(3) if p != q}
    assert moves == {(p, i, 1 - i) for p in range(3) for i in range(2)}


def test_only_a_fall_beyond_chance_counts() -> None:
    generator = torch.Generator().manual_seed(0)
    errors = torch.rand(400, generator=generator)
    noise = 0.1 * torch.randn(400, generator=generator)
    noise -= noise.mean()
    assert significantly_lower(errors - 0.01 + noise, errors, threshold=1.0)
    assert not significantly_lower(errors - 0.004 + noise, errors, threshold=1.0)
    assert not significantly_lower(errors, errors, threshold=1.0)


def test_weights_moments_and_average_change_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepting every proposal with a rate of zero leaves the average equal to the weights."""
    monkeypatch.setattr("src.models.assignment_search.significantly_lower", lambda *_: True)
    _, objects = train(
        smoke_config(
            tmp_path,
            "scale.optimizer.lr=0",
            "scale.optimizer.weight_decay=0",
            "scale.validate_every=6",
            experiment="kosc/cnf_param2tok",
        )
    )
    search = next(c for c in objects["callbacks"] if type(c).__name__ == "AssignmentSearch")
    assert sum(search.accepted.values()) == 5 * 4  # searches after steps 1 to 5
    average = next(c for c in objects["callbacks"] if isinstance(c, RampedEMA)).averaged
    projection = objects["network"].vector_field.projection
    start = average.network.vector_field.projection
    for name in ("assignment", "in_vectors", "out_vectors"):
        torch.testing.assert_close(getattr(projection, name), getattr(start, name))
