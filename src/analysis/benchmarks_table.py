"""Time and memory of all jobs, from the benchmark files that Snakemake writes: a row a rule.

    python -m src.analysis.benchmarks_table results/laptop --rules RULE=EXPRESSION… \
        --output results/laptop/tables/benchmarks.csv

An expression is the regular expression of the paths of a rule's benchmark files.
"""

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from src.analysis.table_files import write_csv_and_markdown
from src.common.errors import explained

ENDING = ".benchmark.tsv"
# Columns of Snakemake's files: seconds on the clock, largest resident memory (MiB), seconds of all
# processors. Short jobs end before memory and processor time are looked at.
_SECONDS, _MEMORY, _PROCESSOR = "s", "max_rss", "cpu_time"


def read_benchmarks(files: Iterable[Path], rules: Mapping[str, str]) -> pd.DataFrame:
    """Read benchmark files.

    Args:
        files: written by Snakemake, a line a repetition.
        rules: regular expression of the whole path of a rule's files, by the rule's name.

    Returns:
        A row a job: rule, seconds, memory_mib and processor_seconds (NaN where not measured).

    Raises:
        ValueError: a file is not of Snakemake's form.
    """
    expressions = {name: re.compile(expression) for name, expression in rules.items()}
    parts = []
    for path in files:
        rule = next((n for n, e in expressions.items() if e.fullmatch(path.as_posix())), None)
        if rule is None:
            continue  # a file that a rule of earlier times left behind
        try:
            content = pd.read_csv(path, sep="\t", na_values="-")
            part = content[[_SECONDS, _MEMORY, _PROCESSOR]].astype(float)
        except (ValueError, KeyError) as error:
            raise ValueError(
                f"{path}: not readable as a benchmark file of Snakemake ({error}); delete it"
            ) from error
        part.columns = pd.Index(["seconds", "memory_mib", "processor_seconds"])
        parts.append(part.assign(rule=rule))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["rule"])


def summary(jobs: pd.DataFrame) -> pd.DataFrame:
    """Summarise jobs by rule.

    Args:
        jobs: from `read_benchmarks`.

    Returns:
        A row a rule, those that took longest first, and ``all`` last: jobs, seconds in total, mean
        and greatest, processor_seconds in total, greatest memory (MiB).
    """
    with_all = pd.concat([jobs, jobs.assign(rule="all")], ignore_index=True)
    groups = with_all.groupby("rule", sort=False)
    rows = groups.agg(
        jobs=("seconds", "size"),
        seconds_total=("seconds", "sum"),
        seconds_mean=("seconds", "mean"),
        seconds_max=("seconds", "max"),
        processor_seconds=("processor_seconds", "sum"),
        memory_mib_max=("memory_mib", "max"),
    )
    order = rows.drop(index="all").sort_values("seconds_total", ascending=False).index
    return rows.loc[[*order, "all"]].round(2).reset_index()


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Gather time and memory of jobs by rule.")
    parser.add_argument("results", type=Path, help="folder of the results of a scale")
    parser.add_argument("--rules", nargs="+", required=True, metavar="RULE=EXPRESSION")
    parser.add_argument("--output", type=Path, required=True, help="CSV to write; .md beside it")
    options = parser.parse_args(argv)
    rules = dict(entry.split("=", maxsplit=1) for entry in options.rules)
    jobs = read_benchmarks(sorted(options.results.rglob(f"*{ENDING}")), rules)
    if jobs.empty:
        raise ValueError(f"{options.results}: no *{ENDING} of a rule in it; run the workflow first")
    rows = summary(jobs)
    write_csv_and_markdown(rows, options.output)
    print(f"{options.output}: {len(jobs)} jobs of {len(rows) - 1} rules")


if __name__ == "__main__":
    main()
