"""What all rules have in common, said once: log, benchmark, environment, message."""

from pathlib import PurePosixPath
from typing import Any

from snakemake.io import get_wildcard_names, strip_wildcard_constraints

from src.common.project import ROOT


def complete(workflow: Any) -> None:
    """Give every rule with a command what it does not say itself.

    Args:
        workflow: Snakemake's, all of whose rules are known.
    """
    for rule in workflow.rules:
        if rule.norun:
            continue
        if not rule.log:
            rule.log_modifier = rule.output_modifier
            rule.set_log(log_of(rule.name, strip_wildcard_constraints(str(rule.output[0]))))
        if (
            rule.output
        ):  # without one a rule runs whenever it is asked for; a benchmark would be one
            log = PurePosixPath(strip_wildcard_constraints(str(rule.log[0])))
            rule.benchmark_modifier = rule.output_modifier
            rule.benchmark = str(log.with_suffix(".benchmark.tsv"))
        rule.conda_env = str(ROOT / "environment.yml")
        rule.message = rule.message or "{rule}: " + ("{output[0]}" if rule.output else "{input}")


def log_of(rule: str, output: str) -> str:
    """Name the log of a rule: beside its first output, called like the rule.

    Where the name of the output holds a wildcard, it has to hold the same, and is called like it.

    Example:
        >>> log_of("train", "results/{scale}/seed{seed}/model.ckpt")
        'results/{scale}/seed{seed}/train.log'
        >>> log_of("tables", "results/{scale}/tables/{table}.csv")
        'results/{scale}/tables/{table}.log'
    """
    path = PurePosixPath(output)
    has_wildcards = bool(get_wildcard_names(path.name))
    return str(path.with_suffix(".log") if has_wildcards else path.with_name(f"{rule}.log"))


def benchmark_patterns(workflow: Any) -> list[str]:
    """Write down which paths the benchmark files of each rule have, as regular expressions."""
    return [
        f"{rule.name}={rule.benchmark.regex().pattern}" for rule in workflow.rules if rule.benchmark
    ]
