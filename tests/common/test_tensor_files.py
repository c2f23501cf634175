"""Files of tensors and plain values: read as they were written, or refused by name."""

import os
import pickle
from pathlib import Path

import pytest
import torch

from src.common.tensor_files import read_plain, write_plain

REMEDY = "Train again."
CONTENT = {"state_dict": {"w": torch.arange(2000.0)}, "step": 3}


class Hostile:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch '{self.path}'",)


def test_what_was_written_is_read_and_the_same_content_gives_the_same_bytes(tmp_path):
    one, other = tmp_path / "one.ckpt", tmp_path / "other.ckpt"
    write_plain(one, CONTENT)
    write_plain(other, CONTENT)
    assert one.read_bytes() == other.read_bytes()
    content = read_plain(one, REMEDY, state_dict=dict, step=int)
    assert content["step"] == 3
    assert torch.equal(content["state_dict"]["w"], CONTENT["state_dict"]["w"])


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("form", ["archive", "old", "bare"])
def test_code_is_refused_by_name_and_not_run(tmp_path, form, protocol):
    path, made = tmp_path / "model.ckpt", tmp_path / "made"
    content = {**CONTENT, "step": Hostile(made)}
    if form == "bare":
        path.write_bytes(pickle.dumps({"step": Hostile(made)}, protocol=protocol))
    else:
        is_archive = form == "archive"
        torch.save(
            content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=is_archive
        )
    with pytest.raises(ValueError, match=rf"model\.ckpt: .*{REMEDY}") as refused:
        read_plain(path, REMEDY, step=int)
    assert not made.exists()
    assert "weights_only" not in str(refused.value)  # PyTorch's advice to run it all the same
    if protocol == 2:
        assert "holds code (posix.system), which was not run" in str(refused.value)


def test_damage_is_told(tmp_path):
    path = tmp_path / "model.ckpt"
    write_plain(path, CONTENT)
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = bytes([whole[middle] ^ 1])
    for broken in (b"", b"text", whole[:-100], whole[:middle] + flipped + whole[middle + 1 :]):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=rf"model\.ckpt: damaged, or no checkpoint.*{REMEDY}"):
            read_plain(path, REMEDY, step=int)


@pytest.mark.parametrize("content", [{"step": 1}, {"state_dict": 1, "step": 1}, [1], 5])
def test_other_content_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "model.ckpt")
    with pytest.raises(ValueError, match=r"expected the entries state_dict, step; state_dict"):
        read_plain(tmp_path / "model.ckpt", REMEDY, state_dict=dict, step=int)
