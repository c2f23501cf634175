"""What a target means: each is parsed when Snakemake starts, and a typo gets one sentence.

Without this Snakemake says that no rule makes a file, and shows a rule where it found that out.
"""

import re
import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from snakemake.cli import get_argument_parser
from snakemake.io import strip_wildcard_constraints

from src.study.layout import SEED_PATTERN, SYMMETRIES, Problem, Run, below_scale
from src.study.names import hint
from workflow import identity
from workflow.products import Products
from workflow.runs import WEIGHTS, folders_of, in_folders

_LARGEST_SEED = 2**32 - 1
_BEFORE_NUMBERS = ("--cores", "-c", "--jobs", "-j")


def check(workflow: Any, products: Products, left_out: Iterable[str]) -> None:
    """End the workflow where a target of its command line is nothing that can be made.

    Args:
        workflow: Snakemake's, all of whose rules are known.
        products: of the study.
        left_out: what the tier cannot make of `all`.
    """
    if not workflow.is_main_process:
        return
    targets = Targets(workflow, products)
    asked = of_command_line(targets.is_known)
    for target in asked:
        try:
            targets.check(target)
        except ValueError as problem:
            sys.exit(f"nothing makes {target}: {problem}")
    if not asked or "all" in asked:
        products.tier.leave_out(left_out)


def of_command_line(is_target: Callable[[str], bool]) -> list[str]:
    """Read the targets of Snakemake's command line; none where something else runs Snakemake.

    Args:
        is_target: says of a word whether it is one beyond doubt.
    """
    program = Path(sys.argv[0])
    if "snakemake" not in (program.name, program.parent.name):  # python -m snakemake
        return []
    words = [
        word
        for before, word in pairwise(sys.argv)
        if not word.startswith("-") and "=" not in word and before not in _BEFORE_NUMBERS
    ]
    if all(map(is_target, words)):  # Snakemake's own parser takes a quarter of a second
        return words
    return list(get_argument_parser().parse_args(sys.argv[1:]).targets or [])


