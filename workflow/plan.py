"""What a target would take: ``python -m workflow.plan --settings '{"scale": "paper"}'``.

The jobs are those of a dry run. What each has to do (items trained, rendered, scored, …) is read
from the configurations, and what that takes from ``configs/rates.yaml``: seconds measured on named
machines. Where nothing was measured the table says so; no number is made up.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from src.common.errors import explained
from src.common.files import write_text
from workflow.work import Piece, pieces

RATES = Path("configs/rates.yaml")
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Job:
    """A job that a dry run would start.

    Attributes:
        rule: its name.
        wildcards: by name.
        params: by name.
        uses_gpu: whether it asks for a GPU.
    """

    rule: str
    wildcards: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    uses_gpu: bool = False


@dataclass(frozen=True)
class Rates:
    """Measured seconds.

    Attributes:
        measured: content of ``configs/rates.yaml``: what, about which method, where, seconds.
        machines: what the machines are, by the name that rates give.
    """

    measured: Sequence[Mapping[str, Any]]
    machines: Mapping[str, str]

    @classmethod
    def read(cls, path: Path = RATES) -> "Rates":
        """Read a file of rates.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it has no such form, or a rate names an unknown machine.
        """
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or set(content) != {"machines", "rates"}:
            raise ValueError(f"{path}: expected `machines` and `rates`, see docs/plan.md")
        for rate in content["rates"]:
            missing = {"work", "seconds", "machine", "device"} - set(rate)
            if missing or rate["machine"] not in content["machines"]:
                raise ValueError(
                    f"{path}: {rate}: expected work, seconds, device and a machine that "
                    "`machines` describes"
                )
        return cls(content["rates"], content["machines"])

    def seconds(self, piece: Piece, device: str) -> float | None:
        """Look up what a piece of work takes on a device ("cpu" or "gpu"); None if not measured."""
        for rate in self.measured:
            about = {key: rate[key] for key in _ABOUT if key in rate}
            is_it = rate["work"] == piece.work and rate["device"] == device
            if is_it and all(piece.about.get(key) == value for key, value in about.items()):
                return float(rate["seconds"]) * piece.count
        return None


_ABOUT = ("scale", "group", "method", "k", "rule")


def jobs_of(settings: Mapping[str, Any], targets: Sequence[str]) -> list[Job]:
    """Ask Snakemake which jobs it would run.

    Args:
        settings: of the workflow, in place of those in ``configs/workflow.yaml``.
        targets: what is to be made.

    Raises:
        WorkflowError: Snakemake cannot plan it.
    """
    from snakemake.api import SnakemakeApi
    from snakemake.settings.enums import Quietness
    from snakemake.settings.types import (
        ConfigSettings,
        DAGSettings,
        ExecutionSettings,
        OutputSettings,
        ResourceSettings,
    )

    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        graph = api.workflow(
            snakefile=Path("Snakefile"),
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=dict(settings)),
        )
        plan = graph.dag(DAGSettings(targets=set(targets)))
        # The run that asks for the plan holds the lock of the folder.
        plan.execute_workflow(executor="dryrun", execution_settings=ExecutionSettings(lock=False))
        dag = graph._workflow.dag  # the interface has no word for its jobs
        return [_described(job) for job in dag.jobs if dag.needrun(job)]


def _described(job: Any) -> Job:
    wildcards = dict(job.wildcards.items())
    params = {"size": job.params.get("size")}
    return Job(job.rule.name, wildcards, params, bool(job.resources.get("gpu", 0)))


def planned(jobs: Iterable[Job], rates: Rates, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Count jobs and hours by rule.

    Args:
        jobs: from `jobs_of`.
        rates: measured.
        settings: of the workflow, complete.

    Returns:
        A row a rule, those with most core hours first, and ``total`` last: rule, jobs,
        not_measured (jobs without a rate), core_hours (all on processors), gpu_jobs, gpu_measured
        (those of them with a rate of a GPU), gpu_hours.
    """
    rows = [_row(job, rates, settings) for job in jobs]
    columns = list(_row(Job("all"), rates, settings))
    table = pd.DataFrame(rows, columns=columns).groupby("rule", sort=True).sum()
    table = table.sort_values("core_hours", ascending=False, kind="stable")
    table.loc["total"] = table.sum()
    whole = ["jobs", "not_measured", "gpu_jobs", "gpu_measured"]
    return table.astype(dict.fromkeys(whole, int)).reset_index()


