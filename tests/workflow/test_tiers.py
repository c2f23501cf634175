"""Three tiers of reproduction agree, and a tier says what it does not have."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.repository import Repository

RUNS = [f"kosc/k2-{symmetry}/ffn_mse/seed0" for symmetry in ("symmetric", "asymmetric")]


@pytest.fixture(scope="module")
def published(smoke: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """What was made from nothing, its scores and the weights of one method published."""
    folder = tmp_path_factory.mktemp("tiers") / "repository"
    repository = Repository(Path(shutil.copytree(smoke.folder, folder)))
    settings = ["scale=smoke", 'published_checkpoints={"kosc": ["ffn_mse"]}']
    result = repository.snakemake("--cores", "1", "publish_results", "--config", *settings)
    assert result.returncode == 0, result.stdout + result.stderr
    return repository


def test_published_scores_give_the_tables_that_everything_gives(published):
    output = published.started("scores", "--cores", "2", "all")
    assert "left out: figures/param2tok_kosc.pdf" in output  # its weights are not published
    assert "Exception" not in output
    everything = published.tables("")
    assert len(everything) == 6 + 6 + 1 + 2  # kosc, couplings, runs, provenance
    assert published.tables("from_scores") == everything
    drawn = {path.name for path in (published.folder / "results/from_scores").rglob("*.pdf")}
    assert drawn == {"lsd.pdf", "parameter_error.pdf", "training_curves.pdf", "couplings.pdf"}


def test_published_weights_give_the_scores_that_everything_gives(published):
    target = "results/from_checkpoints/smoke/kosc/scores.parquet"
    output = published.started("checkpoints", "--cores", "2", target)
    assert "left out:" in output
    assert "smoke/kosc/k2-symmetric/cnf_mlp/seed0" in output
    found = pd.read_parquet(published.folder / target)
    everything = pd.read_parquet(published.folder / "results/smoke/kosc/scores.parquet")
    expected = everything[everything["method"].isin(["ffn_mse", "random"])]
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True), check_exact=True)


def test_one_run_without_published_weights_is_explained(published):
    target = "results/from_checkpoints/smoke/kosc/k2-symmetric/cnf_mlp/seed0/scores.parquet"
    output = published.refusal(target, "--config", "scale=smoke", "start=checkpoints")
    assert "published/smoke lacks kosc/k2-symmetric/cnf_mlp/seed0/model.ckpt" in output
    assert f"there is: {RUNS[1]}/model.ckpt" in output


def test_a_changed_file_fails_the_check_and_is_not_taken(published, tmp_path):
    changed = Repository(Path(shutil.copytree(published.folder, tmp_path / "changed")))
    assert "files as published" in changed.made("verify")
    shutil.rmtree(changed.folder / "results")
    file = changed.folder / "published/smoke/kosc/scores.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    for arguments in (["verify"], ["all", "--config", "scale=smoke", "start=scores"]):
        result = changed.snakemake("--cores", "2", *arguments)
        assert result.returncode != 0
        assert "kosc/scores.parquet: changed since it was published" in (
            result.stdout + result.stderr
        )


def test_other_seeds_than_the_published_ones_are_refused(fresh):
    output = fresh.refusal("all", "--config", "scale=smoke", "start=scores", "seeds=[1]")
    assert "published results have seeds of their own" in output


def test_nothing_published_is_explained(fresh):
    output = fresh.refusal("all", "--config", "scale=smoke", "start=scores")
    assert "nothing is published in published/smoke" in output
