"""Messages for names that nobody knows: settings, and wildcards in the path of a target.

A mistyped name should be answered with the names that exist, not with a schema or with a file that
no rule makes.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from snakemake.exceptions import WorkflowError

_WILDCARD = re.compile(r"\{(\w+)(?:,[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")


def hint(name: str, known: Iterable[object]) -> str:
    """Say which names are known, and which one may have been meant.

    Args:
        name: the unknown name.
        known: all known ones, in the order in which to list them.

    Returns:
        For example ``did you mean laptop? known: smoke, laptop, paper``.
    """
    names = [str(other) for other in known]
    nearest = get_close_matches(name, names, n=1)
    question = f"did you mean {nearest[0]}? " if nearest else ""
    return f"{question}known: {', '.join(names)}"


def settings_problems(settings: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """List what is wrong with the workflow's settings.

    Args:
        settings: content of ``configs/workflow.yaml`` with the changes of the command line.
        schema: JSON schema of it.

    Returns:
        One line a problem, empty where there is none; an unknown key or value comes with the
        known ones, anything else with the schema's description of the setting.
    """
    errors = sorted(Draft202012Validator(schema).iter_errors(settings), key=lambda e: e.json_path)
    return [line for error in errors for line in _explain(error)]


def as_seeds(value: object) -> object:
    """Read seeds as the command line gives them: as words in a list, or one without a list.

    Args:
        value: what the settings hold.

    Returns:
        A list of integers where the value can be read as one; the value as it is otherwise.
    """
    values = [value] if isinstance(value, (int, str)) and not isinstance(value, bool) else value
    if not isinstance(values, list):
        return value
    return [int(seed) if re.fullmatch(r"\d+", str(seed)) else seed for seed in values]


def experiment_problems(settings: Mapping[str, Any], folder: Path) -> list[str]:
    """List the tasks, groups and experiments of valid settings that do not exist.

    Args:
        settings: content of ``configs/workflow.yaml``.
        folder: ``configs/experiment``, a folder a group with a file an experiment.

    Returns:
        One line an unknown name, with the known ones.
    """
    tasks, groups = settings["tasks"], sorted(path.name for path in folder.iterdir())
    unknown = [
        f"scales.{scale}.tasks: unknown task {task}; {hint(task, tasks)}"
        for scale, content in settings["scales"].items()
        for task in content["tasks"]
        if task not in tasks
    ] + [
        f"tasks.{name}.group: unknown value {task['group']}; {hint(task['group'], groups)}"
        for name, task in tasks.items()
        if task["group"] not in groups
    ]
    if unknown:
        return unknown
    wanted = {
        (task["group"], method): f"methods.{kind}"
        for task in tasks.values()
        for kind, methods in settings["methods"].items()
        for method in methods
    }
    for scale, content in settings["scales"].items():
        for method in content["couplings"]["methods"]:
            for coupling in content["couplings"]["couplings"]:
                wanted["kosc", f"{method}_{coupling}"] = f"scales.{scale}.couplings"
    return [
        f"{place}: {experiment} is no experiment of {group}; {hint(experiment, known)}"
        for (group, experiment), place in wanted.items()
        if experiment
        not in (known := sorted(path.stem for path in (folder / group).glob("*.yaml")))
    ]


def _explain(error: ValidationError) -> list[str]:
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
    meaning = schema.get("description")
    return [f"{place or 'settings'}: {error.message}" + (f" ({meaning})" if meaning else "")]


def unmatched(patterns: Iterable[re.Pattern[str]]) -> str:
    """Build the regular expression of everything that no pattern matches as a whole.

    Args:
        patterns: regular expressions, whose named groups are dropped; none refers back to a group.
    """
    matched = "|".join(re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern) for pattern in patterns)
    return f"(?!(?:{matched})$).+"


def nothing_makes(
    target: str,
    rules: Iterable[str],
    patterns: Iterable[str],
    known: Mapping[str, Iterable[object]],
) -> NoReturn:
    """Say why no rule makes a target.

    Args:
        target: what was asked for.
        rules: names of rules that are targets.
        patterns: paths that rules make, with wildcards in braces.
        known: the values a wildcard may take; one that is not listed may take any.

    Raises:
        WorkflowError: always, with a line for each unknown part of the path, or with the paths
            of its depth where the target looks like none of them.
    """
    if "/" not in target:
        raise WorkflowError(
            f"nothing makes {target}; ask for a file, such as figures/lsd.pdf, or a rule; "
            + hint(target, rules)
        )
    patterns = sorted({_WILDCARD.sub(r"{\1}", pattern) for pattern in patterns})
    candidates = [
        problems for pattern in patterns if (problems := _unknown_parts(target, pattern, known))
    ]
    if candidates:
        lines = [f"nothing makes {target}:", *min(candidates, key=len)]
    else:
        alike = [pattern for pattern in patterns if pattern.count("/") == target.count("/")]
        lines = [f"nothing makes {target}; what can be made:", *(alike or patterns)]
    raise WorkflowError("\n  ".join(lines))


def _unknown_parts(
    target: str, pattern: str, known: Mapping[str, Iterable[object]]
) -> list[str] | None:
    """List the wildcards of a pattern that take unknown values; None where the shape differs."""
    wildcards: list[str] = []
    expression = ""
    for position, text in enumerate(_WILDCARD.split(pattern)):
        if position % 2 == 0:
            expression += re.escape(text)
        elif text in wildcards:
            expression += f"(?P={text})"
        else:
            wildcards.append(text)
            expression += f"(?P<{text}>[^/]+?)"
    match = re.fullmatch(expression, target)
    if match is None:
        return None
    return [
        f"{name} {match[name]} is unknown; {hint(match[name], known[name])}"
        for name in wildcards
        if name in known and match[name] not in {str(value) for value in known[name]}
    ]
