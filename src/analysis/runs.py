"""Run folders: what their paths say, and the files in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from src.analysis.methods import METHODS, Method, split_experiment
from src.analysis.run_files import RunFiles

LAYOUT = "{scale}/{task}/k{k}-{symmetric|asymmetric}/{experiment}/seed{seed}"
_PATTERN = re.compile(
    r"(?:^|/)(?P<scale>[^/]+)/(?P<task>[^/]+)/k(?P<k>[1-9]\d*)-(?P<symmetry>symmetric|asymmetric)"
    r"/(?P<experiment>[^/]+)/seed(?P<seed>\d+)$"
)
TASK_LABELS = {
    "ksin": "k-sin",
    "kosc": "k-osc",
    "ksin_shifted": "k-sin with shifted test distribution",
}
SYMMETRIES = ("symmetric", "asymmetric")


@dataclass(frozen=True, order=True)
class RunPath(RunFiles):
    """A run folder and what its path says.

    Attributes:
        scale: Such as "laptop".
        task: Such as "kosc".
        k: Number of oscillators.
        symmetry: "symmetric" or "asymmetric".
        experiment: Such as "cnf_mlp" or "cnf_mlp_minibatch".
        seed: Of the training.
        folder: The run folder itself.
    """

    scale: str
    task: str
    k: int
    symmetry: str
    experiment: str
    seed: int
    folder: Path

    @classmethod
    def parse(cls, path: str | Path) -> Self:
        """Read scale, task, k, symmetry, experiment and seed off a run folder's path.

        Raises:
            ValueError: If the path is not laid out as a run folder, or the experiment is unknown.

        Example:
            >>> run = RunPath.parse("results/laptop/kosc/k4-symmetric/cnf_mlp/seed0")
            >>> run.task, run.k, run.symmetry, run.method.label, run.seed
            ('kosc', 4, 'symmetric', 'CNF (MLP)', 0)
        """
        folder = Path(path)
        found = _PATTERN.search(folder.as_posix())
        if found is None:
            raise ValueError(f"{path}: not a run folder; expected a path that ends in {LAYOUT}")
        try:
            split_experiment(found["experiment"])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        return cls(
            scale=found["scale"],
            task=found["task"],
            k=int(found["k"]),
            symmetry=found["symmetry"],
            experiment=found["experiment"],
            seed=int(found["seed"]),
            folder=folder,
        )

    @property
    def method(self) -> Method:
        """The method, whatever its coupling."""
        return split_experiment(self.experiment)[0]

    @property
    def coupling(self) -> str | None:
        """The coupling that the experiment's name tells, if it does."""
        return split_experiment(self.experiment)[1]


def parse_runs(paths: Sequence[str | Path]) -> list[RunPath]:
    """Parse run folders, in the order of methods (then task, symmetry, k, seed).

    Raises:
        ValueError: If there are none, one is given twice, or they are of different scales.
    """
    if not paths:
        raise ValueError(f"no run folder given; expected paths that end in {LAYOUT}")
    runs = [RunPath.parse(path) for path in paths]
    scales = sorted({run.scale for run in runs})
    if len(scales) > 1:
        raise ValueError(f"runs of different scales ({', '.join(scales)}) do not mix; give one")
    keys = [(run.task, run.symmetry, run.k, run.experiment, run.seed) for run in runs]
    twice = [str(run.folder) for run, key in zip(runs, keys, strict=True) if keys.count(key) > 1]
    if twice:
        raise ValueError(f"the same run is given twice: {', '.join(twice)}")
    order = list(METHODS)
    return sorted(
        runs,
        key=lambda run: (
            run.task,
            SYMMETRIES.index(run.symmetry),
            run.k,
            order.index(run.method.name),
            run.coupling or "",
            run.seed,
        ),
    )
