"""Profiles: what goes together on a cluster, and which settings are there to be filled."""

import re
from pathlib import Path

import pytest
import yaml
import yte
from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, ResourceSettings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def slurm():
    text = (ROOT / "profiles/slurm/config.yaml").read_text(encoding="utf-8")
    return yte.process_yaml(text, require_use_yte=True)


@pytest.fixture(scope="module")
def rules():
    """Each rule by name."""
    with SnakemakeApi(OutputSettings(quiet=set())) as api:
        read = api.workflow(
            snakefile=ROOT / "Snakefile", resource_settings=ResourceSettings(cores=1)
        )
        workflow = read._workflow  # the interface has no word for its rules
        yield {rule.name: rule for rule in workflow.rules}


def test_every_small_job_goes_with_others(rules):
    """Small is what asks for nothing; the profile's defaults are for those."""
    small = [
        rule
        for rule in rules.values()
        if not rule.norun and rule.ruleinfo.resources is None and not rule.ruleinfo.localrule
    ]
    assert len(small) > 10
    assert [rule.name for rule in small if rule._group not in ("data", "report")] == []


def test_every_rule_has_a_log_a_benchmark_an_environment_and_a_message(rules):
    for rule in rules.values():
        if not rule.norun:
            assert rule.log
            assert bool(rule.benchmark) == bool(rule.output)
            assert rule.conda_env == str(ROOT / "environment.yml")
            assert rule.message
            assert rule.docstring


def test_settings_name_rules(slurm, rules):
    assert set(slurm["set-resources"]) <= set(rules)
    assert {"mem_mb", "runtime"} <= set(slurm["default-resources"])


def test_trainings_are_told_before_their_time_is_over(slurm):
    assert slurm["set-resources"] == {"train": {"slurm_extra": "'--signal=USR1@180'"}}


def test_the_settings_that_the_page_lists_are_there(slurm):
    page = (ROOT / "docs/cluster.md").read_text(encoding="utf-8")
    table = page.split("## Four settings")[1].split("##")[0]
    settings = re.findall(r"\| `(\w+)` \|", table)
    text = (ROOT / "profiles/slurm/config.yaml").read_text(encoding="utf-8")
    partitions = ROOT / "profiles/slurm/partitions.yaml"
    names = set(yaml.safe_load(partitions.read_text(encoding="utf-8"))["partitions"])
    assert settings == ["account", "jobs", "cpu", "gpu"]
    assert {name for name in settings if f"\n  {name}:" in text} | names == set(settings)
