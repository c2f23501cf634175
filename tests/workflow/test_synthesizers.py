"""Rendered data sets in the graph: what is planned, what is made, what is refused."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from src.analysis.published import write
from src.common.hdf5 import open_hdf5
from tests.workflow.repository import Repository

VITAL = "vital/cnf_param2tok/seed0"
METRICS = ["mss", "wmfcc", "sot", "rms"]
ROWS = {"cnf_param2tok", "vae_realnvp", "rerendered", "random"}


def test_table_and_figures_are_there(vital):
    names = ["audio_metrics", "spectrograms", "param2tok"]
    files = [f"figures/vital/{name}.{suffix}" for name in names for suffix in ("pdf", "png")]
    files += [f"results/smoke/tables/vital.{suffix}" for suffix in ("csv", "md", "tex")]
    assert [name for name in files if not (vital.folder / name).stat().st_size] == []


def test_every_method_was_scored_on_every_test_sound(vital):
    scores = pd.read_parquet(vital.folder / "results/smoke/vital/scores.parquet")
    assert set(scores["method"]) == ROWS
    assert (scores.groupby("method")["item"].nunique() == 16).all()
    assert scores[METRICS].notna().all().all()
    means = scores.groupby("method")["mss"].mean()
    assert means["rerendered"] < 0.1 * means.drop("rerendered").min()


def test_splits_differ_and_say_what_made_them(vital):
    folder = vital.folder / "results/smoke/vital/data"
    params = {}
    for split in ("train", "val", "test"):
        with open_hdf5(folder / f"{split}.h5") as file:
            params[split] = {row.tobytes() for row in file["param_array"][:]}
            assert file.attrs["table_digest"]
            assert bool(file["audio"].attrs["stored"]) == (split == "test")
    assert len(params["train"]) == 64
    assert not params["train"] & params["test"]
    assert not params["val"] & params["test"]


def test_nothing_is_made_twice(vital):
    assert vital.planned("results/smoke/tables/vital.md") == {}


def test_a_changed_table_renders_again(vital, tmp_path):
    changed = Repository(Path(shutil.copytree(vital.folder, tmp_path / "changed")))
    table = changed.folder / "configs/synth/vital/small.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",0.3,1,", ",0.2,1,"))
    assert changed.planned("results/smoke/vital/data/train.h5")["render_shard"] == 2


@pytest.mark.parametrize("scale", ["smoke", "laptop", "paper"])
def test_jobs_of_a_table(fresh, scale):
    jobs = fresh.planned(f"results/{scale}/tables/vital.md", scale=scale)
    shards = {"smoke": 2 + 1 + 1, "laptop": 4 + 1 + 1, "paper": 200 + 1 + 1}[scale]
    assert jobs["render_shard"] == shards
    assert (jobs["train"], jobs["predict"], jobs["score"]) == (7, 9, 9)


def test_a_folder_of_sounds_is_a_target(vital, tmp_path):
    sounds = Path(
        shutil.copytree(vital.folder / "results/smoke/vital/targets", tmp_path / "my sounds")
    )
    (sounds / "broken.wav").write_text("no sound")
    task = {"label": "mine", "folder": str(sounds), "models": "vital"}
    setting = json.dumps({"mine": task})
    target = "results/smoke/mine/random/seed0/scores.parquet"
    result = vital.snakemake("--cores", "2", target, "--config", "scale=smoke", f"tasks={setting}")
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(pd.read_parquet(vital.folder / target)) == 16
    assert "broken.wav" in (vital.folder / "results/smoke/mine/data/recordings.log").read_text()


def test_sounds_that_are_not_at_hand_are_planned_but_not_begun(fresh):
    target = "results/smoke/tables/nsynth.csv"
    assert fresh.planned(target)["recordings"] == 1
    result = fresh.snakemake("--cores", "1", target, "--config", "scale=smoke")
    assert result.returncode != 0
    assert "tasks.nsynth.folder: nothing is no folder" in result.stdout + result.stderr
    assert not (fresh.folder / "results/smoke/surge_full").exists()


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("listen/page.py", set()),
        ("matching/matcher.py", set()),
        ("data/toy/split.py", set()),
        ("predict.py", {"predict", "score", "gather", "tables"}),
        ("metrics/audio_spectra.py", {"score", "gather", "tables"}),
    ],
)
def test_an_edit_runs_again_what_reaches_it_and_nothing_else(vital, tmp_path, module, rules):
    """An edit of what predicts trains nothing."""
    changed = Repository(Path(shutil.copytree(vital.folder, tmp_path / "changed")))
    file = changed.folder / "src" / module
    file.write_text(file.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert set(changed.planned("results/smoke/tables/vital.md")) == rules


def test_a_synthesizers_scores_and_weights(vital, tmp_path):
    repository = Repository(Path(shutil.copytree(vital.folder, tmp_path / "repository")))
    names = ["vital/scores.parquet", f"{VITAL}/model.ckpt", f"{VITAL}/config.yaml"]
    write(repository.folder / "results/smoke", repository.folder / "published/smoke", names)
    output = repository.started("scores", "--cores", "2", "all")
    assert "figures/vital/spectrograms.pdf" in output  # sounds are not published
    tier = repository.folder / "results/from_scores/smoke"
    expected = {
        name: content for name, content in vital.tables("").items() if name.startswith("vital")
    }
    assert {name: repository.tables("from_scores").get(name) for name in expected} == expected
    assert {path.name for path in tier.rglob("*.pdf")} == {"audio_metrics.pdf", "param2tok.pdf"}
    # Predictions of the second tier are made for its own data.
    target = "results/from_checkpoints/smoke/tables/vital.md"
    plan = repository.started("checkpoints", "--dry-run", "--printshellcmds", target)
    assert "data.dataset_root=results/from_checkpoints/smoke/vital/data" in plan
    assert "src.train" not in plan
