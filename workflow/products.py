"""The figures, and the tables about the work itself: a row each, which a rule is made of.

A row says which files go in, which command makes it, and where it comes in the report. Figures of a
toy task lie in figures/, those of a rendered one or of recordings in a folder of its name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from src.common.project import ROOT
from src.study.layout import Run
from workflow.graph import Wildcards, code_of, sentence
from workflow.runs import DETAILED, MATCHED, SAMPLED, WEIGHTS, Runs, folders_of, in_folders
from workflow.tiers import PUBLISHED, RECORD_TABLES, RECORDS, Tier, published

# Files by how the command takes them: `files` are named, of `runs` the folders are, `targets` is an
# option; what the command finds by itself stands under any other name.
Inputs = Mapping[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Product:
    """A rule that reads results and writes a figure or a table.

    Attributes:
        rule: its name.
        path: of its files below ``{results}/{scale}``, without suffix; ``{task}`` in it stands for
            each of `tasks`.
        tasks: that it is made for.
        module: of the command, below src.analysis.
        inputs_of: what it reads, for a scale and a task.
        options: further words of the command; ``{scale}`` in them is replaced.
        category: in the report.
        title: in the report.
        caption: file of workflow/report/ without .rst.
        count: of the sounds behind it, for a scale and a task.
        suffixes: of its files; the first comes into the report, and ``--output`` names it.
        table: path of a table beside a figure, as `path`; the command has an option ``--table``.
    """

    rule: str
    path: str
    tasks: tuple[str, ...]
    module: str
    inputs_of: Callable[[str, str], Inputs]
    options: tuple[str, ...] = ()
    category: str
    title: str
    caption: str
    count: Callable[[str, str], object] | None = None
    suffixes: tuple[str, ...] = ("pdf", "png")
    table: str = ""

    def inputs(self, wildcards: Wildcards) -> Inputs:
        """Name the files that a job reads."""
        return sentence(self.inputs_of)(wildcards.scale, self._task(wildcards))

    def outputs(self, report: Callable[..., Any]) -> dict[str, Any]:
        """Name the files that the rule writes, with what Snakemake's ``report`` wants to know."""
        first, *others = [f"<results>/{{scale}}/{self.path}.{suffix}" for suffix in self.suffixes]
        task = "{task}" if "{task}" in self.path else "".join(self.tasks) or "all"
        labels = {"task": task, "shown": self.title, "scale": "{scale}"}
        caption = f"{ROOT}/workflow/report/{self.caption}.rst"
        found = {"main": report(first, caption=caption, category=self.category, labels=labels)}
        if self.table:
            caption = f"{ROOT}/workflow/report/table_{self.caption}.rst"
            path = f"<results>/{{scale}}/{self.table}.csv"
            found["table"] = report(path, caption=caption, category="Tables", labels=labels)
        return {**found, "others": others} if others else found

    def command(self, wildcards: Wildcards, input: Any, output: Any) -> list[str]:
        """Give the words of the command; Snakemake names the arguments."""
        given = {name: list(input.get(name, [])) for name in ("files", "runs", "targets")}
        words = [f"src.analysis.{self.module}", *given["files"], *folders_of(given["runs"])]
        words += [option.replace("{scale}", wildcards.scale) for option in self.options]
        words += ["--targets", *given["targets"]] if given["targets"] else []
        words += ["--output", output.main] if self.module != "published" else []
        return [*words, "--table", output.table] if self.table else words

    def sounds(self, wildcards: Wildcards) -> object:
        """Count the sounds behind it, for its caption."""
        return sentence(self.count)(wildcards.scale, self._task(wildcards)) if self.count else ""

    def code(self, wildcards: Wildcards) -> str:
        """Say which code its command runs."""
        return code_of(f"src.analysis.{self.module}")(wildcards)

    def _task(self, wildcards: Wildcards) -> str:
        return str(wildcards.get("task") or "".join(self.tasks[:1]))


