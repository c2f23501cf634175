"""Profiles: what goes together on a cluster, and which settings are there to be filled."""

import re
from pathlib import Path

import pytest
import yaml
import yte

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def slurm():
    text = (ROOT / "profiles/slurm/config.yaml").read_text(encoding="utf-8")
    return yte.process_yaml(text, require_use_yte=True)


def rules():
    """Text of each rule by name."""
    files = sorted((ROOT / "workflow/rules").glob("*.smk"))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    parts = re.split(r"^ *(?:use )?rule (?:\w+ as )?(\w+)(?: with)?:$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_small_job_goes_with_others(slurm):
    small = {name for name, text in rules().items() if "**LIGHT" in text}
    assert len(small) > 10
    assert small - set(slurm["groups"]) == set()


def test_groups_and_settings_name_rules(slurm):
    assert (set(slurm["groups"]) | set(slurm["set-resources"])) - set(rules()) == set()


def test_trainings_are_told_before_their_time_is_over(slurm):
    assert slurm["set-resources"] == {
        rule: {"slurm_extra": "'--signal=USR1@180'"} for rule in ("train", "train_synth")
    }


def test_the_settings_that_the_page_lists_are_there(slurm):
    page = (ROOT / "docs/cluster.md").read_text(encoding="utf-8")
    table = page.split("## Four settings")[1].split("##")[0]
    settings = re.findall(r"\| `(\w+)` \|", table)
    text = (ROOT / "profiles/slurm/config.yaml").read_text(encoding="utf-8")
    partitions = ROOT / "profiles/slurm/partitions.yaml"
    names = set(yaml.safe_load(partitions.read_text(encoding="utf-8"))["partitions"])
    assert settings == ["account", "jobs", "cpu", "gpu"]
    assert {name for name in settings if f"\n  {name}:" in text} | names == set(settings)
