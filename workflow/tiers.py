"""Three tiers of reproduction: from nothing, from published weights, from published scores.

What a tier has is what `published/{scale}/SHA256SUMS` lists. Tasks and data sets of which it has
nothing are taken out of the configured scale, so that `all` does not ask for them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError

from src.common.checksums import read_sums

PUBLISHED = Path("published")
WEIGHTS = ("model.ckpt", "config.yaml")
_SCORES = "scores.parquet"


@cache
def published(scale: str) -> Mapping[str, str]:
    """Read which files of a scale are published.

    Returns:
        Checksum by name, relative to the folder of the scale.

    Raises:
        ValueError: the list is broken.
    """
    return read_sums(PUBLISHED / scale)


def in_scale(path: object) -> str:
    """Name a result relative to the folder of its scale.

    Args:
        path: a path of a rule, with ``<results>`` or any folder ``results…`` in its place.

    Example:
        >>> in_scale("<results>/laptop/vital/scores.parquet")
        'vital/scores.parquet'
        >>> in_scale("results/from_scores/smoke/kosc/scores.parquet")
        'kosc/scores.parquet'
    """
    parts = str(path).split("/")
    return "/".join(parts[3 if parts[1].startswith("from_") else 2 :])


def scale_of(path: object) -> str:
    """Name the scale of a result, given as to `in_scale`."""
    parts = str(path).split("/")
    return parts[2 if parts[1].startswith("from_") else 1]


def narrow(config: dict[str, Any]) -> list[str]:
    """Take out of the configured scale what a tier has nothing published of.

    Args:
        config: settings of the workflow, which are changed.

    Returns:
        Names of the tasks, data sets and folders of sounds taken out.

    Raises:
        WorkflowError: nothing of the scale is published, or other seeds are wanted.
    """
    start, scale = config["start"], config["scales"][config["scale"]]
    if start == "nothing":
        return []
    if config["seeds"]:
        raise WorkflowError(
            f"start={start}: published results have seeds of their own; leave seeds out, or set "
            "start=nothing to train with others"
        )
    sums = published(config["scale"])
    if not sums:
        there = sorted(path.parent.name for path in PUBLISHED.glob("*/SHA256SUMS"))
        raise WorkflowError(
            f"start={start}: nothing is published in {PUBLISHED / config['scale']}; set scale to "
            f"one of {', '.join(there) or '(none)'}, or start=nothing to make everything"
        )

    def is_there(name: str) -> bool:
        if start == "scores":
            return f"{name}/{_SCORES}" in sums
        models = config["ood"][name]["dataset"] if name in config["ood"] else name
        return any(f.startswith(f"{models}/") and f.endswith(f"/{WEIGHTS[0]}") for f in sums)

    left_out = []
    for kind in ("tasks", "datasets", "ood"):
        left_out += [name for name in scale[kind] if not is_there(name)]
        scale[kind] = [name for name in scale[kind] if is_there(name)]
    return left_out
