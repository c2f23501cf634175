"""Composition of the Hydra configuration; imports nothing heavy, so the workflow can use it too."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from src.common.files import atomic_path
from src.common.project import CONFIG_DIR
from src.common.seals import SEAL, read_sealed, seal
from src.runs.ranges import check_ranges
from src.study.names import hint
from src.symmetry import Symmetry

_OF_OMEGACONF = re.compile(r"\s*(full_key|object_type|reference_type)\b")  # beside a message
_DEPTH = 32  # of a recorded configuration; ours have 7 levels


def _of_table(fact: str, synth: str, table: str, duration_s: float) -> Any:
    """Look up a fact of a parameter table: its digest, width, one-hot groups or symmetry."""
    from src.synths.definition import load_definition

    value = getattr(load_definition(synth, table, duration_s).table, fact)
    if isinstance(value, Symmetry):
        return str(value)
    return OmegaConf.create(value) if isinstance(value, list) else value


def _mel_shape(rendering: DictConfig) -> Any:
    """Work out (channels, bands, frames) of the spectrograms of a rendered data set."""
    samples = round(rendering.duration_s * rendering.sample_rate)
    hop = rendering.sample_rate // rendering.frames_per_second
    return OmegaConf.create([rendering.channels, rendering.bands, 1 + samples // hop])


OmegaConf.register_new_resolver("table", _of_table, replace=True, use_cache=False)
OmegaConf.register_new_resolver(
    "oscillators", lambda k, width: str(Symmetry.oscillators(int(k), int(width))), replace=True
)
OmegaConf.register_new_resolver("mel_shape", _mel_shape, replace=True)
OmegaConf.register_new_resolver("multiply", lambda a, b: int(a) * int(b), replace=True)
OmegaConf.register_new_resolver("subtract", lambda a, b: int(a) - int(b), replace=True)


# Groups of Hydra's own node, which composing removes in the end: without them a sixth faster.
_OF_HYDRA = [f"~hydra/{group}" for group in ("env", "help", "hydra_help", "launcher", "sweeper")]


def compose(entry: str, overrides: list[str]) -> DictConfig:
    """Compose a configuration as the command line would.

    Args:
        entry: ``train`` or ``eval``, a file of ``configs/``.
        overrides: Hydra overrides such as ``["experiment=toy/cnf_mlp", "data.k=4"]``.

    Returns:
        The composed configuration, interpolations not yet resolved.

    Raises:
        ValueError: an override names an unknown key or file (the message lists the known ones), or
            gives a value that is out of its range.
    """
    GlobalHydra.instance().clear()
    try:
        with _yaml_in_c(), initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
            cfg = hydra_compose(entry, [*overrides, *_OF_HYDRA])
    except Exception as error:  # a value of a wrong form leads to errors of any type
        words, problem = " ".join(overrides), problem_of(entry, error)
        raise ValueError(f"configuration {entry} with {words}: {problem}") from error
    check_ranges(cfg)
    return cfg


def write_recorded(cfg: DictConfig, path: Path) -> None:
    """Write the configuration of a run, all resolved, whole and sealed."""
    text = OmegaConf.to_yaml(cfg, resolve=True)
    with atomic_path(path) as temporary:
        temporary.write_text(f"{text}# {SEAL}\n", encoding="utf-8")
        seal(temporary)


def read_recorded(path: Path, remedy: str) -> DictConfig:
    """Read the configuration that a run recorded: data and nothing else.

    The file may come from a stranger, so nothing in it is looked up elsewhere: it may hold no
    interpolation, and what is returned is what stands there.

    Args:
        path: config.yaml of a run folder.
        remedy: what to do about a file that cannot be used, for the message.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, no YAML of plain values, or holds tags, aliases or
            interpolations.
    """
    content = read_sealed(path, remedy)
    try:
        text = content.decode("utf-8")
        _check_plain(text)
        cfg = OmegaConf.load(io.StringIO(text))
        values = flatten(OmegaConf.to_container(cfg, resolve=False))
    except Exception as error:  # of YAML or OmegaConf
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{path}: not readable as a configuration ({reason}); {remedy}") from error
    if not isinstance(cfg, DictConfig):
        raise ValueError(f"{path}: expected named settings; {remedy}")
    for name, value in values.items():
        if "${" in f"{name}{value}":
            raise ValueError(
                f"{path}: {name} holds an interpolation, which no run records; {remedy}"
            )
    return cfg


def _check_plain(text: str) -> None:
    """Refuse YAML that is more than nested values, before it is built.

    Raises:
        ValueError: it holds a tag or an alias, or is nested without end.
    """
    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None):
            raise ValueError("it holds a tag or an alias, which no run records")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            raise ValueError(f"it is nested deeper than {_DEPTH} levels")


def hydra_string(text: str) -> str:
    """Write any text as a value of a Hydra override, such that it is read as just that text.

    Quotes and backslashes are escaped as Hydra's grammar wants it, and `$`, which would begin an
    interpolation. For a shell, the whole override has to be quoted once more.

    Raises:
        ValueError: the text has line breaks, which an override cannot have.
    """
    if "\n" in text or "\r" in text:
        raise ValueError(f"{text!r}: a setting on the command line cannot have line breaks")
    literal = re.sub(r"(\\*)\$\{", r"\1\1\\${", text)  # for OmegaConf, which resolves ${…}
    # For Hydra, to which a backslash is one, unless a quote (also the closing one) comes next.
    quoted = re.sub(r'(\\*)(")', r"\1\1\\\2", literal)
    return '"' + re.sub(r"(\\+)$", r"\1\1", quoted) + '"'


@contextmanager
def _yaml_in_c() -> Iterator[None]:
    """Let OmegaConf, which subclasses ``yaml.SafeLoader`` at each file, find the C parser there.

    The same class with another parser beneath; reading some hundred files takes a fifth less time.
    """
    with patch.object(yaml, "SafeLoader", getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        yield


def problem_of(entry: str, error: Exception) -> str:
    """Say in a sentence what is wrong with overrides, where Hydra shows its search path.

    Args:
        entry: file of ``configs/`` that was to be composed.
        error: what Hydra or OmegaConf raised.

    Returns:
        The key, what was expected, and the known names where one is unknown.
    """
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, name = error.missing_cfg_file.partition("/")
        return f"{group}: unknown {name}; {hint(name, choices(group))}"
    if isinstance(error, OverrideParseException):
        reason = str(error.message).partition("\n")[0]
        return f"{error.override}: no setting ({reason}); write KEY=VALUE"
    if not isinstance(error, (HydraException, OmegaConfBaseException)):
        return f"a setting has a wrong form ({error}); write KEY=VALUE, for a group a file's name"
    text = f"{error}\n{error.__cause__ or ''}"
    if missing := re.search(r"Missing mandatory value: (\S+)", text):
        return f"{missing[1]}: a value is wanted; give {missing[1]}=VALUE"
    found = re.search(r"full_key: (\S+)", text)
    key = found[1] if found else ""
    if "not in struct" in text and key:
        return _unknown_key(entry, key)
    told = [line.strip() for line in str(error).splitlines() if not _OF_OMEGACONF.match(line)]
    sentence = " ".join(line for line in told if line)
    return f"{key}: {sentence}" if key and key not in sentence else sentence


def choices(group: str) -> list[str]:
    """List the files of a group of ``configs/``, as command lines name them."""
    folder = CONFIG_DIR / group
    files = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.yaml"))
    return sorted(path.as_posix() for path in files)


def _unknown_key(entry: str, key: str) -> str:
    """Name an unknown key, the nearest one and those beside it."""
    parent, _, name = key.rpartition(".")
    cfg = compose(entry, [])
    node = OmegaConf.select(cfg, parent) if parent else cfg
    raw = flatten(OmegaConf.to_container(cfg, resolve=False)).get(parent)
    if node and name in node and raw:  # an interpolation, to which nothing can be added
        source = str(raw).strip("${}")
        return f"{key}: cannot be set here, since {parent} is {source}; set {source}.{name}"
    known = hint(name, node or []).replace("known:", f"known keys of {parent or entry}:")
    return f"{key}: no such setting; {known}"


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
