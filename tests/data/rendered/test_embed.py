"""Embeddings beside a split, made by a stand-in for Music2Latent."""

import sys

import h5py
import numpy as np
import pytest
import torch

from src.data.rendered.embed import SHAPE, embed, load_encoder, main
from src.data.rendered.hdf5_rows import HDF5Rows
from tests.data.rendered.files import edited, make_split


def stand_in(sound):
    """The first sample everywhere."""
    return np.full(SHAPE, sound[0, 0], np.float32)


def test_embeddings_stand_beside_what_the_split_holds(tmp_path):
    _, params, audio = make_split(tmp_path / "data", 7, shards=2, stored=True)
    output = tmp_path / "m2l" / "train.h5"
    assert embed(tmp_path / "data" / "train.h5", output, stand_in) == 7

    signals, read_params = HDF5Rows(output, "m2l").read(0, 7)
    first = torch.from_numpy(audio[:, 0, 0].astype(np.float16)).float()
    torch.testing.assert_close(signals[:, 0, 0], first)
    np.testing.assert_array_equal(read_params, params)
    mel = HDF5Rows(tmp_path / "data" / "train.h5").read(0, 7)[0]
    torch.testing.assert_close(HDF5Rows(output).read(0, 7)[0], mel)
    with h5py.File(output) as file, h5py.File(tmp_path / "data" / "train.h5") as split:
        assert {**file.attrs} == {**split.attrs}
        assert {**file["audio"].attrs} == {**split["audio"].attrs}


def test_sounds_that_cannot_be_embedded_are_refused(tmp_path):
    make_split(tmp_path, 2, shards=1, split="train")
    with pytest.raises(ValueError, match="not stored"):
        embed(tmp_path / "train.h5", tmp_path / "o.h5", stand_in)
    make_split(tmp_path, 2, shards=1, split="test", stored=True)
    with pytest.raises(ValueError, match=r"row 0 .* shape \(128, 41\)"):
        embed(tmp_path / "test.h5", tmp_path / "o.h5", lambda sound: stand_in(sound)[:, 1:])
    with edited(tmp_path / "test.h5") as file:
        file["audio"].attrs["sample_rate"] = 22_050
    with pytest.raises(ValueError, match="these have 22050"):
        embed(tmp_path / "test.h5", tmp_path / "o.h5", stand_in)
    assert not (tmp_path / "o.h5").exists()


def test_a_missing_package_is_named_with_what_to_install(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "music2latent", None)
    with pytest.raises(ValueError, match=r"pip install music2latent"):
        load_encoder()
    with pytest.raises(SystemExit):
        main([str(tmp_path / "train.h5"), "--output", str(tmp_path / "o.h5")])
    assert "music2latent" in capsys.readouterr().err


def test_channels_lie_under_one_another(monkeypatch):
    class EncoderDecoder:
        def encode(self, sound):
            return torch.arange(2.0)[:, None, None].expand(2, 64, 42)

    module = type(sys)("music2latent")
    module.EncoderDecoder = EncoderDecoder
    monkeypatch.setitem(sys.modules, "music2latent", module)
    embedding = load_encoder()(np.zeros((2, 10), np.float32))
    assert embedding.shape == SHAPE
    assert (embedding[:64] == 0).all()
    assert (embedding[64:] == 1).all()
