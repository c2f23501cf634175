"""Printed names of methods and variants; which variant of a study a run stands for."""

from collections.abc import Iterable

import pandas as pd

from src.analysis.scores import kind_of
from src.study.settings import Study, read_settings


def study_of(methods: Iterable[str]) -> Study | None:
    """Find the study that all methods belong to; None where none of them is a variant."""
    names = set(methods)
    for study in read_settings().studies.values():
        variants = {variant.name for method in study.methods for variant in study.entries(method)}
        if names & variants and names <= variants | {*study.methods, *study.beside}:
            return study
    return None


def variant_keys(study: Study, methods: Iterable[str]) -> dict[str, str]:
    """Tell which variant of a study each of its runs is.

    A variant that equals the method as it is has no run of its own: where exactly one variant of a
    method is missing, the method as it is stands for it.

    Args:
        study: which one.
        methods: names of methods and variants that were scored.

    Returns:
        Key of the variant, by name, of the study's methods only; "" for a method as it is that
        stands for no variant, such as those beside.
    """
    names = set(methods)
    keys: dict[str, str] = {}
    for method in study.methods:
        of_method = {variant.key: variant.name for variant in study.entries(method)}
        keys |= {name: key for key, name in of_method.items() if name in names}
        if method in names:
            missing = [key for key, name in of_method.items() if name not in names]
            keys[method] = missing[0] if len(missing) == 1 else ""
    return keys | {name: "" for name in study.beside if name in names}


def title_of(scores: pd.DataFrame) -> str:
    """Name what a table of scores is about: a study, or else a task."""
    settings = read_settings()
    label = settings.task(str(scores["task"].iloc[0])).label
    study = study_of(scores["method"].unique())
    return label if study is None else f"{study.label}, {label}"


def labels_of(scores: pd.DataFrame) -> dict[str, str]:
    """Print the names of methods and variants, in the order of legends.

    Args:
        scores: of a task, or of a study.

    Returns:
        Label by name.
    """
    settings, kind = read_settings(), kind_of(scores)
    names = sorted(scores["method"].unique(), key=settings.rank)
    labels = {name: settings.variant(name).label_on(kind) for name in names}
    if (study := study_of(names)) is not None:
        for name, key in variant_keys(study, names).items():
            if key and key in study.variants and not settings.variant(name).key:
                labels[name] = f"{labels[name]}, {study.variants[key][0]}"
    return labels
