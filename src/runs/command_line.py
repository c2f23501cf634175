"""Command lines that Hydra composes a configuration for: one sentence for whatever is wrong."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

import hydra
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from src.common.errors import TRACEBACKS, explained
from src.common.project import CONFIG_DIR
from src.runs.configuration import choices, problem_of
from src.runs.ranges import check_ranges

Task = Callable[[DictConfig], None]


def hydra_command(entry: str, of_experiment: bool = True) -> Callable[[Task], Callable[[], None]]:
    """Make a function of a configuration the entry of a command line.

    Hydra's own messages show its search path and parts of a traceback. Here a misspelt name comes
    with the known ones, and a value out of its range is refused before the function is called.

    Args:
        entry: file of ``configs/``, without suffix.
        of_experiment: whether it wants an experiment, or a model, to be named.

    Returns:
        A decorator.
    """

    def decorate(function: Task) -> Callable[[], None]:
        @functools.wraps(function)
        @explained
        def main() -> None:
            if of_experiment:
                _check_experiment(function, sys.argv[1:])
            with _Composing() as composing:
                try:
                    _entry_of(entry, function, composing)()
                except Exception as error:  # a value of a wrong form leads to errors of any type
                    if not composing.is_on:
                        raise
                    raise ValueError(problem_of(entry, error)) from error

        return main

    return decorate


def _entry_of(entry: str, function: Task, composing: _Composing) -> Callable[[], None]:
    @functools.wraps(function)
    def task(cfg: DictConfig) -> None:
        composing.end()
        explained(_checked)(entry, function, cfg)

    main: Callable[[], None] = hydra.main(
        version_base="1.3", config_path=str(CONFIG_DIR), config_name=entry
    )(task)
    return main


def _checked(entry: str, function: Task, cfg: DictConfig) -> None:
    check_ranges(cfg)
    try:
        function(cfg)
    except OmegaConfBaseException as error:
        raise ValueError(problem_of(entry, error)) from error


def _check_experiment(function: Task, words: list[str]) -> None:
    """Refuse a command line that names no experiment, which would take whatever comes first.

    Raises:
        ValueError: with an example and the known ones.
    """
    keys = {word.lstrip("+").partition("=")[0] for word in words}
    if keys & {"experiment", "model"} or any(word.startswith("-") for word in words):
        return
    module = sys.modules[function.__module__]
    name = module.__spec__.name if module.__spec__ else f"src.{Path(sys.argv[0]).stem}"
    raise ValueError(
        f"experiment: none is named; usage: python -m {name} experiment=NAME [KEY=VALUE …], for "
        f"example experiment=toy/cnf_mlp data.k=4 (--help lists all keys); known: "
        f"{', '.join(choices('experiment'))}"
    )


class _Composing:
    """Within the block, Hydra raises what it would print, with its search path or a traceback."""

    def __enter__(self) -> Self:
        self._given = os.environ.get(TRACEBACKS)
        os.environ[TRACEBACKS] = "1"
        self.is_on = True
        return self

    def end(self) -> None:
        """End this before the block does: from here on errors are the function's."""
        self.is_on = False
        os.environ.pop(TRACEBACKS)
        if self._given is not None:
            os.environ[TRACEBACKS] = self._given

    def __exit__(self, *_: object) -> None:
        if self.is_on:
            self.end()
