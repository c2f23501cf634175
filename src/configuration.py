"""Composition of the Hydra configuration; imports nothing heavy, so the workflow can use it too."""

import hashlib
import json
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

ROOT = Path(__file__).resolve().parents[1]
CONFIG_DIR = ROOT / "configs"

OmegaConf.register_new_resolver("multiply", lambda *factors: _product(factors), replace=True)


def compose(entry: str, overrides: list[str]) -> DictConfig:
    """Compose a configuration as the command line would.

    Args:
        entry: ``train`` or ``eval``, a file of ``configs/``.
        overrides: Hydra overrides such as ``["experiment=kosc/cnf_mlp", "data.k=4"]``.

    Returns:
        The composed configuration, interpolations not yet resolved.

    Raises:
        ValueError: an override names an unknown key, file or value; the message is Hydra's own,
            which lists the known ones.
    """
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
            return hydra_compose(entry, overrides)
    except (HydraException, OmegaConfBaseException) as error:
        raise ValueError(f"configuration {entry} with {' '.join(overrides)}: {error}") from error


def digest(config: DictConfig, keys: list[str]) -> str:
    """Name the values of some top-level nodes by a short hash.

    Args:
        config: a composed configuration.
        keys: top-level nodes that count, absent ones are left out.

    Returns:
        Sixteen hexadecimal digits that change exactly when a resolved value changes.
    """
    chosen = {key: _plain(config[key]) for key in keys if key in config}
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:16]


def flatten(config: Any, prefix: str = "") -> dict[str, Any]:
    """List the leaves of a nested mapping by their dotted names."""
    if isinstance(config, dict):
        return {
            name: value
            for key, child in config.items()
            for name, value in flatten(child, f"{prefix}{key}.").items()
        }
    return {prefix[:-1]: config}


def plain(config: DictConfig, *keys: str) -> dict[str, Any]:
    """Resolve top-level nodes into plain dictionaries."""
    return {key: _plain(config[key]) for key in keys if key in config}


def _plain(node: Any) -> Any:
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def _product(factors: tuple[Any, ...]) -> int:
    result = 1
    for factor in factors:
        result *= int(factor)
    return result
