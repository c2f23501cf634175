"""Three tiers of reproduction: from nothing, from published weights, from published scores.

What a tier has is what ``published/{scale}/SHA256SUMS`` lists. What it cannot make is left out of
`all`, and said.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from snakemake.logging import logger

from src.common.checksums import read_sums
from src.common.project import ROOT
from src.study.layout import Run, below_scale
from src.study.settings import Settings
from workflow.graph import Wildcards, sentence
from workflow.runs import WEIGHTS, Runs, folders_of, in_folders
from workflow.settings import checked

PUBLISHED = ROOT / "published"
RECORDS = ("history.csv", "run.json", "provenance.json")  # of a training, beside its weights
RECORD_TABLES = ("runs.csv", "provenance.csv", "provenance.md")  # what scores do not tell
# Names of files that a tier takes in place of what makes them.
_TAKEN = {
    "nothing": (),
    "checkpoints": (*WEIGHTS, *RECORDS),
    "scores": (
        *WEIGHTS,
        "scores.parquet",
        "history.csv",
        "sampling.parquet",
        "best_of_n.parquet",
    ),
}


@cache
def published(scale: str) -> Mapping[str, str]:
    """Read which files of a scale are published.

    Returns:
        Checksum by name, relative to the folder of the scale.

    Raises:
        ValueError: the list is broken.
    """
    return read_sums(PUBLISHED / scale)


class Tier:
    """What is at hand where results start from published ones.

    Args:
        runs: of the study.
        start: "nothing", "checkpoints" or "scores".
        scale: that `all` runs.
        is_silent: a process of a job, which need not say again what is left out.
    """

    def __init__(self, runs: Runs, start: str, scale: str, is_silent: bool = False) -> None:
        self.runs = runs
        self.start = start
        self.scale = scale
        self._left_out: set[str] = set()
        self._is_silent = is_silent

    @property
    def pattern(self) -> str:
        """Return the regular expression of the files that are taken and not made."""
        studies = [f"{name}.parquet" for name in self.runs.settings.studies]
        names = (*_TAKEN[self.start], *(studies if self.start == "scores" else ()))
        return f".+/(?:{'|'.join(map(re.escape, names))})"

    def check(self) -> None:
        """Make sure that the tier has something to start from.

        Raises:
            ValueError: nothing of the scale is published, or other seeds are wanted.
        """
        if self.start == "nothing":
            return
        if self.runs.settings.content["seeds"]:
            raise ValueError(
                f"start={self.start}: published results have seeds of their own; leave seeds out, "
                "or set start=nothing to train with others"
            )
        if not published(self.scale):
            there = sorted(path.parent.name for path in PUBLISHED.glob("*/SHA256SUMS"))
            raise ValueError(
                f"start={self.start}: nothing is published in published/{self.scale}; set scale to "
                f"one of {', '.join(there) or '(none)'}, or start=nothing to make everything"
            )

    def has_task(self, name: str) -> bool:
        """Say whether anything of a task is at hand."""
        sums = published(self.scale) if self.start != "nothing" else {}
        if self.start == "scores":
            return f"{name}/scores.parquet" in sums
        models = self.runs.modelled(name).name
        return self.start == "nothing" or any(
            file.startswith(f"{models}/") and file.endswith(f"/{WEIGHTS[0]}") for file in sums
        )

    def has(self, run: Run) -> bool:
        """Say whether a run can be scored: its weights are made or published, or it has none."""
        if self.start != "checkpoints":
            return True
        files = in_folders(folders_of(self.runs.weights(run)), *WEIGHTS)
        return self._are_published(run.scale, map(below_scale, files))

    def at_hand(self, found: Iterable[Run]) -> list[Run]:
        """Keep the runs that can be scored.

        Raises:
            ValueError: the weights of all of them are missing.
        """
        found = list(found)
        kept = [run for run in found if self.has(run)]
        missing = [run for run in found if run not in kept]
        if missing and not any(self.runs.is_trained(run.method) for run in kept):
            raise ValueError(
                f"start=checkpoints: published/{missing[0].scale} lacks the weights of all of "
                f"{', '.join(str(run).partition('/')[2] for run in missing)}; start=nothing trains "
                "them"
            )
        self.leave_out(str(run) for run in missing)
        return kept

    def leave_out(self, names: Iterable[str]) -> None:
        """Say once of each what the tier cannot make."""
        news = [name for name in dict.fromkeys(names) if name not in self._left_out]
        self._left_out.update(news)
        if news and not self._is_silent:
            logger.warning(
                f"start={self.start}: published/{self.scale} does not have it, left out: "
                + " ".join(news)
            )

    def check_published(self, scale: str, name: str) -> None:
        """Make sure that a file is published.

        Args:
            scale: its name.
            name: of the file, relative to the folder of the scale.

        Raises:
            ValueError: it is not.
        """
        if not self._are_published(scale, [name]):
            known = [n for n in published(scale) if Path(n).name == Path(name).name]
            raise ValueError(
                f"start={self.start}: published/{scale} lacks {name}; start=nothing makes it; "
                f"there is: {', '.join(known) or 'nothing'}"
            )

    @sentence
    def check_taken(self, wildcards: Wildcards) -> list[str]:
        """Make sure that a file is published; no input of a rule, or it would be looked for."""
        self.check_published(wildcards.scale, wildcards.published)
        return []

    def digest(self, wildcards: Wildcards) -> str:
        """Return the checksum of a published file: one that was published anew is taken anew."""
        return published(wildcards.scale)[wildcards.published]

    def can_make(self, files: Iterable[str]) -> bool:
        """Say whether the inputs of a figure or table can be had: those of scores are published."""
        return self.start != "scores" or self._are_published(self.scale, map(below_scale, files))

    def _are_published(self, scale: str, names: Iterable[str]) -> bool:
        return all(name in published(scale) for name in names)


@sentence
def begin(config: dict[str, Any], is_silent: bool) -> Tier:
    """Check the settings, and take out of the configured scale what a tier has nothing of.

    Each tier has a folder of results of its own, so that published inputs never stand among one's
    own runs.

    Args:
        config: Snakemake's, which is changed: captions of the report read it.
        is_silent: a process of a job, which need not say what was taken out.

    Returns:
        The tier.
    """
    settings = checked(config)
    start, scale = config["start"], config["scale"]
    results = "results" if start == "nothing" else f"results/from_{start}"
    tier = Tier(Runs(settings, results), start, scale)
    tier.check()
    own = settings.content["scales"][scale]
    kept = [name for name in own["tasks"] if tier.has_task(name)]
    config.update(settings.content)
    config["scales"] = {**settings.content["scales"], scale: {**own, "tasks": kept}}
    tier = Tier(Runs(Settings(config), results), start, scale, is_silent)
    tier.leave_out(name for name in own["tasks"] if name not in kept)
    return tier
