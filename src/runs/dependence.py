"""Which code a command runs: the modules of ``src`` it can import, found without importing them.

A rule that calls ``python -m src.train`` has to run again when the training code changes, and only
then. Lists of files kept by hand go stale, so the imports themselves are read: of the command's
module, and of the classes that its configuration names (Hydra's ``_target_``). An experiment then
depends on its own network and on no other's. A command that a text merely names is no import. The
plain reference: ``sys.modules`` of an interpreter that has imported the command, which has to be a
part of what is found here.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from src.common.project import ROOT

PACKAGE = "src"
_IN_EXPRESSIONS = re.compile(rb"""import_module|["']-m["']""")


def modules(*names: str) -> list[str]:
    """List the modules that importing some modules can reach.

    Imports inside functions count, and so do ``importlib.import_module("src.metrics.audio")`` and
    a list of words that runs a module, ``[python, "-m", "src.rendering.worker"]``, with the name
    written out.

    Args:
        names: dotted names of modules, or of things within them, all below ``src``.

    Returns:
        Dotted names of modules, sorted, the packages they lie in included.

    Raises:
        ValueError: a name is neither a module below ``src`` nor lies in one.
    """
    found: set[str] = set()
    waiting = [module for name in names for module in _asked_for(name)]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(_named_in(module))
    return sorted(found)


@cache
def digest(*names: str) -> str:
    """Name the present text of everything that some modules can import, by a short hash.

    The text counts and not the time of its last change, so that a fresh checkout or a `touch`
    starts no training anew, and an old file put back does.
    """
    text = hashlib.sha256()
    for module in modules(*names):
        text.update(f"{module}\0".encode() + _path(module).read_bytes() + b"\0")
    return text.hexdigest()[:16]


def targets(config: Any) -> Iterator[str]:
    """Yield what a plain, nested configuration instantiates from ``src``."""
    if isinstance(config, dict):
        target = config.get("_target_")
        if isinstance(target, str) and target.startswith(f"{PACKAGE}."):
            yield target
    if isinstance(config, (dict, list)):
        for child in config.values() if isinstance(config, dict) else config:
            yield from targets(child)


def _path(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _is_module(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE and _path(name).is_file()


def _around(name: str) -> list[str]:
    """List the modules on the way to a name: packages, which Python runs first, then the module."""
    parts = name.split(".")
    prefixes = (".".join(parts[: end + 1]) for end in range(len(parts)))
    return [prefix for prefix in prefixes if _is_module(prefix)]


def _asked_for(name: str) -> list[str]:
    found = _around(name)
    if name not in found and (len(found) < 2 or name.rpartition(".")[0] != found[-1]):
        raise ValueError(f"{name}: no such module, and nothing in a module, below {PACKAGE}/")
    return found


@cache
def _named_in(module: str) -> frozenset[str]:
    path = _path(module)
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    names: set[str] = set()
    for node in _nodes(path):
        names.update(_names(node, package))
    return frozenset(found for name in names for found in _around(name))


def _nodes(path: Path) -> Iterator[ast.AST]:
    """Yield a file's statements, and its expressions where one may import or start a module."""
    text = path.read_bytes()
    tree = ast.parse(text, filename=str(path))
    if _IN_EXPRESSIONS.search(text):
        yield from ast.walk(tree)
        return
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting.extend(getattr(node, part, ()))


def _names(node: ast.AST, package: list[str]) -> Iterable[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        around = package[: len(package) - node.level + 1] if node.level else []
        origin = ".".join([*around, *([node.module] if node.module else [])])
        return [f"{origin}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        literals = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
        return [text for text in literals if isinstance(text, str)]
    if isinstance(node, ast.List):
        words = [word.value if isinstance(word, ast.Constant) else None for word in node.elts]
        return [str(name) for flag, name in pairwise(words) if flag == "-m"]
    return []
