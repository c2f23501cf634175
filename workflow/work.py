"""What a job has to do, in units whose seconds are measured: items trained, rendered, scored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from src.flow.solver import evaluations_per_step
from workflow import identity

# Jobs of seconds, each measured as a whole.
WHOLE = "job"
_ALL = "all"  # rules that run nothing


@dataclass(frozen=True)
class Piece:
    """A piece of work.

    Attributes:
        work: trained, predicted, evaluated (a field, once for an item), rendered, scored (items
            each), read (a row of a data set), or job (a small one, as a whole).
        count: how many.
        about: scale, group, method, k, rule: what a rate may depend on.
    """

    work: str
    count: float
    about: Mapping[str, Any]


def pieces(
    rule: str, wildcards: Mapping[str, str], params: Mapping[str, Any], settings: Mapping[str, Any]
) -> list[Piece] | None:
    """List what a job has to do.

    Args:
        rule: its name.
        wildcards: by name.
        params: by name; a shard's number of items is ``size``.
        settings: of the workflow.

    Returns:
        Its pieces, none for a job that does nothing; None where their number is not known.
    """
    if rule == _ALL:
        return []
    if rule == "recordings":
        return None  # how many sounds, only their folder tells
    start = Piece(WHOLE, 1, {"rule": rule})
    scale = wildcards.get("scale", settings["scale"])
    if rule in ("train", "evaluate"):
        return [start, *_toy(rule, wildcards, settings)]
    if rule in ("train_synth", "predict", "predict_ood", "sampling_study", "best_of_n_study"):
        return _synth(rule, scale, wildcards, settings, start)
    about = {"scale": scale}
    if rule == "render_shard":
        return [start, Piece("rendered", params["size"], about)]
    if rule == "score":
        count = _test_sounds(scale, wildcards["sounds"], settings)
        return None if count is None else [start, Piece("scored", count, about)]
    if rule == "data_statistics":
        rows = sum(identity.shard_items(wildcards["dataset"], scale, "train"))
        return [start, Piece("read", rows, about)]
    return [start]


def _toy(rule: str, wildcards: Mapping[str, str], settings: Mapping[str, Any]) -> list[Piece]:
    task, scale, name = settings["tasks"][wildcards["task"]], wildcards["scale"], "experiment"
    words = (f"experiment={task['group']}/{wildcards[name]}", f"scale={scale}", *task["overrides"])
    nodes = identity.settings(words)
    method = wildcards[name]
    for coupling in ("none", "minibatch", "permutation"):  # of the same network
        method = method.removesuffix(f"_{coupling}")
    about = {"scale": scale, "group": "toy", "method": method, "k": int(wildcards["k"])}
    if rule == "train":
        items = _trained_items(nodes, scale, settings)
        return [Piece("trained", items, about)]
    if method in settings["methods"]["untrained"]:
        return []
    return _predictions(identity.test_items(words), nodes, nodes["evaluation"], about)


def _trained_items(nodes: Mapping[str, Any], scale: str, settings: Mapping[str, Any]) -> int:
    """Count the items of a training; each of several GPUs takes whole batches."""
    processes = max(1, settings["scales"][scale]["job"]["gpu"])
    return int(nodes["trainer"]["max_steps"] * nodes["data"]["batch_size"] * processes)


def _predictions(
    items: int, nodes: Mapping[str, Any], sampling: Mapping[str, Any], about: Mapping[str, Any]
) -> list[Piece]:
    found = [Piece("predicted", items, about)]
    if "vector_field" in nodes["model"]["network"]:
        calls = sampling["steps"] * evaluations_per_step(sampling["solver"])
        found.append(Piece("evaluated", items * calls, about))
    return found


def _synth(
    rule: str,
    scale: str,
    wildcards: Mapping[str, str],
    settings: Mapping[str, Any],
    start: Piece,
) -> list[Piece] | None:
    sounds = wildcards["ood"] if "ood" in wildcards else wildcards["dataset"]
    dataset = settings["ood"][sounds]["dataset"] if "ood" in wildcards else sounds
    group, method = settings["datasets"][dataset]["group"], wildcards["method"]
    words = (f"experiment={group}/{method}", f"dataset={dataset}", f"scale={scale}")
    nodes = identity.settings(words)
    about = {"scale": scale, "group": dataset, "method": method}
    here = {"scale": scale}
    if rule == "train_synth":
        items = _trained_items(nodes, scale, settings)
        return [start, Piece("trained", items, about)]
    count = _test_sounds(scale, sounds, settings)
    if count is None:
        return None
    is_trained = method in settings["groups"][group]["trained"]
    study = nodes["scale"]["synth"]
    if rule == "sampling_study":
        return [start, *_study(min(count, study["study"]["sounds"]), study, nodes, about)]
    drawn = count
    if rule == "best_of_n_study":
        wanted = study["best_of_n"]
        items = min(count, wanted["sounds"])
        drawn = items * wanted["candidates"]
        more = items * (wanted["evaluations"] + 1)  # of the refinement, and its result again
        start_and = [start, Piece("rendered", more, here), Piece("scored", drawn + more, here)]
    else:
        start_and = [start]
    predicted = _predictions(drawn, nodes, nodes["evaluation"], about) if is_trained else []
    return [*start_and, *predicted, Piece("rendered", drawn, here)]


def _study(
    items: int, synth: Mapping[str, Any], nodes: Mapping[str, Any], about: Mapping[str, Any]
) -> list[Piece]:
    evaluation, study = nodes["evaluation"], synth["study"]
    main = (evaluation["solver"], evaluation["steps"], evaluation["guidance"])
    ways = {main}
    ways |= {(s, steps, main[2]) for s, numbers in study["solvers"].items() for steps in numbers}
    ways |= {(*main[:2], guidance) for guidance in study["guidance"]}
    found = []
    for solver, steps, _ in ways:
        found += _predictions(items, nodes, {"solver": solver, "steps": steps}, about)
    sounds = items * len(ways)
    here = {"scale": about["scale"]}
    return [*found, Piece("rendered", sounds, here), Piece("scored", sounds, here)]


def _test_sounds(scale: str, sounds: str, settings: Mapping[str, Any]) -> int | None:
    if sounds in settings["ood"]:
        return settings["ood"][sounds].get("limit")
    return sum(identity.shard_items(sounds, scale, "test"))