class Targets:
    """The files and rules that can be asked for.

    Args:
        workflow: Snakemake's.
        products: of the study.
    """

    def __init__(self, workflow: Any, products: Products) -> None:
        self.rules = [rule.name for rule in workflow.rules if not rule.has_wildcards()]
        self.paths = [path for rule in workflow.rules for path in rule.products()]
        self.products = products
        self.runs = products.runs
        self.settings = products.settings

    def is_known(self, target: str) -> bool:
        """Say whether a target can be made."""
        try:
            self.check(target)
        except ValueError:
            return False
        return True

    def check(self, target: str) -> None:
        """Make sure that a target can be made.

        Args:
            target: a rule or a path, relative to the working directory.

        Raises:
            ValueError: it cannot; the message says which part of it is unknown, and what is known.
        """
        if target in self.rules:
            return
        parts = target.removeprefix("./").split("/")
        folder = self.runs.results.split("/")
        if len(parts) == 1:
            figures = {name: f"figures/{name}.pdf" for name in self.products.figure_names()}
            asked = f"ask for {figures.get(target)}"
            raise ValueError(asked if target in figures else f"no rule; {hint(target, self.rules)}")
        if parts[0] == "figures":
            self._check_figure("/".join(parts[1:]))
        elif parts[: len(folder)] == folder and not parts[len(folder)].startswith("from_"):
            self._check_result(parts[len(folder) :])
        elif parts[0] == folder[0]:
            start = self.products.tier.start
            raise ValueError(f"with start={start} results lie in {self.runs.results}/")
        elif not self._is_made(target):
            raise ValueError(f"unknown folder {parts[0]}; {hint(parts[0], ['figures', 'results'])}")
        if not self._is_made(target):
            raise ValueError(f"unknown file {parts[-1]}; {hint(parts[-1], self._beside(target))}")

    def _is_made(self, target: str) -> bool:
        return any(path.regex().fullmatch(target) for path in self.paths)

    def _beside(self, target: str) -> list[str]:
        """List the names of files that are made in the folder of a target."""
        folder, found = target.rpartition("/")[0], []
        for path in self.paths:
            parent, _, name = strip_wildcard_constraints(str(path)).rpartition("/")
            pattern = re.sub(r"\\{\w+\\}", "[^/]+(?:/k[^/]+)?", re.escape(parent))
            if "{" not in name and re.fullmatch(pattern, folder):
                found.append(name)
        return [name for name in dict.fromkeys(found) if not name.endswith((".log", ".tsv"))]

    def _check_figure(self, path: str) -> None:
        name, _, suffix = path.rpartition(".")
        known = self.products.figure_names()
        if name not in known:
            task = name.rpartition("/")[0]
            if task:
                _among("task", task, self.runs.kinds("rendered", "recordings"))
            own = [other for other in known if other.rpartition("/")[0] == task]
            raise ValueError(f"unknown figure {name or path}; {hint(name or path, own)}")
        if suffix not in ("pdf", "png"):
            raise ValueError(f"unknown kind of file {suffix}; known: pdf, png")

    def _check_result(self, parts: list[str]) -> None:
        """Check what stands below the results, part by part."""
        scale, *rest = parts
        _among("scale", scale, self.settings.content["scales"])
        if not rest:
            raise ValueError("a folder; ask for a file in it, or for `all`")
        kind, *rest = rest
        if kind == "figures":
            self._check_figure("/".join(rest))
        elif kind == "tables":
            self._check_table("/".join(rest))
        elif kind != "listen":
            _among("task", kind, [*self.settings.tasks, "figures", "tables", "listen"])
            self._check_task(scale, kind, rest)

    def _check_table(self, name: str) -> None:
        stem, _, suffix = name.rpartition(".")
        own = [*self.settings.tasks, *self.settings.studies]
        known = [*own, *(f"{n}_paired" for n in own), "runs", "provenance", "benchmarks"]
        known += [f"{n}_best_of_n" for n in self.runs.kinds("rendered")]
        _among("table", stem or name, known)
        if suffix not in ("csv", "md", "tex"):
            raise ValueError(f"unknown kind of file {suffix}; known: csv, md, tex")

    def _check_task(self, scale: str, name: str, rest: list[str]) -> None:
        task = self.settings.tasks[name]
        if task.kind == "toy" and len(rest) > 1:
            problem, *rest = rest
            self._check_condition(scale, problem)
            run = self._run(scale, f"{name}/{problem}", rest)
        elif len(rest) > 1 and rest[0] in ("data", "data_m2l", "targets"):
            self._check_data(scale, name)
            return
        elif len(rest) > 1:
            run = self._run(scale, name, rest)
        else:
            return  # a file of the task, such as scores.parquet
        if task.kind != "toy":
            self._check_data(scale, name)
        if self.products.tier.start == "checkpoints":
            for path in in_folders(folders_of(self.runs.weights(run)), *WEIGHTS):
                self.products.tier.check_published(scale, below_scale(path))

    def _check_condition(self, scale: str, text: str) -> None:
        own = self.runs.scale(scale)
        ks = sorted({*own["k"], own["k_detail"]})
        if found := re.fullmatch(rf"k(\d+)-({'|'.join(SYMMETRIES)})", text):
            if int(found[1]) not in ks:
                raise ValueError(
                    f"unknown k {found[1]}; scale {scale} has k {', '.join(map(str, ks))} "
                    "(scales in configs/workflow.yaml)"
                )
        else:
            _among("condition", text, [f"k{k}-{symmetry}" for k in ks for symmetry in SYMMETRIES])

    def _run(self, scale: str, problem: str, rest: list[str]) -> Run:
        """Read method and seed off what follows a problem."""
        task = self.settings.tasks[problem.partition("/")[0]]
        method, seed = rest[0], rest[1] if len(rest) > 1 else ""
        _among("method", method, self.runs.methods_known(task))
        if (same := self.runs.same_as(scale, task.name, method)) != method:
            raise ValueError(f"{method} is {same} at scale {scale}; ask for that")
        number = re.fullmatch(rf"seed({SEED_PATTERN})", seed)
        if number is None or int(number[1]) > _LARGEST_SEED:
            raise ValueError(f"unknown seed {seed}; expected seed0 to seed{_LARGEST_SEED}")
        return Run(scale, Problem.parse(problem), method, int(number[1]))

    def _check_data(self, scale: str, name: str) -> None:
        """Read the table of the synthesizer, which may be broken."""
        identity.check_synthesizer(self.runs.modelled(name).source, scale)


def _among(what: str, name: str, known: Iterable[str]) -> None:
    known = list(known)
    if name not in known:
        raise ValueError(f"unknown {what} {name}; {hint(name, known)}")
