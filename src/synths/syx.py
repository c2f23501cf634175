"""Files of a DX7: .syx dumps of one voice, and of a bank of 32 packed voices.

A file holds MIDI messages, from F0 to F7. A voice is F0 43 0n 00 01 1B, 155 bytes, checksum, F7; a
bank F0 43 0n 09 20 00, 32 times 128 bytes, checksum, F7 (n: the MIDI channel). The checksum is such
that it and the bytes before it add up to a multiple of 128.
"""

from collections.abc import Sequence
from pathlib import Path

from dexed import Patch

from src.common.files import atomic_path
from src.synths.dx7_voice import VOICE_BYTES, check_voice

BANK_VOICES = 32
_PACKED_BYTES = 128
_START, _YAMAHA, _END = 0xF0, 0x43, 0xF7
_VOICE_FORMAT = bytes([0x00, 0x01, 0x1B])  # format 0, 155 bytes
_BANK_FORMAT = bytes([0x09, 0x20, 0x00])  # format 9, 4096 bytes
_CONTENT = {_VOICE_FORMAT: VOICE_BYTES, _BANK_FORMAT: BANK_VOICES * _PACKED_BYTES}


def save_voice(path: Path, voice: bytes) -> None:
    """Write a .syx file of one voice, which a DX7, Dexed and other editors open.

    Args:
        path: where it shall be.
        voice: 155 bytes.

    Raises:
        ValueError: the bytes are no voice.
    """
    check_voice(voice)
    _write(path, _VOICE_FORMAT, voice)


def save_bank(path: Path, voices: Sequence[bytes]) -> None:
    """Write a .syx file of a bank.

    Args:
        path: where it shall be.
        voices: 32 of 155 bytes.

    Raises:
        ValueError: these are not 32 voices.
    """
    if len(voices) != BANK_VOICES:
        raise ValueError(f"{path}: a bank holds {BANK_VOICES} voices, got {len(voices)}")
    for voice in voices:
        check_voice(voice)
    _write(path, _BANK_FORMAT, b"".join(Patch.from_sysex(voice).to_packed() for voice in voices))


def load_voices(path: Path) -> list[bytes]:
    """Read the voices of a .syx file.

    Old dumps hold bytes outside the range of what they stand for; as in Dexed they are brought
    into it. All else that is wrong with a file is refused.

    Args:
        path: a file of voices, banks or both.

    Returns:
        Voices of 155 bytes, in the file's order.

    Raises:
        ValueError: the file holds something else, or a message is damaged.
    """
    data = path.read_bytes()
    voices: list[bytes] = []
    start = 0
    while start < len(data):
        end = data.find(_END, start)
        voices += _read_message(path, data[start : end + 1] if end >= 0 else data[start:])
        start = end + 1 if end >= 0 else len(data)
    if not voices:
        raise ValueError(f"{path}: expected voices of a DX7, the file is empty")
    return voices


def _write(path: Path, layout: bytes, content: bytes) -> None:
    header = bytes([_START, _YAMAHA, 0x00]) + layout
    with atomic_path(path) as temporary:
        temporary.write_bytes(header + content + bytes([_checksum(content), _END]))


def _read_message(path: Path, message: bytes) -> list[bytes]:
    layout, content = message[3:6], message[6:-2]
    if (
        message[:2] != bytes([_START, _YAMAHA])
        or message[2:3] > bytes([0x0F])
        or message[-1] != _END
        or _CONTENT.get(layout) != len(content)
        or max(content) > 0x7F
    ):
        raise ValueError(
            f"{path}: expected a dump of a DX7's voice (163 bytes) or bank (4104 bytes), got a "
            f"message of {len(message)} bytes that starts with {message[:6].hex(' ')}"
        )
    if message[-2] != _checksum(content):
        raise ValueError(
            f"{path}: the checksum is {message[-2]:02x} where the content has "
            f"{_checksum(content):02x}; the file is damaged, get it anew"
        )
    if layout == _VOICE_FORMAT:
        return [Patch.from_sysex(content).to_sysex()[:VOICE_BYTES]]
    packed = (content[i : i + _PACKED_BYTES] for i in range(0, len(content), _PACKED_BYTES))
    return [Patch.from_packed(one).to_sysex()[:VOICE_BYTES] for one in packed]


def _checksum(content: bytes) -> int:
    return -sum(content) & 0x7F
