"""Run folders: what their paths say, and the files in them."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from src.analysis.methods import METHODS, Method, split_experiment

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
class RunPath:
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

    def file(self, name: str) -> Path:
        """Path of a file in the run folder.

        Raises:
            ValueError: If it is not there; the message tells how to make it.
        """
        path = self.folder / name
        if not path.is_file():
            raise ValueError(
                f"{path}: missing; make it with: snakemake --cores all {path} "
                f"--config scale={self.scale}"
            )
        return path

    def json(self, name: str, required: Iterable[str] = ()) -> dict[str, Any]:
        """Content of a JSON file in the run folder.

        Args:
            name: The file's name.
            required: Keys that must be there.

        Raises:
            ValueError: If the file is missing, is not JSON, or lacks a key.
        """
        path = self.file(name)
        remedy = f"delete {path.name} and make it again"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: not readable as JSON ({error}); {remedy}") from error
        missing = [key for key in required if key not in content]
        if missing:
            raise ValueError(f"{path}: lacks {', '.join(missing)}; {remedy}")
        return dict(content)


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
