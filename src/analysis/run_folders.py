"""Run folders: what their paths say, and the files in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from src.common.json_files import read_json
from src.study.layout import RUN, SYMMETRIES, Condition, Run
from src.study.methods import Kind
from src.study.settings import Task, Variant, read_settings


@dataclass(frozen=True)
class RunFolder:
    """A run and where it lies.

    Attributes:
        run: what the path says.
        folder: the folder itself.
    """

    run: Run
    folder: Path

    @classmethod
    def parse(cls, path: str | Path) -> Self:
        """Read a run off its folder's path.

        Raises:
            ValueError: the path is not laid out as a run folder, or its method is unknown.

        Example:
            >>> run = RunFolder.parse("results/laptop/vital/cnf_mlp/seed0")
            >>> run.scale, run.task.label, run.variant.method.label, run.seed
            ('laptop', 'Vital', 'CNF (MLP)', 0)
        """
        run = Run.parse(path)
        try:
            read_settings().variant(run.method)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        return cls(run, Path(path))

    @property
    def scale(self) -> str:
        """Such as "laptop"."""
        return self.run.scale

    @property
    def task(self) -> Task:
        """The task; ValueError where the settings have none of its name."""
        return read_settings().task(self.run.problem.task)

    @property
    def kind(self) -> Kind:
        """Which metrics the run was scored by."""
        return self.task.method_kind

    @property
    def condition(self) -> Condition | None:
        """How a toy task was posed; None for other tasks."""
        return self.run.problem.condition

    @property
    def variant(self) -> Variant:
        """The method, or the variant of one."""
        return read_settings().variant(self.run.method)

    @property
    def label(self) -> str:
        """Printed name of the method or variant."""
        return self.variant.label_on(self.kind)

    @property
    def method(self) -> str:
        """Name of the method or variant, as in the path."""
        return self.run.method

    @property
    def seed(self) -> int:
        """Of the training."""
        return self.run.seed

    @property
    def identity(self) -> dict[str, str | int]:
        """What tells the run from others, as columns of a table of scores; k of toy tasks only."""
        found: dict[str, str | int] = {"scale": self.scale, "task": self.run.problem.task}
        if self.condition is not None:
            found |= {"k": self.condition.k, "symmetry": self.condition.symmetry}
        return found | {"method": self.method, "seed": self.seed}

    def file(self, name: str) -> Path:
        """Return the path of a file in the folder.

        Raises:
            FileNotFoundError: it is not there; the message tells how to make it.
            ValueError: it is empty.
        """
        path = self.folder / name
        remedy = f"make it with: snakemake --cores all {path} --config scale={self.scale}"
        if not path.is_file():
            raise FileNotFoundError(f"{path}: missing; {remedy}")
        if not path.stat().st_size:
            raise ValueError(f"{path}: empty; delete it and {remedy}")
        return path

    def json(self, name: str, required: Iterable[str] = ()) -> dict[str, Any]:
        """Read a JSON file in the folder.

        Args:
            name: the file's name.
            required: keys that must be there.

        Raises:
            FileNotFoundError: the file is missing.
            ValueError: the file is empty, is not JSON, or lacks a key.
        """
        path = self.file(name)
        remedy = f"delete {path.name} and make it again"
        content = read_json(path, remedy)
        missing = [key for key in required if key not in content]
        if missing:
            raise ValueError(f"{path}: lacks {', '.join(missing)}; {remedy}")
        return content


def parse_runs(paths: Sequence[str | Path], one_task: bool = True) -> list[RunFolder]:
    """Parse run folders of one scale.

    Args:
        paths: run folders.
        one_task: refuse runs of several tasks.

    Returns:
        In the order of tasks as given, then symmetric before asymmetric, k, methods as in legends,
        seeds.

    Raises:
        ValueError: there are none, one is given twice, or scales or tasks are mixed.
    """
    if not paths:
        raise ValueError(f"no run folder given; expected paths that end in {RUN}")
    runs = [RunFolder.parse(path) for path in paths]
    for what in ("scale", "task") if one_task else ("scale",):
        found = sorted({str(run.identity[what]) for run in runs})
        if len(found) > 1:
            raise ValueError(f"runs of different {what}s ({', '.join(found)}) do not mix; give one")
    known = [run.run for run in runs]
    twice = [str(run.folder) for run in runs if known.count(run.run) > 1]
    if twice:
        raise ValueError(f"the same run is given twice: {', '.join(twice)}")
    tasks = list(dict.fromkeys(run.problem.task for run in known))
    return sorted(runs, key=lambda run: (tasks.index(run.run.problem.task), *_place(run)))


def _place(run: RunFolder) -> tuple[int, int, int, int]:
    """Place of a run among those of its task."""
    symmetry, k = (
        (0, 0)
        if run.condition is None
        else (SYMMETRIES.index(run.condition.symmetry), run.condition.k)
    )
    return symmetry, k, read_settings().rank(run.method), run.seed
