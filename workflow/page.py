"""What the listening page is made of."""

import hashlib
from typing import Any

from src.common.project import ROOT
from workflow.graph import Wildcards, sentence
from workflow.products import Products


class Page:
    """Functions of wildcards for the rules of the listening page.

    Args:
        products: of the study.
    """

    def __init__(self, products: Products) -> None:
        self.products = products
        self.runs = products.runs

    @sentence
    def inputs(self, wildcards: Wildcards) -> dict[str, Any]:
        """Name the sounds of a task, the runs that predict them, and whose presets they are."""
        scale, task = wildcards.scale, wildcards.task
        heard = self.products.heard(scale, task)
        models = self.runs.modelled(task).name
        found = {
            "targets": f"{self.runs.results}/{scale}/{task}/targets",
            "sounds": self.products.files(heard, "sounds"),
            "patches": self.products.files(heard, "patches.parquet"),
            "scores": self.products.files(heard, "scores.parquet"),
            "data": f"{self.runs.data(scale, models)}/test.h5",
        }
        if models == task:
            return found
        return {**found, "recordings": f"{self.runs.data(scale, task)}/test.h5"}

    def recordings(self, wildcards: Wildcards, input: Any) -> list[str]:
        """Name the file of recordings, where the targets are from there."""
        path = input.get("recordings")
        return ["--recordings", path] if path else []

    def plugin(self, wildcards: Wildcards) -> list[str]:
        """Say where the plug-in lies, if the settings do."""
        return [word for path in self.runs.plugin(wildcards.task) for word in ("--plugin", path)]

    @sentence
    def tasks(self, wildcards: Wildcards) -> list[str]:
        """List the folders of a page: those of every task of the scale that has sounds."""
        names = self.runs.chosen(wildcards.scale, "rendered", "recordings")
        if not names:
            raise ValueError(
                f"scales.{wildcards.scale}.tasks has none with sounds: nothing to listen to"
            )
        return [f"{self.runs.results}/{wildcards.scale}/listen/{name}" for name in names]

    def assets(self) -> str:
        """Name the text of the page's template, style and script by a short hash."""
        files = sorted((ROOT / "src/listen/assets").iterdir())
        text = b"".join(path.read_bytes() for path in files if path.is_file())
        return f"assets {hashlib.sha256(text).hexdigest()[:16]}"
