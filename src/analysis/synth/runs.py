"""Run folders of rendered data sets: what their paths say, and the files in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from src.analysis.run_files import RunFiles
from src.analysis.synth.rows import ROWS, Row, rank

LAYOUT = "{scale}/{dataset}/{method}/seed{seed}"
_PATTERN = re.compile(
    r"(?:^|/)(?P<scale>[^/]+)/(?P<dataset>[^/]+)/(?P<method>[^/]+)/seed(?P<seed>\d+)$"
)


@dataclass(frozen=True)
class SynthRun(RunFiles):
    """A run folder and what its path says.

    Attributes:
        scale: such as "laptop".
        dataset: such as "vital".
        method: such as "cnf_mlp".
        seed: of the training.
        folder: the run folder itself.
    """

    scale: str
    dataset: str
    method: str
    seed: int
    folder: Path

    @classmethod
    def parse(cls, path: str | Path) -> Self:
        """Read scale, data set, method and seed off a run folder's path.

        Raises:
            ValueError: the path is not laid out as a run folder, or the method is unknown.

        Example:
            >>> run = SynthRun.parse("results/laptop/vital/cnf_mlp/seed0")
            >>> run.scale, run.dataset, run.row.label, run.seed
            ('laptop', 'vital', 'CNF (MLP)', 0)
        """
        folder = Path(path)
        found = _PATTERN.search(folder.as_posix())
        if found is None:
            raise ValueError(f"{path}: not a run folder; expected a path that ends in {LAYOUT}")
        if found["method"] not in ROWS:
            raise ValueError(
                f"{path}: unknown method {found['method']!r}; known are {', '.join(ROWS)}; a new "
                "one is entered in src/analysis/synth/rows.py"
            )
        return cls(found["scale"], found["dataset"], found["method"], int(found["seed"]), folder)

    @property
    def row(self) -> Row:
        """The method as a row of the table."""
        return ROWS[self.method]


def parse_runs(paths: Sequence[str | Path], same_dataset: bool = True) -> list[SynthRun]:
    """Parse run folders, in the order of data sets as given, methods and seeds.

    Args:
        paths: run folders.
        same_dataset: refuse runs of several data sets.

    Raises:
        ValueError: there are none, one is given twice, or they are of different scales or, where
            that is not wanted, data sets.
    """
    if not paths:
        raise ValueError(f"no run folder given; expected paths that end in {LAYOUT}")
    runs = [SynthRun.parse(path) for path in paths]
    for what in ("scale", "dataset") if same_dataset else ("scale",):
        found = sorted({getattr(run, what) for run in runs})
        if len(found) > 1:
            raise ValueError(f"runs of several values of {what} ({', '.join(found)}); give one")
    keys = [(run.dataset, run.method, run.seed) for run in runs]
    twice = [str(run.folder) for run, key in zip(runs, keys, strict=True) if keys.count(key) > 1]
    if twice:
        raise ValueError(f"the same run is given twice: {', '.join(twice)}")
    datasets = list(dict.fromkeys(run.dataset for run in runs))
    return sorted(runs, key=lambda r: (datasets.index(r.dataset), rank(r.method), r.seed))
