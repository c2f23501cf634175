"""Training: the run folder, repeatability, and runs that must not succeed."""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch
from omegaconf import OmegaConf

from src.models.conditional_flow import ConditionalFlow
from src.models.inversion_module import step_seed
from src.symmetry import Symmetry
from src.train import train
from tests.smoke_runs import smoke_config, synth_smoke_config
from tests.symmetry.equivariant import assert_equivariant


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "model.ckpt", weights_only=True)["state_dict"]


@pytest.mark.parametrize(
    "experiment",
    ["toy/cnf_equivariant", "toy/cnf_param2tok", "toy/ffn_chamfer", "ksin/baseline"],
)
def test_a_run_leaves_a_whole_folder(tmp_path: Path, experiment: str) -> None:
    metrics, objects = train(smoke_config(tmp_path, experiment=experiment))
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.ckpt",
        "config.yaml",
        "history.csv",
        "run.json",
        "provenance.json",
    }
    assert metrics["val/lsd"] > 0
    assert objects["trainer"].global_step == 6
    history = pd.read_csv(tmp_path / "history.csv")
    assert history.dropna(subset=["val/lsd"])["step"].tolist() == [3, 6]
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["steps"] == 6
    assert run["parameters"] == sum(
        p.numel() for p in objects["network"].parameters() if p.requires_grad
    )
    assert 0 < run["data_fraction"] < 1
    assert json.loads((tmp_path / "provenance.json").read_text())["seed"] == 0
    assert OmegaConf.load(tmp_path / "config.yaml").data.k == 2


def test_eight_oscillators_from_configuration_alone(tmp_path: Path) -> None:
    config = smoke_config(tmp_path, "data.k=8", experiment="toy/cnf_equivariant")
    metrics, objects = train(config)
    assert metrics["val/lsd"] > 0
    _check_equivariance(objects["network"], Symmetry.oscillators(8, 3))


@pytest.mark.parametrize("coupling", ["none", "permutation"])
def test_a_synthesizers_units_from_configuration_alone(tmp_path: Path, coupling: str) -> None:
    config = synth_smoke_config(
        tmp_path, f"data.coupling={coupling}", experiment="rendered/cnf_equivariant"
    )
    metrics, objects = train(config)
    assert metrics["val/parameter_error"] > 0
    assert objects["trainer"].global_step == 4
    symmetry = Symmetry.parse(config.task.symmetry)
    assert symmetry.size == 12
    _check_equivariance(objects["network"], symmetry)


@pytest.mark.parametrize("experiment", ["rendered/ast_chamfer", "rendered/ast_sorted"])
def test_regressions_of_sets_from_configuration_alone(tmp_path: Path, experiment: str) -> None:
    metrics, objects = train(synth_smoke_config(tmp_path, experiment=experiment))
    assert metrics["val/parameter_error"] > 0
    assert objects["network"].symmetry.size == 12


def _check_equivariance(network: ConditionalFlow, symmetry: Symmetry) -> None:
    """After training; weights that are not zero are all that matters here."""
    x = torch.randn(20, symmetry.num_params, generator=torch.Generator().manual_seed(0))
    field = network.vector_field
    t = torch.full((20, 1), 0.5)
    assert_equivariant(lambda x: field(x, t), symmetry, x, 1e-4)  # float32, sums in another order


def test_same_seed_same_bits_other_seed_other_weights(tmp_path: Path) -> None:
    for name, seed in {"a": 0, "b": 0, "c": 1}.items():
        train(smoke_config(tmp_path / name, f"seed={seed}"))
    a, b, c = (_weights(tmp_path / name) for name in "abc")
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert not all(torch.equal(a[key], c[key]) for key in a)


def test_best_validation_checkpoint_is_kept(tmp_path: Path) -> None:
    """The stored step is that of the smallest validation LSD in the history."""
    train(
        smoke_config(
            tmp_path, "scale.optimizer.lr=0.03", "scale.scheduler=null", "scale.warmup_steps=0"
        )
    )
    history = pd.read_csv(tmp_path / "history.csv").dropna(subset=["val/lsd"])
    best = history.loc[history["val/lsd"].idxmin(), "step"]
    assert torch.load(tmp_path / "model.ckpt", weights_only=True)["step"] == best


def test_a_loss_that_is_not_a_number_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConditionalFlow, "loss", lambda *_: {"loss": torch.tensor(float("nan"))})
    with pytest.raises(FloatingPointError, match="loss is nan at step 0; lower the"):
        train(smoke_config(tmp_path))
    assert not (tmp_path / "model.ckpt").exists()


def test_seed_and_step_decide_what_is_drawn() -> None:
    drawn = {
        (seed, step): torch.rand(4, generator=torch.Generator().manual_seed(step_seed(seed, step)))
        for seed in (0, 1, 2**32 - 1)
        for step in (0, 1, 2**20)
    }
    assert len({tuple(values.tolist()) for values in drawn.values()}) == len(drawn)


def test_two_limits_of_a_run_are_pointed_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(smoke_config(tmp_path, "trainer.max_epochs=100"))
    assert "max_epochs=100 stands for 600 steps, trainer.max_steps is 6" in caplog.text


def test_random_has_nothing_to_train(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"src\.eval"):
        train(smoke_config(tmp_path, experiment="toy/random"))


def test_learning_rate_factor_reaches_the_projection_alone(tmp_path: Path) -> None:
    _, objects = train(
        smoke_config(tmp_path, "scale.param2tok.lr_scale=5", experiment="toy/cnf_param2tok")
    )
    groups = objects["trainer"].optimizers[0].param_groups
    rates = {group["initial_lr"]: group["params"] for group in groups}
    assert sorted(rates) == [pytest.approx(2e-3), pytest.approx(1e-2)]
    projection = objects["network"].vector_field.projection
    assert {id(p) for p in rates[max(rates)]} == {id(p) for p in projection.parameters()}


def test_a_factor_for_no_parameter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no_such_layer"):
        train(smoke_config(tmp_path, "+model.lr_scales={no_such_layer: 2.0}"))


def test_test_metrics_are_returned_on_request(tmp_path: Path) -> None:
    metrics, _ = train(smoke_config(tmp_path, "test=true"))
    assert {"test/lsd", "test/lac", "test/mse", "test/chamfer"} <= metrics.keys()
