"""Files of a DX7: known bytes, both directions, damage by name."""

from pathlib import Path

import dexed
import numpy as np
import pytest

from src.synths.dx7_voice import FIELDS, VOICE_BYTES, set_values
from src.synths.syx import load_voices, save_bank, save_voice

INITIAL = dexed.Patch("INIT VOICE").to_sysex()[:VOICE_BYTES]


def _draw(seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    values = {name: int(rng.integers(f.low, f.high, endpoint=True)) for name, f in FIELDS.items()}
    return set_values(INITIAL, values)


def test_a_file_of_one_voice_is_a_dump_with_header_and_checksum(tmp_path: Path) -> None:
    path = tmp_path / "voice.syx"
    save_voice(path, INITIAL)
    data = path.read_bytes()
    assert data[:6] == bytes.fromhex("f0 43 00 00 01 1b")
    assert data[6:161] == INITIAL
    assert (sum(data[6:162]) % 128, data[162], len(data)) == (0, 0xF7, 163)


@pytest.mark.parametrize("seed", range(3))
def test_a_voice_is_read_as_it_was_written(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "voice.syx"
    save_voice(path, _draw(seed))
    assert load_voices(path) == [_draw(seed)]


def test_a_bank_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "bank.syx"
    voices = [_draw(seed) for seed in range(32)]
    save_bank(path, voices)
    assert len(path.read_bytes()) == 4104
    assert load_voices(path) == voices
    assert [patch.to_sysex()[:155] for patch in dexed.Patch.load_bank(str(path))] == voices


def test_the_packages_bank_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bank.syx"
    voices = [_draw(seed) for seed in range(32)]
    dexed.Patch.save_to_bank(str(path), [dexed.Patch.from_sysex(voice) for voice in voices])
    assert load_voices(path) == voices


def test_a_file_may_hold_several_dumps_of_any_channel(tmp_path: Path) -> None:
    path = tmp_path / "voice.syx"
    save_voice(path, _draw(0))
    data = bytearray(path.read_bytes())
    data[2] = 0x0F
    path.write_bytes(data + data)
    assert load_voices(path) == [_draw(0)] * 2


def test_bytes_out_of_range_are_brought_into_it(tmp_path: Path) -> None:
    path = tmp_path / "voice.syx"
    save_voice(path, INITIAL)
    data = bytearray(path.read_bytes())
    assert data[6] == 99
    data[6] = 127  # rate 1 of operator 6
    data[161] = (data[161] - 28) % 128
    path.write_bytes(data)
    assert load_voices(path) == [INITIAL]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"", "expected voices of a DX7, the file is empty"),
        (lambda data: b"RIFF" + data, "got a message of 167 bytes that starts with 52 49 46 46 f0"),
        (lambda data: data[:-1], "got a message of 162 bytes"),
        (lambda data: data[:1] + b"\x41" + data[2:], "starts with f0 41 00 00 01 1b"),
        (lambda data: data[:2] + b"\x10" + data[3:], "starts with f0 43 10 00 01 1b"),
        (lambda data: data[:3] + b"\x09\x20\x00" + data[6:], "starts with f0 43 00 09 20 00"),
        (lambda data: data[:50] + b"\x80" + data[51:], "got a message of 163 bytes"),
        (lambda data: data[:50] + bytes([data[50] ^ 1]) + data[51:], "the file is damaged"),
        (lambda data: data + b"\xf7", "got a message of 1 bytes"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, change, message: str) -> None:
    path = tmp_path / "voice.syx"
    save_voice(path, INITIAL)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=rf"voice\.syx: .*{message}"):
        load_voices(path)


def test_what_is_no_voice_or_bank_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a bank holds 32 voices, got 31"):
        save_bank(tmp_path / "bank.syx", [INITIAL] * 31)
    with pytest.raises(ValueError, match="expected a voice of 155 bytes, got 4"):
        save_voice(tmp_path / "voice.syx", b"four")
    assert list(tmp_path.iterdir()) == []
