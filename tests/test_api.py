"""The documented examples of the interface, as a user would paste them."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from src.common.project import ROOT
from tests.smoke_runs import smoke_config


def test_metrics_examples() -> None:
    from src.data.ksin_datamodule import make_sin
    from src.metrics import (
        ChamferDistance,
        LinearAssignmentDistance,
        LogSpectralDistance,
        complex_to_dbfs,
    )

    generator = torch.Generator().manual_seed(0)
    target_params = torch.rand(6, 8, generator=generator) * 2 - 1
    predicted_params = target_params.unflatten(1, (2, 4)).flip(2).flatten(1)  # other order

    def synth_function(params: torch.Tensor) -> torch.Tensor:
        return make_sin(params, length=256)

    target_audio = synth_function(target_params)
    lsd_metric = LogSpectralDistance()
    lsd_metric.update(predicted_params, target_audio, synth_function)
    assert lsd_metric.compute() < 1e-2  # dB; the order of oscillators is not heard

    for metric in (
        ChamferDistance(params_per_token=2),
        LinearAssignmentDistance(params_per_token=2),
    ):
        metric.update(predicted_params, target_params)
        assert metric.compute() == pytest.approx(0, abs=1e-6)

    fft_output = torch.fft.rfft(torch.ones(64), norm="forward")
    dbfs = complex_to_dbfs(fft_output)
    assert dbfs[0] == pytest.approx(0, abs=1e-5)  # a full-scale constant
    assert dbfs[1:].max() == pytest.approx(-80, abs=1e-3)  # the floor 10 log10(1e-8)


def test_make_sin_example() -> None:
    from src.data.ksin_datamodule import make_sin

    params = torch.randn(1, 8)  # 4 freqs + 4 amps
    signal = make_sin(params, length=1024)
    assert signal.shape == (1, 1024)


def test_data_module_example() -> None:
    from src.data.ksin_datamodule import KSinDataModule

    dm = KSinDataModule(k=4, signal_length=1024, sort_frequencies=True, batch_size=64, ot=True)
    dm.setup()
    train_loader = dm.train_dataloader()
    batch = next(iter(train_loader))
    assert batch.signal.shape == (64, 1024)
    assert (batch.params[:, :4].diff(dim=1) >= 0).all()  # frequencies ascend
    for loader in (dm.val_dataloader(), dm.test_dataloader()):
        assert next(iter(loader)).params.shape == (64, 8)


def test_transformer_example() -> None:
    from src.models.components.transformer import ApproxEquivTransformer, LearntProjection

    projection = LearntProjection(d_model=512, d_token=128, num_params=90, num_tokens=32)
    with pytest.warns(UserWarning, match="learn_projection=True"):
        transformer = ApproxEquivTransformer(
            projection=projection,
            d_model=512,
            conditioning_dim=128,
            num_layers=6,
            num_heads=8,
        )
    velocity = transformer(torch.randn(2, 90), torch.rand(2, 1), torch.randn(2, 128))
    assert velocity.shape == (2, 90)
    assert not any(p.requires_grad for p in projection.parameters())


def test_train_and_evaluate_examples(tmp_path: Path) -> None:
    from src.eval import evaluate
    from src.train import train

    metrics, objects = train(smoke_config(tmp_path))
    model, trainer = objects["model"], objects["trainer"]
    assert trainer.global_step == 6
    assert next(model.parameters()).isfinite().all()
    checkpoint = f"ckpt_path={tmp_path / 'model.ckpt'}"
    metrics, objects = evaluate(smoke_config(tmp_path, checkpoint, entry="eval"))
    assert metrics["test/lsd"] > 0
    assert len(objects["scores"]) == 96


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "src/train.py data=ksin model=ksin_flow_matching data.k=4 model.d_model=512 "
        "trainer.max_epochs=100",
        "-m src.train experiment=ksin/baseline",
    ],
)
def test_command_lines(tmp_path: Path, command: str) -> None:
    """As documented, script and module, at a scale that takes seconds."""
    extra = ["scale=smoke", f"paths.output_dir={tmp_path}"]
    done = subprocess.run(
        [sys.executable, *command.split(), *extra],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "model.ckpt").is_file()


def test_wrong_settings_end_with_one_message(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "src.train",
            "experiment=toy/cnf_mlp",
            "scale=smoke",
            "data.k=0",
            f"paths.output_dir={tmp_path}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "error: data.k: expected a whole number of at least 1, got 0"
    )
    assert "Traceback" not in done.stderr
