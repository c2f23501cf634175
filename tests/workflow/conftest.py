"""One real run of the workflow at scale smoke, for all tests that look at what it makes."""

import shutil
from pathlib import Path

import pytest

from tests.workflow.repository import Repository

MADE = ("cnf_param2tok", "cnf_mlp", "ffn_mse", "random")
FEW = "methods: [cnf_equivariant, cnf_param2tok, cnf_mlp]"  # of the study


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with the toy tasks at scale smoke, of a few methods; leave it as it is."""
    repository = Repository.copied_to(tmp_path_factory.mktemp("smoke") / "repository")
    repository.without_synthesizers()
    repository.compare("kosc", *MADE)
    repository.edit("configs/workflow.yaml", FEW, "methods: [cnf_mlp]")
    minibatch = (
        "      minibatch: {label: minibatch coupling, overrides: [data.coupling=minibatch]}\n"
    )
    repository.edit("configs/workflow.yaml", minibatch, "")
    repository.made("all")
    return repository


@pytest.fixture(scope="session")
def vital(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with Vital's table and figures at scale smoke, of two methods."""
    repository = Repository.copied_to(tmp_path_factory.mktemp("vital") / "repository")
    repository.compare("vital", "cnf_param2tok", "vae_realnvp", "rerendered", "random")
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
