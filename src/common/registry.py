"""Objects that a configuration describes: built from data and from names that are known here.

A configuration may come with a run folder from a stranger. Its ``_target_`` is only looked up in a
list, never imported as it stands, and everything is resolved before it is looked at: what was
checked is what is built.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from omegaconf import DictConfig, OmegaConf

TARGET = "_target_"


class Registry:
    """Classes that configurations may name.

    Args:
        kind: what they are, for messages.
        names: full dotted names, each in the module that defines it; imported when first built.
    """

    def __init__(self, kind: str, names: Iterable[str]) -> None:
        self.kind = kind
        self.names = frozenset(names)

    def build(self, node: DictConfig | dict[str, Any]) -> Any:
        """Build what a node describes, from the innermost out.

        Args:
            node: with ``_target_`` and the arguments, which may be such nodes themselves.

        Raises:
            ValueError: a name is not in the list, or a class does not take an argument.
        """
        plain = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
        if foreign := sorted(set(_targets(plain)) - self.names):
            raise ValueError(f"names what is no {self.kind} ({', '.join(foreign)}) and was refused")
        return self._build(plain)

    def _build(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._build(child) for child in node]
        if not isinstance(node, dict):
            return node
        values = {name: self._build(child) for name, child in node.items() if name != TARGET}
        if TARGET not in node:
            return values
        module, _, name = node[TARGET].rpartition(".")
        made: Any = getattr(import_module(module), name)
        try:
            inspect.signature(made).bind(**values)
        except TypeError as error:
            raise ValueError(f"{node[TARGET]}: {error}") from error
        return made(**values)


def _targets(node: Any) -> list[str]:
    """List what a plain configuration would call."""
    if isinstance(node, dict):
        own = [str(node[TARGET])] if TARGET in node else []
        return own + [target for child in node.values() for target in _targets(child)]
    if isinstance(node, list):
        return [target for child in node for target in _targets(child)]
    return []
