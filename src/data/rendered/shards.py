"""Write shards of a data set, and join them to one file of virtual data sets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.common.hdf5 import check_rows, create_hdf5, open_hdf5
from src.data.rendered.hdf5_rows import PARAMS
from src.data.rendered.shard_layout import BUFFER_ROWS, create_rows, join_rows, write_rows

_FIRST = "first_item"
_NUMBER = re.compile(r"(\d+)$")


class ShardWriter:
    """Write one shard, row by row in constant memory; the file appears when all rows are there.

    Use as a context manager. The bytes depend on the content alone.

    Args:
        path: the file, ``{split}/shard-NNNN.h5``.
        rows: number of rows n.
        mel_shape: (channels, bands, frames), stored as float16.
        num_params: width P of the parameter vectors, stored as float32.
        audio_shape: (channels, samples), stored as float16.
        store_audio: False gives ``audio`` its full shape but no data.
        latent_shape: shape of a Music2Latent embedding, None for none.
        attributes: of ``audio``: velocity, sample rate and so on; ``stored`` is added.
        root_attributes: of the file: data set, synthesizer, table and so on.
        first: number of the first row within the split, checked when shards are joined.

    Raises:
        ValueError: a shard without rows.
    """

    def __init__(
        self,
        path: str | Path,
        rows: int,
        *,
        mel_shape: Sequence[int],
        num_params: int,
        audio_shape: Sequence[int],
        store_audio: bool = False,
        latent_shape: Sequence[int] | None = None,
        attributes: Mapping[str, Any],
        root_attributes: Mapping[str, Any],
        first: int | None = None,
    ) -> None:
        if rows < 1:
            raise ValueError(f"{path}: a shard has at least one row, got {rows}")
        self.path = Path(path)
        self.rows = rows
        self._fields: dict[str, tuple[tuple[int, ...], str]] = {
            "mel_spec": (tuple(mel_shape), "f2"),
            PARAMS: ((num_params,), "f4"),
        }
        if store_audio:
            self._fields["audio"] = (tuple(audio_shape), "f2")
        if latent_shape is not None:
            self._fields["music2latent"] = (tuple(latent_shape), "f4")
        self._audio_shape = tuple(audio_shape)
        self._attributes = {**attributes, "stored": store_audio}
        self._root = {**root_attributes, **({} if first is None else {_FIRST: first})}
        self._buffer: list[dict[str, NDArray[Any]]] = []
        self._written = 0

    def __enter__(self) -> ShardWriter:
        with ExitStack() as stack:  # so that nothing is left if this fails half-way
            self._file = stack.enter_context(create_hdf5(self.path))
            for name in sorted(self._root):
                self._file.attrs[name] = self._root[name]
            for name, (shape, dtype) in self._fields.items():
                create_rows(self._file, name, self.rows, shape, dtype)
            if "audio" not in self._fields:
                create_rows(self._file, "audio", self.rows, self._audio_shape, "f2")
            for name in sorted(self._attributes):
                self._file["audio"].attrs[name] = self._attributes[name]
            self._stack = stack.pop_all()
        return self

    def append(self, **row: NDArray[Any]) -> None:
        """Append one row.

        Args:
            **row: ``mel_spec``, ``param_array`` and, where stored, ``audio`` and ``music2latent``.

        Raises:
            ValueError: a field is missing, unknown, of another shape or not finite, or the
                parameters lie outside [0, 1].
        """
        number = self._written + len(self._buffer)
        where = f"{self.path}: row {number}"
        if number == self.rows:
            raise ValueError(f"{where}: the shard has only {self.rows} rows")
        if row.keys() != self._fields.keys():
            raise ValueError(f"{where}: expected {sorted(self._fields)}, got {sorted(row)}")
        stored = {}
        for name, (shape, dtype) in self._fields.items():
            if row[name].shape != shape:
                raise ValueError(f"{where}: {name} has shape {row[name].shape}, expected {shape}")
            with np.errstate(over="ignore"):  # reported as not finite
                stored[name] = row[name].astype(dtype)
            if not np.isfinite(stored[name]).all():
                raise ValueError(f"{where}: {name} is not finite; it was rendered wrongly")
        if stored[PARAMS].min() < 0 or stored[PARAMS].max() > 1:
            raise ValueError(f"{where}: encoded parameters have to lie in [0, 1]")
        self._buffer.append(stored)
        if len(self._buffer) == BUFFER_ROWS:
            self._flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._flush()
                if self._written != self.rows:
                    raise ValueError(f"{self.path}: {self._written} of {self.rows} rows written")
        except BaseException as failure:
            self._stack.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._stack.__exit__(kind, error, trace)

    def _flush(self) -> None:
        if not self._buffer:
            return
        for name in self._fields:
            rows = np.stack([row[name] for row in self._buffer])
            write_rows(self._file[name], self._written, rows)
        self._written += len(self._buffer)
        self._buffer.clear()


def write_shard(
    path: str | Path,
    *,
    audio: NDArray[Any] | None,
    mel: NDArray[Any],
    params: NDArray[Any],
    attributes: Mapping[str, Any],
    root_attributes: Mapping[str, Any],
    audio_shape: Sequence[int],
    first: int | None = None,
) -> None:
    """Write a shard that is at hand as a whole, see ``ShardWriter``.

    Args:
        path: the file.
        audio: sounds, shape (n, C, S), None where they are not stored.
        mel: spectrograms in dB, shape (n, C, 128, F).
        params: encoded parameters in [0, 1], shape (n, P).
        attributes: of ``audio``.
        root_attributes: of the file.
        audio_shape: (C, S).
        first: number of the first row within the split.

    Raises:
        ValueError: the arrays do not fit.
    """
    arrays = {"mel_spec": mel, PARAMS: params} | ({} if audio is None else {"audio": audio})
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"{path}: arrays differ in rows: {lengths}")
    with ShardWriter(
        path,
        len(mel),
        mel_shape=mel.shape[1:],
        num_params=params.shape[1],
        audio_shape=audio_shape,
        store_audio=audio is not None,
        attributes=attributes,
        root_attributes=root_attributes,
        first=first,
    ) as shard:
        for row in range(len(mel)):
            shard.append(**{name: array[row] for name, array in arrays.items()})


@dataclass(frozen=True)
class _Shard:
    """What has to agree, or to follow on, between shards."""

    path: Path
    number: int
    rows: int
    fields: dict[str, tuple[tuple[int, ...], str]]
    facts: dict[str, Any]
    first: int | None


def join_shards(shards: Sequence[str | Path], path: str | Path) -> int:
    """Write one file of virtual data sets over shards, in the order of their numbers.

    Names of shards are stored relative to the file, so that the folder can be moved; for the same
    reason, and since a file is not to lead elsewhere, shards lie in its folder or below. All their
    rows are read, at the speed of decompression, to find damage.

    Args:
        shards: ``shard-0000.h5`` and following, in any order.
        path: the file to write.

    Returns:
        Number of rows.

    Raises:
        FileNotFoundError: a shard is missing.
        ValueError: a shard is damaged or elsewhere, the numbers have gaps, or shards differ in
            what made them.
    """
    path = Path(path)
    if not shards:
        raise ValueError(f"{path}: no shards to join; render at least one")
    for name in shards:
        if not Path(name).absolute().is_relative_to(path.absolute().parent):
            raise ValueError(f"{name}: expected shards in the folder of {path} or below; move it")
    found = sorted((_inspect(Path(shard)) for shard in shards), key=lambda shard: shard.number)
    rows = 0
    for position, shard in enumerate(found):
        _check_follows(shard, position, rows, path)
        _check_agrees(found[0], shard)
        rows += shard.rows
    with create_hdf5(path) as file, open_hdf5(found[0].path) as template:
        for name in sorted(set(template.attrs) - {_FIRST}):
            file.attrs[name] = template.attrs[name]
        sources = [(shard.path, shard.rows) for shard in found]
        for name, (shape, dtype) in found[0].fields.items():
            if name == "audio" and not template["audio"].attrs.get("stored", True):
                create_rows(file, name, rows, shape, dtype)
            else:
                join_rows(file, name, sources, path.parent, shape, dtype)
        for name in sorted(template["audio"].attrs):
            file["audio"].attrs[name] = template["audio"].attrs[name]
    return rows


def _inspect(path: Path) -> _Shard:
    """Read a shard's layout, and its rows, so that damage is found before anybody uses them."""
    number = _NUMBER.search(path.stem)
    if number is None:
        raise ValueError(f"{path}: the name of a shard ends in its number, as shard-0000.h5 does")
    with open_hdf5(path) as file:
        if missing := {"audio", "mel_spec", PARAMS} - set(file):
            raise ValueError(
                f"{path}: no data set {sorted(missing)}; delete it and render it again"
            )
        rows = len(file[PARAMS])
        fields = {}
        facts: dict[str, Any] = {k: v for k, v in file.attrs.items() if k != _FIRST}
        facts |= {f"audio.{name}": value for name, value in file["audio"].attrs.items()}
        for name in sorted(file):
            data = file[name]
            fields[name] = (tuple(data.shape[1:]), data.dtype.str)
            facts[f"shape and type of {name}"] = str(fields[name])
            if len(data) != rows:
                raise ValueError(f"{path}: {name} is incomplete; delete it and render it again")
        first = file.attrs.get(_FIRST)
        check_rows(file)
    return _Shard(path, int(number[1]), rows, fields, facts, None if first is None else int(first))


def _check_follows(shard: _Shard, position: int, start: int, path: Path) -> None:
    if shard.number != position:
        raise ValueError(
            f"{path}: expected shard number {position}, found {shard.path}; numbers have to run "
            "from 0 without gaps: render what is missing or remove what is double"
        )
    if shard.first is not None and shard.first != start:
        raise ValueError(
            f"{shard.path}: starts with row {shard.first} of its split, but the shards before it "
            f"end at {start}; render the split again with one shard size"
        )


def _check_agrees(one: _Shard, other: _Shard) -> None:
    """Raise where two shards were not made by the same synthesizer, table and settings."""
    for key in sorted(one.facts.keys() | other.facts.keys()):
        values = one.facts.get(key, "missing"), other.facts.get(key, "missing")
        if not np.array_equal(*values):
            raise ValueError(
                f"{one.path} and {other.path} differ in {key}: {values[0]} and {values[1]}; shards "
                "of one data set have to be made alike: render one of them again"
            )
