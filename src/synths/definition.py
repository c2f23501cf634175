"""Synthesizers as folders of ``configs/synth/``: backend, base state and parameter tables.

A folder holds ``synth.yaml`` and the CSV files of its tables; see docs/synthesizers.md.
"""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from src.common.project import CONFIG_DIR
from src.synths.parameters import ParameterTable
from src.synths.synth import Note, Synth

SYNTH_DIR = CONFIG_DIR / "synth"
_KEYS = {"backend", "settings", "base", "note", "tables"}
_TABLE_KEYS = {"parameters", "base", "constants", "without_choices", "note", "fresh_every"}
_NOTE_KEYS = {"pitch", "start_s", "end_s", "velocity"}


@dataclass(frozen=True)
class SynthDefinition:
    """A synthesizer with one of its tables.

    Attributes:
        name: of the folder.
        table_name: of the table.
        backend: dotted name of a ``Synth``.
        settings: constructor arguments of the backend.
        base: the base state, in the backend's own terms.
        table: the parameters that are varied.
        fresh_every: sounds after which the synthesizer is started anew, where a sound depends on
            those before it; 0 where it does not.
    """

    name: str
    table_name: str
    backend: str
    settings: Mapping[str, Any]
    base: Mapping[str, Any]
    table: ParameterTable
    fresh_every: int = 0

    def check_parameters(self, sample_rate: int) -> None:
        """Refuse a table with a parameter that does not exist, before jobs are started.

        Plug-ins are not asked: they take long to load, may crash, and need not be on this machine.

        Args:
            sample_rate: samples per second.

        Raises:
            UnknownParameter: the table names what the synthesizer does not have.
        """
        if "path" not in inspect.signature(self._backend()).parameters:
            self.make(sample_rate)

    def _backend(self) -> Any:
        module, _, name = self.backend.rpartition(".")
        return getattr(import_module(module), name)

    def make(self, sample_rate: int, **settings: Any) -> Synth:
        """Start the synthesizer and check that it has every parameter of the table.

        Args:
            sample_rate: samples per second.
            settings: further constructor arguments, such as the plug-in's ``path``; None is left
                out.

        Returns:
            The synthesizer in its base state.

        Raises:
            MissingPlugin: it is not on this machine.
            UnknownParameter: the table names what it does not have.
            ValueError: it takes no such setting.
        """
        given = {key: value for key, value in settings.items() if value is not None}
        backend = self._backend()
        arguments = {**self.settings, **given, "base": self.base, "sample_rate": sample_rate}
        if unknown := arguments.keys() - inspect.signature(backend).parameters.keys():
            if "path" in given and "path" in unknown:
                raise ValueError(f"{self.name}: is no plug-in; leave out its path (--plugin)")
            raise ValueError(f"{self.name}: {self.backend} takes no {', '.join(sorted(unknown))}")
        synth: Synth = backend(**arguments)
        synth.check_names(self.table.names, self.table.source)
        return synth


def load_definition(
    name: str, table: str, duration_s: float, folder: str | Path | None = None
) -> SynthDefinition:
    """Read a synthesizer's folder.

    Args:
        name: of a folder in ``configs/synth/``.
        table: one of its tables.
        duration_s: length of a sound in seconds.
        folder: where the synthesizers' folders lie, ``configs/synth`` where None.

    Returns:
        The definition.

    Raises:
        ValueError: an unknown synthesizer, table or key; the message lists the known ones.
    """
    root = Path(folder) if folder is not None else SYNTH_DIR
    path = root / name / "synth.yaml"
    # Names come from files, too; they lead to no other folder.
    if not re.fullmatch(r"\w+", name) or not path.is_file():
        known = ", ".join(sorted(p.parent.name for p in root.glob("*/synth.yaml"))) or "none"
        raise ValueError(f"unknown synthesizer {name!r}: there is no {path}; known: {known}")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    _check_keys(path, "", content, _KEYS, {"backend", "tables"})
    if table not in content["tables"]:
        raise ValueError(f"{path}: no table {table!r}; known: {', '.join(content['tables'])}")
    chosen = content["tables"][table]
    _check_keys(path, f"tables.{table}.", chosen, _TABLE_KEYS, {"parameters"})
    given = {**(content.get("note") or {}), **(chosen.get("note") or {})}
    _check_keys(path, "note.", given, _NOTE_KEYS, set())
    note = {"pitch": 60, "start_s": 0.0, "end_s": 0.75 * duration_s} | given
    return SynthDefinition(
        name=name,
        table_name=table,
        backend=content["backend"],
        settings=content.get("settings") or {},
        base=_merged(_base(path, content.get("base")), _base(path, chosen.get("base"))),
        table=ParameterTable.read(
            path.parent / chosen["parameters"],
            Note(**note),
            duration_s,
            chosen.get("constants"),
            chosen.get("without_choices"),
        ),
        fresh_every=int(chosen.get("fresh_every", 0)),
    )


def _base(path: Path, base: Any) -> dict[str, Any]:
    """Read a base state that stands in a file of its own, or in place."""
    if isinstance(base, str):
        base = yaml.safe_load((path.parent / base).read_text(encoding="utf-8"))
    return dict(base or {})


def _merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge nested mappings; what is not a mapping is replaced."""
    result = dict(common)
    for key, value in own.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = _merged(result[key], value) if both else value
    return result


def _check_keys(path: Path, prefix: str, content: Any, known: set[str], required: set[str]) -> None:
    if not isinstance(content, dict):
        raise ValueError(f"{path}: {prefix or 'the file'} has to be a mapping")
    wrong = sorted(content.keys() - known) + sorted(required - content.keys())
    if wrong:
        raise ValueError(
            f"{path}: {prefix}{', '.join(wrong)} unknown or missing; known: "
            f"{', '.join(sorted(known))}"
        )