class Products:
    """All that is made of scores and runs, as far as a tier has them.

    Args:
        runs: of the study.
        tier: what is at hand.
    """

    def __init__(self, runs: Runs, tier: Tier) -> None:
        self.runs = runs
        self.tier = tier
        self.settings = runs.settings
        self.figures = [*self._toy_figures(), *self._studies(), *self._sound_figures()]
        self.records = list(self._records())

    # What goes in.

    def files(self, found: Iterable[Run], *names: str) -> list[str]:
        """List files of the runs that the tier has."""
        return in_folders(map(self.runs.folder, self.tier.at_hand(found)), *names)

    def scores(self, scale: str, name: str) -> str:
        """Name the file of the scores of all runs of a task or study."""
        studies = self.settings.studies
        task, file = (studies[name].task, name) if name in studies else (name, "scores")
        return f"{self.runs.results}/{scale}/{task}/{file}.parquet"

    def scores_of_table(self, wildcards: Wildcards) -> str:
        """Name the scores that a table summarises."""
        return self.scores(wildcards.scale, wildcards.table)

    @sentence
    def gathered(self, wildcards: Wildcards) -> list[str]:
        """List the scores of single runs that are gathered in one file."""
        study = self.settings.studies.get(wildcards.scores)
        if study:
            found = self.runs.of_study(wildcards.scale, study)
        else:
            found = self.runs.of_task(wildcards.scale, wildcards.task)
        return self.files(found, "scores.parquet")

    @sentence
    def test_items(self, wildcards: Wildcards) -> object:
        """Count the test sounds behind a table, for its caption."""
        study = self.settings.studies.get(wildcards.table)
        return self.runs.test_items(wildcards.scale, study.task if study else wildcards.table)

    def heard(self, scale: str, task: str) -> list[Run]:
        """List the runs whose sounds are looked at or heard: the first seed of every method."""
        return self.runs.of_task(scale, task, seeds=self.runs.scale(scale)["seeds"][:1])

    # What comes out.

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
            can_make = self.tier.can_make([self.scores(scale, name)])
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
        found = [self.scores(scale, name) for name in [*tasks, *studies]]
        for row in self.figures:
            if row.rule in ("training_curves", "sampling_steps", "best_of_n"):
                inputs = [row.inputs_of(scale, name) for name in row.tasks if name in tasks]
                found += [path for group in inputs for paths in group.values() for path in paths]
        for name, methods in self.settings.content["published_checkpoints"].items():
            if name in tasks:
                found += self.files(self.runs.of_task(scale, name, methods), *WEIGHTS, *RECORDS)
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

    # The rows.

    def _toy_figures(self) -> Iterable[Product]:
        for name in self.runs.kinds("toy"):
            end = "" if name == DETAILED else f"_{name}"
            titles = {"lsd": "log-spectral distance", "parameter_error": "parameter error"}
            for metric, title in titles.items():
                yield Product(
                    rule=f"{metric}{end}",
                    path=f"figures/{metric}{end}",
                    tasks=(name,),
                    module="figures.distance_over_k",
                    inputs_of=self._scores,
                    options=("--metric", metric),
                    category=self.settings.tasks[name].label,
                    title=title,
                    caption=metric,
                    count=self.runs.test_items,
                )
        yield Product(
            rule="training_curves",
            path="figures/training_curves",
            tasks=(DETAILED,),
            module="figures.training_curves",
            inputs_of=self._histories,
            category=self.settings.tasks[DETAILED].label,
            title="training curves",
            caption="training_curves",
            count=self.runs.validation_items,
        )
        yield Product(
            rule=f"param2tok_{DETAILED}",
            path=f"figures/param2tok_{DETAILED}",
            tasks=(DETAILED,),
            module="figures.assignments",
            inputs_of=self._assignments,
            category=self.settings.tasks[DETAILED].label,
            title="learnt assignments",
            caption="param2tok_kosc",
        )

    def _studies(self) -> Iterable[Product]:
        for name, study in self.settings.studies.items():
            has_own = (ROOT / f"workflow/report/{name}.rst").is_file()
            yield Product(
                rule=name,
                path=f"figures/{name}",
                tasks=(study.task,),
                module="figures.variants",
                inputs_of=partial(self._scores, study=name),
                options=("--study", name),
                category=self.settings.tasks[study.task].label,
                title=study.label,
                caption=name if has_own else "study",
                count=self.runs.test_items,
            )

    def _sound_figures(self) -> Iterable[Product]:
        models = tuple(self.runs.kinds("rendered"))
        sounds = (*models, *self.runs.kinds("recordings"))
        figure = partial(_sound_figure, tasks=models)
        yield figure(
            "audio_metrics", "audio metrics", self._scores, self.runs.test_items, tasks=sounds
        )
        yield figure(
            "spectrograms", "spectrograms", self._spectrograms, self.runs.test_items, tasks=sounds
        )
        yield figure(
            "param2tok", "learnt assignments", self._assignments, None, module="assignments"
        )
        sampling = partial(self._study_scores, methods=SAMPLED, file="sampling.parquet")
        counted = partial(self.runs.study_items, study="study")
        yield figure("sampling_steps", "sampling steps", sampling, counted)
        matching = partial(self._study_scores, methods=MATCHED, file="best_of_n.parquet")
        counted = partial(self.runs.study_items, study="best_of_n")
        table = "tables/{task}_best_of_n"
        yield figure("best_of_n", "best of N candidates", matching, counted, table=table)

    def _records(self) -> Iterable[Product]:
        for name, suffixes, inputs_of, options, title in (
            ("runs", ("csv",), self._runs, (), "runs"),
            (
                "provenance",
                ("csv", "md"),
                self._provenance,
                (f"{self.runs.results}/{{scale}}",),
                "provenance",
            ),
        ):
            files = [f"tables/{name}.{suffix}" for suffix in suffixes]
            take = ("take", f"{PUBLISHED}/{{scale}}", f"{self.runs.results}/{{scale}}", *files)
            is_taken = self.tier.start == "scores"
            yield Product(
                rule=f"{name}_table",
                path=f"tables/{name}",
                tasks=(),
                module="published" if is_taken else f"{name}_table",
                inputs_of=partial(self._taken, files=files) if is_taken else inputs_of,
                options=take if is_taken else options,
                category="Tables about the work",
                title=title,
                caption=f"table_{name}",
                count=partial(self._digests, files=files) if is_taken else None,
                suffixes=suffixes,
            )

    # Their inputs.

    def _scores(self, scale: str, task: str, study: str = "") -> Inputs:
        return {"files": [self.scores(scale, study or task)]}

    def _histories(self, scale: str, task: str) -> Inputs:
        found = [r for r in self.runs.detailed(scale, task) if self.runs.is_trained(r.method)]
        return {"runs": self.files(found, "history.csv")}

    def _assignments(self, scale: str, task: str) -> Inputs:
        if task in self.runs.kinds("toy"):
            found = self.runs.detailed(scale, task, ["cnf_param2tok"], "seeds_param2tok")
        else:
            found = self.runs.of_task(scale, task, ["cnf_param2tok"])
        return {"runs": self.files(found, *WEIGHTS)}

    def _spectrograms(self, scale: str, task: str) -> Inputs:
        found = self.heard(scale, task)
        return {
            "runs": self.files(found, "scores.parquet"),
            "sounds": self.files(found, "sounds"),
            "targets": [f"{self.runs.results}/{scale}/{task}/targets"],
        }

    def _study_scores(self, scale: str, task: str, methods: tuple[str, ...], file: str) -> Inputs:
        return {"files": self.files(self.runs.of_task(scale, task, methods), file)}

    def _runs(self, scale: str, task: str) -> Inputs:
        found = self.runs.of_scale(scale)
        trained = [r for r in found if r.problem.condition and self.runs.is_trained(r.method)]
        toy = [run for run in found if run.problem.condition]
        rendered = [run for run in found if not run.problem.condition]
        return {
            "runs": [
                *self.files(toy, "evaluation.json"),
                *self.files(rendered, "prediction.json"),
            ],
            "trainings": self.files(trained, "run.json"),
        }

    def _provenance(self, scale: str, task: str) -> Inputs:
        found = [run for run in self.runs.of_scale(scale) if self.runs.is_trained(run.method)]
        return {"provenance": self.files(found, "provenance.json")}

    def _taken(self, scale: str, task: str, files: list[str]) -> Inputs:
        for name in files:
            self.tier.check_published(scale, name)
        return {}

    def _digests(self, scale: str, task: str, files: list[str]) -> str:
        return " ".join(published(scale)[name] for name in files)


def _sound_figure(
    rule: str,
    title: str,
    inputs_of: Callable[[str, str], Inputs],
    count: Callable[[str, str], object] | None,
    tasks: tuple[str, ...],
    module: str = "",
    table: str = "",
) -> Product:
    return Product(
        rule=rule,
        path=f"figures/{{task}}/{rule}",
        tasks=tasks,
        module=f"figures.{module or rule}",
        inputs_of=inputs_of,
        category="Synthesizers",
        title=title,
        caption=rule,
        count=count,
        table=table,
    )
