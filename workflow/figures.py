"""The figures, and the tables about the work itself: a row each, which a rule is made of.

A row says which files go in, which command makes it, and where it comes in the report. Figures of a
toy task lie in figures/, those of a rendered one or of recordings in a folder of its name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from src.common.project import ROOT
from workflow.graph import Wildcards, code_of, sentence
from workflow.inputs import Files, Inputs
from workflow.runs import DETAILED, MATCHED, SAMPLED, folders_of
from workflow.tiers import PUBLISHED, Tier, published


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
    inputs_of: Callable[[str, str], Files]
    options: tuple[str, ...] = ()
    category: str
    title: str
    caption: str
    count: Callable[[str, str], object] | None = None
    suffixes: tuple[str, ...] = ("pdf", "png")
    table: str = ""

    def inputs(self, wildcards: Wildcards) -> Files:
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

    def made_by(self, wildcards: Wildcards, input: Any) -> str:
        """Name module and first input, for its caption; Snakemake names the arguments."""
        files = [f"``{path}``" for path in input]
        more = [f"{len(files) - 1} more"] if len(files) > 1 else []
        return f"``src.analysis.{self.module}`` from {' and '.join([*files[:1], *more])}"

    def code(self, wildcards: Wildcards) -> str:
        """Say which code its command runs."""
        return code_of(f"src.analysis.{self.module}")(wildcards)

    def _task(self, wildcards: Wildcards) -> str:
        return str(wildcards.get("task") or "".join(self.tasks[:1]))


def figures(inputs: Inputs) -> list[Product]:
    """List all figures."""
    return [*_toy_figures(inputs), *_studies(inputs), *_sound_figures(inputs)]


def _toy_figures(inputs: Inputs) -> Iterable[Product]:
    runs, settings = inputs.runs, inputs.runs.settings
    for name in runs.kinds("toy"):
        end = "" if name == DETAILED else f"_{name}"
        titles = {"lsd": "log-spectral distance", "parameter_error": "parameter error"}
        for metric, title in titles.items():
            yield Product(
                rule=f"{metric}{end}",
                path=f"figures/{metric}{end}",
                tasks=(name,),
                module="figures.distance_over_k",
                inputs_of=inputs.scores_file,
                options=("--metric", metric),
                category=settings.tasks[name].label,
                title=title,
                caption=metric,
                count=runs.test_items,
            )
    yield Product(
        rule="training_curves",
        path="figures/training_curves",
        tasks=(DETAILED,),
        module="figures.training_curves",
        inputs_of=inputs.histories,
        category=settings.tasks[DETAILED].label,
        title="training curves",
        caption="training_curves",
        count=runs.validation_items,
    )
    yield Product(
        rule=f"param2tok_{DETAILED}",
        path=f"figures/param2tok_{DETAILED}",
        tasks=(DETAILED,),
        module="figures.assignments",
        inputs_of=inputs.assignments,
        category=settings.tasks[DETAILED].label,
        title="learnt assignments",
        caption="param2tok_kosc",
    )


def _studies(inputs: Inputs) -> Iterable[Product]:
    runs, settings = inputs.runs, inputs.runs.settings
    for name, study in settings.studies.items():
        has_own = (ROOT / f"workflow/report/{name}.rst").is_file()
        yield Product(
            rule=name,
            path=f"figures/{name}",
            tasks=(study.task,),
            module=f"figures.{study.figure}",
            inputs_of=partial(inputs.scores_file, study=name),
            options=("--study", name),
            category=settings.tasks[study.task].label,
            title=study.label,
            caption=name if has_own else "study",
            count=runs.test_items,
        )


def _sound_figures(inputs: Inputs) -> Iterable[Product]:
    runs = inputs.runs
    models = tuple(runs.kinds("rendered"))
    sounds = (*models, *runs.kinds("recordings"))
    figure = partial(_sound_figure, tasks=models)
    yield figure(
        "audio_metrics", "audio metrics", inputs.scores_file, runs.test_items, tasks=sounds
    )
    yield figure("spectrograms", "spectrograms", inputs.spectrograms, runs.test_items, tasks=sounds)
    yield figure("param2tok", "learnt assignments", inputs.assignments, None, module="assignments")
    sampling = partial(inputs.study_files, methods=SAMPLED, file="sampling.parquet")
    counted = partial(runs.study_items, study="study")
    yield figure("sampling_steps", "sampling steps", sampling, counted)
    matching = partial(inputs.study_files, methods=MATCHED, file="best_of_n.parquet")
    counted = partial(runs.study_items, study="best_of_n")
    table = "tables/{task}_best_of_n"
    yield figure("best_of_n", "best of N candidates", matching, counted, table=table)


def records(inputs: Inputs) -> Iterable[Product]:
    """Yield the tables about the work itself; with start=scores the published ones are taken."""
    runs = inputs.runs
    for name, suffixes, inputs_of, options, title in (
        ("runs", ("csv",), inputs.run_records, (), "runs"),
        (
            "provenance",
            ("csv", "md"),
            inputs.provenance,
            (f"{runs.results}/{{scale}}",),
            "provenance",
        ),
    ):
        files = [f"tables/{name}.{suffix}" for suffix in suffixes]
        take = ("take", f"{PUBLISHED}/{{scale}}", f"{runs.results}/{{scale}}", *files)
        is_taken = inputs.tier.start == "scores"
        yield Product(
            rule=f"{name}_table",
            path=f"tables/{name}",
            tasks=(),
            module="published" if is_taken else f"{name}_table",
            inputs_of=partial(_taken, tier=inputs.tier, files=files) if is_taken else inputs_of,
            options=take if is_taken else options,
            category="Tables about the work",
            title=title,
            caption=f"table_{name}",
            count=partial(_digests, files=files) if is_taken else None,
            suffixes=suffixes,
        )


def _sound_figure(
    rule: str,
    title: str,
    inputs_of: Callable[[str, str], Files],
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


def _taken(scale: str, task: str, tier: Tier, files: list[str]) -> Files:
    for name in files:
        tier.check_published(scale, name)
    return {}


def _digests(scale: str, task: str, files: list[str]) -> str:
    return " ".join(published(scale)[name] for name in files)
