"""Scoring: one row an item, independent of batches, and only with the right checkpoint."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from src.eval import evaluate
from src.train import train
from tests.smoke_runs import smoke_config


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train one small run."""
    folder = tmp_path_factory.mktemp("run")
    train(smoke_config(folder))
    return folder


def _evaluate(run: Path, folder: Path, *overrides: str, **kwargs: str) -> pd.DataFrame:
    checkpoint = f"ckpt_path={run / 'model.ckpt'}"
    _, objects = evaluate(smoke_config(folder, checkpoint, *overrides, entry="eval", **kwargs))
    return objects["scores"]


def test_one_row_an_item_and_means_over_items(run: Path, tmp_path: Path) -> None:
    scores = _evaluate(run, tmp_path)
    stored = pd.read_parquet(tmp_path / "scores.parquet")
    pd.testing.assert_frame_equal(stored, scores)
    assert stored["item"].tolist() == list(range(96))
    assert not stored.isna().any(axis=None)
    summary = json.loads((tmp_path / "evaluation.json").read_text())
    assert summary["n"] == 96
    assert summary["means"]["test/lsd"] == pytest.approx(stored["lsd"].mean())


def test_batch_size_changes_nothing(run: Path, tmp_path: Path) -> None:
    whole = _evaluate(run, tmp_path / "a", "scale.evaluation.batch_size=96")
    ragged = _evaluate(run, tmp_path / "b", "scale.evaluation.batch_size=25")
    # other matrix shapes, other summation order: float32 rounding through two solver steps
    pd.testing.assert_frame_equal(whole, ragged, rtol=1e-3, atol=1e-3)


def test_repeated_scoring_gives_the_same_bits(run: Path, tmp_path: Path) -> None:
    first, second = (_evaluate(run, tmp_path / name) for name in "ab")
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    other = _evaluate(run, tmp_path / "c", "scale.evaluation.seed=1")
    assert not first["lsd"].equals(other["lsd"])


def test_the_checkpoint_holds_the_weights_that_were_validated(run: Path, tmp_path: Path) -> None:
    """Averaged weights: validation metrics of the best step come out again."""
    scores = _evaluate(run, tmp_path, "scale.evaluation.split=val")
    history = pd.read_csv(run / "history.csv").dropna(subset=["val/lsd"])
    best = history.loc[history["val/lsd"].idxmin()]
    assert scores["lsd"].mean() == pytest.approx(best["val/lsd"], rel=1e-3)
    assert scores["mse"].mean() == pytest.approx(best["val/mse"], rel=1e-3)


def test_random_is_scored_without_a_checkpoint(tmp_path: Path) -> None:
    metrics, _ = evaluate(smoke_config(tmp_path, entry="eval", experiment="toy/random"))
    assert metrics["test/lsd"] > 0


@pytest.mark.parametrize(
    ("experiment", "overrides", "named"),
    [
        ("toy/ffn_mse", (), r"model\.network"),
        ("toy/cnf_mlp", ("data.k=3",), r"data\.k: 2 in the checkpoint, 3 configured"),
        ("toy/cnf_mlp", ("data.break_symmetry=true",), r"data\.break_symmetry"),
    ],
)
def test_checkpoint_of_another_experiment_is_refused(
    run: Path, tmp_path: Path, experiment: str, overrides: tuple[str, ...], named: str
) -> None:
    with pytest.raises(ValueError, match=f"another experiment.*{named}"):
        _evaluate(run, tmp_path, *overrides, experiment=experiment)


def test_a_checkpoint_from_before_a_setting_is_one_of_its_absence(
    run: Path, tmp_path: Path
) -> None:
    """The strength of the broken symmetry came later, and so did the price of unlike sounds."""
    content = torch.load(run / "model.ckpt", weights_only=True)
    assert content["config"].pop("data.break_strength") is None
    older = tmp_path / "older.ckpt"
    torch.save(content, older)
    cfg = smoke_config(tmp_path, f"ckpt_path={older}", "data.condition_weight=2", entry="eval")
    evaluate(cfg)
    with pytest.raises(ValueError, match=r"data\.break_strength: None in the checkpoint, 0\.5"):
        evaluate(
            smoke_config(
                tmp_path,
                f"ckpt_path={older}",
                "data.break_symmetry=true",
                "data.break_strength=0.5",
                entry="eval",
            )
        )


def test_a_trained_method_needs_its_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ckpt_path is null"):
        evaluate(smoke_config(tmp_path, entry="eval"))
    with pytest.raises(FileNotFoundError, match=r"no checkpoint .*gone\.ckpt"):
        evaluate(smoke_config(tmp_path, f"ckpt_path={tmp_path / 'gone.ckpt'}", entry="eval"))


class _Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("touched-by-pickle"),))  # type: ignore[return-value]


def test_damaged_and_malicious_files_are_refused(run: Path, tmp_path: Path) -> None:
    truncated = tmp_path / "truncated.ckpt"
    truncated.write_bytes((run / "model.ckpt").read_bytes()[:1000])
    malicious = tmp_path / "malicious.ckpt"
    malicious.write_bytes(pickle.dumps(_Malicious(), protocol=2))
    foreign = tmp_path / "foreign.ckpt"
    torch.save({"weights": torch.zeros(1)}, foreign)
    for path in (truncated, malicious, foreign):
        with pytest.raises(ValueError, match=path.name):
            evaluate(smoke_config(tmp_path, f"ckpt_path={path}", entry="eval"))
    assert not Path("touched-by-pickle").exists()


def test_scoring_imports_no_training_framework() -> None:
    code = "import sys, src.eval; print({'lightning', 'torchmetrics'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
