"""What is made of scores and runs: everything that `all` makes, and what is kept in published/."""

from workflow.figures import Product, figures, records
from workflow.graph import sentence
from workflow.inputs import Inputs
from workflow.runs import WEIGHTS
from workflow.tiers import RECORD_TABLES, RECORDS


class Products:
    """All figures and tables.

    Args:
        inputs: that they are made of.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.runs = inputs.runs
        self.tier = inputs.tier
        self.settings = inputs.runs.settings
        self.figures = figures(inputs)
        self.records = list(records(inputs))

    def figure_names(self) -> list[str]:
        """List all figures by their names in figures/."""
        paths = (row.path.format(task=task) for row in self.figures for task in row.tasks)
        return [path.removeprefix("figures/") for path in dict.fromkeys(paths)]

    def of_all(self, scale: str) -> tuple[list[str], list[str]]:
        """List the files that `all` makes, and those that the tier cannot make."""
        tasks = self.runs.scale(scale)["tasks"]
        studies = [study.name for study in self.runs.studies(scale)]
        folder = f"{self.runs.results}/{scale}"
        wanted = {}
        for row in self.figures:
            if row.rule in self.settings.studies and row.rule not in studies:
                continue
            for task in (name for name in row.tasks if name in tasks):
                wanted[f"{row.path.format(task=task)}.pdf"] = self._can_make(row, scale, task)
        for name in [*tasks, *studies]:
            can_make = self.tier.can_make([self.inputs.scores(scale, name)])
            wanted[f"{folder}/tables/{name}.csv"] = can_make
        for row in self.records:
            own = [f"{folder}/{row.path}.{suffix}" for suffix in row.suffixes]
            wanted[own[0]] = self.tier.can_make(own)
        if self.runs.chosen(scale, "rendered", "recordings"):  # their sounds are not published
            wanted[f"{folder}/listen/index.html"] = self.tier.start != "scores"
        return [t for t, can in wanted.items() if can], [t for t, can in wanted.items() if not can]

    @sentence
    def kept(self, scale: str) -> list[str]:
        """List the results of a scale that are kept in published/."""
        if self.tier.start != "nothing":
            raise ValueError(
                f"start={self.tier.start}: only results made from nothing are published"
            )
        tasks = self.runs.scale(scale)["tasks"]
        studies = [study.name for study in self.runs.studies(scale)]
        found = [self.inputs.scores(scale, name) for name in [*tasks, *studies]]
        for row in self.figures:
            if row.rule in ("training_curves", "sampling_steps", "best_of_n"):
                inputs = [row.inputs_of(scale, name) for name in row.tasks if name in tasks]
                found += [path for group in inputs for paths in group.values() for path in paths]
        for name, methods in self.settings.content["published_checkpoints"].items():
            if name in tasks:
                found += self.inputs.files(
                    self.runs.of_task(scale, name, methods), *WEIGHTS, *RECORDS
                )
            if name in tasks and name in self.runs.kinds("rendered"):  # what its models expect
                found.append(f"{self.runs.data(scale, name)}/stats.npz")
        found += [f"{self.runs.results}/{scale}/tables/{name}" for name in RECORD_TABLES]
        return list(dict.fromkeys(found))

    def _can_make(self, row: Product, scale: str, task: str) -> bool:
        try:
            inputs = row.inputs_of(scale, task)
        except ValueError:  # no weights are at hand
            return False
        return self.tier.can_make(path for paths in inputs.values() for path in paths)
