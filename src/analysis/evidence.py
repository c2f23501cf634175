"""What numbers rest on: scale, items, seeds, steps; so that no trial is taken for a result."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import pandas as pd

from src.analysis.run_folders import RunFolder
from src.analysis.scores import kind_of, parts

PAPERS = "paper"  # the scale of the paper


@dataclass(frozen=True)
class Evidence:
    """What a figure or a table rests on.

    Attributes:
        scale: such as "laptop".
        seeds: of the trainings.
        items: fewest and most items; None where nothing was averaged over items.
        unit: what an item is.
        steps: fewest and most training steps; None where they are not known.
    """

    scale: str
    seeds: tuple[int, ...]
    items: tuple[int, int] | None = None
    unit: str = "test items"
    steps: tuple[int, int] | None = None

    @classmethod
    def of_scores(cls, scores: pd.DataFrame) -> Self:
        """Tell what scores of many runs rest on, see `src.analysis.scores.read_scores`."""
        counts = [part.scores["item"].nunique() for part in parts(scores)]
        unit = "test items" if kind_of(scores) == "toy" else "pairs of sounds"
        seeds = tuple(sorted(map(int, scores["seed"].unique())))
        return cls(str(scores["scale"].iloc[0]), seeds, (min(counts), max(counts)), unit)

    @classmethod
    def of_runs(
        cls,
        runs: Sequence[RunFolder],
        steps: Iterable[int] = (),
        items: int | None = None,
        unit: str = "sounds",
    ) -> Self:
        """Tell what a drawing of runs rests on.

        Args:
            runs: of one scale.
            steps: training steps of each, where they are known.
            items: number of items, where anything was averaged over them.
            unit: what an item is.
        """
        seeds, steps = tuple(sorted({run.seed for run in runs})), list(steps)
        span = (min(steps), max(steps)) if steps else None
        return cls(runs[0].scale, seeds, None if items is None else (items, items), unit, span)

    @property
    def is_papers(self) -> bool:
        """Whether the scale is the paper's."""
        return self.scale == PAPERS

    @property
    def text(self) -> str:
        """A line such as "Scale smoke, not the paper's: 40 test items, seed 0"."""
        parts = [] if self.items is None else [f"{spanned(*self.items)} {self.unit}"]
        several = "s" if len(self.seeds) > 1 else ""
        parts.append(f"seed{several} {', '.join(map(str, self.seeds))}")
        if self.steps is not None:
            parts.append(f"{spanned(*self.steps)} training steps")
        other = "" if self.is_papers else ", not the paper's"
        return f"Scale {self.scale}{other}: {', '.join(parts)}"


def spanned(low: int, high: int) -> str:
    """Print two bounds, or one where they are the same.

    Example:
        >>> spanned(3, 3), spanned(1, 3)
        ('3', '1 to 3')
    """
    return f"{low}" if low == high else f"{low} to {high}"
