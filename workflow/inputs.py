"""What figures, tables and the listening page are made of: files of runs that a tier has."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from src.common.project import ROOT
from src.study.layout import Run
from workflow.graph import Wildcards, sentence
from workflow.runs import WEIGHTS, Runs, in_folders
from workflow.tiers import Tier

# Files by how a command takes them: `files` are named, of `runs` the folders are, `targets` is an
# option; what the command finds by itself stands under any other name.
Files = Mapping[str, list[str]]


class Inputs:
    """Files that are read.

    Args:
        runs: of the study.
        tier: what is at hand.
    """

    def __init__(self, runs: Runs, tier: Tier) -> None:
        self.runs = runs
        self.tier = tier

    def files(self, found: Iterable[Run], *names: str) -> list[str]:
        """List files of the runs that the tier has."""
        return in_folders(map(self.runs.folder, self.tier.at_hand(found)), *names)

    def scores(self, scale: str, name: str) -> str:
        """Name the file of the scores of all runs of a task or study."""
        studies = self.runs.settings.studies
        task, file = (studies[name].task, name) if name in studies else (name, "scores")
        return f"{self.runs.results}/{scale}/{task}/{file}.parquet"

    def scores_of_table(self, wildcards: Wildcards) -> str:
        """Name the scores that a table summarises."""
        return self.scores(wildcards.scale, wildcards.table)

    @sentence
    def gathered(self, wildcards: Wildcards) -> list[str]:
        """List the scores of single runs that are gathered in one file."""
        study = self.runs.settings.studies.get(wildcards.scores)
        if study:
            found = self.runs.of_study(wildcards.scale, study)
        else:
            found = self.runs.of_task(wildcards.scale, wildcards.task)
        return self.files(found, "scores.parquet")

    @sentence
    def test_items(self, wildcards: Wildcards) -> object:
        """Count the test sounds behind a table, for its caption."""
        study = self.runs.settings.studies.get(wildcards.table)
        return self.runs.test_items(wildcards.scale, study.task if study else wildcards.table)

    def heard(self, scale: str, task: str) -> list[Run]:
        """List the runs whose sounds are looked at or heard: the first seed of every method."""
        return self.runs.of_task(scale, task, seeds=self.runs.scale(scale)["seeds"][:1])

    def scores_file(self, scale: str, task: str, study: str = "") -> Files:
        """The scores of a task or study."""
        return {"files": [self.scores(scale, study or task)]}

    def histories(self, scale: str, task: str) -> Files:
        """Validation errors of the trained methods at the one k of detailed figures."""
        found = [r for r in self.runs.detailed(scale, task) if self.runs.is_trained(r.method)]
        return {"runs": self.files(found, "history.csv")}

    def assignments(self, scale: str, task: str) -> Files:
        """The weights of PARAM2TOK."""
        if task in self.runs.kinds("toy"):
            found = self.runs.detailed(scale, task, ["cnf_param2tok"], "seeds_param2tok")
        else:
            found = self.runs.of_task(scale, task, ["cnf_param2tok"])
        return {"runs": self.files(found, *WEIGHTS)}

    def spectrograms(self, scale: str, task: str) -> Files:
        """Sounds, their targets and scores."""
        found = self.heard(scale, task)
        return {
            "runs": self.files(found, "scores.parquet"),
            "sounds": self.files(found, "sounds"),
            "targets": [f"{self.runs.results}/{scale}/{task}/targets"],
        }

    def study_files(self, scale: str, task: str, methods: tuple[str, ...], file: str) -> Files:
        """A file of a study of rendered sounds, of each run."""
        return {"files": self.files(self.runs.of_task(scale, task, methods), file)}

    def run_records(self, scale: str, task: str) -> Files:
        """What every run took."""
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

    def provenance(self, scale: str, task: str) -> Files:
        """Where every trained run comes from."""
        found = [run for run in self.runs.of_scale(scale) if self.runs.is_trained(run.method)]
        return {"provenance": self.files(found, "provenance.json")}

    @sentence
    def heard_files(self, wildcards: Wildcards) -> dict[str, Any]:
        """Name the sounds of a task, the runs that predict them, and whose presets they are."""
        scale, task = wildcards.scale, wildcards.task
        heard = self.heard(scale, task)
        models = self.runs.modelled(task).name
        found = {
            "targets": f"{self.runs.results}/{scale}/{task}/targets",
            "sounds": self.files(heard, "sounds"),
            "patches": self.files(heard, "patches.parquet"),
            "scores": self.files(heard, "scores.parquet"),
            "data": f"{self.runs.data(scale, models)}/test.h5",
        }
        if models == task:
            return found
        return {**found, "recordings": f"{self.runs.data(scale, task)}/test.h5"}

    def recordings_option(self, wildcards: Wildcards, input: Any) -> list[str]:
        """Name the file of recordings, where the targets are from there."""
        path = input.get("recordings")
        return ["--recordings", path] if path else []

    def plugin_option(self, wildcards: Wildcards) -> list[str]:
        """Say where the plug-in lies, if the settings do."""
        return [word for path in self.runs.plugin(wildcards.task) for word in ("--plugin", path)]

    @sentence
    def page_tasks(self, wildcards: Wildcards) -> list[str]:
        """List the folders of a page: those of every task of the scale that has sounds."""
        names = self.runs.chosen(wildcards.scale, "rendered", "recordings")
        if not names:
            raise ValueError(
                f"scales.{wildcards.scale}.tasks has none with sounds: nothing to listen to"
            )
        return [f"{self.runs.results}/{wildcards.scale}/listen/{name}" for name in names]

    @staticmethod
    def page_assets() -> str:
        """Name the text of the page's template, style and script by a short hash."""
        files = sorted((ROOT / "src/listen/assets").iterdir())
        text = b"".join(path.read_bytes() for path in files if path.is_file())
        return f"assets {hashlib.sha256(text).hexdigest()[:16]}"