def _row(job: Job, rates: Rates, settings: Mapping[str, Any]) -> dict[str, Any]:
    work = pieces(job.rule, job.wildcards, job.params, settings)
    cores = [None] if work is None else [rates.seconds(piece, "cpu") for piece in work]
    on_gpu = [p for p in work or [] if p.work in ("trained", "predicted", "evaluated")]
    gpu = [rates.seconds(piece, "gpu") for piece in on_gpu] if job.uses_gpu else []
    gpu_measured = bool(gpu) and None not in gpu
    return {
        "rule": job.rule,
        "jobs": 1,
        "not_measured": int(None in cores),
        "core_hours": sum(seconds or 0 for seconds in cores) / 3600,
        "gpu_jobs": int(bool(on_gpu) and job.uses_gpu),
        "gpu_measured": int(gpu_measured),
        "gpu_hours": sum(seconds or 0 for seconds in gpu) / 3600 if gpu_measured else 0.0,
    }


def report(table: pd.DataFrame, rates: Rates) -> str:
    """Write a plan for people: the table, and what its numbers are worth."""
    lines = ["| rule | jobs | core hours | GPU hours |", "|---|---:|---:|---:|"]
    for row in table.to_dict("records"):
        core = f"{row['core_hours']:.2f}"
        if row["not_measured"] == row["jobs"]:
            core = NOT_MEASURED
        elif row["not_measured"]:
            core += f" ({row['not_measured']} jobs {NOT_MEASURED})"
        gpu = "" if not row["gpu_jobs"] else f"{row['gpu_hours']:.2f}"
        if row["gpu_jobs"] and not row["gpu_measured"]:
            gpu = NOT_MEASURED
        elif row["gpu_measured"] < row["gpu_jobs"]:
            gpu += f" ({row['gpu_jobs'] - row['gpu_measured']} jobs {NOT_MEASURED})"
        lines.append(f"| {row['rule']} | {row['jobs']} | {core} | {gpu} |")
    return "\n".join([*lines, "", *_notes(table, rates)]) + "\n"


def _notes(table: pd.DataFrame, rates: Rates) -> Iterator[str]:
    yield "Core hours: everything on processors alone, one thread, no GPU."
    total = table.iloc[-1]
    if total["gpu_measured"] < total["gpu_jobs"]:
        yield (
            "GPU hours are not measured where they say so: on a machine with a GPU, "
            "`python -m benchmarks.rates --scale SCALE --machine NAME --output FILE` writes rates "
            f"for {RATES} (docs/plan.md)."
        )
    yield (
        "Rendering is counted as Vital's at the scale's length and rate: Surge XT was not at hand "
        "to be measured."
    )
    yield "Small jobs (rates of `job`) were measured at laptop scale."
    used = {rate["machine"] for rate in rates.measured}
    yield from (f"{name}: {text}" for name, text in rates.machines.items() if name in used)


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Say what jobs and hours a target takes.")
    parser.add_argument("targets", nargs="*", default=["all"], help="as for snakemake")
    parser.add_argument("--settings", type=json.loads, default={}, help="of the workflow, JSON")
    parser.add_argument("--output", type=Path, help="CSV to write; .md beside it")
    options = parser.parse_args(argv)
    settings = yaml.safe_load(Path("configs/workflow.yaml").read_text(encoding="utf-8"))
    jobs = jobs_of(options.settings, options.targets)
    rates = Rates.read()
    table = planned(jobs, rates, {**settings, **options.settings})
    text = report(table, rates)
    if options.output:
        write_text(options.output, table.to_csv(index=False, lineterminator="\n"))
        write_text(options.output.with_suffix(".md"), text)
    print(text, end="")


if __name__ == "__main__":
    main()
