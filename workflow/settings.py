"""The workflow's settings: read, checked, and explained where they cannot be right."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from src.common.project import CONFIG_DIR, ROOT
from src.study.methods import METHODS
from src.study.names import hint
from src.study.settings import Settings

SCHEMA = ROOT / "workflow/schemas/workflow.schema.yaml"


def checked(content: dict[str, Any]) -> Settings:
    """Check settings and give them the seeds that the command line asks for.

    Args:
        content: of ``configs/workflow.yaml``, with changes of a command line.

    Returns:
        The settings.

    Raises:
        ValueError: they cannot be right; a sentence a problem.
    """
    content = {**content, "seeds": numbers(content.get("seeds"))}
    found = problems(content)
    if found:
        raise ValueError("; ".join(found))
    if content["seeds"]:
        scales = content["scales"].items()
        content["scales"] = {name: {**own, "seeds": content["seeds"]} for name, own in scales}
    return Settings(content)


def numbers(value: object) -> object:
    """Read seeds, which the command line gives as words; what is no list stays as it is."""
    if not isinstance(value, list):
        return value
    return [int(word) if re.fullmatch(r"\d+", str(word)) else word for word in value]


def problems(content: Mapping[str, Any]) -> list[str]:
    """List what is wrong with settings, a sentence a problem, empty where there is nothing.

    An unknown key or name comes with the known ones, anything else with what the schema says of
    the setting.
    """
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    errors = sorted(Draft202012Validator(schema).iter_errors(content), key=lambda e: e.json_path)
    return [line for error in errors for line in _explained(error)] or list(_unknown(content))


def _explained(error: ValidationError) -> list[str]:
    place = ".".join(str(part) for part in error.absolute_path)
    schema: Any = error.schema
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        prefix = f"{place}." if place else ""
        return [
            f"{prefix}{key}: unknown setting; {hint(key, known)}"
            for key in error.instance
            if key not in known
        ]
    if error.validator == "enum":
        return [
            f"{place}: unknown value {error.instance}; {hint(str(error.instance), schema['enum'])}"
        ]
    if error.validator == "oneOf":
        return [f"{place}: a task has data, or dataset, or models and folder, and no two of them"]
    if place == "seeds" and error.validator == "type":
        return [f"seeds: a list is wanted, such as --config seeds=[{error.instance}]"]
    meaning = schema.get("description")
    return [f"{place or 'settings'}: {error.message}" + (f" ({meaning})" if meaning else "")]


def _unknown(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield names that stand for nothing, in settings that are well-formed."""
    settings = Settings(content)
    rendered = [name for name, task in settings.tasks.items() if task.kind == "rendered"]
    toy = [name for name, task in settings.tasks.items() if task.kind == "toy"]
    for name, task in settings.tasks.items():
        place = f"tasks.{name}"
        known = {"toy": _files("data"), "rendered": _files("dataset"), "recordings": rendered}
        key = {"toy": "data", "rendered": "dataset", "recordings": "models"}[task.kind]
        yield from _among(f"{place}.{key}", [task.source], known[task.kind])
        yield from _among(f"{place}.methods", task.methods or (), _methods(task.method_kind))
        if plugin := task.options.get("plugin"):
            yield from _among(f"{place}.plugin", [plugin], content["plugins"])
    for name, study in content["studies"].items():
        yield from _among(f"studies.{name}.task", [study["task"]], toy)
        for key in ("methods", "beside"):
            yield from _among(f"studies.{name}.{key}", study.get(key, ()), _methods("toy"))
    for name, methods in content["published_checkpoints"].items():
        yield from _among("published_checkpoints", [name], settings.tasks)
        if name in settings.tasks:
            own = _methods(settings.tasks[name].method_kind)
            trained = [method for method in own if METHODS[method].is_trained]
            yield from _among(f"published_checkpoints.{name}", methods, trained)
    for name, scale in content["scales"].items():
        yield from _among(f"scales.{name}.tasks", scale["tasks"], settings.tasks)
        yield from _among(f"scales.{name}.studies", scale["studies"], content["studies"])
    for kind in ("toy", "rendered"):
        missing = sorted(set(_methods(kind)) - set(_files(f"experiment/{kind}")))
        yield from (
            f"configs/experiment/{kind}/{name}.yaml: no such file; src/study/methods.py names it"
            for name in missing
        )


def _among(place: str, names: Sequence[str], known: Iterable[str]) -> Iterator[str]:
    known = list(known)
    yield from (
        f"{place}: unknown name {name}; {hint(name, known)}" for name in names if name not in known
    )


def _methods(kind: str) -> list[str]:
    return [method.name for method in METHODS.values() if kind in method.kinds]


def _files(group: str) -> list[str]:
    return sorted(path.stem for path in Path(CONFIG_DIR, group).glob("*.yaml"))
