"""Parameter tables: what of a synthesizer is varied, how it is drawn, and its place in a vector.

A table is a CSV file with a row a parameter: name, kind, min, max, constant_value,
constant_probability, encoding, choices, unit, group, symmetry. Vectors hold the parameters in the
order of the rows, each number in [0, 1]; a categorical parameter takes a column a choice.

Three names are no parameters of the synthesizer but of the note that is played: ``pitch``,
``note_start_and_end`` and ``note_off``.
"""

import hashlib
import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from src.symmetry import Symmetry
from src.synths.parameter import Choice, Parameter, drop_choices, read_rows
from src.synths.synth import Note

__all__ = ["NOTE_NAMES", "Choice", "Parameter", "ParameterTable", "Patch"]

NOTE_NAMES = ("pitch", "note_start_and_end", "note_off")
_SEMITONE_ROUNDING = 1e-4  # what a whole semitone may fall short of itself in single precision


@dataclass(frozen=True)
class Patch:
    """Settings of a synthesizer, and the note that is played.

    Attributes:
        values: in the backend's units, by parameter.
        note: the note.
    """

    values: Mapping[str, float]
    note: Note


@dataclass(frozen=True)
class ParameterTable:
    """The parameters that are varied.

    Attributes:
        parameters: in the order of the vector.
        note: the note, where the table leaves its pitch or times open; note times of the kind
            ``note_on_off`` are fractions of ``duration_s``.
        duration_s: length of a sound in seconds.
        constants: further parameters, set to the same value in every patch.
        source: where the table was read, for messages.
    """

    parameters: tuple[Parameter, ...]
    note: Note
    duration_s: float
    constants: Mapping[str, float] | None = None
    source: str = "table"

    @classmethod
    def read(
        cls,
        path: str | Path,
        note: Note | None = None,
        duration_s: float = 4.0,
        constants: Mapping[str, float] | None = None,
        without_choices: Mapping[str, Collection[str]] | None = None,
    ) -> "ParameterTable":
        """Read a table.

        Args:
            path: CSV file.
            note: see the class.
            duration_s: see the class.
            constants: parameters that are fixed; rows of this name leave the vector.
            without_choices: names of choices to leave out, by parameter.

        Returns:
            The table.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: a row is wrong; the message names file, row and column.
        """
        path = Path(path)
        if not path.is_file():
            tables = ", ".join(sorted(p.stem for p in path.parent.glob("*.csv"))) or "none"
            raise FileNotFoundError(f"there is no parameter table {path}; tables there: {tables}")
        fixed = dict(constants or {})
        rows = [row for row in read_rows(path) if row.name not in fixed]
        known = {row.name for row in rows}
        for name, dropped in (without_choices or {}).items():
            if name not in known:
                raise ValueError(f"{path}: without_choices names {name}, which is no row of it")
            rows = [
                drop_choices(row, set(dropped), path) if row.name == name else row for row in rows
            ]
        fixed |= {r.name: float(r.constant_value or 0.0) for r in rows if r.kind == "constant"}
        table = cls(
            parameters=tuple(row for row in rows if row.kind != "constant"),
            note=note or Note(60, 0.0, 0.75 * duration_s),
            duration_s=duration_s,
            constants=fixed,
            source=str(path),
        )
        _check_table(table)
        return table

    @cached_property
    def blocks(self) -> list[tuple[Parameter, slice]]:
        """Each parameter and its columns."""
        ends = list(itertools.accumulate(parameter.width for parameter in self.parameters))
        starts = [0, *ends][:-1]
        return [
            (parameter, slice(start, end))
            for parameter, start, end in zip(self.parameters, starts, ends, strict=True)
        ]

    @property
    def width(self) -> int:
        """Number of columns P of a vector."""
        return sum(parameter.width for parameter in self.parameters)

    @property
    def columns(self) -> list[str]:
        """Name each column: the parameter, with its choice where there is one for each."""
        names = []
        for parameter in self.parameters:
            if parameter.kind == "categorical":
                names += [f"{parameter.name}={choice.name}" for choice in parameter.choices]
            elif parameter.kind == "note_on_off":
                names += ["note_start", "note_end"]
            else:
                names.append(parameter.name)
        return names

    @property
    def names(self) -> list[str]:
        """List what a synthesizer has to have: parameters and constants, not the note's."""
        varied = [p.name for p in self.parameters if p.name not in NOTE_NAMES]
        return [*varied, *(self.constants or {})]

    @property
    def one_hot_groups(self) -> list[list[int]]:
        """List [start, stop] of the columns of each categorical parameter."""
        return [[c.start, c.stop] for p, c in self.blocks if p.kind == "categorical"]

    @property
    def note_times(self) -> list[list[int]]:
        """List [start, stop] of the columns of a note's start and end, where they are varied."""
        return [[c.start, c.stop] for p, c in self.blocks if p.kind == "note_on_off"]

    @cached_property
    def digest(self) -> str:
        """Hash what a vector means; equal digests, equal meaning."""
        meaning = [
            (p.name, p.kind, p.low, p.high, tuple((c.name, c.value) for c in p.choices))
            for p in self.parameters
        ]
        text = repr((meaning, sorted((self.constants or {}).items()), self.note, self.duration_s))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def draw(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw a patch from the table's distribution, encoded, shape (P,), in [0, 1]."""
        numbers = [number for parameter in self.parameters for number in parameter.draw(rng)]
        return np.asarray(numbers, dtype=np.float32)

    def decode(self, vector: ArrayLike) -> Patch:
        """Turn a vector into a patch that a synthesizer can play.

        Numbers are clipped to [0, 1], the largest of a categorical parameter's columns wins, the
        pitch is rounded, and a note does not end before it starts.

        Args:
            vector: shape (P,).

        Returns:
            The patch, constants included.

        Raises:
            ValueError: wrong shape, or numbers that are not finite.
        """
        array = np.asarray(vector, dtype=np.float64)
        if array.shape != (self.width,):
            raise ValueError(f"{self.source}: expected {self.width} numbers, got {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{self.source}: a patch has numbers that are not finite")
        array = array.clip(0.0, 1.0)
        values = dict(self.constants or {})
        pitch, start, end = self.note.pitch, self.note.start_s, self.note.end_s
        for parameter, columns in self.blocks:
            if parameter.kind == "note_on_off":
                start, end = (float(x) * self.duration_s for x in array[columns])
            elif parameter.name == "pitch":
                pitch = round(parameter.decode(array[columns]))
            elif parameter.name == "note_off":
                end = parameter.decode(array[columns])
            else:
                values[parameter.name] = parameter.decode(array[columns])
        return Patch(values, replace(self.note, pitch=pitch, start_s=start, end_s=max(start, end)))

    def as_published(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Change predictions to what the published code would have played of them.

        It cuts the pitch off to the semitone below, and passes on a note's end that comes before
        its start: the note then sounds to the end.

        Args:
            vectors: encoded patches, shape (n, P).

        Returns:
            Encoded patches for ``decode``, shape (n, P), clipped to [0, 1].
        """
        changed = np.asarray(vectors).clip(0.0, 1.0)
        for parameter, columns in self.blocks:
            if parameter.name == "pitch":
                low, span = parameter.low, parameter.high - parameter.low
                value = low + span * changed[:, columns].astype(np.float64)
                changed[:, columns] = (np.floor(value + _SEMITONE_ROUNDING) - low) / span
            elif parameter.kind == "note_on_off":
                start, end = changed[:, columns].T
                changed[:, columns.stop - 1] = np.where(end < start, 1.0, end)
        return changed

    def encode(self, patch: Patch) -> NDArray[np.float32]:
        """Turn a patch into a vector, the inverse of ``decode``.

        Raises:
            ValueError: a parameter is missing or outside its range.
        """
        note = patch.note
        times = [note.start_s / self.duration_s, note.end_s / self.duration_s]
        own = {**patch.values, "pitch": note.pitch, "note_off": note.end_s}
        numbers: list[float] = []
        for parameter in self.parameters:
            if parameter.kind == "note_on_off":
                numbers += times
            elif parameter.name not in own:
                raise ValueError(f"{self.source}: the patch has no value for {parameter.name}")
            else:
                numbers += parameter.encode(own[parameter.name])
        return np.asarray(numbers, dtype=np.float32)

    @cached_property
    def symmetry(self) -> Symmetry:
        """Which columns may trade places: a set of units for each name in the column symmetry.

        Units stand in the order in which the rows name them, their columns in that of the rows.
        """
        return Symmetry.of(self.width, *self.units.values())

    @cached_property
    def units(self) -> dict[str, list[list[int]]]:
        """Columns of the units of each exchangeable set, by the set's name."""
        units: dict[str, dict[str, list[int]]] = {}
        for parameter, columns in self.blocks:
            if parameter.symmetry is not None:
                name, unit = parameter.symmetry
                indices = range(columns.start, columns.stop)
                units.setdefault(name, {}).setdefault(unit, []).extend(indices)
        return {name: list(content.values()) for name, content in units.items()}


def _check_table(table: ParameterTable) -> None:
    names = [parameter.name for parameter in table.parameters] + list(table.constants or {})
    problems = [f"{name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for p in table.parameters:
        if p.kind == "categorical" and len(p.choices) < 2:
            problems.append(f"{p.name} is categorical and needs two choices or more")
        elif p.kind == "categorical" and not _can_be_drawn(p.choices):
            problems.append(f"{p.name}: weights have to be 0 or more, one of them more")
        elif p.kind != "categorical" and not p.low < p.high:
            problems.append(f"{p.name}: min {p.low:g} is not below max {p.high:g}")
        if p.constant_value is not None and not p.low <= p.constant_value <= p.high:
            problems.append(f"{p.name}: constant_value {p.constant_value:g} is outside its range")
        if p.kind == "note_on_off" and p.name != "note_start_and_end":
            problems.append(f"{p.name}: only note_start_and_end is of kind note_on_off")
    for name, units in table.units.items():
        meanings = [_meaning(table, columns) for columns in units]
        if len(units) < 2 or any(meaning != meanings[0] for meaning in meanings[1:]):
            problems.append(f"symmetry {name} needs two members or more with the same ranges")
    if not table.parameters:
        problems.append("no parameter is varied")
    if problems:
        raise ValueError(f"{table.source}: {'; '.join(problems)}")


def _can_be_drawn(choices: Collection[Choice]) -> bool:
    weights = [choice.weight for choice in choices]
    return min(weights) >= 0 and sum(weights) > 0


def _meaning(table: ParameterTable, columns: list[int]) -> list[tuple[object, ...]]:
    """Describe the parameters of a unit by all but their names."""
    return [
        (p.kind, p.low, p.high, p.constant_value, p.constant_probability, p.choices, p.unit)
        for p, block in table.blocks
        if block.start in columns
    ]
