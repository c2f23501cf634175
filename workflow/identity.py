"""What a run depends on besides its input files: settings and code, each named by a short hash.

Snakemake runs a rule again when one of its params changes. Training and evaluation take these
hashes as params, so that a new setting or a changed source file reruns what depends on it and
nothing else.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from src.runs import dependence
from src.runs.configuration import compose, plain
from src.synths.definition import SYNTH_DIR, SynthDefinition, load_definition

# Nodes that do not change what a training makes: how it is scored later, where it writes, how often
# it saves its state, and the scale's numbers, which count where other nodes use them.
_NO_PART_OF_TRAINING = {"evaluation", "logger", "paths", "resume", "scale", "test"}
_PART_OF_EVALUATION = ("data", "model", "evaluation", "dataset")
_VALIDATION, _TEST = 1, 2  # positions of the splits in triples of train, validation, test
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
    return dependence.modules("src.train", *dependence.targets(nodes))


@cache
def training_code(overrides: tuple[str, ...]) -> str:
    """Name the code that a training can run."""
    return dependence.digest(*training_modules(overrides))


@cache
def evaluation_settings(overrides: tuple[str, ...]) -> str:
    """Name the settings that an evaluation depends on, those of the training it scores aside."""
    return _hash(_evaluation_nodes(settings(overrides)))


def evaluation_modules(overrides: tuple[str, ...]) -> list[str]:
    """List the modules that an evaluation can import: scoring, or prediction and rendering."""
    config = settings(overrides)
    targets = dependence.targets(_evaluation_nodes(config))
    if "dataset" not in config:
        return dependence.modules("src.eval", *targets)
    return dependence.modules("src.predict", *targets, _backend(config["dataset"]))


@cache
def evaluation_code(overrides: tuple[str, ...]) -> str:
    """Name the code that an evaluation can run."""
    return dependence.digest(*evaluation_modules(overrides))


@cache
def sampling_study_settings(overrides: tuple[str, ...]) -> str:
    """Name the settings that a study of sampling depends on."""
    return _study_settings(overrides, "study")


@cache
def sampling_study_code(overrides: tuple[str, ...]) -> str:
    """Name the code that a study of sampling can run."""
    return dependence.digest(*evaluation_modules(overrides), "src.runs.sampling_study")


@cache
def best_of_n_settings(overrides: tuple[str, ...]) -> str:
    """Name the settings that a study of several candidates depends on."""
    return _study_settings(overrides, "best_of_n")


@cache
def best_of_n_code(overrides: tuple[str, ...]) -> str:
    """Name the code that a study of several candidates can run."""
    return dependence.digest(*evaluation_modules(overrides), "src.matching.study")


def _study_settings(overrides: tuple[str, ...], name: str) -> str:
    config = settings(overrides)
    return _hash({**_evaluation_nodes(config), name: config["scale"]["synth"].get(name)})


@cache
def dataset(name: str, scale: str) -> dict[str, Any]:
    """Compose what a rendered data set is at a scale.

    Args:
        name: file of ``configs/dataset/``.
        scale: file of ``configs/scale/``.

    Returns:
        The node ``dataset``, resolved.
    """
    config = compose("render", [f"dataset={name}", f"scale={scale}", "output=shard.h5"])
    return dict(plain(config, "dataset")["dataset"])


def shard_items(name: str, scale: str, split: str) -> list[int]:
    """Count the items of each shard of a split."""
    node = dataset(name, scale)
    total, size = node["sizes"][split], node["shard_size"]
    return [min(size, total - start) for start in range(0, total, size)]


@cache
def rendering_settings(name: str, scale: str) -> str:
    """Name what the items of a data set depend on; more of them leave these as they are."""
    node = {key: value for key, value in dataset(name, scale).items() if key != "sizes"}
    return _hash(node)


@cache
def rendering_code(name: str, scale: str) -> str:
    """Name the code that rendering can run, and the synthesizer's own files.

    Raises:
        ValueError: the table or the data set is broken, or names a parameter that does not exist.
    """
    node = dataset(name, scale)
    code = dependence.digest("src.render", _backend(node))
    _definition(node).check_parameters(node["rendering"]["sample_rate"])
    files = sorted((SYNTH_DIR / node["synth"]).iterdir())
    return _hash({"code": code, "files": {f.name: f.read_text(encoding="utf-8") for f in files}})


def folder_content(folder: Path) -> str:
    """Name the files below a folder and their sizes by a short hash."""
    files = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }
    return _hash(dict(sorted(files.items())))


def check_synthesizer(name: str, scale: str) -> None:
    """Read the table of a data set's synthesizer.

    Raises:
        ValueError: the table or the data set is broken.
    """
    _backend(dataset(name, scale))


def _backend(node: dict[str, Any]) -> str:
    return _definition(node).backend


def _definition(node: dict[str, Any]) -> SynthDefinition:
    return load_definition(node["synth"], node["table"], node["rendering"]["duration_s"])


def test_items(overrides: tuple[str, ...]) -> int:
    """Count the test sounds of an experiment."""
    return int(settings(overrides)["data"]["train_val_test_sizes"][_TEST])


def validation_items(overrides: tuple[str, ...]) -> int:
    """Count the validation sounds of an experiment."""
    return int(settings(overrides)["data"]["train_val_test_sizes"][_VALIDATION])


def _training_nodes(config: dict[str, Any]) -> dict[str, Any]:
    nodes = {name: node for name, node in config.items() if name not in _NO_PART_OF_TRAINING}
    data = dict(nodes["data"])
    for name in _PER_SPLIT:
        if name in data:  # rendered data sets come as files
            data[name] = data[name][:_TEST]
    return {**nodes, "data": data}


def _evaluation_nodes(config: dict[str, Any]) -> dict[str, Any]:
    return {name: config[name] for name in _PART_OF_EVALUATION if name in config}


def _hash(nodes: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(nodes, sort_keys=True).encode()).hexdigest()[:16]
