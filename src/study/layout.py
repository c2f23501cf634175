"""Where each result lies: one grammar of paths, formatted and parsed here and nowhere else.

A run has a folder ``{scale}/{problem}/{method}/seed{seed}`` below the results. A problem is a task,
and for toy tasks the condition in which it is posed: ``vital``, ``kosc/k4-symmetric``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SYMMETRIES = ("symmetric", "asymmetric")
RUN = "{scale}/{problem}/{method}/seed{seed}"
SCALE_PATTERN = NAME_PATTERN = r"[a-z0-9_]+"
SEED_PATTERN = r"0|[1-9]\d*"
_CONDITION = r"k(?P<k>[1-9]\d*)-(?P<symmetry>symmetric|asymmetric)"
_PROBLEM = rf"(?P<task>{NAME_PATTERN})(?:/{_CONDITION})?"
_RUN = re.compile(
    rf"(?:^|.*/)(?P<scale>{SCALE_PATTERN})/{_PROBLEM}/(?P<method>{NAME_PATTERN})"
    rf"/seed(?P<seed>{SEED_PATTERN})"
)


@dataclass(frozen=True, order=True)
class Condition:
    """How a toy task is posed.

    Attributes:
        k: number of oscillators.
        symmetry: "symmetric" or "asymmetric".
    """

    k: int
    symmetry: str

    def __str__(self) -> str:
        """Return the part of a path, such as "k4-symmetric"."""
        return f"k{self.k}-{self.symmetry}"


@dataclass(frozen=True, order=True)
class Problem:
    """What a run solves: a task, and for toy tasks a condition.

    Attributes:
        task: name in the settings.
        condition: None for tasks whose sounds are rendered or recorded.
    """

    task: str
    condition: Condition | None = None

    def __str__(self) -> str:
        """Return the part of a path, such as "kosc/k4-symmetric" or "vital"."""
        return self.task if self.condition is None else f"{self.task}/{self.condition}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a problem off its part of a path, the inverse of ``str``.

        Raises:
            ValueError: the text names no problem.

        Example:
            >>> Problem.parse("kosc/k4-symmetric").condition
            Condition(k=4, symmetry='symmetric')
        """
        found = re.fullmatch(_PROBLEM, text)
        if found is None:
            raise ValueError(f"{text}: expected a task, or a task and k4-symmetric or the like")
        return cls(found["task"], _condition(found))


@dataclass(frozen=True, order=True)
class Run:
    """One training, or one scoring of what needs none, by its place among the results.

    Attributes:
        scale: such as "laptop".
        problem: what is solved.
        method: name of a method or of one of its variants.
        seed: of the training.
    """

    scale: str
    problem: Problem
    method: str
    seed: int

    def __str__(self) -> str:
        """Return the folder, relative to the results."""
        return RUN.format(
            scale=self.scale, problem=self.problem, method=self.method, seed=self.seed
        )

    @classmethod
    def parse(cls, path: str | Path) -> Self:
        """Read a run off its folder's path.

        Args:
            path: of the folder; what stands before the scale does not matter.

        Raises:
            ValueError: the path is not laid out as a run folder.

        Example:
            >>> run = Run.parse("results/laptop/kosc/k4-symmetric/cnf_mlp/seed0")
            >>> run.problem.task, run.problem.condition.k, run.method, run.seed
            ('kosc', 4, 'cnf_mlp', 0)
            >>> str(Run.parse("results/laptop/vital/ast/seed1"))
            'laptop/vital/ast/seed1'
        """
        found = _RUN.fullmatch(Path(path).as_posix())
        if found is None:
            raise ValueError(f"{path}: not a run folder; expected a path that ends in {RUN}")
        problem = Problem(found["task"], _condition(found))
        return cls(found["scale"], problem, found["method"], int(found["seed"]))


def problems(task: str, ks: Sequence[int]) -> list[Problem]:
    """List the problems of a toy task: every k symmetric, then every k asymmetric.

    Args:
        task: its name.
        ks: numbers of oscillators.
    """
    return [Problem(task, Condition(k, symmetry)) for symmetry in SYMMETRIES for k in ks]


def below_scale(path: str | Path) -> str:
    """Name a result relative to the folder of its scale, as published files are named.

    Args:
        path: with ``<results>``, ``results`` or ``results/from_…`` in front of the scale.

    Example:
        >>> below_scale("<results>/laptop/vital/scores.parquet")
        'vital/scores.parquet'
        >>> below_scale("results/from_scores/smoke/kosc/scores.parquet")
        'kosc/scores.parquet'
    """
    return "/".join(Path(path).parts[_scale_place(path) + 1 :])


def scale_of(path: str | Path) -> str:
    """Name the scale of a result, given as to `below_scale`."""
    return Path(path).parts[_scale_place(path)]


def _scale_place(path: str | Path) -> int:
    return 2 if Path(path).parts[1].startswith("from_") else 1


def _condition(found: re.Match[str]) -> Condition | None:
    return None if found["k"] is None else Condition(int(found["k"]), found["symmetry"])
