"""Where the assignment of PARAM2TOK starts, and that its groups are the oscillators."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from src.runs.training import build_training
from tests.smoke_runs import smoke_config

K = 2


def assignment(folder: Path, start: str, *overrides: str) -> Tensor:
    words = [f"data.k={K}", f"model.assignment_start={start}", *overrides]
    cfg = smoke_config(folder, *words, experiment="toy/cnf_param2tok")
    network = build_training(cfg).network
    return network.vector_field.projection.assignment.detach()


@pytest.mark.parametrize("asymmetric", ["true", "false"])
@pytest.mark.parametrize("start", ["screen", "surrogate"])
def test_each_token_starts_at_an_oscillator(tmp_path: Path, start: str, asymmetric: str) -> None:
    """Frequency, amplitude and waveform of an oscillator stand K columns apart."""
    sizes = ("data.train_val_test_sizes=[24576,64,64]", "data.signal_length=128")
    found = assignment(tmp_path, start, f"data.break_symmetry={asymmetric}", *sizes)
    token = found.argmax(0)
    assert torch.equal(token, token[:K].repeat(3))
    assert len(set(token[:K].tolist())) == K
    assert (found.max(0).values > 0.3).all()
    assert (found.min(0).values < 0.2).all()


def test_the_published_start_is_untouched_and_other_weights_are_the_same(tmp_path: Path) -> None:
    published, screened = (
        build_training(
            smoke_config(
                tmp_path / start,
                f"model.assignment_start={start}",
                experiment="toy/cnf_param2tok",
            )
        ).network.state_dict()
        for start in ("published", "screen")
    )
    differing = [name for name in published if not torch.equal(published[name], screened[name])]
    assert differing == ["vector_field.projection.assignment"]


def test_what_has_no_assignment_has_no_start(tmp_path: Path) -> None:
    cfg = smoke_config(tmp_path, "+model.assignment_start=screen", experiment="toy/cnf_mlp")
    with pytest.raises(ValueError, match="the network learns no assignment"):
        build_training(cfg)
    with pytest.raises(ValueError, match="unknown 'true'; known: published, screen, surrogate"):
        assignment(tmp_path, "'true'")
