"""The plan counts the jobs of a dry run, multiplies measured rates, and makes no number up."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workflow.plan import NOT_MEASURED, Job, Rates, planned, report
from workflow.work import Piece, pieces

SETTINGS = yaml.safe_load(Path("configs/workflow.yaml").read_text(encoding="utf-8"))
CELL = {"scale": "laptop", "task": "kosc", "k": "4", "symmetry": "symmetric", "seed": "0"}
ABOUT = {"scale": "laptop", "group": "toy", "method": "cnf_mlp", "k": 4}


def rates(*measured):
    return Rates(
        [{"machine": "m", "device": "cpu", **rate} for rate in measured], {"m": "a machine"}
    )


@pytest.mark.parametrize("words", [["scale=smoke"], ["scale=paper", "seeds=[0,1,2]"]])
def test_the_plan_has_the_jobs_of_the_dry_run(fresh, words):
    dry = fresh.snakemake("-n", "all", "--quiet", "rules", "--config", *words)
    counts = dict(re.findall(r"^(\w+) +(\d+)$", dry.stdout + dry.stderr, flags=re.MULTILINE))
    said = fresh.snakemake("--cores", "1", "plan", "--config", *words)
    assert said.returncode == 0, said.stderr
    assert dict(re.findall(r"^\| (\w+) \| (\d+) \|", said.stdout, flags=re.MULTILINE)) == counts
    assert int(counts["total"]) == sum(int(n) for rule, n in counts.items() if rule != "total")


def test_a_training_is_its_steps_times_its_batch():
    work = pieces("train", {**CELL, "experiment": "cnf_mlp_minibatch"}, {}, SETTINGS)
    assert work == [Piece("job", 1, {"rule": "train"}), Piece("trained", 1500 * 128, ABOUT)]


def test_a_flow_is_evaluated_as_often_as_its_solver_does():
    work = pieces("evaluate", {**CELL, "experiment": "cnf_mlp"}, {}, SETTINGS)
    assert work[1:] == [Piece("predicted", 2560, ABOUT), Piece("evaluated", 2560 * 50, ABOUT)]


def test_hours_are_counts_times_seconds():
    jobs = [Job("train", {**CELL, "experiment": "cnf_mlp"})] * 2
    measured = rates(
        {"work": "job", "seconds": 3600}, {"work": "trained", "seconds": 3600 / 192_000}
    )
    total = planned(jobs, measured, SETTINGS).iloc[-1]
    assert (total["jobs"], total["not_measured"]) == (2, 0)
    assert total["core_hours"] == pytest.approx(4)


def test_what_is_not_measured_is_said():
    jobs = [Job("train", {**CELL, "experiment": "cnf_mlp"}, uses_gpu=True)]
    measured = rates({"work": "job", "seconds": 1}, {"work": "trained", "seconds": 1, "k": 8})
    text = report(planned(jobs, measured, SETTINGS), measured)
    assert f"| train | 1 | {NOT_MEASURED} | {NOT_MEASURED} |" in text
    assert "python -m benchmarks.rates" in text


def test_gpu_hours_come_from_a_gpu():
    jobs = [Job("train", {**CELL, "experiment": "cnf_mlp"}, uses_gpu=True)]
    measured = rates(
        {"work": "job", "seconds": 0},
        {"work": "trained", "seconds": 3600 / 192_000},
        {"work": "trained", "seconds": 360 / 192_000, "device": "gpu"},
    )
    total = planned(jobs, measured, SETTINGS).iloc[-1]
    assert total["gpu_hours"] == pytest.approx(0.1)
    assert total["core_hours"] == pytest.approx(1)


def test_the_shipped_rates_name_their_machines():
    shipped = Rates.read()
    assert all(rate["seconds"] > 0 and rate["source"] for rate in shipped.measured)


def test_a_broken_file_of_rates_is_explained(tmp_path):
    path = tmp_path / "rates.yaml"
    path.write_text("machines: {}\nrates: [{work: scored, seconds: 1, machine: x, device: cpu}]\n")
    with pytest.raises(ValueError, match="a machine that"):
        Rates.read(path)


def test_the_command_line_writes_files(fresh):
    words = ["-m", "workflow.plan", "results/smoke/tables/kosc.csv", "--output", "plan.csv"]
    done = subprocess.run(
        [sys.executable, *words], cwd=fresh.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (fresh.folder / "plan.csv").read_text(encoding="utf-8").startswith("rule,jobs,")
    assert (fresh.folder / "plan.md").read_text(encoding="utf-8") == done.stdout
