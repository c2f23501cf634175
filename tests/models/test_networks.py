"""What configurations may name."""

import re

import pytest

from src.common.project import CONFIG_DIR
from src.models.networks import NETWORKS, SELF_CONTAINED


def test_every_network_and_task_of_the_configurations_is_known():
    text = "".join(path.read_text(encoding="utf-8") for path in CONFIG_DIR.rglob("*.yaml"))
    found = set(re.findall(r"_target_: (src\.(?:models|data)\.\S+)", text))
    assert found <= NETWORKS.names
    assert SELF_CONTAINED.names < NETWORKS.names


def test_networks_are_built_from_the_innermost_out():
    network = NETWORKS.build(
        {
            "_target_": "src.models.components.ast.ASTWithProjectionHead",
            "d_model": 8,
            "d_out": 3,
            "n_heads": 2,
            "n_layers": 1,
            "in_channels": 1,
            "spectrogram_shape": [32, 32],
        }
    )
    assert type(network).__name__ == "ASTWithProjectionHead"
    with pytest.raises(ValueError, match=r"ASTWithProjectionHead: got an unexpected .*'wings'"):
        NETWORKS.build({"_target_": "src.models.components.ast.ASTWithProjectionHead", "wings": 2})
    with pytest.raises(ValueError, match=r"no network of src\.models \(os\.system\)"):
        NETWORKS.build({"_target_": "os.system", "command": "true"})
