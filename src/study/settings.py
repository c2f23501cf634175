"""What ``configs/workflow.yaml`` says: tasks, variants of methods, studies, scales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import yaml

from src.common.project import CONFIG_DIR
from src.study.layout import SYMMETRIES, Problem, problems
from src.study.methods import METHODS, Method
from src.study.names import hint

TaskKind = Literal["toy", "rendered", "recordings"]


@dataclass(frozen=True)
class Task:
    """Something to invert: a toy synthesizer, a rendered data set, or a folder of recordings.

    Attributes:
        name: as in paths.
        label: as printed.
        kind: "toy", "rendered" or "recordings".
        source: file of ``configs/data/`` (toy), file of ``configs/dataset/`` (rendered), or name of
            the rendered task whose models predict (recordings).
        overrides: Hydra overrides of all its runs.
        methods: names of the methods to compare; None for all of the task's kind.
        options: what else the settings say, such as ``plugin``, ``folder``, ``limit``.
    """

    name: str
    label: str
    kind: TaskKind
    source: str
    overrides: tuple[str, ...] = ()
    methods: tuple[str, ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str, content: Mapping[str, Any]) -> "Task":
        """Read a task of the settings: one of ``data``, ``dataset``, ``models`` tells its kind.

        Raises:
            ValueError: none or several of them are given.
        """
        given = [key for key in _KINDS if key in content]
        if len(given) != 1:
            raise ValueError(f"tasks.{name}: give one of {', '.join(_KINDS)}")
        own = {"label", "overrides", "methods", *_KINDS}
        methods = content.get("methods")
        return cls(
            name,
            content.get("label", name),
            _KINDS[given[0]],
            content[given[0]],
            tuple(content.get("overrides", ())),
            None if methods is None else tuple(methods),
            {key: value for key, value in content.items() if key not in own},
        )

    @property
    def method_kind(self) -> Literal["toy", "rendered"]:
        """Return which methods and metrics are meant: recordings are scored as rendered sounds."""
        return "toy" if self.kind == "toy" else "rendered"


_KINDS: dict[str, TaskKind] = {"data": "toy", "dataset": "rendered", "models": "recordings"}


@dataclass(frozen=True)
class Variant:
    """A method with other settings, by a name of its own in paths.

    Attributes:
        name: in paths, such as "cnf_mlp_minibatch".
        method: the method.
        label: what is different, as printed; "" for the method as it is.
        overrides: Hydra overrides beside the method's.
        key: name of the variant within its study, "" for the method as it is.
    """

    name: str
    method: Method
    label: str = ""
    overrides: tuple[str, ...] = ()
    key: str = ""

    def label_on(self, kind: str) -> str:
        """Return the printed name, such as "CNF (MLP), minibatch coupling"."""
        base = self.method.label_on(kind)
        return f"{base}, {self.label}" if self.label else base


@dataclass(frozen=True)
class Study:
    """Methods compared with variants of themselves, at the one k of a scale's detailed figures.

    Attributes:
        name: as in paths: scores, table and figure are called by it.
        label: title of table and figure.
        task: name of the task.
        methods: names of the methods.
        variants: label and overrides by key.
        beside: names of further methods, compared as they are.
        symmetries: conditions of the task that the variants are trained in; what stands beside is
            compared in both.
        figure: module of src.analysis.figures that draws it.
    """

    name: str
    label: str
    task: str
    methods: tuple[str, ...]
    variants: Mapping[str, tuple[str, tuple[str, ...]]]
    beside: tuple[str, ...] = ()
    symmetries: tuple[str, ...] = SYMMETRIES
    figure: str = "variants"

    @classmethod
    def read(cls, name: str, content: Mapping[str, Any]) -> "Study":
        """Read a study of the settings."""
        return cls(
            name,
            content["label"],
            content["task"],
            tuple(content["methods"]),
            {
                key: (value["label"], tuple(value["overrides"]))
                for key, value in content["variants"].items()
            },
            tuple(content.get("beside", ())),
            tuple(content.get("symmetries", SYMMETRIES)),
            content.get("figure", "variants"),
        )

    def entries(self, method: str) -> list[Variant]:
        """List the variants of one of the methods."""
        return [
            Variant(f"{method}_{key}", METHODS[method], label, overrides, key)
            for key, (label, overrides) in self.variants.items()
        ]


class Settings:
    """The settings of the workflow, checked by its schema before.

    Args:
        content: of ``configs/workflow.yaml``, with changes of a command line.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """The tasks by name."""
        return {name: Task.read(name, task) for name, task in self.content["tasks"].items()}

    @cached_property
    def studies(self) -> dict[str, Study]:
        """The studies by name."""
        return {name: Study.read(name, study) for name, study in self.content["studies"].items()}

    @cached_property
    def variants(self) -> dict[str, Variant]:
        """Methods as they are, and all variants of studies, by name, in the order of legends."""
        found = {}
        for name, method in METHODS.items():
            found[name] = Variant(name, method)
            for study in self.studies.values():
                if name in study.methods:
                    found |= {variant.name: variant for variant in study.entries(name)}
        return found

    def task(self, name: str) -> Task:
        """Look a task up.

        Raises:
            ValueError: there is none of this name.
        """
        if name not in self.tasks:
            raise ValueError(f"unknown task {name}; {hint(name, self.tasks)}")
        return self.tasks[name]

    def variant(self, name: str) -> Variant:
        """Look a method or a variant up.

        Raises:
            ValueError: there is none of this name.
        """
        if name not in self.variants:
            raise ValueError(f"unknown method {name}; {hint(name, self.variants)}")
        return self.variants[name]

    def methods_of(self, task: Task) -> list[Method]:
        """List the methods that are compared on a task, in the order of legends."""
        if task.kind == "recordings":
            return [
                method
                for method in self.methods_of(self.task(task.source))
                if method.name != "rerendered"  # nobody knows a recording's patch
            ]
        return [
            method
            for method in METHODS.values()
            if task.kind in method.kinds
            and not method.is_optional
            and (task.methods is None or method.name in task.methods)
        ]

    def problems_of(self, task: Task, ks: Sequence[int]) -> list[Problem]:
        """List the problems of a task, for a toy task those of some k."""
        return problems(task.name, ks) if task.kind == "toy" else [Problem(task.name)]

    def rank(self, name: str) -> int:
        """Return the place of a method or variant in legends and tables."""
        return list(self.variants).index(name)


@cache
def read_settings(path: Path = CONFIG_DIR / "workflow.yaml") -> Settings:
    """Read the settings as the file has them, for commands that print names and labels."""
    return Settings(yaml.safe_load(path.read_text(encoding="utf-8")))
