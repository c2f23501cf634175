"""Presets of the patches that are heard on a page."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from src.common.hdf5 import open_hdf5, read_rows
from src.common.parquet import read_parquet
from src.synths.definition import SynthDefinition, load_definition
from src.synths.parameters import ParameterTable
from src.synths.synth import Note, Synth

_ROOT, _AUDIO = ("synth", "table", "table_digest"), ("sample_rate", "signal_duration_seconds")


@dataclass(frozen=True)
class PresetWriter:
    """A synthesizer that is running, and the vectors it takes.

    Attributes:
        synth: in its base state.
        table: which gives vectors their meaning.
    """

    synth: Synth
    table: ParameterTable

    @property
    def suffix(self) -> str:
        """Ending of the preset files."""
        return self.synth.preset_suffix

    @property
    def glides(self) -> bool:
        """Whether a preset's first note glides from what was loaded before, as Vital's does."""
        return self.suffix == ".vital"

    def write(self, vector: NDArray[np.float32], path: Path) -> Note:
        """Write a patch as a preset.

        Args:
            vector: encoded, shape (P,), in [0, 1].
            path: file to write.

        Returns:
            The note that the patch is played with, which no preset holds.
        """
        patch = self.table.decode(vector)
        self.synth.set(patch.values)
        self.synth.save_preset(path)
        return patch.note


def open_writer(data: Path, plugin: str | None) -> PresetWriter:
    """Start the synthesizer that a data set was rendered with.

    Args:
        data: a split of the data set, which names synthesizer and table.
        plugin: path of the plug-in; None where an environment variable names it, or none is needed.

    Raises:
        FileNotFoundError: there is no such file, or no such plug-in.
        ValueError: the file does not say how it was rendered, or the table was changed since.
    """
    definition, rate = _definition_of(data)
    return PresetWriter(definition.make(rate, path=plugin), definition.table)


def target_vectors(data: Path, items: list[str]) -> dict[str, NDArray[np.float32]]:
    """Read the true patches of items of a rendered split, by item."""
    with open_hdf5(data) as file:
        params = file["param_array"]
        return {item: read_rows(params, int(item)).astype(np.float32) for item in items}


def predicted_vectors(
    path: Path, items: list[str], table: ParameterTable
) -> dict[str, NDArray[np.float32]]:
    """Read the predicted patches of a run; those that made no sound are left out.

    Args:
        path: patches.parquet, as ``src.predict`` writes it.
        items: names of items, which are numbers.
        table: which the patches have to be of.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds other parameters, or not these items.
    """
    patches = read_parquet(path, remedy="predict with the run again")
    if list(patches.columns) != ["item", "rendered", *table.columns]:
        raise ValueError(
            f"{path}: holds other parameters than {table.source}; predict with the run again"
        )
    patches = patches.set_index("item")
    if missing := [item for item in items if int(item) not in patches.index]:
        raise ValueError(f"{path}: has no items {', '.join(missing)}; predict with the run again")
    rows = patches.loc[[int(item) for item in items]]
    vectors = rows[table.columns].to_numpy(dtype=np.float32)
    return {
        item: vector
        for item, vector, is_rendered in zip(items, vectors, rows["rendered"], strict=True)
        if is_rendered
    }


def _definition_of(data: Path) -> tuple[SynthDefinition, int]:
    """Read which synthesizer and table a split was rendered with, and its sample rate."""
    with open_hdf5(data) as file:
        root, audio = dict(file.attrs), dict(file["audio"].attrs)
    missing = [n for n in _ROOT if n not in root] + [n for n in _AUDIO if n not in audio]
    if missing:
        raise ValueError(f"{data}: lacks {', '.join(missing)}; name a split that was rendered here")
    duration_s = float(audio["signal_duration_seconds"])
    definition = load_definition(str(root["synth"]), str(root["table"]), duration_s)
    if definition.table.digest != root["table_digest"]:
        raise ValueError(
            f"{data}: rendered with another parameter table than {definition.table.source} is now; "
            "render the data set again"
        )
    return definition, round(float(audio["sample_rate"]))
