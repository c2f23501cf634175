"""The workflow on a real Slurm: a figure and a table, and jobs that are interrupted."""

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from src.train import train
from tests.cluster.cluster import Cluster, wait_until
from tests.smoke_runs import smoke_config
from tests.workflow.repository import Repository

pytestmark = pytest.mark.slow

# Which of both cannot be asked here: no database, hence no sacct. The rest saves time.
OPTIONS = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"]
STEPS = 700  # at 0.2 s longer than any limit
RUNS = [f"results/smoke/kosc/k2-symmetric/ffn_mse/seed{seed}" for seed in (0, 1)]
SLOW = '''
import time

from lightning.pytorch import Callback


class Slow(Callback):
    """Make a training last as long on any machine, until it is interrupted."""

    def on_train_start(self, trainer, *_):
        self.slow = trainer.global_step == 0

    def on_train_batch_end(self, trainer, *_):
        time.sleep(0.2 * self.slow)
        if trainer.global_step == 2:
            print("two steps are done", flush=True)
'''


def submitted(repository: Repository, cluster: Cluster, *words: str) -> "subprocess.Popen[str]":
    """Start Snakemake with the profile; what it says goes to the file ``output``."""
    command = ["python", "-m", "snakemake", "--profile", "profiles/slurm", *OPTIONS, *words]
    with (repository.folder / "output").open("w") as output:
        return subprocess.Popen(
            command,
            cwd=repository.folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=cluster.environment(),
            text=True,
        )


def output_of(repository: Repository) -> str:
    return (repository.folder / "output").read_text()


@pytest.fixture(scope="module")
def study(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Fig. 3 and Vital's table at scale smoke, of few methods, made through Slurm."""
    repository = Repository.copied_to(tmp_path_factory.mktemp("study") / "repository")
    repository.compare("kosc", "cnf_mlp", "random")
    repository.compare("vital", "cnf_mlp", "rerendered")
    targets = ["figures/lsd.pdf", "results/smoke/tables/vital.md"]
    snakemake = submitted(repository, cluster, *targets, "--config", "scale=smoke")
    assert snakemake.wait(timeout=900) == 0, output_of(repository)
    return repository


def test_figure_and_table_are_made_by_jobs(study: Repository) -> None:
    assert (study.folder / "figures/lsd.pdf").read_bytes().startswith(b"%PDF")
    assert "CNF (MLP)" in (study.folder / "results/smoke/tables/vital.md").read_text()
    logs = {path.name for path in (study.folder / "results/slurm_logs").iterdir()}
    assert {"rule_train", "rule_render_shard", "rule_predict"} <= logs
    assert any(name.startswith("group_") for name in logs)


@dataclass
class Trouble:
    """Two trainings that met with all that a cluster has in store.

    Attributes:
        repository: in which they ran.
        reasons: why the jobs waited while the node was drained.
        started_on_drained: states other than waiting, seen in that time.
        restarts: how often Slurm has put each job in its queue again, by seed.
        output: by Snakemake.
    """

    repository: Repository
    reasons: list[str]
    started_on_drained: list[str]
    restarts: list[int]
    output: str


@pytest.fixture(scope="module")
def trouble(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Trouble:
    """Train while the node is drained, while another job takes its place, and beyond the limit."""
    repository = Repository.copied_to(tmp_path_factory.mktemp("trouble") / "repository")
    (repository.folder / "src/slow.py").write_text(SLOW)
    with (repository.folder / "configs/callbacks/default.yaml").open("a") as callbacks:
        callbacks.write("slow:\n  _target_: src.slow.Slow\n")
    repository.edit("configs/scale/smoke.yaml", "steps: 6\n", f"steps: {STEPS}\n")
    repository.edit("configs/scale/smoke.yaml", "validate_every: 3", "validate_every: 100")
    minutes = "train_minutes: 5, evaluate_minutes: 5, render_minutes: 5"
    repository.edit("configs/workflow.yaml", minutes, minutes.replace("5", "2", 1))
    repository.edit("profiles/slurm/config.yaml", "save_seconds: 180", "save_seconds: 10")

    cluster.ask("scontrol", "update", "nodename=localhost", "state=drain", "reason=test")
    targets = [f"{run}/model.ckpt" for run in RUNS]
    snakemake = submitted(repository, cluster, *targets, "--config", "scale=smoke")
    try:
        wait_until(lambda: len(cluster.states("train")) == len(RUNS), "both jobs are submitted")
        time.sleep(5)  # in which an idle node takes a job
        waiting = cluster.states("train")
        reasons = [cluster.requested(number)["Reason"] for number in waiting]
        cluster.ask("scontrol", "update", "nodename=localhost", "state=resume")

        wait_until(lambda: list(cluster.states("train").values()) == ["RUNNING"] * 2, "both run")
        wait_until(lambda: _is_training(repository), "both train")
        urgent = ["--partition=urgent", "--comment=urgent", "--cpus-per-task=1", "--mem=100"]
        script = ["--output=/dev/null", "--wrap", "sleep 3"]
        cluster.ask("sbatch", "--parsable", *urgent, *script)
        wait_until(lambda: not cluster.states("urgent"), "the urgent job has ended")
        restarts = [int(cluster.requested(number)["Restarts"]) for number in waiting]
        assert snakemake.wait(timeout=420) == 0, output_of(repository)
    finally:
        snakemake.kill()
    started = sorted(set(waiting.values()) - {"PENDING"})
    return Trouble(repository, reasons, started, sorted(restarts), output_of(repository))


def _is_training(repository: Repository) -> bool:
    logs = [repository.folder / run / "train.log" for run in RUNS]
    return all(log.is_file() and "two steps are done" in log.read_text() for log in logs)


def test_a_drained_node_is_waited_for(trouble: Trouble) -> None:
    assert trouble.started_on_drained == []
    assert len(trouble.reasons) == 2
    for reason in trouble.reasons:
        assert "DRAINED" in reason or "Unavailable" in reason


def test_a_job_that_lost_its_place_is_queued_again(trouble: Trouble) -> None:
    assert trouble.restarts == [0, 1]


def test_a_job_beyond_its_limit_is_tried_again(trouble: Trouble) -> None:
    assert "Trying to restart job" in trouble.output
    logs = (trouble.repository.folder / "results/slurm_logs").rglob("*.log")
    assert any("stopped at step" in log.read_text() for log in logs)


@pytest.mark.parametrize("run", RUNS)
def test_interrupted_jobs_end_as_undisturbed_ones(
    trouble: Trouble, run: str, tmp_path: Path
) -> None:
    folder = trouble.repository.folder / run
    resumed = re.findall(r"resuming at step (\d+)", (folder / "train.log").read_text())
    assert len(resumed) == 1  # of the last attempt
    assert 0 < int(resumed[0]) < STEPS
    words = (f"scale.steps={STEPS}", "scale.validate_every=100", f"seed={run[-1]}")
    train(smoke_config(tmp_path, *words, experiment="toy/ffn_mse"))
    weights = [torch.load(f / "model.ckpt", weights_only=True) for f in (folder, tmp_path)]
    one, other = (content["state_dict"] for content in weights)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
