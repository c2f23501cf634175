"""Where the runs behind a result come from: the provenance in run folders, gathered.

    python -m src.analysis.provenance_table results/laptop \
        --output results/laptop/tables/provenance.csv

A row for each commit, set of versions and machine, with what was run on it.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from src.analysis.table_files import write_csv_and_markdown
from src.common.errors import explained
from src.common.json_files import read_json

# Files that hold the provenance of a run's training, evaluation or prediction, and where.
TRAINING, REST = "provenance.json", ("evaluation.json", "prediction.json")


def origins(folder: Path) -> list[dict[str, Any]]:
    """Gather the provenance of all runs below a folder.

    Args:
        folder: a run folder, or one that holds run folders at any depth.

    Returns:
        One entry for each commit, versions and hardware that differ: these, with ``trainings`` and
        ``evaluations`` (how many), ``seeds`` of training, ``first`` and ``last`` (ISO 8601, UTC).
        In the order of time.

    Raises:
        ValueError: a file is not readable.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*.json")):
        if path.name not in (TRAINING, *REST):
            continue
        told = _read(path)
        same = {key: told[key] for key in ("commit", "python", "packages", "hardware")}
        entry = found.setdefault(
            json.dumps(same, sort_keys=True),
            {**same, "trainings": 0, "evaluations": 0, "seeds": set(), "times": []},
        )
        is_training = path.name == TRAINING
        entry["trainings" if is_training else "evaluations"] += 1
        if is_training:
            entry["seeds"].add(told["seed"])
        entry["times"].append(told["made_at"])
    for entry in found.values():
        times = sorted(entry.pop("times"))
        entry.update(seeds=sorted(entry["seeds"]), first=times[0], last=times[-1])
    return sorted(found.values(), key=lambda entry: str(entry["first"]))


def table(entries: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Lay origins out as a table.

    Args:
        entries: from `origins`.

    Returns:
        A row an entry; lists and versions as text.
    """
    rows = []
    for entry in entries:
        commit, hardware = entry["commit"], entry["hardware"]
        changed = " (with changes)" if commit and commit["modified"] else ""
        rows.append(
            {
                "commit": f"{commit['sha'][:12]}{changed}" if commit else "outside a checkout",
                "trainings": entry["trainings"],
                "evaluations": entry["evaluations"],
                "training seeds": ", ".join(map(str, entry["seeds"])),
                "first": entry["first"],
                "last": entry["last"],
                "processor": f"{hardware['processor']} ({hardware['cores']} cores)",
                "system": hardware["system"],
                "python": entry["python"],
                "packages": ", ".join(f"{n} {v}" for n, v in entry["packages"].items() if v),
            }
        )
    return pd.DataFrame(rows)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path, "delete it and make it again")
        told = content if path.name == TRAINING else content["provenance"]
        return {
            key: told[key]
            for key in ("made_at", "seed", "commit", "python", "packages", "hardware")
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path}: not readable as a run's provenance ({error}); delete it and make it again"
        ) from error


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Gather the provenance of runs in one table.")
    parser.add_argument("results", type=Path, help="folder of the results of a scale")
    parser.add_argument("--output", type=Path, required=True, help="CSV to write; .md beside it")
    options = parser.parse_args(argv)
    entries = origins(options.results)
    if not entries:
        raise ValueError(f"{options.results}: holds no run; expected {TRAINING} in run folders")
    rows = table(entries)
    write_csv_and_markdown(rows, options.output)
    print(f"{options.output}: {len(rows)} origins")


if __name__ == "__main__":
    main()
