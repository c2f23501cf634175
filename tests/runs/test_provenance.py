"""What is written beside every result."""

import json
import subprocess

import torch

from src.runs import provenance as module
from src.runs.provenance import provenance


def test_versions_commit_seed_and_machine_are_told() -> None:
    told = json.loads(json.dumps(provenance(seed=3)))
    assert told["seed"] == 3
    assert told["packages"]["torch"] == torch.__version__
    assert told["hardware"]["cores"] >= 1
    head = subprocess.run(
        ["git", "-C", str(module.ROOT), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    expected = head.stdout.strip() if head.returncode == 0 else None
    assert (told["commit"] or {}).get("sha") == expected


def test_outside_a_checkout_there_is_no_commit(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(module, "ROOT", tmp_path)
    assert provenance()["commit"] is None
