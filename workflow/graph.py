"""What the rules ask of a job's wildcards: inputs, parameters, what it may take of a machine.

Wrong settings and paths end the workflow with a sentence (`explained`), from within Snakemake too.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from src.common.errors import explained
from src.runs import dependence
from src.study.layout import Problem, Run
from workflow import identity
from workflow.runs import Runs

sentence = functools.partial(explained, hint="")
Wildcards = Any  # of Snakemake, which has no types to offer


def code_of(module: str) -> Callable[[Wildcards], str]:
    """Say which code a command runs, so that a rule runs again when that changes.

    A function of any wildcards: code is read for the jobs of a plan only.
    """
    return lambda wildcards: f"code {dependence.digest(module)}"


def growing(amount: int) -> Callable[..., int]:
    """Make a limit that grows with every attempt (retries of a profile)."""
    return lambda wildcards, attempt: amount * attempt


def null_if_missing(wildcards: Wildcards, input: Any) -> str:
    """Say in Hydra's words with which weights a run is scored; Snakemake names the arguments."""
    return input.get("checkpoint") or "null"


def run_of(wildcards: Wildcards) -> Run:
    """Read a run off the wildcards of its folder."""
    problem = Problem.parse(wildcards.problem)
    return Run(wildcards.scale, problem, wildcards.method, int(wildcards.seed))


