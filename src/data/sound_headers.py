"""What the headers of sound files say of their length, where a decoder does not tell."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_OPEN = 0x7FFFF000  # and above: no size, but what programs write that cannot seek back
_WIDE = b"\xff\xff\xff\xff"  # of an RF64 file: the size stands in its chunk ds64
_AIFF_BLOCK = 8  # offset and block size, which a chunk SSND holds before its samples
_PAGE = struct.Struct("<4xBBqIIIB")  # of an Ogg page: version, type, position, stream, number, …
_LAST_PAGE = 4


@dataclass(frozen=True)
class DataChunk:
    """Where a WAV or AIFF file holds its samples.

    Attributes:
        order: of bytes, ``<`` or ``>``.
        start: of the chunk's content, bytes.
        stated: its size by the header; None where that is left open.
        there: what the file holds from there on.
    """

    order: str
    start: int
    stated: int | None
    there: int

    @property
    def is_unclosed(self) -> bool:
        """Whether samples follow, but no size was ever written."""
        return self.stated is None and self.there > 0

    @property
    def share(self) -> float:
        """How much of the stated size is there, in [0, 1]; 1 where no size is stated."""
        return min(1.0, self.there / self.stated) if self.stated else 1.0


def data_chunk(path: Path) -> DataChunk | None:
    """Find the samples of a WAV (RIFF, RIFX, RF64, BW64) or AIFF file.

    Returns:
        The chunk; None for another format, and where there is none.
    """
    length = path.stat().st_size
    with path.open("rb") as file:
        magic, form, kind = file.read(4), file.read(4), file.read(4)
        is_wav = magic in (b"RIFF", b"RIFX", b"RF64", b"BW64") and kind == b"WAVE"
        is_aiff = magic == b"FORM" and kind in (b"AIFF", b"AIFC")
        if not (is_wav or is_aiff):
            return None
        order, wanted = (">" if magic in (b"FORM", b"RIFX") else "<"), b"data"
        least = 0
        if is_aiff:
            wanted, least = b"SSND", _AIFF_BLOCK
        wide = None
        while len(header := file.read(8)) == 8:
            size = struct.unpack(f"{order}I", header[4:])[0]
            if header[:4] == wanted:
                start = file.tell()
                if header[4:] == _WIDE and wide is not None:
                    size, is_open = wide, False
                else:
                    whole = struct.unpack(f"{order}I", form)[0]
                    # Nothing in it, and a file that ends with it: the size was never written.
                    is_empty = size <= least and (whole >= _OPEN or 8 + whole <= start + least)
                    is_open = size >= _OPEN or is_empty
                there = max(0, length - start)
                return DataChunk(order, start, None if is_open else size, there)
            wide = _wide_size(header, file, wide)
            file.seek(size + size % 2, 1)
    return None


def _wide_size(header: bytes, file: BinaryIO, known: int | None) -> int | None:
    """Look into a chunk ds64 for the size of the samples, and return to its start."""
    if header[:4] != b"ds64":
        return known
    content = file.read(16)
    file.seek(-len(content), 1)
    return int(struct.unpack("<8xQ", content)[0]) if len(content) == 16 else known


def share_there(path: Path) -> float:
    """Tell how much of its samples a WAV or AIFF file holds, by the size that its header states.

    Returns:
        In [0, 1]; 1 for a whole file, another format, and where the size is left open, as programs
        do that write to a pipe.
    """
    chunk = data_chunk(path)
    return 1.0 if chunk is None else chunk.share


def is_whole_ogg(path: Path) -> bool:
    """Whether the pages of an Ogg file follow one another up to the last of each stream.

    Returns:
        True for another format.
    """
    expected: dict[int, int] = {}
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return True
        file.seek(0)
        is_last = False
        while head := file.read(_PAGE.size):
            if len(head) < _PAGE.size or head[:4] != b"OggS":
                return False
            _, kind, _, stream, number, _, segments = _PAGE.unpack(head)
            if number != expected.get(stream, number):
                return False
            expected[stream] = number + 1
            sizes = file.read(segments)
            content = file.read(sum(sizes))
            if len(sizes) < segments or len(content) < sum(sizes):
                return False
            is_last = bool(kind & _LAST_PAGE)
    return is_last


def is_length_of_mp3_stated(path: Path) -> bool:
    """Whether an MP3 file says in its first frame how many there are; elsewhere it is guessed."""
    with path.open("rb") as file:
        head = file.read(10)
        start = 0
        if head[:3] == b"ID3" and len(head) == 10:  # a size of four times seven bits
            start = 10 + sum(byte << 7 * (3 - at) for at, byte in enumerate(head[6:]))
        file.seek(start)
        frame = file.read(4096)
    return any(tag in frame for tag in (b"Xing", b"Info", b"VBRI"))
