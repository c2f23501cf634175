"""VST3 preset files (.vstpreset): a header, chunks, and a list of them at the end."""

import struct
from dataclasses import dataclass

_HEADER = struct.Struct("<4si32sq")  # VST3, version, class, place of the list
_ENTRY = struct.Struct("<4sqq")  # name, offset, size


@dataclass
class Preset:
    """A VST3 preset file, taken apart.

    Attributes:
        version: of the format.
        class_id: 32 characters that name the plug-in.
        chunks: content by name, in the order of the file.
    """

    version: int
    class_id: bytes
    chunks: dict[bytes, bytes]

    @classmethod
    def parse(cls, data: bytes) -> "Preset":
        """Take a preset apart.

        Raises:
            ValueError: it is no VST3 preset, or it ends too early.
        """
        if len(data) < _HEADER.size or data[:4] != b"VST3":
            raise ValueError("not a VST3 preset: it does not start with VST3")
        _, version, class_id, place = _HEADER.unpack_from(data)
        try:
            tag, count = struct.unpack_from("<4si", data, place)
            entries = [_ENTRY.unpack_from(data, place + 8 + i * _ENTRY.size) for i in range(count)]
        except struct.error as error:
            raise ValueError("not a VST3 preset: it ends before its list of chunks") from error
        if tag != b"List" or any(start + size > len(data) for _, start, size in entries):
            raise ValueError("not a VST3 preset: its list of chunks is damaged")
        chunks = {name: data[start : start + size] for name, start, size in entries}
        return cls(version, class_id, chunks)

    def pack(self) -> bytes:
        """Put the preset together: header, chunks one after the other, list."""
        body, entries = b"", b""
        for name, content in self.chunks.items():
            entries += _ENTRY.pack(name, _HEADER.size + len(body), len(content))
            body += content
        header = _HEADER.pack(b"VST3", self.version, self.class_id, _HEADER.size + len(body))
        return header + body + struct.pack("<4si", b"List", len(self.chunks)) + entries
