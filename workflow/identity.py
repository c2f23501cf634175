"""What a run depends on besides its input files: settings and code, each named by a short hash.

Snakemake runs a rule again when one of its params changes. Training and evaluation take these
hashes as params, so that a new setting or a changed source file reruns what depends on it and
nothing else.
"""

import hashlib
import json
from functools import cache
from typing import Any

from src.configuration import compose, plain
from workflow import dependencies

# Nodes that do not change what a training makes: how it is scored later, where it writes, and the
# scale's numbers, which count where other nodes use them.
_NO_PART_OF_TRAINING = {"evaluation", "logger", "paths", "scale", "test"}
_PART_OF_EVALUATION = ("data", "model", "evaluation")
_TEST = 2  # position of the test split in triples of train, validation, test
_PER_SPLIT = ("train_val_test_sizes", "train_val_test_seeds")


@cache
def settings(overrides: tuple[str, ...]) -> dict[str, Any]:
    """Compose and resolve the configuration that all runs of an experiment share.

    k, condition and seed are left at their defaults: they stand in the path of a run already, and
    composing each run by itself would make a dry run at paper scale wait for seconds.

    Args:
        overrides: Hydra overrides of experiment, scale and task.

    Returns:
        The resolved configuration, as nested dictionaries.

    Raises:
        ValueError: Hydra knows no such experiment, scale or key.
    """
    config = compose("train", [*overrides, "paths.output_dir=run"])
    return plain(config, *map(str, config))


@cache
def training_settings(overrides: tuple[str, ...]) -> str:
    """Name the settings that a training depends on: all but the evaluation's and the test split."""
    return _hash(_training_nodes(settings(overrides)))


def training_modules(overrides: tuple[str, ...]) -> list[str]:
    """List the modules that a training can import."""
    nodes = _training_nodes(settings(overrides))
    return dependencies.modules("src.train", *dependencies.targets(nodes))


@cache
def training_code(overrides: tuple[str, ...]) -> str:
    """Name the code that a training can run."""
    return dependencies.digest(*training_modules(overrides))


@cache
def evaluation_settings(overrides: tuple[str, ...]) -> str:
    """Name the settings that an evaluation depends on, those of the training it scores aside."""
    return _hash(_evaluation_nodes(settings(overrides)))


def evaluation_modules(overrides: tuple[str, ...]) -> list[str]:
    """List the modules that an evaluation can import."""
    nodes = _evaluation_nodes(settings(overrides))
    return dependencies.modules("src.eval", *dependencies.targets(nodes))


@cache
def evaluation_code(overrides: tuple[str, ...]) -> str:
    """Name the code that an evaluation can run."""
    return dependencies.digest(*evaluation_modules(overrides))


def test_items(overrides: tuple[str, ...]) -> int:
    """Count the test sounds of an experiment."""
    return int(settings(overrides)["data"]["train_val_test_sizes"][_TEST])


def coupling(overrides: tuple[str, ...]) -> str:
    """Name how an experiment pairs noise with data."""
    return str(settings(overrides)["data"]["coupling"])


def _training_nodes(config: dict[str, Any]) -> dict[str, Any]:
    nodes = {name: node for name, node in config.items() if name not in _NO_PART_OF_TRAINING}
    data = dict(nodes["data"])
    for name in _PER_SPLIT:
        data[name] = data[name][:_TEST]
    return {**nodes, "data": data}


def _evaluation_nodes(config: dict[str, Any]) -> dict[str, Any]:
    return {name: config[name] for name in _PART_OF_EVALUATION}


def _hash(nodes: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(nodes, sort_keys=True).encode()).hexdigest()[:16]