class Graph:
    """Functions of wildcards.

    Args:
        runs: of the study.
        workflow: Snakemake's, which knows later whether this is a dry run.
    """

    def __init__(self, runs: Runs, workflow: Any) -> None:
        self.runs = runs
        self._workflow = workflow

    # What a job may take of a machine.

    def limit(self, name: str) -> Callable[[Wildcards], int]:
        """Look a limit of jobs up that the scale sets."""
        return lambda wildcards: self._job(wildcards)[name]

    def limit_again(self, name: str) -> Callable[..., int]:
        """Look a limit up that grows with every attempt: memory, and the time of work begun anew.

        A training's time is none of these: its next attempt goes on where the last one ended.
        """
        return lambda wildcards, attempt: self._job(wildcards)[name] * attempt

    def resources(self, minutes: str, gpu: bool = False) -> dict[str, Callable[..., int]]:
        """Return what a job asks for that is no training: one GPU, if the scale uses any."""
        asked = {"mem_mb": self.limit_again("mem_mb"), "runtime": self.limit_again(minutes)}
        if gpu:
            asked["gpu"] = lambda wildcards: min(1, self._job(wildcards)["gpu"])
        return asked

    def training_threads(self, wildcards: Wildcards) -> int:
        """Count the threads of a training, which runs a process on each of its GPUs."""
        job = self._job(wildcards)
        return job["threads"] * max(1, job["gpu"])

    def training_memory(self, wildcards: Wildcards, attempt: int) -> int:
        """Say what memory a training asks for: doubled once, since most attempts end by time."""
        job = self._job(wildcards)
        return job["mem_mb"] * max(1, job["gpu"]) * min(attempt, 2)

    def devices(self, wildcards: Wildcards, resources: Any) -> list[str]:
        """Say in Hydra's words on how many GPUs a training runs, if on more than one."""
        count = resources.get("gpu", 0)
        return [f"trainer.devices={count}"] if count > 1 else []

    def _job(self, wildcards: Wildcards) -> dict[str, Any]:
        return dict(self.runs.scale(wildcards.scale)["job"])

    # Runs.

    @sentence
    def overrides(self, wildcards: Wildcards) -> list[str]:
        """Say in Hydra's words what a run is."""
        return self.runs.overrides(run_of(wildcards))

    @sentence
    def weights(self, wildcards: Wildcards) -> list[str]:
        """Name the weights that a run is scored with; none where its method has none."""
        return self.runs.weights(run_of(wildcards))

    def plugin_override(self, wildcards: Wildcards) -> list[str]:
        """Say in Hydra's words where a run's plug-in lies, if the settings do."""
        return self.runs.plugin_override(run_of(wildcards).problem.task)

    def training_data(self, wildcards: Wildcards) -> dict[str, str]:
        """Name the files that a training reads: none where sounds are drawn as they are needed."""
        run = run_of(wildcards)
        if run.problem.condition:
            return {}
        data = self.runs.data(run.scale, run.problem.task)
        files = {"train": "train.h5", "val": "val.h5", "statistics": "stats.npz"}
        return {name: f"{data}/{file}" for name, file in files.items()}

    def prediction_data(self, wildcards: Wildcards) -> dict[str, str]:
        """Name the files that a prediction reads, training data of the model among them."""
        run = run_of(wildcards)
        models = self.runs.data(run.scale, self.runs.modelled(run.problem.task).name)
        test = f"{self.runs.data(run.scale, run.problem.task)}/test.h5"
        return {"test": test, "train": f"{models}/train.h5", "statistics": f"{models}/stats.npz"}

    def sounds_to_predict(self, wildcards: Wildcards, input: Any) -> list[str]:
        """Say in Hydra's words for which sounds patches are predicted, if they are recordings."""
        task = self.runs.settings.task(run_of(wildcards).problem.task)
        return [f"data_file={input.test}"] if task.kind == "recordings" else []

    def depends_on(self, name: str) -> Callable[[Wildcards], str]:
        """Say what a run depends on, by a function of workflow/identity.py.

        The function's name stands before its hash, so that Snakemake's reason for a rerun tells
        whether settings or code have changed.
        """
        function = getattr(identity, name)

        @sentence
        def named_hash(wildcards: Wildcards) -> str:
            run = run_of(wildcards)
            words = self.runs.words(run.scale, run.problem.task, run.method)
            return f"{name} {function(words)}"

        return named_hash

    # Rendered data sets and recordings.

    @sentence
    def rendering_overrides(self, wildcards: Wildcards) -> list[str]:
        """Say in Hydra's words what a data set is."""
        task = self.runs.settings.task(wildcards.task)
        plugin = self.runs.plugin_override(task.name)
        return [f"dataset={task.source}", f"scale={wildcards.scale}", *plugin]

    @sentence
    def items_of_shard(self, wildcards: Wildcards) -> int:
        """Count the items of a shard."""
        sizes = self._shard_sizes(wildcards)
        if int(wildcards.shard) >= len(sizes):
            raise ValueError(
                f"{wildcards.task} has the {wildcards.split} shards 0000 to {len(sizes) - 1:04d} "
                f"at scale {wildcards.scale}, not {wildcards.shard}"
            )
        return sizes[int(wildcards.shard)]

    @sentence
    def shards(self, wildcards: Wildcards) -> list[str]:
        """List the shards of a split."""
        folder = f"{self.runs.data(wildcards.scale, wildcards.task)}/{wildcards.split}"
        count = len(self._shard_sizes(wildcards))
        return [f"{folder}/shard-{number:04d}.h5" for number in range(count)]

    def _shard_sizes(self, wildcards: Wildcards) -> list[int]:
        dataset = self.runs.settings.task(wildcards.task).source
        return identity.shard_items(dataset, wildcards.scale, wildcards.split)

    def rendering_depends_on(self, name: str) -> Callable[[Wildcards], str]:
        """Say what a data set depends on, by a function of workflow/identity.py."""
        function = getattr(identity, name)

        @sentence
        def named_hash(wildcards: Wildcards) -> str:
            dataset = self.runs.settings.task(wildcards.task).source
            return f"{name} {function(dataset, wildcards.scale)}"

        return named_hash

    def test_file_of_models(self, wildcards: Wildcards) -> str:
        """Name the test sounds that recordings are made alike: those of the models' task."""
        models = self.runs.modelled(wildcards.task)
        return f"{self.runs.data(wildcards.scale, models.name)}/test.h5"

    @sentence
    def recordings_folder(self, wildcards: Wildcards) -> str:
        """Look up a folder of sounds; a dry run plans without it."""
        folder = self.runs.settings.task(wildcards.task).options["folder"]
        if folder is None and self._workflow.dryrun:
            return "nothing"
        if folder is None or not Path(folder).is_dir():
            raise ValueError(
                f"tasks.{wildcards.task}.folder: {folder or 'nothing'} is no folder; set it in "
                "configs/workflow.yaml to the folder of the sounds (docs/out_of_domain.md)"
            )
        return str(folder)

    def recordings_content(self, wildcards: Wildcards) -> str:
        """Name what lies in a folder of sounds, so that new sounds are taken in."""
        folder = self.runs.settings.task(wildcards.task).options["folder"]
        is_there = folder and Path(folder).is_dir()
        return identity.folder_content(Path(folder)) if is_there else "nothing"

    def recordings_limit(self, wildcards: Wildcards) -> list[str]:
        """Say how many sounds of a folder are taken, where the settings do."""
        limit = self.runs.settings.task(wildcards.task).options.get("limit")
        return ["--limit", str(limit)] if limit else []
