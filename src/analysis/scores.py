"""Scores of test items: the one form of their files, and how they are read and checked.

A file of one run has a row an item: ``item`` and the metrics of its kind. A file of many runs of a
task has ``scale``, ``task``, ``k`` and ``symmetry`` (of toy tasks), ``method`` and ``seed`` before
these.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from src.analysis.run_folders import RunFolder
from src.common.parquet import read_parquet
from src.study.layout import SYMMETRIES, Condition
from src.study.methods import Kind
from src.study.metrics import METRICS
from src.study.names import hint
from src.study.settings import Task, read_settings

KEYS: dict[Kind, tuple[str, ...]] = {
    "toy": ("scale", "task", "k", "symmetry", "method", "seed", "item"),
    "rendered": ("scale", "task", "method", "seed", "item"),
}
# What stands beside the metrics of rendered sounds: of each item, and of the run (the number of
# weights, and of patches that gave no sound), the same in every row of it.
SILENT = ("target_silent", "predicted_silent")
OF_RUN = ("parameters", "not_rendered")
_OLD_NAMES = {"experiment": "method", "dataset": "task"}  # of files published before


def check_table(
    table: pd.DataFrame, path: Path, keys: Sequence[str], columns: Sequence[str], remedy: str
) -> pd.DataFrame:
    """Refuse a table that is empty, lacks a column or repeats a row.

    Args:
        table: the content of a file.
        path: of the file, for messages.
        keys: columns that together name a row.
        columns: further columns that are wanted.
        remedy: what to do about an unusable file.

    Returns:
        The keys and columns.

    Raises:
        ValueError: the table is not usable.
    """
    missing = [column for column in (*keys, *columns) if column not in table]
    if missing:
        raise ValueError(f"{path}: lacks the columns {', '.join(missing)}; {remedy}")
    if table.empty:
        raise ValueError(f"{path}: holds no scores; {remedy}")
    repeated = int(table.duplicated([*keys]).sum())
    if repeated:
        raise ValueError(f"{path}: {repeated} rows occur twice; {remedy}")
    return table[[*keys, *columns]]


def read_run_scores(run: RunFolder) -> pd.DataFrame:
    """Read the scores of one run; for errors see `read_parquet` and `check_table`.

    Args:
        run: with scores.parquet.

    Returns:
        Columns item and the metrics, of rendered sounds also which are silent; items ascending.
    """
    path, remedy = run.file("scores.parquet"), "score the run again"
    columns = [*METRICS[run.kind], *(SILENT if run.kind == "rendered" else ())]
    return check_table(
        read_parquet(path, remedy=remedy), path, ["item"], columns, remedy
    ).sort_values("item")


def read_scores(path: Path) -> pd.DataFrame:
    """Read the scores of many runs of one task, as `src.analysis.gather` writes them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not usable, holds several scales or tasks or an unknown one, an
            unknown method, or runs to be compared that were scored on different items.
    """
    remedy = f"make it with: python -m src.analysis.gather RUN_DIR... --output {path}"
    table = _renamed(read_parquet(path, remedy=remedy), path)
    for what in ("scale", "task"):
        if what not in table or table.empty:
            check_table(table, path, [what], [], remedy)
        found = sorted(table[what].unique())
        if len(found) > 1:
            raise ValueError(f"{path}: scores of several {what}s ({', '.join(found)}); {remedy}")
    kind = kind_of(table)
    columns = [*METRICS[kind], *((*SILENT, *OF_RUN) if kind == "rendered" else ())]
    scores = check_table(table, path, KEYS[kind], columns, remedy)
    known = read_settings().variants
    if unknown := sorted(set(scores["method"]) - set(known)):
        raise ValueError(f"{path}: unknown method {unknown[0]}; {hint(unknown[0], known)}")
    check_items(scores, str(path))
    return scores


def _renamed(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Bring a file of the form of before to the present one."""
    table = table.rename(columns=_OLD_NAMES)
    if "scale" not in table and len(path.absolute().parts) > 2:
        table.insert(0, "scale", path.absolute().parts[-3])  # {scale}/{task}/scores.parquet
    return table


def task_of(scores: pd.DataFrame) -> Task:
    """Return the one task that scores are of."""
    return read_settings().task(str(scores["task"].iloc[0]))


def kind_of(scores: pd.DataFrame) -> Kind:
    """Return which metrics scores have."""
    return task_of(scores).method_kind


@dataclass(frozen=True)
class Part:
    """Scores that are compared: of one task, and of one condition where it has several.

    Attributes:
        condition: None for tasks without.
        methods: names of methods and variants, in the order of legends.
        scores: rows of them.
    """

    condition: Condition | None
    methods: tuple[str, ...]
    scores: pd.DataFrame

    def of(self, method: str) -> pd.DataFrame:
        """Return the rows of a method."""
        return self.scores[self.scores["method"] == method]


def parts(scores: pd.DataFrame) -> Iterator[Part]:
    """Go through what is compared: symmetric before asymmetric, k ascending.

    Args:
        scores: as `read_scores` gives them.
    """
    if "k" not in scores:
        yield _part(None, scores)
        return
    for symmetry in SYMMETRIES:
        half = scores[scores["symmetry"] == symmetry]
        for k in sorted(half["k"].unique()):
            yield _part(Condition(int(k), symmetry), half[half["k"] == k])


def _part(condition: Condition | None, scores: pd.DataFrame) -> Part:
    return Part(condition, tuple(ranked(scores["method"])), scores)


def ranked(methods: pd.Series) -> list[str]:
    """List methods and variants, each once, in the order of legends."""
    return sorted(methods.unique(), key=read_settings().rank)


def check_items(scores: pd.DataFrame, source: str) -> None:
    """Refuse runs to be compared that were not scored on the same items.

    Args:
        scores: of many runs.
        source: what the message begins with.

    Raises:
        ValueError: they were not.
    """
    for part in parts(scores):
        place = "" if part.condition is None else f"{part.condition}: "
        groups = part.scores.groupby(["method", "seed"], sort=False)["item"]
        items = {f"{m} (seed {s})": np.sort(rows.to_numpy()) for (m, s), rows in groups}
        first, *others = items
        for other in others:
            if not np.array_equal(items[first], items[other]):
                shared = len(np.intersect1d(items[first], items[other]))
                raise ValueError(
                    f"{source}: {place}{first} was scored on {len(items[first])} items, {other} on "
                    f"{len(items[other])}, {shared} of them shared; score both on the same items"
                )
