"""One real run of the workflow at scale smoke, for all tests that look at what it makes."""

import shutil
from pathlib import Path

import pytest

from tests.workflow.repository import Repository

MADE = ("cnf_param2tok", "cnf_mlp", "ffn_mse")


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with the toy tasks at scale smoke, of a few methods; leave it as it is."""
    repository = Repository.copied_to(tmp_path_factory.mktemp("smoke") / "repository")
    repository.without_synthesizers()
    trained = "trained: [cnf_equivariant, cnf_param2tok, cnf_mlp, ffn_mse, ffn_sort, ffn_chamfer]"
    repository.edit("configs/workflow.yaml", trained, f"trained: [{', '.join(MADE)}]")
    repository.made("all")
    return repository


@pytest.fixture(scope="session")
def vital(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with Vital's table and figures at scale smoke, of two methods."""
    repository = Repository.copied_to(tmp_path_factory.mktemp("vital") / "repository")
    trained = "trained: [cnf_param2tok, cnf_mlp, ast, ast_sorted, vae_realnvp]"
    repository.edit("configs/workflow.yaml", trained, "trained: [cnf_param2tok, vae_realnvp]")
    repository.made(
        "results/smoke/tables/vital.md",
        "figures/vital/audio_metrics.pdf",
        "figures/vital/spectrograms.pdf",
        "figures/vital/param2tok.pdf",
    )
    return repository


@pytest.fixture
def changeable(smoke: Repository, tmp_path: Path) -> Repository:
    """A copy of the smoke repository and its results, to change and plan in."""
    return Repository(Path(shutil.copytree(smoke.folder, tmp_path / "repository")))


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository in which nothing was made, to plan in."""
    return Repository.copied_to(tmp_path_factory.mktemp("fresh") / "repository")
