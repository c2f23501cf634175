"""Which runs there are, where they lie, and what each is in Hydra's words.

The rules know files; here stands how they follow from the settings.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from src.runs.configuration import hydra_string
from src.study.layout import SYMMETRIES, Problem, Run
from src.study.methods import METHODS
from src.study.settings import Settings, Study, Task
from workflow import identity

WEIGHTS = ("model.ckpt", "config.yaml")
DETAILED = "kosc"  # the task of training curves and learnt assignments
# The methods of studies on rendered sounds: flows, whose sampling is varied; a model and patches
# drawn by chance, of which several candidates are compared.
SAMPLED = ("cnf_param2tok", "cnf_mlp")
MATCHED = ("cnf_param2tok", "random")


class Runs:
    """The runs of the study.

    Args:
        settings: of the workflow.
        results: folder of the results, such as "results".
    """

    def __init__(self, settings: Settings, results: str) -> None:
        self.settings = settings
        self.results = results

    def scale(self, name: str) -> dict[str, Any]:
        """Return what the settings say of a scale."""
        return dict(self.settings.content["scales"][name])

    def kinds(self, *kinds: str) -> list[str]:
        """List the tasks of some kinds."""
        return [name for name, task in self.settings.tasks.items() if task.kind in kinds]

    def tasks_pattern(self, *kinds: str) -> str:
        """Return the regular expression of the tasks of some kinds, in paths."""
        return "|".join(self.kinds(*kinds)) or "(?!)"

    def problems_pattern(self, *kinds: str) -> str:
        """Return the regular expression of the problems of some kinds, in paths."""
        condition = rf"/k\d+-(?:{'|'.join(SYMMETRIES)})"
        ends = {"toy": condition, "rendered": "", "recordings": ""}
        return "|".join(f"(?:{self.tasks_pattern(kind)}){ends[kind]}" for kind in kinds)

    def chosen(self, scale: str, *kinds: str) -> list[str]:
        """List the tasks of some kinds that `all` runs at a scale."""
        return [name for name in self.scale(scale)["tasks"] if name in self.kinds(*kinds)]

    def studies(self, scale: str) -> list[Study]:
        """List the studies that `all` runs at a scale."""
        chosen = [self.settings.studies[name] for name in self.scale(scale)["studies"]]
        return [study for study in chosen if study.task in self.scale(scale)["tasks"]]

    def modelled(self, name: str) -> Task:
        """Look up the task that a task's models are trained on: itself, but for recordings."""
        task = self.settings.task(name)
        return self.settings.task(task.source) if task.kind == "recordings" else task

    def words(self, scale: str, name: str, method: str) -> tuple[str, ...]:
        """Say in Hydra's words what all runs of a method on a task share, condition and seed aside.

        Args:
            scale: its name.
            name: of the task.
            method: name of a method or variant.
        """
        task, variant = self.modelled(name), self.settings.variant(method)
        group = "data" if task.kind == "toy" else "dataset"
        experiment = f"experiment={task.kind}/{variant.method.name}"
        own = (*task.overrides, *variant.overrides)
        return (experiment, f"{group}={task.source}", f"scale={scale}", *own)

    def overrides(self, run: Run) -> list[str]:
        """Say in Hydra's words what a run is: the same for its training and its evaluation."""
        task = self.modelled(run.problem.task)
        words = [*self.words(run.scale, run.problem.task, run.method), f"seed={run.seed}"]
        if condition := run.problem.condition:
            asymmetric = str(condition.symmetry == "asymmetric").lower()
            return [*words, f"data.k={condition.k}", f"data.break_symmetry={asymmetric}"]
        if self.data(run.scale, task.name) == f"results/{run.scale}/{task.source}/data":
            return words  # there the configuration takes the data to be
        return [*words, f"data.dataset_root={self.data(run.scale, task.name)}"]

    def folder(self, run: Run) -> str:
        """Return where a run lies."""
        return f"{self.results}/{run}"

    def data(self, scale: str, name: str) -> str:
        """Return where the sounds of a rendered task lie."""
        return f"{self.results}/{scale}/{name}/data"

    def plugin(self, name: str) -> list[str]:
        """Say where the plug-in of a task's synthesizer lies, in a list that may be empty."""
        plugin = self.modelled(name).options.get("plugin")
        path = self.settings.content["plugins"][plugin] if plugin else None
        return [path] if path else []

    def plugin_override(self, name: str) -> list[str]:
        """Say the same in Hydra's words."""
        return [f"dataset.plugin={hydra_string(path)}" for path in self.plugin(name)]

    def weights(self, run: Run) -> list[str]:
        """Name the weights that a run is scored with; none where its method has none."""
        if not self.is_trained(run.method):
            return []
        task = self.modelled(run.problem.task).name
        trained = Run(run.scale, Problem(task, run.problem.condition), run.method, run.seed)
        return [f"{self.folder(trained)}/{WEIGHTS[0]}"]

    def is_trained(self, method: str) -> bool:
        """Say whether a method or variant has weights."""
        return self.settings.variant(method).method.is_trained

    def methods_known(self, task: Task) -> list[str]:
        """List what can be run on a task, optional methods and variants too."""
        own = {method.name for method in self.settings.methods_of(task)}
        optional = {m.name for m in METHODS.values() if m.is_optional and task.kind in m.kinds}
        studied = {
            variant.name
            for study in self.settings.studies.values()
            for method in study.methods
            for variant in study.entries(method)
            if study.task == task.name
        }
        return [name for name in self.settings.variants if name in own | optional | studied]

    def of_task(
        self,
        scale: str,
        name: str,
        methods: Sequence[str] = (),
        ks: Sequence[int] = (),
        seeds: Sequence[int] = (),
    ) -> list[Run]:
        """List the runs of a task at a scale.

        Args:
            scale: its name.
            name: of the task.
            methods: all that are compared on it, where none are given.
            ks: those of the scale, where none are given.
            seeds: those of the scale, where none are given.
        """
        task, own = self.settings.task(name), self.scale(scale)
        methods = methods or [method.name for method in self.settings.methods_of(task)]
        problems = self.settings.problems_of(task, ks or own["k"])
        return [
            Run(scale, problem, method, seed)
            for problem in sorted(problems, key=lambda p: p.condition.k if p.condition else 0)
            for method in methods
            for seed in seeds or own["seeds"]
        ]

    def detailed(
        self, scale: str, name: str, methods: Sequence[str] = (), seeds: str = "seeds"
    ) -> list[Run]:
        """List the runs of a toy task at the one k that a scale's detailed figures show."""
        own = self.scale(scale)
        return self.of_task(scale, name, methods, [own["k_detail"]], own[seeds])

    def of_study(self, scale: str, study: Study) -> list[Run]:
        """List the runs of a study, variants that change nothing by their methods' names."""
        names = [
            self.same_as(scale, study.task, variant.name)
            for method in study.methods
            for variant in study.entries(method)
        ]
        return [
            run
            for run in self.detailed(scale, study.task, [*names, *study.beside])
            if run.method in study.beside
            or run.problem.condition is None
            or run.problem.condition.symmetry in study.symmetries
        ]

    @cache  # noqa: B019  there is one object of this class
    def same_as(self, scale: str, task: str, method: str) -> str:
        """Name a variant, or its method where it changes no setting at a scale."""
        base = self.settings.variant(method).method.name
        both = (self.words(scale, task, name) for name in (base, method))
        one, other = (identity.settings(words) for words in both)
        return base if one == other else method

    def of_scale(self, scale: str) -> list[Run]:
        """List every run that `all` needs at a scale."""
        found = [run for name in self.chosen(scale, "toy") for run in self.of_task(scale, name)]
        for study in self.studies(scale):
            found += self.of_study(scale, study)
        if DETAILED in self.chosen(scale, "toy"):
            found += self.detailed(scale, DETAILED, ["cnf_param2tok"], "seeds_param2tok")
        for name in self.chosen(scale, "rendered"):
            found += self.of_task(scale, name)
        return list(dict.fromkeys(found))

    def test_items(self, scale: str, name: str) -> int | str:
        """Count the test sounds of a task, for captions; of recordings say which are taken."""
        task = self.settings.task(name)
        if task.kind == "recordings":
            limit = task.options.get("limit")
            return f"the first {limit}" if limit else "all"
        if task.kind == "rendered":
            return sum(identity.shard_items(task.source, scale, "test"))
        return identity.test_items(self._any_words(scale, name))

    def validation_items(self, scale: str, name: str) -> int:
        """Count the validation sounds of a toy task, for captions."""
        return identity.validation_items(self._any_words(scale, name))

    def study_items(self, scale: str, name: str, study: str) -> int:
        """Count the test sounds that a study of a rendered task takes, for captions."""
        node = identity.settings(self._any_words(scale, name))["scale"]["synth"][study]
        return min(node["sounds"], int(self.test_items(scale, name)))

    def _any_words(self, scale: str, name: str) -> tuple[str, ...]:
        """Return the words of the task's first method: what is asked for is the same for all."""
        return self.words(scale, name, self.settings.methods_of(self.settings.task(name))[0].name)


def in_folders(folders: Iterable[str], *names: str) -> list[str]:
    """List files of each folder."""
    return [f"{folder}/{name}" for folder in folders for name in names]


def folders_of(files: Iterable[object]) -> list[str]:
    """List the folders that files lie in, each once."""
    return list(dict.fromkeys(str(Path(str(file)).parent) for file in files))
